package people

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"time"
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
	Lang string // en or ja
}

// A Passkey is a credential a person signs in with.
type Passkey struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Created time.Time `json:"created"`
	Used    time.Time `json:"used,omitzero"`
	Synced  bool      `json:"synced"` // backed up by its provider to other devices
}

// BeginEnrol begins the registration of the passkey of who has a link's secret, or returns ErrLink, ErrInvalid, ErrConflict.
func (b *Book) BeginEnrol(ctx context.Context, secret string, a Applicant) (Ceremony, error) {
	return Ceremony{}, errors.ErrUnsupported
}

// FinishEnrol takes the browser's answer, the JSON of a PublicKeyCredential of up to 64 KiB, uses up the link and signs the
// person in. token is the session's, for the cookie; it is shown once. The ceremony is over in any case: ErrCeremony,
// ErrLink, ErrInvalid, ErrConflict.
func (b *Book) FinishEnrol(ctx context.Context, ceremony string, answer io.Reader, c Client) (s Session, token string, err error) {
	return Session{}, "", errors.ErrUnsupported
}

// BeginSignIn begins a sign-in with a passkey, for whoever it is.
func (b *Book) BeginSignIn(ctx context.Context, c Client) (Ceremony, error) {
	return Ceremony{}, errors.ErrUnsupported
}

// FinishSignIn takes the browser's answer, as FinishEnrol does, and signs the person in; the session of c.Token ends.
// It returns ErrRefused or *Throttled for whatever is wrong with it. Signing in again is how a session becomes fresh.
func (b *Book) FinishSignIn(ctx context.Context, ceremony string, answer io.Reader, c Client) (s Session, token string, err error) {
	return Session{}, "", errors.ErrUnsupported
}

// BeginPasskey begins the registration of a further passkey of one's own. It wants a fresh sign-in. name is for the person,
// up to 100 bytes.
func (b *Book) BeginPasskey(ctx context.Context, by Session, name string) (Ceremony, error) {
	return Ceremony{}, errors.ErrUnsupported
}

// FinishPasskey ends what BeginPasskey began. A password and code the person had before are of no use from then on.
func (b *Book) FinishPasskey(ctx context.Context, by Session, ceremony string, answer io.Reader) error {
	return errors.ErrUnsupported
}

// Passkeys returns one's own passkeys, oldest first.
func (b *Book) Passkeys(ctx context.Context, by Session) ([]Passkey, error) {
	return nil, errors.ErrUnsupported
}

// RemovePasskey removes one of one's own passkeys, but for the last one (ErrLast). It wants a fresh sign-in.
func (b *Book) RemovePasskey(ctx context.Context, by Session, id string) error {
	return errors.ErrUnsupported
}
