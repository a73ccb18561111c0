package api

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/sekisho/sekisho/people"
)

// A scenario is one request and what must and must not come back.
type scenario struct {
	name   string
	method string
	path   string // {passage}, {case} stand for the IDs of the held mail
	token  string
	body   string
	header map[string]string
	status int
	want   []string // in the body or the headers
	not    []string
}

// every token has all scopes that its name does not deny.
func scenarioDoor(t *testing.T) *door {
	d := newDoor(t, func(c *Config) { c.Limits.File = 2 << 20; c.Limits.JSON = 64 << 10 })
	d.token("all", 0, people.Scopes()...)
	d.token("reader", 0, people.ScopeCases)
	d.token("short", time.Minute, people.Scopes()...)
	revoked := d.token("revoked", 0, people.Scopes()...)
	if err := d.book.RevokeToken(t.Context(), d.admin, revoked); err != nil {
		t.Fatal(err)
	}
	d.clock.Store(int64(2 * time.Minute))
	var held Inspection
	d.do("POST", "/v1/inspect/mail", "all", heldMail, asMail).into(t, 200, &held)
	if held.Case == "" || held.Action.String() != "hold" {
		t.Fatalf("the mail was not held: %+v", held)
	}
	d.ids["{passage}"], d.ids["{case}"] = held.ID, held.Case
	return d
}

func TestScenarios(t *testing.T) {
	d := scenarioDoor(t)
	for _, group := range [][]scenario{inspectScenarios(), readScenarios(), decideScenarios(), stateScenarios(), tokenScenarios(), hostileScenarios()} {
		for _, tt := range group {
			t.Run(tt.name, func(t *testing.T) {
				path := tt.path
				for placeholder, id := range d.ids {
					path = strings.ReplaceAll(path, placeholder, id)
				}
				d.about.t = t
				checkAnswer(t, tt, d.do(tt.method, path, tt.token, tt.body, tt.header))
			})
		}
	}
	for _, e := range endpoints() {
		if elsewhere := e.name == "decidePassage" || e.name == "cancelJob"; !d.done[e.name] && !elsewhere {
			t.Errorf("no scenario in which %s %s does what it is for", e.method, e.path)
		}
	}
	if logged := d.logged.String(); strings.Contains(logged, "partner.example") || strings.Contains(logged, "canary") || !strings.Contains(logged, "/v1/passages/{id}") {
		t.Error("the log holds what senders wrote, or nothing")
	}
}

func checkAnswer(t *testing.T, tt scenario, a answer) {
	t.Helper()
	if a.status != tt.status {
		t.Errorf("status %d, want %d: %s", a.status, tt.status, a.body)
	}
	var all strings.Builder
	if err := a.header.Write(&all); err != nil {
		t.Fatal(err)
	}
	all.Write(a.body)
	for _, want := range tt.want {
		if !strings.Contains(all.String(), want) {
			t.Errorf("lacks %q: %.300s", want, a.body)
		}
	}
	for _, not := range append(tt.not, "goroutine", "SQL", "sqlite", "/tmp/", "Set-Cookie", "Access-Control", "<script") {
		if strings.Contains(all.String(), not) && !strings.HasSuffix(tt.path, "/original") && !strings.HasSuffix(tt.path, "openapi.json") {
			t.Errorf("holds %q: %.300s", not, all.String())
		}
	}
	for header, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"} {
		if got := a.header.Get(header); got != want {
			t.Errorf("%s is %q", header, got)
		}
	}
	if csp := a.header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "sandbox") {
		t.Errorf("Content-Security-Policy is %q", csp)
	}
	if media := a.header.Get("Content-Type"); a.status >= 400 && media != "application/problem+json" {
		t.Errorf("Content-Type is %q", media)
	}
	if len(a.header.Get("X-Request-Id")) < 12 {
		t.Error("no request ID")
	}
}

func inspectScenarios() []scenario {
	form := "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"../../etc/a.txt\"\r\nContent-Type: text/plain\r\n\r\nwords\r\n--b--\r\n"
	asForm := map[string]string{"Content-Type": "multipart/form-data; boundary=b"}
	return []scenario{
		{name: "a mail that is held", method: "POST", path: "/v1/inspect/mail", token: "all", body: heldMail, header: asMail, status: 200,
			want: []string{`"action":"hold"`, `"complete":`, "The subject says so.", "told-to-hold", `"case":"`}, not: []string{"canary-body"}},
		{name: "in Japanese", method: "POST", path: "/v1/inspect/mail", token: "all", body: heldMail, status: 200,
			header: map[string]string{"Content-Type": "message/rfc822", "Accept-Language": "fr, ja-JP;q=0.9, en;q=0.8"}, want: []string{"件名に保留の指示があります。", "保留の指示"}},
		{name: "a mail with its envelope", method: "POST", path: "/v1/inspect/mail?client=192.0.2.7&helo=mx.partner.example&mail_from=a@partner.example&rcpt_to=b@kaede-ex.jp",
			token: "all", body: heldMail, header: asMail, status: 200, want: []string{`"kind":"mail"`}},
		{name: "a client that is none", method: "POST", path: "/v1/inspect/mail?client=mx", token: "all", body: heldMail, header: asMail, status: 400, want: []string{"IP address"}},
		{name: "reported by staff", method: "POST", path: "/v1/inspect/mail?reporter=hanako@kaede-ex.jp", token: "all", body: "Subject: hello\r\nFrom: a@b.example\r\n\r\nhello\r\n", header: asMail,
			status: 200, want: []string{`"case":"`}},
		{name: "reported by nobody", method: "POST", path: "/v1/inspect/mail?reporter=a%0d%0ab@c", token: "all", body: heldMail, header: asMail, status: 400},
		{name: "a mail of another type", method: "POST", path: "/v1/inspect/mail", token: "all", body: "x", header: map[string]string{"Content-Type": "text/html"}, status: 415},
		{name: "an empty mail", method: "POST", path: "/v1/inspect/mail", token: "all", header: asMail, status: 400, want: []string{"empty"}},
		{name: "a file", method: "POST", path: "/v1/inspect/file?name=a.txt", token: "all", body: "plain words", header: map[string]string{"Content-Type": "text/plain"}, status: 200,
			want: []string{`"name":"a.txt"`, `"action":"pass"`, `"complete":true`, `"findings":[]`, `"gaps":[]`}},
		{name: "a file that cannot be opened", method: "POST", path: "/v1/inspect/file?name=a.zip", token: "all", body: "PK\x03\x04\x14\x00\x00\x00\x08\x00broken", header: map[string]string{"Content-Type": "application/zip"},
			status: 200, want: []string{`"complete":false`, `"class":"malformed"`}},
		{name: "a form", method: "POST", path: "/v1/inspect/file", token: "all", body: form, header: asForm, status: 200, want: []string{`"name":"a.txt"`}, not: []string{"etc"}},
		{name: "a form of two files", method: "POST", path: "/v1/inspect/file", token: "all", body: strings.Replace(form, "--b--", "--b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\ny\r\n--b--", 1), header: asForm, status: 400},
		{name: "a form cut off", method: "POST", path: "/v1/inspect/file", token: "all", body: form[:len(form)-12], header: asForm, status: 400},
		{name: "a text", method: "POST", path: "/v1/inspect/text", token: "all", body: `{"text":"hello"}`, status: 200, want: []string{`"kind":"text"`}},
		{name: "a text with a key", method: "POST", path: "/v1/inspect/text", token: "all", body: `{"text":"my private key is 5Kb8kLf9zgWQnogidDA76MzPL6TsZZY36hWXMssSzNydYXYB9KF"}`, status: 200,
			want: []string{`"detector":"key"`}, not: []string{"5Kb8kLf9"}},
		{name: "a link", method: "POST", path: "/v1/inspect/link", token: "all", body: `{"href":"https://a.example/"}`, status: 200, want: []string{`"kind":"link"`}},
		{name: "an address", method: "POST", path: "/v1/inspect/address", token: "all", body: `{"address":"` + exampleAddress + `"}`, status: 200, want: []string{`"kind":"address"`}},
		{name: "no address", method: "POST", path: "/v1/inspect/address", token: "all", body: `{"address":"hello"}`, status: 400},
		{name: "screened", method: "POST", path: "/v1/screen", token: "all", body: `{"addresses":[{"address":"` + exampleAddress + `"},{"address":"BTC: hello","chain":"BTC"}]}`, status: 200,
			want: []string{`"wallet":"cold"`, `"outcome":"not-an-address"`, `"stale":true`, "no list was pulled"}},
		{name: "too many to screen", method: "POST", path: "/v1/screen", token: "all", body: `{"addresses":[` + strings.TrimSuffix(strings.Repeat(`{"address":"x"},`, 1001), ",") + `]}`, status: 400},
	}
}

func readScenarios() []scenario {
	return []scenario{
		{name: "passages", method: "GET", path: "/v1/passages?least=hold&door=api&limit=1", token: "reader", status: 200, want: []string{`"items":[{"id":"`, `"action":"hold"`}},
		{name: "a passage", method: "GET", path: "/v1/passages/{passage}", token: "reader", status: 200, want: []string{"told-to-hold", `"tree":{`, `\u003cscript\u003e`}, not: []string{"canary-body"}},
		{name: "no passage", method: "GET", path: "/v1/passages/nothing", token: "reader", status: 404, want: []string{"/problems/not-found"}},
		{name: "the original", method: "GET", path: "/v1/passages/{passage}/original", token: "all", status: 200,
			want: []string{"application/octet-stream", "Content-Disposition: attachment", ".eml", "canary-body", "sandbox"}},
		{name: "cases", method: "GET", path: "/v1/cases?state=open", token: "reader", status: 200, want: []string{`"items":[{"id":"`}},
		{name: "a case", method: "GET", path: "/v1/cases/{case}", token: "reader", status: 200, want: []string{`"seen":[{`}},
		{name: "no case", method: "GET", path: "/v1/cases/nothing", token: "reader", status: 404},
		{name: "a proof", method: "GET", path: "/v1/cases/{case}/proof", token: "reader", status: 200, want: []string{`"checkpoint":"`, `"verifier":"`, `"hashes":`}},
		{name: "no case to prove", method: "GET", path: "/v1/cases/nothing/proof", token: "reader", status: 404},
		{name: "indicators", method: "GET", path: "/v1/indicators?q=partner", token: "all", status: 200, want: []string{"partner.example"}},
		{name: "an indicator", method: "GET", path: "/v1/indicators/sender/taro@partner.example", token: "all", status: 200, want: []string{`"sightings":{"items":[{`}},
		{name: "an indicator with slashes", method: "GET", path: "/v1/indicators/url/https://login.account.example/", token: "all", status: 200, want: []string{`"value":"https://login.account.example/"`}},
		{name: "the same, encoded", method: "GET", path: "/v1/indicators/url/https%3A%2F%2Flogin.account.example%2F", token: "all", status: 200, want: []string{`"value":"https://login.account.example/"`}},
		{name: "no indicator", method: "GET", path: "/v1/indicators/domain/never.example", token: "all", status: 404},
		{name: "figures", method: "GET", path: "/v1/rules/figures", token: "reader", status: 200, want: []string{`"rule":"told-to-hold"`}},
		{name: "a filter that is none", method: "GET", path: "/v1/passages?since=yesterday", token: "reader", status: 400, want: []string{"2026-11-21T09:00:00Z"}},
		{name: "an unknown filter", method: "GET", path: "/v1/passages?sender=x", token: "reader", status: 400, want: []string{"unknown parameter"}},
		{name: "a filter twice", method: "GET", path: "/v1/passages?q=x&q=y", token: "reader", status: 400},
		{name: "an unknown action", method: "GET", path: "/v1/passages?least=delete", token: "reader", status: 400},
	}
}

func decideScenarios() []scenario {
	return []scenario{
		{name: "a comment", method: "POST", path: "/v1/cases/{case}/decisions", token: "all", body: `{"do":"comment","reason":"asked the partner"}`, status: 201, want: []string{`"by":"token:all"`}},
		{name: "a decision without a reason", method: "POST", path: "/v1/cases/{case}/decisions", token: "all", body: `{"do":"confirm","reason":""}`, status: 400},
		{name: "a decision about nothing", method: "POST", path: "/v1/cases/nothing/decisions", token: "all", body: `{"do":"confirm","reason":"x"}`, status: 404},
		{name: "a release through a case", method: "POST", path: "/v1/cases/{case}/decisions", token: "all", body: `{"do":"release","reason":"x"}`, status: 400},
		{name: "a release by a token", method: "POST", path: "/v1/passages/{passage}/decisions", token: "all", body: `{"do":"release","reason":"x"}`, status: 403, want: []string{"released by people"}},
		{name: "a block", method: "POST", path: "/v1/indicators", token: "all", body: `{"do":"block","reason":"from the sharing group","indicators":[{"kind":"domain","value":"account.example"}]}`, status: 200,
			want: []string{`"decisions":[{"id":"`, `"by":"token:all"`}},
		{name: "a block of what is blocked, and an address in another spelling", method: "POST", path: "/v1/indicators", token: "all", status: 200,
			body: `{"do":"block","reason":"again","indicators":[{"kind":"domain","value":"account.example"},{"kind":"address","value":"eth:0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"}]}`,
			want: []string{`"already":[{"kind":"domain","value":"account.example"}]`, "ethereum:0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"}},
		{name: "the address, in another spelling", method: "GET", path: "/v1/indicators/address/ethereum:0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed", token: "all", status: 200,
			want: []string{`"blocked":true`, `"by":"token:all"`}},
		{name: "an address without its chain", method: "POST", path: "/v1/indicators", token: "all", body: `{"do":"block","reason":"x","indicators":[{"kind":"address","value":"` + exampleAddress + `"}]}`, status: 400,
			want: []string{"chain:address"}},
		{name: "an unblock", method: "POST", path: "/v1/indicators", token: "all", body: `{"do":"unblock","reason":"taken back","indicators":[{"kind":"domain","value":"account.example"}]}`, status: 200},
		{name: "a hunt", method: "POST", path: "/v1/indicators", token: "all", body: `{"do":"hunt","reason":"x","indicators":[{"kind":"domain","value":"account.example"}]}`, status: 202, want: []string{`"job":`}},
		{name: "an unknown kind", method: "POST", path: "/v1/indicators", token: "all", body: `{"do":"block","reason":"x","indicators":[{"kind":"colour","value":"red"}]}`, status: 400},
	}
}

func stateScenarios() []scenario {
	return []scenario{
		{name: "lists", method: "GET", path: "/v1/intel", token: "all", status: 200, want: []string{`"stale":true`, `"hosts":[{`, `"dns":false`}},
		{name: "work that is configured", method: "POST", path: "/v1/jobs", token: "all", body: `{"name":"pull"}`, status: 202, want: []string{`"job":`}},
		{name: "work that is not", method: "POST", path: "/v1/jobs", token: "all", body: `{"name":"release","args":{"passage":"x"}}`, status: 403},
		{name: "jobs", method: "GET", path: "/v1/jobs?limit=10", token: "all", status: 200, want: []string{`"name":"pull"`, `"by":"token:all"`}},
		{name: "a job that is none", method: "DELETE", path: "/v1/jobs/999999", token: "all", status: 404},
		{name: "a job without a number", method: "DELETE", path: "/v1/jobs/x", token: "all", status: 404},
		{name: "the head", method: "GET", path: "/v1/log/head", token: "all", status: 200, want: []string{`"checkpoint":"`}},
		{name: "the log", method: "GET", path: "/v1/log/entries?from=0&limit=2", token: "all", status: 200, want: []string{`"seq":0`, `"next":2`}, not: []string{"canary"}},
		{name: "the description", method: "GET", path: "/v1/openapi.json", status: 200, want: []string{`"openapi": "3.1.0"`}},
		{name: "alive", method: "GET", path: "/healthz", status: 200, want: []string{`"ok"`}},
		{name: "ready", method: "GET", path: "/readyz", status: 200, want: []string{`"ok"`}},
	}
}

func tokenScenarios() []scenario {
	denied := []string{`Www-Authenticate: Bearer realm="sekisho", error="invalid_token"`, "/problems/unauthorized"}
	leaks := []string{"items", "partner.example"}
	return []scenario{
		{name: "no token", method: "GET", path: "/v1/cases", status: 401, want: denied, not: leaks},
		{name: "a token that expired", method: "GET", path: "/v1/cases", token: "short", status: 401, want: denied, not: leaks},
		{name: "a token that was revoked", method: "GET", path: "/v1/cases", token: "revoked", status: 401, want: denied, not: leaks},
		{name: "a token that never was", method: "GET", path: "/v1/cases", header: map[string]string{"Authorization": "Bearer sks_" + strings.Repeat("a", 58)}, status: 401, want: denied, not: leaks},
		{name: "a token that is no token", method: "GET", path: "/v1/cases", header: map[string]string{"Authorization": "Bearer ' OR 1=1 --"}, status: 401, want: denied, not: leaks},
		{name: "a long token", method: "GET", path: "/v1/cases", header: map[string]string{"Authorization": "Bearer " + strings.Repeat("a", 8000)}, status: 401, want: denied, not: leaks},
		{name: "a password", method: "GET", path: "/v1/cases", header: map[string]string{"Authorization": "Basic aGFuYWtvOng="}, status: 401, want: denied, not: leaks},
		{name: "a cookie", method: "GET", path: "/v1/cases", header: map[string]string{"Cookie": "session=x; token=y"}, status: 401, want: denied, not: leaks},
		{name: "a token in the query", method: "GET", path: "/v1/cases?access_token=x", status: 401, want: denied, not: leaks},
		{name: "another scope", method: "POST", path: "/v1/inspect/text", token: "reader", body: `{"text":"x"}`, status: 403, want: []string{`error="insufficient_scope", scope="inspect"`}},
		{name: "another scope, the original", method: "GET", path: "/v1/passages/{passage}/original", token: "reader", status: 403, want: []string{`scope="originals"`}, not: []string{"canary-body"}},
		{name: "another scope, a decision", method: "POST", path: "/v1/cases/{case}/decisions", token: "reader", body: `{"do":"confirm","reason":"x"}`, status: 403},
		{name: "another scope, the log", method: "GET", path: "/v1/log/entries", token: "reader", status: 403},
	}
}

func hostileScenarios() []scenario {
	named := func(disposition string) map[string]string {
		return map[string]string{"Content-Type": "application/octet-stream", "Content-Disposition": disposition}
	}
	return []scenario{
		{name: "a name that climbs", method: "POST", path: "/v1/inspect/file", token: "all", body: "x", header: named(`attachment; filename="../../../etc/passwd"`), status: 200,
			want: []string{`"name":"passwd"`}, not: []string{"etc"}},
		{name: "a name that climbs on Windows", method: "POST", path: "/v1/inspect/file?name=..%5C..%5Cwindows%5Ca.exe", token: "all", body: "x", header: named("attachment"), status: 200,
			want: []string{`"name":"a.exe"`}, not: []string{"windows"}},
		{name: "a name that injects a header", method: "POST", path: "/v1/inspect/file?name=a%0d%0aX-Evil:%20b", token: "all", body: "x", header: named("attachment"), status: 200,
			want: []string{`a\r\nX-Evil: b`}, not: []string{"\nX-Evil"}},
		{name: "a name that is a page", method: "POST", path: "/v1/inspect/file?name=%3Cscript%3Ealert(1)%3C%2Fscript%3E.txt", token: "all", body: "x", header: named("attachment"), status: 200, not: []string{"<"}},
		{name: "a name that turns around", method: "POST", path: "/v1/inspect/file?name=%E2%80%AEfdp.exe", token: "all", body: "x", header: named("attachment"), status: 200,
			want: []string{`\u202efdp.exe`}, not: []string{"\u202E"}},
		{name: "a path that climbs", method: "GET", path: "/v1/passages/../../../etc/passwd", token: "all", status: 404},
		{name: "a path that climbs, encoded", method: "GET", path: "/v1/passages/..%2f..%2fetc%2fpasswd", token: "all", status: 404, not: []string{"root:"}},
		{name: "a path with NUL", method: "GET", path: "/v1/passages/a%00b", token: "all", status: 404},
		{name: "another case of the path", method: "GET", path: "/V1/passages", token: "all", status: 404},
		{name: "a slash too many", method: "GET", path: "/v1//passages", token: "all", status: 404},
		{name: "another method", method: "PUT", path: "/v1/passages", token: "all", status: 405, want: []string{"Allow: GET"}},
		{name: "a preflight", method: "OPTIONS", path: "/v1/passages", header: map[string]string{"Origin": "https://evil.example", "Access-Control-Request-Method": "GET"}, status: 405},
		{name: "SQL in a search", method: "GET", path: "/v1/passages?q=%27%20OR%201%3D1%3B%20DROP%20TABLE%20passage%3B--", token: "all", status: 200, want: []string{`"items":[]`}},
		{name: "SQL in a filter", method: "GET", path: "/v1/passages?door=api%27%20OR%20%271%27%3D%271", token: "all", status: 200, want: []string{`"items":[]`}},
		{name: "SQL in a path", method: "GET", path: "/v1/passages/x'%20OR%20'1'='1", token: "all", status: 404},
		{name: "wildcards in a search", method: "GET", path: "/v1/passages?q=%25%25%25", token: "all", status: 200},
		{name: "a page token that is none", method: "GET", path: "/v1/passages?after=%27--", token: "all", status: 400},
		{name: "NUL in a search", method: "GET", path: "/v1/passages?q=a%00b", token: "all", status: 400},
		{name: "a bomb of arrays", method: "POST", path: "/v1/screen", token: "all", body: `{"addresses":` + strings.Repeat("[", 50_000), status: 400, want: []string{"levels"}},
		{name: "a body that is too large", method: "POST", path: "/v1/screen", token: "all", body: `{"addresses":["` + strings.Repeat("a", 65<<10) + `"]}`, status: 413},
		{name: "a file that is too large", method: "POST", path: "/v1/inspect/file", token: "all", body: strings.Repeat("a", 3<<20), header: named("attachment"), status: 413},
		{name: "a body where none is read", method: "GET", path: "/v1/cases", token: "all", body: "x", status: 400},
		{name: "a compressed body", method: "POST", path: "/v1/inspect/file", token: "all", body: "x", header: map[string]string{"Content-Encoding": "gzip"}, status: 415},
		{name: "a body of a page's form", method: "POST", path: "/v1/screen", token: "all", body: `{"addresses":[]}`, header: map[string]string{"Content-Type": "text/plain"}, status: 415},
		{name: "a body twice", method: "POST", path: "/v1/screen", token: "all", body: `{"addresses":[{"address":"x"}]}{}`, status: 400},
		{name: "a key with a line feed", method: "POST", path: "/v1/inspect/text", token: "all", body: `{"text":"x"}`, header: map[string]string{"Idempotency-Key": "é"}, status: 400},
	}
}

// TestNothingIsLeftBehind: large bodies lie in files without a name.
func TestNothingIsLeftBehind(t *testing.T) {
	dir := t.TempDir()
	d := newDoor(t, func(c *Config) { c.Spool = dir })
	d.token("all", 0, people.ScopeInspect)
	var got Inspection
	d.do("POST", "/v1/inspect/file?name=a.bin", "all", strings.Repeat("0123456789abcdef", 1<<18), map[string]string{"Content-Type": "application/octet-stream"}).into(t, 200, &got)
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 0 {
		t.Errorf("%v, %v", left, err)
	}
}
