package api

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/checkpoint"
	"github.com/sekisho/sekisho/detector"
	"github.com/sekisho/sekisho/intel"
	"github.com/sekisho/sekisho/intel/label"
	"github.com/sekisho/sekisho/judge"
	"github.com/sekisho/sekisho/opener"
	"github.com/sekisho/sekisho/people"
	"github.com/sekisho/sekisho/record"
	"github.com/sekisho/sekisho/rules"
)

// judged is the built-in rules, and one that holds what says so, compiled once for all tests.
var judged = sync.OnceValues(func() (*judge.Judge, error) {
	set, err := rules.Load(detector.Rules, rules.Joined)
	if err != nil {
		return nil, err
	}
	told := sekisho.Rule{ID: "told-to-hold", Status: sekisho.StatusStable, On: sekisho.KindMail, When: `it.subject.contains("hold this")`, Ask: sekisho.ActionHold,
		Title: sekisho.Text{En: "Told to hold", Ja: "保留の指示"}, Say: sekisho.Text{En: `"The subject says so."`, Ja: `"件名に保留の指示があります。"`}}
	return judge.Compile(append(set.Rules, told), set.Conditions, detector.All)
})

// A door is the API with everything behind it, as it is in production but for what listens.
type door struct {
	t      testing.TB
	mu     sync.Mutex
	url    string
	store  *record.Store
	book   *people.Book
	admin  people.Session
	clock  atomic.Int64 // what the book's clock is ahead, in nanoseconds
	tokens map[string]string
	ids    map[string]string
	logged *log
	about  *description
	done   map[string]bool // the names of endpoints that did what they are for
}

// A log is a buffer that is read while others write.
type log struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// newDoor starts the API on loopback. change, if not nil, changes its configuration.
func newDoor(t testing.TB, change func(*Config)) *door {
	t.Helper()
	ctx := t.Context()
	dir := t.TempDir()
	profile := &sekisho.Org{Domains: []string{"kaede-ex.jp"}, Wallets: []sekisho.Wallet{{Name: "cold", Chain: "bitcoin", Addresses: []string{exampleAddress}}}}
	known := intel.Builtin()
	store, err := record.Open(ctx, record.Config{URL: filepath.Join(dir, "record.db"), Keys: filepath.Join(dir, "keys"), Process: "test", Org: profile, Intel: known})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	compiled, err := judged()
	if err != nil {
		t.Fatal(err)
	}
	cp, err := checkpoint.New(checkpoint.Config{Openers: opener.All, Detectors: detector.All, Judge: compiled, Org: profile, Intel: known, Record: store.Record})
	if err != nil {
		t.Fatal(err)
	}
	d := &door{t: t, store: store, tokens: map[string]string{}, ids: map[string]string{}, logged: &log{},
		about: newDescription(t), done: map[string]bool{}}
	labels := label.Builtin()
	conf := Config{Checkpoint: cp, Record: store, People: d.open(ctx), Org: profile, Intel: func() *sekisho.Intel { return known },
		Labels: func(use func(*label.Store) error) error { return use(labels) }, Work: []string{"pull"}, Spool: dir,
		Limits: Limits{Rate: 1e6, Burst: 1e6, Parallel: 100}, Log: slog.New(slog.NewTextHandler(d.logged, nil))}
	if change != nil {
		change(&conf)
	}
	listener := httptest.NewUnstartedServer(nil)
	listener.Config = Server(New(conf))
	listener.Start()
	t.Cleanup(listener.Close)
	d.url = listener.URL
	return d
}

// open makes the first administrator, who makes the tokens.
func (d *door) open(ctx context.Context) *people.Book {
	d.t.Helper()
	sealing := make([]byte, 32)
	rand.Read(sealing)
	var err error
	now := func() time.Time { return time.Now().Add(time.Duration(d.clock.Load())) }
	if d.book, err = people.Open(d.store, people.Config{RPID: "localhost", Origins: []string{"http://localhost"}, SealKey: sealing, Now: now}); err != nil {
		d.t.Fatal(err)
	}
	link, ok, err := d.book.FirstLink(ctx)
	if err != nil || !ok {
		d.t.Fatal(ok, err)
	}
	offer, err := d.book.BeginCode(ctx, link, people.Applicant{Name: "Hanako", Mail: "hanako@kaede-ex.jp", Lang: "ja"})
	if err != nil {
		d.t.Fatal(err)
	}
	if d.admin, _, err = d.book.FinishCode(ctx, offer.Ceremony, "correct horse battery 9 staple", totp(d.t, offer.Secret, now()), people.Client{Agent: "test"}); err != nil {
		d.t.Fatal(err)
	}
	return d.book
}

// totp returns the code of an authenticator app, RFC 6238.
func totp(t testing.TB, secret string, now time.Time) string {
	t.Helper()
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.ReplaceAll(secret, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha1.New, key)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(now.Unix()/30)))
	sum := mac.Sum(nil)
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[sum[19]&15:])&0x7fffffff%1_000_000)
}

// token makes a token and returns its ID.
func (d *door) token(name string, lasts time.Duration, scopes ...people.Scope) string {
	d.t.Helper()
	made, secret, err := d.book.MakeToken(d.t.Context(), d.admin, people.NewToken{Name: name, Scopes: scopes, Lasts: lasts})
	if err != nil {
		d.t.Fatal(err)
	}
	d.tokens[name] = secret
	return made.ID
}

// An answer is a response that was read.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// do sends a request with the token of that name, none when it is empty, and holds the answer against the description.
func (d *door) do(method, path, token, body string, header map[string]string) answer {
	d.t.Helper()
	a := d.send(method, path, token, body, header)
	d.mu.Lock()
	defer d.mu.Unlock()
	s := server{endpoints: endpoints()}
	if e, _, err := s.route(httptest.NewRequest(method, d.url+path, nil)); err == nil && method == e.method {
		d.about.answered(e, a.status, a.header.Get("Content-Type"), a.body)
		d.done[e.name] = d.done[e.name] || a.status < 300
	}
	return a
}

func (d *door) send(method, path, token, body string, header map[string]string) answer {
	d.t.Helper()
	r, err := http.NewRequestWithContext(d.t.Context(), method, d.url+path, strings.NewReader(body))
	if err != nil {
		d.t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+d.tokens[token])
	}
	if strings.HasPrefix(body, "{") {
		r.Header.Set("Content-Type", "application/json")
	}
	for name, value := range header {
		r.Header.Set(name, value)
	}
	resp, err := http.DefaultTransport.RoundTrip(r) // redirects are answers
	if err != nil {
		d.t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, data}
}

// into reads a JSON answer of the status.
func (a answer) into(t testing.TB, status int, v any) {
	t.Helper()
	if a.status != status {
		t.Fatalf("status %d, want %d: %s", a.status, status, a.body)
	}
	if err := json.Unmarshal(a.body, v); err != nil {
		t.Fatalf("%v: %s", err, a.body)
	}
}

// heldMail is held by the rule of these tests, and speaks of nothing else.
const heldMail = "From: Taro <taro@partner.example>\r\nTo: hanako@kaede-ex.jp\r\nSubject: hold this <script>alert(1)</script>\r\nMessage-ID: <1@partner.example>\r\n" +
	"Date: Sat, 21 Nov 2026 09:00:00 +0900\r\n\r\nPlease look at https://login.account.example/ today. canary-body\r\n"

var asMail = map[string]string{"Content-Type": "message/rfc822"}
