package console

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tyler-smith/go-bip39"

	"github.com/sekisho/sekisho/people"
)

// in finds the first group of a pattern in a page.
func in(t *testing.T, body, pattern string) string {
	t.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(body)
	if m == nil {
		t.Fatalf("no %s in the page", pattern)
	}
	return m[1]
}

// TestPasswordAndCode goes the way without a passkey, which works without a script.
func TestPasswordAndCode(t *testing.T) {
	w := newWorld(t, home, nil)
	if body := w.get(nil, "/sign-in").Body.String(); !strings.Contains(body, "There are no users yet") {
		t.Error("the sign-in does not say where to begin")
	}
	link, _, err := w.People.FirstLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	join := strings.TrimPrefix(w.JoinURL(link), home)
	if got := w.get(nil, join+"?lang=ja"); got.Code != 200 || !strings.Contains(got.Body.String(), "最初の管理者") {
		t.Errorf("the link in Japanese: %d", got.Code)
	}
	if got := w.post(nil, join+"/code", url.Values{"name": {""}, "mail": {"x"}, "lang": {"ja"}}); got.Code != 400 {
		t.Errorf("without a name: %d", got.Code)
	}
	offered := w.post(nil, join+"/code", url.Values{"name": {"Shin Konno"}, "mail": {"shin.konno@kaede-ex.jp"}, "lang": {"ja"}})
	if offered.Code != 200 || !strings.Contains(offered.Body.String(), "<svg") {
		t.Fatalf("the offer: %d", offered.Code)
	}
	ceremony, secret := in(t, offered.Body.String(), `name="ceremony" value="([^"]+)"`), in(t, offered.Body.String(), `class="secret">([A-Z2-7 ]+)<`)
	weak := w.post(nil, join+"/code/finish", url.Values{"ceremony": {ceremony}, "password": {"short"}, "code": {codeOf(t, secret)}})
	if weak.Code != 400 || !strings.Contains(weak.Body.String(), "not strong enough") {
		t.Errorf("a weak password: %d", weak.Code)
	}
	done := w.post(nil, join+"/code/finish", url.Values{"ceremony": {ceremony}, "password": {goodPassword}, "code": {codeOf(t, secret)}})
	if done.Code != 303 || done.Header().Get("Location") != "/" {
		t.Fatalf("finished: %d to %q: %s", done.Code, done.Header().Get("Location"), done.Body)
	}
	b := &browser{w: w, cookie: done.Result().Cookies()[0]}
	if body := w.get(b, "/").Body.String(); !strings.Contains(body, `<html lang="ja">`) || !strings.Contains(body, "確認待ちの事案はありません") {
		t.Error("Today is not in the person's language")
	}
	if got := w.get(nil, join); got.Code != 404 {
		t.Errorf("the link again: %d", got.Code)
	}
	b.form = in(t, w.get(b, "/").Body.String(), `name="csrf" value="([^"]+)"`)
	if got := w.post(b, "/me/language", url.Values{"lang": {"en"}, "back": {"/me"}}); got.Code != 303 || !strings.Contains(w.get(b, "/me").Body.String(), `<html lang="en">`) {
		t.Errorf("the language: %d", got.Code)
	}
	if got := w.post(b, "/me/language", url.Values{"lang": {"xx"}}); got.Code != 400 {
		t.Errorf("an unknown language: %d", got.Code)
	}
	out := w.post(b, "/sign-out", nil)
	if out.Code != 303 || out.Result().Cookies()[0].MaxAge >= 0 || w.get(b, "/").Code != 303 {
		t.Errorf("signed out: %d", out.Code)
	}
	wrong := w.post(nil, "/sign-in", url.Values{"mail": {"shin.konno@kaede-ex.jp"}, "password": {"wrong"}, "code": {"000000"}, "next": {"//evil.example"}})
	if wrong.Code != 401 || strings.Contains(wrong.Body.String(), "evil.example") {
		t.Errorf("a wrong password: %d", wrong.Code)
	}
}

func TestPeopleAreManaged(t *testing.T) {
	w := newWorld(t, home, nil)
	staff := w.staff()
	admin, viewer := staff[people.RoleAdministrator], staff[people.RoleViewer]
	invited := w.post(admin, "/people/invite", url.Values{"name": {"Ren <b>"}, "mail": {"ren@kaede-ex.jp"}, "role": {"viewer"}, "lang": {"ja"}})
	join := in(t, invited.Body.String(), `class="secret">([^<]+)<`)
	if got := w.get(nil, strings.TrimPrefix(join, home)); got.Code != 200 || !strings.Contains(got.Body.String(), "Ren &lt;b&gt;") {
		t.Errorf("the invitation %s: %d", join, got.Code)
	}
	person := "/people/" + viewer.me.Person.ID
	for _, row := range []struct {
		name   string
		path   string
		values url.Values
		want   int
	}{
		{"invited again with nothing", "/people/invite", url.Values{}, 400},
		{"a role", person, url.Values{"do": {"role"}, "role": {"analyst"}}, 303},
		{"a role there is not", person, url.Values{"do": {"role"}, "role": {"king"}}, 400},
		{"nothing known", person, url.Values{"do": {"crown"}}, 400},
		{"oneself", "/people/" + admin.me.Person.ID, url.Values{"do": {"disable"}}, 400},
		{"disabled", person, url.Values{"do": {"disable"}}, 303},
		{"enabled", person, url.Values{"do": {"enable"}}, 303},
		{"recovered", person, url.Values{"do": {"recover"}}, 200},
		{"a token of nothing", "/tokens", url.Values{"name": {"x"}}, 400},
		{"a token", "/tokens", url.Values{"name": {"SIEM"}, "scope": {"cases", "log"}, "days": {"30"}}, 200},
	} {
		if got := w.post(admin, row.path, row.values); got.Code != row.want {
			t.Errorf("%s: %d, want %d", row.name, got.Code, row.want)
		}
	}
	body := w.get(admin, "/people").Body.String()
	if got := w.post(admin, in(t, body, `action="(/tokens/[^"]+/revoke)"`), nil); got.Code != 303 {
		t.Errorf("revoked: %d", got.Code)
	}
	if got := w.post(admin, "/people/link", url.Values{"id": {in(t, body, `name="id" value="([^"]+)"`)}}); got.Code != 303 {
		t.Errorf("withdrawn: %d", got.Code)
	}
	if w.get(viewer, "/").Code != 303 {
		t.Error("who was disabled is still signed in")
	}
}

// TestStaleSignIn: what cannot be taken back is not done, and not offered, long after the sign-in.
func TestStaleSignIn(t *testing.T) {
	w := newWorld(t, home, nil)
	w.examples()
	staff := w.staff()
	_, held := w.openCase()
	w.passed = 15 * time.Minute
	admin, analyst := staff[people.RoleAdministrator], staff[people.RoleAnalyst]
	if got := w.get(analyst, "/cases/"+held.Case); strings.Contains(got.Body.String(), "/release/") || !strings.Contains(got.Body.String(), "/again?next=") {
		t.Error("the release is offered")
	}
	back := "/cases/" + held.Case
	got := w.post(analyst, "/release/"+held.ID, url.Values{"reason": {"x"}, "back": {back}})
	if got.Code != 303 || got.Header().Get("Location") != "/again?next="+url.QueryEscape(back) {
		t.Errorf("the release: %d to %s", got.Code, got.Header().Get("Location"))
	}
	if body := w.get(admin, "/people").Body.String(); strings.Contains(body, "/people/invite") || !strings.Contains(body, "/again?next=/people") {
		t.Error("the page People offers changes")
	}
	if got := w.post(admin, "/people/invite", url.Values{"back": {"/people"}}); got.Header().Get("Location") != "/again?next=%2Fpeople" {
		t.Errorf("the invitation: %d to %s", got.Code, got.Header().Get("Location"))
	}
	w.passed = 13 * time.Hour
	if got := w.get(analyst, "/cases?state=open"); got.Header().Get("Location") != "/sign-in?next="+url.QueryEscape("/cases?state=open") {
		t.Errorf("a day later: %d to %s", got.Code, got.Header().Get("Location"))
	}
}

func TestTwoPeopleRelease(t *testing.T) {
	w := newWorld(t, home, func(c *Config) { c.Releasers = 2 })
	w.examples()
	staff := w.staff()
	one, held := w.openCase()
	path, back := "/release/"+held.ID, "/cases/"+one.ID
	values := func() url.Values { return url.Values{"case": {one.ID}, "reason": {"it was the CEO"}, "back": {back}} }
	first, second := staff[people.RoleAnalyst], staff[people.RoleAdministrator]
	if got := w.post(first, path, values()); got.Header().Get("Location") != back+"?done=waits" {
		t.Fatalf("the first: %d to %s", got.Code, got.Header().Get("Location"))
	}
	if body := w.get(first, back).Body.String(); !strings.Contains(body, "You asked for the release") || strings.Contains(body, `action="/release/`) {
		t.Error("the first is not told to wait")
	}
	if got := w.post(first, path, values()); got.Code != 403 {
		t.Errorf("the first again: %d", got.Code)
	}
	if body := w.get(second, back).Body.String(); !strings.Contains(body, "A analyst asked for the release") {
		t.Error("the second is not told who asked")
	}
	if got := w.post(second, path, values()); got.Header().Get("Location") != back+"?done=release" {
		t.Errorf("the second: %d to %s", got.Code, got.Header().Get("Location"))
	}
}

// TestJobs replays a rule over what is kept, and verifies the log.
func TestJobs(t *testing.T) {
	w := newWorld(t, home, nil)
	w.examples()
	admin := w.staff()[people.RoleAdministrator]
	if err := w.Record.Start(t.Context(), 1, w.Work()); err != nil {
		t.Fatal(err)
	}
	if got := w.post(admin, "/replay", url.Values{"rule": {"id: x\nwhen: nonsense(("}}); got.Code != 400 || !strings.Contains(got.Body.String(), "does not load") {
		t.Errorf("a broken rule: %d", got.Code)
	}
	example := in(t, w.get(admin, "/replay").Body.String(), `(?s)<textarea[^>]*>(.*?)</textarea>`)
	example = strings.NewReplacer("&#34;", `"`, "&#39;", "'", "&gt;", ">", "&amp;", "&").Replace(example)
	if got := w.post(admin, "/replay", url.Values{"rule": {example}, "days": {"30"}}); got.Code != 303 {
		t.Fatalf("the replay: %d: %s", got.Code, got.Body)
	}
	if got := w.post(admin, "/log/verify", nil); got.Code != 303 {
		t.Fatalf("the verification: %d", got.Code)
	}
	var body string
	found := regexp.MustCompile(`payment-asked would have matched [1-9]\d* of [1-9]\d* mails`)
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if body = w.get(admin, "/jobs").Body.String(); found.MatchString(body) && strings.Contains(body, "no problem") {
			break
		}
	}
	if !found.MatchString(body) || !strings.Contains(body, "no problem") {
		t.Errorf("the jobs are shown as %s", body[strings.Index(body, "<main"):])
	}
	if got := w.post(admin, "/jobs/x/cancel", nil); got.Code != 400 {
		t.Errorf("a job that is no number: %d", got.Code)
	}
}

func TestNotesOfJobsComeBack(t *testing.T) {
	did := replayed{Rule: "a-rule", Hits: 2, Looked: 10, Gone: 1, IDs: []string{"p1", "p2"}}
	if got := readReplayed(did.note()); got == nil || fmt.Sprint(*got) != fmt.Sprint(did) {
		t.Errorf("%q comes back as %v", did.note(), got)
	}
	v := verified{Entries: 10, Problems: 1, What: []string{"3: changed"}}
	if got := readVerified(v.note()); got == nil || fmt.Sprint(*got) != fmt.Sprint(v) {
		t.Errorf("%q comes back as %v", v.note(), got)
	}
	for _, note := range []string{"", "x", "a b/c/d", "1"} {
		if readReplayed(note) != nil || readVerified(note) != nil {
			t.Errorf("%q is read", note)
		}
	}
}

// TestOriginalsAreOpenedOnPurpose: the text is shown to who asked for it, to nobody else, and the log says so.
func TestOriginalsAreOpenedOnPurpose(t *testing.T) {
	w := newWorld(t, home, nil)
	w.examples()
	staff := w.staff()
	one, held := w.openCase()
	path := "/cases/" + one.ID + "?passage=" + held.ID
	const inBody = "ログイン"
	analyst, viewer := staff[people.RoleAnalyst], staff[people.RoleViewer]
	mail := func(b *browser) string {
		body := w.get(b, path).Body.String()
		return body[strings.Index(body, `<section id="mail">`):]
	}
	if strings.Contains(mail(analyst), inBody) {
		t.Error("the text is shown before it is asked for")
	}
	if got := w.post(viewer, "/passages/"+held.ID+"/open", nil); got.Code != http.StatusForbidden {
		t.Errorf("a viewer opens it: %d", got.Code)
	}
	if got := w.post(analyst, "/passages/"+held.ID+"/open", url.Values{"back": {path}}); got.Code != 303 {
		t.Fatalf("the analyst: %d", got.Code)
	}
	if !strings.Contains(mail(analyst), "<mark>"+inBody+"</mark>") {
		t.Error("what was found is not marked in the text")
	}
	if strings.Contains(mail(viewer), inBody) || strings.Contains(mail(staff[people.RoleAdministrator]), inBody) {
		t.Error("the text is shown to somebody else")
	}
	entries, err := w.Record.Entries(t.Context(), 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	last := entries[len(entries)-1]
	if last.Kind != "read" || last.By != analyst.me.Person.ID || last.Ref != held.ID {
		t.Errorf("the log ends with %+v", last)
	}
	if got := w.post(analyst, "/passages/none/open", nil); got.Code != 404 {
		t.Errorf("no such passage: %d", got.Code)
	}
}

func TestProxiesAreBelievedWhenToldTo(t *testing.T) {
	for _, tt := range []struct {
		proxy           bool
		forwarded, want string
	}{
		{false, "198.51.100.7", "192.0.2.1"}, {true, "198.51.100.7", "198.51.100.7"}, {true, "203.0.113.1, 198.51.100.7", "198.51.100.7"}, {true, "nonsense", "192.0.2.1"}, {true, "", "192.0.2.1"},
	} {
		c := &Console{Config: Config{Proxy: tt.proxy}}
		r := httptest.NewRequest("GET", "/", nil)
		if tt.forwarded != "" {
			r.Header.Set("X-Forwarded-For", tt.forwarded)
		}
		if got := c.address(r).String(); got != tt.want {
			t.Errorf("%+v: %s", tt, got)
		}
	}
}

// TestSecretsAreNotShown: what a mail says of a key is shown to nobody, whoever opens it.
func TestSecretsAreNotShown(t *testing.T) {
	w := newWorld(t, home, nil)
	analyst := w.staff()[people.RoleAnalyst]
	entropy := sha256.Sum256([]byte("a wallet of nobody"))
	phrase, err := bip39.NewMnemonic(entropy[:16])
	if err != nil {
		t.Fatal(err)
	}
	p := w.come(mailIn{name: "key.eml", reporter: "saito@kaede-ex.jp", text: "From: a@x.example\r\nTo: saito@kaede-ex.jp\r\nSubject: backup\r\n\r\nThe recovery phrase of the wallet:\r\n" + phrase + "\r\n"})
	path := "/cases/" + p.Case
	if got := w.post(analyst, "/passages/"+p.ID+"/open", url.Values{"back": {path}}); got.Code != 303 {
		t.Fatalf("opened: %d", got.Code)
	}
	body := w.get(analyst, path).Body.String()
	if strings.Contains(body, strings.Fields(phrase)[3]) || !strings.Contains(body, "It may hold a key") {
		t.Error("the phrase is shown, or nothing says why it is not")
	}
}
