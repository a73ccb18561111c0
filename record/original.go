package record

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"

	"github.com/sekisho/sekisho"
)

const originalLimit = 256 << 20 // bytes

// seal encrypts the bytes of an artifact for the passage.
func (s *Store) seal(passage string, a *sekisho.Artifact) ([]byte, error) {
	if a.Blob == nil {
		return nil, fmt.Errorf("there are no bytes to keep: %w", ErrInvalid)
	}
	if a.Size > originalLimit {
		return nil, fmt.Errorf("an original of %d bytes: %w", a.Size, sekisho.ErrLimit)
	}
	nonce := s.keys.seal.NonceSize()
	whole := make([]byte, nonce+int(a.Size), nonce+int(a.Size)+s.keys.seal.Overhead())
	if _, err := rand.Read(whole[:nonce]); err != nil {
		return nil, err
	}
	if _, err := io.ReadFull(io.NewSectionReader(a.Blob, 0, a.Size), whole[nonce:]); err != nil {
		return nil, fmt.Errorf("read what is to be kept: %w", err)
	}
	sealed := s.keys.seal.Seal(whole[nonce:nonce], whole[:nonce], whole[nonce:], []byte(passage))
	return whole[:nonce+len(sealed)], nil
}

// Original returns the bytes as they arrived, or ErrGone. Reading them is an entry of the log, in the name of by.
func (s *Store) Original(ctx context.Context, passage, by string) ([]byte, error) {
	return nil, errors.ErrUnsupported
}
