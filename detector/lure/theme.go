package lure

import (
	"embed"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/fold"
	"github.com/sekisho/sekisho/term"
	"go.yaml.in/yaml/v4"
)

// files holds one YAML document for each theme, and shared.yaml, whose groups every theme may name with an @.
//
//go:embed term/*.yaml
var files embed.FS

var errText = fmt.Errorf("%w: text longer than %d bytes", sekisho.ErrLimit, textLimit)

// nearDefault is how far apart, in bytes of folded text, the groups of an alternative may stand: a long sentence.
const nearDefault = 220

// A themeYAML is one document of term/*.yaml.
type themeYAML struct {
	Theme  string              `yaml:"theme"`
	Family string              `yaml:"family"`
	Doc    string              `yaml:"doc"`
	Source string              `yaml:"source"`
	Date   string              `yaml:"date"`
	When   []string            `yaml:"when"`  // alternatives: groups joined by &
	Near   int                 `yaml:"near"`  // bytes within which an alternative's groups stand; 0 for nearDefault
	Group  map[string]language `yaml:"group"` // terms by group and language
}

// A language maps an ISO 639-1 code to terms separated by commas. The groups of an alternative must be met in one
// language: "don" is a gift in French and nothing in English.
type language map[string]string

// anyLanguage is the code of terms that stand in texts of any language: names, above all.
const anyLanguage = "mul"

// themes is every theme, compiled. It is not changed after load, but for the scanners that wait for the next text.
type themes struct {
	index     *term.Index
	words     map[string]string // what a word of the terms looks like, and the word
	terms     []termOf
	languages []string // ISO 639-1 codes, the first is anyLanguage
	groups    []group
	list      []theme
	scanners  sync.Pool // of *scanner
}

// A termOf is one term of the index.
type termOf struct {
	listed []listing
}

// A listing is a group and a language that list a term.
type listing struct{ group, language int }

// A group is a set of terms that mean the same to the themes.
type group struct {
	name string
	asks []ask
}

// An ask says that a group takes part in a theme's alternative.
type ask struct{ theme, alternative int }

// A theme is a condition: one of its alternatives stands within near bytes.
type theme struct {
	name, family string
	near         int
	alternatives [][]int // groups
	groups       []int   // all of them, each once
}

// loaded is load, done once: the themes are the same for every organisation.
var loaded = sync.OnceValues(load)

// load reads and compiles the themes.
func load() (*themes, error) {
	docs, err := documents()
	if err != nil {
		return nil, err
	}
	c := &compiler{themes: &themes{words: map[string]string{}, languages: []string{anyLanguage}}, byName: map[string]int{}, byTerm: map[string]int{}}
	for _, d := range docs {
		if err := c.groups(d); err != nil {
			return nil, err
		}
	}
	for _, d := range docs {
		if err := c.theme(d); err != nil {
			return nil, err
		}
	}
	c.index, err = term.NewIndex(c.texts)
	return c.themes, err
}

func documents() ([]themeYAML, error) {
	entries, err := files.ReadDir("term")
	if err != nil {
		return nil, err
	}
	var docs []themeYAML
	for _, entry := range entries {
		name := path.Join("term", entry.Name())
		data, err := files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		loader, err := yaml.NewLoader(strings.NewReader(string(data)), yaml.WithKnownFields())
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for {
			var d themeYAML
			if err := loader.Load(&d); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			docs = append(docs, d)
		}
	}
	return docs, nil
}

// A compiler turns documents into themes.
type compiler struct {
	*themes
	texts  []string       // the index's terms
	byName map[string]int // group by "theme.group", or by "@group" for shared ones
	byTerm map[string]int
}

// groups adds the terms of one document.
func (c *compiler) groups(d themeYAML) error {
	prefix := d.Theme + "."
	if d.Theme == "" {
		prefix = "@"
	}
	for _, name := range sorted(d.Group) {
		key := prefix + name
		if _, ok := c.byName[key]; ok {
			return fmt.Errorf("theme %q: group %s is listed twice", d.Theme, name)
		}
		g := len(c.themes.groups)
		c.byName[key] = g
		c.themes.groups = append(c.themes.groups, group{name: name})
		for _, lang := range append([]string{anyLanguage}, sorted(d.Group[name])...) {
			for text := range strings.SplitSeq(d.Group[name][lang], ",") {
				if text = strings.TrimSpace(text); text != "" {
					c.term(text, listing{group: g, language: c.language(lang)})
				}
			}
		}
	}
	return nil
}

func (c *compiler) language(code string) int {
	n := slices.Index(c.languages, code)
	if n < 0 {
		n = len(c.languages)
		c.languages = append(c.languages, code)
	}
	return n
}

func (c *compiler) term(text string, where listing) {
	text = plain(fold.Text(text))
	n, ok := c.byTerm[text]
	if !ok {
		n = len(c.texts)
		c.byTerm[text] = n
		c.texts = append(c.texts, text)
		c.terms = append(c.terms, termOf{})
		for word := range strings.FieldsSeq(strings.Trim(text, "*")) {
			if len(word) > 2 {
				c.words[fold.Skeleton(word)] = word
			}
		}
	}
	if listed := c.terms[n].listed; !slices.Contains(listed, where) && !slices.Contains(listed, listing{group: where.group}) {
		c.terms[n].listed = append(c.terms[n].listed, where)
	}
}

// theme adds the condition of one document.
func (c *compiler) theme(d themeYAML) error {
	if d.Theme == "" {
		return nil
	}
	if d.Family == "" || d.Doc == "" || d.Source == "" || d.Date == "" || len(d.When) == 0 {
		return fmt.Errorf("theme %s: wants family, doc, source, date and when", d.Theme)
	}
	t := theme{name: d.Theme, family: d.Family, near: d.Near}
	if t.near == 0 {
		t.near = nearDefault
	}
	for _, when := range d.When {
		var alternative []int
		for name := range strings.SplitSeq(when, "&") {
			name = strings.TrimSpace(name)
			key := d.Theme + "." + name
			if strings.HasPrefix(name, "@") {
				key = name
			}
			g, ok := c.byName[key]
			if !ok {
				return fmt.Errorf("theme %s: no group %q", d.Theme, name)
			}
			alternative = append(alternative, g)
			if !slices.Contains(t.groups, g) {
				t.groups = append(t.groups, g)
			}
			c.themes.groups[g].asks = append(c.themes.groups[g].asks, ask{theme: len(c.list), alternative: len(t.alternatives)})
		}
		t.alternatives = append(t.alternatives, alternative)
	}
	c.list = append(c.list, t)
	return nil
}

func sorted[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
