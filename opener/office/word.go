package office

import (
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/sekisho/sekisho"
)

// Places in the file information block (MS-DOC §2.5.1): pairs of offset and length in the table stream.
const (
	fibFlags     = 0x0A
	fibText      = 0x4C  // characters of the main text, and behind it six more counts
	fibAssociate = 0x19A // strings that go with the document: the template among them
	fibPieces    = 0x1A2
	fibLength    = 0x1AA
)

// wordDocument reads the text of a Word document by its piece table (MS-DOC §2.4.1), its fields, and its template.
func (s *storage) wordDocument() {
	data := s.stream("worddocument")
	if len(data) < fibLength {
		s.fail(fmt.Errorf("%w: a Word document of %d bytes", sekisho.ErrMalformed, len(data)))
		return
	}
	flags := binary.LittleEndian.Uint16(data[fibFlags:])
	if flags&0x100 != 0 {
		s.facts.Encrypted = true
		s.fail(fmt.Errorf("%w: a Word document behind a password", sekisho.ErrEncrypted))
		return
	}
	table := s.stream("0table")
	if flags&0x200 != 0 || table == nil {
		table = s.stream("1table")
	}
	if associated := part(data, table, fibAssociate); len(associated) > 6 {
		s.template(associated)
	}
	pieces := part(data, table, fibPieces)
	for len(pieces) > 5 && pieces[0] == 1 { // properties before the table
		size := int(binary.LittleEndian.Uint16(pieces[1:]))
		pieces = pieces[min(len(pieces), 3+size):]
	}
	if len(pieces) < 5 || pieces[0] != 2 {
		s.fail(fmt.Errorf("%w: a Word document without a piece table", sekisho.ErrMalformed))
		return
	}
	s.pieces(data, pieces[5:])
}

// part returns what the pair at the place points to in the table stream.
func part(data, table []byte, place int) []byte {
	start, length := uint64(binary.LittleEndian.Uint32(data[place:])), uint64(binary.LittleEndian.Uint32(data[place+4:]))
	if start+length > uint64(len(table)) {
		return nil
	}
	return table[start : start+length]
}

// template states the document's template when it lies elsewhere: the second of the associated strings (MS-DOC §2.9.279).
func (s *storage) template(data []byte) {
	rest := data[6:]
	for i := 0; i < 2 && len(rest) >= 2; i++ {
		length := 2 * int(binary.LittleEndian.Uint16(rest))
		if length > len(rest)-2 {
			return
		}
		if name := utf16le(rest[2 : 2+length]); i == 1 && strings.ContainsAny(name, `/\:`) {
			s.refer("template", name)
		}
		rest = rest[2+length:]
	}
}

// pieces reads the text of the pieces in order (MS-DOC §2.8.35).
func (s *storage) pieces(data, table []byte) {
	count := (len(table) - 4) / 12
	w := &wordText{fields: fields{d: s.document}}
	for i := range max(count, 0) {
		if s.text.Len() >= mostText || s.done() {
			break
		}
		from, to := binary.LittleEndian.Uint32(table[4*i:]), binary.LittleEndian.Uint32(table[4*i+4:])
		position := binary.LittleEndian.Uint32(table[4*(count+1)+8*i+2:])
		if to <= from {
			continue
		}
		length, start := uint64(to-from), uint64(position&0x3FFFFFFF)
		if position&0x40000000 != 0 {
			start /= 2
			if start < uint64(len(data)) {
				w.write(latin(data[start:min(start+length, uint64(len(data)), start+mostText)]))
			}
		} else if start < uint64(len(data)) {
			w.write(wideText(data[start:min(start+2*length, uint64(len(data)), start+2*mostText)]))
		}
	}
	w.fields.finish()
	s.say("\n")
}

// A wordText follows text with the control characters of Word in it.
type wordText struct{ fields fields }

func (w *wordText) write(text string) {
	for len(text) > 0 && !w.fields.d.done() {
		end := strings.IndexFunc(text, func(r rune) bool { return r < ' ' })
		if end < 0 {
			end = len(text)
		}
		if w.fields.instructing() {
			w.fields.write(text[:end])
		} else {
			w.fields.d.say(text[:end])
		}
		if end == len(text) {
			return
		}
		switch text[end] {
		case 0x13:
			w.fields.begin()
		case 0x14:
			w.fields.separate()
		case 0x15:
			w.fields.end()
		case '\t':
			w.fields.d.say("\t")
		case '\r', 0x0B, 0x0C, 0x07:
			w.fields.d.say("\n")
		}
		text = text[end+1:]
	}
}

// wideText decodes UTF-16 whole: NULs at its end are not cut.
func wideText(data []byte) string {
	var b strings.Builder
	b.Grow(len(data))
	for i := 0; i+1 < len(data); i += 2 {
		unit := rune(binary.LittleEndian.Uint16(data[i:]))
		if unit >= 0xD800 && unit < 0xDC00 && i+3 < len(data) {
			if low := rune(binary.LittleEndian.Uint16(data[i+2:])); low >= 0xDC00 && low < 0xE000 {
				unit = (unit-0xD800)<<10 + low - 0xDC00 + 0x10000
				i += 2
			}
		}
		b.WriteRune(unit)
	}
	return b.String()
}
