package manifest

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// JSON reads JSON as editors write it: with comments, commas at the end, single quotes and bare keys (JSONC, JSON5).
func JSON(data string) ([]Entry, error) {
	if len(data) > sizeLimit {
		return nil, ErrLimit
	}
	p := &jsonReader{text: strings.TrimPrefix(data, "\uFEFF"), line: 1}
	err := p.value()
	return p.entries, err
}

type jsonReader struct {
	list
	text string
	at   int
	line int
}

// skip passes blanks and comments.
func (p *jsonReader) skip() {
	for p.at < len(p.text) {
		switch c := p.text[p.at]; {
		case c == '\n':
			p.line++
			p.at++
		case c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v':
			p.at++
		case strings.HasPrefix(p.text[p.at:], "//"):
			end := strings.IndexByte(p.text[p.at:], '\n')
			if end < 0 {
				end = len(p.text) - p.at
			}
			p.at += end
		case strings.HasPrefix(p.text[p.at:], "/*"):
			end := strings.Index(p.text[p.at+2:], "*/")
			if end < 0 {
				p.at = len(p.text)
				return
			}
			p.line += strings.Count(p.text[p.at:p.at+2+end], "\n")
			p.at += end + 4
		default:
			return
		}
	}
}

func (p *jsonReader) peek() byte {
	p.skip()
	if p.at >= len(p.text) {
		return 0
	}
	return p.text[p.at]
}

func (p *jsonReader) value() error {
	switch p.peek() {
	case 0:
		return ErrSyntax
	case '{':
		return p.members('}')
	case '[':
		return p.members(']')
	}
	line := p.line
	value, err := p.scalar()
	if err != nil {
		return err
	}
	return p.add(value, line)
}

// members reads an object or a list up to its end.
func (p *jsonReader) members(end byte) error {
	p.at++
	for n := 0; ; n++ {
		switch p.peek() {
		case 0:
			return ErrSyntax
		case end:
			p.at++
			return nil
		case ',':
			p.at++
			n--
			continue
		}
		key := strconv.Itoa(n)
		if end == '}' {
			var err error
			if key, err = p.scalar(); err != nil {
				return err
			}
			if p.peek() != ':' {
				return ErrSyntax
			}
			p.at++
		}
		if err := p.push(key); err != nil {
			return err
		}
		if err := p.value(); err != nil {
			return err
		}
		p.pop()
	}
}

// scalar reads a string, or a bare word or number.
func (p *jsonReader) scalar() (string, error) {
	quote := p.peek()
	if quote != '"' && quote != '\'' {
		start := p.at
		for p.at < len(p.text) && strings.IndexByte(",:]}{[ \t\r\n\"'", p.text[p.at]) < 0 {
			p.at++
		}
		if p.at == start {
			return "", ErrSyntax
		}
		return p.text[start:p.at], nil
	}
	p.at++
	start := p.at
	for p.at < len(p.text) && p.text[p.at] != quote && p.text[p.at] != '\\' {
		if p.text[p.at] == '\n' {
			p.line++
		}
		p.at++
	}
	if p.at < len(p.text) && p.text[p.at] == quote {
		p.at++
		return p.text[start : p.at-1], nil
	}
	return p.escaped(start, quote)
}

// escaped reads on in a string that holds a backslash.
func (p *jsonReader) escaped(start int, quote byte) (string, error) {
	var b strings.Builder
	b.WriteString(p.text[start:p.at])
	for p.at < len(p.text) {
		c := p.text[p.at]
		p.at++
		switch {
		case c == quote:
			return b.String(), nil
		case c == '\n':
			p.line++
			b.WriteByte(c)
		case c == '\\' && p.at < len(p.text):
			p.escape(&b)
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), ErrSyntax
}

func (p *jsonReader) escape(b *strings.Builder) {
	c := p.text[p.at]
	p.at++
	switch c {
	case 'n':
		b.WriteByte('\n')
	case 't':
		b.WriteByte('\t')
	case 'r', 'b', 'f':
	case 'u':
		if p.at+4 <= len(p.text) {
			if n, err := strconv.ParseUint(p.text[p.at:p.at+4], 16, 16); err == nil {
				p.at += 4
				b.WriteString(string(utf8.AppendRune(nil, rune(n))))
			}
		}
	case '\n':
		p.line++
	default:
		b.WriteByte(c)
	}
}
