package html

import (
	"bytes"
	"strings"
)

// A compound is what a selector asks of one element (Selectors 4 §3.1), in lower case; what is empty is not asked.
type compound struct {
	tag, id    string
	classes    []string
	attributes []test
}

// A test is what an attribute selector asks: that it is there, or how its value compares.
type test struct {
	name, value string
	operator    byte // 0 for none, or what stands before =, which stands for itself
}

// parseSelector reads a selector and its specificity. Those with pseudo-classes are not read. What stands before a sibling
// combinator is passed over when what follows asks for a class, an id or an attribute.
func parseSelector(s []byte) (compounds []compound, weight int, ok bool) {
	var c compound
	siblings, named := false, false
	next := func() {
		if c.tag != "" || named {
			compounds = append(compounds, c)
		}
		c, named = compound{}, false
	}
	for s = bytes.TrimSpace(s); len(s) > 0; {
		var word string
		switch first := s[0]; first {
		case ' ', '\t', '\r', '\n', '\f', '>':
			next()
			s = s[1:]
		case '+', '~':
			next()
			compounds, siblings, s = nil, true, s[1:]
		case '*':
			named, s = true, s[1:]
		case '.', '#':
			if word, s = cutName(s[1:]); word == "" {
				return nil, 0, false
			}
			if named, weight = true, weight+1<<10; first == '.' {
				c.classes = append(c.classes, word)
			} else {
				c.id, weight = word, weight+1<<20
			}
		case '[':
			end := outside(s, "]")
			if end < 0 {
				return nil, 0, false
			}
			c.attributes = append(c.attributes, parseTest(s[1:end]))
			named, weight, s = true, weight+1<<10, s[end+1:]
		default:
			if word, s = cutName(s); word == "" {
				return nil, 0, false
			}
			c.tag = word
			weight++
		}
	}
	last := c
	next()
	const depth = 16
	if n := len(compounds); n == 0 || n > depth {
		return nil, 0, false
	}
	return compounds, weight, !siblings || last.id != "" || len(last.classes) > 0 || len(last.attributes) > 0
}

// cutName reads a name with its escapes.
func cutName(s []byte) (name string, rest []byte) {
	end := 0
	for end < len(s) && strings.IndexByte(" \t\r\n\f>+~.#[]():,*=|^$\"'", s[end]) < 0 {
		if s[end] == '\\' {
			end += escape(s[end:])
			continue
		}
		end++
	}
	return string(lower(unescape(s[:end]))), s[end:]
}

func parseTest(s []byte) test {
	name, value, ok := bytes.Cut(s, []byte("="))
	t := test{name: string(lower(unescape(bytes.TrimRight(name, "~|^$* \t\r\n"))))}
	if !ok {
		return t
	}
	t.operator = '='
	if last := len(name) - 1; last >= 0 && strings.IndexByte("~|^$*", name[last]) >= 0 {
		t.operator = name[last]
	}
	t.value = string(unescape(bytes.Trim(bytes.TrimSpace(value), `"'`)))
	return t
}

// matches reports whether an element is what the compound asks for.
func (c *compound) matches(name []byte, a *attributes) bool {
	if c.tag != "" && c.tag != string(name) || c.id != "" && c.id != string(lower(a.id)) {
		return false
	}
	for _, class := range c.classes {
		if !hasClass(a.class, class) {
			return false
		}
	}
	for _, t := range c.attributes {
		value, ok := a.value(t.name)
		if !ok || !t.holds(string(value)) {
			return false
		}
	}
	return true
}

func (t test) holds(value string) bool {
	switch t.operator {
	case '=':
		return value == t.value
	case '^':
		return t.value != "" && strings.HasPrefix(value, t.value)
	case '$':
		return t.value != "" && strings.HasSuffix(value, t.value)
	case '*':
		return t.value != "" && strings.Contains(value, t.value)
	case '~':
		return hasClass([]byte(value), t.value)
	case '|':
		return value == t.value || strings.HasPrefix(value, t.value+"-")
	}
	return true
}

// encloses reports whether an open element is what the compound asks for; its attributes are no longer known.
func (c *compound) encloses(f *frame) bool {
	if c.tag != "" && c.tag != f.name || c.id != "" && c.id != f.id {
		return false
	}
	for _, class := range c.classes {
		if !hasClass([]byte(f.class), class) {
			return false
		}
	}
	return true
}

// hasClass reports whether list holds class, in either case: mails have no doctype, and then browsers fold it.
func hasClass(list []byte, class string) bool {
	n := 0
	for one := range bytes.FieldsSeq(list) {
		if n++; n > classLimit {
			return false
		}
		if string(lower(one)) == class {
			return true
		}
	}
	return false
}
