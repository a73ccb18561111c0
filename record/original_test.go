package record

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// files returns everything that is on disk of a SQLite record.
func files(t *testing.T, c Config) []byte {
	t.Helper()
	found, err := filepath.Glob(c.URL + "*")
	if err != nil || len(found) == 0 {
		t.Fatal(found, err)
	}
	var all []byte
	for _, name := range found {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, data...)
	}
	return all
}

func TestOriginalIsSealedAndGivenBack(t *testing.T) {
	both(t, func(t *testing.T, s *Store) {
		l := held()
		l.body = "the wire details are in the attachment"
		p := s.put(t, l)
		original, err := s.Original(t.Context(), p.ID, "hana")
		if err != nil || !strings.Contains(string(original), "wire details are in") {
			t.Fatalf("%q %v", original, err)
		}
		entries, err := s.EntriesOf(t.Context(), p.Case)
		if last := entries[len(entries)-1]; err != nil || last.Kind != "read" || last.By != "hana" || last.Ref != p.ID {
			t.Errorf("%+v %v", last, err)
		}
		if _, err := s.Original(t.Context(), s.put(t, letter{from: "a@b.example"}).ID, "hana"); !errors.Is(err, ErrGone) {
			t.Errorf("what was not kept: %v", err)
		}
		if _, err := s.Original(t.Context(), p.ID, ""); !errors.Is(err, ErrInvalid) {
			t.Errorf("by nobody: %v", err)
		}
	})
}

func TestOriginalOfAnotherPassageIsRefused(t *testing.T) {
	both(t, func(t *testing.T, s *Store) {
		first, second := s.put(t, held()), s.put(t, held())
		n, _ := parseID(idPassage, first.ID)
		m, _ := parseID(idPassage, second.ID)
		if err := s.Write(t.Context(), doing(`UPDATE original SET sealed = (SELECT sealed FROM original WHERE passage = ?1) WHERE passage = ?2`, n, m)); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Original(t.Context(), second.ID, "hana"); err == nil || !strings.Contains(err.Error(), "was changed") {
			t.Errorf("%v", err)
		}
	})
}

func TestBodiesAreNotOnDisk(t *testing.T) {
	t.Parallel()
	c := configOf(t, "sqlite")
	s := open(t, c)
	l := held()
	l.body = "xylophone quicksilver marmalade"
	l.rules = nil // no finding quotes it
	s.put(t, l)
	if all := files(t, c); bytes.Contains(all, []byte("quicksilver")) || !bytes.Contains(all, []byte("ceo@evil.example")) {
		t.Error("the body is on disk, or nothing is")
	}
}

func TestOriginalsAreErasedInTime(t *testing.T) {
	bothWith(t, func(c *Config) { c.Now, c.Retention = func() time.Time { return began }, -1 }, func(t *testing.T, s *Store) {
		p := s.put(t, held())
		n, _ := parseID(idPassage, p.ID)
		if err := s.Write(t.Context(), doing(`UPDATE original SET until = ?1 WHERE passage = ?2 AND until = ?3`, began.UnixMicro(), n, began.Add(90*24*time.Hour).UnixMicro())); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Original(t.Context(), p.ID, "hana"); !errors.Is(err, ErrGone) {
			t.Errorf("over: %v", err)
		}
		if err := s.retain(t.Context(), &Job{note: func(int64, int64, string) {}}); err != nil {
			t.Fatal(err)
		}
		if d, err := s.Passage(t.Context(), p.ID); err != nil || d.Kept {
			t.Errorf("%+v %v", d.Passage, err)
		}
		entries, _ := s.EntriesOf(t.Context(), p.Case)
		if last := entries[len(entries)-1]; last.Kind != "erase" || last.Ref != p.ID {
			t.Errorf("%+v", last)
		}
	})
}

func TestReleaseIsCarriedOutByOne(t *testing.T) {
	both(t, func(t *testing.T, s *Store) {
		p := s.put(t, held())
		if _, _, err := s.BeginRelease(t.Context(), p.ID); !errors.Is(err, ErrConflict) {
			t.Errorf("undecided: %v", err)
		}
		if _, err := s.Decide(t.Context(), Decision{Do: DecideRelease, Passage: p.ID, By: "hana", Reason: "ours"}); err != nil {
			t.Fatal(err)
		}
		begin := func() error {
			original, q, err := s.BeginRelease(t.Context(), p.ID)
			if err == nil && (len(original) == 0 || q.ID != p.ID) {
				t.Errorf("%q %+v", original, q)
			}
			return err
		}
		if err := begin(); err != nil {
			t.Fatal(err)
		}
		if err := begin(); !errors.Is(err, ErrConflict) {
			t.Errorf("twice: %v", err)
		}
		if err := s.EndRelease(t.Context(), p.ID, errors.New("no route")); err != nil {
			t.Fatal(err)
		}
		if err := begin(); err != nil {
			t.Fatalf("after a failure: %v", err)
		}
		if err := s.EndRelease(t.Context(), p.ID, nil); err != nil {
			t.Fatal(err)
		}
		d, err := s.Passage(t.Context(), p.ID)
		if err != nil || d.Released.IsZero() || d.Kept {
			t.Errorf("%+v %v", d.Passage, err)
		}
		if c, _ := s.Case(t.Context(), p.Case); c.Held != 0 {
			t.Errorf("%+v", c.Case)
		}
		if err := begin(); err == nil {
			t.Error("released again")
		}
	})
}

// doing is a write of one statement.
func doing(statement string, args ...any) func(context.Context, *Tx) error {
	return func(ctx context.Context, t *Tx) error {
		_, err := t.Exec(ctx, statement, args...)
		return err
	}
}
