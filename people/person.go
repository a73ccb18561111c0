package people

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/sekisho/sekisho/record"
)

// A Person is somebody who signs in. People are never deleted, so that the record keeps saying who did what.
type Person struct {
	ID       string    `json:"id"`   // random; who did it in entries and decisions
	Name     string    `json:"name"` // for people
	Mail     string    `json:"mail"` // in lower case, one person's alone
	Role     Role      `json:"role"`
	Lang     string    `json:"lang"` // en or ja
	Created  time.Time `json:"created"`
	Disabled time.Time `json:"disabled,omitzero"`
	LastSeen time.Time `json:"last_seen,omitzero"` // to the minute
	Passkeys int       `json:"passkeys"`
	TOTP     bool      `json:"totp"` // signs in with a password and a code
}

const personColumns = `p.id, p.name, p.mail, p.role, p.lang, p.created, p.disabled, p.seen,
	(SELECT count(*) FROM person_passkey k WHERE k.person = p.id), CASE WHEN p.factor IS NULL THEN 0 ELSE 1 END`

// scannedPerson is a person as personColumns returns it.
type scannedPerson struct {
	p                             Person
	created, disabled, seen, totp int64
}

func (s *scannedPerson) targets() []any {
	return []any{&s.p.ID, &s.p.Name, &s.p.Mail, &s.p.Role, &s.p.Lang, &s.created, &s.disabled, &s.seen, &s.p.Passkeys, &s.totp}
}

func (s *scannedPerson) person() Person {
	p := s.p
	p.Created, p.Disabled, p.LastSeen, p.TOTP = moment(s.created), moment(s.disabled), moment(s.seen), s.totp == 1
	return p
}

func scanPerson(row scannable) (Person, error) {
	var s scannedPerson
	err := row.Scan(s.targets()...)
	if errors.Is(err, sql.ErrNoRows) {
		return Person{}, ErrNotFound
	}
	return s.person(), err
}

func person(ctx context.Context, tx *record.Tx, id string) (Person, error) {
	return scanPerson(tx.QueryRow(ctx, `SELECT `+personColumns+` FROM person p WHERE p.id = ?1`, storable(id)))
}

// People returns everybody, by name. It wants RightPeople, but no fresh sign-in.
func (b *Book) People(ctx context.Context, by Session) ([]Person, error) {
	var all []Person
	err := b.store.Read(ctx, func(ctx context.Context, tx *record.Tx) error {
		s, err := b.acting(ctx, tx, by)
		if err != nil {
			return err
		}
		if !s.Person.Role.May(RightPeople) {
			return ErrForbidden
		}
		rows, err := tx.Query(ctx, `SELECT `+personColumns+` FROM person p ORDER BY p.name, p.id`)
		all, err = collect(rows, err, scanPerson)
		return err
	})
	return all, err
}

// Person returns one person, or ErrNotFound.
func (b *Book) Person(ctx context.Context, id string) (Person, error) {
	var p Person
	err := b.store.Read(ctx, func(ctx context.Context, tx *record.Tx) (err error) {
		p, err = person(ctx, tx, id)
		return err
	})
	return p, err
}

// Names returns the names of everybody who ever was here by their ID, to show who did something.
func (b *Book) Names(ctx context.Context) (map[string]string, error) {
	var all []Person
	err := b.store.Read(ctx, func(ctx context.Context, tx *record.Tx) error {
		rows, err := tx.Query(ctx, `SELECT p.id, p.name FROM person p`)
		all, err = collect(rows, err, func(row scannable) (p Person, err error) { return p, row.Scan(&p.ID, &p.Name) })
		return err
	})
	names := make(map[string]string, len(all))
	for _, p := range all {
		names[p.ID] = p.Name
	}
	return names, err
}

// SetRole gives another person a role and ends their sessions, and the links and tokens they made when the role may not make them.
func (b *Book) SetRole(ctx context.Context, by Session, person string, role Role) error {
	if !role.Valid() {
		return fmt.Errorf("role %q: %w", role, ErrInvalid)
	}
	return b.onPerson(ctx, by, person, func(ctx context.Context, tx *record.Tx, p Person) error {
		if _, err := tx.Exec(ctx, `UPDATE person SET role = ?2 WHERE id = ?1`, p.ID, string(role)); err != nil {
			return err
		}
		if !role.May(RightTokens) {
			if err := b.revokeTokensOf(ctx, tx, by.Person.ID, p.ID); err != nil {
				return err
			}
		}
		if !role.May(RightPeople) {
			if err := endLinksBy(ctx, tx, p.ID); err != nil {
				return err
			}
		}
		if err := endSessions(ctx, tx, p.ID); err != nil {
			return err
		}
		return note(tx, by.Person.ID, p.ID, Note{Event: EventRole, Name: p.Name, Mail: p.Mail, Role: role})
	})
}

// Disable keeps another person out, and ends their sessions, and the links and tokens they made, at once.
func (b *Book) Disable(ctx context.Context, by Session, person string) error {
	return b.onPerson(ctx, by, person, func(ctx context.Context, tx *record.Tx, p Person) error {
		if !p.Disabled.IsZero() {
			return nil
		}
		if _, err := tx.Exec(ctx, `UPDATE person SET disabled = ?2 WHERE id = ?1`, p.ID, micros(b.now())); err != nil {
			return err
		}
		if err := b.revokeTokensOf(ctx, tx, by.Person.ID, p.ID); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM person_link WHERE person = ?1`, p.ID); err != nil {
			return err
		}
		if err := endLinksBy(ctx, tx, p.ID); err != nil {
			return err
		}
		if err := endSessions(ctx, tx, p.ID); err != nil {
			return err
		}
		return note(tx, by.Person.ID, p.ID, Note{Event: EventDisabled, Name: p.Name, Mail: p.Mail})
	})
}

// Enable lets a person in again who was disabled, with what they signed in with before.
func (b *Book) Enable(ctx context.Context, by Session, person string) error {
	return b.onPerson(ctx, by, person, func(ctx context.Context, tx *record.Tx, p Person) error {
		if p.Disabled.IsZero() {
			return nil
		}
		if _, err := tx.Exec(ctx, `UPDATE person SET disabled = 0 WHERE id = ?1`, p.ID); err != nil {
			return err
		}
		return note(tx, by.Person.ID, p.ID, Note{Event: EventEnabled, Name: p.Name, Mail: p.Mail})
	})
}

// SetLang sets one's own language: en or ja.
func (b *Book) SetLang(ctx context.Context, by Session, lang string) error {
	if lang != "en" && lang != "ja" {
		return fmt.Errorf("language %q: %w", lang, ErrInvalid)
	}
	return b.store.Write(ctx, func(ctx context.Context, tx *record.Tx) error {
		s, err := b.acting(ctx, tx, by)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE person SET lang = ?2 WHERE id = ?1`, s.Person.ID, lang)
		return err
	})
}

// onPerson does what an administrator does to somebody else. Since nobody does it to themselves, an administrator is always
// left; the administrators' rows are locked first, so that two who disable each other come one after the other, and the
// second finds that they are nobody any more; and so is the person's, for whom sign-ins under way come before or after.
func (b *Book) onPerson(ctx context.Context, by Session, id string, do func(context.Context, *record.Tx, Person) error) error {
	return b.store.Write(ctx, func(ctx context.Context, tx *record.Tx) error {
		if _, err := tx.Exec(ctx, `UPDATE person SET role = role WHERE role = ?1 OR id = ?2`, string(RoleAdministrator), storable(id)); err != nil {
			return err
		}
		s, err := b.acting(ctx, tx, by)
		if err != nil {
			return err
		}
		if err := s.Allow(RightPeople); err != nil {
			return err
		}
		if s.Person.ID == id {
			return ErrSelf
		}
		p, err := person(ctx, tx, id)
		if err != nil {
			return err
		}
		return do(ctx, tx, p)
	})
}

// checked returns the applicant with the mail address in lower case, or ErrInvalid.
func (a Applicant) checked() (Applicant, error) {
	a.Name, a.Mail = strings.TrimSpace(a.Name), foldMail(a.Mail)
	if err := checkName(a.Name); err != nil {
		return a, err
	}
	parsed, err := mail.ParseAddress(a.Mail)
	if err != nil || parsed.Address != a.Mail || len(a.Mail) > 254 || strings.ContainsFunc(a.Mail, unicode.IsControl) {
		return a, fmt.Errorf("mail address: %w", ErrInvalid)
	}
	if a.Lang != "en" && a.Lang != "ja" {
		return a, fmt.Errorf("language: %w", ErrInvalid)
	}
	return a, nil
}

// foldMail is a mail address as it is compared.
func foldMail(address string) string { return strings.ToLower(strings.TrimSpace(address)) }

// checkName refuses names that are empty, longer than 100 bytes, or written with characters nobody sees.
func checkName(name string) error {
	hidden := func(r rune) bool { return unicode.In(r, unicode.C, unicode.Zl, unicode.Zp) }
	if name == "" || len(name) > 100 || !utf8.ValidString(name) || strings.ContainsFunc(name, hidden) {
		return fmt.Errorf("name: want 1 to 100 bytes of visible text: %w", ErrInvalid)
	}
	return nil
}
