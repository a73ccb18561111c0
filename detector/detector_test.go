package detector_test

import (
	"context"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/detector"
	"github.com/sekisho/sekisho/judge"
	"github.com/sekisho/sekisho/rules"
)

func compiled(t *testing.T) (*judge.Judge, rules.Set) {
	t.Helper()
	set, err := rules.Load(detector.Rules, rules.Joined)
	if err != nil {
		t.Fatal(err)
	}
	j, err := judge.Compile(set.Rules, set.Conditions, detector.All)
	if err != nil {
		t.Fatal(err)
	}
	return j, set
}

// TestConformance holds every detector to what the folder promises: its name is the folder's, its facts are
// documented, it has goldens, and at least one rule reads it.
func TestConformance(t *testing.T) {
	j, set := compiled(t)
	read := map[string]bool{}
	for _, r := range set.Rules {
		for _, name := range j.Reads(r.ID) {
			read[name] = true
		}
	}
	if len(detector.All) < 8 {
		t.Fatalf("only %d detectors", len(detector.All))
	}
	for _, d := range detector.All {
		t.Run(d.Name, func(t *testing.T) {
			if _, err := os.Stat(filepath.Join(d.Name, d.Name+".go")); err != nil {
				t.Errorf("no file of the detector's name: %v", err)
			}
			title, rest, _ := strings.Cut(strings.TrimSpace(d.Doc), "\n")
			if title == "" || len(title) > 120 || strings.TrimSpace(rest) == "" {
				t.Errorf("Doc wants a title on the first line and then what is seen and what is not, has %q", d.Doc)
			}
			if len(d.Kinds) == 0 || d.Run == nil {
				t.Error("it looks at nothing")
			}
			for _, kind := range d.Kinds {
				if !slices.Contains(sekisho.Kinds, kind) {
					t.Errorf("unknown kind %q", kind)
				}
			}
			checkFacts(t, reflect.TypeOf(d.Facts))
			if goldens, _ := filepath.Glob(filepath.Join(d.Name, "testdata", "*.txtar")); len(goldens) < 2 {
				t.Errorf("%d goldens, want one in which it sees something and one in which it does not", len(goldens))
			}
			if !read[d.Name] {
				t.Error("no rule reads it")
			}
		})
	}
}

func checkFacts(t *testing.T, facts reflect.Type) {
	t.Helper()
	if facts.Name() != "Facts" {
		t.Errorf("its facts are a %s, want a struct named Facts", facts)
	}
	for i := range facts.NumField() {
		f := facts.Field(i)
		name, doc := f.Tag.Get("json"), f.Tag.Get("doc")
		if name == "" || name != strings.ToLower(name) || strings.ContainsAny(name, ", -") {
			t.Errorf("field %s: json tag %q, want snake_case", f.Name, name)
		}
		if len(doc) < 8 {
			t.Errorf("field %s: doc tag %q, want a clause that says what it is", f.Name, doc)
		}
	}
}

// TestRuleExamples runs the examples of every built-in rule.
func TestRuleExamples(t *testing.T) {
	j, set := compiled(t)
	if len(set.Rules) < 20 {
		t.Fatalf("only %d rules", len(set.Rules))
	}
	for _, o := range j.Examples(context.Background()) {
		if !o.OK() {
			t.Errorf("rule %s, example %q: match is %t, want %t: %v", o.Rule, o.Example, o.Got, o.Want, o.Err)
		}
	}
}

// TestRuleMetadata wants of every rule what a person and an auditor need: the countermeasure it serves, and the
// technique it answers when it asks for more than a note.
func TestRuleMetadata(t *testing.T) {
	_, set := compiled(t)
	for _, r := range set.Rules {
		if len(r.Control) == 0 {
			t.Errorf("%s: rule %s serves no countermeasure", r.File, r.ID)
		}
		if r.Ask >= sekisho.ActionWarn && len(r.Attack) == 0 {
			t.Errorf("%s: rule %s asks for %s and names no ATT&CK technique", r.File, r.ID, r.Ask)
		}
	}
}
