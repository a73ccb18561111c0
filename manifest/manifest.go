// Package manifest reads the files that tools take their orders from (JSON with comments, YAML, TOML, INI, XML) into a flat
// list of values, each with its path and line. It never refuses what a tool would read, and stops at the first thing that
// no tool would.
package manifest

import (
	"errors"
	"slices"
	"strings"
)

// An Entry is one value.
type Entry struct {
	Path  []string // keys from the top, at least one, list positions as decimal numbers: "scripts", "postinstall"
	Value string   // the text, number or word as written; strings without quotes
	Line  int      // counted from 1
}

// Key returns the last key.
func (e Entry) Key() string { return e.Path[len(e.Path)-1] }

// Under reports whether the path begins with keys; "*" stands for any one.
func (e Entry) Under(keys ...string) bool {
	if len(e.Path) < len(keys) {
		return false
	}
	for i, key := range keys {
		if key != "*" && key != e.Path[i] {
			return false
		}
	}
	return true
}

// Is reports whether the path is keys; "*" stands for any one.
func (e Entry) Is(keys ...string) bool { return len(e.Path) == len(keys) && e.Under(keys...) }

// Errors of all readers. What was read before stays.
var (
	ErrSyntax = errors.New("not readable") // no tool reads further either
	ErrLimit  = errors.New("too large")    // more than 100,000 values, 100 levels, or 16 MiB
)

const (
	entryLimit = 100_000
	depthLimit = 100
	sizeLimit  = 16 << 20
)

// A list collects entries.
type list struct {
	entries []Entry
	path    []string
}

func (l *list) push(key string) error {
	if len(l.path) >= depthLimit {
		return ErrLimit
	}
	l.path = append(l.path, key)
	return nil
}

func (l *list) pop() { l.path = l.path[:len(l.path)-1] }

func (l *list) add(value string, line int) error {
	if len(l.path) == 0 {
		return nil // a document that is one value sets nothing
	}
	if len(l.entries) >= entryLimit {
		return ErrLimit
	}
	l.entries = append(l.entries, Entry{Path: slices.Clone(l.path), Value: value, Line: line})
	return nil
}

// INI reads sections, and keys with = or :, as git, npm and editors write them. A section with a name in quotes is two keys.
// A key without a value has the value "true". Lines that begin with # or ; are comments; a line that begins with a
// blank goes on the value before.
func INI(data string) ([]Entry, error) {
	if len(data) > sizeLimit {
		return nil, ErrLimit
	}
	l := &list{}
	var section []string
	number := 0
	for line := range strings.Lines(data) {
		number++
		blank := line[0] == ' '
		line = strings.TrimSpace(line)
		switch {
		case line == "" || line[0] == '#' || line[0] == ';':
		case line[0] == '[':
			section = sectionOf(line)
		default:
			key, value, ok := cutAny(line, "=:")
			if !ok && blank && len(l.entries) > 0 {
				l.entries[len(l.entries)-1].Value += "\n" + line
				continue
			}
			if !ok {
				value = "true"
			}
			l.path = append(slices.Clone(section), strings.ToLower(key))
			if err := l.add(unquote(value), number); err != nil {
				return l.entries, err
			}
		}
	}
	return l.entries, nil
}

func sectionOf(line string) []string {
	line = strings.Trim(line, "[] \t")
	name, sub, ok := strings.Cut(line, ` "`)
	if !ok {
		return []string{strings.ToLower(line)}
	}
	return []string{strings.ToLower(strings.TrimSpace(name)), strings.TrimSuffix(sub, `"`)}
}

func cutAny(line, separators string) (key, value string, ok bool) {
	at := strings.IndexAny(line, separators)
	if at < 0 {
		return line, "", false
	}
	return strings.TrimSpace(line[:at]), strings.TrimSpace(line[at+1:]), true
}

func unquote(value string) string {
	if len(value) >= 2 && (value[0] == '"' || value[0] == '\'') && value[len(value)-1] == value[0] {
		return value[1 : len(value)-1]
	}
	return value
}
