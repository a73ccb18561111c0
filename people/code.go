package people

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/sekisho/sekisho/record"
)

// An Offer is what an authenticator app needs. It is for the person alone, shown once and kept nowhere else.
type Offer struct {
	Ceremony string // goes to the browser and comes back with the first code, within 15 minutes
	Secret   string // base32, in groups of four, to type in
	URI      string // otpauth://totp/...
	QR       string // of URI: an SVG element without style or script, safe to put in a page
}

// An Attempt is what somebody signs in with who has no passkey.
type Attempt struct {
	Mail     string
	Password string
	Code     string // six digits
}

// A factor is what somebody without a passkey signs in with. It is kept sealed, bound to the person.
type factor struct {
	Password passwordHash `json:"password"`
	Key      []byte       `json:"key"` // of the codes
}

func (b *Book) sealFactor(f factor, person string) ([]byte, error) {
	plain, err := json.Marshal(f)
	return b.vault.seal(plain, "factor "+person), err
}

func (b *Book) openFactor(sealed []byte, person string) (factor, error) {
	plain, err := b.vault.open(sealed, "factor "+person)
	if err != nil {
		return factor{}, fmt.Errorf("password and code of %s: %w", person, err)
	}
	var f factor
	return f, json.Unmarshal(plain, &f)
}

// nobodys returns a factor, sealed, that no password and code match.
func (b *Book) nobodys() ([]byte, error) {
	f := factor{Key: make([]byte, codeKey), Password: passwordHash{argonCost: b.cost, Salt: make([]byte, 16), Hash: make([]byte, 32)}}
	rand.Read(f.Key)
	rand.Read(f.Password.Salt)
	rand.Read(f.Password.Hash)
	return b.sealFactor(f, "")
}

// BeginCode begins the enrolment with a password and codes of who has a link's secret, or returns ErrLink, ErrInvalid,
// ErrConflict.
func (b *Book) BeginCode(ctx context.Context, secret string, a Applicant) (Offer, error) {
	link, err := b.Link(ctx, secret)
	if err != nil {
		return Offer{}, err
	}
	who, person, err := link.applicant(a)
	if err != nil {
		return Offer{}, err
	}
	key := make([]byte, codeKey)
	rand.Read(key)
	id, err := b.open(ctx, ceremonyCode, "link "+link.ID, pending{Link: link, Person: person, Who: who, Key: key})
	if err != nil {
		return Offer{}, err
	}
	return b.offerOf(id, key, who.Mail)
}

// Offer shows an offer again, after FinishCode returned ErrPassword or ErrInvalid; ErrCeremony when it is over.
func (b *Book) Offer(ctx context.Context, ceremony string) (Offer, error) {
	p, err := b.pendingCode(ctx, ceremony)
	if err != nil {
		return Offer{}, err
	}
	return b.offerOf(ceremony, p.Key, p.Who.Mail)
}

func (b *Book) pendingCode(ctx context.Context, ceremony string) (p pending, err error) {
	err = b.store.Read(ctx, func(ctx context.Context, tx *record.Tx) (err error) {
		p, err = b.peek(ctx, tx, ceremonyCode, ceremony)
		return err
	})
	return p, err
}

// FinishCode takes the password chosen, of at least 12 characters, and the first code, uses up the link and signs the person
// in, as FinishEnrol does. After ErrPassword and ErrInvalid (the code) it may be tried again.
func (b *Book) FinishCode(ctx context.Context, ceremony, password, code string, c Client) (s Session, token string, err error) {
	p, err := b.pendingCode(ctx, ceremony)
	if err != nil {
		return Session{}, "", err
	}
	if err := checkPassword(password, p.Who); err != nil {
		return Session{}, "", err
	}
	step := codeStep(p.Key, code, b.now())
	if step == 0 {
		return Session{}, "", fmt.Errorf("code: %w", ErrInvalid)
	}
	f := factor{Key: p.Key}
	if f.Password, err = b.hashPassword(ctx, password); err != nil {
		return Session{}, "", err
	}
	sealed, err := b.sealFactor(f, p.Person)
	if err != nil {
		return Session{}, "", err
	}
	err = b.store.Write(ctx, func(ctx context.Context, tx *record.Tx) error {
		if _, err := b.take(ctx, tx, ceremonyCode, ceremony); err != nil {
			return err
		}
		if err := b.enrol(ctx, tx, p); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE person SET factor = ?2, step = ?3 WHERE id = ?1`, p.Person, sealed, step); err != nil {
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

// SignIn signs in who has no passkey; the session of c.Token ends. It returns ErrRefused or *Throttled for whatever is wrong
// with it.
func (b *Book) SignIn(ctx context.Context, a Attempt, c Client) (s Session, token string, err error) {
	a.Mail = foldMail(a.Mail)
	places := []counted{ofAccount(a.Mail), ofNetwork(c)}
	sweep := b.sweeps()
	err = b.store.Write(ctx, func(ctx context.Context, tx *record.Tx) error {
		if err := b.sweep(ctx, tx, sweep); err != nil {
			return err
		}
		return b.attempt(ctx, tx, places...)
	})
	if err != nil {
		return Session{}, "", fmt.Errorf("sign in: %w", err)
	}
	id, step, err := b.check(ctx, a)
	if err != nil {
		return Session{}, "", b.refused(ctx, c, err)
	}
	err = b.store.Write(ctx, func(ctx context.Context, tx *record.Tx) error {
		// RFC 6238 §5.2: a code is good once. Of two who bring it at once the row lets one through.
		n, err := tx.Exec(ctx, `UPDATE person SET step = ?2 WHERE id = ?1 AND step < ?2 AND disabled = 0 AND factor IS NOT NULL`, id, step)
		if err != nil {
			return err
		}
		if n == 0 {
			return &refusal{id, "code used before, or person disabled"}
		}
		if s, token, err = b.start(ctx, tx, id, c); err != nil {
			return err
		}
		return b.allowed(ctx, tx, places...)
	})
	if err != nil {
		return Session{}, "", b.refused(ctx, c, err)
	}
	return s, token, nil
}

// check returns the person whose password and code these are and the period of the code, or a *refusal. For an account that does
// not exist, or has passkeys, it does the same work with a factor that is nobody's.
func (b *Book) check(ctx context.Context, a Attempt) (person string, step int64, err error) {
	var sealed []byte
	err = b.store.Read(ctx, func(ctx context.Context, tx *record.Tx) error {
		err := tx.QueryRow(ctx, `SELECT id, factor FROM person WHERE mail = ?1`, storable(a.Mail)).Scan(&person, &sealed)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return err
	})
	if err != nil {
		return "", 0, err
	}
	place, known := person, sealed != nil
	if !known {
		place, sealed = "", b.nobody
	}
	f, err := b.openFactor(sealed, place)
	if err != nil {
		return "", 0, err
	}
	right, err := b.matches(ctx, f.Password, a.Password)
	if err != nil {
		return "", 0, err
	}
	step = codeStep(f.Key, a.Code, b.now())
	switch {
	case !known:
		return "", 0, &refusal{person, "no such account, or one with passkeys"}
	case !right:
		return "", 0, &refusal{person, "password"}
	case step == 0:
		return "", 0, &refusal{person, "code"}
	}
	return person, step, nil
}
