package office

import (
	"archive/zip"
	"encoding/binary"
	"path"
	"strings"

	"github.com/sekisho/sekisho"
)

// workbook reads which sheets are hidden or hold macros, and the names that Excel runs by itself (ECMA-376 part 1
// §18.2.19, §18.2.5).
func (p *pack) workbook(data []byte, part string) {
	name, inName := "", false
	for m := newMarkup(data); m.next(); {
		switch {
		case m.kind == openTag && m.name == "sheet":
			p.sheet(sekisho.Sheet{Name: m.attr("name"), State: state(m.attr("state")), Macro: strings.Contains(strings.ToLower(p.relations[part][m.attr("id")].kind), "macrosheet")})
		case m.kind == openTag && m.name == "definedName":
			name, inName = m.attr("name"), true
		case m.kind == closeTag && m.name == "definedName":
			inName = false
		case m.kind == characters && inName:
			p.autoName(name, m.text())
		}
	}
}

func state(s string) string {
	switch s {
	case "hidden":
		return "hidden"
	case "veryHidden":
		return "very-hidden"
	}
	return "visible"
}

// autoName states a defined name that starts a macro when the workbook is opened or closed. Excel reads no further than
// the fixed part of the name, so that anything may follow.
func (d *document) autoName(name, formula string) {
	lower := strings.ToLower(name)
	for _, auto := range [...]string{"auto_open", "auto_close", "auto_activate", "auto_deactivate"} {
		if strings.Contains(lower, auto) {
			d.note(&d.facts.Handlers, auto+" "+formula)
		}
	}
}

// macroSheet reads the formulas of an Excel 4 macro sheet.
func (p *pack) macroSheet(f *zip.File, data []byte) {
	var source strings.Builder
	cell, in := "", ""
	for m := newMarkup(data); m.next(); {
		switch m.kind {
		case openTag:
			if in = m.name; in == "c" {
				cell = m.attr("r")
			}
		case closeTag:
			in = ""
		case characters:
			if source.Len() > mostMacro {
				continue
			}
			switch in {
			case "f":
				source.WriteString(cell + ": =" + m.text() + "\n")
			case "v", "t":
				source.WriteString(cell + ": " + m.text() + "\n")
			}
		}
	}
	p.macro("excel4", path.Base(f.Name), source.String())
}

// cells reads the words that stand in a sheet itself and the formulas that fetch.
func (p *pack) cells(data []byte) {
	in := ""
	for m := newMarkup(data); m.next(); {
		switch m.kind {
		case openTag:
			in = m.name
			if m.name == "oleObject" {
				p.oleObject(m)
			}
		case closeTag:
			in = ""
			if m.name == "is" {
				p.say("\n")
			}
		case characters:
			switch in {
			case "t":
				p.say(m.text())
			case "f":
				p.formula(m.text())
			}
		}
	}
}

// formula states what a formula of an ordinary sheet fetches or starts.
func (d *document) formula(text string) {
	upper := strings.ToUpper(text)
	for _, function := range [...]struct{ name, kind string }{{"WEBSERVICE(", "data"}, {"IMAGE(", "image"}, {"RTD(", "data"}} {
		if at := strings.Index(upper, function.name); at >= 0 {
			argument, _, _ := strings.Cut(text[at+len(function.name):], ")")
			d.refer(function.kind, argument)
		}
	}
	if at := strings.Index(upper, "HYPERLINK(\""); at >= 0 {
		target, _, _ := strings.Cut(text[at+len("HYPERLINK(\""):], `"`)
		d.link(target, "")
	}
	if bar := strings.IndexByte(text, '|'); bar > 0 && strings.Contains(text[bar:], "!") {
		d.note(&d.facts.Commands, strings.ReplaceAll(text, "|", " "))
	}
}

// externalLink reads DDE links (ECMA-376 part 1 §18.14.4). Links to workbooks lead out through a relation.
func (p *pack) externalLink(data []byte) {
	for m := newMarkup(data); m.next(); {
		if m.kind == openTag && m.name == "ddeLink" {
			p.note(&p.facts.Commands, m.attr("ddeService")+" "+m.attr("ddeTopic"))
		}
	}
}

// connections reads where a workbook takes data from (ECMA-376 part 1 §18.13).
func (p *pack) connections(data []byte) {
	for m := newMarkup(data); m.next(); {
		if m.kind != openTag {
			continue
		}
		switch m.name {
		case "webPr":
			p.refer("data", m.attr("url"))
		case "dbPr":
			p.refer("data", m.attr("connection"))
		case "textPr":
			p.refer("data", m.attr("sourceFile"))
		case "connection":
			p.refer("data", m.attr("odcFile"))
		}
	}
}

// The records of the binary workbook that are read (MS-XLSB §2.3).
const (
	brtFmlaNum    = 9
	brtFmlaString = 8
	brtFmlaBool   = 10
	brtFmlaError  = 11
	brtRowHdr     = 0
	brtSSTItem    = 19
	brtName       = 39
	brtBundleSh   = 156
	brtBeginSup   = 360
	brtCellString = 6
)

// binaryPart reads a part of a workbook in its binary form (MS-XLSB).
func (p *pack) binaryPart(part, name string, data []byte) {
	var source strings.Builder
	row := uint32(0)
	macro := strings.Contains(part, "macrosheets/")
	for id, body, rest := record(data); body != nil; id, body, rest = record(rest) {
		switch {
		case id == brtBundleSh && len(body) > 8:
			relation, more := wide(body[8:])
			title, _ := wide(more)
			states := [...]string{"visible", "hidden", "veryHidden"}
			kind := strings.ToLower(p.relations[part][relation].kind)
			p.sheet(sekisho.Sheet{Name: title, State: state(states[min(binary.LittleEndian.Uint32(body), 2)]), Macro: strings.Contains(kind, "macrosheet")})
		case id == brtSSTItem && len(body) > 1:
			text, _ := wide(body[1:])
			p.say(text + "\n")
		case id == brtName && len(body) > 9:
			title, _ := wide(body[9:])
			p.autoName(title, "")
		case id == brtBeginSup && len(body) > 2 && body[0] == 1:
			service, more := wide(body[2:])
			topic, _ := wide(more)
			p.note(&p.facts.Commands, service+" "+topic)
		case id == brtRowHdr && len(body) >= 4:
			row = binary.LittleEndian.Uint32(body)
		case macro && id >= brtFmlaString && id <= brtFmlaError && source.Len() < mostMacro:
			if text := binaryFormula(id, body); text != "" {
				source.WriteString(cellName(row, binary.LittleEndian.Uint32(body)) + ": =" + text + "\n")
			}
		case macro && id == brtCellString && len(body) > 8 && source.Len() < mostMacro:
			text, _ := wide(body[8:])
			source.WriteString(text + "\n")
		}
		if p.done() {
			return
		}
	}
	if macro {
		p.macro("excel4", name, source.String())
	}
}

// record cuts the first record off: its number and length are written in groups of seven bits (MS-XLSB §2.1.4).
func record(data []byte) (id int, body, rest []byte) {
	id, n := groups(data, 2)
	if n == 0 {
		return 0, nil, nil
	}
	length, m := groups(data[n:], 4)
	if m == 0 || length > len(data)-n-m {
		return 0, nil, nil
	}
	start := n + m
	return id, data[start : start+length : start+length], data[start+length:]
}

func groups(data []byte, most int) (value, n int) {
	for n < most && n < len(data) {
		c := data[n]
		value |= int(c&0x7F) << (7 * n)
		if n++; c&0x80 == 0 {
			return value, n
		}
	}
	if n == most {
		return value, n
	}
	return 0, 0
}

// wide reads an XLWideString.
func wide(data []byte) (text string, rest []byte) {
	if len(data) < 4 {
		return "", nil
	}
	length := uint64(binary.LittleEndian.Uint32(data)) * 2
	if length > uint64(len(data)-4) {
		return "", nil
	}
	return utf16le(data[4 : 4+length]), data[4+length:]
}

// utf16le decodes UTF-16 without the NULs at its end.
func utf16le(data []byte) string { return strings.TrimRight(wideText(data), "\x00") }

// binaryFormula returns the text of a formula record: its value comes before it.
func binaryFormula(id int, body []byte) string {
	if len(body) < 8 {
		return ""
	}
	value := body[8:]
	switch id {
	case brtFmlaNum:
		value = value[min(len(value), 8):]
	case brtFmlaBool, brtFmlaError:
		value = value[min(len(value), 1):]
	default:
		_, value = wide(value)
	}
	if len(value) < 6 {
		return ""
	}
	length := uint64(binary.LittleEndian.Uint32(value[2:]))
	tokens := value[6:]
	return (&formula{biff: 12}).text(tokens[:min(length, uint64(len(tokens)))])
}
