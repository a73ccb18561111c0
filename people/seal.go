package people

import (
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"errors"
	"fmt"

	"golang.org/x/crypto/chacha20poly1305"
)

// A vault seals what the database keeps but must not know: XChaCha20-Poly1305 with random nonces, bound to where it is kept.
type vault struct{ aead cipher.AEAD }

func newVault(key []byte) (vault, error) {
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		return vault{}, fmt.Errorf("seal key of %d bytes, want %d: %w", len(key), chacha20poly1305.KeySize, ErrInvalid)
	}
	return vault{aead}, nil
}

// seal returns nonce and sealed text; place is what open has to name again.
func (v vault) seal(plain []byte, place string) []byte {
	nonce := make([]byte, v.aead.NonceSize(), v.aead.NonceSize()+len(plain)+v.aead.Overhead())
	rand.Read(nonce)
	return v.aead.Seal(nonce, nonce, plain, []byte(place))
}

var errSealed = errors.New("sealed with another key, or changed")

func (v vault) open(sealed []byte, place string) ([]byte, error) {
	if len(sealed) < v.aead.NonceSize() {
		return nil, errSealed
	}
	plain, err := v.aead.Open(nil, sealed[:v.aead.NonceSize()], sealed[v.aead.NonceSize():], []byte(place))
	if err != nil {
		return nil, errSealed
	}
	return plain, nil
}

// newSecret returns 256 random bits in base64url.
func newSecret() string {
	random := make([]byte, 32)
	rand.Read(random)
	return base64.RawURLEncoding.EncodeToString(random)
}

// digest is how a secret of 256 random bits is kept: there is nothing to guess, so a plain hash does.
func digest(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// newID returns 120 random bits in lower-case base32 with a prefix that says of what.
func newID(prefix string) string {
	random := make([]byte, 15)
	rand.Read(random)
	return prefix + lower32.EncodeToString(random)
}

// lower32 is base32 (RFC 4648 §6) in lower case without padding.
var lower32 = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)
