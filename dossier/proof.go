package dossier

import (
	"encoding/base64"
	"errors"

	"github.com/sekisho/sekisho/record"
	"golang.org/x/mod/sumdb/tlog"
)

// A step is a hash on the way from a leaf to the root, and on which side of the way it stands.
type step struct {
	side string // left or right
	hash tlog.Hash
}

// walk returns the steps of a proof, as RFC 9162 §2.1.3.2 reads the path of RFC 6962 §2.1.1.
func walk(p record.Proof) ([]step, error) {
	index, last := p.Entry.Seq, p.Size-1
	if index < 0 || index > last {
		return nil, errors.New("the proof is of no entry of the log")
	}
	var steps []step
	for _, encoded := range p.Hashes {
		raw, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil || len(raw) != tlog.HashSize {
			return nil, errors.New("the proof holds what is no hash")
		}
		if last == 0 {
			return nil, errors.New("the proof is too long")
		}
		s := step{"right", tlog.Hash(raw)}
		if index&1 == 1 || index == last {
			s.side = "left"
			for index&1 == 0 && index != 0 {
				index, last = index>>1, last>>1
			}
		}
		steps = append(steps, s)
		index, last = index>>1, last>>1
	}
	if last != 0 {
		return nil, errors.New("the proof is too short")
	}
	return steps, nil
}
