package feed

import (
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/sekisho/sekisho/coin"
	"go.yaml.in/yaml/v4"
)

// A Source is where a list comes from, and what holds for all of it.
type Source struct {
	Name       string        // lower-case words joined by hyphens
	Title      string        // for people
	Publisher  string        // who says so: the Source of its labels
	Home       string        // a page about the list
	URL        string        // where it is fetched: https
	Format     string        // see the package comment
	Chain      string        // of addresses that say none themselves
	Category   string        // of items that say none themselves
	Entity     string        // likewise
	Confidence string        // likewise
	Licence    string        // SPDX or in words
	Every      time.Duration // how often it is fetched; 0 for a list that does not change
	Least      int           // fewer addresses than this are no list
	Limit      int64         // bytes that are fetched, default 1 GiB
	Remember   bool          // what is taken off the list is kept, with the date
	Optional   bool          // fetched only when named
}

// fetchLimit is the most bytes fetched of a source that says no other.
const fetchLimit = 1 << 30

//go:embed catalogue.yaml
var catalogueFile []byte

type catalogue struct {
	Date    string
	Sources []struct {
		Name, Title, Publisher, Home, URL, Format, Chain, Category, Entity, Confidence, Licence, Every string
		Least                                                                                          int
		Limit                                                                                          int64
		Remember, Optional                                                                             bool
	}
}

var listName = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// Catalogue returns the built-in sources and those of catalogue.yaml in the data folder, by name.
func Catalogue(folder string) ([]Source, error) {
	all, err := readCatalogue(catalogueFile)
	if err != nil {
		return nil, fmt.Errorf("built-in catalogue: %w", err)
	}
	path := filepath.Join(folder, "catalogue.yaml")
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return all, nil
	}
	if err != nil {
		return nil, err
	}
	own, err := readCatalogue(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for _, s := range own {
		all = slices.DeleteFunc(all, func(other Source) bool { return other.Name == s.Name })
	}
	all = append(all, own...)
	slices.SortFunc(all, func(a, b Source) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}

func readCatalogue(text []byte) ([]Source, error) {
	var file catalogue
	if err := yaml.Load(text, &file, yaml.WithKnownFields()); err != nil {
		return nil, err
	}
	var all []Source
	for _, f := range file.Sources {
		s := Source{Name: f.Name, Title: f.Title, Publisher: f.Publisher, Home: f.Home, URL: f.URL, Format: f.Format, Chain: f.Chain,
			Category: f.Category, Entity: f.Entity, Confidence: f.Confidence, Licence: f.Licence, Least: f.Least, Limit: f.Limit,
			Remember: f.Remember, Optional: f.Optional}
		var err error
		if f.Every != "" {
			if s.Every, err = time.ParseDuration(f.Every); err != nil {
				return nil, fmt.Errorf("source %s: every: %w", s.Name, err)
			}
		}
		if err := s.check(); err != nil {
			return nil, fmt.Errorf("source %s: %w", s.Name, err)
		}
		if slices.ContainsFunc(all, func(other Source) bool { return other.Name == s.Name }) {
			return nil, fmt.Errorf("source %s stands there twice", s.Name)
		}
		all = append(all, s)
	}
	return all, nil
}

func (s Source) check() error {
	if !listName.MatchString(s.Name) || len(s.Name) > 60 {
		return errors.New("want a name of lower-case words joined by hyphens")
	}
	if s.URL != "" {
		u, err := url.Parse(s.URL)
		if err != nil || u.Scheme != "https" || u.Host == "" {
			return fmt.Errorf("%q is no https URL", s.URL)
		}
	}
	if readers[s.Format] == nil {
		return fmt.Errorf("unknown format %q: want one of %s", s.Format, strings.Join(Formats(), ", "))
	}
	if s.Chain != "" {
		if _, ok := coin.Chain(s.Chain); !ok {
			return fmt.Errorf("unknown chain %q", s.Chain)
		}
	}
	if s.Category == "" {
		return errors.New("want a category for items that say none themselves")
	}
	return nil
}
