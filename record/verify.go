package record

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// A Problem is something Verify found.
type Problem struct {
	Seq  int64  `json:"seq"` // the entry, -1 when it is about none
	What string `json:"what"`
}

// Verify reads the whole record and calls found for each problem; it returns how many entries it read. head is a signed head
// noted before (the text of a checkpoint file), empty for the ones in the record and beside its keys.
//
// The log is held against every signed head, the entries against the log, and the tables of passages, findings, gaps, indicators,
// cases, decisions, releases and effects against the entries, after what was left for later is indexed. Words and contacts serve to find
// things and are not verified.
func (s *Store) Verify(ctx context.Context, head string, found func(Problem)) (entries int64, err error) {
	v := &verification{store: s, found: found, heads: map[int64][]signedHead{}, tree: newHead(), ledger: newLedger()}
	if err := s.catchUp(ctx); err != nil {
		v.problem(-1, "the index cannot be brought up to date: %v", err)
	}
	err = s.Read(ctx, func(ctx context.Context, t *Tx) error {
		if err := t.QueryRow(ctx, `SELECT seq FROM indexed WHERE id = 1`).Scan(&v.ledger.indexed); err != nil {
			v.problem(-1, "nothing says how far the index is: %v", err)
		}
		if err := v.readHeads(ctx, t, head); err != nil {
			return err
		}
		if err := v.readLog(ctx, t); err != nil {
			return err
		}
		v.endOfLog()
		if v.ledger.indexed > v.tree.size {
			v.problem(-1, "the index is said to be of %d entries and the log has %d", v.ledger.indexed, v.tree.size)
		}
		return v.ledger.compare(ctx, t, v.problem)
	})
	return v.read, err
}

// A verification is one reading of the record.
type verification struct {
	store  *Store
	found  func(Problem)
	heads  map[int64][]signedHead // by the size of the log
	tree   *head                  // of the leaves as they are stored
	good   int64                  // size of the last head that holds
	read   int64                  // entries
	wrong  []wrongEntry           // that are not what their leaves say
	ledger *ledger
}

// A signedHead is a head with where it was kept.
type signedHead struct {
	root tlog.Hash
	from string
}

// A wrongEntry is kept to tell whether it was moved.
type wrongEntry struct {
	entry  Entry
	stored tlog.Hash
}

const wrongLimit = 200 // entries that are looked for in one another's places

func (v *verification) problem(seq int64, format string, args ...any) {
	v.found(Problem{seq, fmt.Sprintf(format, args...)})
}

// readHeads collects the signed heads.
func (v *verification) readHeads(ctx context.Context, t *Tx, given string) error {
	var size int64
	var newest string
	if err := t.QueryRow(ctx, `SELECT size, note FROM loghead WHERE id = 1`).Scan(&size, &newest); err != nil {
		v.problem(-1, "the head of the log is missing: %v", err)
	}
	if newest != "" {
		if at := v.head(newest, "the newest head"); at != size {
			v.problem(-1, "the newest head was signed for %d entries and the log is said to have %d", at, size)
		}
	} else if size > 0 {
		v.problem(-1, "the newest head is missing")
	}
	err := t.each(ctx, func(r row) error {
		var text string
		err := r.Scan(&text)
		v.head(text, "a head in the record")
		return err
	}, `SELECT note FROM oldhead ORDER BY size`)
	if err != nil {
		return err
	}
	kept, err := v.store.heads.read()
	if err != nil {
		return err
	}
	for _, text := range kept {
		v.head(text, "a head beside the keys")
	}
	if given != "" {
		v.head(given, "the head given")
	}
	return nil
}

// head takes one head in and returns its size, -1 when its signature does not hold.
func (v *verification) head(text, from string) int64 {
	opened, err := note.Open([]byte(text), note.VerifierList(v.store.keys.verifier))
	if err != nil {
		v.problem(-1, "%s is not signed with the key of this record: %v", from, err)
		return -1
	}
	origin, size, root, err := readCheckpoint(opened.Text)
	if err != nil || origin != v.store.keys.origin() {
		v.problem(-1, "%s is not of this log", from)
		return -1
	}
	one := signedHead{root, from}
	if !slices.Contains(v.heads[size], one) {
		v.heads[size] = append(v.heads[size], one)
	}
	return size
}

const verifyPage = 500 // entries read at once

// readLog reads entries and stored hashes side by side.
func (v *verification) readLog(ctx context.Context, t *Tx) error {
	for from := int64(0); ; {
		var entries []saltedEntry
		err := t.each(ctx, func(r row) error {
			var e saltedEntry
			var err error
			e.Entry, err = scanEntry(behind{r, []any{&e.salt}})
			entries = append(entries, e)
			return err
		}, `SELECT salt, `+entryColumns+` FROM entry WHERE seq >= ?1 ORDER BY seq LIMIT ?2`, from, verifyPage)
		if err != nil {
			return err
		}
		if len(entries) == 0 {
			return v.unwritten(ctx, t)
		}
		last := entries[len(entries)-1].Seq
		stored, err := t.hashes(ctx, tlog.StoredHashIndex(0, from), tlog.StoredHashIndex(0, last+1))
		if err != nil {
			return err
		}
		for _, e := range entries {
			if err := v.upTo(e.Seq, stored); err != nil {
				return err
			}
			if err := v.entry(e, stored); err != nil {
				return err
			}
		}
		from = last + 1
	}
}

type saltedEntry struct {
	Entry
	salt []byte
}

// hashes returns stored hashes by their index.
func (t *Tx) hashes(ctx context.Context, from, below int64) (map[int64]tlog.Hash, error) {
	stored := map[int64]tlog.Hash{}
	err := t.each(ctx, func(r row) error {
		var id int64
		var hash []byte
		if err := r.Scan(&id, &hash); err != nil {
			return err
		}
		if len(hash) == tlog.HashSize {
			stored[id] = tlog.Hash(hash)
		}
		return nil
	}, `SELECT id, hash FROM loghash WHERE id >= ?1 AND id < ?2`, from, below)
	return stored, err
}

// upTo names the entries that are missing before seq. Their leaves stand in for them, so that the others can still be verified.
func (v *verification) upTo(seq int64, stored map[int64]tlog.Hash) error {
	for missing := v.tree.size; missing < seq; missing++ {
		v.problem(missing, "entry %d is missing", missing)
		leaf := stored[tlog.StoredHashIndex(0, missing)]
		if err := v.extend(leaf, stored); err != nil {
			return err
		}
	}
	return nil
}

// unwritten looks for leaves behind the last entry.
func (v *verification) unwritten(ctx context.Context, t *Tx) error {
	var last int64
	if err := t.QueryRow(ctx, `SELECT COALESCE(max(id), -1) FROM loghash`).Scan(&last); err != nil {
		return err
	}
	if last < tlog.StoredHashIndex(0, v.tree.size) {
		return nil
	}
	stored, err := t.hashes(ctx, tlog.StoredHashIndex(0, v.tree.size), last+1)
	if err != nil {
		return err
	}
	end := v.tree.size
	for ; tlog.StoredHashIndex(0, end) <= last; end++ {
	}
	return v.upTo(end, stored)
}

// entry verifies one entry against its leaf and its body, and enters it in the ledger.
func (v *verification) entry(e saltedEntry, stored map[int64]tlog.Hash) error {
	v.read++
	line, err := lineOf(e.Entry)
	if err != nil {
		return err
	}
	leaf := tlog.RecordHash(line)
	kept, ok := stored[tlog.StoredHashIndex(0, e.Seq)]
	switch {
	case !ok:
		v.problem(e.Seq, "entry %d has no leaf in the tree", e.Seq)
		kept = leaf
	case kept != leaf && len(v.wrong) < wrongLimit:
		v.wrong = append(v.wrong, wrongEntry{e.Entry, kept})
	case kept != leaf:
		v.problem(e.Seq, "entry %d was changed", e.Seq)
	}
	if err := v.extend(kept, stored); err != nil {
		return err
	}
	if e.Body == nil {
		v.ledger.erased(e.Entry)
		return nil
	}
	if digest(e.salt, e.Body) != e.Digest {
		v.problem(e.Seq, "the body of entry %d was changed", e.Seq)
		return nil
	}
	if kept == leaf {
		if err := v.ledger.enter(e.Entry); err != nil {
			v.problem(e.Seq, "the body of entry %d cannot be read: %v", e.Seq, err)
		}
	}
	return nil
}

// extend adds a leaf, and compares the hashes and heads that come with it.
func (v *verification) extend(leaf tlog.Hash, stored map[int64]tlog.Hash) error {
	seq := v.tree.size
	first, hashes, err := v.tree.extend(leaf)
	if err != nil {
		return err
	}
	for i, hash := range hashes[1:] {
		if kept, ok := stored[first+int64(i)+1]; ok && kept != hash {
			v.problem(seq, "a hash of the tree over entry %d was changed", seq)
		}
	}
	return v.holds()
}

// holds compares the signed heads of the size the tree has come to.
func (v *verification) holds() error {
	heads := v.heads[v.tree.size]
	if len(heads) == 0 {
		return nil
	}
	root, err := tlog.TreeHash(v.tree.size, v.tree)
	if err != nil {
		return err
	}
	sound := slices.ContainsFunc(heads, func(h signedHead) bool { return h.root == root })
	for _, head := range heads {
		switch {
		case head.root == root:
		case sound:
			v.problem(-1, "%s of %d entries is of another log: the record was put back to an earlier state, and written on", head.from, v.tree.size)
		default:
			v.problem(-1, "%s of %d entries does not hold: something in entries %d to %d was changed together with its leaf", head.from, v.tree.size, v.good, v.tree.size-1)
		}
	}
	if sound {
		v.good = v.tree.size
	}
	return nil
}

// endOfLog names what was changed or moved, and heads of a longer log.
func (v *verification) endOfLog() {
	for _, w := range v.wrong {
		if from, ok := v.cameFrom(w); ok {
			v.problem(w.entry.Seq, "entry %d was moved: it is entry %d", w.entry.Seq, from)
			continue
		}
		v.problem(w.entry.Seq, "entry %d was changed", w.entry.Seq)
	}
	for size, heads := range v.heads {
		if size > v.tree.size {
			v.problem(-1, "entries %d to %d are missing at the end: %s was signed when the log had them", v.tree.size, size-1, heads[0].from)
		}
	}
}

// cameFrom tells whose place an entry had before.
func (v *verification) cameFrom(w wrongEntry) (int64, bool) {
	for _, other := range v.wrong {
		moved := w.entry
		moved.Seq = other.entry.Seq
		if line, err := lineOf(moved); err == nil && other.entry.Seq != w.entry.Seq && tlog.RecordHash(line) == other.stored {
			return other.entry.Seq, true
		}
	}
	return 0, false
}

func newHead() *head { return &head{edge: map[int64]tlog.Hash{}} }

// joinedWith joins columns of a row so that no two rows are taken for one.
func joinedWith(columns ...any) string {
	var b strings.Builder
	for _, c := range columns {
		text := fmt.Sprint(c)
		fmt.Fprintf(&b, "%d:%s,", len(text), text)
	}
	return b.String()
}
