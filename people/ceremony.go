package people

import (
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/sekisho/sekisho/record"
)

// The purposes of a ceremony.
const (
	ceremonyEnrol   = "enrol"   // a passkey, by a link
	ceremonyCode    = "code"    // a password and codes, by a link
	ceremonyPasskey = "passkey" // a further passkey
	ceremonySignIn  = "sign-in"
)

// How long a ceremony can be finished. Setting up an app on a telephone takes longer than touching a key.
const (
	ceremonyLasts = 5 * time.Minute
	codeLasts     = 15 * time.Minute
)

// How many registrations may be open: of one link or session, and of all. Sign-ins are not kept until somebody answers: who has no
// account could keep everybody out by beginning as many as there is room for.
const (
	ceremoniesOfSource = 100
	ceremoniesOfAll    = 20_000
)

// pending is what is kept of a ceremony until it is finished.
type pending struct {
	Web     webauthn.SessionData `json:"web,omitzero"`
	Link    Link                 `json:"link,omitzero"`    // that is used up
	Person  string               `json:"person,omitempty"` // the ID the person has or is going to have
	Who     Applicant            `json:"who,omitzero"`
	Key     []byte               `json:"key,omitempty"`     // of the codes
	Session string               `json:"session,omitempty"` // the ID of the session that adds a passkey
	Name    string               `json:"name,omitempty"`    // of that passkey
	Until   int64                `json:"until,omitempty"`   // microseconds, of a sign-in
}

// carry returns a sign-in as the browser carries it: sealed, so that nothing of it is kept.
func (b *Book) carry(p pending) (string, error) {
	p.Until = micros(b.now().Add(ceremonyLasts))
	plain, err := json.Marshal(p)
	return base64.RawURLEncoding.EncodeToString(b.vault.seal(plain, ceremonySignIn)), err
}

const carriedLimit = 4096 // bytes of a sign-in as the browser brings it back

// takeCarried returns a sign-in that the browser brought back and notes, until it is over, that it was: of many who bring it one gets
// it; the others get ErrCeremony.
func (b *Book) takeCarried(ctx context.Context, tx *record.Tx, id string) (p pending, err error) {
	if len(id) > carriedLimit {
		return pending{}, ErrCeremony
	}
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(id)
	if err != nil {
		return pending{}, ErrCeremony
	}
	plain, err := b.vault.open(sealed, ceremonySignIn)
	if err != nil || json.Unmarshal(plain, &p) != nil || p.Until <= micros(b.now()) {
		return pending{}, ErrCeremony
	}
	n, err := tx.Exec(ctx, `INSERT INTO person_ceremony (hash, purpose, source, data, expires) VALUES (?1, ?2, '', ?3, ?4)
		ON CONFLICT (hash) DO NOTHING`, digest(string(sealed)), ceremonySignIn, []byte{}, p.Until)
	if err != nil {
		return pending{}, err
	}
	if n == 0 {
		return pending{}, ErrCeremony
	}
	return p, nil
}

// open keeps a ceremony and returns what the browser brings back.
func (b *Book) open(ctx context.Context, purpose, source string, p pending) (string, error) {
	id := newSecret()
	plain, err := json.Marshal(p)
	if err != nil {
		return "", err
	}
	lasts := ceremonyLasts
	if purpose == ceremonyCode {
		lasts = codeLasts
	}
	now, sweep := b.now(), b.sweeps()
	err = b.store.Write(ctx, func(ctx context.Context, tx *record.Tx) error {
		if err := b.sweep(ctx, tx, sweep); err != nil {
			return err
		}
		var ofSource, ofAll int64
		err := tx.QueryRow(ctx, `SELECT (SELECT count(*) FROM person_ceremony WHERE source = ?1 AND expires > ?2),
			(SELECT count(*) FROM person_ceremony WHERE source <> '')`, source, micros(now)).Scan(&ofSource, &ofAll)
		if err != nil {
			return err
		}
		if ofSource >= ceremoniesOfSource || ofAll >= ceremoniesOfAll {
			return &Throttled{time.Minute}
		}
		_, err = tx.Exec(ctx, `INSERT INTO person_ceremony (hash, purpose, source, data, expires) VALUES (?1, ?2, ?3, ?4, ?5)`,
			digest(id), purpose, source, b.vault.seal(plain, purpose+" "+id), micros(now.Add(lasts)))
		return err
	})
	if err != nil {
		return "", fmt.Errorf("begin %s: %w", purpose, err)
	}
	return id, nil
}

// peek returns a ceremony that stays open, or ErrCeremony.
func (b *Book) peek(ctx context.Context, tx *record.Tx, purpose, id string) (pending, error) {
	var sealed []byte
	err := tx.QueryRow(ctx, `SELECT data FROM person_ceremony WHERE hash = ?1 AND purpose = ?2 AND expires > ?3`,
		digest(id), purpose, micros(b.now())).Scan(&sealed)
	if errors.Is(err, sql.ErrNoRows) {
		return pending{}, ErrCeremony
	}
	if err != nil {
		return pending{}, err
	}
	plain, err := b.vault.open(sealed, purpose+" "+id)
	if err != nil {
		return pending{}, fmt.Errorf("ceremony: %w", err)
	}
	var p pending
	return p, json.Unmarshal(plain, &p)
}

// take returns a ceremony and ends it, so that of many who bring its ID one gets it; the others get ErrCeremony.
func (b *Book) take(ctx context.Context, tx *record.Tx, purpose, id string) (pending, error) {
	p, err := b.peek(ctx, tx, purpose, id)
	if err != nil {
		return pending{}, err
	}
	n, err := tx.Exec(ctx, `DELETE FROM person_ceremony WHERE hash = ?1`, digest(id))
	if err != nil {
		return pending{}, err
	}
	if n != 1 {
		return pending{}, ErrCeremony
	}
	return p, nil
}

// sweeps reports whether it is time to delete what is over, which is once a minute in each process.
func (b *Book) sweeps() bool {
	now, last := micros(b.now()), b.swept.Load()
	return now-last >= time.Minute.Microseconds() && b.swept.CompareAndSwap(last, now)
}

// sweep deletes what is over, when due, and the least of what was counted when there is too much of it.
func (b *Book) sweep(ctx context.Context, tx *record.Tx, due bool) error {
	if !due {
		return nil
	}
	now := b.now()
	for _, over := range []struct {
		statement string
		before    time.Time
	}{
		{`DELETE FROM person_ceremony WHERE expires <= ?1`, now},
		{`DELETE FROM person_link WHERE expires <= ?1`, now},
		{`DELETE FROM person_session WHERE seen <= ?1`, now.Add(-SessionIdle)},
		{`DELETE FROM person_session WHERE created <= ?1`, now.Add(-SessionAbsolute)},
		{`DELETE FROM person_throttle WHERE latest <= ?1`, now.Add(-throttleForgets)},
	} {
		if _, err := tx.Exec(ctx, over.statement, micros(over.before)); err != nil {
			return err
		}
	}
	var rows int64
	if err := tx.QueryRow(ctx, `SELECT count(*) FROM person_throttle`).Scan(&rows); err != nil {
		return err
	}
	if rows <= throttleRows {
		return nil
	}
	_, err := tx.Exec(ctx, `DELETE FROM person_throttle WHERE place IN
		(SELECT place FROM person_throttle ORDER BY failures, latest LIMIT ?1)`, rows-throttleRows)
	return err
}

// micros is a moment as the database keeps it; the zero moment is 0.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// moment is what micros made, in UTC.
func moment(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

// storable returns a text that came from outside, or "" when no text in the database can be the same: PostgreSQL takes neither NUL
// nor what is not UTF-8.
func storable(text string) string {
	if strings.ContainsRune(text, 0) || !utf8.ValidString(text) {
		return ""
	}
	return text
}
