package release

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/sekisho/sekisho/record"
)

// entryKind is the kind of the entry that holds an envelope.
const entryKind = "envelope"

// An Envelope is what SMTP needs beside a mail.
type Envelope struct {
	From string   `json:"from"` // empty for the null sender
	To   []string `json:"to"`
}

// Keep records the envelope of a passage that is held. A door calls it before it lets go of the mail.
func Keep(ctx context.Context, store *record.Store, passage string, e Envelope) error {
	return store.Note(ctx, entryKind, "release", passage, e)
}

// Kept returns the envelope of a held passage, or an error that wraps record.ErrGone.
func Kept(ctx context.Context, store *record.Store, passage string) (e Envelope, err error) {
	var body []byte
	err = store.Read(ctx, func(ctx context.Context, t *record.Tx) error {
		return t.QueryRow(ctx, `SELECT body FROM entry WHERE ref = ?1 AND kind = ?2 ORDER BY seq DESC LIMIT 1`, passage, entryKind).Scan(&body)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return e, fmt.Errorf("no envelope is kept: %w", record.ErrGone)
	}
	if err != nil {
		return e, fmt.Errorf("read the envelope: %w", err)
	}
	if err := json.Unmarshal(body, &e); err != nil {
		return e, fmt.Errorf("read the envelope: %w", err)
	}
	if len(e.To) == 0 {
		return e, errors.New("the envelope has no recipients")
	}
	return e, nil
}

// international reports whether an address is not in ASCII, RFC 6531.
func (e Envelope) international() bool {
	for _, address := range append([]string{e.From}, e.To...) {
		if strings.ContainsFunc(address, func(r rune) bool { return r >= 0x80 }) {
			return true
		}
	}
	return false
}
