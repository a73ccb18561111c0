// Package corpus_test runs the whole checkpoint over mails that were written for it: attacks on the exchange of
// examples/organisation.yaml, and honest mails that resemble them. want.jsonl says what is expected of each. The folder
// missed holds the mails of which more is expected than is reached, with a want.jsonl of its own.
package corpus_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/checkpoint"
	"github.com/sekisho/sekisho/detector"
	"github.com/sekisho/sekisho/intel"
	"github.com/sekisho/sekisho/judge"
	"github.com/sekisho/sekisho/opener"
	"github.com/sekisho/sekisho/org"
	"github.com/sekisho/sekisho/report"
	"github.com/sekisho/sekisho/rules"
)

// A sample is a mail and what is expected of its verdict. A bound that is not given does not bind.
type sample struct {
	Name    string          `json:"name"` // its file, from the folder that want.jsonl stands in
	AtLeast *sekisho.Action `json:"at_least"`
	AtMost  *sekisho.Action `json:"at_most"`
	Rules   []string        `json:"rules"` // rules that must be among the findings
	mail    []byte
}

// verify returns how the verdict differs from what is expected, "" when it does not.
func (s sample) verify(v sekisho.Verdict) string {
	var wrong []string
	if s.AtLeast != nil && v.Action < *s.AtLeast {
		wrong = append(wrong, fmt.Sprintf("%v, want at least %v", v.Action, *s.AtLeast))
	}
	if s.AtMost != nil && v.Action > *s.AtMost {
		wrong = append(wrong, fmt.Sprintf("%v, want at most %v", v.Action, *s.AtMost))
	}
	found := rulesOf(v)
	for _, rule := range s.Rules {
		if !slices.Contains(found, rule) {
			wrong = append(wrong, "no "+rule)
		}
	}
	if wrong == nil {
		return ""
	}
	return fmt.Sprintf("%s (found: %s)", strings.Join(wrong, "; "), strings.Join(found, " "))
}

// rulesOf returns the rules that held, also those whose findings were left out beside another.
func rulesOf(v sekisho.Verdict) []string {
	var names []string
	for _, f := range v.Findings {
		names = append(append(names, f.Rule), f.Covers...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// load reads want.jsonl and the mails it names. Nothing expected, an expectation without a mail and a mail without an
// expectation are errors.
func load(fsys fs.FS) ([]sample, error) {
	list, err := fs.ReadFile(fsys, "want.jsonl")
	if err != nil {
		return nil, err
	}
	var samples []sample
	wanted := map[string]bool{}
	for line := range bytes.Lines(list) {
		s, err := parse(line)
		if err != nil {
			return nil, fmt.Errorf("want.jsonl: %s: %w", bytes.TrimSpace(line), err)
		}
		if wanted[s.Name] {
			return nil, fmt.Errorf("want.jsonl names %s twice", s.Name)
		}
		wanted[s.Name] = true
		if s.mail, err = fs.ReadFile(fsys, s.Name); err != nil {
			return nil, err
		}
		samples = append(samples, s)
	}
	if len(samples) == 0 {
		return nil, errors.New("nothing is expected: an empty corpus proves nothing")
	}
	mails, err := fs.Glob(fsys, "*/*.eml")
	for _, name := range mails {
		if !wanted[name] {
			err = errors.Join(err, fmt.Errorf("want.jsonl does not say what is expected of %s", name))
		}
	}
	return samples, err
}

func parse(line []byte) (sample, error) {
	var s sample
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&s); err != nil {
		return s, err
	}
	if s.AtLeast == nil && s.AtMost == nil {
		return s, errors.New("expects nothing")
	}
	return s, nil
}

func mustLoad(t *testing.T, folder string) []sample {
	t.Helper()
	samples, err := load(os.DirFS(folder))
	if err != nil {
		t.Fatal(err)
	}
	return samples
}

var builtin = sync.OnceValues(func() (*checkpoint.Checkpoint, error) {
	profile, err := org.Load(filepath.Join("..", "examples", "organisation.yaml"))
	if err != nil {
		return nil, err
	}
	set, err := rules.Load(detector.Rules, rules.Joined)
	if err != nil {
		return nil, err
	}
	set.Rules = slices.DeleteFunc(set.Rules, func(r sekisho.Rule) bool {
		return r.Status != sekisho.StatusStable && r.Status != sekisho.StatusTest
	})
	ruling, err := judge.Compile(set.Rules, set.Conditions, detector.All)
	if err != nil {
		return nil, err
	}
	known := intel.Builtin()
	known.Now = time.Date(2026, time.July, 1, 0, 0, 0, 0, time.UTC)
	return checkpoint.New(checkpoint.Config{Openers: opener.All, Detectors: detector.All, Judge: ruling, Org: profile, Intel: known})
})

func newCheckpoint(t *testing.T) *checkpoint.Checkpoint {
	t.Helper()
	cp, err := builtin()
	if err != nil {
		t.Fatal(err)
	}
	return cp
}

func inspect(cp *checkpoint.Checkpoint, s sample) sekisho.Verdict {
	root := &sekisho.Artifact{Kind: sekisho.KindMail, Name: s.Name, Blob: bytes.NewReader(s.mail), Size: int64(len(s.mail))}
	return cp.Inspect(context.Background(), root)
}

func TestVerdicts(t *testing.T) {
	cp := newCheckpoint(t)
	for _, s := range mustLoad(t, ".") {
		t.Run(s.Name, func(t *testing.T) {
			if wrong := s.verify(inspect(cp, s)); wrong != "" {
				t.Error(wrong)
			}
		})
	}
}

// TestMissed says how many mails are missed, and fails once one of them is not: then it belongs to the corpus proper.
func TestMissed(t *testing.T) {
	cp := newCheckpoint(t)
	samples := mustLoad(t, "missed")
	for _, s := range samples {
		wrong := s.verify(inspect(cp, s))
		if wrong == "" {
			t.Errorf("missed/%s is as expected: move it and its line of missed/want.jsonl one folder up", s.Name)
		}
		t.Logf("missed/%s: %s", s.Name, wrong)
	}
	t.Logf("%d mails are missed, %d are as expected", len(samples), len(mustLoad(t, ".")))
}

// TestVerdictsRepeat inspects everything twice, the second time all at once: neither order nor company may show in a
// verdict.
func TestVerdictsRepeat(t *testing.T) {
	cp := newCheckpoint(t)
	samples := append(mustLoad(t, "."), mustLoad(t, "missed")...)
	again := make([]sekisho.Verdict, len(samples))
	var running sync.WaitGroup
	for i, s := range samples {
		running.Go(func() { again[i] = inspect(cp, s) })
	}
	running.Wait()
	for i, s := range samples {
		first := inspect(cp, s)
		for _, lang := range []sekisho.Lang{sekisho.English, sekisho.Japanese} {
			if a, b := encode(t, first, lang), encode(t, again[i], lang); a != b {
				t.Errorf("%s: verdicts differ:\n%s\n%s", s.Name, a, b)
			}
		}
		if a, b := tree(first.Root), tree(again[i].Root); !slices.Equal(a, b) {
			t.Errorf("%s: trees differ:\n%s\n%s", s.Name, strings.Join(a, "\n"), strings.Join(b, "\n"))
		}
		for _, id := range repeated(first.Root) {
			t.Errorf("%s: two artifacts have the ID %s", s.Name, id)
		}
	}
}

// encode returns the verdict as other tools read it, without how long it took.
func encode(t *testing.T, v sekisho.Verdict, lang sekisho.Lang) string {
	t.Helper()
	v.Took = 0
	text, err := json.MarshalIndent(report.NewJSON(v, lang), "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// tree lists every artifact: its ID, kind, how its parent led to it, and its name.
func tree(root *sekisho.Artifact) []string {
	var lines []string
	for a := range root.All() {
		lines = append(lines, fmt.Sprintf("%s %s %s %q %d", a.ID, a.Kind, a.Via, a.Name, a.Size))
	}
	return lines
}

func repeated(root *sekisho.Artifact) []string {
	seen := map[string]bool{}
	var ids []string
	for a := range root.All() {
		if seen[a.ID] {
			ids = append(ids, a.ID)
		}
		seen[a.ID] = true
	}
	return ids
}

func TestLoadRefuses(t *testing.T) {
	mail := &fstest.MapFile{Data: []byte("From: a@b.example\r\n\r\n")}
	tests := []struct {
		name, want, err string
		mails           []string
	}{
		{name: "no expectations", want: "", err: "empty corpus"},
		{name: "mail without expectation", want: `{"name":"attack/a.eml","at_least":"warn"}`, mails: []string{"attack/a.eml", "attack/b.eml"}, err: "attack/b.eml"},
		{name: "expectation without mail", want: `{"name":"attack/a.eml","at_least":"warn"}`, err: "not exist"},
		{name: "same mail twice", want: "{\"name\":\"attack/a.eml\",\"at_least\":\"warn\"}\n{\"name\":\"attack/a.eml\",\"at_least\":\"hold\"}", mails: []string{"attack/a.eml"}, err: "twice"},
		{name: "nothing expected", want: `{"name":"attack/a.eml"}`, mails: []string{"attack/a.eml"}, err: "expects nothing"},
		{name: "unknown action", want: `{"name":"attack/a.eml","at_least":"stop"}`, mails: []string{"attack/a.eml"}, err: "unknown action"},
		{name: "unknown key", want: `{"name":"attack/a.eml","atleast":"warn"}`, mails: []string{"attack/a.eml"}, err: "unknown field"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			fsys := fstest.MapFS{"want.jsonl": {Data: []byte(test.want)}}
			for _, name := range test.mails {
				fsys[name] = mail
			}
			if _, err := load(fsys); err == nil || !strings.Contains(err.Error(), test.err) {
				t.Errorf("error %v, want one with %q", err, test.err)
			}
		})
	}
}
