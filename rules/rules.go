// Package rules reads rules and named conditions from YAML, and holds those that join several detectors. A detector's
// own rules lie in its folder.
//
// A file holds one document for each rule or condition, separated by ---. A document with the key id is a rule, one
// with the key name a condition. Unknown keys are errors.
package rules

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/sekisho/sekisho"
	"go.yaml.in/yaml/v4"
)

// Joined holds the rules that join several detectors, and the shared conditions.
//
//go:embed *.yaml
var Joined embed.FS

// sizeLimit bounds one rule file, in bytes.
const sizeLimit = 4 << 20

// A Set is rules and conditions.
type Set struct {
	Rules      []sekisho.Rule
	Conditions []sekisho.Condition
}

// Load reads every .yaml and .yml file under the root of each file system, in the order of their names. The error joins
// every problem found, each with its file and line.
func Load(systems ...fs.FS) (Set, error) {
	var set Set
	var problems []error
	for _, system := range systems {
		err := fs.WalkDir(system, ".", func(name string, entry fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if ext := path.Ext(name); entry.IsDir() || ext != ".yaml" && ext != ".yml" {
				return nil
			}
			file, err := read(system, name)
			if err != nil {
				problems = append(problems, err)
				return nil
			}
			problems = append(problems, set.parse(name, file))
			return nil
		})
		problems = append(problems, err)
	}
	return set, errors.Join(problems...)
}

// Parse reads the rules in one text, which problems call name.
func Parse(name string, text []byte) (Set, error) {
	if len(text) > sizeLimit {
		return Set{}, fmt.Errorf("read rules %s: larger than %d bytes", name, sizeLimit)
	}
	var set Set
	err := set.parse(name, text)
	return set, err
}

func read(system fs.FS, name string) ([]byte, error) {
	f, err := system.Open(name)
	if err != nil {
		return nil, fmt.Errorf("open rules: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, sizeLimit+1))
	if err == nil && len(data) > sizeLimit {
		err = fmt.Errorf("larger than %d bytes", sizeLimit)
	}
	if err != nil {
		return nil, fmt.Errorf("read rules %s: %w", name, err)
	}
	return data, nil
}

// parse adds the documents of one file. A bad document does not stop the others.
func (s *Set) parse(name string, data []byte) error {
	loader, err := yaml.NewLoader(strings.NewReader(string(data)))
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	var problems []error
	for {
		var doc yaml.Node
		if err := loader.Load(&doc); err == io.EOF {
			return errors.Join(problems...)
		} else if err != nil {
			return errors.Join(append(problems, fmt.Errorf("%s: %w", name, err))...)
		}
		if err := s.add(name, &doc); err != nil {
			problems = append(problems, err)
		}
	}
}

func (s *Set) add(name string, doc *yaml.Node) error {
	root := doc
	if root.Kind == yaml.DocumentNode && len(root.Content) == 1 {
		root = root.Content[0]
	}
	if root.Kind == yaml.ScalarNode && root.Value == "" {
		return nil
	}
	switch {
	case has(root, "id"):
		var y ruleYAML
		if err := root.Load(&y, yaml.WithKnownFields()); err != nil {
			return fmt.Errorf("%s:%d: %w", name, root.Line, err)
		}
		r, err := y.rule()
		if err != nil {
			return fmt.Errorf("%s:%d: rule %s: %w", name, root.Line, y.ID, err)
		}
		r.File, r.Line = name, root.Line
		s.Rules = append(s.Rules, r)
	case has(root, "name"):
		var y conditionYAML
		if err := root.Load(&y, yaml.WithKnownFields()); err != nil {
			return fmt.Errorf("%s:%d: %w", name, root.Line, err)
		}
		s.Conditions = append(s.Conditions, sekisho.Condition{Name: y.Name, Doc: y.Doc, On: y.On, When: y.When, File: name, Line: root.Line})
	default:
		return fmt.Errorf("%s:%d: neither a rule (key id) nor a condition (key name)", name, root.Line)
	}
	return nil
}

func has(mapping *yaml.Node, key string) bool {
	if mapping.Kind != yaml.MappingNode {
		return false
	}
	for i := 0; i < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			return true
		}
	}
	return false
}

type ruleYAML struct {
	ID       string         `yaml:"id"`
	Title    sekisho.Text   `yaml:"title"`
	Status   sekisho.Status `yaml:"status"`
	On       sekisho.Kind   `yaml:"on"`
	When     string         `yaml:"when"`
	Ask      string         `yaml:"ask"`
	Say      sekisho.Text   `yaml:"say"`
	Control  []string       `yaml:"control"`
	Attack   []string       `yaml:"attack"`
	Covers   []string       `yaml:"covers"`
	Source   []string       `yaml:"source"`
	Examples []exampleYAML  `yaml:"examples"`
}

type exampleYAML struct {
	Name  string                      `yaml:"name"`
	Match bool                        `yaml:"match"`
	It    map[string]any              `yaml:"it"`
	Seen  map[string][]map[string]any `yaml:"seen"`
	Gap   []gapYAML                   `yaml:"gap"`
}

type gapYAML struct {
	Artifact string `yaml:"artifact"`
	By       string `yaml:"by"`
	Why      string `yaml:"why"`
}

type conditionYAML struct {
	Name string       `yaml:"name"`
	Doc  string       `yaml:"doc"`
	On   sekisho.Kind `yaml:"on"`
	When string       `yaml:"when"`
}

var (
	idForm      = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	controlForm = regexp.MustCompile(`^[a-z]+(-[0-9]{4})?-[a-z][0-9]+$`)
	attackForm  = regexp.MustCompile(`^T[0-9]{4}(\.[0-9]{3})?$`)
	statuses    = []sekisho.Status{sekisho.StatusExperimental, sekisho.StatusTest, sekisho.StatusStable, sekisho.StatusDeprecated}
)

// rule checks what the compiler cannot: that nothing a person needs is missing.
func (y ruleYAML) rule() (sekisho.Rule, error) {
	ask, err := sekisho.ParseAction(y.Ask)
	problems := []error{err}
	check := func(ok bool, format string, args ...any) {
		if !ok {
			problems = append(problems, fmt.Errorf(format, args...))
		}
	}
	check(idForm.MatchString(y.ID), "id %q: want lowercase words joined by hyphens", y.ID)
	check(slices.Contains(statuses, y.Status), "status %q: want experimental, test, stable or deprecated", y.Status)
	check(slices.Contains(sekisho.Kinds, y.On), "on %q: no such kind of artifact", y.On)
	check(y.Title.En != "" && y.Title.Ja != "", "title: wants both en and ja")
	check(y.Say.En != "" && y.Say.Ja != "", "say: wants both en and ja")
	check(y.When != "", "when: missing")
	for _, c := range y.Control {
		check(controlForm.MatchString(c), "control %q: want the form npa-2022-n2", c)
	}
	for _, a := range y.Attack {
		check(attackForm.MatchString(a), "attack %q: want the form T1566.002", a)
	}
	r := sekisho.Rule{ID: y.ID, Title: y.Title, Status: y.Status, On: y.On, When: y.When, Ask: ask, Say: y.Say,
		Control: y.Control, Attack: y.Attack, Covers: y.Covers, Source: y.Source}
	for _, e := range y.Examples {
		example, err := e.example()
		check(err == nil, "example %q: %w", e.Name, err)
		r.Examples = append(r.Examples, example)
	}
	return r, errors.Join(problems...)
}

func (y exampleYAML) example() (sekisho.Example, error) {
	e := sekisho.Example{Name: y.Name, Match: y.Match, Seen: map[string][]json.RawMessage{}}
	if y.It != nil {
		it, err := json.Marshal(y.It)
		if err != nil {
			return e, err
		}
		e.It = it
	}
	for name, facts := range y.Seen {
		for _, fact := range facts {
			data, err := json.Marshal(fact)
			if err != nil {
				return e, err
			}
			e.Seen[name] = append(e.Seen[name], data)
		}
	}
	for _, g := range y.Gap {
		e.Gap = append(e.Gap, sekisho.Gap(g))
	}
	return e, nil
}
