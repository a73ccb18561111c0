package office

import (
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/charset"
)

// The records of a workbook stream that are read (MS-XLS §2.3).
const (
	recordFormula   = 0x06
	recordEOF       = 0x0A
	recordName      = 0x18
	recordFilePass  = 0x2F
	recordContinue  = 0x3C
	recordSheet     = 0x85
	recordStrings   = 0xFC
	recordLabelText = 0x04
	recordLabel     = 0x204
	recordSupBook   = 0x1AE
	recordHyperlink = 0x1B8
	recordString    = 0x207
	recordBOF       = 0x809
)

const mostRecords = 1_500_000

// A workbook is the reading of a workbook stream.
type workbook struct {
	*document
	biff   int
	names  []string
	source strings.Builder // of the macro sheets
}

// workbookStream reads a workbook stream record by record; book says it is of the fifth version.
func (s *storage) workbookStream(data []byte, book bool) {
	if locked(data) {
		s.facts.Encrypted = true
		clear, err := unlockWorkbook(data)
		if err != nil {
			s.fail(err)
			return
		}
		s.facts.Password = defaultPassword
		data = clear
	}
	w := &workbook{document: s.document, biff: 8}
	if book {
		w.biff = 5
	}
	macro, at := false, 0
	for n := 0; at+4 <= len(data); n++ {
		if n == mostRecords {
			s.fail(fmt.Errorf("%w: a workbook of more than %d records", sekisho.ErrLimit, mostRecords))
			break
		}
		if n%4096 == 0 && s.done() {
			break
		}
		kind, size := binary.LittleEndian.Uint16(data[at:]), int(binary.LittleEndian.Uint16(data[at+2:]))
		if at+4+size > len(data) {
			break
		}
		body := data[at+4 : at+4+size]
		switch {
		case kind == recordBOF && size >= 4:
			w.biff = map[bool]int{true: 5, false: 8}[binary.LittleEndian.Uint16(body) < 0x600]
			macro = binary.LittleEndian.Uint16(body[2:]) == 0x40
		case kind == recordStrings:
			w.strings(body, data[at+4+size:])
		default:
			w.record(kind, body, macro)
		}
		at += 4 + size
	}
	if w.source.Len() > 0 {
		w.macro("excel4", "macro sheets", w.source.String())
	}
}

func (w *workbook) record(kind uint16, body []byte, macro bool) {
	switch kind {
	case recordSheet:
		w.boundSheet(body)
	case recordName:
		w.definedName(body)
	case recordSupBook:
		w.supporting(body)
	case recordHyperlink:
		for _, place := range monikers(body) {
			w.link(place, "")
		}
	case recordFormula:
		if macro && len(body) > 22 && w.source.Len() < mostMacro {
			length := min(int(binary.LittleEndian.Uint16(body[20:])), len(body)-22)
			text := (&formula{biff: w.biff, names: w.names}).text(body[22 : 22+length])
			cell := cellName(uint32(binary.LittleEndian.Uint16(body)), uint32(binary.LittleEndian.Uint16(body[2:])))
			w.source.WriteString(cell + ": =" + text + "\n")
		}
	case recordString:
		if macro && w.source.Len() < mostMacro {
			w.source.WriteString(w.longString(body) + "\n")
		}
	case recordLabel, recordLabelText:
		if len(body) > 6 {
			text := w.longString(body[6:])
			w.say(text + "\n")
			if macro && w.source.Len() < mostMacro {
				w.source.WriteString(text + "\n")
			}
		}
	}
}

// boundSheet reads a sheet's name and state (MS-XLS §2.4.28).
func (w *workbook) boundSheet(body []byte) {
	if len(body) < 8 {
		return
	}
	states := [...]string{"visible", "hidden", "very-hidden", "visible"}
	name := ""
	if w.biff == 5 {
		name, _ = charset.Decode("", body[7:min(len(body), 7+int(body[6]))])
	} else {
		name = shortString(body[6:])
	}
	macro := body[5] == 1
	if macro {
		w.note(&w.facts.Macros, "excel4")
	}
	w.sheet(sekisho.Sheet{Name: name, State: states[body[4]&3], Macro: macro})
}

// definedName reads a name (MS-XLS §2.4.150). The built-in ones are written as one character.
func (w *workbook) definedName(body []byte) {
	if len(body) < 15 {
		return
	}
	flags, length, size := binary.LittleEndian.Uint16(body), int(body[3]), int(binary.LittleEndian.Uint16(body[4:]))
	raw := body[14:]
	name := ""
	switch {
	case w.biff == 5:
		length = min(length, len(raw))
		name, raw = latin(raw[:length]), raw[length:]
	case raw[0]&1 != 0:
		length = min(2*length, len(raw)-1)
		name, raw = utf16le(raw[1:1+length]), raw[1+length:]
	default:
		length = min(length, len(raw)-1)
		name, raw = latin(raw[1:1+length]), raw[1+length:]
	}
	if flags&0x20 != 0 && name != "" {
		builtin := [...]string{0: "Consolidate_Area", 1: "Auto_Open", 2: "Auto_Close", 10: "Auto_Activate", 11: "Auto_Deactivate"}
		if n := int(name[0]); n < len(builtin) && builtin[n] != "" {
			name = builtin[n] + name[1:]
		}
	}
	if len(w.names) < 10*mostFacts {
		w.names = append(w.names, name)
	}
	w.autoName(name, (&formula{biff: w.biff, names: w.names}).text(raw[:min(size, len(raw))]))
}

// supporting reads a link to another program: its path holds the program and the topic (MS-XLS §2.5.277).
func (w *workbook) supporting(body []byte) {
	if len(body) < 5 || binary.LittleEndian.Uint16(body[2:]) == 0x401 || binary.LittleEndian.Uint16(body[2:]) == 0x3A01 {
		return
	}
	target := w.longString(body[2:])
	if program, topic, ok := strings.Cut(target, "\x03"); ok {
		w.note(&w.facts.Commands, strings.Map(printable, program+" "+topic))
		return
	}
	if strings.HasPrefix(target, "\x01") {
		target = strings.NewReplacer("\x01\x01@", `\\`, "\x01\x05", "", "\x03", `\`).Replace(target)
		w.refer("workbook", strings.Map(printable, target))
	}
}

func printable(r rune) rune {
	if r < ' ' {
		return -1
	}
	return r
}

// longString reads a string with a length of two bytes.
func (w *workbook) longString(data []byte) string {
	if len(data) < 3 {
		return ""
	}
	length := int(binary.LittleEndian.Uint16(data))
	if w.biff == 5 {
		text, _ := charset.Decode("", data[2:min(len(data), 2+length)])
		return text
	}
	return characterString(data[2], data[3:], length)
}

// shortString reads a string with a length of one byte.
func shortString(data []byte) string {
	if len(data) < 2 {
		return ""
	}
	return characterString(data[1], data[2:], int(data[0]))
}

func characterString(flags byte, data []byte, length int) string {
	if flags&1 != 0 {
		return wideText(data[:min(len(data), 2*length)])
	}
	return latin(data[:min(len(data), length)])
}

// strings reads the shared strings (MS-XLS §2.4.265), which run on through the records that continue the first. A string
// that is split there starts the next record with a flag byte of its own.
func (w *workbook) strings(body, rest []byte) {
	r := &sharedStrings{body: body, rest: rest}
	r.skip(8)
	for w.text.Len() < mostText {
		text, ok := r.next()
		if !ok {
			return
		}
		w.say(text + "\n")
	}
	w.cut = true
}

type sharedStrings struct{ body, rest []byte }

// advance goes on to the record that continues, and reports whether there is one.
func (r *sharedStrings) advance() bool {
	if len(r.rest) < 4 || binary.LittleEndian.Uint16(r.rest) != recordContinue {
		return false
	}
	size := min(int(binary.LittleEndian.Uint16(r.rest[2:])), len(r.rest)-4)
	r.body, r.rest = r.rest[4:4+size], r.rest[4+size:]
	return true
}

func (r *sharedStrings) skip(n int) bool {
	for n > len(r.body) {
		n -= len(r.body)
		r.body = nil
		if !r.advance() {
			return false
		}
	}
	r.body = r.body[n:]
	return true
}

func (r *sharedStrings) next() (text string, ok bool) {
	for len(r.body) < 3 {
		if !r.advance() {
			return "", false
		}
	}
	length, flags := int(binary.LittleEndian.Uint16(r.body)), r.body[2]
	r.body = r.body[3:]
	after := 0
	if flags&8 != 0 && len(r.body) >= 2 {
		after += 4 * int(binary.LittleEndian.Uint16(r.body))
		r.body = r.body[2:]
	}
	if flags&4 != 0 && len(r.body) >= 4 {
		after += int(min(binary.LittleEndian.Uint32(r.body), 1<<24))
		r.body = r.body[4:]
	}
	var b strings.Builder
	for length > 0 {
		width := int(flags&1) + 1
		n := min(length, len(r.body)/width)
		b.WriteString(characterString(flags, r.body[:n*width], n))
		r.body = r.body[n*width:]
		if length -= n; length == 0 {
			break
		}
		if !r.advance() || len(r.body) == 0 {
			return b.String(), b.Len() > 0
		}
		flags, r.body = r.body[0], r.body[1:]
	}
	r.skip(after)
	return b.String(), true
}
