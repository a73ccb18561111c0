// Package org reads the organisation's profile: who its people are and which addresses are theirs, which domains are
// its own, whom it deals with, which wallets it holds. Sekisho compares what comes in with the profile, so a mail that
// borrows the president's name is told from one that the president wrote.
//
// The profile is one YAML file. [Init] writes one with every key explained; start from that:
//
//	organisation:
//	  name: {en: Kaede Exchange, ja: 楓取引所}
//	  domains: [kaede-ex.jp]
//	people:
//	  - name: {en: Aoi Mori, ja: 森 葵, kana: モリ アオイ}
//	    role: CEO
//	    addresses: [aoi.mori@kaede-ex.jp, aoi.private@example.net]
//
// Keys are strict. Every problem is reported at once, with file and line, what it means and what to do. A profile with
// an error is not used; one with warnings is, but sees less than it could.
//
// The file is at most 1 MB. YAML aliases, merge keys, tags and second documents are refused: a profile is read by
// people first, and says each thing in its place.
package org

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/sekisho/sekisho"
)

// sizeLimit is the most bytes of a profile, enough for ten thousand people.
const sizeLimit = 1 << 20

// Load reads the profile at path. The error joins one [Problem] for each error in the file; warnings are left to
// [Check].
func Load(path string) (*sekisho.Org, error) {
	data, err := read(path)
	if err != nil {
		return nil, err
	}
	profile, problems := Parse(path, data)
	var errs []error
	for _, p := range problems {
		if p.Severity == SeverityError {
			errs = append(errs, p)
		}
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return profile, nil
}

// Check returns every problem of the profile at path, warnings included, in the order of the file. The error says that
// the file could not be read at all.
func Check(path string) ([]Problem, error) {
	data, err := read(path)
	if err != nil {
		return nil, err
	}
	_, problems := Parse(path, data)
	return problems, nil
}

// Parse reads a profile. name is the file's, for problems. What could be understood is returned even when there are
// errors; it must not be relied on then.
func Parse(name string, data []byte) (*sekisho.Org, []Problem) {
	r := &reader{file: name}
	var p profile
	r.document(data, &p)
	c := &checker{reader: r, owner: map[string]place{}, names: map[string]place{}, wallets: map[string]place{}}
	found := c.org(&p)
	r.sort()
	return found, r.problems
}

func read(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read profile: %w (hint: sekisho org init writes one)", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, sizeLimit+1))
	if err != nil {
		return nil, fmt.Errorf("read profile %s: %w", path, err)
	}
	return data, nil
}
