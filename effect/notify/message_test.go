package notify

import (
	"encoding/json"
	"net/mail"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sekisho/sekisho"
)

// hostile are subjects that try to be more than text.
var hostile = []string{
	"<!channel> <!here> <@U012AB3CD> @here @channel @everyone",
	"<https://evil.example/login|Sign in> [click](https://evil.example) <a href=\"https://evil.example\">x</a>",
	"*bold* _italic_ `code` ~~~ **x** # head > quote :rotating_light:",
	"evil.example/login www.evil.example HTTPS://EVIL.EXAMPLE user@evil.example mailto:a@evil.example",
	"{{DATE(2026-11-21T00:00:00Z,SHORT)}} ${secret} <at>everyone</at> &lt;!channel&gt;",
	"line one\r\nBcc: victim@evil.example\r\n\r\nbody\u2028\u2029\x00\x1b[31m\u202e\u200b",
	"203.0.113.7/login evil。example ｅｖｉｌ．example 送金はevil.co.jpへ",
	strings.Repeat("&<>", 4000),
	strings.Repeat("長い件名", 2000),
	"\xff\xfe broken",
}

var clickable = regexp.MustCompile(`(?i)https?://|www\.|mailto:[^\s[]*@|[a-z0-9-]+\.(example|co|jp)\b|\b\d+\.\d+\.\d+\.\d+\b|(^|\s)@\w`)

func TestShow(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"Aoi Mori <aoi.mori@evil.example>", "Aoi Mori <aoi[.]mori[@]evil[.]example>"},
		{"https://evil.example/a?b=1.5", "hxxps://evil[.]example/a?b=1.5"},
		{"0.25 BTC, 1,234.5 円", "0.25 BTC, 1,234.5 円"},
		{"203.0.113.7", "203[.]0[.]113[.]7"},
		{"10.1/x", "10[.]1/x"},
		{"1.bit", "1[.]bit"},
		{"Please pay. Now", "Please pay. Now"},
		{"ありがとう。また", "ありがとう。また"},
		{"evil。example", "evil[.]example"},
		{"evil｡example and evil．example", "evil[.]example and evil[.]example"},
		{"日本.jp", "日本[.]jp"},
		{"＠here", "[@]here"},
		{"end.", "end."},
		{".", "."},
	} {
		if got := show(tt.in, 200); got != tt.want {
			t.Errorf("show(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
	for _, s := range hostile {
		got := show(s, subjectLimit)
		if at := clickable.FindString(got); at != "" {
			t.Errorf("show(%.60q) leaves %q", s, at)
		}
		if strings.ContainsAny(got, "\r\n\x00\x1b\u2028\u2029\u202e\u200b") {
			t.Errorf("show(%.60q) = %q holds what moves or hides", s, got)
		}
		if len(got) > 4*subjectLimit {
			t.Errorf("show(%.60q) has %d bytes", s, len(got))
		}
	}
}

func FuzzShowLeavesNothingToClick(f *testing.F) {
	for _, s := range hostile {
		f.Add(s)
	}
	scheme := regexp.MustCompile(`(?i)[a-z]://|www\.[a-z]|[a-z]\.[a-z]|[a-z]@|@[a-z]`)
	f.Fuzz(func(t *testing.T, s string) {
		got := show(s, 100)
		if at := scheme.FindString(got); at != "" && !strings.HasPrefix(strings.ToLower(got[strings.Index(got, at):]), "p://") && !strings.HasPrefix(strings.ToLower(got[strings.Index(got, at):]), "s://") {
			t.Errorf("show(%q) = %q leaves %q", s, got, at)
		}
	})
}

// hostileMessage is a message that shows a sender's text in every place that has some.
func hostileMessage(subject string) message {
	m := message{id: identity("c1", "hold", "soc"), kind: "case.opened", time: moment, link: "https://sekisho.example/cases/c1"}
	for _, lang := range []sekisho.Lang{sekisho.Japanese, sekisho.English} {
		m.parts = append(m.parts, part{lang: lang, title: say(lang, "opened", say(lang, "hold")), open: say(lang, "open"),
			lines: []line{{say(lang, "from"), show(subject, senderLimit)}, {say(lang, "subject"), show(subject, subjectLimit)}, {say(lang, "why"), show(subject, reasonLimit)}}})
	}
	return m
}

var moment = time.Date(2026, 11, 21, 1, 30, 0, 0, time.UTC)

func TestSlackObeysNothingOfASender(t *testing.T) {
	for _, subject := range hostile {
		body := roundTrip(t, slackBody(hostileMessage(subject)))
		texts := 0
		walk(body, func(o map[string]any) {
			switch o["type"] {
			case "plain_text":
				texts++
				text := o["text"].(string)
				if o["emoji"] != false || strings.ContainsAny(text, "<>") || regexp.MustCompile(`&($|[^alg])`).MatchString(text) {
					t.Errorf("%.40q: plain text %q", subject, text)
				}
				if n := len([]rune(text)); n > 3000 || n == 0 {
					t.Errorf("%.40q: a text of %d characters", subject, n)
				}
			case "mrkdwn":
				if text := o["text"].(string); !strings.HasPrefix(text, "<https://sekisho.example/cases/c1|") || strings.Count(text, "<") != 1 {
					t.Errorf("%.40q: mrkdwn %q", subject, text)
				}
			}
		})
		if texts != 4 {
			t.Errorf("%.40q: %d plain texts", subject, texts)
		}
		if want := "保留：新しい事案です / HELD: a new case"; body["text"] != want {
			t.Errorf("fallback %q, want %q", body["text"], want)
		}
	}
}

func TestTeamsObeysNothingOfASender(t *testing.T) {
	for _, subject := range hostile {
		body := roundTrip(t, teamsBody(hostileMessage(subject)))
		walk(body, func(o map[string]any) {
			switch o["type"] {
			case "message", "AdaptiveCard", "RichTextBlock", "TextRun": // of these only TextRun holds text, and it knows no mark-up
			case "Action.OpenUrl":
				if o["url"] != "https://sekisho.example/cases/c1" {
					t.Errorf("a link to %v", o["url"])
				}
			case nil:
			default:
				t.Errorf("%.40q: an element of type %v", subject, o["type"])
			}
			if _, ok := o["entities"]; ok {
				t.Error("the card mentions somebody")
			}
		})
		if data, err := json.Marshal(body); err != nil || len(data) > 28<<10 {
			t.Errorf("%.40q: a card of %d bytes, %v; Teams takes 28 KB", subject, len(data), err)
		}
	}
}

func TestMailHoldsNothingOfASenderInItsHeaders(t *testing.T) {
	l := &letter{server: "127.0.0.1:25", from: "sekisho@kaede-ex.jp", to: []string{"soc@kaede-ex.jp", "ciso@kaede-ex.jp"}, now: func() time.Time { return moment }}
	for _, subject := range hostile {
		parsed, err := mail.ReadMessage(strings.NewReader(string(l.compose(hostileMessage(subject)))))
		if err != nil {
			t.Fatalf("%.40q: %v", subject, err)
		}
		if len(parsed.Header) != 9 || parsed.Header.Get("Bcc") != "" || parsed.Header.Get("Auto-Submitted") != "auto-generated" {
			t.Errorf("%.40q: headers %v", subject, parsed.Header)
		}
		if got := parsed.Header.Get("Content-Type"); got != "text/plain; charset=utf-8" {
			t.Errorf("content type %q", got)
		}
	}
}

// roundTrip returns what a receiver reads.
func roundTrip(t *testing.T, body any) map[string]any {
	t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	var read map[string]any
	if err := json.Unmarshal(data, &read); err != nil {
		t.Fatal(err)
	}
	return read
}

// walk calls f for every object in a JSON value.
func walk(value any, f func(map[string]any)) {
	switch v := value.(type) {
	case map[string]any:
		f(v)
		for _, inner := range v {
			walk(inner, f)
		}
	case []any:
		for _, inner := range v {
			walk(inner, f)
		}
	}
}

func TestWordsAreInBothLanguages(t *testing.T) {
	for key, text := range words {
		if text.En == "" || text.Ja == "" {
			t.Errorf("%s: %+v", key, text)
		}
		if strings.Count(text.En, "%") != strings.Count(text.Ja, "%") {
			t.Errorf("%s: %q and %q take different numbers of arguments", key, text.En, text.Ja)
		}
	}
	for key := range words {
		for _, lang := range []sekisho.Lang{sekisho.English, sekisho.Japanese} {
			args := []any{1, 2, 3, 4, 5}[:strings.Count(words[key].En, "%")]
			if key == "peopled" || key == "opened" || key == "stricter" || key == "digest" || key == "more" || key == "summary" {
				continue // they take strings; the tests of messages show them
			}
			if got := say(lang, key, args...); strings.Contains(got, "%!") {
				t.Errorf("%s in %s: %q", key, lang, got)
			}
		}
	}
}
