// Package intel carries what is known outside the artifacts: the brands that attackers borrow with their real domains,
// and lists of hosts by what anyone can do there. The data stands in brand/*.yaml and list/*.yaml, each with its
// source and date, and is part of the program.
//
// A brand file holds one group, named like the file: exchange, wallet, custody, bank ... A list holds host names, and
// what is said of each, mostly who runs it. Names match with everything under them; see [sekisho.Intel.Host].
//
// The lists:
//
//	freemail     mail services where anyone gets an address
//	esp          sending domains of bulk mail services
//	shortener    short URLs for any target
//	redirector   click trackers and pages that send on
//	gateway      link rewriting of mail security products
//	hosting      pages, sites and apps anyone can put up
//	formhosting  forms anyone can put up
//	filehosting  files anyone can leave
//	codehosting  source code, packages and pastes
//	messenger    chats and invitations to them
//	meeting      meetings and bookings
//	ddns         names anyone points at any address
//	tld          top-level domains with a high share of abuse
//	lure         words that impostors put beside a brand
//	pathword     words in paths that ask for a sign-in or a payment
//	word         everyday words that are, or are close to, a brand's name
//	department   departments, as they stand alone in a display name
package intel

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"
	"sync"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/fold"
	"go.yaml.in/yaml/v4"
)

//go:embed brand/*.yaml list/*.yaml
var data embed.FS

var builtin = sync.OnceValues(func() (*sekisho.Intel, error) { return Load(data) })

// Builtin returns the data that is part of the program. Brands and Lists are shared between calls and must not be
// changed; the other fields are the caller's to set.
func Builtin() *sekisho.Intel {
	known, err := builtin()
	if err != nil {
		panic("embedded intel: " + err.Error()) // the package's tests load the same files
	}
	copied := *known
	return &copied
}

// Load reads brand/*.yaml and list/*.yaml of fsys. It is strict: an unknown key, an invalid or repeated name, a missing
// source or date is an error that names the file.
func Load(fsys fs.FS) (*sekisho.Intel, error) {
	known := &sekisho.Intel{Lists: map[string]sekisho.List{}}
	names := map[string]string{}
	err := each(fsys, "brand", func(group string, text []byte) error {
		brands, err := readBrands(group, text)
		for _, b := range brands {
			if other, ok := names[b.Name]; ok {
				return fmt.Errorf("brand %q stands in %s too", b.Name, other)
			}
			names[b.Name] = group
		}
		known.Brands = append(known.Brands, brands...)
		return err
	})
	if err != nil {
		return nil, err
	}
	err = each(fsys, "list", func(name string, text []byte) error {
		list, err := readList(name, text)
		known.Lists[name] = list
		return err
	})
	if err != nil {
		return nil, err
	}
	return known, nil
}

func each(fsys fs.FS, dir string, read func(name string, text []byte) error) error {
	files, err := fs.Glob(fsys, path.Join(dir, "*.yaml"))
	if err != nil {
		return err
	}
	for _, file := range files {
		text, err := fs.ReadFile(fsys, file)
		if err == nil {
			err = read(strings.TrimSuffix(path.Base(file), ".yaml"), text)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	return nil
}

type brandFile struct {
	Source string
	Date   string
	Brands []struct {
		Name    string
		Names   []string
		Domains []string
		Common  bool
	}
}

func readBrands(group string, text []byte) ([]sekisho.Brand, error) {
	var file brandFile
	if err := yaml.Load(text, &file, yaml.WithKnownFields()); err != nil {
		return nil, err
	}
	if err := dated(file.Source, file.Date); err != nil {
		return nil, err
	}
	brands := make([]sekisho.Brand, 0, len(file.Brands))
	for _, b := range file.Brands {
		if b.Name == "" || len(b.Domains) == 0 {
			return nil, fmt.Errorf("brand %q: want a name and at least one domain", b.Name)
		}
		seen := map[string]bool{}
		for _, d := range b.Domains {
			if !domainName.MatchString(d) {
				return nil, fmt.Errorf("brand %q: %q is no domain in lower-case ASCII", b.Name, d)
			}
			if seen[d] {
				return nil, fmt.Errorf("brand %q: %s twice", b.Name, d)
			}
			seen[d] = true
		}
		brands = append(brands, sekisho.Brand{Name: b.Name, Names: b.Names, Group: group, Domains: b.Domains,
			Common: b.Common, Source: file.Source + ", " + file.Date})
	}
	return brands, nil
}

type listFile struct {
	Doc     string
	Source  string
	Date    string
	Entries map[string]string
}

func readList(name string, text []byte) (sekisho.List, error) {
	var file listFile
	if err := yaml.Load(text, &file, yaml.WithKnownFields(), yaml.WithUniqueKeys()); err != nil {
		return sekisho.List{}, err
	}
	if err := dated(file.Source, file.Date); err != nil {
		return sekisho.List{}, err
	}
	for entry := range file.Entries {
		if phrases[name] {
			if fold.Text(entry) != entry || entry == "" {
				return sekisho.List{}, fmt.Errorf("%q is not folded", entry)
			}
			continue
		}
		if !domainName.MatchString(entry) && !(words[name] && label.MatchString(entry)) {
			return sekisho.List{}, fmt.Errorf("%q is no host name in lower-case ASCII", entry)
		}
	}
	return sekisho.List{Name: name, Doc: file.Doc, Source: file.Source, Date: file.Date, Entries: file.Entries}, nil
}

// phrases names the lists of folded words for people to read.
var phrases = map[string]bool{"department": true}

// words names the lists of labels; all others are of host names.
var words = map[string]bool{"tld": true, "lure": true, "pathword": true, "word": true}

var (
	label      = regexp.MustCompile(`^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?$`)
	domainName = regexp.MustCompile(`^([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)+([a-z]{2,63}|xn--[a-z0-9-]{2,59})$`)
	fullDate   = regexp.MustCompile(`^20[0-9]{2}-[01][0-9]-[0-3][0-9]$`)
)

func dated(source, date string) error {
	if source == "" || !fullDate.MatchString(date) {
		return fmt.Errorf("source %q, date %q: want where the data comes from, and its date as 2006-01-02", source, date)
	}
	return nil
}
