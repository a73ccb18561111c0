package people

import (
	"context"
	"errors"
	"time"
)

// The purposes of a link.
const (
	LinkFirst   = "first"   // makes the first administrator
	LinkInvite  = "invite"  // makes a person
	LinkRecover = "recover" // gives a person who is there a way to sign in
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
	return "", false, errors.ErrUnsupported
}

// Link returns what a link is for, without using it, or ErrLink.
func (b *Book) Link(ctx context.Context, secret string) (Link, error) {
	return Link{}, errors.ErrUnsupported
}

// Invite makes the link of somebody who is to have a role. An invitation to the same address made before is withdrawn.
func (b *Book) Invite(ctx context.Context, by Session, i Invitation) (secret string, err error) {
	return "", errors.ErrUnsupported
}

// Recover makes a link for another person who cannot sign in any more. What they signed in with before, and their sessions,
// end at once.
func (b *Book) Recover(ctx context.Context, by Session, person string) (secret string, err error) {
	return "", errors.ErrUnsupported
}

// Rescue is Recover for who runs the machine, on the command line, when no administrator can sign in. person is a mail address.
func (b *Book) Rescue(ctx context.Context, mail string) (secret string, err error) {
	return "", errors.ErrUnsupported
}

// Links returns the links that can still be used, newest first.
func (b *Book) Links(ctx context.Context, by Session) ([]Link, error) {
	return nil, errors.ErrUnsupported
}

// Withdraw ends a link by its ID.
func (b *Book) Withdraw(ctx context.Context, by Session, id string) error {
	return errors.ErrUnsupported
}
