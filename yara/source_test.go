package yara

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/sekisho/sekisho"
)

func TestRulesIn(t *testing.T) {
	tests := []struct {
		name, text string
		want       []string
	}{
		{"none", "import \"pe\"\n// rule a { }", nil},
		{"one", `rule a { condition: true }`, []string{"rule a { condition: true }"}},
		{"modifiers and tags", `x private global rule a : t u { condition: true } rule b{condition:a}`, []string{"private global rule a : t u { condition: true }", "rule b{condition:a}"}},
		{"braces in strings", `rule a { strings: $a = "}\"}" $b = /\/}[}]/ $c = { 61 /* } */ 62 } condition: all of them } rule b { condition: true }`,
			[]string{`rule a { strings: $a = "}\"}" $b = /\/}[}]/ $c = { 61 /* } */ 62 } condition: all of them }`, "rule b { condition: true }"}},
		{"braces in comments", "rule a { // }\n condition: /* } */ true }", []string{"rule a { // }\n condition: /* } */ true }"}},
		{"no end", "rule a { condition: true\nrule b { condition: true }", []string{"rule a { condition: true\n", "rule b { condition: true }"}},
		{"a string without end", "rule a { strings: $a = \"x\n condition: true }", []string{"rule a { strings: $a = \"x\n condition: true }"}},
		{"a comment without end", "rule a { /* ", []string{"rule a { /* "}},
		{"the word alone", "rule {}", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, r := range rulesIn(test.text) {
				got = append(got, test.text[r.start:r.end])
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func FuzzRulesStandInOrderInsideTheText(f *testing.F) {
	f.Add(`private rule a : t { strings: $a = "}" $b = /}/ $c = { 61 } condition: all of them } // x`)
	f.Add("rule a {\nrule b { /* ")
	f.Fuzz(func(t *testing.T, text string) {
		at := 0
		for _, r := range rulesIn(text) {
			if r.start < at || r.end <= r.start || r.end > len(text) {
				t.Fatalf("rule at %d to %d after %d of %d", r.start, r.end, at, len(text))
			}
			at = r.end
			if blanked := blank(text, r.start, r.end); len(blanked) != len(text) || strings.Count(blanked, "\n") != strings.Count(text, "\n") {
				t.Fatal("blanking moves lines")
			}
		}
	})
}

func TestLocate(t *testing.T) {
	got := locate("error[E009]: unknown identifier `foo`\n --> line:3:13\n  |\n3 |  condition: foo }\n  |             ^^^ this identifier has not been declared\n")
	want := located{3, 13, "unknown identifier `foo`: this identifier has not been declared"}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := locate("something else"); got != (located{reason: "something else"}) {
		t.Errorf("got %+v", got)
	}
}

func TestFolder(t *testing.T) {
	folder := fstest.MapFS{
		"b.yara":       {Data: []byte("\xef\xbb\xbfrule b { condition: true }")},
		"a/a.YAR":      {Data: []byte("// caf\xe9\nrule a { condition: true }")},
		"notes.txt":    {Data: []byte("not a rule")},
		".git/c.yar":   {Data: []byte("rule c { condition: true }")},
		"large.yar":    {Data: make([]byte, SourceBytes+1)},
		"folder.yar/d": {Data: []byte("x")},
	}
	sources, problems, err := Folder(folder)
	if err != nil {
		t.Fatal(err)
	}
	want := []Source{{"a/a.YAR", "// caf?\nrule a { condition: true }"}, {"b.yara", "rule b { condition: true }"}}
	if !slices.Equal(sources, want) {
		t.Errorf("got %q, want %q", sources, want)
	}
	if len(problems) != 1 || problems[0].File != "large.yar" {
		t.Errorf("problems %v, want one of large.yar", problems)
	}
	for i := range FolderBytes/SourceBytes + 1 {
		folder[fmt.Sprintf("x%d.yar", i)] = &fstest.MapFile{Data: make([]byte, SourceBytes)}
	}
	if _, _, err := Folder(folder); !errors.Is(err, sekisho.ErrLimit) {
		t.Errorf("error %v, want ErrLimit", err)
	}
}
