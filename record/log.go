package record

import (
	"context"
	"encoding/json"
	"errors"
	"time"
)

// An Entry is one thing that happened. Its leaf in the Merkle tree is the SHA-256, as RFC 6962 §2.1 hashes leaves, of the entry's
// line: the JSON of all fields but Body, which is present by its salted digest, so that a body can be erased when its time is
// over and the log still verifies.
type Entry struct {
	Seq    int64           `json:"seq"` // from 0, without holes
	Time   time.Time       `json:"time"`
	Kind   string          `json:"kind"` // passage, outcome, decision, release, erase, note kinds ...
	By     string          `json:"by"`   // a process or a person
	Ref    string          `json:"ref"`  // what it is about: a passage's, case's or person's ID
	Digest string          `json:"digest"`
	Body   json.RawMessage `json:"-"` // nil when it was erased
}

// Entries returns up to limit entries from seq on, in order.
func (s *Store) Entries(ctx context.Context, seq int64, limit int) ([]Entry, error) {
	return nil, errors.ErrUnsupported
}

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

// EntriesOf returns the entries of a case: its passages, outcomes, decisions and releases, in order.
func (s *Store) EntriesOf(ctx context.Context, caseID string) ([]Entry, error) {
	return nil, errors.ErrUnsupported
}
