package dependency

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
)

//go:embed bad.tsv
var badTable string

//go:embed field.txt
var fieldTable string

// A bad is what was wrong with some versions of a package.
type bad struct {
	versions []string
	what     string
	source   string
}

var badVersions = sync.OnceValue(func() map[string]bad {
	table := map[string]bad{}
	for line := range strings.Lines(badTable) {
		columns := strings.Split(strings.TrimSpace(line), "\t")
		if strings.HasPrefix(line, "#") || len(columns) != 6 {
			continue
		}
		table[columns[0]+" "+columns[1]] = bad{strings.Split(columns[2], ","), columns[3], columns[4] + ", " + columns[5]}
	}
	return table
})

// knownBad says what a version did. A range of a manifest counts when it begins at a bad version, since that one is meant; a
// lock file's version must be the bad one.
func knownBad(ecosystem, name, spec string, lock bool) (what, source string) {
	b, ok := badVersions()[ecosystem+" "+strings.ToLower(name)]
	if !ok {
		return "", ""
	}
	version := strings.TrimSpace(spec)
	if !lock {
		version = strings.TrimLeft(version, "^~=v ")
	}
	if at := strings.LastIndex(version, "npm:"); at >= 0 {
		version = version[strings.LastIndexByte(version, '@')+1:]
	}
	if b.versions[0] == "*" || slices.Contains(b.versions, version) {
		return b.what, b.source
	}
	return "", ""
}

// A names is an index of the field's names.
type names struct {
	own       map[string]bool     // the names themselves, by ecosystem
	deletions map[string][]string // by the name without separators, and by that with one letter deleted
	bare      map[string]string   // by the name without scope and separators
}

var field = sync.OnceValue(func() *names { return newNames(fieldTable) })

func newNames(table string) *names {
	x := &names{own: map[string]bool{}, deletions: map[string][]string{}, bare: map[string]string{}}
	for line := range strings.Lines(table) {
		words := strings.Fields(line)
		if len(words) < 2 || words[0] == "#" {
			continue
		}
		ecosystem := words[0] + " "
		for _, name := range words[1:] {
			x.own[ecosystem+name] = true
			letters := squeeze(name)
			x.bare[ecosystem+letters] = name
			if len(letters) < 4 {
				continue
			}
			for _, key := range deletions(letters) {
				x.deletions[ecosystem+key] = append(x.deletions[ecosystem+key], name)
			}
		}
	}
	return x
}

// squeeze returns a name's letters: without its scope's sign and its separators.
func squeeze(name string) string {
	return strings.NewReplacer("@", "", "/", "", "-", "", "_", "", ".", "").Replace(strings.ToLower(name))
}

// deletions returns the word, and the word with each letter deleted once.
func deletions(word string) []string {
	list := []string{word}
	for i := range len(word) {
		list = append(list, word[:i]+word[i+1:])
	}
	return list
}

const nameLimit = 64 // letters of a name that is compared

// resembles returns the name of the field that is one slip away from a name, and the slip. Names of four or five letters
// count only with slips that change nothing for the eye or the fingers: others are words of their own.
func (x *names) resembles(ecosystem, name string) (known, how string) {
	name = strings.ToLower(name)
	letters := squeeze(name)
	key := ecosystem + " "
	if x.own[key+name] || len(letters) < 4 || len(letters) > nameLimit || strings.HasPrefix(name, "@types/") {
		return "", ""
	}
	if known := x.bare[key+letters]; known != "" {
		if strings.HasPrefix(known, "@") != strings.HasPrefix(name, "@") {
			return known, "scope"
		}
		if ecosystem == "pypi" { // where separators are one (PEP 503)
			return "", ""
		}
		return known, "separator"
	}
	for _, deleted := range deletions(letters) {
		for _, known := range x.deletions[key+deleted] {
			if how := slip(squeeze(known), letters); how != "" && plausible(known, name, how) {
				return known, how
			}
		}
	}
	return "", ""
}

// plausible leaves out slips between names that belong to others: a scope differs only by a slip when the name is the same.
func plausible(known, name, how string) bool {
	scope, inner, scoped := strings.Cut(known, "/")
	otherScope, otherInner, otherScoped := strings.Cut(name, "/")
	if scoped != otherScoped || scoped && scope != otherScope && inner != otherInner {
		return false
	}
	letters := squeeze(known)
	switch {
	case len(letters) >= 6:
		return letters[0] == squeeze(name)[0] || how == "transposition"
	case how == "lookalike" || how == "transposition" || how == "doubled":
		return true
	}
	return false
}

// slip returns the single slip that makes one word the other, or "".
func slip(known, word string) string {
	n := 0
	for n < len(known) && n < len(word) && known[n] == word[n] {
		n++
	}
	a, b := known[n:], word[n:]
	switch {
	case len(a) == len(b) && len(a) > 0 && a[1:] == b[1:]:
		if strings.Contains("0o o0 1l l1 1i i1 il li 5s s5 3e e3 vu uv", string([]byte{a[0], b[0]})) {
			return "lookalike"
		}
		return "substitution"
	case len(a) == len(b) && len(a) > 1 && a[0] == b[1] && a[1] == b[0] && a[2:] == b[2:]:
		return "transposition"
	case len(b) == len(a)+1 && b[1:] == a:
		if n > 0 && b[0] == known[n-1] {
			return "doubled"
		}
		return "insertion"
	case len(a) == len(b)+1 && a[1:] == b:
		return "deletion"
	}
	return ""
}
