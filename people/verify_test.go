package people

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/sekisho/sekisho/record"
)

// TestRowsWrittenByHandAreNamed: who can write to the database cannot make themselves or a token anything without it showing.
func TestRowsWrittenByHandAreNamed(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, statement, problem string }{
		{"nothing", ``, ""},
		{"a role", `UPDATE person SET role = 'administrator' WHERE role = 'viewer'`, "is administrator, and the log says viewer"},
		{"let in again", `UPDATE person SET disabled = 0`, "does not say what the log says"},
		{"another address", `UPDATE person SET mail = 'x@evil.example' WHERE role = 'viewer'`, "does not say what the log says"},
		{"a person", `INSERT INTO person (id, name, mail, role, lang, created, disabled, seen, step) VALUES ('px', 'x', 'x', 'viewer', 'en', 0, 0, 0, 0)`, "person px is in no entry"},
		{"a token", `INSERT INTO person_token SELECT 'tx', hash || hash, name, scopes, maker, created, expires, used, revoked FROM person_token WHERE name = 'siem'`, "token tx"},
		{"scopes", `UPDATE person_token SET scopes = 'cases originals' WHERE name = 'siem'`, "token"},
		{"a secret", `UPDATE person_token SET hash = hash || hash WHERE name = 'siem'`, "token"},
		{"a revocation", `UPDATE person_token SET revoked = 0`, "revocation"},
		{"a session", `UPDATE person_session SET person = (SELECT person FROM person_passkey ORDER BY created LIMIT 1)`, "session"},
		{"a passkey", `UPDATE person_passkey SET person = (SELECT person FROM person_passkey ORDER BY created LIMIT 1)`, "passkey"},
		{"a link", `UPDATE person_link SET role = 'administrator'`, "link"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			f := verified(t)
			err := f.record.Write(t.Context(), func(ctx context.Context, tx *record.Tx) error {
				if row.statement == "" {
					return nil
				}
				n, err := tx.Exec(ctx, row.statement)
				if n == 0 {
					t.Error("nothing is changed")
				}
				return err
			})
			want(t, err, nil)
			var problems []string
			rows, err := f.Verify(t.Context(), func(p record.Problem) { problems = append(problems, p.What) })
			want(t, err, nil)
			if rows < 10 || (row.problem == "") != (len(problems) == 0) || !strings.Contains(strings.Join(problems, "; "), row.problem) {
				t.Errorf("%d rows, problems %q, want %q", rows, problems, row.problem)
			}
		})
	}
}

// verified is a book in which everything has happened once.
func verified(t *testing.T) fixture {
	t.Helper()
	f := newFixture(t)
	admin := f.first()
	ctx := t.Context()
	f.invited(admin.Session, "aoi", RoleViewer)
	mio, _ := f.withCode(admin.Session, "mio")
	ren := f.invited(admin.Session, "ren", RoleAdministrator)
	for _, name := range []string{"siem", "old"} {
		token, _, err := f.MakeToken(ctx, ren.Session, NewToken{Name: name, Scopes: []Scope{ScopeCases}})
		want(t, err, nil)
		if name == "old" {
			want(t, f.RevokeToken(ctx, admin.Session, token.ID), nil)
		}
	}
	spare := newTestKey(t)
	c, err := f.BeginPasskey(ctx, ren.Session, "spare")
	want(t, err, nil)
	want(t, f.FinishPasskey(ctx, ren.Session, c.ID, spare.create(t, c)), nil)
	want(t, f.RemovePasskey(ctx, ren.Session, b64(spare.id)), nil)
	f.pass(time.Minute)
	_, _, err = f.signIn(ren.key, desk)
	want(t, err, nil)
	want(t, f.Disable(ctx, admin.Session, mio.Person.ID), nil)
	link, err := f.Recover(ctx, admin.Session, ren.Person.ID)
	want(t, err, nil)
	want(t, f.SetRole(ctx, admin.Session, ren.Person.ID, RoleAdministrator), nil)
	f.enrol(link, Applicant{Lang: "en"})
	_, err = f.Invite(ctx, admin.Session, Invitation{Name: "Sora", Mail: "sora@kaede-ex.jp", Role: RoleAnalyst, Lang: "ja"})
	want(t, err, nil)
	return f
}
