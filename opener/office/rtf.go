package office

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf16"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/charset"
)

const (
	mostGroups = 2000 // nested groups that are kept apart
	mostFonts  = 2000
)

// The destinations that words of an RTF file go to.
type destination byte

const (
	toText destination = iota
	toNowhere
	toInstruction
	toTemplate
	toClass
	toObject
	toPicture
	toFonts
	toPage
	toSource
)

// destinations maps the control words that start one (RTF 1.9.1, "Destinations"). Those that are not here and are marked
// as ones that may be ignored are.
var destinations = map[string]destination{
	"fldinst": toInstruction, "template": toTemplate, "objclass": toClass, "oleclsid": toClass, "objdata": toObject, "pict": toPicture, "fonttbl": toFonts, "htmltag": toPage,
	"mmdatasource": toSource, "mmconnectstr": toSource, "mmheadersource": toSource,
	"colortbl": toNowhere, "stylesheet": toNowhere, "info": toNowhere, "listtable": toNowhere, "listoverridetable": toNowhere, "rsidtbl": toNowhere,
	"nonshppict": toNowhere, "listtext": toNowhere, "pntext": toNowhere, "filetbl": toNowhere, "revtbl": toNowhere, "bkmkstart": toNowhere, "bkmkend": toNowhere,
	"sn": toNowhere, "sv": toNowhere, "falt": toNowhere, "panose": toNowhere, "blipuid": toNowhere, "result": toText, "shppict": toText, "shpinst": toText, "shptxt": toText,
	"footnote": toText, "header": toText, "footer": toText, "annotation": toText, "field": toText, "fldrslt": toText, "object": toText,
}

// A group is the state that a brace saves.
type group struct {
	to       destination
	codepage string
	skip     int // characters that stand in for a Unicode one
	hidden   bool
	field    bool // the group is a field
	starred  bool // its destination may be ignored
	opens    bool // its destination was set in it
}

// An rtf is the reading of an RTF file.
type rtf struct {
	*document
	data   []byte
	pos    int
	stack  []group
	deep   int // groups open beyond the bound
	now    group
	fields fields
	raw    []byte // characters not yet decoded
	units  []uint16
	owed   int // stand-ins to pass over
	fonts  map[int]string
	font   int
	hex    []byte // of the object or picture at hand
	half   int    // its last digit when it waits for another, -1 otherwise
	blip   string // the format of the picture at hand
	word   strings.Builder
	page   strings.Builder
	html   bool // the file wraps HTML
}

func (d *document) rtf(data []byte) {
	r := &rtf{document: d, data: data, fonts: map[int]string{}, half: -1, now: group{codepage: "windows-1252", skip: 1}}
	r.fields.d = d
	for n := 0; r.pos < len(r.data) && (n%4096 != 0 || !d.done()); n++ {
		r.step()
	}
	r.flush()
	r.deep = 0
	for range len(r.stack) {
		r.close()
	}
	r.fields.finish()
	if r.html && r.page.Len() > 0 && d.spend(r.page.Len()) {
		d.add(&sekisho.Artifact{Kind: sekisho.KindPage, Name: "page", Via: "content"}, []byte(strings.ToValidUTF8(r.page.String(), "\uFFFD")))
	}
}

// step reads one token.
func (r *rtf) step() {
	switch c := r.data[r.pos]; c {
	case '{':
		r.pos++
		r.open()
	case '}':
		r.pos++
		r.close()
	case '\\':
		r.pos++
		r.control()
	default:
		r.characters()
	}
}

func (r *rtf) open() {
	r.flush()
	r.owed = 0
	if len(r.stack) == mostGroups {
		if r.deep == 0 {
			r.fail(fmt.Errorf("%w: groups nested more than %d deep", sekisho.ErrLimit, mostGroups))
		}
		r.deep++
		return
	}
	r.stack = append(r.stack, r.now)
	r.now.field, r.now.starred, r.now.opens = false, false, false
}

func (r *rtf) close() {
	r.flush()
	r.owed = 0
	if r.deep > 0 {
		r.deep--
		return
	}
	if r.now.opens {
		r.finishDestination()
	}
	if r.now.field {
		r.fields.end()
	}
	if n := len(r.stack); n > 0 {
		r.now, r.stack = r.stack[n-1], r.stack[:n-1]
	}
}

// characters reads up to the next control. Line breaks are no characters.
func (r *rtf) characters() {
	start := r.pos
	for r.pos < len(r.data) && r.data[r.pos] != '\\' && r.data[r.pos] != '{' && r.data[r.pos] != '}' {
		r.pos++
	}
	run := r.data[start:r.pos]
	switch r.now.to {
	case toNowhere:
		return
	case toObject, toPicture:
		if r.now.to == toObject || r.blip != "" {
			r.digits(run)
		}
		return
	}
	for len(run) > 0 {
		end := bytes.IndexAny(run, "\r\n")
		if end < 0 {
			end = len(run)
		}
		r.bytes(run[:end])
		run = run[min(end+1, len(run)):]
	}
}

// bytes takes characters in the code page at hand.
func (r *rtf) bytes(run []byte) {
	n := min(r.owed, len(run))
	r.owed -= n
	if run = run[n:]; len(run) == 0 || r.now.to == toNowhere {
		return
	}
	if len(r.units) > 0 {
		r.flush()
	}
	r.raw = append(r.raw, run...)
}

var hexDigit = func() (table [256]int8) {
	for i := range table {
		table[i] = -1
	}
	for i, c := range "0123456789" {
		table[c] = int8(i)
	}
	for i, c := range "abcdef" {
		table[c], table[c-'a'+'A'] = int8(10+i), int8(10+i)
	}
	return table
}()

// digits reads hexadecimal digits; whatever else stands between them does not count.
func (r *rtf) digits(run []byte) {
	half := r.half
	for _, c := range run {
		value := hexDigit[c]
		switch {
		case value < 0:
		case half < 0:
			half = int(value)
		default:
			r.hex = append(r.hex, byte(half<<4)|byte(value))
			half = -1
		}
	}
	r.half = half
}

// control reads a control word or symbol; pos is behind the backslash.
func (r *rtf) control() {
	if r.pos >= len(r.data) {
		return
	}
	c := r.data[r.pos]
	if c|0x20 < 'a' || c|0x20 > 'z' {
		r.pos++
		r.symbol(c)
		return
	}
	start := r.pos
	for r.pos < len(r.data) && r.pos-start < 64 && (r.data[r.pos]|0x20 >= 'a' && r.data[r.pos]|0x20 <= 'z') {
		r.pos++
	}
	word := r.data[start:r.pos]
	negative, has, number := false, false, 0
	if r.pos < len(r.data) && r.data[r.pos] == '-' {
		negative = true
		r.pos++
	}
	for r.pos < len(r.data) && r.data[r.pos] >= '0' && r.data[r.pos] <= '9' {
		if has = true; number < 1<<28 {
			number = number*10 + int(r.data[r.pos]-'0')
		}
		r.pos++
	}
	if negative {
		number = -number
	}
	if r.pos < len(r.data) && r.data[r.pos] == ' ' {
		r.pos++
	}
	r.command(word, number, has)
}

func (r *rtf) symbol(c byte) {
	switch c {
	case '\'':
		if r.pos+2 > len(r.data) {
			r.pos = len(r.data)
			return
		}
		high, low := hexDigit[r.data[r.pos]], hexDigit[r.data[r.pos+1]]
		r.pos += 2
		if high >= 0 && low >= 0 && r.now.to != toObject && r.now.to != toPicture {
			r.bytes([]byte{byte(high)<<4 | byte(low)})
		}
	case '*':
		r.now.starred = true
	case '~':
		r.say1(" ")
	case '_':
		r.say1("-")
	case '\r', '\n':
		r.say1("\n")
	case '\\', '{', '}':
		r.bytes([]byte{c})
	}
}

// say1 writes text that is not in a code page.
func (r *rtf) say1(s string) {
	if r.owed > 0 {
		r.owed--
		return
	}
	r.flush()
	r.write(s)
}

// flush decodes what is held and writes it.
func (r *rtf) flush() {
	if len(r.raw) > 0 {
		text, _ := charset.Decode(r.now.codepage, r.raw)
		r.raw = r.raw[:0]
		r.write(text)
	}
	if len(r.units) > 0 {
		text := string(utf16.Decode(r.units))
		r.units = r.units[:0]
		r.write(text)
	}
}

// write sends text to where the group's words go.
func (r *rtf) write(text string) {
	switch r.now.to {
	case toText:
		switch {
		case r.html:
			if !r.now.hidden {
				r.page.WriteString(text)
			}
		case r.fields.instructing():
			r.fields.write(text)
		default:
			r.say(text)
		}
	case toInstruction:
		r.fields.write(text)
	case toPage:
		r.page.WriteString(text)
	case toTemplate, toClass, toSource:
		if r.word.Len() < mostFact {
			r.word.WriteString(text)
		}
	}
}

// finishDestination does what the end of a destination asks for.
func (r *rtf) finishDestination() {
	switch r.now.to {
	case toTemplate:
		r.refer("template", r.word.String())
	case toSource:
		r.refer("data", r.word.String())
	case toClass:
		r.object(sekisho.Object{Kind: "ole", Class: programOf(r.word.String())})
	case toObject:
		r.embeddedObject(r.hex)
	case toPicture:
		if r.blip != "" && len(r.hex) > 0 && r.spend(len(r.hex)) {
			r.file("picture."+r.blip, "image", bytes.Clone(r.hex))
		}
	default:
		return
	}
	r.word.Reset()
	r.hex, r.half, r.blip = nil, -1, ""
}
