package record

import (
	"context"
	"crypto/rand"
	"database/sql"
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

// open returns the bytes of a passage, or ErrGone.
func (t *Tx) open(ctx context.Context, n int64) ([]byte, error) {
	id := formatID(idPassage, n)
	var whole []byte
	err := t.QueryRow(ctx, `SELECT sealed FROM original WHERE passage = ?1 AND until > ?2`, n, t.store.now().UnixMicro()).Scan(&whole)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("the original of %s: %w", id, ErrGone)
	}
	if err != nil {
		return nil, err
	}
	aead := t.store.keys.seal
	if len(whole) < aead.NonceSize() {
		return nil, fmt.Errorf("the original of %s is damaged", id)
	}
	bytes, err := aead.Open(nil, whole[:aead.NonceSize()], whole[aead.NonceSize():], []byte(id))
	if err != nil {
		return nil, fmt.Errorf("the original of %s was changed, or sealed with another key: %w", id, err)
	}
	return bytes, nil
}

// Original returns the bytes as they arrived, or ErrGone. Reading them is an entry of the log, in the name of by.
func (s *Store) Original(ctx context.Context, passage, by string) ([]byte, error) {
	n, err := parseID(idPassage, passage)
	if err != nil {
		return nil, err
	}
	if by == "" {
		return nil, fmt.Errorf("an original read by nobody: %w", ErrInvalid)
	}
	var bytes []byte
	err = s.Write(ctx, func(ctx context.Context, t *Tx) error {
		if _, _, err := t.passage(ctx, n); err != nil {
			return err
		}
		if bytes, err = t.open(ctx, n); err != nil {
			return err
		}
		return t.Note(entryRead, by, passage, struct{}{})
	})
	if err != nil {
		return nil, err
	}
	return bytes, nil
}

// An eraseBody is the body of the entry that tells of something erased.
type eraseBody struct {
	What string `json:"what"` // original
	Why  string `json:"why"`
}

func (t *Tx) eraseOriginal(ctx context.Context, n int64, why string) error {
	if _, err := t.Exec(ctx, `DELETE FROM original WHERE passage = ?1`, n); err != nil {
		return err
	}
	if _, err := t.Exec(ctx, `UPDATE passage SET kept = 0 WHERE n = ?1`, n); err != nil {
		return err
	}
	return t.Note(entryErase, t.store.config.Process, formatID(idPassage, n), eraseBody{"original", why})
}

const eraseBatch = 50 // originals erased in one transaction

// retain erases originals whose time is over, and what is kept in bounds: ended jobs, contacts, threads.
func (s *Store) retain(ctx context.Context, job *Job) error {
	for erased, more := int64(0), true; more; job.Progress(erased, 0, "") {
		err := s.Write(ctx, func(ctx context.Context, t *Tx) error {
			var over []int64
			err := t.each(ctx, func(r row) error {
				var n int64
				err := r.Scan(&n)
				over = append(over, n)
				return err
			}, `SELECT passage FROM original WHERE until <= ?1 ORDER BY until LIMIT ?2`, s.now().UnixMicro(), eraseBatch)
			if err != nil {
				return err
			}
			for _, n := range over {
				if err := t.eraseOriginal(ctx, n, "its time is over"); err != nil {
					return err
				}
			}
			more = len(over) == eraseBatch
			erased += int64(len(over))
			return nil
		})
		if err != nil {
			return err
		}
	}
	return s.Write(ctx, func(ctx context.Context, t *Tx) error {
		if _, err := t.Exec(ctx, `DELETE FROM job WHERE finished > 0 AND id <= (SELECT max(id) FROM job) - ?1`, jobsKept); err != nil {
			return err
		}
		return t.forget(ctx)
	})
}
