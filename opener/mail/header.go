package mail

import (
	"bytes"
	"net/textproto"
	"strings"
	"unicode/utf8"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/charset"
)

const (
	blockLimit = 256 << 10 // bytes of one header block that are read, and as many again of the fields that decide
	fieldLimit = 64 << 10  // bytes of one field that are read
	lineLimit  = 998       // RFC 5322 §2.1.1
)

// A header is the header block of a mail or a part.
type header struct {
	fields  []sekisho.Header
	size    int // bytes up to the body, the empty line included
	cut     int // bytes that are not read because of a limit
	defects defects
}

// first returns the raw value, unfolded, of the first field of that canonical name, and how many there are.
func (h *header) first(name string) (value string, count int) {
	for i := range h.fields {
		if h.fields[i].Name == name {
			if count == 0 {
				value = unfold(h.fields[i].Raw)
			}
			count++
		}
	}
	return value, count
}

// readHeader reads the header block at the start of data. It ends at an empty line, at the end of data, or before a
// line that stop accepts, which is where a part without a body ends. A block whose first line is no field is no header:
// everything is body. Broken lines among fields are passed over.
func readHeader(data []byte, stop func(line []byte) bool) *header {
	h := &header{}
	f := fields{header: h, data: data}
	for h.size < len(data) {
		pos, end := h.size, lineEnd(data, h.size)
		line := data[pos:end]
		if empty(line) {
			h.size = end
			break
		}
		if line[0] == '-' && stop(line) {
			break
		}
		name := nameLength(line)
		switch {
		case line[0] == ' ' || line[0] == '\t':
			f.extend(pos, end)
		case name > 0:
			f.start(pos, end, name)
		case bytes.HasPrefix(line, []byte("From ")) || bytes.HasPrefix(line, []byte(">From ")): // mbox
			f.open = false
		default:
			h.defects.add(BadHeader)
			if len(f.spans) == 0 {
				return h
			}
			f.open = false
		}
		h.size = end
	}
	f.finish()
	return h
}

// A fields collects where the fields of a header stand.
type fields struct {
	header   *header
	data     []byte
	spans    []span
	open     bool // a folded line belongs to the last span
	kept     int  // bytes of all spans
	crlf, lf int  // lines by their ending
}

type span struct{ start, end int }

// start begins a field whose name has the given length.
func (f *fields) start(pos, end, name int) {
	f.open = f.kept < blockLimit || f.kept < 2*blockLimit && decides(f.data[pos:pos+name])
	if !f.open {
		f.header.cut += end - pos
		return
	}
	f.spans = append(f.spans, span{pos, pos})
	f.extend(pos, end)
}

// extend adds a line to the field at hand, as much of it as the limit allows.
func (f *fields) extend(pos, end int) {
	if !f.open {
		if f.header.cut > 0 {
			f.header.cut += end - pos
		} else {
			f.header.defects.add(BadHeader)
		}
		return
	}
	last := &f.spans[len(f.spans)-1]
	if room := fieldLimit - (last.end - last.start); last.end != pos || end-pos > room {
		take := 0
		if last.end == pos {
			take = room
		}
		f.header.cut += end - pos - take
		end = pos + take
	}
	if end > pos {
		last.end = end
		f.kept += end - pos
		f.line(f.data[pos:end])
	}
}

// line notes the defects of a line.
func (f *fields) line(line []byte) {
	h := f.header
	switch {
	case bytes.HasSuffix(line, []byte("\r\n")):
		f.crlf++
	case bytes.HasSuffix(line, []byte("\n")):
		f.lf++
	}
	if len(line) > lineLimit+2 {
		h.defects.add(HeaderTooLong)
	}
	if bytes.IndexByte(line, 0) >= 0 {
		h.defects.add(NulByte)
	}
	if cr := bytes.IndexByte(line, '\r'); cr >= 0 && cr < len(line)-2 {
		h.defects.add(BareCR)
	}
}

// decides reports whether a field decides what a reader sees or how the body is read.
func decides(name []byte) bool {
	switch textproto.CanonicalMIMEHeaderKey(string(name)) {
	case "From", "Sender", "Reply-To", "Subject", "Date", "Content-Type", "Content-Transfer-Encoding", "Content-Disposition":
		return true
	}
	return false
}

func (f *fields) finish() {
	h := f.header
	if f.crlf > 0 && f.lf > 0 {
		h.defects.add(BareLF)
	}
	h.fields = make([]sekisho.Header, 0, len(f.spans))
	for _, at := range f.spans {
		name, raw, _ := strings.Cut(string(f.data[at.start:at.end]), ":")
		raw = strings.TrimRight(raw, "\r\n")
		if !utf8.ValidString(raw) {
			raw = unguessed(raw)
			h.defects.add(Raw8BitHeader)
		}
		value, bad := decodeField(unfold(raw))
		for _, defect := range bad {
			h.defects.add(defect)
		}
		name = textproto.CanonicalMIMEHeaderKey(strings.TrimRight(name, " \t"))
		h.fields = append(h.fields, sekisho.Header{Name: name, Value: value, Raw: raw})
	}
}

// unguessed returns raw 8-bit text in the charset it most likely is in, so that everything after works on UTF-8.
func unguessed(raw string) string {
	text, _ := charset.Decode(charset.Guess([]byte(raw)), []byte(raw))
	return text
}

// decodeField returns the value of a field as a person sees it.
func decodeField(value string) (text string, bad defects) {
	value = strings.TrimSpace(value)
	if !isASCII(value) {
		bad.add(Raw8BitHeader)
		if !utf8.ValidString(value) {
			value = unguessed(value)
		}
	} else if strings.Contains(value, "\x1B") {
		value = unguessed(value)
	}
	return decodeWords(value, bad)
}

// nameLength returns the length of the field name at the start of line, 0 if there is none: printable ASCII before a
// colon (RFC 5322 §2.2), with the white space before the colon that §4.5 still allows.
func nameLength(line []byte) int {
	for i, c := range line {
		switch {
		case c == ':':
			return i
		case c == ' ' || c == '\t':
			rest := bytes.TrimLeft(line[i:], " \t")
			if len(rest) > 0 && rest[0] == ':' {
				return i
			}
			return 0
		case c <= ' ' || c >= 0x7F:
			return 0
		}
	}
	return 0
}

// lineEnd returns the offset after the line end that follows pos.
func lineEnd(data []byte, pos int) int {
	if i := bytes.IndexByte(data[pos:], '\n'); i >= 0 {
		return pos + i + 1
	}
	return len(data)
}

func empty(line []byte) bool {
	return len(line) == 1 && line[0] == '\n' || len(line) == 2 && line[0] == '\r' && line[1] == '\n'
}

// unfold removes line ends and NUL from a value; a line end that is no fold becomes a space.
func unfold(raw string) string {
	if strings.IndexByte(raw, '\n') < 0 && strings.IndexByte(raw, '\r') < 0 && strings.IndexByte(raw, 0) < 0 {
		return strings.TrimSpace(raw)
	}
	var b strings.Builder
	b.Grow(len(raw))
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; c {
		case 0:
		case '\r', '\n':
			if i+1 < len(raw) && raw[i+1] != ' ' && raw[i+1] != '\t' && raw[i+1] != '\n' {
				b.WriteByte(' ')
			}
		default:
			b.WriteByte(c)
		}
	}
	return strings.TrimSpace(b.String())
}

func isASCII[T string | []byte](s T) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
