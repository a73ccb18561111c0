package record

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// A head is the right edge of the log while a transaction holds it.
type head struct {
	size int64
	edge map[int64]tlog.Hash // by index of tlog's stored hashes: the roots of the complete trees at the right edge
}

// lock holds the log for this transaction, so that entries get their numbers one transaction after the other.
func (t *Tx) lock(ctx context.Context) error {
	if t.head != nil {
		return nil
	}
	query := `SELECT size, edge FROM loghead WHERE id = 1`
	if t.store.db.postgres {
		query += ` FOR UPDATE`
	}
	h := &head{edge: map[int64]tlog.Hash{}}
	var edge []byte
	if err := t.QueryRow(ctx, query).Scan(&h.size, &edge); err != nil {
		return fmt.Errorf("read the head of the log: %w", err)
	}
	indexes := edgeOf(h.size)
	if len(edge) != len(indexes)*tlog.HashSize {
		return errors.New("the head of the log is damaged (hint: sekisho record verify)")
	}
	for i, index := range indexes {
		h.edge[index] = tlog.Hash(edge[i*tlog.HashSize:])
	}
	t.head = h
	return nil
}

// edgeOf returns the indexes of the roots of the complete trees that a log of the size is made of, the largest first.
func edgeOf(size int64) []int64 {
	var indexes []int64
	for level := 62; level >= 0; level-- {
		if size>>level&1 == 1 {
			indexes = append(indexes, tlog.StoredHashIndex(level, size>>level-1))
		}
	}
	return indexes
}

// ReadHashes makes the edge a tlog.HashReader: to extend a log, and to tell its root, takes no other hashes.
func (h *head) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		hash, ok := h.edge[index]
		if !ok {
			return nil, fmt.Errorf("hash %d is not at the edge of a log of %d", index, h.size)
		}
		hashes[i] = hash
	}
	return hashes, nil
}

// extend adds a leaf and returns the hashes to store with the index of the first.
func (h *head) extend(leaf tlog.Hash) (first int64, hashes []tlog.Hash, err error) {
	hashes, err = tlog.StoredHashesForRecordHash(h.size, leaf, h)
	if err != nil {
		return 0, nil, err
	}
	first = tlog.StoredHashIndex(0, h.size)
	for i, hash := range hashes {
		h.edge[first+int64(i)] = hash
	}
	h.size++
	kept := edgeOf(h.size)
	for index := range h.edge {
		if !slices.Contains(kept, index) {
			delete(h.edge, index)
		}
	}
	return first, hashes, nil
}

func (h *head) bytes() []byte {
	edge := []byte{}
	for _, index := range edgeOf(h.size) {
		hash := h.edge[index]
		edge = append(edge, hash[:]...)
	}
	return edge
}

// next is the number of the entry that is noted next.
func (t *Tx) next() int64 { return t.head.size + int64(len(t.notes)) }

// digest binds a body to its entry. The salt keeps a short body from being guessed when it was erased.
func digest(salt, body []byte) string {
	sum := sha256.Sum256(append(bytes.Clone(salt), body...))
	return hex.EncodeToString(sum[:])
}

// lineOf returns what is hashed of an entry.
func lineOf(e Entry) ([]byte, error) { return json.Marshal(e) }

// append writes what was noted, and signs the head.
func (t *Tx) append(ctx context.Context) error {
	if len(t.notes) == 0 {
		return nil
	}
	if err := t.lock(ctx); err != nil {
		return err
	}
	entries := newRows(`INSERT INTO entry (seq, time, kind, author, ref, salt, digest, body) VALUES `, 8)
	hashes := newRows(`INSERT INTO loghash (id, hash) VALUES `, 2)
	for _, n := range t.notes {
		salt := make([]byte, 16)
		_, _ = rand.Read(salt)
		e := Entry{Seq: t.head.size, Time: n.time, Kind: n.kind, By: n.by, Ref: n.ref, Digest: digest(salt, n.body)}
		line, err := lineOf(e)
		if err != nil {
			return err
		}
		first, added, err := t.head.extend(tlog.RecordHash(line))
		if err != nil {
			return err
		}
		entries.add(e.Seq, e.Time.UnixMicro(), e.Kind, e.By, e.Ref, salt, e.Digest, n.body)
		for i, hash := range added {
			hashes.add(first+int64(i), hash[:])
		}
	}
	if err := entries.insert(ctx, t, ``); err != nil {
		return err
	}
	if err := hashes.insert(ctx, t, ``); err != nil {
		return err
	}
	return t.sign(ctx)
}

// sign writes the head this transaction leaves. Those of the past are kept, one a minute.
func (t *Tx) sign(ctx context.Context) error {
	root, err := tlog.TreeHash(t.head.size, t.head)
	if err != nil {
		return err
	}
	signed, err := note.Sign(&note.Note{Text: checkpointText(t.store.keys.origin(), t.head.size, root)}, t.store.keys.signer)
	if err != nil {
		return err
	}
	if _, err := t.Exec(ctx, `UPDATE loghead SET size = ?1, edge = ?2, note = ?3 WHERE id = 1`, t.head.size, t.head.bytes(), string(signed)); err != nil {
		return err
	}
	now, size := t.store.now(), t.head.size
	if t.store.heads.due(now) {
		if _, err := t.Exec(ctx, `INSERT INTO oldhead (size, time, note) VALUES (?1, ?2, ?3)`, size, now.UnixMicro(), string(signed)); err != nil {
			return err
		}
	}
	t.after = append(t.after, func() { t.store.heads.newest(now, size, string(signed)) })
	return nil
}

func sortEntries(entries []Entry) {
	slices.SortFunc(entries, func(a, b Entry) int { return cmp.Compare(a.Seq, b.Seq) })
}

func notFound(what string) error { return fmt.Errorf("%q: %w", what, ErrNotFound) }

// Note adds an entry for something that happened beside verdicts: a sign-in, an export, a changed profile. Kind is one word; body is
// marshalled as JSON and must hold no secret and no mail content.
func (s *Store) Note(ctx context.Context, kind, by, ref string, body any) error {
	return s.share(ctx, func(_ context.Context, t *Tx) error { return t.Note(kind, by, ref, body) })
}

// checkpointText is the text of a C2SP checkpoint: the log's name, its size, its root.
func checkpointText(origin string, size int64, root tlog.Hash) string {
	return fmt.Sprintf("%s\n%d\n%s\n", origin, size, root)
}

// readCheckpoint takes the text of a checkpoint apart.
func readCheckpoint(text string) (origin string, size int64, root tlog.Hash, err error) {
	var encoded string
	if _, err := fmt.Sscanf(text, "%s\n%d\n%s\n", &origin, &size, &encoded); err != nil {
		return "", 0, root, errors.New("not the text of a checkpoint")
	}
	root, err = tlog.ParseHash(encoded)
	return origin, size, root, err
}
