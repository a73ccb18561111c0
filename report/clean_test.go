package report

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/sekisho/sekisho"
)

func TestClean(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"link", "at https://x.example/ and http://y.example", "at hxxps://x.example/ and hxxp://y.example"},
		{"letters of any case", "hTtPs://x.example Http://y.example", "hxxps://x.example hxxp://y.example"},
		{"other schemes", "ftp://x.example file://y", "ftp[:]//x.example file[:]//y"},
		{"no scheme", "WWW.x.example://", "WWW[.]x.example[:]//"},
		{"scheme cut off", "://", "[:]//"},
		{"control characters", "a\x1b[2J\x0b\x0c\u009bb", "a<U+001B>[2J<U+000B><U+000C><U+009B>b"},
		{"separators", "a\u2028b\u2029c\r\nd", "a<U+2028>b<U+2029>c  d"},
		{"split by what nobody sees", "ht\u200btps://x.example", "ht<U+200B>tps[:]//x.example"},
		{"not UTF-8", "a\xff", "a<U+FFFD>"},
		{"cut", strings.Repeat("a", 600), strings.Repeat("a", 500) + "…"},
	} {
		if got := Clean(tt.in, 500); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestJSONEscapesWhatNobodySees(t *testing.T) {
	const name = "a\u009b\u0085\u202e\u200b\U000e0041\u2028 森.eml"
	root := &sekisho.Artifact{ID: "0", Kind: sekisho.KindMail, Name: name}
	for _, format := range []string{"json", "jsonl"} {
		out := write(t, Options{Format: format, Lang: sekisho.English}, sekisho.Verdict{Root: root})
		for _, r := range out {
			if r != '\n' && unseen(r) {
				t.Errorf("%s: %U is in the report", format, r)
			}
		}
		if !strings.Contains(out, "森") {
			t.Errorf("%s: letters are escaped: %s", format, out)
		}
		var doc struct {
			Name     string
			Verdicts []struct{ Name string }
		}
		if err := json.Unmarshal([]byte(out), &doc); err != nil {
			t.Fatal(err)
		}
		if got := doc.Name; format == "jsonl" && got != name || format == "json" && doc.Verdicts[0].Name != name {
			t.Errorf("%s: the name does not come back: %q", format, got)
		}
	}
}

func FuzzCleanShowsNothingUnseenAndNoLink(f *testing.F) {
	for _, seed := range []string{"https://x", "\x1b]8;;http://x\x07", "wWw.x", "://://", "h\u00adttp://www.x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		out := strings.ToLower(Clean(s, 200))
		for _, bad := range []string{"http://", "https://", "ftp://", "www."} {
			if strings.Contains(out, bad) {
				t.Errorf("%q becomes %q", s, out)
			}
		}
		if strings.ContainsFunc(out, unseen) {
			t.Errorf("%q becomes %q", s, out)
		}
	})
}
