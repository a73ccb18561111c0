package record

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/sekisho/sekisho"
)

// problems verifies a record.
func (s *Store) problems(t *testing.T, head string) []Problem {
	t.Helper()
	var all []Problem
	if _, err := s.Verify(t.Context(), head, func(p Problem) { all = append(all, p) }); err != nil {
		t.Fatal(err)
	}
	return all
}

// history fills a record with something of every kind.
func history(t *testing.T, s *Store) (attack *sekisho.Passage) {
	t.Helper()
	attack = s.put(t, held())
	for _, from := range []string{"a@x.example", "b@y.example", "c@z.example"} {
		p := s.put(t, letter{from: from, subject: "hello", links: []string{"https://drain.example/claim"}, do: sekisho.DoMark})
		if err := s.Complete(t.Context(), p.ID, "done"); err != nil {
			t.Fatal(err)
		}
	}
	joined := held()
	joined.reporter, joined.keep, joined.do = "hana@kaede-ex.jp", false, sekisho.DoAnswer
	s.put(t, joined)
	for _, d := range []Decision{
		{Do: DecideComment, Case: attack.Case, Reason: "I called them"},
		{Do: DecideRelease, Passage: attack.ID, Reason: "for the police"},
		{Do: DecideConfirm, Case: attack.Case, Reason: "an attack"},
		{Do: DecideBlock, Indicator: &Indicator{Kind: "domain", Value: "evil.example"}, Reason: "theirs"},
	} {
		d.By = "ken"
		if _, err := s.Decide(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := s.BeginRelease(t.Context(), attack.ID); err != nil {
		t.Fatal(err)
	}
	if err := s.EndRelease(t.Context(), attack.ID, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Once(t.Context(), "slack", attack.Case, func(context.Context) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if id, err := s.Retrohunt(t.Context(), Indicator{Kind: "domain", Value: "drain.example"}); err != nil || id == "" {
		t.Fatal(id, err)
	}
	if err := s.Note(t.Context(), "sign-in", "ken", "ken", map[string]string{"from": "192.0.2.7"}); err != nil {
		t.Fatal(err)
	}
	return attack
}

func TestVerifyFindsNothingWrongInWhatIsSound(t *testing.T) {
	both(t, func(t *testing.T, s *Store) {
		history(t, s)
		if found := s.problems(t, ""); len(found) > 0 {
			t.Errorf("%+v", found)
		}
		head, _, err := s.Head(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		s.put(t, held())
		if found := s.problems(t, head); len(found) > 0 {
			t.Errorf("with an older head: %+v", found)
		}
	})
}

func TestVerifyNamesWhatWasTamperedWith(t *testing.T) {
	tests := map[string]struct {
		do   []string
		want string
	}{
		"a body":                 {[]string{`UPDATE entry SET body = (SELECT body FROM entry WHERE seq = 3) WHERE seq = 1`}, "the body of entry 1 was changed"},
		"a body gone":            {[]string{`UPDATE entry SET body = NULL WHERE kind = 'decision' AND seq = 9`}, "the body of entry 9 is missing"},
		"who decided":            {[]string{`UPDATE entry SET author = 'hana' WHERE seq = 9`}, "entry 9 was changed"},
		"an entry gone":          {[]string{`DELETE FROM entry WHERE seq = 4`}, "entry 4 is missing"},
		"two exchanged":          {[]string{`UPDATE entry SET seq = 1000 WHERE seq = 3`, `UPDATE entry SET seq = 3 WHERE seq = 5`, `UPDATE entry SET seq = 5 WHERE seq = 1000`}, "entry 3 was moved: it is entry 5"},
		"the tail with its head": {[]string{`DELETE FROM entry WHERE seq >= 10`, `DELETE FROM loghash WHERE id >= 18`, `UPDATE loghead SET size = 10`}, "are missing at the end"},
		"the tail":               {[]string{`DELETE FROM entry WHERE seq >= 14`}, "entry 14 is missing"},
		"a leaf":                 {[]string{`UPDATE loghash SET hash = (SELECT hash FROM loghash WHERE id = 3) WHERE id = 0`}, "does not hold"},
		"a hash of the tree":     {[]string{`UPDATE loghash SET hash = (SELECT hash FROM loghash WHERE id = 3) WHERE id = 2`}, "a hash of the tree over entry 1 was changed"},
		"the head":               {[]string{`UPDATE loghead SET note = 'sekisho' || substr(note, 8, 30) || substr(note, 40)`}, "is not signed with the key"},
		"the head gone":          {[]string{`UPDATE loghead SET note = ''`}, "the newest head is missing"},
		"a verdict":              {[]string{`UPDATE passage SET action = 0 WHERE seq = 0`}, "does not say what entry 0 says"},
		"a sender":               {[]string{`UPDATE passage SET sender = 'x' WHERE seq = 1`}, "does not say what entry 1 says"},
		"an outcome":             {[]string{`UPDATE passage SET outcome = 'failed' WHERE seq = 1`}, `ended "failed" and the log says "done"`},
		"a passage gone":         {[]string{`DELETE FROM passage WHERE seq = 1`}, "of entry 1 is missing"},
		"a passage of no entry":  {[]string{`UPDATE passage SET n = n + 1 WHERE seq = 1`}, "is in no entry"},
		"a finding gone":         {[]string{`DELETE FROM finding`}, "the findings, gaps or indicators"},
		"a sighting gone":        {[]string{`DELETE FROM sighting WHERE passage = (SELECT n FROM passage WHERE seq = 1)`}, "the findings, gaps or indicators"},
		"how far the index is":   {[]string{`UPDATE indexed SET seq = 4711`}, "the index is said to be of 4711 entries"},
		"that gone":              {[]string{`DELETE FROM indexed`}, "nothing says how far the index is"},
		"an indicator":           {[]string{`UPDATE indicator SET value = 'good.example' WHERE value = 'evil.example'`}, "the findings, gaps or indicators"},
		"a case":                 {[]string{`UPDATE campaign SET judged = 'false-alarm' WHERE judged = 'confirmed'`}, "does not say what the log says"},
		"a case gone":            {[]string{`DELETE FROM campaign`}, "is missing"},
		"a decision":             {[]string{`UPDATE decision SET reason = 'an error' WHERE act = 'confirm'`}, "does not say what entry"},
		"a decision gone":        {[]string{`DELETE FROM decision WHERE act = 'comment'`}, "is missing"},
		"a release":              {[]string{`UPDATE release SET state = 'asked'`}, "the release of"},
		"an effect":              {[]string{`UPDATE effect SET state = 'failed'`}, "effect slack of"},
		"a block":                {[]string{`UPDATE indicator SET blocked = 0`}, "is not blocked, and the log says it is"},
		"another block":          {[]string{`UPDATE indicator SET blocked = 1`}, "is blocked, and the log says something else"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, configOf(t, "sqlite"))
			history(t, s)
			// The newest head is beside the keys before somebody tampers, as it is a second later at most.
			if err := s.heads.flush(); err != nil {
				t.Fatal(err)
			}
			for _, statement := range test.do {
				if err := s.Write(t.Context(), doing(statement)); err != nil {
					t.Fatal(err)
				}
			}
			found := s.problems(t, "")
			for _, p := range found {
				if strings.Contains(p.What, test.want) {
					return
				}
			}
			t.Errorf("want %q, found %+v", test.want, found)
		})
	}
}

func TestVerifyTellsARecordThatWasPutBack(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"and left": "entries 1 to 1 are missing at the end", "and written on": "was put back to an earlier state, and written on"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := configOf(t, "sqlite")
			l := held()
			var before []byte
			for range 2 {
				s := open(t, c)
				p := l.passage(t)
				p.Decide = nil // nothing is left to do, and nothing interrupted
				if err := s.Record(t.Context(), p); err != nil {
					t.Fatal(err)
				}
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
				if before == nil {
					var err error
					if before, err = os.ReadFile(c.URL); err != nil {
						t.Fatal(err)
					}
				}
			}
			if err := os.WriteFile(c.URL, before, 0o600); err != nil {
				t.Fatal(err)
			}
			s := open(t, c)
			if name == "and written on" {
				s.put(t, l)
			}
			if found := s.problems(t, ""); len(found) != 1 || !strings.Contains(found[0].What, want) {
				t.Errorf("%+v", found)
			}
		})
	}
}

func TestProofsHoldWithoutTheRecord(t *testing.T) {
	both(t, func(t *testing.T, s *Store) {
		history(t, s)
		checkpoint, proofs, err := s.Prove(t.Context(), []int64{0, 3, 7})
		if err != nil {
			t.Fatal(err)
		}
		_, key, err := s.Head(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		verifier, err := note.NewVerifier(key)
		if err != nil {
			t.Fatal(err)
		}
		opened, err := note.Open([]byte(checkpoint), note.VerifierList(verifier))
		if err != nil {
			t.Fatal(err)
		}
		_, size, root, err := readCheckpoint(opened.Text)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range proofs {
			var hashes tlog.RecordProof
			for _, text := range p.Hashes {
				hash, err := tlog.ParseHash(text)
				if err != nil {
					t.Fatal(err)
				}
				hashes = append(hashes, hash)
			}
			if err := tlog.CheckRecord(hashes, size, root, p.Entry.Seq, tlog.RecordHash([]byte(p.Line))); err != nil {
				t.Errorf("entry %d: %v", p.Entry.Seq, err)
			}
			salt, _ := hex.DecodeString(p.Salt)
			if sum := sha256.Sum256(append(salt, p.Entry.Body...)); hex.EncodeToString(sum[:]) != p.Entry.Digest || !strings.Contains(p.Line, p.Entry.Digest) {
				t.Errorf("entry %d: the digest is not of its body", p.Entry.Seq)
			}
		}
		if _, _, err := s.Prove(t.Context(), []int64{4711}); err == nil {
			t.Error("proof of nothing")
		}
	})
}

func TestOpenRefusesWhatCannotBeRight(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		do   func(Config) error
		want string
	}{
		"the key of originals is gone": {func(c Config) error { return os.Remove(filepath.Join(c.Keys, "seal.key")) }, "seal.key is missing, and the record was written with it"},
		"the key of the log is gone":   {func(c Config) error { return os.Remove(filepath.Join(c.Keys, "log.key")) }, "log.key is missing"},
		"others can read a key":        {func(c Config) error { return os.Chmod(filepath.Join(c.Keys, "log.key"), 0o644) }, "can be read by others: mode 0644"},
		"a key that is none":           {func(c Config) error { return os.WriteFile(filepath.Join(c.Keys, "seal.key"), []byte("x"), 0o600) }, "seal.key: not 64 hexadecimal digits"},
		"no database":                  {func(c Config) error { return os.WriteFile(c.URL, []byte(strings.Repeat("not a database", 100)), 0o600) }, "not a database"},
		"a newer record": {func(c Config) error {
			db, err := openDatabase(context.Background(), c.URL)
			if err != nil {
				return err
			}
			if _, err := db.write.Exec(`INSERT INTO record_version (version_id, is_applied) VALUES (4711, 1)`); err != nil {
				return err
			}
			return db.close()
		}, "has version 4711 and this program knows"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := configOf(t, "sqlite")
			s := open(t, c)
			s.put(t, held())
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if err := test.do(c); err != nil {
				t.Fatal(err)
			}
			if s, err := Open(t.Context(), c); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
				if err == nil {
					s.Close()
				}
			}
		})
	}
}
