package ruleset

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

	"go.yaml.in/yaml/v4"
)

// A Source is where a set comes from, and under what licence.
type Source struct {
	Name      string        // lower-case words joined by hyphens
	Title     string        // for people
	Publisher string        // who puts it together
	Home      string        // a page about the set
	URL       string        // where it is fetched: https
	Licence   string        // SPDX or in words
	Every     time.Duration // how often it is fetched; 0 for a set that does not change
	Limit     int64         // bytes that are fetched, default 256 MiB
}

//go:embed catalogue.yaml
var catalogueFile []byte

type catalogue struct {
	Date string
	Sets []struct {
		Name, Title, Publisher, Home, URL, Licence, Every string
		Limit                                             int64
	}
}

var setName = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// Catalogue returns the built-in sources and those of ruleset.yaml in the data folder, by name.
func Catalogue(folder string) ([]Source, error) {
	all, err := readCatalogue(catalogueFile)
	if err != nil {
		return nil, fmt.Errorf("built-in catalogue of rule sets: %w", err)
	}
	path := filepath.Join(folder, "ruleset.yaml")
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
	for _, f := range file.Sets {
		s := Source{Name: f.Name, Title: f.Title, Publisher: f.Publisher, Home: f.Home, URL: f.URL, Licence: f.Licence, Limit: f.Limit}
		var err error
		if f.Every != "" {
			if s.Every, err = time.ParseDuration(f.Every); err != nil {
				return nil, fmt.Errorf("rule set %s: every: %w", s.Name, err)
			}
		}
		if err := s.check(); err != nil {
			return nil, fmt.Errorf("rule set %s: %w", s.Name, err)
		}
		if slices.ContainsFunc(all, func(other Source) bool { return other.Name == s.Name }) {
			return nil, fmt.Errorf("rule set %s stands there twice", s.Name)
		}
		all = append(all, s)
	}
	return all, nil
}

func (s Source) check() error {
	if !setName.MatchString(s.Name) || len(s.Name) > 60 {
		return errors.New("want a name of lower-case words joined by hyphens")
	}
	if u, err := url.Parse(s.URL); err != nil || u.Scheme != "https" || u.Host == "" {
		return fmt.Errorf("%q is no https URL", s.URL)
	}
	if s.Licence == "" {
		return errors.New("want its licence")
	}
	return nil
}
