// Package detectortest runs a detector over golden files, as analysistest does for analyzers.
//
// A golden is a txtar archive testdata/NAME.txtar with two files. artifact.json is a tree of artifacts:
//
//	{"kind": "mail", "name": "a.eml", "via": "", "form": {"subject": "..."}, "blob": "text", "parts": [...]}
//
// (blob64 instead of blob for bytes that are not text), and want.jsonl is what the detector must report, one object a
// line. At least one golden must report something and one nothing. Run the test with -update to rewrite want.jsonl, and
// read the difference.
package detectortest

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/sekisho/sekisho"
	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "rewrite want.jsonl in the goldens")

// A Seen is one line of want.jsonl.
type Seen struct {
	Artifact string          `json:"artifact"`
	Facts    json.RawMessage `json:"facts"`
	At       []string        `json:"at,omitempty"` // "Where: Quote"
	Error    string          `json:"error,omitempty"`
}

// Run runs d over testdata/*.txtar of the package under test. org and intel may be nil.
func Run(t *testing.T, d *sekisho.Detector, org *sekisho.Org, intel *sekisho.Intel) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join("testdata", "*.txtar"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no goldens in testdata (%v)", err)
	}
	sees, silent := 0, 0
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			got := Observe(t, d, Tree(t, file(archive, "artifact.json")), org, intel)
			if len(got) > 0 {
				sees++
			} else {
				silent++
			}
			compare(t, name, archive, got)
		})
	}
	if sees == 0 || silent == 0 {
		t.Errorf("%d goldens in which %s sees something and %d in which it does not: want at least one of each", sees, d.Name, silent)
	}
}

// Observe runs d on every artifact of the tree that it looks at and returns what it reports.
func Observe(t testing.TB, d *sekisho.Detector, root *sekisho.Artifact, org *sekisho.Org, intel *sekisho.Intel) []Seen {
	t.Helper()
	if org == nil {
		org = &sekisho.Org{}
	}
	if intel == nil {
		intel = &sekisho.Intel{}
	}
	var prepared any
	if d.Prepare != nil {
		var err error
		if prepared, err = d.Prepare(org, intel); err != nil {
			t.Fatalf("prepare: %v", err)
		}
	}
	var got []Seen
	for a := range root.All() {
		if !d.Looks(a.Kind) {
			continue
		}
		pass := &sekisho.Pass{Context: context.Background(), Artifact: a, Org: org, Intel: intel, Prepared: prepared}
		pass.Report = func(facts any, at ...sekisho.Span) {
			if reflect.TypeOf(facts) != reflect.PointerTo(reflect.TypeOf(d.Facts)) {
				t.Errorf("reported a %T, want a *%T", facts, d.Facts)
			}
			seen := Seen{Artifact: a.ID, Facts: compact(t, facts)}
			for _, span := range at {
				seen.At = append(seen.At, span.Where+": "+span.Quote)
			}
			got = append(got, seen)
		}
		if err := d.Run(pass); err != nil {
			got = append(got, Seen{Artifact: a.ID, Error: err.Error()})
		}
	}
	return got
}

// Tree builds the artifact that artifact.json describes.
func Tree(t testing.TB, data []byte) *sekisho.Artifact {
	t.Helper()
	var n node
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&n); err != nil {
		t.Fatalf("artifact.json: %v", err)
	}
	root := &sekisho.Artifact{ID: "0"}
	n.build(t, root, sekisho.NewBudget(sekisho.Limits{}))
	return root
}

type node struct {
	Kind   sekisho.Kind    `json:"kind"`
	Name   string          `json:"name"`
	Via    string          `json:"via"`
	Form   json.RawMessage `json:"form"`
	Blob   string          `json:"blob"`
	Blob64 []byte          `json:"blob64"`
	Parts  []node          `json:"parts"`
}

func (n node) build(t testing.TB, a *sekisho.Artifact, b *sekisho.Budget) {
	t.Helper()
	a.Kind, a.Name, a.Via = n.Kind, n.Name, n.Via
	if blob := append([]byte(n.Blob), n.Blob64...); len(blob) > 0 {
		a.Blob, a.Size = bytes.NewReader(blob), int64(len(blob))
	}
	if zero, ok := sekisho.Forms[n.Kind]; ok && len(n.Form) > 0 {
		form := reflect.New(reflect.TypeOf(zero)).Interface()
		dec := json.NewDecoder(bytes.NewReader(n.Form))
		dec.DisallowUnknownFields()
		if err := dec.Decode(form); err != nil {
			t.Fatalf("form of %s: %v", n.Kind, err)
		}
		a.Form = form
	}
	for _, part := range n.Parts {
		child := &sekisho.Artifact{}
		if err := b.Add(a, child); err != nil {
			t.Fatal(err)
		}
		part.build(t, child, b)
	}
}

func compare(t *testing.T, name string, archive *txtar.Archive, got []Seen) {
	t.Helper()
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	for _, seen := range got {
		if err := enc.Encode(seen); err != nil {
			t.Fatal(err)
		}
	}
	want := file(archive, "want.jsonl")
	if bytes.Equal(bytes.TrimSpace(want), bytes.TrimSpace(out.Bytes())) {
		return
	}
	if !*update {
		t.Errorf("%s reports\n%swant\n%s", name, out.Bytes(), want)
		return
	}
	for i := range archive.Files {
		if archive.Files[i].Name == "want.jsonl" {
			archive.Files = append(archive.Files[:i], archive.Files[i+1:]...)
			break
		}
	}
	archive.Files = append(archive.Files, txtar.File{Name: "want.jsonl", Data: out.Bytes()})
	if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
		t.Fatal(err)
	}
}

func file(archive *txtar.Archive, name string) []byte {
	for _, f := range archive.Files {
		if f.Name == name {
			return f.Data
		}
	}
	return nil
}

func compact(t testing.TB, v any) json.RawMessage {
	t.Helper()
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		t.Fatal(err)
	}
	return bytes.TrimSpace(out.Bytes())
}
