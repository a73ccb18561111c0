package office

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/sekisho/sekisho/charset"
)

// The kinds of token.
const (
	openTag = iota + 1
	closeTag
	characters
)

// A markup reads XML token by token. It is forgiving: it wants nothing closed and checks no name, so that a document
// broken on purpose is read up to its end. It expands no entity but the five of XML and character references, holds no
// state that grows, and its time is linear.
type markup struct {
	data  []byte
	pos   int
	kind  int
	name  string            // of a tag, without prefix
	empty bool              // the tag closes itself
	body  []byte            // of a tag what follows its name, of characters the characters as they stand
	names map[string]string // the names met so far, so that each is made once
}

const mostNames = 500 // that are kept

func newMarkup(data []byte) *markup {
	if len(data) > 1 && (data[0] == 0 || data[1] == 0 || data[0] == 0xFF || data[0] == 0xFE) {
		label := "utf-16le"
		if data[0] == 0 {
			label = "utf-16be"
		}
		text, _ := charset.Decode(label, data)
		data = []byte(text)
	}
	return &markup{data: data, names: map[string]string{}}
}

// next reads the next token and reports whether there is one. Comments, instructions and declarations are passed over.
func (m *markup) next() bool {
	for m.pos < len(m.data) {
		rest := m.data[m.pos:]
		if rest[0] != '<' {
			end := bytes.IndexByte(rest, '<')
			if end < 0 {
				end = len(rest)
			}
			m.pos += end
			m.kind, m.body = characters, rest[:end]
			return true
		}
		switch {
		case bytes.HasPrefix(rest, []byte("<!--")):
			m.skip("-->")
		case bytes.HasPrefix(rest, []byte("<![CDATA[")):
			start := m.pos + len("<![CDATA[")
			m.skip("]]>")
			m.kind, m.body = characters, bytes.ReplaceAll(bytes.TrimSuffix(m.data[min(start, m.pos):m.pos], []byte("]]>")), []byte("&"), []byte("&amp;"))
			return true
		case bytes.HasPrefix(rest, []byte("<?")):
			m.skip("?>")
		case bytes.HasPrefix(rest, []byte("<!")):
			m.skip(">")
		default:
			m.tag(rest)
			return true
		}
	}
	return false
}

func (m *markup) skip(end string) {
	if i := bytes.Index(m.data[m.pos:], []byte(end)); i >= 0 {
		m.pos += i + len(end)
		return
	}
	m.pos = len(m.data)
}

// tag reads a tag; rest starts with its "<". A ">" in a quoted value does not end it.
func (m *markup) tag(rest []byte) {
	end, quote := 1, byte(0)
	for ; end < len(rest); end++ {
		c := rest[end]
		if quote == 0 && c == '>' {
			break
		}
		switch {
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		}
	}
	inner := rest[1:end]
	m.pos += min(end+1, len(rest))
	m.kind = openTag
	if len(inner) > 0 && inner[0] == '/' {
		m.kind, inner = closeTag, inner[1:]
	}
	m.empty = len(inner) > 0 && inner[len(inner)-1] == '/'
	if m.empty {
		inner = inner[:len(inner)-1]
	}
	stop := bytes.IndexAny(inner, " \t\r\n")
	if stop < 0 {
		stop = len(inner)
	}
	m.name, m.body = m.intern(local(inner[:stop])), inner[stop:]
}

func (m *markup) intern(name []byte) string {
	known, ok := m.names[string(name)]
	if !ok {
		known = string(name)
		if len(m.names) < mostNames {
			m.names[known] = known
		}
	}
	return known
}

func local(name []byte) []byte { return name[bytes.LastIndexByte(name, ':')+1:] }

// attr returns the value of the tag's first attribute of that name, whatever its prefix.
func (m *markup) attr(name string) string {
	for rest := m.body; ; {
		equal := bytes.IndexByte(rest, '=')
		if equal < 0 {
			return ""
		}
		key := local(bytes.Trim(rest[:equal], " \t\r\n"))
		rest = bytes.TrimLeft(rest[equal+1:], " \t\r\n")
		if len(rest) == 0 || rest[0] != '"' && rest[0] != '\'' {
			continue
		}
		end := bytes.IndexByte(rest[1:], rest[0])
		if end < 0 {
			return ""
		}
		if string(key) == name {
			return unescape(rest[1 : 1+end])
		}
		rest = rest[2+end:]
	}
}

// text returns the characters of the token.
func (m *markup) text() string { return unescape(m.body) }

func unescape(raw []byte) string {
	amp := bytes.IndexByte(raw, '&')
	if amp < 0 {
		return string(raw)
	}
	var b strings.Builder
	b.Grow(len(raw))
	for {
		b.Write(raw[:amp])
		raw = raw[amp:]
		end := bytes.IndexByte(raw[:min(len(raw), 12)], ';')
		if r, ok := entity(raw[1:max(end, 1)]); ok {
			b.WriteRune(r)
			raw = raw[end+1:]
		} else {
			b.WriteByte('&')
			raw = raw[1:]
		}
		if amp = bytes.IndexByte(raw, '&'); amp < 0 {
			b.Write(raw)
			return b.String()
		}
	}
}

func entity(name []byte) (rune, bool) {
	switch string(name) {
	case "amp":
		return '&', true
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "quot":
		return '"', true
	case "apos":
		return '\'', true
	}
	number, ok := bytes.CutPrefix(name, []byte("#"))
	if !ok {
		return 0, false
	}
	base := 10
	if hex, ok := bytes.CutPrefix(bytes.ToLower(number), []byte("x")); ok {
		number, base = hex, 16
	}
	n, err := strconv.ParseUint(string(number), base, 32)
	return rune(n), err == nil && n < utf8.MaxRune
}
