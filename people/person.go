package people

import (
	"context"
	"errors"
	"time"
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

// People returns everybody, by name. It wants RightPeople, but no fresh sign-in.
func (b *Book) People(ctx context.Context, by Session) ([]Person, error) {
	return nil, errors.ErrUnsupported
}

// Person returns one person, or ErrNotFound.
func (b *Book) Person(ctx context.Context, id string) (Person, error) {
	return Person{}, errors.ErrUnsupported
}

// Names returns the names of everybody who ever was here by their ID, to show who did something.
func (b *Book) Names(ctx context.Context) (map[string]string, error) {
	return nil, errors.ErrUnsupported
}

// SetRole gives another person a role and ends their sessions, and their tokens when the role may not have any.
func (b *Book) SetRole(ctx context.Context, by Session, person string, role Role) error {
	return errors.ErrUnsupported
}

// Disable keeps another person out, and ends their sessions and tokens at once.
func (b *Book) Disable(ctx context.Context, by Session, person string) error {
	return errors.ErrUnsupported
}

// Enable lets a person in again who was disabled, with what they signed in with before.
func (b *Book) Enable(ctx context.Context, by Session, person string) error {
	return errors.ErrUnsupported
}

// SetLang sets one's own language: en or ja.
func (b *Book) SetLang(ctx context.Context, by Session, lang string) error {
	return errors.ErrUnsupported
}
