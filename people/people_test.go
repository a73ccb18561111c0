package people

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sekisho/sekisho/record"
)

// A fixture is a book on a record of its own, with a clock that moves when told to.
type fixture struct {
	*Book
	t      *testing.T
	record *record.Store
	clock  *atomic.Int64 // seconds
}

var (
	testSeal = []byte("0123456789abcdef0123456789abcdef")
	desk     = Client{Agent: "Mozilla/5.0 (desk)", Addr: netip.MustParseAddr("192.0.2.10")}
)

// blank is a record with nothing in it, made once: to migrate one for every test takes longer than the test.
var blank = sync.OnceValues(func() (dir string, err error) {
	if dir, err = os.MkdirTemp("", "people-test-"); err != nil {
		return "", err
	}
	store, err := record.Open(context.Background(), recordIn(dir))
	if err != nil {
		return "", err
	}
	return dir, store.Close()
})

func recordIn(dir string) record.Config {
	return record.Config{URL: filepath.Join(dir, "record.db"), Keys: filepath.Join(dir, "keys"), Process: "test"}
}

func TestMain(m *testing.M) {
	code := m.Run()
	if dir, err := blank(); err == nil {
		_ = os.RemoveAll(dir)
	}
	os.Exit(code)
}

func newFixture(t *testing.T) fixture {
	t.Helper()
	from, err := blank()
	if err != nil {
		t.Fatal(err)
	}
	empty, err := os.ReadFile(filepath.Join(from, "record.db"))
	if err != nil {
		t.Fatal(err)
	}
	c := recordIn(from) // for the keys, which everybody only reads
	c.URL = filepath.Join(t.TempDir(), "record.db")
	if err := os.WriteFile(c.URL, empty, 0o600); err != nil {
		t.Fatal(err)
	}
	return fixtureOn(t, c)
}

// fixtureOn is a fixture on a record elsewhere.
func fixtureOn(t *testing.T, c record.Config) fixture {
	t.Helper()
	clock := &atomic.Int64{}
	clock.Store(time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC).Unix())
	now := func() time.Time { return time.Unix(clock.Load(), 0) }
	c.Now = now
	store, err := record.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return fixture{openBook(t, store, Config{Now: now}), t, store, clock}
}

// openBook opens a book whose passwords cost little.
func openBook(t *testing.T, store *record.Store, c Config) *Book {
	t.Helper()
	c.RPID, c.SealKey = testRPID, testSeal
	b, err := Open(store, c)
	if err != nil {
		t.Fatal(err)
	}
	b.cost = argonCost{Memory: 64, Passes: 1, Lanes: 1}
	if b.nobody, err = b.nobodys(); err != nil {
		t.Fatal(err)
	}
	return b
}

func (f fixture) pass(d time.Duration) { f.clock.Add(int64(d / time.Second)) }

// want fails unless the error is the one wanted; nil for none.
func want(t *testing.T, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Fatalf("got error %v, want %v", got, want)
	}
}

func wantThrottled(t *testing.T, err error) time.Duration {
	t.Helper()
	var throttled *Throttled
	if !errors.As(err, &throttled) || throttled.Wait <= 0 {
		t.Fatalf("got error %v, want *Throttled", err)
	}
	return throttled.Wait
}

// signedIn is somebody who has signed in.
type signedIn struct {
	Session
	client Client // with the token
	key    *testKey
}

// enrol follows a link with a new passkey.
func (f fixture) enrol(secret string, a Applicant) signedIn {
	f.t.Helper()
	c, err := f.BeginEnrol(f.t.Context(), secret, a)
	if err != nil {
		f.t.Fatal(err)
	}
	who := signedIn{client: desk, key: newTestKey(f.t)}
	who.Session, who.client.Token, err = f.FinishEnrol(f.t.Context(), c.ID, who.key.create(f.t, c), desk)
	if err != nil {
		f.t.Fatal(err)
	}
	return who
}

// first makes the first administrator.
func (f fixture) first() signedIn {
	f.t.Helper()
	secret, ok, err := f.FirstLink(f.t.Context())
	if err != nil || !ok {
		f.t.Fatal(ok, err)
	}
	return f.enrol(secret, Applicant{Name: "楓 花子", Mail: "Hanako@kaede-ex.jp", Lang: "ja"})
}

// invited makes one more person, whose mail address begins with the name.
func (f fixture) invited(by Session, name string, role Role) signedIn {
	f.t.Helper()
	secret, err := f.Invite(f.t.Context(), by, Invitation{Name: name, Mail: name + "@kaede-ex.jp", Role: role, Lang: "en"})
	if err != nil {
		f.t.Fatal(err)
	}
	return f.enrol(secret, Applicant{Lang: "en"})
}

// signIn signs in with a passkey.
func (f fixture) signIn(key *testKey, c Client) (Session, string, error) {
	f.t.Helper()
	begun, err := f.BeginSignIn(f.t.Context(), c)
	if err != nil {
		f.t.Fatal(err)
	}
	return f.FinishSignIn(f.t.Context(), begun.ID, key.get(f.t, begun), c)
}

// notes returns what the log says of people, as "event" or "event: why".
func (f fixture) notes() []string {
	f.t.Helper()
	var said []string
	entries, err := f.record.Entries(f.t.Context(), 0, 1000)
	if err != nil {
		f.t.Fatal(err)
	}
	for _, e := range entries {
		if e.Kind != NoteKind {
			continue
		}
		var n Note
		if err := json.Unmarshal(e.Body, &n); err != nil {
			f.t.Fatal(err)
		}
		if n.Why != "" {
			n.Event += ": " + n.Why
		}
		said = append(said, n.Event)
	}
	return said
}

func (f fixture) wantLast(events ...string) {
	f.t.Helper()
	all := f.notes()
	if got := all[max(0, len(all)-len(events)):]; fmt.Sprint(got) != fmt.Sprint(events) {
		f.t.Errorf("log ends with %q, want %q", got, events)
	}
}

func TestOpenRefusesWhatPasskeysCannotDo(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name string
		c    Config
		ok   bool
	}{
		{"by the host", Config{RPID: "sekisho.kaede-ex.jp", SealKey: testSeal}, true},
		{"a host below", Config{RPID: "kaede-ex.jp", Origins: []string{"https://sekisho.kaede-ex.jp:8443"}, SealKey: testSeal}, true},
		{"this machine", Config{RPID: "localhost", Origins: []string{"http://localhost:8080"}, SealKey: testSeal}, true},
		{"another host", Config{RPID: "kaede-ex.jp", Origins: []string{"https://notkaede-ex.jp"}, SealKey: testSeal}, false},
		{"without TLS", Config{RPID: "kaede-ex.jp", Origins: []string{"http://kaede-ex.jp"}, SealKey: testSeal}, false},
		{"a path", Config{RPID: "kaede-ex.jp", Origins: []string{"https://kaede-ex.jp/console"}, SealKey: testSeal}, false},
		{"an address", Config{RPID: "192.0.2.1", SealKey: testSeal}, false},
		{"no host", Config{SealKey: testSeal}, false},
		{"a short key", Config{RPID: "kaede-ex.jp", SealKey: testSeal[:31]}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			if _, err := Open(nil, row.c); (err == nil) != row.ok {
				t.Errorf("got error %v, want ok %v", err, row.ok)
			}
		})
	}
}

// A copy of the database must not be enough to sign in or to use the API.
func TestDatabaseHoldsNoSecret(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	admin := f.first()
	link, err := f.Invite(t.Context(), admin.Session, Invitation{Name: "Ren", Mail: "ren@kaede-ex.jp", Role: RoleAnalyst, Lang: "en"})
	want(t, err, nil)
	offer, err := f.BeginCode(t.Context(), link, Applicant{Lang: "en"})
	want(t, err, nil)
	key := offerKey(t, offer)
	_, session, err := f.FinishCode(t.Context(), offer.Ceremony, goodPassword, codeAt(key, f.step()), desk)
	want(t, err, nil)
	_, token, err := f.MakeToken(t.Context(), admin.Session, NewToken{Name: "siem", Scopes: []Scope{ScopeCases}})
	want(t, err, nil)
	var dump strings.Builder
	err = f.record.Read(t.Context(), func(ctx context.Context, tx *record.Tx) error {
		for _, table := range []string{"person", "person_link", "person_session", "person_token", "person_ceremony", "person_passkey"} {
			rows, err := tx.Query(ctx, "SELECT * FROM "+table)
			if err != nil {
				return err
			}
			columns, err := rows.Columns()
			if err != nil {
				return err
			}
			for rows.Next() {
				values := make([]any, len(columns))
				for i := range values {
					values[i] = new(any)
				}
				if err := rows.Scan(values...); err != nil {
					return err
				}
				for _, v := range values {
					fmt.Fprintf(&dump, "%s %v\n", *v.(*any), *v.(*any))
				}
			}
			rows.Close()
		}
		return nil
	})
	want(t, err, nil)
	for _, secret := range []string{link, session, token, goodPassword, strings.ReplaceAll(offer.Secret, " ", ""), string(key)} {
		if strings.Contains(dump.String(), secret) {
			t.Errorf("the database holds %q", secret)
		}
	}
	if !strings.Contains(dump.String(), "ren@kaede-ex.jp") {
		t.Error("the dump holds nothing")
	}
	for _, said := range f.notes() {
		if strings.Contains(said, goodPassword) {
			t.Error("the log holds the password")
		}
	}
}
