package org

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// A reader turns YAML nodes into the structs of profile, and collects problems.
type reader struct {
	file     string
	problems []Problem
}

func (r *reader) document(data []byte, into *profile) {
	if len(data) > sizeLimit {
		r.fail(0, "a profile names people, domains and wallets; check that this is the right file", "larger than 1 MB")
		return
	}
	loader, err := yaml.NewLoader(bytes.NewReader(data))
	if err != nil {
		r.fail(0, "", "not readable as YAML: %v", err)
		return
	}
	var first, second yaml.Node
	if err := loader.Load(&first); errors.Is(err, io.EOF) {
		r.fail(0, "sekisho org init writes a profile to start from", "empty: it says nothing about the organisation")
		return
	} else if err != nil {
		r.syntax(err)
		return
	}
	if err := loader.Load(&second); err == nil {
		r.fail(second.Line, "remove the line --- and what follows it", "a second document: a profile is one")
	} else if !errors.Is(err, io.EOF) {
		r.syntax(err)
	}
	if len(first.Content) == 1 {
		r.value(first.Content[0], reflect.ValueOf(into).Elem(), "the profile")
	}
}

func (r *reader) syntax(err error) {
	var load *yaml.LoadError
	if !errors.As(err, &load) {
		r.fail(0, "", "not YAML: %v", err)
		return
	}
	what := load.Message
	if load.ContextMsg != "" {
		what = load.ContextMsg + ": " + what
	}
	r.fail(load.Mark.Line, "check the indentation, brackets and quotes here and in the line above", "not YAML: %s", what)
}

var textType = reflect.TypeFor[text]()

// value fills v from a node. what names the place in words, for problems. The recursion is as deep as profile's types,
// whatever the file holds.
func (r *reader) value(n *yaml.Node, v reflect.Value, what string) {
	switch {
	case n.Kind == yaml.AliasNode || n.Anchor != "":
		r.fail(n.Line, "write the value out", "%s uses a YAML anchor or alias, which profiles do not have", what)
	case n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null":
		if v.Kind() == reflect.Struct && v.Type() != textType {
			r.fail(n.Line, "fill it in or remove the key", "%s is empty", what)
		}
	case v.Type() == textType:
		r.text(n, v, what)
	case v.Kind() == reflect.Struct:
		r.mapping(n, v, what)
	case v.Kind() == reflect.Slice:
		r.list(n, v, what)
	default:
		r.table(n, v, what)
	}
}

func (r *reader) text(n *yaml.Node, v reflect.Value, what string) {
	if n.Kind != yaml.ScalarNode {
		r.fail(n.Line, "write one value", "%s is a %s, want a text", what, shape(n))
		return
	}
	v.Set(reflect.ValueOf(text{Value: strings.TrimSpace(n.Value), Line: n.Line}))
}

func (r *reader) mapping(n *yaml.Node, v reflect.Value, what string) {
	keys, fields := fieldsOf(v.Type())
	if n.Kind != yaml.MappingNode {
		r.fail(n.Line, "its keys are "+strings.Join(keys, ", "), "%s is a %s, want keys and values", what, shape(n))
		return
	}
	if line := v.FieldByName("Line"); line.IsValid() {
		line.SetInt(int64(n.Line))
	}
	for key, value := range r.pairs(n, what) {
		i := slices.Index(keys, key.Value)
		if i < 0 {
			hint := "the keys are " + strings.Join(keys, ", ")
			if near := nearest(key.Value, keys); near != "" {
				hint = "did you mean " + near + "?"
			}
			r.fail(key.Line, hint, "%s has no key %q", what, key.Value)
			continue
		}
		r.value(value, v.Field(fields[i]), place{what: what}.under(keys[i]))
	}
}

func (r *reader) list(n *yaml.Node, v reflect.Value, what string) {
	if n.Kind != yaml.SequenceNode {
		if n.Kind == yaml.ScalarNode && v.Type().Elem() == textType {
			r.fail(n.Line, "put it in brackets: [ ... ]", "%s is one value, want a list", what)
			return
		}
		r.fail(n.Line, "write each entry after a dash", "%s is a %s, want a list", what, shape(n))
		return
	}
	for _, item := range n.Content {
		element := reflect.New(v.Type().Elem()).Elem()
		before := len(r.problems)
		r.value(item, element, "an entry of "+what)
		if !element.IsZero() || len(r.problems) == before {
			v.Set(reflect.Append(v, element))
		}
	}
}

func (r *reader) table(n *yaml.Node, v reflect.Value, what string) {
	if n.Kind != yaml.MappingNode {
		r.fail(n.Line, "write {service: name}", "%s is a %s, want keys and values", what, shape(n))
		return
	}
	v.Set(reflect.MakeMap(v.Type()))
	for key, value := range r.pairs(n, what) {
		element := reflect.New(v.Type().Elem()).Elem()
		r.value(value, element, place{what: what}.under(key.Value))
		v.SetMapIndex(reflect.ValueOf(key.Value), element)
	}
}

// pairs yields the keys of a mapping with their values, each key once.
func (r *reader) pairs(n *yaml.Node, what string) func(yield func(key, value *yaml.Node) bool) {
	return func(yield func(key, value *yaml.Node) bool) {
		seen := map[string]int{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Content[i]
			switch line, twice := seen[key.Value]; {
			case key.Kind != yaml.ScalarNode || key.Anchor != "" || key.Value == "<<":
				r.fail(key.Line, "write plain keys", "%s has a key that is not a plain word", what)
				continue
			case twice:
				r.fail(key.Line, "merge the two", "%s has the key %q twice, first in line %d", what, key.Value, line)
				continue
			}
			seen[key.Value] = key.Line
			if !yield(key, n.Content[i+1]) {
				return
			}
		}
	}
}

// fieldsOf returns the keys of a struct and the indices of their fields.
func fieldsOf(t reflect.Type) (keys []string, fields []int) {
	for i := range t.NumField() {
		if key := t.Field(i).Tag.Get("yaml"); key != "-" {
			keys, fields = append(keys, key), append(fields, i)
		}
	}
	return keys, fields
}

func shape(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "set of keys"
	case yaml.SequenceNode:
		return "list"
	default:
		return "single value"
	}
}

// nearest returns the word at most two edits from key, or "".
func nearest(key string, words []string) string {
	best, least := "", 3
	for _, word := range words {
		if d := distance(strings.ToLower(key), word); d < least && d < len(word) {
			best, least = word, d
		}
	}
	return best
}

// distance is the Levenshtein distance in bytes, 3 or more for words whose lengths differ by that much.
func distance(a, b string) int {
	if len(a) > len(b)+2 || len(b) > len(a)+2 {
		return 3
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			substitute := diagonal
			if a[i] != b[j] {
				substitute++
			}
			diagonal = row[j+1]
			row[j+1] = min(substitute, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
