package people

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/sekisho/sekisho/record"
)

// Verify holds what the database keeps of people against the log, and returns how many rows it read: everybody's role and whether
// they are disabled, and every link, session, passkey and token, which no log entry made when somebody wrote it into the database
// by themselves. It is of use together with record.Store.Verify, which verifies the log.
func (b *Book) Verify(ctx context.Context, found func(record.Problem)) (rows int64, err error) {
	v := &verification{found: found, made: map[string]string{}, people: map[string]*account{}, revoked: map[string]bool{}}
	err = b.store.Read(ctx, func(ctx context.Context, tx *record.Tx) error {
		entries, err := tx.Query(ctx, `SELECT seq, ref, body FROM entry WHERE kind = ?1 AND body IS NOT NULL ORDER BY seq`, NoteKind)
		if _, err := collect(entries, err, func(row scannable) (none struct{}, err error) { return none, v.enter(row) }); err != nil {
			return err
		}
		for _, table := range []struct {
			query string
			scan  func(scannable) error
		}{
			{`SELECT id, mail, role, disabled FROM person`, v.person},
			{`SELECT id, person, credential FROM person_passkey`, v.passkey},
			{`SELECT id, hash, purpose, person, role, name, mail, maker, expires FROM person_link`, v.link},
			{`SELECT id, hash, person, created FROM person_session`, v.session},
			{`SELECT id, hash, name, scopes, maker, expires, revoked FROM person_token`, v.token},
		} {
			read, err := tx.Query(ctx, table.query)
			if _, err := collect(read, err, func(row scannable) (none struct{}, err error) {
				v.rows++
				return none, table.scan(row)
			}); err != nil {
				return err
			}
		}
		for id := range v.people {
			v.problem("person %s is missing", id)
		}
		return nil
	})
	return v.rows, err
}

// A verification is what the log says of people.
type verification struct {
	found   func(record.Problem)
	rows    int64
	made    map[string]string // digests of rows, with whose they are
	people  map[string]*account
	revoked map[string]bool // tokens
}

// An account is what the log says of a person.
type account struct {
	mail     string
	role     Role
	disabled bool
}

func (v *verification) problem(format string, args ...any) {
	v.found(record.Problem{Seq: -1, What: fmt.Sprintf(format, args...)})
}

// enter takes in what one entry says.
func (v *verification) enter(row scannable) error {
	var seq int64
	var ref string
	var body []byte
	if err := row.Scan(&seq, &ref, &body); err != nil {
		return err
	}
	var n Note
	if err := json.Unmarshal(body, &n); err != nil {
		v.found(record.Problem{Seq: seq, What: "the body cannot be read"})
		return nil
	}
	p := v.people[ref]
	switch {
	case n.Event == EventEnrolled && p == nil:
		v.people[ref] = &account{mail: n.Mail, role: n.Role}
	case n.Event == EventRole && p != nil:
		p.role = n.Role
	case n.Event == EventDisabled && p != nil:
		p.disabled = true
	case n.Event == EventEnabled && p != nil:
		p.disabled = false
	case n.Event == EventTokenRevoked:
		v.revoked[ref] = true
	case n.Event == EventPasskeyRemoved:
		delete(v.made, n.Row)
		return nil
	case n.Event == EventRecovered:
		for row, whose := range v.made {
			if whose == ref {
				delete(v.made, row)
			}
		}
		v.made[n.Row] = ""
		return nil
	}
	if n.Row != "" {
		v.made[n.Row] = ref
	}
	return nil
}

func (v *verification) person(row scannable) error {
	var id, mail string
	var role Role
	var disabled int64
	if err := row.Scan(&id, &mail, &role, &disabled); err != nil {
		return err
	}
	p := v.people[id]
	switch {
	case p == nil:
		v.problem("person %s is in no entry", id)
	case p.role != role:
		v.problem("person %s is %s, and the log says %s", id, role, p.role)
	case p.disabled != (disabled != 0), p.mail != mail:
		v.problem("person %s does not say what the log says", id)
	}
	delete(v.people, id)
	return nil
}

// known names a row that no entry made.
func (v *verification) known(what, id, digest string) {
	if _, ok := v.made[digest]; !ok {
		v.problem("%s %s was changed, or is in no entry", what, id)
	}
}

func (v *verification) passkey(row scannable) error {
	var id, person, text string
	var c webauthn.Credential
	if err := row.Scan(&id, &person, &text); err != nil {
		return err
	}
	if json.Unmarshal([]byte(text), &c) != nil || passkeyID(c.ID) != id {
		v.problem("passkey %s cannot be read", id)
		return nil
	}
	v.known("passkey", id, passkeyRow(person, &c))
	return nil
}

func (v *verification) link(row scannable) error {
	var id, purpose, person, role, name, mail, maker string
	var hash []byte
	var expires int64
	err := row.Scan(&id, &hash, &purpose, &person, &role, &name, &mail, &maker, &expires)
	v.known("link", id, rowOf("link", id, hash, purpose, person, role, name, mail, maker, expires))
	return err
}

func (v *verification) session(row scannable) error {
	var id, person string
	var hash []byte
	var created int64
	err := row.Scan(&id, &hash, &person, &created)
	v.known("session", id, rowOf("session", id, hash, person, created))
	return err
}

func (v *verification) token(row scannable) error {
	var id, name, scopes, maker string
	var hash []byte
	var expires, revoked int64
	err := row.Scan(&id, &hash, &name, &scopes, &maker, &expires, &revoked)
	v.known("token", id, rowOf("token", id, hash, name, scopes, maker, expires))
	if v.revoked[id] != (revoked != 0) {
		v.problem("token %s: the log says something else of its revocation", id)
	}
	return err
}

func passkeyRow(person string, c *webauthn.Credential) string {
	return rowOf("passkey", passkeyID(c.ID), person, c.PublicKey)
}

// rowOf returns the digest of a row's columns that never change. Secrets are in it by their digest.
func rowOf(columns ...any) string {
	h := sha256.New()
	for _, c := range columns {
		text := fmt.Sprint(c)
		fmt.Fprintf(h, "%d:%s,", len(text), text)
	}
	return hex.EncodeToString(h.Sum(nil))
}
