package people

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sekisho/sekisho/record"
)

// How long tokens last.
const (
	TokenDefault = 90 * 24 * time.Hour
	TokenLongest = 366 * 24 * time.Hour
)

const (
	tokenPrefix = "sks_"
	tokenRandom = 32 // bytes
	tokenCheck  = 4  // bytes of checksum, so that a scanner of repositories can tell a token from what looks like one
	tokenTouch  = time.Hour
)

// A Token lets a program use the API. It ends with the person who made it.
type Token struct {
	ID      string    `json:"id"` // not the secret
	Name    string    `json:"name"`
	Scopes  []Scope   `json:"scopes"`
	By      string    `json:"by"` // the ID of the person who made it
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires"`
	Used    time.Time `json:"used,omitzero"` // to the hour
	Revoked time.Time `json:"revoked,omitzero"`
}

// NewToken is what a token is made of.
type NewToken struct {
	Name   string        // what it is for, up to 100 bytes
	Scopes []Scope       // at least one
	Lasts  time.Duration // 0 for TokenDefault, at most TokenLongest
}

// newTokenSecret returns sks_ and the base32 of 32 random bytes and the first four of the SHA-256 of prefix and random bytes.
func newTokenSecret() string {
	random := make([]byte, tokenRandom, tokenRandom+tokenCheck)
	rand.Read(random)
	return tokenPrefix + lower32.EncodeToString(append(random, tokenSum(random)...))
}

func tokenSum(random []byte) []byte {
	sum := sha256.Sum256(append([]byte(tokenPrefix), random...))
	return sum[:tokenCheck]
}

// wellFormed reports whether a secret is one that newTokenSecret could have returned.
func wellFormed(secret string) bool {
	text, ok := strings.CutPrefix(secret, tokenPrefix)
	if !ok || len(text) != lower32.EncodedLen(tokenRandom+tokenCheck) {
		return false
	}
	raw, err := lower32.DecodeString(text)
	return err == nil && lower32.EncodeToString(raw) == text && bytes.Equal(tokenSum(raw[:tokenRandom]), raw[tokenRandom:])
}

// Token returns the token with this secret, and counts it as used, when it has the scope; otherwise ErrToken or ErrForbidden.
// An empty scope is any.
func (b *Book) Token(ctx context.Context, secret string, scope Scope) (Token, error) {
	if !wellFormed(secret) {
		return Token{}, ErrToken
	}
	var t Token
	err := b.store.Read(ctx, func(ctx context.Context, tx *record.Tx) (err error) {
		t, err = scanToken(tx.QueryRow(ctx, `SELECT `+tokenColumns+` FROM person_token t WHERE t.hash = ?1`, digest(secret)))
		return err
	})
	now := b.now().UTC()
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return Token{}, ErrToken
	case err != nil:
		return Token{}, fmt.Errorf("token: %w", err)
	case !t.Revoked.IsZero() || !now.Before(t.Expires):
		return Token{}, ErrToken
	case scope != "" && !slices.Contains(t.Scopes, scope):
		return Token{}, fmt.Errorf("scope %s: %w", scope, ErrForbidden)
	case now.Sub(t.Used) < tokenTouch:
		return t, nil
	}
	err = b.store.Write(ctx, func(ctx context.Context, tx *record.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE person_token SET used = ?2 WHERE id = ?1`, t.ID, micros(now))
		return err
	})
	if err != nil {
		return Token{}, fmt.Errorf("token: %w", err)
	}
	t.Used = now
	return t, nil
}

const tokenColumns = `t.id, t.name, t.scopes, t.maker, t.created, t.expires, t.used, t.revoked`

func scanToken(row scannable) (Token, error) {
	var t Token
	var scopes string
	var created, expires, used, revoked int64
	if err := row.Scan(&t.ID, &t.Name, &scopes, &t.By, &created, &expires, &used, &revoked); err != nil {
		return Token{}, err
	}
	for _, s := range strings.Fields(scopes) {
		t.Scopes = append(t.Scopes, Scope(s))
	}
	t.Created, t.Expires, t.Used, t.Revoked = moment(created), moment(expires), moment(used), moment(revoked)
	return t, nil
}

// MakeToken makes a token. The secret, sks_ and 58 characters of base32, is shown once.
func (b *Book) MakeToken(ctx context.Context, by Session, n NewToken) (t Token, secret string, err error) {
	if t, err = n.token(b.now().UTC()); err != nil {
		return Token{}, "", err
	}
	secret = newTokenSecret()
	scopes := make([]string, len(t.Scopes))
	for i, s := range t.Scopes {
		scopes[i] = string(s)
	}
	err = b.store.Write(ctx, func(ctx context.Context, tx *record.Tx) error {
		s, err := b.actingAlone(ctx, tx, by)
		if err != nil {
			return err
		}
		if err := s.Allow(RightTokens); err != nil {
			return err
		}
		t.By = s.Person.ID
		_, err = tx.Exec(ctx, `INSERT INTO person_token (id, hash, name, scopes, maker, created, expires, used, revoked)
			VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, 0)`,
			t.ID, digest(secret), t.Name, strings.Join(scopes, " "), t.By, micros(t.Created), micros(t.Expires))
		if err != nil {
			return err
		}
		return note(tx, s.Person.ID, t.ID, Note{Event: EventTokenMade, Name: t.Name,
			Row: rowOf("token", t.ID, digest(secret), t.Name, strings.Join(scopes, " "), t.By, micros(t.Expires))})
	})
	if err != nil {
		return Token{}, "", fmt.Errorf("make token: %w", err)
	}
	return t, secret, nil
}

// token returns the token that is asked for, made now, or ErrInvalid.
func (n NewToken) token(now time.Time) (Token, error) {
	name := strings.TrimSpace(n.Name)
	if err := checkName(name); err != nil {
		return Token{}, err
	}
	lasts := n.Lasts
	if lasts == 0 {
		lasts = TokenDefault
	}
	if lasts < 0 || lasts > TokenLongest {
		return Token{}, fmt.Errorf("lasts: want at most %d days: %w", TokenLongest/(24*time.Hour), ErrInvalid)
	}
	var scopes []Scope
	for _, s := range Scopes() {
		if slices.Contains(n.Scopes, s) {
			scopes = append(scopes, s)
		}
	}
	known := func(s Scope) bool { return slices.Contains(scopes, s) }
	if len(scopes) == 0 || slices.ContainsFunc(n.Scopes, func(s Scope) bool { return !known(s) }) {
		return Token{}, fmt.Errorf("scopes: want some of %v: %w", Scopes(), ErrInvalid)
	}
	now = now.Truncate(time.Microsecond)
	return Token{ID: newID("t"), Name: name, Scopes: scopes, Created: now, Expires: now.Add(lasts)}, nil
}

// Tokens returns all tokens, newest first. It wants RightTokens, but no fresh sign-in.
func (b *Book) Tokens(ctx context.Context, by Session) ([]Token, error) {
	var all []Token
	err := b.store.Read(ctx, func(ctx context.Context, tx *record.Tx) error {
		s, err := b.acting(ctx, tx, by)
		if err != nil {
			return err
		}
		if !s.Person.Role.May(RightTokens) {
			return ErrForbidden
		}
		rows, err := tx.Query(ctx, `SELECT `+tokenColumns+` FROM person_token t ORDER BY t.created DESC, t.id`)
		all, err = collect(rows, err, scanToken)
		return err
	})
	return all, err
}

// RevokeToken ends a token by its ID.
func (b *Book) RevokeToken(ctx context.Context, by Session, id string) error {
	return b.store.Write(ctx, func(ctx context.Context, tx *record.Tx) error {
		s, err := b.acting(ctx, tx, by)
		if err != nil {
			return err
		}
		if err := s.Allow(RightTokens); err != nil {
			return err
		}
		var name string
		err = tx.QueryRow(ctx, `SELECT name FROM person_token WHERE id = ?1 AND revoked = 0`, storable(id)).Scan(&name)
		if errors.Is(err, sql.ErrNoRows) {
			return ErrNotFound
		}
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE person_token SET revoked = ?2 WHERE id = ?1`, id, micros(b.now())); err != nil {
			return err
		}
		return note(tx, s.Person.ID, id, Note{Event: EventTokenRevoked, Name: name})
	})
}

// revokeTokensOf ends the tokens a person made, with a note for each.
func (b *Book) revokeTokensOf(ctx context.Context, tx *record.Tx, by, maker string) error {
	rows, err := tx.Query(ctx, `SELECT `+tokenColumns+` FROM person_token t WHERE t.maker = ?1 AND t.revoked = 0 AND t.expires > ?2`,
		maker, micros(b.now()))
	tokens, err := collect(rows, err, scanToken)
	if err != nil {
		return err
	}
	for _, t := range tokens {
		if _, err := tx.Exec(ctx, `UPDATE person_token SET revoked = ?2 WHERE id = ?1`, t.ID, micros(b.now())); err != nil {
			return err
		}
		if err := note(tx, by, t.ID, Note{Event: EventTokenRevoked, Name: t.Name, Why: "its maker may not have it any more"}); err != nil {
			return err
		}
	}
	return nil
}
