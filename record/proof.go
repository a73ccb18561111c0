package record

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// Head returns the newest signed head of the log, a C2SP checkpoint note, and the text of the key that verifies it. The checkpoint of
// an empty log is empty.
func (s *Store) Head(ctx context.Context) (checkpoint, verifier string, err error) {
	err = s.Read(ctx, func(ctx context.Context, t *Tx) error {
		return t.QueryRow(ctx, `SELECT note FROM loghead WHERE id = 1`).Scan(&checkpoint)
	})
	return checkpoint, s.keys.public, err
}

// A Proof shows that an entry is in the log of a head.
type Proof struct {
	Entry  Entry    `json:"entry"`
	Line   string   `json:"line"`   // what is hashed
	Salt   string   `json:"salt"`   // of the body's digest, hexadecimal
	Size   int64    `json:"size"`   // of the log at the head
	Hashes []string `json:"hashes"` // RFC 6962 §2.1.1, base64
}

// Prove returns the proofs of entries against the newest head.
func (s *Store) Prove(ctx context.Context, seqs []int64) (checkpoint string, proofs []Proof, err error) {
	err = s.Read(ctx, func(ctx context.Context, t *Tx) error {
		var size int64
		if err := t.QueryRow(ctx, `SELECT size, note FROM loghead WHERE id = 1`).Scan(&size, &checkpoint); err != nil {
			return err
		}
		for _, seq := range seqs {
			if seq < 0 || seq >= size {
				return fmt.Errorf("entry %d of %d: %w", seq, size, ErrNotFound)
			}
			p, err := t.prove(ctx, seq, size)
			if err != nil {
				return fmt.Errorf("entry %d: %w", seq, err)
			}
			proofs = append(proofs, p)
		}
		return nil
	})
	return checkpoint, proofs, err
}

func (t *Tx) prove(ctx context.Context, seq, size int64) (Proof, error) {
	p := Proof{Size: size, Hashes: []string{}}
	var salt []byte
	var err error
	p.Entry, err = scanEntry(behind{t.QueryRow(ctx, `SELECT salt, `+entryColumns+` FROM entry WHERE seq = ?1`, seq), []any{&salt}})
	if err != nil {
		return p, err
	}
	line, err := lineOf(p.Entry)
	if err != nil {
		return p, err
	}
	p.Line, p.Salt = string(line), hex.EncodeToString(salt)
	hashes, err := tlog.ProveRecord(size, seq, tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		return t.hashesAt(ctx, indexes)
	}))
	if err != nil {
		return p, err
	}
	for _, hash := range hashes {
		p.Hashes = append(p.Hashes, hash.String())
	}
	return p, nil
}

// hashesAt returns the stored hashes of the indexes, in their order.
func (t *Tx) hashesAt(ctx context.Context, indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		var hash []byte
		if err := t.QueryRow(ctx, `SELECT hash FROM loghash WHERE id = ?1`, index).Scan(&hash); err != nil {
			return nil, err
		}
		if len(hash) != tlog.HashSize {
			return nil, errors.New("a hash of the tree is damaged")
		}
		hashes[i] = tlog.Hash(hash)
	}
	return hashes, nil
}
