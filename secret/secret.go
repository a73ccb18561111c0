// Package secret holds found keys so that they cannot leave by accident.
//
// A [Secret] prints, formats, logs and serialises as its redaction only, whatever verb or encoder is used. What may be
// shown of it is its keyed [Fingerprint]: two places that hold the same key show the same fingerprint, and nobody without
// the fingerprint key can test a guess against it.
//
// The bytes are still in memory until [Secret.Wipe]; Go's collector may have copied the input they were taken from.
package secret

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
)

// Redacted is what every form of output shows in place of a secret.
const Redacted = "[redacted]"

// ErrStore is returned by every encoder that would write a secret in binary form.
var ErrStore = errors.New("a secret is never stored")

// A Secret is bytes that are never shown. The zero value holds nothing. A copy shares the bytes.
type Secret struct{ data *[]byte }

// New takes ownership of data: Wipe zeroes it.
func New(data []byte) Secret { return Secret{&data} }

// Expose hands the bytes to f, which must not keep them.
func (s Secret) Expose(f func(data []byte)) {
	if s.data != nil {
		f(*s.data)
	}
}

// Wipe zeroes the bytes, for all copies.
func (s Secret) Wipe() {
	if s.data != nil {
		clear(*s.data)
		*s.data = nil
	}
}

// Fingerprint returns the secret's fingerprint under key.
func (s Secret) Fingerprint(key []byte) string {
	if s.data == nil {
		return Fingerprint(key, nil)
	}
	return Fingerprint(key, *s.data)
}

// String returns Redacted.
func (s Secret) String() string { return Redacted }

// GoString returns Redacted.
func (s Secret) GoString() string { return Redacted }

// Format writes Redacted for every verb, %p and %x too.
func (s Secret) Format(f fmt.State, _ rune) { fmt.Fprint(f, Redacted) }

// LogValue returns Redacted.
func (s Secret) LogValue() slog.Value { return slog.StringValue(Redacted) }

// MarshalText returns Redacted.
func (s Secret) MarshalText() ([]byte, error) { return []byte(Redacted), nil }

// MarshalJSON returns Redacted as a JSON string.
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + Redacted + `"`), nil }

// MarshalBinary returns ErrStore.
func (s Secret) MarshalBinary() ([]byte, error) { return nil, ErrStore }

// GobEncode returns ErrStore.
func (s Secret) GobEncode() ([]byte, error) { return nil, ErrStore }

// fingerprintBytes is enough that two of a million keys share a fingerprint with a chance of 1 in 10^7.
const fingerprintBytes = 8

// Fingerprint returns 16 hexadecimal digits of the HMAC-SHA-256 (RFC 2104) of data under key.
func Fingerprint(key, data []byte) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("sekisho fingerprint\x00"))
	mac.Write(data)
	return hex.EncodeToString(mac.Sum(nil)[:fingerprintBytes])
}
