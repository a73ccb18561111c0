// Package people says who may do what in the console and the API, and makes sure that it is they.
//
// A [Person] has one [Role]; a role has rights, which one table lists. People sign in with passkeys (WebAuthn), which no
// lookalike site can ask for, or, where no passkey can be had, with a password and a code that changes every 30 seconds
// (TOTP, RFC 6238), always both. An account has one or the other: adding a passkey ends the password.
//
// Nobody is given a password by anybody. The first administrator follows a link that is printed at start ([Book.FirstLink]);
// everybody else a link an administrator made ([Book.Invite]); who lost a passkey, a link that ends what was there before
// ([Book.Recover]). A link works once and for a day.
//
// A [Session] is bound to the browser it began in and short. What cannot be taken back, releasing held mail, changing
// people, making tokens, wants a sign-in within the last ten minutes ([Session.Allow] returns [ErrStale]). Programs use a
// [Token], which has scopes and an end.
//
// Secrets are kept so that a copy of the database is of no use: links, sessions and tokens as SHA-256 of 256 random bits,
// passwords as Argon2id, and these and the keys of codes sealed with a key that lies outside the database. Guessing is slowed
// by account and by network, in the database, so that several processes count together. An unknown account costs the same
// and is answered the same as a known one.
//
// Everything that happens is an entry of the record's log, of the kind [NoteKind].
package people

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/sekisho/sekisho/record"
)

// Config says what people sign in to.
type Config struct {
	// RPID is the host name that passkeys are made for, such as sekisho.kaede-ex.jp. Passkeys do not work under another,
	// so it is chosen once. "localhost" is allowed.
	RPID string

	// Origins are those the console is reached at, such as https://sekisho.kaede-ex.jp: RPID or a host below it, https but
	// for localhost. Empty for https://RPID.
	Origins []string

	// Name is what authenticators show; empty for Sekisho.
	Name string

	// SealKey is 32 random bytes from outside the database. Passwords and the keys of codes are of no use without it.
	SealKey []byte

	// BindAddress ends a session that is used from another network (/24, /64) than the one it began in.
	BindAddress bool

	Now func() time.Time // nil for time.Now
}

// Errors callers branch on. [Throttled] is one more, which says for how long.
var (
	ErrRefused   = errors.New("sign-in refused")            // whatever was wrong with it: the same for every reason
	ErrSession   = errors.New("not signed in")              // no session, or it is over
	ErrStale     = errors.New("sign in again first")        // the right wants a fresh sign-in
	ErrForbidden = errors.New("not allowed")                // the role, or the token's scopes, do not allow it
	ErrLink      = errors.New("link not valid")             // never made, used, withdrawn or over
	ErrCeremony  = errors.New("too late or not begun")      // begin again; registration only, sign-in returns ErrRefused
	ErrToken     = errors.New("token not valid")            // never made, revoked or over
	ErrNotFound  = errors.New("not found")                  // no such person, session, passkey, link or token
	ErrInvalid   = errors.New("not valid")                  // what was entered; wrapped with what is wrong
	ErrPassword  = errors.New("password not strong enough") // wrapped with why
	ErrConflict  = errors.New("exists already")             // a person or an invitation with this mail address
	ErrSelf      = errors.New("not on oneself")             // nobody changes their own role or disables themselves
	ErrLast      = errors.New("the last one")               // the last administrator; the last way to sign in
)

// Throttled is the error of a sign-in that came too soon after others that failed.
type Throttled struct {
	Wait time.Duration // until the next one is looked at
}

// Error says how long to wait.
func (t *Throttled) Error() string {
	return fmt.Sprintf("too many attempts: wait %s", t.Wait.Round(time.Second))
}

// A Client is where a request comes from. The caller vouches for Addr: behind a proxy it is not the connection's.
type Client struct {
	Agent string     // the User-Agent header
	Addr  netip.Addr // the address of the browser
	Token string     // of the session it came with, from the cookie; empty for none
}

// A Book holds the people of one record. It is safe for concurrent use, and several processes may use one record.
type Book struct {
	store  *record.Store
	conf   Config
	web    *webauthn.WebAuthn
	vault  vault
	now    func() time.Time
	cost   argonCost
	hash   chan struct{} // a place for each password hash under way
	nobody []byte        // the sealed factor that is tried for who has none
	swept  atomic.Int64  // when rows that are over were last deleted, in microseconds
}

// Open returns the people of a record.
func Open(store *record.Store, c Config) (*Book, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Name == "" {
		c.Name = "Sekisho"
	}
	if len(c.Origins) == 0 {
		c.Origins = []string{"https://" + c.RPID}
	}
	for _, origin := range c.Origins {
		if err := checkOrigin(origin, c.RPID); err != nil {
			return nil, err
		}
	}
	sealing, err := newVault(c.SealKey)
	if err != nil {
		return nil, err
	}
	web, err := webauthn.New(&webauthn.Config{
		RPID:                  c.RPID,
		RPDisplayName:         c.Name,
		RPOrigins:             c.Origins,
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey:        protocol.ResidentKeyRequirementRequired,
			RequireResidentKey: protocol.ResidentKeyRequired(),
			UserVerification:   protocol.VerificationRequired,
		},
		// Some password managers answer with extensions nobody asked for. None is read, so none does harm.
		ExtensionsUnsolicitedOutputPolicy: protocol.UnsolicitedOutputPolicyIgnore,
	})
	if err != nil {
		return nil, fmt.Errorf("passkeys for %q: %w", c.RPID, err)
	}
	b := &Book{
		store: store, conf: c, web: web, vault: sealing, now: c.Now,
		cost: argonCost{Memory: 64 << 10, Passes: 3, Lanes: 4}, hash: make(chan struct{}, 2),
	}
	b.nobody, err = b.nobodys()
	return b, err
}

// checkOrigin returns an error unless a browser at the origin can use passkeys of the RP ID (WebAuthn §5.1.3).
func checkOrigin(origin, rpid string) error {
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" || origin != u.Scheme+"://"+u.Host {
		return fmt.Errorf("origin %q: want scheme://host[:port] and nothing else: %w", origin, ErrInvalid)
	}
	host := u.Hostname()
	if host != rpid && !strings.HasSuffix(host, "."+rpid) {
		return fmt.Errorf("origin %q: host is not %s or below it: %w", origin, rpid, ErrInvalid)
	}
	if u.Scheme != "https" && (u.Scheme != "http" || rpid != "localhost") {
		return fmt.Errorf("origin %q: passkeys need https: %w", origin, ErrInvalid)
	}
	return nil
}
