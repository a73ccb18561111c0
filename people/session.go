package people

import (
	"context"
	"errors"
	"time"
)

// How long a session lasts.
const (
	SessionIdle     = 30 * time.Minute // without a request
	SessionAbsolute = 12 * time.Hour   // whatever happens
	SessionFresh    = 10 * time.Minute // after a sign-in, for dangerous rights
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
	return Session{}, errors.ErrUnsupported
}

// Sessions returns one's own sessions, newest first.
func (b *Book) Sessions(ctx context.Context, by Session) ([]Session, error) {
	return nil, errors.ErrUnsupported
}

// SignOut ends one of one's own sessions by its ID, this one or another.
func (b *Book) SignOut(ctx context.Context, by Session, id string) error {
	return errors.ErrUnsupported
}

// SignOutEverywhere ends all of one's own sessions.
func (b *Book) SignOutEverywhere(ctx context.Context, by Session) error {
	return errors.ErrUnsupported
}
