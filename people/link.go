package people

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/sekisho/sekisho/record"
)

// The purposes of a link.
const (
	LinkFirst   = "first"   // makes the first administrator
	LinkInvite  = "invite"  // makes a person
	LinkRecover = "recover" // gives a person who is there a way to sign in
)

const (
	linkLasts  = 24 * time.Hour
	firstLinks = 8 // that can be used at a time: a process that starts over and over makes no more
)

// A Link lets who has its secret enrol, once and for a day.
type Link struct {
	ID      string    `json:"id"` // not the secret
	Purpose string    `json:"purpose"`
	Person  string    `json:"person,omitempty"` // the ID, of LinkRecover
	Role    Role      `json:"role"`
	Name    string    `json:"name,omitempty"` // empty for LinkFirst, which asks for both
	Mail    string    `json:"mail,omitempty"`
	Lang    string    `json:"lang,omitempty"`
	By      string    `json:"by,omitempty"` // the ID of the administrator who made it
	Expires time.Time `json:"expires"`
}

// An Invitation says for whom a link is made.
type Invitation struct {
	Name string // up to 100 bytes
	Mail string
	Role Role
	Lang string // en or ja
}

// FirstLink makes the link of the first administrator. ok is false when there is somebody already. Each process may make one;
// the first one used ends the others.
func (b *Book) FirstLink(ctx context.Context) (secret string, ok bool, err error) {
	secret = newSecret()
	err = b.store.Write(ctx, func(ctx context.Context, tx *record.Tx) error {
		var people int64
		if err := tx.QueryRow(ctx, `SELECT count(*) FROM person`).Scan(&people); err != nil {
			return err
		}
		if ok = people == 0; !ok {
			return nil
		}
		_, err := tx.Exec(ctx, `DELETE FROM person_link WHERE purpose = ?1 AND id NOT IN
			(SELECT id FROM person_link WHERE purpose = ?1 ORDER BY expires DESC, id LIMIT ?2)`, LinkFirst, int64(firstLinks-1))
		if err != nil {
			return err
		}
		l := Link{ID: newID("l"), Purpose: LinkFirst, Role: RoleAdministrator}
		row, err := b.insertLink(ctx, tx, secret, l)
		if err != nil {
			return err
		}
		return note(tx, ByNobody, l.ID, Note{Event: EventFirstLink, Role: l.Role, Row: row})
	})
	if err != nil || !ok {
		return "", false, err
	}
	return secret, true, nil
}

// Link returns what a link is for, without using it, or ErrLink.
func (b *Book) Link(ctx context.Context, secret string) (Link, error) {
	var l Link
	err := b.store.Read(ctx, func(ctx context.Context, tx *record.Tx) (err error) {
		row := tx.QueryRow(ctx, `SELECT `+linkColumns+` FROM person_link l WHERE l.hash = ?1 AND l.expires > ?2`,
			digest(secret), micros(b.now()))
		l, err = scanLink(row)
		return err
	})
	if errors.Is(err, sql.ErrNoRows) {
		return Link{}, ErrLink
	}
	return l, err
}

const linkColumns = `l.id, l.purpose, l.person, l.role, l.name, l.mail, l.lang, l.maker, l.expires`

func scanLink(row scannable) (Link, error) {
	var l Link
	var expires int64
	err := row.Scan(&l.ID, &l.Purpose, &l.Person, &l.Role, &l.Name, &l.Mail, &l.Lang, &l.By, &expires)
	l.Expires = moment(expires)
	return l, err
}

// insertLink keeps a link and returns the digest of its row.
func (b *Book) insertLink(ctx context.Context, tx *record.Tx, secret string, l Link) (row string, err error) {
	expires := micros(b.now().Add(linkLasts))
	_, err = tx.Exec(ctx, `INSERT INTO person_link (id, hash, purpose, person, role, name, mail, lang, maker, expires)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)`, l.ID, digest(secret), l.Purpose, l.Person, string(l.Role),
		l.Name, l.Mail, l.Lang, l.By, expires)
	return rowOf("link", l.ID, digest(secret), l.Purpose, l.Person, string(l.Role), l.Name, l.Mail, l.By, expires), err
}

// Invite makes the link of somebody who is to have a role. An invitation to the same address made before is withdrawn.
func (b *Book) Invite(ctx context.Context, by Session, i Invitation) (secret string, err error) {
	who, err := Applicant{Name: i.Name, Mail: i.Mail, Lang: i.Lang}.checked()
	if err != nil {
		return "", err
	}
	if !i.Role.Valid() {
		return "", fmt.Errorf("role %q: %w", i.Role, ErrInvalid)
	}
	secret = newSecret()
	err = b.store.Write(ctx, func(ctx context.Context, tx *record.Tx) error {
		s, err := b.actingAlone(ctx, tx, by)
		if err != nil {
			return err
		}
		if err := s.Allow(RightPeople); err != nil {
			return err
		}
		if err := unknown(ctx, tx, who.Mail); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM person_link WHERE purpose = ?1 AND mail = ?2`, LinkInvite, who.Mail); err != nil {
			return err
		}
		l := Link{ID: newID("l"), Purpose: LinkInvite, Role: i.Role, Name: who.Name, Mail: who.Mail, Lang: who.Lang, By: s.Person.ID}
		row, err := b.insertLink(ctx, tx, secret, l)
		if err != nil {
			return err
		}
		return note(tx, s.Person.ID, l.ID, Note{Event: EventInvited, Name: l.Name, Mail: l.Mail, Role: l.Role, Row: row})
	})
	if err != nil {
		return "", fmt.Errorf("invite: %w", err)
	}
	return secret, nil
}

// unknown returns ErrConflict when there is a person with the mail address.
func unknown(ctx context.Context, tx *record.Tx, mail string) error {
	var n int64
	if err := tx.QueryRow(ctx, `SELECT count(*) FROM person WHERE mail = ?1`, mail).Scan(&n); err != nil {
		return err
	}
	if n > 0 {
		return fmt.Errorf("a person with this mail address: %w", ErrConflict)
	}
	return nil
}

// Recover makes a link for another person who cannot sign in any more. What they signed in with before, their sessions and the
// links they made end at once: who has their passkey may have used it. ErrConflict when the person is disabled.
func (b *Book) Recover(ctx context.Context, by Session, person string) (secret string, err error) {
	err = b.onPerson(ctx, by, person, func(ctx context.Context, tx *record.Tx, p Person) (err error) {
		secret, err = b.recover(ctx, tx, by.Person.ID, p)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("recover: %w", err)
	}
	return secret, nil
}

// Rescue is Recover for who runs the machine, on the command line, when no administrator can sign in. A person who is
// disabled stays so.
func (b *Book) Rescue(ctx context.Context, mail string) (secret string, err error) {
	err = b.store.Write(ctx, func(ctx context.Context, tx *record.Tx) error {
		address := storable(foldMail(mail))
		if _, err := tx.Exec(ctx, `UPDATE person SET role = role WHERE mail = ?1`, address); err != nil {
			return err
		}
		p, err := scanPerson(tx.QueryRow(ctx, `SELECT `+personColumns+` FROM person p WHERE p.mail = ?1`, address))
		if err != nil {
			return err
		}
		secret, err = b.recover(ctx, tx, ByNobody, p)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("rescue: %w", err)
	}
	return secret, nil
}

func (b *Book) recover(ctx context.Context, tx *record.Tx, by string, p Person) (secret string, err error) {
	if !p.Disabled.IsZero() {
		return "", fmt.Errorf("disabled: %w", ErrConflict)
	}
	if err := endSessions(ctx, tx, p.ID); err != nil {
		return "", err
	}
	if err := endLinksBy(ctx, tx, p.ID); err != nil {
		return "", err
	}
	for _, statement := range []string{
		`DELETE FROM person_passkey WHERE person = ?1`,
		`UPDATE person SET factor = NULL, step = 0 WHERE id = ?1`,
		`DELETE FROM person_link WHERE person = ?1`,
	} {
		if _, err := tx.Exec(ctx, statement, p.ID); err != nil {
			return "", err
		}
	}
	secret = newSecret()
	l := Link{ID: newID("l"), Purpose: LinkRecover, Person: p.ID, Role: p.Role, Name: p.Name, Mail: p.Mail, Lang: p.Lang, By: by}
	row, err := b.insertLink(ctx, tx, secret, l)
	if err != nil {
		return "", err
	}
	return secret, note(tx, by, p.ID, Note{Event: EventRecovered, Name: p.Name, Mail: p.Mail, Row: row})
}

// endLinksBy ends the links a person made, through which they could come back in another name.
func endLinksBy(ctx context.Context, tx *record.Tx, maker string) error {
	_, err := tx.Exec(ctx, `DELETE FROM person_link WHERE maker = ?1`, maker)
	return err
}

// Links returns the links that can still be used, newest first. It wants RightPeople, but no fresh sign-in.
func (b *Book) Links(ctx context.Context, by Session) ([]Link, error) {
	var all []Link
	err := b.store.Read(ctx, func(ctx context.Context, tx *record.Tx) error {
		s, err := b.acting(ctx, tx, by)
		if err != nil {
			return err
		}
		if !s.Person.Role.May(RightPeople) {
			return ErrForbidden
		}
		rows, err := tx.Query(ctx, `SELECT `+linkColumns+` FROM person_link l WHERE l.expires > ?1 ORDER BY l.expires DESC, l.id`,
			micros(b.now()))
		all, err = collect(rows, err, scanLink)
		return err
	})
	return all, err
}

// Withdraw ends a link by its ID.
func (b *Book) Withdraw(ctx context.Context, by Session, id string) error {
	return b.store.Write(ctx, func(ctx context.Context, tx *record.Tx) error {
		s, err := b.acting(ctx, tx, by)
		if err != nil {
			return err
		}
		if err := s.Allow(RightPeople); err != nil {
			return err
		}
		l, err := scanLink(tx.QueryRow(ctx, `SELECT `+linkColumns+` FROM person_link l WHERE l.id = ?1`, storable(id)))
		if errors.Is(err, sql.ErrNoRows) {
			return ErrNotFound
		}
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM person_link WHERE id = ?1`, id); err != nil {
			return err
		}
		return note(tx, s.Person.ID, id, Note{Event: EventWithdrawn, Name: l.Name, Mail: l.Mail})
	})
}

// applicant returns who a link is for: what it says, and what it does not say from who follows it. Their ID is the person's,
// of a recovery, or one that nobody has.
func (l Link) applicant(a Applicant) (who Applicant, person string, err error) {
	if l.Purpose != LinkFirst {
		a.Name, a.Mail = l.Name, l.Mail
	}
	if a.Lang == "" {
		a.Lang = l.Lang
	}
	person = l.Person
	if person == "" {
		person = newID("p")
	}
	who, err = a.checked()
	return who, person, err
}

// enrol uses up the link of a ceremony and makes or finds its person, who has no way to sign in until the caller adds it.
func (b *Book) enrol(ctx context.Context, tx *record.Tx, p pending) error {
	if err := b.useUp(ctx, tx, p.Link); err != nil {
		return err
	}
	if p.Link.Purpose == LinkRecover {
		n, err := tx.Exec(ctx, `UPDATE person SET lang = ?2 WHERE id = ?1 AND disabled = 0`, p.Person, p.Who.Lang)
		if err != nil {
			return err
		}
		if n != 1 {
			return ErrLink
		}
	} else {
		if err := unknown(ctx, tx, p.Who.Mail); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO person (id, name, mail, role, lang, created, disabled, seen, factor, step)
			VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, 0, NULL, 0)`,
			p.Person, p.Who.Name, p.Who.Mail, string(p.Link.Role), p.Who.Lang, micros(b.now()))
		if err != nil {
			return err
		}
	}
	return note(tx, p.Person, p.Person, Note{Event: EventEnrolled, Name: p.Who.Name, Mail: p.Who.Mail, Role: p.Link.Role})
}

// useUp deletes a link, so that of many who follow it one enrols; the others get ErrLink. With a link of the first administrator
// go all of them.
func (b *Book) useUp(ctx context.Context, tx *record.Tx, l Link) error {
	var still int64
	err := tx.QueryRow(ctx, `SELECT count(*) FROM person_link WHERE id = ?1 AND expires > ?2`, l.ID, micros(b.now())).Scan(&still)
	if err != nil {
		return err
	}
	if still == 0 {
		return ErrLink
	}
	n, err := tx.Exec(ctx, `DELETE FROM person_link WHERE id = ?1 OR (purpose = ?2 AND ?3 = ?2)`, l.ID, LinkFirst, l.Purpose)
	if err != nil {
		return err
	}
	if n == 0 {
		return ErrLink
	}
	return nil
}
