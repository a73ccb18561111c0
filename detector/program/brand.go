package program

import (
	"slices"
	"strings"
	"unicode"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/fold"
)

// brands is every name a program can claim, squeezed.
type brands struct {
	list []brand
}

type brand struct {
	name, group string
	squeezed    []string // its spellings
	whole       bool     // counts only when nothing else is said: the name is an everyday word or short
}

const shortest = 5 // letters of a name that counts inside other words

func prepare(_ *sekisho.Org, intel *sekisho.Intel) (any, error) {
	b := &brands{}
	for _, known := range intel.Brands {
		one := brand{name: known.Name, group: known.Group}
		for _, spelling := range append([]string{known.Name}, known.Names...) {
			if s := squeeze(spelling); len(s) > 2 {
				one.squeezed = append(one.squeezed, s)
				one.whole = one.whole || known.Common || len(s) < shortest
			}
		}
		b.list = append(b.list, one)
	}
	seen := map[string]bool{}
	for _, service := range intel.Lists["meeting"].Entries {
		if s := squeeze(service); len(s) > 2 && !seen[s] {
			seen[s] = true
			b.list = append(b.list, brand{name: service, group: "meeting", squeezed: []string{s}, whole: true})
		}
	}
	slices.SortStableFunc(b.list, func(x, y brand) int { return strings.Compare(x.name, y.name) }) // lists are maps
	return b, nil
}

// claim states the brands that the name and the version resource bear.
func (b *brands) claim(f *Facts, name string, p *sekisho.Program) {
	signer := squeeze(p.Signature.Signer + p.Signature.Name)
	texts := []string{squeeze(stem(name)), squeeze(p.Product), squeeze(p.Company), squeeze(p.Description), squeeze(stem(p.Original))}
	for _, brand := range b.list {
		for _, spelling := range brand.squeezed {
			if !claimed(texts, spelling, brand.whole) {
				continue
			}
			f.Claims = with(f.Claims, brand.name)
			f.Groups = with(f.Groups, brand.group)
			f.SignerFits = f.SignerFits || signer != "" && strings.Contains(signer, spelling)
		}
	}
}

func with(list []string, member string) []string {
	for _, m := range list {
		if m == member {
			return list
		}
	}
	return append(list, member)
}

func claimed(texts []string, spelling string, whole bool) bool {
	for _, text := range texts {
		if text == "" {
			continue
		}
		if whole && plain(text) == spelling || !whole && strings.Contains(text, spelling) {
			return true
		}
	}
	return false
}

// squeeze folds text and keeps its letters and digits.
func squeeze(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, fold.Text(text[:min(len(text), 400)]))
}

// generic are words that stand beside a product's name in file names and say nothing.
var generic = []string{"installer", "install", "setup", "update", "updater", "upgrade", "desktop", "wallet", "client", "app", "application", "meeting", "meetings", "launcher",
	"latest", "portable", "windows", "macos", "mac", "win", "x64", "x86", "amd64", "arm64", "64bit", "32bit", "inc", "llc", "ltd", "corporation", "video", "communications"}

// plain cuts the words that say nothing and digits from both ends.
func plain(text string) string {
	for again := true; again; {
		again = false
		text = strings.TrimFunc(text, unicode.IsDigit)
		for _, word := range generic {
			if rest, ok := strings.CutSuffix(text, word); ok && rest != "" {
				text, again = rest, true
			}
			if rest, ok := strings.CutPrefix(text, word); ok && rest != "" {
				text, again = rest, true
			}
		}
	}
	return text
}
