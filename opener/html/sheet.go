package html

import (
	"bytes"
	"cmp"
	"slices"
)

const (
	sheetLimit    = 64 << 10 // bytes of all style elements that are read for rules
	selectorLimit = 2000     // selectors of rules that can hide
	matchLimit    = 2 << 20  // comparisons of selectors with elements and those around them
	classLimit    = 32       // classes of one element
	mediaDepth    = 16       // media rules in media rules
)

// A sheet holds those rules of a page's style elements that decide whether text is seen, by what the last compound of their
// selector asks for first.
type sheet struct {
	ids, classes, tags map[string][]*rule
	size, count        int
	work               int  // comparisons made
	deep               bool // a selector asks for the classes or the id of an element around
}

// A rule is one selector and its declarations.
type rule struct {
	selector     []compound // the outermost first
	weight       int        // specificity (Selectors 4 §17)
	order        int
	declarations []declaration
}

// A declaration is a property that can hide text, and its value.
type declaration struct {
	name      string
	value     []byte
	important bool
}

// read adds the rules of a style element (CSS Syntax 3) and reports whether there were any; all is false when a bound was
// passed. Of the rules at the outer level only media count that hold on screens wide and narrow.
func (s *sheet) read(css []byte) (added, all bool) {
	all = s.size+len(css) <= sheetLimit
	css = css[:min(len(css), sheetLimit-s.size)]
	s.size += len(css)
	css = uncomment(css)
	before := s.count
	applies := []bool{true}
	for css = skipSpace(css); len(css) > 0; css = skipSpace(css) {
		stops := "{}"
		if css[0] == '@' {
			stops = "{};"
		}
		at := outside(css, stops)
		if at < 0 {
			break
		}
		prelude, stop := css[:at], css[at]
		css = css[at+1:]
		holds := applies[len(applies)-1]
		switch {
		case stop == ';':
		case stop == '}':
			applies = applies[:max(1, len(applies)-1)]
		case len(applies) < mediaDepth && len(prelude) > 6 && bytes.EqualFold(prelude[:6], []byte("@media")):
			applies = append(applies, holds && onScreens(prelude[6:]))
		default:
			var body []byte
			body, css = cutBlock(css)
			if holds && !bytes.HasPrefix(prelude, []byte("@")) {
				all = s.add(prelude, body) && all
			}
		}
	}
	return s.count > before, all
}

func (s *sheet) add(prelude, body []byte) (all bool) {
	if nested := outside(body, "{"); nested >= 0 {
		body = body[:nested]
	}
	var declarations []declaration
	for len(body) > 0 {
		var name, value []byte
		name, value, body = cutDeclaration(body)
		if !hiding(string(name)) {
			continue
		}
		value, important := cutImportant(value)
		declarations = append(declarations, declaration{string(name), value, important})
	}
	if declarations == nil {
		return true
	}
	for len(prelude) > 0 {
		selector := prelude
		if comma := outside(prelude, ","); comma >= 0 {
			selector, prelude = prelude[:comma], prelude[comma+1:]
		} else {
			prelude = nil
		}
		if s.count >= selectorLimit {
			return false
		}
		if compounds, weight, ok := parseSelector(selector); ok {
			s.count++
			s.file(&rule{compounds, weight, s.count, declarations})
		}
	}
	return true
}

// file puts a rule where match looks for it.
func (s *sheet) file(r *rule) {
	if s.ids == nil {
		s.ids, s.classes, s.tags = map[string][]*rule{}, map[string][]*rule{}, map[string][]*rule{}
	}
	last := r.selector[len(r.selector)-1]
	switch {
	case last.id != "":
		s.ids[last.id] = append(s.ids[last.id], r)
	case len(last.classes) > 0:
		s.classes[last.classes[0]] = append(s.classes[last.classes[0]], r)
	default:
		s.tags[last.tag] = append(s.tags[last.tag], r)
	}
	for _, c := range r.selector[:len(r.selector)-1] {
		s.deep = s.deep || c.id != "" || len(c.classes) > 0
	}
}

// match appends the rules for an element to rules, those that win last; all is false when a bound was passed.
func (s *sheet) match(rules []*rule, name []byte, a *attributes, around []frame) (matched []*rule, all bool) {
	if s.count == 0 {
		return rules, true
	}
	consider := func(list []*rule) {
		for _, r := range list {
			if s.work += 1 + len(r.selector); s.work > matchLimit {
				return
			}
			if r.selector[len(r.selector)-1].matches(name, a) && s.within(r.selector[:len(r.selector)-1], around) {
				rules = append(rules, r)
			}
		}
	}
	if a.id != nil {
		consider(s.ids[string(lower(a.id))])
	}
	n := 0
	for class := range bytes.FieldsSeq(a.class) {
		if n++; n > classLimit {
			break
		}
		consider(s.classes[string(lower(class))])
	}
	consider(s.tags[string(name)])
	consider(s.tags[""])
	if len(rules) > 1 {
		slices.SortFunc(rules, func(a, b *rule) int { return cmp.Or(a.weight-b.weight, a.order-b.order) })
	}
	return rules, s.work <= matchLimit && n <= classLimit
}

// within reports whether the elements around stand in what the compounds ask for, the last of them nearest.
func (s *sheet) within(compounds []compound, around []frame) bool {
	left := len(compounds)
	for i := len(around) - 1; i > 0 && left > 0; i-- {
		if s.work++; compounds[left-1].encloses(&around[i]) {
			left--
		}
	}
	return left == 0
}

// hiding reports whether a property can hide text. Colours in style sheets are not followed.
func hiding(name string) bool {
	switch name {
	case "display", "visibility", "opacity", "font-size", "font", "overflow", "max-height", "height", "max-width", "width", "left", "top", "text-indent", "unicode-bidi", "direction":
		return true
	}
	return false
}

// onScreens reports whether a media query list (Media Queries 4) holds on the screens of telephones and of desks alike. What
// asks for more than a width is taken not to.
func onScreens(list []byte) bool {
	for _, width := range [...]float64{375, 1280} {
		holds := len(bytes.TrimSpace(list)) == 0
		for query := range bytes.SplitSeq(list, []byte(",")) {
			holds = holds || queryHolds(lower(query), width)
		}
		if !holds {
			return false
		}
	}
	return true
}

func queryHolds(query []byte, width float64) bool {
	query = bytes.TrimPrefix(query, []byte("only "))
	if other, ok := bytes.CutPrefix(query, []byte("not ")); ok {
		return string(bytes.TrimSpace(other)) == "print"
	}
	for part := range bytes.SplitSeq(query, []byte("and")) {
		part = bytes.TrimSpace(part)
		if string(part) == "all" || string(part) == "screen" {
			continue
		}
		feature, value, ok := bytes.Cut(bytes.Trim(part, "() \t\r\n"), []byte(":"))
		size, known := length(bytes.TrimSpace(value))
		switch feature = bytes.TrimSpace(feature); {
		case ok && known && string(feature) == "min-width" && width >= size:
		case ok && known && string(feature) == "max-width" && width <= size:
		default:
			return false
		}
	}
	return true
}
