package console

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/checkpoint"
	"github.com/sekisho/sekisho/detector"
	"github.com/sekisho/sekisho/intel"
	"github.com/sekisho/sekisho/judge"
	"github.com/sekisho/sekisho/opener"
	"github.com/sekisho/sekisho/org"
	"github.com/sekisho/sekisho/people"
	"github.com/sekisho/sekisho/record"
	"github.com/sekisho/sekisho/rules"
)

// An engine is a checkpoint as `sekisho serve` has it, with the example organisation.
type engine struct {
	checkpoint *checkpoint.Checkpoint
	rules      rules.Set
	org        *sekisho.Org
	intel      *sekisho.Intel
	err        error
}

var theEngine = sync.OnceValue(func() (e engine) {
	if e.org, e.err = org.Load("../examples/organisation.yaml"); e.err != nil {
		return e
	}
	if e.rules, e.err = rules.Load(detector.Rules, rules.Joined); e.err != nil {
		return e
	}
	kept := e.rules.Rules[:0]
	for _, r := range e.rules.Rules {
		if r.Status == sekisho.StatusStable || r.Status == sekisho.StatusTest {
			kept = append(kept, r)
		}
	}
	e.rules.Rules = kept
	e.intel = intel.Builtin()
	e.intel.Now = time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)
	e.checkpoint, e.err = e.judging(e.rules)
	return e
})

func (e engine) judging(set rules.Set) (*checkpoint.Checkpoint, error) {
	j, err := judge.Compile(set.Rules, set.Conditions, detector.All)
	if err != nil {
		return nil, err
	}
	return checkpoint.New(checkpoint.Config{Openers: opener.All, Detectors: detector.All, Judge: j, Org: e.org, Intel: e.intel})
}

// A world is a console over a record of its own.
type world struct {
	*Console
	t      testing.TB
	engine engine
	url    string
	passed time.Duration // by which the clock of people and pages is ahead
}

const home = "http://localhost:8440"

// newWorld makes a console that is reached at a URL.
func newWorld(t testing.TB, at string, change func(*Config)) *world {
	t.Helper()
	e := theEngine()
	if e.err != nil {
		t.Fatal(e.err)
	}
	w := &world{t: t, engine: e, url: at}
	now := func() time.Time { return time.Now().Add(w.passed) }
	dir := t.TempDir()
	settings := Config{Releasers: 1}
	if change != nil {
		change(&settings)
	}
	store, err := record.Open(t.Context(), record.Config{URL: filepath.Join(dir, "record.db"), Keys: filepath.Join(dir, "keys"), Process: "test", Org: e.org, Intel: e.intel, Releasers: settings.Releasers})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	base, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	book, err := people.Open(store, people.Config{RPID: base.Hostname(), Origins: []string{at}, SealKey: bytes.Repeat([]byte{7}, 32), Now: now})
	if err != nil {
		t.Fatal(err)
	}
	config := Config{Record: store, People: book, Checkpoint: e.checkpoint, Rules: e.rules.Rules, Org: e.org, URL: at, Now: now, Zone: time.FixedZone("JST", 9*3600), Releasers: 1, Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
		Replay: func(text string) (*checkpoint.Checkpoint, []sekisho.Rule, error) {
			set, err := rules.Load(os.DirFS(writeRule(t, text)))
			if err != nil {
				return nil, nil, err
			}
			cp, err := e.judging(rules.Set{Rules: set.Rules, Conditions: e.rules.Conditions})
			return cp, set.Rules, err
		},
	}
	if change != nil {
		change(&config)
	}
	if w.Console, err = New(config); err != nil {
		t.Fatal(err)
	}
	return w
}

func writeRule(t testing.TB, text string) string {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "rule.yaml"), []byte(text), 0o600); err != nil {
		t.Error(err)
	}
	return dir
}

// A mailIn is something that came in.
type mailIn struct {
	name, text string
	age        time.Duration
	reporter   string
}

// come records a mail as the milter does, and returns the passage.
func (w *world) come(m mailIn) *sekisho.Passage {
	w.t.Helper()
	root := &sekisho.Artifact{Kind: sekisho.KindMail, Name: m.name, Blob: strings.NewReader(m.text), Size: int64(len(m.text))}
	v := w.engine.checkpoint.Inspect(w.t.Context(), root)
	p := &sekisho.Passage{Time: time.Now().Add(-m.age).UTC(), Verdict: v, Act: sekisho.Act{Do: sekisho.DoPass},
		Arrival: sekisho.Arrival{Door: "milter", From: "203.0.113.17", Artifact: root, Reporter: m.reporter}}
	switch {
	case v.Action == sekisho.ActionReject:
		p.Act = sekisho.Act{Do: sekisho.DoReject, Keep: true}
	case v.Action == sekisho.ActionHold:
		p.Act = sekisho.Act{Do: sekisho.DoHold, Keep: true}
	case v.Action == sekisho.ActionWarn:
		p.Act = sekisho.Act{Do: sekisho.DoMark}
	}
	if m.reporter != "" {
		p.Door, p.From, p.Act = "inbox", m.reporter, sekisho.Act{Do: sekisho.DoAnswer, Keep: true}
	}
	if err := w.Record.Record(w.t.Context(), p); err != nil {
		w.t.Fatal(err)
	}
	if err := w.Record.Complete(w.t.Context(), p.ID, "done"); err != nil {
		w.t.Fatal(err)
	}
	return p
}

// examples records the mails of the examples, the oldest first.
func (w *world) examples() {
	w.t.Helper()
	names, err := filepath.Glob("../examples/inbox/*.eml")
	if err != nil || len(names) < 10 {
		w.t.Fatalf("%d examples: %v", len(names), err)
	}
	for i, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			w.t.Fatal(err)
		}
		m := mailIn{name: filepath.Base(name), text: string(data), age: time.Duration(len(names)-i)*57*time.Minute + 9*time.Minute}
		w.come(m)
		if i%6 == 1 {
			m.reporter, m.age = "saito@kaede-ex.jp", m.age-20*time.Minute
			w.come(m)
		}
	}
}

// A browser is somebody who is signed in.
type browser struct {
	w      *world
	cookie *http.Cookie
	form   string
	me     people.Session
}

const goodPassword = "unhurried lantern 47 ferry"

// enrol follows a link with a password and codes.
func (w *world) enrol(secret string, a people.Applicant) *browser {
	w.t.Helper()
	client := people.Client{Agent: "test", Addr: netip.MustParseAddr("192.0.2.1")}
	offer, err := w.People.BeginCode(w.t.Context(), secret, a)
	if err != nil {
		w.t.Fatal(err)
	}
	session, token, err := w.People.FinishCode(w.t.Context(), offer.Ceremony, goodPassword, codeOf(w.t, offer.Secret), client)
	if err != nil {
		w.t.Fatal(err)
	}
	return &browser{w: w, cookie: &http.Cookie{Name: w.cookieName(), Value: token}, form: session.Form, me: session}
}

// codeOf returns the code of RFC 6238 at this moment.
func codeOf(t testing.TB, secret string) string {
	t.Helper()
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.ReplaceAll(secret, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha1.New, key)
	binary.Write(mac, binary.BigEndian, time.Now().Unix()/30)
	sum := mac.Sum(nil)
	n := binary.BigEndian.Uint32(sum[sum[len(sum)-1]&15:]) & 0x7fffffff
	return fmt.Sprintf("%06d", n%1_000_000)
}

// staff returns an administrator, an analyst and a viewer.
func (w *world) staff() map[people.Role]*browser {
	w.t.Helper()
	first, ok, err := w.People.FirstLink(w.t.Context())
	if err != nil || !ok {
		w.t.Fatal(ok, err)
	}
	staff := map[people.Role]*browser{}
	admin := w.enrol(first, people.Applicant{Name: "Shin Konno", Mail: "shin.konno@kaede-ex.jp", Lang: "en"})
	staff[people.RoleAdministrator] = admin
	for _, role := range []people.Role{people.RoleAnalyst, people.RoleViewer} {
		secret, err := w.People.Invite(w.t.Context(), admin.me, people.Invitation{Name: "A " + string(role), Mail: string(role) + "@kaede-ex.jp", Role: role, Lang: "en"})
		if err != nil {
			w.t.Fatal(err)
		}
		staff[role] = w.enrol(secret, people.Applicant{Lang: "en"})
	}
	return staff
}

// do sends a request; a nil browser has no session.
func (w *world) do(b *browser, r *http.Request) *httptest.ResponseRecorder {
	r.Header.Set("User-Agent", "test")
	if b != nil {
		r.AddCookie(b.cookie)
	}
	answer := httptest.NewRecorder()
	w.ServeHTTP(answer, r)
	return answer
}

func (w *world) get(b *browser, path string) *httptest.ResponseRecorder {
	return w.do(b, httptest.NewRequest("GET", home+path, nil))
}

// post sends a form of the browser's own pages.
func (w *world) post(b *browser, path string, values url.Values) *httptest.ResponseRecorder {
	if values == nil {
		values = url.Values{}
	}
	if b != nil && !values.Has("csrf") {
		values.Set("csrf", b.form)
	}
	r := httptest.NewRequest("POST", home+path, strings.NewReader(values.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return w.do(b, r)
}
