package record

import (
	"bufio"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"
)

// heads keeps signed heads in a file beside the keys, so that a database that was cut back to an earlier state is told. A line of the
// file is the JSON string of a checkpoint.
type heads struct {
	path  string
	mutex sync.Mutex
	last  time.Time // when one was written
	table time.Time // when one was kept in the record
	size  int64     // of the log at the newest head
	wait  string    // the newest head, when it is not written
	err   error     // of the last time one was written
}

func newHeads(path string) *heads { return &heads{path: path} }

const (
	headEvery = time.Second // how often one is written to the file
	tailEvery = time.Minute // how often one is kept in the record
	headsSize = 4 << 20     // bytes from which on the file is thinned out
	headsKept = 500         // the newest lines, which are not; of the others every hundredth is kept
)

// due reports whether it is time to keep a head in the record.
func (h *heads) due(now time.Time) bool {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	return now.Sub(h.table) >= tailEvery || now.Before(h.table)
}

// newest is told of every head that was committed, in any order.
func (h *heads) newest(now time.Time, size int64, signed string) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	if size <= h.size {
		return
	}
	h.size, h.wait = size, signed
	if now.Sub(h.table) >= tailEvery || now.Before(h.table) {
		h.table = now
	}
	if now.Sub(h.last) >= headEvery || now.Before(h.last) {
		h.last = now
		h.write()
	}
}

// flush writes the newest head if it was not.
func (h *heads) flush() error {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.write()
	return h.err
}

func (h *heads) write() {
	if h.wait == "" {
		return
	}
	line, err := json.Marshal(h.wait)
	if err != nil {
		h.err = err
		return
	}
	file, err := os.OpenFile(h.path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		h.err = err
		return
	}
	_, err = file.Write(append(line, '\n'))
	info, unknown := file.Stat()
	h.err = errors.Join(err, file.Close())
	if h.err != nil {
		return
	}
	h.wait = ""
	if unknown == nil && info.Size() > headsSize {
		h.err = h.thin()
	}
}

// thin leaves heads of the past out of the file. Another process that writes to it meanwhile does so again a second later.
func (h *heads) thin() error {
	all, err := h.read()
	if err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(h.path), ".heads-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	lines := json.NewEncoder(file)
	for i, head := range all {
		if i%100 == 0 || i >= len(all)-headsKept {
			if err := lines.Encode(head); err != nil {
				return errors.Join(err, file.Close())
			}
		}
	}
	if err := errors.Join(file.Sync(), file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), h.path)
}

// read returns the heads in the file. Lines that a crash cut are left out.
func (h *heads) read() ([]string, error) {
	file, err := os.Open(h.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var all []string
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		var head string
		if json.Unmarshal(lines.Bytes(), &head) == nil {
			all = append(all, head)
		}
	}
	return all, lines.Err()
}

// publicKey returns the text of the key that verifies what a signer's key signs.
func publicKey(private string) (string, error) {
	// PRIVATE+KEY+<name>+<hash>+<algorithm and seed in base64>, as package note defines it.
	parts := strings.SplitN(private, "+", 5)
	if len(parts) != 5 {
		return "", errors.New("not the key of a signer")
	}
	seed, err := base64.StdEncoding.DecodeString(parts[4])
	if err != nil || len(seed) != 1+ed25519.SeedSize {
		return "", errors.New("not the key of a signer")
	}
	return note.NewEd25519VerifierKey(parts[2], ed25519.NewKeyFromSeed(seed[1:]).Public().(ed25519.PublicKey))
}
