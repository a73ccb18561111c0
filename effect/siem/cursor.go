package siem

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/sekisho/sekisho/record"
)

// A cursor is a place in the log, kept in a file. The digest of the entry before it tells whether the log is the same.
type cursor struct {
	path   string
	read   bool
	next   int64
	digest string
}

type cursorFile struct {
	Next   int64  `json:"next"`   // the entry that is sent next
	Digest string `json:"digest"` // of the entry before
}

func (c *cursor) load() error {
	data, err := os.ReadFile(c.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var stored cursorFile
	if err := json.Unmarshal(data, &stored); err != nil || stored.Next < 0 {
		return fmt.Errorf("%s is damaged (hint: remove it, and everything is sent again)", c.path)
	}
	c.next, c.digest = stored.Next, stored.Digest
	return nil
}

// move puts the place behind the entry. The file is replaced as a whole.
func (c *cursor) move(last record.Entry) error {
	data, err := json.Marshal(cursorFile{last.Seq + 1, last.Digest})
	if err != nil {
		return err
	}
	temporary, err := os.CreateTemp(filepath.Dir(c.path), ".siem-*")
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name()) // fails when it was renamed
	_, err = temporary.Write(data)
	if err = errors.Join(err, temporary.Sync(), temporary.Close()); err != nil {
		return err
	}
	if err := os.Rename(temporary.Name(), c.path); err != nil {
		return err
	}
	c.next, c.digest = last.Seq+1, last.Digest
	return nil
}
