package record

import (
	"context"
	"errors"
	"time"
)

// The kinds of indicator.
const (
	IndicatorSender      = "sender"      // a mail address, in lower case
	IndicatorDomain      = "domain"      // a host name in ASCII: of senders, links, texts
	IndicatorURL         = "url"         // a link's target, normalised
	IndicatorHash        = "hash"        // SHA-256 of a file, in hexadecimal
	IndicatorAddress     = "address"     // chain:address, canonical
	IndicatorPersona     = "persona"     // a name under which somebody wrote, folded
	IndicatorFingerprint = "fingerprint" // of a secret, keyed
	IndicatorText        = "text"        // a digest of a text's words, the same for small changes of names and numbers
)

// An Indicator is something by which an attack can be told again.
type Indicator struct {
	Kind    string    `json:"kind"`
	Value   string    `json:"value"`
	First   time.Time `json:"first,omitzero"`
	Last    time.Time `json:"last,omitzero"`
	Seen    int       `json:"seen,omitempty"` // in how many passages
	Blocked bool      `json:"blocked,omitempty"`
	Reason  string    `json:"reason,omitempty"` // why it is blocked
	By      string    `json:"by,omitempty"`     // who blocked it
}

// A Sighting is one place in which an indicator was seen.
type Sighting struct {
	Passage  Passage `json:"passage"`
	Artifact string  `json:"artifact"` // place in the tree
	Via      string  `json:"via"`      // what led to it: From, href, attachment ...
}

// Indicators returns the indicators asked for, the one seen last first.
func (s *Store) Indicators(ctx context.Context, q Query) (Page[Indicator], error) {
	return Page[Indicator]{}, errors.ErrUnsupported
}

// Indicator returns an indicator and everything it was ever seen in, newest first, or ErrNotFound. after is the Next of the page
// before.
func (s *Store) Indicator(ctx context.Context, kind, value, after string) (Indicator, Page[Sighting], error) {
	return Indicator{}, Page[Sighting]{}, errors.ErrUnsupported
}

// Blocked reports whether people blocked the indicator, from memory that is refreshed every few seconds.
func (s *Store) Blocked(kind, value string) (Indicator, bool) { return Indicator{}, false }

// Retrohunt looks an indicator up in the past and raises a case for what it was seen in; it returns the case's ID, empty when it
// was never seen.
func (s *Store) Retrohunt(ctx context.Context, i Indicator) (string, error) {
	return "", errors.ErrUnsupported
}
