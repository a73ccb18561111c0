package console

import (
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/people"
	"github.com/sekisho/sekisho/record"
)

var japanese = regexp.MustCompile(`[\p{Hiragana}\p{Katakana}\p{Han}]`)

// alike are texts that are the same in both languages.
var alike = []string{"none", "door.api", "rules.attack"}

func TestEveryTextIsInBothLanguages(t *testing.T) {
	verbs := regexp.MustCompile(`%(\[\d\])?[sd]`)
	for key, text := range allWords() {
		if text.En == "" || text.Ja == "" || !japanese.MatchString(text.Ja) && !slices.Contains(alike, key) && !verbs.MatchString(text.Ja) || japanese.MatchString(text.En) {
			t.Errorf("%s: %q and %q", key, text.En, text.Ja)
		}
		if strings.Count(text.En, "%") != strings.Count(text.Ja, "%") {
			t.Errorf("%s is not filled alike: %q and %q", key, text.En, text.Ja)
		}
	}
}

// TestTextsAndTheirUses: every key in the pages and the code has a text, and every text is used.
func TestTextsAndTheirUses(t *testing.T) {
	all := allWords()
	used := map[string]bool{}
	prefixes := []string{"action.", "do.", "class.", "kind.", "indicator.", "error.", "done.", "decision.", "door.", "judged.", "state.", "least.", "list.", "job.", "work.", "role.", "scope.", "purpose.", "status.", "entry.", "nav.", "passage.part.", "org.miss.", "where."}
	in := regexp.MustCompile(`"([a-z-]+(?:\.[a-z-]+)*)"`)
	call := regexp.MustCompile(`\bt "([a-z.-]+)"`)
	for _, dir := range []string{".", "page"} {
		entries, err := fs.ReadDir(os.DirFS(dir), ".")
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range entries {
			if entry.IsDir() || strings.HasSuffix(entry.Name(), "_test.go") || strings.HasSuffix(entry.Name(), ".txt") {
				continue
			}
			data, err := os.ReadFile(dir + "/" + entry.Name())
			if err != nil {
				t.Fatal(err)
			}
			text := string(data)
			if dir == "page" {
				for _, m := range call.FindAllStringSubmatch(text, -1) {
					if all[m[1]] == (sekisho.Text{}) {
						t.Errorf("page/%s shows %q, which has no text", entry.Name(), m[1])
					}
				}
			} else {
				text = regexp.MustCompile(`"[a-z.-]+":\s+\{En:`).ReplaceAllString(text, "")
			}
			for _, m := range in.FindAllStringSubmatch(text, -1) {
				used[m[1]] = true
			}
		}
	}
	for key := range all {
		if !used[key] && !slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(key, p) }) {
			t.Errorf("%s is used nowhere", key)
		}
	}
}

func TestEveryWordOfTheRecordHasAText(t *testing.T) {
	all := allWords()
	var keys []string
	for a := sekisho.ActionPass; a <= sekisho.ActionReject; a++ {
		keys = append(keys, "action."+a.String())
	}
	for _, kind := range sekisho.Kinds {
		keys = append(keys, "kind."+string(kind))
	}
	for _, do := range []string{sekisho.DoPass, sekisho.DoMark, sekisho.DoHold, sekisho.DoReject, sekisho.DoDefer, sekisho.DoAnswer} {
		keys = append(keys, "do."+do)
	}
	for _, do := range []string{record.DecideConfirm, record.DecideFalseAlarm, record.DecideRelease, record.DecideBlock, record.DecideUnblock, record.DecideComment, record.DecideReopen} {
		keys = append(keys, "decision."+do)
	}
	for _, kind := range []string{record.IndicatorSender, record.IndicatorDomain, record.IndicatorURL, record.IndicatorHash, record.IndicatorAddress, record.IndicatorPersona, record.IndicatorFingerprint, record.IndicatorText} {
		keys = append(keys, "indicator."+kind)
	}
	for _, role := range people.Roles() {
		keys = append(keys, "role."+string(role))
	}
	for _, scope := range people.Scopes() {
		keys = append(keys, "scope."+string(scope))
	}
	for _, key := range keys {
		if all[key] == (sekisho.Text{}) {
			t.Errorf("%s has no text", key)
		}
	}
}

func TestAgo(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	c := &Console{words: allWords(), zone: time.UTC, now: func() time.Time { return now }}
	for ago, want := range map[time.Duration]string{0: "just now", 5 * time.Minute: "5 min ago", 3 * time.Hour: "3 h ago", 30 * time.Hour: "yesterday", 72 * time.Hour: "3 days ago", 60 * 24 * time.Hour: "2026-09-22", -2 * time.Hour: "2026-11-21 14:00"} {
		if got := c.ago(sekisho.English, now.Add(-ago)); got != want {
			t.Errorf("%v ago is %q, want %q", ago, got, want)
		}
	}
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1234: "-1,234", -123: "-123"} {
		if got := comma(n); got != want {
			t.Errorf("comma(%d) = %s, want %s", n, got, want)
		}
	}
}

func TestHops(t *testing.T) {
	got := hops([]record.Header{
		{Name: "Received", Value: "from mx.example (mx.example [203.0.113.9]) by mail.kaede-ex.jp (Postfix) with ESMTPS id 1 for <a@b.example>; Sat, 21 Nov 2026 09:00:05 +0900"},
		{Name: "Subject", Value: "x"},
		{Name: "received", Value: "by mx.example with HTTP; Sat, 21 Nov 2026 09:00:02 +0900"},
		{Name: "Received", Value: "nonsense (((("},
	})
	if len(got) != 3 || got[2].From != "mx.example (mx.example [203.0.113.9])" || got[2].By != "mail.kaede-ex.jp (Postfix)" || got[2].With != "ESMTPS" || got[2].After != "3 s" || got[1].By != "mx.example" || got[0].From != "" {
		t.Errorf("hops %+v", got)
	}
}

func TestSegments(t *testing.T) {
	show := func(parts []segment) string {
		var b strings.Builder
		for _, p := range parts {
			if p.Marked {
				b.WriteString("[" + p.Text + "]")
			} else {
				b.WriteString(p.Text)
			}
		}
		return b.String()
	}
	for _, tt := range []struct {
		name, text string
		spans      []record.Span
		want       string
	}{
		{"none", "abc", nil, "abc"},
		{"by offset", "abcabc", []record.Span{{Start: 3, End: 6, Quote: "abc"}}, "abc[abc]"},
		{"by quote", "abcabc", []record.Span{{Quote: "bc"}}, "a[bc]abc"},
		{"offset of another text", "abcabc", []record.Span{{Start: 5, End: 9, Quote: "bca"}}, "a[bca]bc"},
		{"cut quote", "abcdef", []record.Span{{Start: 1, End: 5, Quote: "bc…"}}, "a[bcde]f"},
		{"overlapping", "abcdef", []record.Span{{Quote: "bcd"}, {Quote: "cde"}}, "a[bcd][e]f"},
		{"not there", "abc", []record.Span{{Quote: "x"}, {}, {Start: -1, Quote: "y"}}, "abc"},
		{"empty", "", []record.Span{{Quote: "x"}}, ""},
	} {
		if got := show(segments(tt.text, tt.spans)); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}
