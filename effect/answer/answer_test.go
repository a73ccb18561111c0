package answer_test

import (
	"encoding/base64"
	"flag"
	"io"
	"mime"
	netmail "net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/effect/answer"
)

var update = flag.Bool("update", false, "rewrite the goldens")

func verdict(action sekisho.Action, findings ...sekisho.Finding) sekisho.Verdict {
	root := &sekisho.Artifact{ID: "0", Kind: sekisho.KindMail, Form: &sekisho.Mail{
		Subject: "【重要】ウォレットの確認 https://kaede-support.example/", From: []sekisho.Mailbox{{Name: "Kaede Support", Address: "support@kaede-support.example"}},
	}}
	return sekisho.Verdict{Root: root, Action: action, Findings: findings}
}

func finding(n int) sekisho.Finding {
	s := string(rune('a' + n))
	return sekisho.Finding{Rule: s, Title: sekisho.Text{En: "Rule " + s, Ja: "規則 " + s}, Why: sekisho.Text{
		En: "It links to " + s + ".kaede-support.example, which looks like kaede-ex.jp.", Ja: s + ".kaede-support.example へのリンクがあり、kaede-ex.jp に似ています。",
	}}
}

var answers = map[string]answer.Answer{
	"hold.en": {Langs: []sekisho.Lang{sekisho.English}, Contact: "Security desk, extension 110", Items: []answer.Item{{
		Case: "C-2026-0042", Others: 3, Verdict: verdict(sekisho.ActionHold, finding(0), finding(1), finding(2), finding(3), finding(4), finding(5), finding(5), finding(6)),
	}}},
	"hold.ja": {Langs: []sekisho.Lang{sekisho.Japanese}, Contact: "セキュリティ担当 内線110", Items: []answer.Item{{
		Case: "C-2026-0042", Others: 3, Inline: true, Verdict: verdict(sekisho.ActionReject, finding(0)),
	}}},
	"warn.ja":   {Langs: []sekisho.Lang{sekisho.Japanese}, Items: []answer.Item{{Case: "C-1", Verdict: verdict(sekisho.ActionWarn, finding(0))}}},
	"pass.both": {Items: []answer.Item{{Case: "C-1", Itself: true, Verdict: withGaps(verdict(sekisho.ActionPass))}}},
	"two.en":    {Langs: []sekisho.Lang{sekisho.English}, Items: []answer.Item{{Verdict: verdict(sekisho.ActionPass)}, {Case: "C-2", Verdict: verdict(sekisho.ActionNote, finding(0))}}},
	"busy.both": {},
}

func withGaps(v sekisho.Verdict) sekisho.Verdict {
	v.Root.Parts = []*sekisho.Artifact{{ID: "0.3", Kind: sekisho.KindFile, Name: "請求書.zip"}}
	v.Gaps = []sekisho.Gap{{Artifact: "0", By: "auth", Why: "unavailable: no trusted Authentication-Results"}, {Artifact: "0.3", By: "archive", Why: "encrypted: invoice.zip www.evil.example"}, {Artifact: "0.4", By: "pdf", Why: "limit: more than 100 pages"}}
	return v
}

func filled(a answer.Answer) answer.Answer {
	a.ID, a.From, a.To = "01JD0000000000000000000001", "report@kaede-ex.jp", "sato@kaede-ex.jp"
	a.Subject, a.InReplyTo = "Fwd: 【重要】ウォレットの確認", "report-1@kaede-ex.jp"
	a.Time = time.Date(2026, 11, 21, 11, 0, 0, 0, time.FixedZone("JST", 9*60*60))
	return a
}

func TestAnswers(t *testing.T) {
	for name, a := range answers {
		t.Run(name, func(t *testing.T) {
			got := filled(a).Text()
			golden := filepath.Join("testdata", name+".txt")
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil || got != string(want) {
				t.Errorf("%v\n%s", err, got)
			}
			for _, never := range []string{"safe", "安全", "http", "www.", "kaede-support.example"} {
				if strings.Contains(got, never) {
					t.Errorf("the answer says %q", never)
				}
			}
		})
	}
}

// read returns an answer as a mail program reads it.
func read(t *testing.T, raw []byte) (*netmail.Message, string) {
	t.Helper()
	m, err := netmail.ReadMessage(strings.NewReader(string(raw)))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, m.Body))
	if err != nil {
		t.Fatal(err)
	}
	return m, string(body)
}

func TestHeaders(t *testing.T) {
	m, body := read(t, filled(answers["hold.ja"]).Bytes())
	for name, want := range map[string]string{
		"From": "Sekisho <report@kaede-ex.jp>", "To": "<sato@kaede-ex.jp>", "Auto-Submitted": "auto-replied", "In-Reply-To": "<report-1@kaede-ex.jp>",
		"References": "<report-1@kaede-ex.jp>", "Message-Id": "<01JD0000000000000000000001.answer@kaede-ex.jp>", "Date": "Sat, 21 Nov 2026 11:00:00 +0900",
	} {
		if got := m.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject")); err != nil || subject != "Re: Fwd: 【重要】ウォレットの確認" {
		t.Errorf("subject %q %v", subject, err)
	}
	if !strings.Contains(body, "内線110") || !strings.Contains(body, "3 名") {
		t.Errorf("body %q", body)
	}
	if !answer.IsOwn("01JD0000000000000000000001.answer@kaede-ex.jp", "report@kaede-ex.jp") || answer.IsOwn("report-1@kaede-ex.jp", "report@kaede-ex.jp") {
		t.Error("an answer is not known for one's own")
	}
}

func TestNothingASenderWroteAddsToAnAnswer(t *testing.T) {
	known := "From To Subject Date Message-Id In-Reply-To References Auto-Submitted X-Auto-Response-Suppress Mime-Version Content-Type Content-Transfer-Encoding"
	for name, evil := range map[string]string{
		"line ends":     "a\r\nBcc: victim@kaede-ex.jp\r\n\r\nbody",
		"bare ends":     "a\rBcc: x\nBcc: y",
		"unicode ends":  "a\u2028Bcc: x\u2029Bcc: y\u0085Bcc: z",
		"encoded words": "=?utf-8?Q?a=0D=0ABcc:_x?= =?utf-8?B?DQpCY2M6IHg=?=",
		"nul":           "a\x00b",
		"right to left": "a\u202Egpj.exe\u202C",
		"long":          strings.Repeat("あ", 100_000),
		"broken":        "\xff\xfe\x80",
		"angles":        "x> <y@evil.example",
		"links":         "https://evil.example/ www.evil.example evil.example a@evil.example 192.0.2.7 javascript://x",
	} {
		t.Run(name, func(t *testing.T) {
			a := filled(answers["pass.both"])
			a.ID, a.Subject, a.InReplyTo, a.References = "01\r\nBcc: x"+evil, evil, evil, []string{evil, "<" + evil + ">"}
			a.To += "\r\nBcc: x@evil.example>, <y"
			root := &sekisho.Artifact{Form: &sekisho.Mail{Subject: evil, From: []sekisho.Mailbox{{Name: evil, Address: evil}}}}
			a.Items = []answer.Item{{Case: evil, Verdict: sekisho.Verdict{Root: root, Findings: []sekisho.Finding{{Why: sekisho.Text{En: evil, Ja: evil}}}, Gaps: []sekisho.Gap{{By: "x", Why: "failed: " + evil}}}}}
			raw := a.Bytes()
			for line := range strings.Lines(string(raw)) {
				if len(line) > 400 || !strings.HasSuffix(line, "\r\n") || strings.ContainsAny(strings.TrimSuffix(line, "\r\n"), "\r\n\x00") {
					t.Errorf("line of %d bytes: %.100q", len(line), line)
				}
			}
			m, body := read(t, raw)
			for header, values := range m.Header {
				if !strings.Contains(" "+known+" ", " "+header+" ") || len(values) != 1 {
					t.Errorf("header %s: %q", header, values)
				}
			}
			for _, never := range []string{"http:", "https:", "t://", "www.", "evil.example", "a@evil", "\u202E", "\u2028", "\x00", "192.0.2", "\nBcc"} {
				if strings.Contains(body, never) {
					t.Errorf("the text holds %q", never)
				}
			}
			if len(body) > 12_000 {
				t.Errorf("a text of %d bytes", len(body))
			}
		})
	}
}
