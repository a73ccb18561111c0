package people

import (
	"context"
	"crypto/subtle"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/sekisho/sekisho/record"
)

// How long a session lasts.
const (
	SessionIdle     = 30 * time.Minute // without a request
	SessionAbsolute = 12 * time.Hour   // whatever happens
	SessionFresh    = 10 * time.Minute // after a sign-in, for dangerous rights
)

const (
	sessionsOfPerson = 20          // the oldest ends when there is one more
	sessionTouch     = time.Minute // how exactly it is kept when one was used
	agentShown       = 200         // bytes of a User-Agent that are kept
)

// A Session is one sign-in in one browser.
type Session struct {
	ID       string    `json:"id"` // not the token
	Person   Person    `json:"-"`
	Created  time.Time `json:"created"`   // when the person signed in
	LastSeen time.Time `json:"last_seen"` // to the minute
	Expires  time.Time `json:"expires"`   // when nobody does anything
	Fresh    bool      `json:"fresh"`     // allows dangerous rights
	Agent    string    `json:"agent"`     // the User-Agent it began with, up to 200 bytes, to be shown with care
	Network  string    `json:"network"`   // it began in: a /24 or /64

	// Form is a secret of this session that its pages put into forms and get back, so that no other site can send them.
	// Compare it in constant time.
	Form string `json:"-"`

	agentHash []byte
}

// Allow returns nil when the person may do this now, ErrForbidden when their role does not have the right, and ErrStale when
// they have to sign in again first.
func (s Session) Allow(r Right) error {
	switch {
	case !s.Person.Role.May(r):
		return ErrForbidden
	case r.Dangerous() && !s.Fresh:
		return ErrStale
	}
	return nil
}

// Session returns the session of c.Token, and counts it as used, or ErrSession.
func (b *Book) Session(ctx context.Context, c Client) (Session, error) {
	if c.Token == "" {
		return Session{}, ErrSession
	}
	var s Session
	err := b.store.Read(ctx, func(ctx context.Context, tx *record.Tx) (err error) {
		s, err = b.session(ctx, tx, `s.hash = ?1`, digest(c.Token))
		return err
	})
	if err != nil {
		return Session{}, fmt.Errorf("session: %w", err)
	}
	if subtle.ConstantTimeCompare(s.agentHash, digest(c.Agent)) != 1 || b.conf.BindAddress && s.Network != network(c.Addr) {
		return Session{}, ErrSession
	}
	s.Form = form(c.Token)
	now := b.now().UTC()
	if now.Sub(s.LastSeen) < sessionTouch {
		return s, nil
	}
	err = b.store.Write(ctx, func(ctx context.Context, tx *record.Tx) error {
		if _, err := tx.Exec(ctx, `UPDATE person_session SET seen = ?2 WHERE id = ?1`, s.ID, micros(now)); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `UPDATE person SET seen = ?2 WHERE id = ?1`, s.Person.ID, micros(now))
		return err
	})
	if err != nil {
		return Session{}, fmt.Errorf("session: %w", err)
	}
	s.LastSeen, s.Person.LastSeen = now, now
	s.Expires = expires(s)
	return s, nil
}

// form derives the forms' secret of a session from its token, from which nobody gets back to the token.
func form(token string) string {
	return base64.RawURLEncoding.EncodeToString(digest("form of " + token))
}

func expires(s Session) time.Time {
	idle, absolute := s.LastSeen.Add(SessionIdle), s.Created.Add(SessionAbsolute)
	if idle.Before(absolute) {
		return idle
	}
	return absolute
}

const sessionColumns = `s.id, s.created, s.seen, s.agent, s.network, s.agent_hash, ` + personColumns

// session returns the one session of which the condition on ?1 holds, if it is not over and its person not disabled; otherwise
// ErrSession.
func (b *Book) session(ctx context.Context, tx *record.Tx, condition string, arg any) (Session, error) {
	row := tx.QueryRow(ctx, `SELECT `+sessionColumns+` FROM person_session s JOIN person p ON p.id = s.person WHERE `+condition, arg)
	s, err := b.scanSession(row)
	if errors.Is(err, sql.ErrNoRows) {
		return Session{}, ErrSession
	}
	if err != nil {
		return Session{}, err
	}
	if now := b.now(); !now.Before(s.Expires) || !s.Person.Disabled.IsZero() {
		return Session{}, ErrSession
	}
	return s, nil
}

// scannable is a row, or one of several.
type scannable interface{ Scan(...any) error }

func (b *Book) scanSession(row scannable) (Session, error) {
	var s Session
	var created, seen int64
	p := scannedPerson{}
	err := row.Scan(append([]any{&s.ID, &created, &seen, &s.Agent, &s.Network, &s.agentHash}, p.targets()...)...)
	if err != nil {
		return Session{}, err
	}
	s.Person, s.Created, s.LastSeen = p.person(), moment(created), moment(seen)
	s.Expires = expires(s)
	s.Fresh = b.now().Sub(s.Created) < SessionFresh
	return s, nil
}

// acting reads the session again in the transaction that does what it asks for, so that a session that has just ended, or a role
// that has just changed, does nothing more.
func (b *Book) acting(ctx context.Context, tx *record.Tx, by Session) (Session, error) {
	return b.session(ctx, tx, `s.id = ?1`, by.ID)
}

// actingAlone is acting for what gives something that ends with its person: a link, a token, a passkey. Who puts the person out at
// that moment comes before or after it, and never beside it.
func (b *Book) actingAlone(ctx context.Context, tx *record.Tx, by Session) (Session, error) {
	if err := lock(ctx, tx, by.Person.ID); err != nil {
		return Session{}, err
	}
	return b.acting(ctx, tx, by)
}

// lock holds a person's row until the transaction ends.
func lock(ctx context.Context, tx *record.Tx, person string) error {
	_, err := tx.Exec(ctx, `UPDATE person SET role = role WHERE id = ?1`, storable(person))
	return err
}

// start begins a session of a person and ends the one the client came with.
func (b *Book) start(ctx context.Context, tx *record.Tx, person string, c Client) (Session, string, error) {
	if c.Token != "" {
		if _, err := tx.Exec(ctx, `DELETE FROM person_session WHERE hash = ?1`, digest(c.Token)); err != nil {
			return Session{}, "", err
		}
	}
	token, id, now := newSecret(), newID("s"), micros(b.now())
	agent := strings.ToValidUTF8(c.Agent[:min(len(c.Agent), agentShown)], "")
	agent = strings.ReplaceAll(agent, "\x00", "") // PostgreSQL keeps no NUL in a text
	_, err := tx.Exec(ctx, `INSERT INTO person_session (id, hash, person, agent_hash, agent, network, created, seen)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)`, id, digest(token), person, digest(c.Agent), agent, network(c.Addr), now)
	if err != nil {
		return Session{}, "", err
	}
	_, err = tx.Exec(ctx, `DELETE FROM person_session WHERE person = ?1 AND id NOT IN
		(SELECT id FROM person_session WHERE person = ?1 ORDER BY created DESC, id LIMIT ?2)`, person, int64(sessionsOfPerson))
	if err != nil {
		return Session{}, "", err
	}
	if _, err := tx.Exec(ctx, `UPDATE person SET seen = ?2 WHERE id = ?1`, person, now); err != nil {
		return Session{}, "", err
	}
	s, err := b.session(ctx, tx, `s.id = ?1`, id)
	if err != nil {
		return Session{}, "", err
	}
	s.Form = form(token)
	return s, token, note(tx, person, person, Note{Event: EventSignedIn, Name: s.Person.Name, Mail: s.Person.Mail, Network: s.Network,
		Row: rowOf("session", id, digest(token), person, now)})
}

// Sessions returns one's own sessions, newest first.
func (b *Book) Sessions(ctx context.Context, by Session) ([]Session, error) {
	var all []Session
	err := b.store.Read(ctx, func(ctx context.Context, tx *record.Tx) error {
		s, err := b.acting(ctx, tx, by)
		if err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `SELECT `+sessionColumns+` FROM person_session s JOIN person p ON p.id = s.person
			WHERE s.person = ?1 ORDER BY s.created DESC, s.id`, s.Person.ID)
		all, err = collect(rows, err, func(row scannable) (Session, error) { return b.scanSession(row) })
		return err
	})
	now := b.now()
	live := all[:0]
	for _, s := range all {
		if now.Before(s.Expires) {
			live = append(live, s)
		}
	}
	return live, err
}

// SignOut ends one of one's own sessions by its ID, this one or another.
func (b *Book) SignOut(ctx context.Context, by Session, id string) error {
	return b.store.Write(ctx, func(ctx context.Context, tx *record.Tx) error {
		s, err := b.acting(ctx, tx, by)
		if err != nil {
			return err
		}
		n, err := tx.Exec(ctx, `DELETE FROM person_session WHERE id = ?1 AND person = ?2`, storable(id), s.Person.ID)
		if err != nil {
			return err
		}
		if n == 0 {
			return ErrNotFound
		}
		return note(tx, s.Person.ID, s.Person.ID, Note{Event: EventSignedOut})
	})
}

// SignOutEverywhere ends all of one's own sessions.
func (b *Book) SignOutEverywhere(ctx context.Context, by Session) error {
	return b.store.Write(ctx, func(ctx context.Context, tx *record.Tx) error {
		s, err := b.acting(ctx, tx, by)
		if err != nil {
			return err
		}
		if err := endSessions(ctx, tx, s.Person.ID); err != nil {
			return err
		}
		return note(tx, s.Person.ID, s.Person.ID, Note{Event: EventSignedOutAll})
	})
}

func endSessions(ctx context.Context, tx *record.Tx, person string) error {
	_, err := tx.Exec(ctx, `DELETE FROM person_session WHERE person = ?1`, person)
	return err
}

// collect scans every row that a query returned, and closes it.
func collect[T any](rows *sql.Rows, err error, scan func(scannable) (T, error)) ([]T, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}
