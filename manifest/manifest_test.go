package manifest

import (
	"fmt"
	"strings"
	"testing"
)

func TestRead(t *testing.T) {
	tests := []struct {
		name string
		read func(string) ([]Entry, error)
		text string
		want string
	}{
		{"JSON with comments", JSON, "\uFEFF{ // one\n \"a\": {\"b\": [1, 'x',],}, /* \n */ c: \"q\\\"\\u0041\\n\",\n}", "a.b.0=2 1 a.b.1=2 x c=3 q\"A\n"},
		{"YAML", YAML, "a:\n  - run: |\n      one\n      two\n  - b: &x 1\n    c: *x\n", "a.0.run=2 one\ntwo\n a.1.b=5 1"},
		{"TOML", TOML, "[a.\"b.c\"] # t\nk = \"v\" # w\nl = [\n 'x', # ]\n 'y']\ns = \"\"\"\nq\n\"\"\"\n[[p]]\nn=1\n", "a.b.c.k=2 v a.b.c.l=3 [\n 'x', # ]\n 'y'] a.b.c.s=6 q\n p.n=10 1"},
		{"INI", INI, "[core]\n\thooksPath = .x\n[alias \"A b\"]\nst = \"!sh\"\n[options]\nx =\n  one\n  two\nflag\n", "core.hookspath=2 .x alias.A b.st=4 !sh options.x=6 \none\ntwo options.flag=9 true"},
		{"XML", XML, "<p x='1'>\n <t>a &amp; b</t>\n <c/>\n</p>", "p.@x=1 1 p.t=2 a & b"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			entries, err := test.read(test.text)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, e := range entries {
				got = append(got, fmt.Sprintf("%s=%d %s", strings.Join(e.Path, "."), e.Line, e.Value))
			}
			if joined := strings.Join(got, " "); joined != test.want {
				t.Errorf("got  %q\nwant %q", joined, test.want)
			}
		})
	}
}

func TestDeepNestingEnds(t *testing.T) {
	for name, text := range map[string]string{"list": strings.Repeat("[", 1<<20), "object": strings.Repeat(`{"a":`, 1<<18)} {
		if _, err := JSON(text); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := XML(strings.Repeat("<a>", 1<<18)); err == nil {
		t.Errorf("elements: no error")
	}
}

// FuzzReadNeverPanics reads anything as everything, and wants lines within the text.
func FuzzReadNeverPanics(f *testing.F) {
	for _, seed := range []string{`{"a":[1,{"b":'c'}]}`, "a:\n- b\n", "[a]\nb=[1,\n2]\n", "<a b='c'>d</a>", "[a \"b\"]\nc=d\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, read := range []func(string) ([]Entry, error){JSON, YAML, TOML, INI, XML} {
			entries, _ := read(text)
			for _, e := range entries {
				if e.Line < 0 || e.Line > strings.Count(text, "\n")+strings.Count(text, "\r")+1 {
					t.Errorf("line %d of %q", e.Line, text)
				}
			}
		}
	})
}
