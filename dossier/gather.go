package dossier

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/record"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	passageLimit  = 1000      // passages that the page and the indicators tell of; the entries of all are there
	originalLimit = 512 << 20 // bytes of all originals together
)

// contents is all that goes into a package.
type contents struct {
	caze      record.Case
	passages  []record.Detail // oldest first
	more      int             // passages that are not told of
	originals []original
	entries   []record.Entry
	proofs    []record.Proof // of the entries, in the same order
	head      string         // a signed checkpoint
	key       string         // that verifies it
	tree      tlog.Tree      // that the head says
	exported  record.Entry   // that it was begun
	names     map[string]string
}

// who returns the name of a person beside the ID that the log holds, or what the log holds.
func (c *contents) who(id string) string {
	if name := c.names[id]; name != "" {
		return name + " (" + id + ")"
	}
	return id
}

// An original is a mail as it arrived, or why it is not there.
type original struct {
	Passage string
	Size    int
	SHA256  string // of the mail's bytes; empty when it is not there
	Why     sekisho.Text
}

// gather reads the case and its passages.
func gather(ctx context.Context, store *record.Store, caseID string) (*contents, error) {
	detail, err := store.Case(ctx, caseID)
	if err != nil {
		return nil, err
	}
	c := &contents{caze: detail.Case}
	entries, err := store.EntriesOf(ctx, caseID)
	if err != nil {
		return nil, fmt.Errorf("read the entries: %w", err)
	}
	for _, e := range entries {
		if e.Kind == "export" {
			c.exported = e
		}
		if e.Kind != "passage" {
			continue
		}
		if len(c.passages) == passageLimit {
			c.more++
			continue
		}
		p, err := store.Passage(ctx, e.Ref)
		if errors.Is(err, record.ErrNotFound) || errors.Is(err, record.ErrGone) {
			continue // its entry says so
		}
		if err != nil {
			return nil, fmt.Errorf("read passage %s: %w", e.Ref, err)
		}
		c.passages = append(c.passages, p)
	}
	return c, nil
}

// prove reads the entries as they are now, their proofs, and the head that these lead to.
func (c *contents) prove(ctx context.Context, store *record.Store) error {
	var err error
	if c.entries, err = store.EntriesOf(ctx, c.caze.ID); err != nil {
		return fmt.Errorf("read the entries: %w", err)
	}
	var seqs []int64
	for _, e := range c.entries {
		seqs = append(seqs, e.Seq)
	}
	if c.head, c.proofs, err = store.Prove(ctx, seqs); err != nil {
		return fmt.Errorf("prove the entries: %w", err)
	}
	if len(c.proofs) != len(c.entries) {
		return fmt.Errorf("%d proofs of %d entries", len(c.proofs), len(c.entries))
	}
	for i, p := range c.proofs {
		if p.Entry.Seq != c.entries[i].Seq {
			return fmt.Errorf("the proof of entry %d is one of entry %d", c.entries[i].Seq, p.Entry.Seq)
		}
	}
	if _, c.key, err = store.Head(ctx); err != nil {
		return fmt.Errorf("read the key: %w", err)
	}
	c.tree, err = openHead(c.head, c.key)
	return err
}

// openHead verifies a signed checkpoint and returns the tree it is of.
func openHead(head, key string) (tlog.Tree, error) {
	verifier, err := note.NewVerifier(strings.TrimSpace(key))
	if err != nil {
		return tlog.Tree{}, errors.New("the key is not one")
	}
	opened, err := note.Open([]byte(head), note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, errors.New("the head is not signed with the key")
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 {
		return tlog.Tree{}, errors.New("the head is no checkpoint")
	}
	var tree tlog.Tree
	if _, err := fmt.Sscanf(lines[1], "%d", &tree.N); err != nil || fmt.Sprint(tree.N) != lines[1] || tree.N < 0 {
		return tlog.Tree{}, errors.New("the head says no size")
	}
	if tree.Hash, err = tlog.ParseHash(lines[2]); err != nil {
		return tlog.Tree{}, errors.New("the head says no root")
	}
	return tree, nil
}

// encode returns bytes as base64 in lines of 76.
func encode(data []byte) []byte {
	encoded := base64.StdEncoding.EncodeToString(data)
	var b bytes.Buffer
	for line := range slices.Chunk([]byte(encoded), 76) {
		b.Write(line)
		b.WriteByte('\n')
	}
	return b.Bytes()
}

// jst is Japan's time, which knows no summer time.
var jst = time.FixedZone("JST", 9*60*60)
