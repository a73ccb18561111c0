package record

import (
	"context"
	"errors"
)

// BeginRelease claims a release that was decided, so that one process carries it out; ErrConflict when another has, or it was
// carried out. The bytes are the original's.
func (s *Store) BeginRelease(ctx context.Context, passage string) (original []byte, p Passage, err error) {
	return nil, Passage{}, errors.ErrUnsupported
}

// EndRelease says how a release ended: delivered, or not, which frees it to be tried again.
func (s *Store) EndRelease(ctx context.Context, passage string, failed error) error {
	return errors.ErrUnsupported
}
