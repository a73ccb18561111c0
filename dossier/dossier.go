// Package dossier makes the package of a case that is handed to the police: one zip that is read without Sekisho.
//
// It holds a page that can be printed, the indicators as CSV and as STIX 2.1, the entries of the record's log about the case with
// the proof that each is in the log, the signed head of the log, the original mails as base64 text, and instructions in Japanese
// and English by which everything is verified with bash, sha256sum and openssl.
//
// That it was made, by whom, and the digest of what was handed out, are entries of the log themselves.
package dossier

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/sekisho/sekisho/record"
)

// WorkName is the name of the work that makes packages.
const WorkName = "export"

// A Request asks for the package of a case. As JSON it is the arguments of the work.
type Request struct {
	Case      string `json:"case"`
	By        string `json:"by"`        // who asks, never empty
	Originals bool   `json:"originals"` // with the original mails that are still kept

	// Names says what the people are called whose IDs the log holds. Who is not in it is shown by ID.
	Names map[string]string `json:"names,omitempty"`
}

// Write writes the package of a case with its originals; see [Request.Write].
func Write(ctx context.Context, store *record.Store, caseID string, w io.Writer, by string) error {
	return Request{Case: caseID, By: by, Originals: true}.Write(ctx, store, w)
}

// Write writes the package, a zip, to w. The log says that it was begun before the first byte is written, and afterwards the SHA-256
// of what was written. Equal input gives equal bytes. The error wraps record.ErrNotFound when there is no such case and
// record.ErrInvalid when nobody asks.
func (r Request) Write(ctx context.Context, store *record.Store, w io.Writer) error {
	if r.By == "" {
		return fmt.Errorf("export of case %q by nobody: %w", r.Case, record.ErrInvalid)
	}
	if _, err := store.Case(ctx, r.Case); err != nil {
		return fmt.Errorf("export of case %q: %w", r.Case, err)
	}
	if err := store.Note(ctx, "export", r.By, r.Case, map[string]any{"originals": r.Originals}); err != nil {
		return fmt.Errorf("note the export: %w", err)
	}
	sum := sha256.New()
	if err := r.write(ctx, store, io.MultiWriter(w, sum)); err != nil {
		return fmt.Errorf("export of case %s: %w", r.Case, err)
	}
	body := map[string]any{"sha256": hex.EncodeToString(sum.Sum(nil)), "originals": r.Originals}
	if err := store.Note(ctx, "exported", r.By, r.Case, body); err != nil {
		return fmt.Errorf("note the export: %w", err)
	}
	return nil
}

func (r Request) write(ctx context.Context, store *record.Store, w io.Writer) error {
	c, err := gather(ctx, store, r.Case)
	if err != nil {
		return err
	}
	c.names = r.Names
	p := newPacker(w, c.exported.Time)
	if r.Originals {
		// Reading an original is an entry. They come first, so that the package proves those entries too.
		read := func(passage string) ([]byte, error) { return store.Original(ctx, passage, r.By) }
		if err := c.packOriginals(p, read); err != nil {
			return err
		}
		if err := c.note(ctx, store, r.By); err != nil {
			return err
		}
	}
	if err := c.prove(ctx, store); err != nil {
		return err
	}
	return c.pack(p)
}

// Work returns the work that makes packages in a folder, as case-ID.zip, readable by its owner alone. A package of the same case
// is replaced.
func Work(store *record.Store, folder string) record.Work {
	return record.Work{Name: WorkName, Run: func(ctx context.Context, job *record.Job) error {
		var r Request
		if err := json.Unmarshal(job.Args, &r); err != nil {
			return fmt.Errorf("read the job: %w", err)
		}
		return r.file(ctx, store, folder)
	}}
}

// file writes the package into the folder, and shows it there when it is whole.
func (r Request) file(ctx context.Context, store *record.Store, folder string) error {
	if !isName(r.Case) {
		return fmt.Errorf("case %q: %w", r.Case, record.ErrNotFound)
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	temporary, err := os.CreateTemp(folder, ".export-*")
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name()) // fails when it was renamed
	err = r.Write(ctx, store, temporary)
	if err = errors.Join(err, temporary.Sync(), temporary.Close()); err != nil {
		return err
	}
	return os.Rename(temporary.Name(), filepath.Join(folder, "case-"+r.Case+".zip"))
}

// isName reports whether an ID can be part of a file's name everywhere.
func isName(id string) bool {
	if id == "" || len(id) > 64 {
		return false
	}
	for _, r := range id {
		if !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-') {
			return false
		}
	}
	return true
}
