package console

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/sekisho/sekisho/people"
	"github.com/sekisho/sekisho/record"
)

// openCase returns the first open case, with its passage that is held.
func (w *world) openCase() (one record.CaseDetail, held record.Passage) {
	w.t.Helper()
	page, err := w.Record.Cases(w.t.Context(), record.Query{State: record.StateOpen})
	if err != nil || len(page.Items) == 0 {
		w.t.Fatalf("no open case: %v", err)
	}
	one, err = w.Record.Case(w.t.Context(), page.Items[0].ID)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, p := range one.Seen {
		if p.Do == "hold" {
			held = p
		}
	}
	return one, held
}

// indicatorOf returns the first indicator of a passage.
func (w *world) indicatorOf(passage string) record.Indicator {
	w.t.Helper()
	d, err := w.Record.Passage(w.t.Context(), passage)
	if err != nil || len(d.Indicator) == 0 {
		w.t.Fatalf("%d indicators: %v", len(d.Indicator), err)
	}
	return d.Indicator[0]
}

func TestPagesByRole(t *testing.T) {
	w := newWorld(t, home, nil)
	w.examples()
	staff := w.staff()
	one, held := w.openCase()
	sign := w.indicatorOf(held.ID)
	sender := "/indicator?" + url.Values{"kind": {sign.Kind}, "value": {sign.Value}}.Encode()
	const to = http.StatusSeeOther
	for _, row := range []struct {
		path                   string
		viewer, analyst, admin int
	}{
		{"/", 200, 200, 200},
		{"/cases", 200, 200, 200},
		{"/cases?state=open&least=hold&q=mori", 200, 200, 200},
		{"/cases/" + one.ID, 200, 200, 200},
		{"/cases/" + one.ID + "?passage=" + held.ID, 200, 200, 200},
		{"/cases/none", 404, 404, 404},
		{"/passages/" + held.ID, to, to, to},
		{"/passages/none", 404, 404, 404},
		{"/passages/" + held.ID + "/sheet?at=0", 403, 404, 404},
		{"/search", 200, 200, 200},
		{"/search?q=metamask", 200, 200, 200},
		{sender, 200, 200, 200},
		{"/indicator?kind=domain&value=never.example", 404, 404, 404},
		{"/rules", 200, 200, 200},
		{"/rules/" + one.Rules[0], 200, 200, 200},
		{"/rules/none", 404, 404, 404},
		{"/replay", 403, 403, 200},
		{"/lists", 200, 200, 200},
		{"/organisation", 200, 200, 200},
		{"/doors", 200, 200, 200},
		{"/jobs", 200, 200, 200},
		{"/log", 403, 403, 200},
		{"/people", 403, 403, 200},
		{"/me", 200, 200, 200},
		{"/again?next=/cases", 200, 200, 200},
		{"/nowhere", 404, 404, 404},
	} {
		for role, want := range map[people.Role]int{people.RoleViewer: row.viewer, people.RoleAnalyst: row.analyst, people.RoleAdministrator: row.admin} {
			got := w.get(staff[role], row.path)
			if got.Code != want {
				t.Errorf("%s: %s got %d, want %d", role, row.path, got.Code, want)
			}
			if body := got.Body.String(); got.Code == 200 && (!strings.HasSuffix(strings.TrimSpace(body), "</html>") || regexp.MustCompile(`>(today|case|cases|passage|rules|people|nav|sign|me|log|jobs|org|ind|search)\.[a-z.-]+<`).MatchString(body)) {
				t.Errorf("%s: %s is not whole, or shows a text's key", role, row.path)
			}
		}
		if got := w.get(nil, row.path); row.path != "/nowhere" && (got.Code != to || !strings.HasPrefix(got.Header().Get("Location"), "/sign-in")) {
			t.Errorf("nobody: %s got %d to %s", row.path, got.Code, got.Header().Get("Location"))
		}
	}
}

// TestFormsWantASessionAndItsSecret: nothing is done for another site, another session or nobody.
func TestFormsWantASessionAndItsSecret(t *testing.T) {
	w := newWorld(t, home, nil)
	w.examples()
	staff := w.staff()
	one, held := w.openCase()
	decide := func() url.Values {
		return url.Values{"do": {"comment"}, "reason": {"seen"}, "back": {"/cases/" + one.ID}}
	}
	paths := []string{"/cases/" + one.ID, "/cases/" + one.ID + "/export", "/release/" + held.ID, "/passages/" + held.ID + "/open", "/indicator", "/replay", "/jobs/1/cancel", "/log/verify",
		"/people/invite", "/people/x", "/people/link", "/tokens", "/tokens/x/revoke", "/me/language", "/me/session", "/me/passkey/begin", "/me/passkey/finish", "/me/passkey/remove", "/sign-out"}
	for _, path := range paths {
		if got := w.post(nil, path, decide()); got.Code != http.StatusSeeOther || got.Header().Get("Location") != "/sign-in" {
			t.Errorf("%s without a session: %d to %q", path, got.Code, got.Header().Get("Location"))
		}
		for name, secret := range map[string]string{"no secret": "", "another's secret": staff[people.RoleViewer].form} {
			values := decide()
			values.Set("csrf", secret)
			if got := w.post(staff[people.RoleAdministrator], path, values); got.Code != http.StatusForbidden {
				t.Errorf("%s with %s: %d, want 403", path, name, got.Code)
			}
		}
		for header, value := range map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"} {
			values := decide()
			values.Set("csrf", staff[people.RoleAdministrator].form)
			r := httptest.NewRequest("POST", home+path, strings.NewReader(values.Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set(header, value)
			if got := w.do(staff[people.RoleAdministrator], r); got.Code != http.StatusForbidden {
				t.Errorf("%s from another site (%s): %d, want 403", path, header, got.Code)
			}
		}
	}
	detail, err := w.Record.Case(t.Context(), one.ID)
	if err != nil || len(detail.Decisions) != 0 {
		t.Errorf("something was decided: %v, %v", detail.Decisions, err)
	}
}

func TestDecisions(t *testing.T) {
	w := newWorld(t, home, nil)
	w.examples()
	staff := w.staff()
	one, held := w.openCase()
	analyst, viewer := staff[people.RoleAnalyst], staff[people.RoleViewer]
	path, back := "/cases/"+one.ID, "/cases/"+one.ID
	sign := w.indicatorOf(held.ID)
	indicator := sign.Kind + " " + sign.Value
	for _, row := range []struct {
		name   string
		who    *browser
		path   string
		values url.Values
		want   int
		to     string
	}{
		{"a viewer does not decide", viewer, path, url.Values{"do": {"confirm"}, "reason": {"x"}}, 403, ""},
		{"a viewer does not release", viewer, "/release/" + held.ID, url.Values{"reason": {"x"}}, 403, ""},
		{"a reason is wanted", analyst, path, url.Values{"do": {"confirm"}, "reason": {"  "}}, 400, ""},
		{"an unknown decision", analyst, path, url.Values{"do": {"delete"}, "reason": {"x"}}, 400, ""},
		{"a release is no decision of the case", analyst, path, url.Values{"do": {"release"}, "reason": {"x"}}, 400, ""},
		{"no such case", analyst, "/cases/none", url.Values{"do": {"confirm"}, "reason": {"x"}}, 404, ""},
		{"comment", analyst, path, url.Values{"do": {"comment"}, "reason": {"looks odd"}}, 303, back + "?done=comment"},
		{"block", analyst, path, url.Values{"do": {"block"}, "reason": {"bad"}, "indicator": {indicator}}, 303, back + "?done=block"},
		{"block without an indicator", analyst, path, url.Values{"do": {"block"}, "reason": {"bad"}}, 400, ""},
		{"confirm", analyst, path, url.Values{"do": {"confirm"}, "reason": {"CEO fraud"}}, 303, back + "?done=confirm"},
		{"reopen", analyst, path, url.Values{"do": {"reopen"}, "reason": {"more came"}}, 303, back + "?done=reopen"},
		{"false alarm", analyst, path, url.Values{"do": {"false-alarm"}, "reason": {"it was the CEO"}}, 303, back + "?done=false-alarm"},
		{"back to another site", analyst, path, url.Values{"do": {"comment"}, "reason": {"x"}, "back": {"https://evil.example/"}}, 303, "/?done=comment"},
		{"back to another host", analyst, path, url.Values{"do": {"comment"}, "reason": {"x"}, "back": {"//evil.example/"}}, 303, "/?done=comment"},
		{"back with a backslash", analyst, path, url.Values{"do": {"comment"}, "reason": {"x"}, "back": {`/\evil.example/`}}, 303, "/?done=comment"},
		{"unblock", analyst, "/indicator", url.Values{"do": {"unblock"}, "kind": {sign.Kind}, "value": {sign.Value}, "reason": {"ours"}}, 303, back + "?done=unblock"},
		{"release", analyst, "/release/" + held.ID, url.Values{"case": {one.ID}, "reason": {"it was the CEO"}}, 303, back + "?done=release"},
	} {
		if !row.values.Has("back") {
			row.values.Set("back", back)
		}
		got := w.post(row.who, row.path, row.values)
		if got.Code != row.want || row.to != "" && got.Header().Get("Location") != row.to {
			t.Errorf("%s: %d to %q, want %d to %q", row.name, got.Code, got.Header().Get("Location"), row.want, row.to)
		}
	}
	body := w.get(analyst, path).Body.String()
	for _, want := range []string{"looks odd", "A analyst", "Called a false alarm", "CEO fraud"} {
		if !strings.Contains(body, want) {
			t.Errorf("the case does not show %q", want)
		}
	}
}

func TestHeaders(t *testing.T) {
	w := newWorld(t, "https://sekisho.kaede-ex.jp", nil)
	got := w.get(nil, "/sign-in").Header()
	for name, want := range map[string]string{
		"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Cache-Control": "no-store",
		"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin", "Strict-Transport-Security": "max-age=31536000",
	} {
		if got.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, got.Get(name), want)
		}
	}
	answer := httptest.NewRecorder()
	w.setCookie(answer, "x")
	if cookie := answer.Header().Get("Set-Cookie"); cookie != "__Host-sekisho=x; Path=/; HttpOnly; Secure; SameSite=Strict" {
		t.Errorf("cookie %q", cookie)
	}
}

func TestOwnPathsOnly(t *testing.T) {
	for in, want := range map[string]string{
		"/cases?x=1#y": "/cases?x=1#y", "": "/", "cases": "/", "//evil.example": "/", `/\evil.example`: "/", "https://evil.example": "/", "javascript:alert(1)": "/",
		"/\t/evil.example": "/", "/ok\r\nSet-Cookie: x": "/", "http:/x": "/", "/%zz": "/",
	} {
		if got := own(in); got != want {
			t.Errorf("own(%q) = %q, want %q", in, got, want)
		}
	}
}

// TestLinksFromElsewhereFindTheSession: the cookie is not sent with a link on another site, so the page asks for itself.
func TestLinksFromElsewhereFindTheSession(t *testing.T) {
	w := newWorld(t, home, nil)
	r := httptest.NewRequest("GET", home+`/search?q=%22%3E<b>'x`, nil)
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	r.Header.Set("Sec-Fetch-Mode", "navigate")
	got := w.do(nil, r)
	if got.Code != 200 || !strings.Contains(got.Body.String(), `content="0;url=/search?q=%22%3E&lt;b&gt;&#39;x"`) {
		t.Errorf("%d: %s", got.Code, got.Body)
	}
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if got := w.do(nil, r); got.Code != 303 {
		t.Errorf("the second time: %d", got.Code)
	}
}
