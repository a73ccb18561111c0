package pdf

import (
	"bytes"
	"errors"
	"strconv"
)

// The objects of ISO 32000-1 7.3 are nil, bool, float64, []byte (a string) and the types here.
type (
	name    string
	array   []any
	dict    map[name]any
	ref     struct{ number, generation int }
	keyword string // an operator, obj, endobj, stream ...
)

// A stream is a dictionary with bytes, still filtered.
type stream struct {
	dict
	raw []byte
}

const (
	nesting    = 64      // arrays and dictionaries in each other
	collection = 200_000 // members of one array or dictionary
)

var (
	errEnd     = errors.New("end of data")
	errNesting = errors.New("objects are nested too deeply or are too long")
)

// A parser reads objects one after the other. It takes what is there for what it most probably means.
type parser struct {
	data    []byte
	pos     int
	escaped bool // a letter of a telling name was escaped, which hides the name from whoever looks for it
}

func isSpace(c byte) bool {
	return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == 0
}

func isDelimiter(c byte) bool {
	switch c {
	case '(', ')', '<', '>', '[', ']', '{', '}', '/', '%':
		return true
	}
	return false
}

func (p *parser) skipSpace() {
	for p.pos < len(p.data) {
		switch c := p.data[p.pos]; {
		case isSpace(c):
			p.pos++
		case c == '%':
			for p.pos < len(p.data) && p.data[p.pos] != '\n' && p.data[p.pos] != '\r' {
				p.pos++
			}
		default:
			return
		}
	}
}

// next returns the next object or keyword.
func (p *parser) next() (any, error) { return p.object(0) }

func (p *parser) object(depth int) (any, error) {
	if depth > nesting {
		return nil, errNesting
	}
	p.skipSpace()
	if p.pos >= len(p.data) {
		return nil, errEnd
	}
	switch c := p.data[p.pos]; c {
	case '/':
		p.pos++
		return p.name(), nil
	case '(':
		p.pos++
		return p.literal(), nil
	case '[':
		p.pos++
		return p.array(depth)
	case '<':
		if bytes.HasPrefix(p.data[p.pos:], []byte("<<")) {
			p.pos += 2
			return p.dict(depth)
		}
		p.pos++
		return p.hex(), nil
	case '>':
		if bytes.HasPrefix(p.data[p.pos:], []byte(">>")) {
			p.pos += 2
			return keyword(">>"), nil
		}
		p.pos++
		return keyword(">"), nil
	case ']', '{', '}', ')':
		p.pos++
		return keyword(c), nil
	}
	return p.word(), nil
}

// word reads a number, a reference or a keyword.
func (p *parser) word() any {
	word := p.run()
	switch word {
	case "true":
		return true
	case "false":
		return false
	case "null":
		return nil
	}
	number, err := strconv.ParseFloat(word, 64)
	if err != nil {
		return keyword(word)
	}
	if number < 0 || number != float64(int(number)) {
		return number
	}
	before := p.pos
	p.skipSpace()
	if generation, err := strconv.Atoi(p.digits()); err == nil {
		p.skipSpace()
		if p.run() == "R" {
			return ref{int(number), generation}
		}
	}
	p.pos = before
	return number
}

// digits reads at most five digits, those of a generation.
func (p *parser) digits() string {
	start := p.pos
	for p.pos < len(p.data) && p.pos-start < 5 && p.data[p.pos] >= '0' && p.data[p.pos] <= '9' {
		p.pos++
	}
	return string(p.data[start:p.pos])
}

func (p *parser) run() string {
	start := p.pos
	for p.pos < len(p.data) && !isSpace(p.data[p.pos]) && !isDelimiter(p.data[p.pos]) {
		p.pos++
	}
	return string(p.data[start:p.pos])
}

// telling are the names by which scanners find what a document does.
var telling = map[name]bool{"JavaScript": true, "JS": true, "OpenAction": true, "AA": true, "Launch": true, "URI": true, "SubmitForm": true, "GoToR": true,
	"GoToE": true, "EmbeddedFile": true, "EmbeddedFiles": true, "ObjStm": true, "XFA": true, "RichMedia": true, "AcroForm": true, "Encrypt": true}

func (p *parser) name() name {
	word := p.run()
	if !bytes.ContainsRune([]byte(word), '#') {
		return name(word)
	}
	var out []byte
	for i := 0; i < len(word); i++ {
		if word[i] == '#' && i+2 < len(word) {
			if code, err := strconv.ParseUint(word[i+1:i+3], 16, 8); err == nil {
				out = append(out, byte(code))
				i += 2
				continue
			}
		}
		out = append(out, word[i])
	}
	p.escaped = p.escaped || telling[name(out)] && len(out) < len(word)
	return name(out)
}

func (p *parser) literal() []byte {
	out := []byte{}
	for open := 1; p.pos < len(p.data); p.pos++ {
		c := p.data[p.pos]
		switch c {
		case '(':
			open++
		case ')':
			if open--; open == 0 {
				p.pos++
				return out
			}
		case '\\':
			p.pos++
			out = p.escape(out)
			continue
		}
		out = append(out, c)
	}
	return out
}

// escape reads what follows a backslash and leaves pos on its last byte.
func (p *parser) escape(out []byte) []byte {
	if p.pos >= len(p.data) {
		p.pos--
		return out
	}
	c := p.data[p.pos]
	if i := bytes.IndexByte([]byte("nrtbf"), c); i >= 0 {
		return append(out, "\n\r\t\b\f"[i])
	}
	if c == '\r' || c == '\n' {
		if c == '\r' && p.pos+1 < len(p.data) && p.data[p.pos+1] == '\n' {
			p.pos++
		}
		return out
	}
	if c < '0' || c > '7' {
		return append(out, c)
	}
	code := 0
	for n := 0; n < 3 && p.pos < len(p.data) && p.data[p.pos] >= '0' && p.data[p.pos] <= '7'; n++ {
		code = code*8 + int(p.data[p.pos]-'0')
		p.pos++
	}
	p.pos--
	return append(out, byte(code))
}

func (p *parser) hex() []byte {
	out := []byte{}
	half, digits := byte(0), 0
	for p.pos < len(p.data) {
		c := p.data[p.pos]
		p.pos++
		if c == '>' {
			break
		}
		digit := bytes.IndexByte([]byte("0123456789abcdef"), c|0x20)
		if digit < 0 {
			continue
		}
		if digits++; digits%2 == 1 {
			half = byte(digit) << 4
		} else {
			out = append(out, half|byte(digit))
		}
	}
	if digits%2 == 1 {
		out = append(out, half)
	}
	return out
}

func (p *parser) array(depth int) (array, error) {
	var out array
	for len(out) < collection {
		member, err := p.object(depth + 1)
		if err != nil {
			return append(out, member), err
		}
		if word, ok := member.(keyword); ok && (word == "]" || word == "endobj" || word == ">>") {
			return out, nil
		}
		out = append(out, member)
	}
	return out, errNesting
}

func (p *parser) dict(depth int) (dict, error) {
	out := dict{}
	for range collection {
		key, err := p.object(depth + 1)
		if err != nil {
			return out, err
		}
		if word, ok := key.(keyword); ok && (word == ">>" || word == "endobj" || word == "stream") {
			return out, nil
		}
		k, ok := key.(name)
		if !ok {
			continue
		}
		value, err := p.object(depth + 1)
		if err != nil {
			out[k] = value
			return out, err
		}
		if word, ok := value.(keyword); ok && (word == ">>" || word == "endobj") {
			return out, nil
		}
		out[k] = value
	}
	return out, errNesting
}
