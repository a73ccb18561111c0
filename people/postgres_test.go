package people

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	"github.com/sekisho/sekisho/record"
	"github.com/sekisho/sekisho/record/postgrestest"
)

// onPostgres is a fixture on a PostgreSQL of its own, where transactions run side by side: in SQLite one comes after the other.
func onPostgres(t *testing.T) fixture {
	t.Helper()
	if testing.Short() {
		t.Skip("starts PostgreSQL")
	}
	server, err := postgrestest.Start(t.Context())
	if errors.Is(err, postgrestest.ErrNotInstalled) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	address, err := server.Database(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return fixtureOn(t, record.Config{URL: address, Keys: filepath.Join(t.TempDir(), "keys"), Process: "test"})
}

// together runs all at once and returns what came of each.
func together(all ...func() error) []error {
	errs := make([]error, len(all))
	start := make(chan struct{})
	var group sync.WaitGroup
	for i, one := range all {
		group.Go(func() {
			<-start
			errs[i] = one()
		})
	}
	close(start)
	group.Wait()
	return errs
}

// count returns how many rows a query finds.
func (f fixture) count(query string, args ...any) (n int64) {
	f.t.Helper()
	err := f.record.Read(f.t.Context(), func(ctx context.Context, tx *record.Tx) error {
		return tx.QueryRow(ctx, query, args...).Scan(&n)
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return n
}

// TestNothingOutlivesItsMaker: what somebody makes while they are put out ends with them, whichever comes first.
func TestNothingOutlivesItsMaker(t *testing.T) {
	t.Parallel()
	f := onPostgres(t)
	admin := f.first()
	ctx := t.Context()
	for i := range 40 {
		bad := f.invited(admin.Session, fmt.Sprintf("bad%d", i), RoleAdministrator)
		id := bad.Person.ID
		together(
			func() error {
				_, err := f.Invite(ctx, bad.Session, Invitation{Name: "again", Mail: fmt.Sprintf("again%d@kaede-ex.jp", i), Role: RoleAdministrator, Lang: "en"})
				return err
			},
			func() error {
				_, _, err := f.MakeToken(ctx, bad.Session, NewToken{Name: "again", Scopes: []Scope{ScopeCases}})
				return err
			},
			func() error { return f.Disable(ctx, admin.Session, id) },
		)
		if n := f.count(`SELECT count(*) FROM person_link WHERE maker = ?1`, id); n != 0 {
			t.Fatalf("try %d: %d links of somebody who is disabled", i, n)
		}
		if n := f.count(`SELECT count(*) FROM person_token WHERE maker = ?1 AND revoked = 0`, id); n != 0 {
			t.Fatalf("try %d: %d tokens of somebody who is disabled", i, n)
		}
	}
}

// TestNothingOutlivesRecovery: who has a lost passkey gets neither a session nor another passkey past the recovery.
func TestNothingOutlivesRecovery(t *testing.T) {
	t.Parallel()
	f := onPostgres(t)
	admin := f.first()
	ctx := t.Context()
	for i := range 40 {
		lost := f.invited(admin.Session, fmt.Sprintf("lost%d", i), RoleAnalyst)
		further, err := f.BeginPasskey(ctx, lost.Session, "another")
		want(t, err, nil)
		begun, err := f.BeginSignIn(ctx, desk)
		want(t, err, nil)
		another, answer := newTestKey(t).create(t, further), lost.key.get(t, begun)
		together(
			func() error { return f.FinishPasskey(ctx, lost.Session, further.ID, another) },
			func() error { _, _, err := f.FinishSignIn(ctx, begun.ID, answer, desk); return err },
			func() error { _, err := f.Recover(ctx, admin.Session, lost.Person.ID); return err },
		)
		id := lost.Person.ID
		if n := f.count(`SELECT count(*) FROM person_passkey WHERE person = ?1`, id); n != 0 {
			t.Fatalf("try %d: %d passkeys of somebody who was to begin anew", i, n)
		}
		if n := f.count(`SELECT count(*) FROM person_session WHERE person = ?1`, id); n != 0 {
			t.Fatalf("try %d: %d sessions of somebody who was to begin anew", i, n)
		}
	}
}
