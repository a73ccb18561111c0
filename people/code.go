package people

import (
	"context"
	"errors"
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

// BeginCode begins the enrolment with a password and codes of who has a link's secret, or returns ErrLink, ErrInvalid,
// ErrConflict.
func (b *Book) BeginCode(ctx context.Context, secret string, a Applicant) (Offer, error) {
	return Offer{}, errors.ErrUnsupported
}

// Offer shows an offer again, after FinishCode returned ErrPassword or ErrInvalid; ErrCeremony when it is over.
func (b *Book) Offer(ctx context.Context, ceremony string) (Offer, error) {
	return Offer{}, errors.ErrUnsupported
}

// FinishCode takes the password chosen, of at least 12 characters, and the first code, uses up the link and signs the person
// in, as FinishEnrol does. After ErrPassword and ErrInvalid (the code) it may be tried again.
func (b *Book) FinishCode(ctx context.Context, ceremony, password, code string, c Client) (s Session, token string, err error) {
	return Session{}, "", errors.ErrUnsupported
}

// SignIn signs in who has no passkey; the session of c.Token ends. It returns ErrRefused or *Throttled for whatever is wrong
// with it.
func (b *Book) SignIn(ctx context.Context, a Attempt, c Client) (s Session, token string, err error) {
	return Session{}, "", errors.ErrUnsupported
}
