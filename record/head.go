package record

import (
	"bufio"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
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
	size  int64     // of the log at the newest head
	wait  string    // the newest head, when it is not written
	err   error     // of the last time one was written
}

func newHeads(path string) *heads { return &heads{path: path} }

// due reports whether it is time to keep a head.
func (h *heads) due(now time.Time) bool {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	return now.Sub(h.last) >= headEvery || now.Before(h.last)
}

// newest is told of every head that was committed, in any order.
func (h *heads) newest(now time.Time, size int64, signed string) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	if size <= h.size {
		return
	}
	h.size, h.wait = size, signed
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
	h.err = errors.Join(err, file.Close())
	if h.err == nil {
		h.wait = ""
	}
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
