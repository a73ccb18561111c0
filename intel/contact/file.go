package contact

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/sekisho/sekisho"
)

const (
	format    = "sekisho contacts"
	version   = 1
	sizeLimit = 1 << 30 // bytes of a file
	lineLimit = 1 << 20 // bytes of a line
	perLine   = 1000    // message ids in a line
)

// A line is one line of the file; one of its fields is set.
type line struct {
	Format  string   `json:"format,omitempty"`
	Version int      `json:"version,omitempty"`
	Contact *saved   `json:"contact,omitempty"`
	Threads []string `json:"threads,omitempty"` // hashes of message ids in hexadecimal, the oldest first
	End     *end     `json:"end,omitempty"`
}

type saved struct {
	Address  string    `json:"address"`
	Names    []string  `json:"names,omitempty"`
	Received int       `json:"received,omitempty"`
	Sent     int       `json:"sent,omitempty"`
	First    time.Time `json:"first,omitzero"`
	Last     time.Time `json:"last,omitzero"`
}

// An end closes the file: without it, it was cut.
type end struct {
	Contacts int `json:"contacts"`
	Threads  int `json:"threads"`
}

// Load reads a book that Save wrote. A file that was cut, changed or is of another version is an error that says so:
// half a history would call known people strangers.
func Load(path string) (*Book, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read contacts: %w", err)
	}
	defer f.Close()
	b := New()
	lines := bufio.NewScanner(io.LimitReader(f, sizeLimit))
	lines.Buffer(make([]byte, 64<<10), lineLimit)
	n, ended := 0, false
	for lines.Scan() {
		n++
		if ended {
			return nil, broken(path, n, errors.New("something stands after the end"))
		}
		if ended, err = b.line(n, lines.Bytes()); err != nil {
			return nil, broken(path, n, err)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, broken(path, n+1, err)
	}
	if !ended {
		return nil, broken(path, n, errors.New("the file was cut: its last line is missing"))
	}
	return b, nil
}

// LoadOrNew reads the book at path, or returns an empty one when there is no file.
func LoadOrNew(path string) (*Book, error) {
	b, err := Load(path)
	if errors.Is(err, fs.ErrNotExist) {
		return New(), nil
	}
	return b, err
}

func broken(path string, n int, err error) error {
	return fmt.Errorf("%s:%d: not a history of contacts that can be relied on: %w (hint: restore the file, or remove it and learn again)", path, n, err)
}

// line adds one line of the file, and reports whether it is the last.
func (b *Book) line(n int, data []byte) (last bool, err error) {
	var l line
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&l); err != nil {
		return false, err
	}
	switch {
	case n == 1 && l.Format != format:
		return false, errors.New("the first line does not say that it is one")
	case n == 1 && l.Version != version:
		return false, fmt.Errorf("it has version %d, this program reads %d", l.Version, version)
	case n == 1:
	case l.Contact != nil:
		return false, b.restore(l.Contact)
	case l.End != nil:
		if l.End.Contacts != len(b.contacts) || l.End.Threads != len(b.threads) {
			return false, fmt.Errorf("it ends with %d contacts and %d threads, and holds %d and %d",
				l.End.Contacts, l.End.Threads, len(b.contacts), len(b.threads))
		}
		return true, nil
	case l.Threads != nil:
		for _, text := range l.Threads {
			id, err := strconv.ParseUint(text, 16, 64)
			if err != nil {
				return false, err
			}
			b.count++
			b.threads[id] = b.count
		}
	default:
		return false, errors.New("an empty line")
	}
	if len(b.threads) > b.limits.threads {
		return false, fmt.Errorf("%w: more than %d threads", sekisho.ErrLimit, b.limits.threads)
	}
	return false, nil
}

func (b *Book) restore(s *saved) error {
	switch {
	case s.Address == "" || len(s.Address) > lengthLimit || len(s.Names) > nameLimit || s.Received < 0 || s.Sent < 0:
		return errors.New("a contact that cannot be")
	case b.contacts[s.Address] != nil:
		return fmt.Errorf("%q is there twice", s.Address)
	case len(b.contacts) >= b.limits.contacts:
		return fmt.Errorf("%w: more than %d contacts", sekisho.ErrLimit, b.limits.contacts)
	}
	b.count++
	c := &contact{touched: b.count, Contact: sekisho.Contact{Address: s.Address, Received: s.Received, Sent: s.Sent, First: s.First, Last: s.Last}}
	b.contacts[s.Address] = c
	for _, name := range s.Names {
		b.name(c, name)
	}
	return nil
}

// Save writes the book to path. The file there is replaced at once and whole, or not at all; only its owner may read
// it.
func (b *Book) Save(path string) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("save contacts: %w", err)
	}
	err = b.write(f)
	if err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("save contacts %s: %w", path, err), os.Remove(f.Name()))
	}
	return nil
}

// write writes the book, what was touched longest ago first, so that reading restores the order.
func (b *Book) write(w io.Writer) error {
	out := bufio.NewWriter(w)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(line{Format: format, Version: version}); err != nil {
		return err
	}
	for _, c := range b.sorted() {
		s := &saved{Address: c.Address, Names: c.Names, Received: c.Received, Sent: c.Sent, First: c.First, Last: c.Last}
		if err := enc.Encode(line{Contact: s}); err != nil {
			return err
		}
	}
	ids := b.ids()
	for len(ids) > 0 {
		n := min(len(ids), perLine)
		texts := make([]string, n)
		for i, id := range ids[:n] {
			texts[i] = fmt.Sprintf("%016x", id)
		}
		if err := enc.Encode(line{Threads: texts}); err != nil {
			return err
		}
		ids = ids[n:]
	}
	if err := enc.Encode(line{End: &end{Contacts: len(b.contacts), Threads: len(b.threads)}}); err != nil {
		return err
	}
	return out.Flush()
}
