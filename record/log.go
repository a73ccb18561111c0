package record

import (
	"context"
	"encoding/json"
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

// The kinds of entry the record itself writes.
const (
	entryPassage  = "passage"
	entryOutcome  = "outcome"
	entryDecision = "decision"
	entryRelease  = "release"
	entryRead     = "read" // of an original
	entryErase    = "erase"
	entryEffect   = "effect"
)

const (
	bodyLimit  = 4 << 20 // bytes of an entry's body
	entryLimit = 1000    // entries in an answer
)

const entryColumns = `seq, time, kind, author, ref, digest, body`

func scanEntry(r row) (Entry, error) {
	var e Entry
	var at int64
	var body []byte
	err := r.Scan(&e.Seq, &at, &e.Kind, &e.By, &e.Ref, &e.Digest, &body)
	e.Time, e.Body = moment(at), body
	return e, err
}

// Entries returns up to limit entries from seq on, in order.
func (s *Store) Entries(ctx context.Context, seq int64, limit int) ([]Entry, error) {
	if limit < 1 || limit > entryLimit {
		limit = entryLimit
	}
	var entries []Entry
	err := s.Read(ctx, func(ctx context.Context, t *Tx) error {
		return t.each(ctx, func(r row) error {
			e, err := scanEntry(r)
			entries = append(entries, e)
			return err
		}, `SELECT `+entryColumns+` FROM entry WHERE seq >= ?1 ORDER BY seq LIMIT ?2`, seq, limit)
	})
	return entries, err
}

// EntriesOf returns the entries of a case: its passages, outcomes, decisions and releases, in order.
func (s *Store) EntriesOf(ctx context.Context, caseID string) ([]Entry, error) {
	n, err := parseID(idCase, caseID)
	if err != nil {
		return nil, err
	}
	refs := []string{caseID}
	var entries []Entry
	err = s.Read(ctx, func(ctx context.Context, t *Tx) error {
		err := t.each(ctx, func(r row) error {
			var passage int64
			err := r.Scan(&passage)
			refs = append(refs, formatID(idPassage, passage))
			return err
		}, `SELECT n FROM passage WHERE case_n = ?1 AND case_n > 0 ORDER BY n`, n)
		if err != nil {
			return err
		}
		for _, ref := range refs {
			err := t.each(ctx, func(r row) error {
				e, err := scanEntry(r)
				entries = append(entries, e)
				return err
			}, `SELECT `+entryColumns+` FROM entry WHERE ref = ?1 ORDER BY seq`, ref)
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil && len(entries) == 0 {
		return nil, notFound(caseID)
	}
	sortEntries(entries)
	return entries, err
}
