package html

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// uncomment returns css with a space for each comment, as a comment parts words (CSS Syntax 3 §4.3.2): dis/**/play is no
// property. What looks like a comment in a string is none.
func uncomment(css []byte) []byte {
	if !bytes.Contains(css, []byte("/*")) {
		return css
	}
	out := make([]byte, 0, len(css))
	for i := 0; i < len(css); {
		size := 1
		switch c := css[i]; {
		case c == '"' || c == '\'':
			size = quoted(css[i:])
		case c == '\\':
			size = min(2, len(css)-i)
		case c == '/' && i+1 < len(css) && css[i+1] == '*':
			end := bytes.Index(css[i+2:], []byte("*/"))
			if end < 0 {
				return out
			}
			out = append(out, ' ')
			i += end + 4
			continue
		}
		out = append(out, css[i:i+size]...)
		i += size
	}
	return out
}

// quoted returns the length of the string that css begins with; a line break ends one that is not closed.
func quoted(css []byte) int {
	for i := 1; i < len(css); i++ {
		switch css[i] {
		case css[0]:
			return i + 1
		case '\n':
			return i
		case '\\':
			i++
		}
	}
	return len(css)
}

// outside returns where the first of stops stands in css outside strings, parentheses and what is escaped, -1 if nowhere.
func outside(css []byte, stops string) int {
	depth := 0
	for i := 0; i < len(css); i++ {
		switch c := css[i]; {
		case depth == 0 && strings.IndexByte(stops, c) >= 0:
			return i
		case c == '"' || c == '\'':
			i += quoted(css[i:]) - 1
		case c == '\\':
			i++
		case c == '(':
			depth++
		case c == ')':
			depth = max(0, depth-1)
		}
	}
	return -1
}

// cutBlock cuts css behind the brace that closes the block it stands in.
func cutBlock(css []byte) (body, rest []byte) {
	depth := 0
	for i := 0; i < len(css); i++ {
		switch c := css[i]; c {
		case '"', '\'':
			i += quoted(css[i:]) - 1
		case '\\':
			i++
		case '{':
			depth++
		case '}':
			if depth--; depth < 0 {
				return css[:i], css[i+1:]
			}
		}
	}
	return css, nil
}

// cutDeclaration cuts the first declaration off: its name in lower case, its value as written but for escapes.
func cutDeclaration(style []byte) (name, value, rest []byte) {
	end := bytes.IndexByte(style, ';')
	if end >= 0 && bytes.ContainsAny(style[:end], `"'(\`) {
		end = outside(style, ";")
	}
	declaration := style
	if end >= 0 {
		declaration, rest = style[:end], style[end+1:]
	}
	name, value, _ = bytes.Cut(declaration, []byte(":"))
	return lower(unescape(name)), unescape(value[:min(len(value), 200)]), rest
}

// cutImportant cuts !important off a value and returns it in lower case.
func cutImportant(value []byte) (bare []byte, important bool) {
	value = lower(value)
	if before, ok := bytes.CutSuffix(value, []byte("important")); ok {
		if before, ok = bytes.CutSuffix(bytes.TrimSpace(before), []byte("!")); ok {
			return bytes.TrimSpace(before), true
		}
	}
	return value, false
}

// unescape decodes the escapes of CSS (CSS Syntax 3 §4.3.7), without a copy when there are none.
func unescape(s []byte) []byte {
	if bytes.IndexByte(s, '\\') < 0 {
		return s
	}
	out := make([]byte, 0, len(s))
	for len(s) > 0 {
		size := escape(s)
		if size == 0 {
			out, s = append(out, s[0]), s[1:]
			continue
		}
		digits, code := 1, rune(0)
		for ; digits < size && digitOf(s[digits]) >= 0; digits++ {
			code = code<<4 | rune(digitOf(s[digits]))
		}
		if digits == 1 {
			out = append(out, s[1:size]...)
		} else {
			out = utf8.AppendRune(out, code)
		}
		s = s[size:]
	}
	return out
}

// escape returns the length of the escape that s begins with, 0 if there is none.
func escape(s []byte) int {
	if s[0] != '\\' {
		return 0
	}
	n := 1
	for n < len(s) && n <= 6 && digitOf(s[n]) >= 0 {
		n++
	}
	if n < len(s) && (n == 1 || strings.IndexByte(" \t\r\n\f", s[n]) >= 0) {
		n++
	}
	return n
}

func digitOf(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}

// skipSpace passes over white space and the marks of an HTML comment, which style sheets may stand in.
func skipSpace(css []byte) []byte {
	for {
		css = bytes.TrimLeft(css, " \t\r\n\f")
		after, opened := bytes.CutPrefix(css, []byte("<!--"))
		after, closed := bytes.CutPrefix(after, []byte("-->"))
		if css = after; !opened && !closed {
			return css
		}
	}
}
