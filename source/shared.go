package source

import (
	"os"
	"sync"
)

// A shared is an open file that several items read from; the last to let go closes it.
type shared struct {
	mu    sync.Mutex
	f     *os.File
	users int
}

// share counts another user. It does nothing on nil.
func (s *shared) share() *shared {
	if s != nil {
		s.mu.Lock()
		s.users++
		s.mu.Unlock()
	}
	return s
}

func (s *shared) release() error {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.users--; s.users > 0 {
		return nil
	}
	return s.f.Close()
}
