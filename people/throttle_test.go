package people

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sekisho/sekisho/record"
)

func TestWaitsDouble(t *testing.T) {
	t.Parallel()
	for failures, seconds := range map[int64]int{0: 0, 1: 0, 4: 0, 5: 1, 6: 2, 7: 4, 10: 32, 13: 256, 14: 512, 15: 900, 16: 900, 1 << 40: 900} {
		if got := wait(failures, freeOfAccount); got != time.Duration(seconds)*time.Second {
			t.Errorf("after %d failures %s, want %d s", failures, got, seconds)
		}
	}
}

func TestNetworks(t *testing.T) {
	t.Parallel()
	for address, is := range map[string]string{
		"192.0.2.77":          "192.0.2.0/24",
		"::ffff:192.0.2.77":   "192.0.2.0/24",
		"2001:db8:1:2:3::4":   "2001:db8:1:2::/64",
		"fe80::1%eth0":        "fe80::/64",
		"2001:db8:1:2:ffff::": "2001:db8:1:2::/64",
	} {
		if got := network(netip.MustParseAddr(address)); got != is {
			t.Errorf("%s is of %s, want %s", address, got, is)
		}
	}
	if got := network(netip.Addr{}); got != "unknown" {
		t.Errorf("no address is of %s", got)
	}
}

func TestGuessingIsSlowed(t *testing.T) {
	t.Parallel()
	for _, mail := range []string{"ren@kaede-ex.jp", "nobody@kaede-ex.jp"} {
		f := newFixture(t)
		_, key := f.withCode(f.first().Session, "ren")
		guess := Attempt{Mail: mail, Password: "wrong", Code: "000000"}
		for range freeOfAccount + 1 {
			_, _, err := f.SignIn(t.Context(), guess, desk)
			want(t, err, ErrRefused)
		}
		_, _, err := f.SignIn(t.Context(), guess, desk)
		if got := wantThrottled(t, err); got != time.Second {
			t.Errorf("%s: wait %s", mail, got)
		}
		// From elsewhere, and with the right password, it is as slow; from another process, too.
		elsewhere := Client{Agent: "x", Addr: netip.MustParseAddr("198.51.100.1")}
		right := Attempt{mail, goodPassword, codeAt(key, f.step())}
		_, _, err = f.SignIn(t.Context(), right, elsewhere)
		wantThrottled(t, err)
		_, _, err = openBook(t, f.record, Config{Now: f.now}).SignIn(t.Context(), right, elsewhere)
		wantThrottled(t, err)
		f.pass(time.Second)
		_, _, err = f.SignIn(t.Context(), guess, elsewhere)
		want(t, err, ErrRefused)
		_, _, err = f.SignIn(t.Context(), guess, elsewhere)
		if got := wantThrottled(t, err); got != 2*time.Second {
			t.Errorf("%s: wait %s", mail, got)
		}
		if mail != "ren@kaede-ex.jp" {
			continue
		}
		f.pass(2 * time.Second)
		_, _, err = f.SignIn(t.Context(), Attempt{mail, goodPassword, codeAt(key, f.step())}, elsewhere)
		want(t, err, nil)
		for range freeOfAccount { // what was counted is forgotten
			_, _, err = f.SignIn(t.Context(), guess, elsewhere)
			want(t, err, ErrRefused)
		}
	}
}

func TestNetworksAreSlowed(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	admin := f.first()
	_, key := f.withCode(admin.Session, "mio")
	guess := func() error {
		_, _, err := f.SignIn(t.Context(), Attempt{"mio@kaede-ex.jp", goodPassword, codeAt(key, f.step()+1)}, desk)
		return err
	}
	for i := range freeOfNetwork + 1 {
		_, _, err := f.SignIn(t.Context(), Attempt{Mail: fmt.Sprintf("%d@kaede-ex.jp", i)}, desk)
		want(t, err, ErrRefused)
	}
	wantThrottled(t, guess())
	_, _, err := f.signIn(admin.key, desk) // passkeys are not guessed
	want(t, err, nil)
	f.pass(time.Second)
	// Signing in oneself takes back nothing but itself: the next failure waits longer.
	want(t, guess(), nil)
	f.pass(2 * time.Second)
	_, _, err = f.SignIn(t.Context(), Attempt{Mail: "x@kaede-ex.jp"}, desk)
	want(t, err, ErrRefused)
	_, _, err = f.SignIn(t.Context(), Attempt{Mail: "y@kaede-ex.jp"}, desk)
	if got := wantThrottled(t, err); got != 2*time.Second {
		t.Errorf("wait %s", got)
	}
	f.pass(throttleForgets)
	for range freeOfAccount {
		_, _, err = f.SignIn(t.Context(), Attempt{Mail: "x@kaede-ex.jp"}, desk)
		want(t, err, ErrRefused)
	}
}

// TestPasskeyFailuresAreSlowed: each is an entry of the log, which nobody without an account is to fill.
func TestPasskeyFailuresAreSlowed(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	admin := f.first()
	for range freeOfPasskeys + 1 {
		_, _, err := f.FinishSignIn(t.Context(), "x", strings.NewReader("{}"), desk)
		want(t, err, ErrRefused)
	}
	_, _, err := f.signIn(admin.key, desk)
	wantThrottled(t, err)
	_, _, err = f.signIn(admin.key, Client{Agent: "x", Addr: netip.MustParseAddr("198.51.100.1")})
	want(t, err, nil)
}

func TestGuessesAtOnceAreNoWayAround(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.withCode(f.first().Session, "ren")
	var wg sync.WaitGroup
	var mu sync.Mutex
	looked := 0
	for range 30 {
		wg.Go(func() {
			_, _, err := f.SignIn(t.Context(), Attempt{Mail: "ren@kaede-ex.jp", Password: "wrong", Code: "000000"}, desk)
			if err == ErrRefused {
				mu.Lock()
				looked++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if looked > freeOfAccount+1 {
		t.Errorf("%d of 30 guesses at once were looked at", looked)
	}
}

func TestWhatIsOverIsDeleted(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	admin := f.first()
	_, _, err := f.SignIn(t.Context(), Attempt{Mail: "x@kaede-ex.jp"}, desk)
	want(t, err, ErrRefused)
	_, err = f.Invite(t.Context(), admin.Session, Invitation{Name: "Ren", Mail: "ren@kaede-ex.jp", Role: RoleViewer, Lang: "en"})
	want(t, err, nil)
	f.pass(25 * time.Hour)
	_, _, err = f.signIn(admin.key, desk)
	want(t, err, nil)
	err = f.record.Read(t.Context(), func(ctx context.Context, tx *record.Tx) error {
		for table, rows := range map[string]int{"person_session": 1, "person_link": 0, "person_throttle": 1, "person_ceremony": 1, "person": 1} {
			var n int
			if err := tx.QueryRow(ctx, "SELECT count(*) FROM "+table).Scan(&n); err != nil {
				return err
			}
			if n != rows {
				t.Errorf("%s has %d rows, want %d", table, n, rows)
			}
		}
		return nil
	})
	want(t, err, nil)
}

// Somebody who fills the table drops what was counted least, not what was counted of an account that is under attack.
func TestCountsAreBounded(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for range freeOfAccount + 1 {
		_, _, err := f.SignIn(t.Context(), Attempt{Mail: "x@kaede-ex.jp"}, desk)
		want(t, err, ErrRefused)
	}
	f.pass(time.Minute)
	err := f.record.Write(t.Context(), func(ctx context.Context, tx *record.Tx) error {
		_, err := tx.Exec(ctx, `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2)
			INSERT INTO person_throttle (place, failures, latest, waits) SELECT 'network ' || i, 1, ?1, 0 FROM n`,
			micros(f.now()), int64(throttleRows+500))
		return err
	})
	want(t, err, nil)
	_, _, err = f.SignIn(t.Context(), Attempt{Mail: "y@kaede-ex.jp"}, desk)
	want(t, err, ErrRefused)
	err = f.record.Read(t.Context(), func(ctx context.Context, tx *record.Tx) error {
		var rows, kept int64
		err := tx.QueryRow(ctx, `SELECT (SELECT count(*) FROM person_throttle), (SELECT failures FROM person_throttle WHERE place = ?1)`,
			ofAccount("x@kaede-ex.jp").place).Scan(&rows, &kept)
		if rows > throttleRows+2 || kept != freeOfAccount+1 {
			t.Errorf("%d rows, %d failures of the account", rows, kept)
		}
		return err
	})
	want(t, err, nil)
}
