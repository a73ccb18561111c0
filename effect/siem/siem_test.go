package siem

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/record"
)

var began = time.Date(2026, 11, 21, 1, 30, 0, 0, time.UTC)

func openStore(t *testing.T) *record.Store {
	t.Helper()
	dir := t.TempDir()
	store, err := record.Open(t.Context(), record.Config{URL: filepath.Join(dir, "record.db"), Keys: filepath.Join(dir, "keys"), Process: "test", Now: func() time.Time { return began }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	return store
}

// arrive records a mail with a file and returns the passage.
func arrive(t *testing.T, store *record.Store, n int) *sekisho.Passage {
	t.Helper()
	raw := fmt.Sprintf("From: ceo@evil.example\r\n\r\n%d", n)
	form := &sekisho.Mail{From: []sekisho.Mailbox{{Name: "森 葵", Address: "ceo@evil.example", Local: "ceo", Domain: "evil.example"}},
		Subject: "TOPSECRET 至急", MessageID: "m1@evil.example", Envelope: sekisho.Envelope{To: []string{"desk@kaede-ex.jp"}}}
	root := &sekisho.Artifact{ID: "0", Kind: sekisho.KindMail, Name: "mail.eml", Blob: strings.NewReader(raw), Size: int64(len(raw)), Form: form}
	file := &sekisho.Artifact{Kind: sekisho.KindFile, Name: "TOPSECRET.pdf", Via: "attachment", Blob: strings.NewReader("hello"), Size: 5, Form: &sekisho.File{Type: "application/pdf"}}
	if err := sekisho.NewBudget(sekisho.Limits{}).Add(root, file); err != nil {
		t.Fatal(err)
	}
	v := sekisho.Verdict{Root: root, Action: sekisho.ActionHold, Took: 1500 * time.Microsecond,
		Findings: []sekisho.Finding{{Rule: "executive-name", Title: sekisho.Text{En: "An executive's name", Ja: "役員名"}, Ask: sekisho.ActionHold, Artifact: "0",
			Why: sekisho.Text{En: "“TOPSECRET” is asked for", Ja: "「TOPSECRET」"}, Control: []string{"npa-2022-n2"}, Attack: []string{"T1566.002"}}},
		Gaps: []sekisho.Gap{{Artifact: "0.0", By: "pdf", Why: "encrypted: TOPSECRET"}}}
	p := &sekisho.Passage{Time: began, Verdict: v, Act: sekisho.Act{Do: sekisho.DoHold},
		Arrival: sekisho.Arrival{Door: "milter", From: "192.0.2.7", Artifact: root, Decide: func(sekisho.Verdict) sekisho.Act { return sekisho.Act{} }}}
	if err := store.Record(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	return p
}

func follower(t *testing.T, c Config, store *record.Store, folder string) *Follower {
	t.Helper()
	f, err := New(c, folder, store, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	f.poll, f.back = time.Millisecond, 5*time.Millisecond
	return f
}

// drain sends until the sink has everything.
func drain(t *testing.T, f *Follower) {
	t.Helper()
	for _, s := range f.sinks {
		for {
			n, err := f.step(t.Context(), s)
			if err != nil {
				t.Fatal(err)
			}
			if n == 0 {
				break
			}
		}
	}
}

func readEvents(t *testing.T, path string) []map[string]any {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var events []map[string]any
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e map[string]any
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			t.Fatalf("%v: %s", err, lines.Text())
		}
		events = append(events, e)
	}
	return events
}

// at returns what stands in an event under names joined by dots, as JSON.
func at(e map[string]any, path string) string {
	var value any = e
	for name := range strings.SplitSeq(path, ".") {
		object, ok := value.(map[string]any)
		if !ok {
			return "null"
		}
		value = object[name]
	}
	data, _ := json.Marshal(value)
	return string(data)
}

func TestEventsSpeakECS(t *testing.T) {
	t.Parallel()
	store := openStore(t)
	p := arrive(t, store, 1)
	if err := store.Complete(t.Context(), p.ID, "done"); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Decide(t.Context(), record.Decision{By: "mori", Do: record.DecideConfirm, Case: p.Case, Reason: "TOPSECRET reason"}); err != nil {
		t.Fatal(err)
	}
	people := map[string]string{"event": "refused", "name": "Aoi", "mail": "aoi.mori@kaede-ex.jp", "network": "203.0.113.0/24", "why": "wrong code"}
	if err := store.Note(t.Context(), "people", "sekisho", "u1", people); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Once(t.Context(), "notify soc hold", p.Case, func(context.Context) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if err := store.Note(t.Context(), "profile", "mori", "", map[string]string{"what": "TOPSECRET"}); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "siem.jsonl")
	drain(t, follower(t, Config{File: path}, store, t.TempDir()))
	data, _ := os.ReadFile(path)
	if bytes.Contains(data, []byte("TOPSECRET")) {
		t.Errorf("content left: %s", data)
	}
	for _, c := range data {
		if c >= 0x7F || c < ' ' && c != '\n' {
			t.Fatalf("byte %#x: not plain ASCII", c)
		}
	}
	events := readEvents(t, path)
	if len(events) != 5 {
		t.Fatalf("%d events: %s", len(events), data)
	}
	sum := "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
	for i, want := range []map[string]string{
		{
			"@timestamp": `"2026-11-21T01:30:00Z"`, "ecs.version": `"8.17.0"`, "event.kind": `"alert"`, "event.category": `["intrusion_detection","email"]`, "event.type": `["denied"]`,
			"event.action": `"hold"`, "event.severity": `70`, "event.duration": `1500000`, "event.sequence": `0`, "event.module": `"sekisho"`, "event.dataset": `"sekisho.passage"`,
			"rule.id": `["executive-name"]`, "rule.ruleset": `["npa-2022-n2"]`, "threat.framework": `"MITRE ATT\u0026CK"`, "threat.technique.id": `["T1566.002"]`,
			"email.from.address": `["ceo@evil.example"]`, "email.to.address": `["desk@kaede-ex.jp"]`, "email.message_id": `"m1@evil.example"`, "email.subject": `null`,
			"email.attachments": `[{"file":{"hash":{"sha256":"` + sum + `"},"size":5}}]`, "source.ip": `"192.0.2.7"`, "related.ip": `["192.0.2.7"]`, "related.hosts": `["evil.example"]`,
			"related.hash": `["` + sum + `"]`, "sekisho.case": `"` + p.Case + `"`, "sekisho.passage": `"` + p.ID + `"`, "sekisho.gaps": `["pdf: encrypted"]`, "sekisho.why": `null`,
		},
		{"event.kind": `"event"`, "event.outcome": `"success"`, "sekisho.passage": `"` + p.ID + `"`},
		{"event.action": `"confirm"`, "user.name": `"mori"`, "sekisho.case": `"` + p.Case + `"`, "event.reason": `null`},
		{"event.category": `["authentication"]`, "event.outcome": `"failure"`, "user.email": `"aoi.mori@kaede-ex.jp"`, "source.ip": `"203.0.113.0"`},
		{"event.action": `"profile"`, "event.category": `null`},
	} {
		for path, value := range want {
			if got := at(events[i], path); got != value {
				t.Errorf("event %d: %s = %s, want %s", i, path, got, value)
			}
		}
	}
}

func TestContentIsSentWhenItIsWanted(t *testing.T) {
	t.Parallel()
	store := openStore(t)
	arrive(t, store, 1)
	path := filepath.Join(t.TempDir(), "siem.jsonl")
	drain(t, follower(t, Config{File: path, Content: true}, store, t.TempDir()))
	e := readEvents(t, path)[0]
	for path, want := range map[string]string{
		"email.subject": `"TOPSECRET 至急"`, "sekisho.why": `["“TOPSECRET” is asked for"]`,
	} {
		if got := at(e, path); got != want {
			t.Errorf("%s = %s, want %s", path, got, want)
		}
	}
	if got := at(e, "email.attachments"); !strings.Contains(got, "TOPSECRET.pdf") {
		t.Errorf("attachments %s", got)
	}
}

func TestLinesAreBounded(t *testing.T) {
	t.Parallel()
	f := &Follower{content: true}
	long := strings.Repeat("\u202e<\x00長", 5_000)
	d := record.Detail{Passage: record.Passage{ID: "p1", Kind: sekisho.KindMail, Sender: long, Subject: long, MessageID: long, Door: long, From: long, Do: long, Would: long, Case: "c1"}}
	for i := range 1000 {
		s := fmt.Sprint(i, long[:300])
		d.To = append(d.To, s)
		d.Findings = append(d.Findings, record.Finding{Rule: s, Title: sekisho.Text{En: s}, Why: sekisho.Text{En: s}, Control: []string{s}, Attack: []string{s}})
		d.Gaps = append(d.Gaps, sekisho.Gap{By: s, Why: s})
		for _, kind := range []string{record.IndicatorDomain, record.IndicatorHash, record.IndicatorAddress, record.IndicatorPersona} {
			d.Indicator = append(d.Indicator, record.Indicator{Kind: kind, Value: s})
		}
		d.Tree.Parts = append(d.Tree.Parts, record.Node{Name: s, SHA256: strings.Repeat("a", 64)})
	}
	body, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	for name, e := range map[string]record.Entry{
		"passage":  {Kind: "passage", Ref: long, By: long, Digest: strings.Repeat("d", 64), Body: body},
		"unknown":  {Kind: strings.Repeat("k", 40), Ref: long, By: long, Digest: "d"},
		"damaged":  {Kind: "passage", Ref: "p1", By: "x", Body: json.RawMessage(`{"action":7}`)},
		"erased":   {Kind: "passage", Ref: "p1", By: "x"},
		"decision": {Kind: "decision", Ref: "c1", By: long, Body: json.RawMessage(`{"by":"` + strings.Repeat("b", 100_000) + `","indicator":{"kind":"domain","value":"x.example"}}`)},
	} {
		l, ok := f.line(e, syslogLine)
		if !ok || len(l.json) > syslogLine || !json.Valid(l.json) || bytes.ContainsFunc(l.json, func(r rune) bool { return r > '~' || r < ' ' }) {
			t.Errorf("%s: %v, %d bytes: %.300s", name, ok, len(l.json), l.json)
		}
		if name == "passage" && !bytes.Contains(l.json, []byte(`"cut":true`)) {
			t.Error("that it was cut is not said")
		}
	}
}

func TestFollowingGoesOnWhereItStopped(t *testing.T) {
	t.Parallel()
	store := openStore(t)
	folder, path := t.TempDir(), filepath.Join(t.TempDir(), "siem.jsonl")
	for i := range 3 {
		arrive(t, store, i)
	}
	drain(t, follower(t, Config{File: path}, store, folder))
	arrive(t, store, 4)
	drain(t, follower(t, Config{File: path}, store, folder))
	sequence := func() []string {
		var all []string
		for _, e := range readEvents(t, path) {
			all = append(all, at(e, "event.sequence"))
		}
		return all
	}
	if got := sequence(); !slices.Equal(got, []string{"0", "1", "2", "3"}) {
		t.Errorf("sequence %v", got)
	}
	other := openStore(t)
	arrive(t, other, 9)
	drain(t, follower(t, Config{File: path}, other, folder))
	if got := sequence(); !slices.Equal(got, []string{"0", "1", "2", "3", "0"}) {
		t.Errorf("another record: sequence %v", got)
	}
	if err := os.WriteFile(filepath.Join(folder, "siem-file.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	f := follower(t, Config{File: path}, store, folder)
	if _, err := f.step(t.Context(), f.sinks[0]); err == nil {
		t.Error("a damaged place is taken")
	}
}

func TestFileIsReopenedWhenRotatedAndACutLineIsEnded(t *testing.T) {
	t.Parallel()
	store := openStore(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "siem.jsonl")
	if err := os.WriteFile(path, []byte(`{"cut":`), 0o600); err != nil {
		t.Fatal(err)
	}
	f := follower(t, Config{File: path}, store, dir)
	arrive(t, store, 1)
	drain(t, f)
	data, _ := os.ReadFile(path)
	if lines := strings.Split(string(data), "\n"); len(lines) != 3 || lines[0] != `{"cut":` {
		t.Errorf("lines %q", lines)
	}
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	arrive(t, store, 2)
	drain(t, f)
	if events := readEvents(t, path); len(events) != 1 {
		t.Errorf("%d events in the new file", len(events))
	}
}

// A flaky sink takes nothing the first times, and then half of what it is given before it fails.
type flaky struct {
	fail int
	got  []int64
	t    *testing.T
}

func (s *flaky) limit() int { return syslogLine }

func (s *flaky) close() error { return nil }

func (s *flaky) send(_ context.Context, lines []line) error {
	for i, l := range lines {
		if s.fail > 0 && i == len(lines)/2 {
			s.fail--
			return errors.New("gone")
		}
		var e struct{ Event struct{ Sequence int64 } }
		if err := json.Unmarshal(l.json, &e); err != nil {
			s.t.Error(err)
		}
		s.got = append(s.got, e.Event.Sequence)
	}
	return nil
}

func TestEachEntryArrivesAtLeastOnceInOrder(t *testing.T) {
	t.Parallel()
	store := openStore(t)
	for i := range 20 {
		arrive(t, store, i)
	}
	s := &flaky{fail: 3, t: t}
	f := follower(t, Config{}, store, t.TempDir())
	f.add("flaky", t.TempDir(), s)
	for range 3 {
		if _, err := f.step(t.Context(), f.sinks[0]); err == nil {
			t.Fatal("no error")
		}
	}
	drain(t, f)
	next := int64(0)
	for _, n := range s.got {
		if n > next {
			t.Fatalf("entry %d came before %d: %v", n, next, s.got)
		}
		next = max(next, n+1)
	}
	if next != 20 {
		t.Errorf("%d entries of 20: %v", next, s.got)
	}
}

func BenchmarkLine(b *testing.B) {
	d := record.Detail{Passage: record.Passage{ID: "p1", Kind: sekisho.KindMail, Sender: "Aoi Mori <ceo@evil.example>", Action: sekisho.ActionHold, Do: sekisho.DoHold}}
	for i := range 20 {
		d.Indicator = append(d.Indicator, record.Indicator{Kind: record.IndicatorDomain, Value: fmt.Sprintf("evil%d.example", i)})
		d.Headers = append(d.Headers, record.Header{Name: "Received", Value: strings.Repeat("from mail.example ", 10)})
	}
	body, err := json.Marshal(d)
	if err != nil {
		b.Fatal(err)
	}
	f := &Follower{}
	for b.Loop() {
		if _, ok := f.line(record.Entry{Kind: "passage", Body: body}, syslogLine); !ok {
			b.Fatal("not sent")
		}
	}
}

// TestCutNamesAreNoAddresses: of a sender that the record cut inside the name nothing is sent.
func TestCutNamesAreNoAddresses(t *testing.T) {
	t.Parallel()
	for sender, want := range map[string]string{
		"Aoi <ceo@evil.example>":               "ceo@evil.example",
		"ceo@evil.example":                     "ceo@evil.example",
		"dear customer your account is locked": "",
		"Aoi Mori <ceo@evil.exam":              "",
		"":                                     "",
	} {
		if got := addressOf(sender); got != want {
			t.Errorf("%q: %q, want %q", sender, got, want)
		}
	}
}

// TestOutcomesNameNoFiles: a file that was moved away is no failure, and its name is content.
func TestOutcomesNameNoFiles(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		outcome       string
		content       bool
		ended, reason string
	}{
		{"done", false, "success", ""},
		{"moved to /held/p1-canary.pdf", false, "success", ""},
		{"moved to /held/p1-canary.pdf", true, "success", "moved to /held/p1-canary.pdf"},
		{"not moved: rename /drop/canary.pdf: permission denied", false, "failure", "not moved"},
		{"interrupted", false, "failure", "interrupted"},
		{"the reporter could not be told: 550 canary", true, "failure", "the reporter could not be told: 550 canary"},
	} {
		body, err := json.Marshal(map[string]string{"outcome": row.outcome})
		if err != nil {
			t.Fatal(err)
		}
		f := &Follower{content: row.content}
		ev := f.event(record.Entry{Kind: "outcome", Ref: "p1", Digest: "0123456789abcdef0123", Body: body})
		if ev.Event.Outcome != row.ended || ev.Event.Reason != row.reason {
			t.Errorf("%s: %s, %q", row.outcome, ev.Event.Outcome, ev.Event.Reason)
		}
	}
}
