package people

import (
	"context"
	"errors"
	"time"
)

// How long tokens last.
const (
	TokenDefault = 90 * 24 * time.Hour
	TokenLongest = 366 * 24 * time.Hour
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

// Token returns the token with this secret, and counts it as used, when it has the scope; otherwise ErrToken or ErrForbidden.
// An empty scope is any.
func (b *Book) Token(ctx context.Context, secret string, scope Scope) (Token, error) {
	return Token{}, errors.ErrUnsupported
}

// MakeToken makes a token. The secret, sks_ and 58 characters of base32, is shown once.
func (b *Book) MakeToken(ctx context.Context, by Session, n NewToken) (t Token, secret string, err error) {
	return Token{}, "", errors.ErrUnsupported
}

// Tokens returns all tokens, newest first. It wants RightTokens, but no fresh sign-in.
func (b *Book) Tokens(ctx context.Context, by Session) ([]Token, error) {
	return nil, errors.ErrUnsupported
}

// RevokeToken ends a token by its ID.
func (b *Book) RevokeToken(ctx context.Context, by Session, id string) error {
	return errors.ErrUnsupported
}
