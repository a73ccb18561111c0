package milter

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
)

// memoryLimit is how many bytes of a mail are kept in memory; what is larger goes to a file.
const memoryLimit = 512 << 10

// errTooLarge says that a mail is larger than is inspected.
var errTooLarge = errors.New("too large")

// A spool holds the bytes of one mail: in memory first, then in a file without a name, which is gone when the process is.
// Reading is safe while nothing is written.
type spool struct {
	dir   string
	limit int64
	mem   []byte
	file  *os.File
	size  int64
	err   error // why bytes are missing; the first one stands
	once  sync.Once
}

// write keeps the bytes or remembers why not. Once bytes are missing, no more are kept.
func (s *spool) write(p []byte) {
	if s.err != nil {
		return
	}
	switch {
	case s.size+int64(len(p)) > s.limit:
		s.err = fmt.Errorf("%w: more than %d bytes", errTooLarge, s.limit)
	case s.file == nil && len(s.mem)+len(p) <= memoryLimit:
		s.mem = append(s.mem, p...)
		s.size += int64(len(p))
	default:
		s.err = s.toFile(p)
	}
}

func (s *spool) toFile(p []byte) error {
	if s.file == nil {
		file, err := os.CreateTemp(s.dir, "sekisho-mail-*")
		if err != nil {
			return fmt.Errorf("spool: %w", err)
		}
		s.file = file
		if err := os.Remove(file.Name()); err != nil {
			return fmt.Errorf("spool: %w", err)
		}
		if _, err := file.Write(s.mem); err != nil {
			return fmt.Errorf("spool: %w", err)
		}
	}
	n, err := s.file.Write(p)
	s.size += int64(n)
	if err != nil {
		return fmt.Errorf("spool: %w", err)
	}
	return nil
}

// ReadAt reads as io.ReaderAt does.
func (s *spool) ReadAt(p []byte, off int64) (int, error) {
	if s.file != nil {
		return s.file.ReadAt(p, off)
	}
	if off < 0 || off >= int64(len(s.mem)) {
		return 0, io.EOF
	}
	n := copy(p, s.mem[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// all returns every byte. They must not be changed.
func (s *spool) all() ([]byte, error) {
	if s.file == nil {
		return s.mem, nil
	}
	data := make([]byte, s.size)
	if _, err := s.file.ReadAt(data, 0); err != nil {
		return nil, fmt.Errorf("spool: %w", err)
	}
	return data, nil
}

// close gives the file back. It may be called twice.
func (s *spool) close() {
	s.once.Do(func() {
		if s.file != nil {
			_ = s.file.Close() // it has no name: closing it is all there is
		}
	})
}
