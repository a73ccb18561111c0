package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// sizeLimit is the most bytes of a file.
const sizeLimit = 1 << 20

// A Problem is something that is wrong with a file.
type Problem struct {
	File string
	Line int // from 1, 0 when it is about the whole file
	What string
}

// String returns FILE:LINE: WHAT.
func (p Problem) String() string {
	if p.Line == 0 {
		return fmt.Sprintf("%s: %s", p.File, p.What)
	}
	return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.What)
}

// Load reads a file; what it does not say has its default, and without a path everything has. Paths are taken from the file's
// folder, and those of the record from Data, which data replaces unless it is empty. The error names every problem, a line each.
func Load(path, data string) (*Config, error) {
	if path == "" {
		return parsed(Parse("sekisho.yaml", nil, data))
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, sizeLimit+1))
	if err != nil {
		return nil, err
	}
	return parsed(Parse(path, text, data))
}

func parsed(c *Config, problems []Problem) (*Config, error) {
	if len(problems) > 0 {
		lines := make([]string, len(problems))
		for i, p := range problems {
			lines[i] = p.String()
		}
		return nil, errors.New(strings.Join(lines, "\n"))
	}
	return c, nil
}

// Parse reads the text of a file; name is what problems call it and where paths start, data what replaces Data unless it is empty.
func Parse(name string, text []byte, data string) (*Config, []Problem) {
	c := &Config{}
	defaults(reflect.ValueOf(c).Elem())
	r := &reader{file: name, lines: map[string]int{}}
	if len(text) > sizeLimit {
		r.fail(0, "larger than 1 MiB")
		return nil, r.problems
	}
	var document yaml.Node
	switch err := yaml.NewDecoder(bytes.NewReader(text)).Decode(&document); {
	case errors.Is(err, io.EOF): // an empty file says nothing
	case err != nil:
		r.fail(0, "not YAML: %v", err)
	case len(document.Content) == 1:
		r.value(document.Content[0], reflect.ValueOf(c).Elem(), "", "")
	}
	if data != "" {
		c.Data = data
	}
	c.resolve(filepath.Dir(name))
	r.check(c)
	return c, r.problems
}

// defaults fills in the defaults of tags.
func defaults(v reflect.Value) {
	for i := range v.NumField() {
		field := v.Field(i)
		if field.Kind() == reflect.Struct {
			defaults(field)
		} else if text, ok := v.Type().Field(i).Tag.Lookup("default"); ok {
			if err := set(field, text); err != nil {
				panic(fmt.Sprintf("default of %s: %v", v.Type().Field(i).Name, err))
			}
		}
	}
}

// set fills a field from a text.
func set(v reflect.Value, text string) error {
	switch to := v.Addr().Interface().(type) {
	case *Duration:
		return to.parse(text)
	case *Size:
		return to.parse(text)
	case *bool:
		parsed, err := strconv.ParseBool(text)
		if err != nil {
			return errors.New("want true or false")
		}
		*to = parsed
	case *int:
		parsed, err := strconv.ParseUint(text, 10, 31)
		if err != nil {
			return errors.New("want a number")
		}
		*to = int(parsed)
	default:
		v.SetString(text)
	}
	return nil
}

// A reader turns YAML nodes into fields and collects problems.
type reader struct {
	file     string
	lines    map[string]int // where each key stands, such as http.url; of a list's entries, where the last one's does
	problems []Problem
}

func (r *reader) fail(line int, format string, args ...any) {
	r.problems = append(r.problems, Problem{r.file, line, fmt.Sprintf(format, args...)})
}

// wrong is fail at the line of a key, or of the key that it belongs to.
func (r *reader) wrong(key, format string, args ...any) {
	line, ok := r.lines[key]
	if !ok {
		above, _, _ := strings.Cut(key, ".")
		line = r.lines[above]
	}
	r.fail(line, format, args...)
}

// value fills v from n. The recursion is as deep as Config's types, whatever the file holds.
func (r *reader) value(n *yaml.Node, v reflect.Value, key, enum string) {
	switch {
	case n.Kind == yaml.AliasNode || n.Anchor != "":
		r.fail(n.Line, "%s uses a YAML anchor or alias: write the value out", key)
	case n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null": // a key without a value says nothing
	case v.Kind() == reflect.Struct:
		r.mapping(n, v, key)
	case v.Kind() == reflect.Slice:
		r.list(n, v, key)
	case n.Kind != yaml.ScalarNode:
		r.fail(n.Line, "%s wants one value", key)
	case enum != "" && !slices.Contains(strings.Fields(enum), n.Value):
		r.fail(n.Line, "%s is %q, want one of %s", key, n.Value, strings.Join(strings.Fields(enum), ", "))
	default:
		if err := set(v, n.Value); err != nil {
			r.fail(n.Line, "%s is %q: %v", key, n.Value, err)
		}
	}
}

func (r *reader) list(n *yaml.Node, v reflect.Value, key string) {
	if n.Kind != yaml.SequenceNode {
		r.fail(n.Line, "%s wants a list", key)
		return
	}
	for _, item := range n.Content {
		element := reflect.New(v.Type().Elem()).Elem()
		if element.Kind() == reflect.Struct {
			defaults(element)
		}
		r.value(item, element, key, "")
		v.Set(reflect.Append(v, element))
	}
}

func (r *reader) mapping(n *yaml.Node, v reflect.Value, key string) {
	if n.Kind != yaml.MappingNode {
		r.fail(n.Line, "%s wants keys and values", cmpOr(key, "the file"))
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, value := n.Content[i], n.Content[i+1]
		at := fieldOf(v.Type(), name.Value)
		switch {
		case at < 0:
			r.fail(name.Line, "%s has no key %q; its keys are %s", cmpOr(key, "the file"), name.Value, strings.Join(keysOf(v.Type()), ", "))
		case seen[name.Value]:
			r.fail(name.Line, "%s has the key %q twice", cmpOr(key, "the file"), name.Value)
		default:
			seen[name.Value] = true
			path := strings.TrimPrefix(key+"."+name.Value, ".")
			r.lines[path] = name.Line
			r.value(value, v.Field(at), path, v.Type().Field(at).Tag.Get("enum"))
		}
	}
}

func cmpOr(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func fieldOf(t reflect.Type, key string) int {
	return slices.Index(keysOf(t), key)
}

func keysOf(t reflect.Type) []string {
	keys := make([]string, t.NumField())
	for i := range keys {
		keys[i] = t.Field(i).Tag.Get("yaml")
	}
	return keys
}
