package people

import (
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/sekisho/sekisho/record"
)

const (
	answerLimit      = 64 << 10 // bytes of a browser's answer
	passkeysOfPerson = 20
)

// A Ceremony is a registration or sign-in under way. It can be finished once, within five minutes.
type Ceremony struct {
	ID      string          `json:"ceremony"` // goes to the browser and comes back with its answer
	Options json.RawMessage `json:"options"`  // for navigator.credentials: {"publicKey": {...}}, binary fields in base64url
}

// An Applicant is what who follows a link says of themselves. Name and Mail count only for LinkFirst: an invitation and a
// recovery have them.
type Applicant struct {
	Name string
	Mail string
	Lang string // en or ja; empty for the link's
}

// A Passkey is a credential a person signs in with.
type Passkey struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Created time.Time `json:"created"`
	Used    time.Time `json:"used,omitzero"`
	Synced  bool      `json:"synced"` // backed up by its provider to other devices
}

// A holder is a person as the library wants to see one.
type holder struct {
	id, mail, name string
	credentials    []webauthn.Credential
}

func (h holder) WebAuthnID() []byte                         { return []byte(h.id) }
func (h holder) WebAuthnName() string                       { return h.mail }
func (h holder) WebAuthnDisplayName() string                { return h.name }
func (h holder) WebAuthnCredentials() []webauthn.Credential { return h.credentials }

// BeginEnrol begins the registration of the passkey of who has a link's secret, or returns ErrLink, ErrInvalid, ErrConflict.
func (b *Book) BeginEnrol(ctx context.Context, secret string, a Applicant) (Ceremony, error) {
	link, err := b.Link(ctx, secret)
	if err != nil {
		return Ceremony{}, err
	}
	who, person, err := link.applicant(a)
	if err != nil {
		return Ceremony{}, err
	}
	return b.beginRegistration(ctx, ceremonyEnrol, holder{id: person, mail: who.Mail, name: who.Name},
		pending{Link: link, Person: person, Who: who})
}

// beginRegistration asks for a passkey that is none of those the holder has.
func (b *Book) beginRegistration(ctx context.Context, purpose string, h holder, p pending) (Ceremony, error) {
	options, web, err := b.web.BeginRegistration(h,
		webauthn.WithExclusions(webauthn.Credentials(h.credentials).CredentialDescriptors()))
	if err != nil {
		return Ceremony{}, fmt.Errorf("begin registration: %w", err)
	}
	p.Web = *web
	source := "link " + p.Link.ID
	if purpose == ceremonyPasskey {
		source = "session " + p.Session
	}
	return b.beginCeremony(ctx, purpose, source, p, options)
}

func (b *Book) beginCeremony(ctx context.Context, purpose, source string, p pending, options any) (Ceremony, error) {
	text, err := json.Marshal(options)
	if err != nil {
		return Ceremony{}, err
	}
	id, err := b.open(ctx, purpose, source, p)
	return Ceremony{ID: id, Options: text}, err
}

// FinishEnrol takes the browser's answer, the JSON of a PublicKeyCredential of up to 64 KiB, uses up the link and signs the
// person in. token is the session's, for the cookie; it is shown once. The ceremony is over in any case: ErrCeremony,
// ErrLink, ErrInvalid, ErrConflict.
func (b *Book) FinishEnrol(ctx context.Context, ceremony string, answer io.Reader, c Client) (s Session, token string, err error) {
	p, credential, err := b.register(ctx, ceremonyEnrol, ceremony, answer)
	if err != nil {
		return Session{}, "", err
	}
	err = b.store.Write(ctx, func(ctx context.Context, tx *record.Tx) error {
		if err := b.enrol(ctx, tx, p); err != nil {
			return err
		}
		if err := b.insertPasskey(ctx, tx, p.Person, "", credential); err != nil {
			return err
		}
		s, token, err = b.start(ctx, tx, p.Person, c)
		return err
	})
	if err != nil {
		return Session{}, "", fmt.Errorf("enrol: %w", err)
	}
	return s, token, nil
}

// register ends a ceremony with the credential the browser answered with, or ErrCeremony, ErrInvalid.
func (b *Book) register(ctx context.Context, purpose, id string, answer io.Reader) (pending, *webauthn.Credential, error) {
	var p pending
	err := b.store.Write(ctx, func(ctx context.Context, tx *record.Tx) (err error) {
		p, err = b.take(ctx, tx, purpose, id)
		return err
	})
	if err != nil {
		return pending{}, nil, err
	}
	body, err := readAnswer(answer)
	if err != nil {
		return pending{}, nil, err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(body)
	if err != nil {
		return pending{}, nil, fmt.Errorf("passkey: %s: %w", details(err), ErrInvalid)
	}
	credential, err := b.web.CreateCredential(holder{id: p.Person}, p.Web, parsed)
	if err != nil {
		return pending{}, nil, fmt.Errorf("passkey: %s: %w", details(err), ErrInvalid)
	}
	return p, credential, nil
}

func readAnswer(answer io.Reader) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(answer, answerLimit+1))
	if err != nil {
		return nil, fmt.Errorf("read answer: %w", err)
	}
	if len(body) > answerLimit {
		return nil, fmt.Errorf("answer of more than %d bytes: %w", answerLimit, ErrInvalid)
	}
	return body, nil
}

// details is what the library found wrong, in its own words and not in the browser's.
func details(err error) string {
	var p *protocol.Error
	if errors.As(err, &p) {
		return p.Details
	}
	return "not verified"
}

func passkeyID(id []byte) string { return base64.RawURLEncoding.EncodeToString(id) }

func (b *Book) insertPasskey(ctx context.Context, tx *record.Tx, person, name string, c *webauthn.Credential) error {
	text, err := json.Marshal(c)
	if err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `INSERT INTO person_passkey (id, person, name, credential, created, used) VALUES (?1, ?2, ?3, ?4, ?5, 0)
		ON CONFLICT (id) DO NOTHING`, passkeyID(c.ID), person, name, string(text), micros(b.now()))
	if err != nil {
		return err
	}
	if n == 0 { // WebAuthn §7.1: a credential ID that somebody has is refused
		return fmt.Errorf("passkey of somebody else: %w", ErrInvalid)
	}
	return note(tx, person, person, Note{Event: EventPasskeyAdded, Name: name, Row: passkeyRow(person, c)})
}

// stored is a passkey beside its text in the database.
type stored struct {
	webauthn.Credential
	text string
}

func passkeys(ctx context.Context, tx *record.Tx, person string) ([]stored, error) {
	rows, err := tx.Query(ctx, `SELECT credential FROM person_passkey WHERE person = ?1`, person)
	return collect(rows, err, func(row scannable) (s stored, err error) {
		if err := row.Scan(&s.text); err != nil {
			return s, err
		}
		return s, json.Unmarshal([]byte(s.text), &s.Credential)
	})
}

func credentials(have []stored) []webauthn.Credential {
	all := make([]webauthn.Credential, len(have))
	for i, s := range have {
		all[i] = s.Credential
	}
	return all
}

// BeginPasskey begins the registration of a further passkey of one's own. It wants a fresh sign-in. name is for the person,
// up to 100 bytes.
func (b *Book) BeginPasskey(ctx context.Context, by Session, name string) (Ceremony, error) {
	if err := checkName(name); err != nil {
		return Ceremony{}, err
	}
	var s Session
	var have []stored
	err := b.store.Read(ctx, func(ctx context.Context, tx *record.Tx) (err error) {
		if s, err = b.fresh(ctx, tx, by); err != nil {
			return err
		}
		have, err = passkeys(ctx, tx, s.Person.ID)
		return err
	})
	if err != nil {
		return Ceremony{}, err
	}
	if len(have) >= passkeysOfPerson {
		return Ceremony{}, fmt.Errorf("more than %d passkeys: %w", passkeysOfPerson, ErrInvalid)
	}
	return b.beginRegistration(ctx, ceremonyPasskey,
		holder{id: s.Person.ID, mail: s.Person.Mail, name: s.Person.Name, credentials: credentials(have)},
		pending{Person: s.Person.ID, Session: s.ID, Name: name})
}

// fresh is acting for what wants a fresh sign-in, whatever the role.
func (b *Book) fresh(ctx context.Context, tx *record.Tx, by Session) (Session, error) {
	s, err := b.acting(ctx, tx, by)
	if err != nil {
		return Session{}, err
	}
	if !s.Fresh {
		return Session{}, ErrStale
	}
	return s, nil
}

// FinishPasskey ends what BeginPasskey began, in the same session. A password and code the person had before are of no use from
// then on.
func (b *Book) FinishPasskey(ctx context.Context, by Session, ceremony string, answer io.Reader) error {
	p, credential, err := b.register(ctx, ceremonyPasskey, ceremony, answer)
	if err != nil {
		return err
	}
	if p.Session != by.ID {
		return ErrCeremony
	}
	return b.store.Write(ctx, func(ctx context.Context, tx *record.Tx) error {
		if _, err := b.actingAlone(ctx, tx, by); err != nil {
			return err
		}
		if err := b.insertPasskey(ctx, tx, p.Person, p.Name, credential); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `UPDATE person SET factor = NULL, step = 0 WHERE id = ?1`, p.Person)
		return err
	})
}

// Passkeys returns one's own passkeys, oldest first.
func (b *Book) Passkeys(ctx context.Context, by Session) ([]Passkey, error) {
	var all []Passkey
	err := b.store.Read(ctx, func(ctx context.Context, tx *record.Tx) error {
		s, err := b.acting(ctx, tx, by)
		if err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `SELECT id, name, created, used, credential FROM person_passkey WHERE person = ?1
			ORDER BY created, id`, s.Person.ID)
		all, err = collect(rows, err, scanPasskey)
		return err
	})
	return all, err
}

func scanPasskey(row scannable) (Passkey, error) {
	var k Passkey
	var created, used int64
	var text string
	if err := row.Scan(&k.ID, &k.Name, &created, &used, &text); err != nil {
		return Passkey{}, err
	}
	var c webauthn.Credential
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		return Passkey{}, fmt.Errorf("passkey %s: %w", k.ID, err)
	}
	k.Created, k.Used, k.Synced = moment(created), moment(used), c.Flags.BackupState
	return k, nil
}

// RemovePasskey removes one of one's own passkeys, but for the last one (ErrLast). It wants a fresh sign-in.
func (b *Book) RemovePasskey(ctx context.Context, by Session, id string) error {
	return b.store.Write(ctx, func(ctx context.Context, tx *record.Tx) error {
		// The person's row is locked, so that of two last passkeys removed at once one stays.
		if err := lock(ctx, tx, by.Person.ID); err != nil {
			return err
		}
		s, err := b.fresh(ctx, tx, by)
		if err != nil {
			return err
		}
		var name, text string
		var c webauthn.Credential
		err = tx.QueryRow(ctx, `SELECT name, credential FROM person_passkey WHERE id = ?1 AND person = ?2`, storable(id), s.Person.ID).Scan(&name, &text)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return ErrNotFound
		case err != nil:
			return err
		case s.Person.Passkeys < 2:
			return ErrLast
		}
		if err := json.Unmarshal([]byte(text), &c); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM person_passkey WHERE id = ?1`, id); err != nil {
			return err
		}
		return note(tx, s.Person.ID, s.Person.ID, Note{Event: EventPasskeyRemoved, Name: name, Row: passkeyRow(s.Person.ID, &c)})
	})
}
