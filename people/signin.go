package people

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/sekisho/sekisho/record"
)

// A refusal is why a sign-in is refused, for the log. The person is told ErrRefused, whatever it is.
type refusal struct {
	person string // the ID, empty when that is not known
	why    string
}

// Error is why, which is for the log alone.
func (r *refusal) Error() string { return r.why }

// refused notes a refusal and returns ErrRefused; another error it returns as it is.
func (b *Book) refused(ctx context.Context, c Client, err error) error {
	var r *refusal
	if !errors.As(err, &r) {
		return fmt.Errorf("sign in: %w", err)
	}
	err = b.store.Write(ctx, func(ctx context.Context, tx *record.Tx) error {
		return note(tx, ByNobody, r.person, Note{Event: EventRefused, Network: network(c.Addr), Why: r.why})
	})
	if err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	return ErrRefused
}

// BeginSignIn begins a sign-in with a passkey, for whoever it is. Nothing is kept of it, so anybody may begin as many as they like.
func (b *Book) BeginSignIn(context.Context, Client) (Ceremony, error) {
	options, web, err := b.web.BeginDiscoverableLogin()
	if err != nil {
		return Ceremony{}, fmt.Errorf("begin sign-in: %w", err)
	}
	text, err := json.Marshal(options)
	if err != nil {
		return Ceremony{}, err
	}
	id, err := b.carry(pending{Web: *web})
	return Ceremony{ID: id, Options: text}, err
}

// FinishSignIn takes the browser's answer, as FinishEnrol does, and signs the person in; the session of c.Token ends.
// It returns ErrRefused or *Throttled for whatever is wrong with it. Signing in again is how a session becomes fresh.
func (b *Book) FinishSignIn(ctx context.Context, ceremony string, answer io.Reader, c Client) (s Session, token string, err error) {
	var p pending
	var taken error
	sweep := b.sweeps()
	err = b.store.Write(ctx, func(ctx context.Context, tx *record.Tx) error {
		if err := b.sweep(ctx, tx, sweep); err != nil {
			return err
		}
		if err := b.attempt(ctx, tx, ofPasskeys(c)); err != nil {
			return err
		}
		// Without a ceremony the attempt still counts.
		if p, taken = b.takeCarried(ctx, tx, ceremony); !errors.Is(taken, ErrCeremony) {
			return taken
		}
		return nil
	})
	if err != nil {
		return Session{}, "", fmt.Errorf("sign in: %w", err)
	}
	if taken != nil {
		return Session{}, "", b.refused(ctx, c, &refusal{why: "ceremony over or never begun"})
	}
	body, err := readAnswer(answer)
	if err != nil {
		return Session{}, "", b.refused(ctx, c, &refusal{why: "answer too large or cut short"})
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(body)
	if err != nil {
		return Session{}, "", b.refused(ctx, c, &refusal{why: "answer malformed"})
	}
	err = b.store.Write(ctx, func(ctx context.Context, tx *record.Tx) error {
		who, err := b.verify(ctx, tx, p.Web, parsed)
		if err != nil {
			return err
		}
		if s, token, err = b.start(ctx, tx, who.ID, c); err != nil {
			return err
		}
		return b.allowed(ctx, tx, ofPasskeys(c))
	})
	if err != nil {
		return Session{}, "", b.refused(ctx, c, err)
	}
	return s, token, nil
}

// verify returns the person whose passkey signed the challenge, and keeps the passkey's counter, or a *refusal.
func (b *Book) verify(ctx context.Context, tx *record.Tx, web webauthn.SessionData, parsed *protocol.ParsedCredentialAssertionData) (Person, error) {
	var p Person
	var have []stored
	var inside error // of the database: the library turns every error of the handler into its own
	_, credential, err := b.web.ValidatePasskeyLogin(func(_, handle []byte) (webauthn.User, error) {
		p, have, inside = owner(ctx, tx, string(handle))
		return holder{id: p.ID, credentials: credentials(have)}, inside
	}, web, parsed)
	switch {
	case inside != nil && !errors.Is(inside, ErrNotFound):
		return Person{}, inside
	case err != nil:
		return Person{}, &refusal{p.ID, "passkey: " + details(err)}
	case !p.Disabled.IsZero():
		return Person{}, &refusal{p.ID, "disabled"}
	case credential.Authenticator.CloneWarning:
		return Person{}, &refusal{p.ID, "passkey may be copied: its counter did not go on"}
	}
	after, err := json.Marshal(credential)
	if err != nil {
		return Person{}, err
	}
	i := slices.IndexFunc(have, func(s stored) bool { return bytes.Equal(s.ID, credential.ID) })
	n, err := tx.Exec(ctx, `UPDATE person_passkey SET credential = ?2, used = ?3 WHERE id = ?1 AND credential = ?4`,
		passkeyID(credential.ID), string(after), micros(b.now()), have[i].text)
	if err == nil && n == 0 {
		err = &refusal{p.ID, "passkey used twice at once"}
	}
	return p, err
}

// owner returns the person a passkey says it is of, and their passkeys, and holds their row: a recovery ends the passkeys and the
// session that one of them begins, or comes before both. The handle is whatever the browser sent.
func owner(ctx context.Context, tx *record.Tx, handle string) (Person, []stored, error) {
	if len(handle) > 64 || strings.Trim(handle, "abcdefghijklmnopqrstuvwxyz234567") != "" {
		return Person{}, nil, ErrNotFound
	}
	if err := lock(ctx, tx, handle); err != nil {
		return Person{}, nil, err
	}
	p, err := person(ctx, tx, handle)
	if err != nil {
		return Person{}, nil, err
	}
	have, err := passkeys(ctx, tx, p.ID)
	return p, have, err
}
