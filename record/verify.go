package record

import (
	"context"
	"errors"
)

// A Problem is something Verify found.
type Problem struct {
	Seq  int64  `json:"seq"` // the entry, -1 when it is about none
	What string `json:"what"`
}

// Verify reads the whole record and calls found for each problem; it returns how many entries it read. head is a signed head
// noted before (the text of a checkpoint file), empty for the ones in the record.
func (s *Store) Verify(ctx context.Context, head string, found func(Problem)) (entries int64, err error) {
	return 0, errors.ErrUnsupported
}

// Head returns the newest signed head of the log, a C2SP checkpoint note, and the text of the key that verifies it.
func (s *Store) Head(ctx context.Context) (checkpoint, verifier string, err error) {
	return "", "", errors.ErrUnsupported
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
	return "", nil, errors.ErrUnsupported
}
