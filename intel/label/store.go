package label

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/coin"
)

// A Store answers from every list of a folder and from the built-in facts. It is a [sekisho.Labels], safe for concurrent
// use until it is closed.
type Store struct {
	lists  []*List
	broken []string
}

// Builtin returns a store of the built-in facts alone.
func Builtin() *Store { return &Store{} }

// OpenStore opens every list in the folder; a folder that does not exist holds none. A list that cannot be read is left
// out and told by [Store.Stale]; the error is about the folder only.
func OpenStore(folder string) (*Store, error) {
	names, err := Names(folder)
	if err != nil {
		return nil, err
	}
	s := &Store{}
	for _, name := range names {
		l, err := Open(folder, name)
		if err != nil {
			s.broken = append(s.broken, fmt.Sprintf("%s cannot be read: %v", name, err))
			continue
		}
		s.lists = append(s.lists, l)
	}
	return s, nil
}

// Names returns the names of the lists in the folder, sorted.
func Names(folder string) ([]string, error) {
	files, err := os.ReadDir(folder)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	var names []string
	for _, f := range files {
		if name, ok := strings.CutSuffix(f.Name(), suffix); ok {
			names = append(names, name)
		}
	}
	return names, err
}

// Open opens the list of that name. It wraps [os.ErrNotExist] when there is none.
func Open(folder, name string) (*List, error) { return OpenList(filepath.Join(folder, name+suffix)) }

// Check notes that the publisher said at that moment that the list is current.
func Check(folder, name string, at time.Time) error {
	path := filepath.Join(folder, name+checked)
	if err := os.WriteFile(path+".new", []byte(at.UTC().Format(time.RFC3339)+"\n"), 0o644); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// Remove takes the list out of the folder, with the version before.
func Remove(folder, name string) error {
	path := filepath.Join(folder, name+suffix)
	_ = os.Remove(path + previous)
	_ = os.Remove(filepath.Join(folder, name+checked))
	return os.Remove(path)
}

// Lists returns what is known of each list, in the order of their names.
func (s *Store) Lists() []Info {
	all := make([]Info, len(s.lists))
	for i, l := range s.lists {
		all[i] = l.Info
	}
	return all
}

// Labels implements [sekisho.Labels]: built-in facts first, then the lists in the order of their names, at most 64
// in all.
func (s *Store) Labels(chain, address string) []sekisho.Label {
	k := keyOf(chain, address)
	all := slices.Clip(builtin()[k])
	for _, l := range s.lists {
		all = l.labels(all, k)
	}
	return all
}

// Look returns what is said of every reading of an address; of one that package coin cannot read, what is said of it as it
// is written.
func (s *Store) Look(written string, read []coin.Address) []sekisho.Label {
	if len(read) == 0 {
		return s.Labels(Unknown, written)
	}
	var all []sekisho.Label
	for _, a := range read {
		all = append(all, s.Labels(a.Chain, a.Canonical)...)
	}
	return all
}

// Stale implements [sekisho.Labels].
func (s *Store) Stale(now time.Time) []string {
	stale := slices.Clone(s.broken)
	for _, l := range s.lists {
		if l.Info.Stale(now) {
			stale = append(stale, fmt.Sprintf("%s is %s old", l.Info.Name, Age(now.Sub(l.Info.Checked))))
		}
	}
	return stale
}

// Age writes a duration in whole days, or in hours below two days.
func Age(d time.Duration) string {
	if hours := int(d.Hours()); hours < 48 {
		return fmt.Sprintf("%d h", max(0, hours))
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}

// Close gives the lists back.
func (s *Store) Close() error {
	var err error
	for _, l := range s.lists {
		err = errors.Join(err, l.Close())
	}
	s.lists = nil
	return err
}
