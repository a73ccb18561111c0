package main

import (
	"sync"
	"time"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/intel/feed"
	"github.com/sekisho/sekisho/intel/label"
)

// A shelf is the lists of a data folder for a process that keeps running: they are opened again when they were pulled.
type shelf struct {
	library feed.Library
	mu      sync.RWMutex // held while the lists are used, so that none is closed under a reader
	current *label.Store
}

func openShelf(folder string) (*shelf, error) {
	s := &shelf{library: feed.Library{Folder: folder}, current: label.Builtin()}
	return s, s.reopen()
}

// reopen takes the lists as they are in the folder now.
func (s *shelf) reopen() error {
	fresh, err := label.OpenStore(s.library.Lists())
	if err != nil {
		return err
	}
	s.mu.Lock()
	old := s.current
	s.current = fresh
	s.mu.Unlock()
	return old.Close()
}

// lend gives the lists to use, which may hold on to them until it returns.
func (s *shelf) lend(use func(*label.Store) error) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return use(s.current)
}

// Labels implements sekisho.Labels.
func (s *shelf) Labels(chain, address string) []sekisho.Label {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.current.Labels(chain, address)
}

// Stale implements sekisho.Labels.
func (s *shelf) Stale(now time.Time) []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.current.Stale(now)
}

// lists returns what is known of each list.
func (s *shelf) lists() []label.Info {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.current.Lists()
}

// ages returns how old each list is, by its name.
func (s *shelf) ages() map[string]time.Duration {
	ages := map[string]time.Duration{}
	for _, l := range s.lists() {
		ages[l.Name] = time.Since(l.Checked)
	}
	return ages
}
