package manifest

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// yamlLimit is the most bytes of YAML that are read.
const yamlLimit = 4 << 20

// YAML reads the first document. An alias stands for nothing: what it names is read where it is defined.
func YAML(data string) ([]Entry, error) {
	if len(data) > yamlLimit {
		return nil, ErrLimit
	}
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(data), &doc); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSyntax, err)
	}
	l := &list{}
	err := l.node(&doc)
	last := strings.Count(data, "\n") + strings.Count(data, "\r") + 1
	for i := range l.entries {
		l.entries[i].Line = min(l.entries[i].Line, last) // a value that is left out stands behind the end
	}
	return l.entries, err
}

func (l *list) node(n *yaml.Node) error {
	switch n.Kind {
	case yaml.ScalarNode:
		return l.add(n.Value, n.Line)
	case yaml.DocumentNode:
		for _, child := range n.Content {
			if err := l.node(child); err != nil {
				return err
			}
		}
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if err := l.under(n.Content[i].Value, n.Content[i+1]); err != nil {
				return err
			}
		}
	case yaml.SequenceNode:
		for i, child := range n.Content {
			if err := l.under(strconv.Itoa(i), child); err != nil {
				return err
			}
		}
	}
	return nil
}

func (l *list) under(key string, n *yaml.Node) error {
	if err := l.push(key); err != nil {
		return err
	}
	err := l.node(n)
	l.pop()
	return err
}

// XML reads elements as keys, text as values, and attributes as keys that begin with @. Namespaces are left out; entities
// beyond those of XML are not expanded.
func XML(data string) ([]Entry, error) {
	if len(data) > sizeLimit {
		return nil, ErrLimit
	}
	d := xml.NewDecoder(strings.NewReader(data))
	d.Strict = false
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	l := &list{}
	for {
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			return l.entries, nil
		}
		if err != nil {
			return l.entries, fmt.Errorf("%w: %w", ErrSyntax, err)
		}
		line, _ := d.InputPos()
		if err := l.token(token, line); err != nil {
			return l.entries, err
		}
	}
}

func (l *list) token(token xml.Token, line int) error {
	switch t := token.(type) {
	case xml.StartElement:
		if err := l.push(t.Name.Local); err != nil {
			return err
		}
		for _, a := range t.Attr {
			if err := l.push("@" + a.Name.Local); err != nil {
				return err
			}
			if err := l.add(a.Value, line); err != nil {
				return err
			}
			l.pop()
		}
	case xml.EndElement:
		if len(l.path) > 0 {
			l.pop()
		}
	case xml.CharData:
		if text := strings.TrimSpace(string(t)); text != "" {
			return l.add(text, max(1, line-strings.Count(string(t), "\n")))
		}
	}
	return nil
}
