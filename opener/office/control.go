package office

import "strconv"

// command does what a control word asks for.
func (r *rtf) command(word []byte, number int, has bool) {
	if to, ok := destinations[string(word)]; ok {
		r.destination(string(word), to)
		return
	}
	if r.now.starred && !r.now.opens {
		r.now.starred = false
		if r.now.to != toObject || string(word) != "bin" {
			r.flush()
			r.now.to, r.now.opens = toNowhere, true
			return
		}
	}
	switch string(word) {
	case "bin":
		r.binary(number)
	case "u":
		r.unicode(number)
	case "uc":
		r.now.skip = max(number, 0)
	case "par", "line", "row", "page", "sect":
		r.say1("\n")
	case "tab", "cell":
		r.say1("\t")
	case "emdash", "endash":
		r.say1("-")
	case "lquote", "rquote":
		r.say1("'")
	case "ldblquote", "rdblquote":
		r.say1(`"`)
	case "ansicpg":
		r.now.codepage = codepage(number)
		if len(r.stack) > 0 {
			r.stack[0].codepage = r.now.codepage
		}
	case "deff":
		r.font = number
	case "f":
		r.setFont(number)
	case "fcharset":
		if r.now.to == toFonts && len(r.fonts) < mostFonts {
			r.fonts[r.font] = fontCharset(number)
		}
	case "pngblip":
		r.blip = "png"
	case "jpegblip":
		r.blip = "jpg"
	case "fromhtml":
		r.html = r.html || !has || number != 0
	case "htmlrtf":
		r.flush()
		r.now.hidden = !has || number != 0
	}
}

// destination starts a destination. Where nothing goes, no destination starts but an object's: readers differ in what
// they pass over.
func (r *rtf) destination(word string, to destination) {
	r.flush()
	r.now.starred = false
	if r.now.to == toObject && to != toObject {
		if to != toText {
			r.now.to = toNowhere
		}
		return
	}
	if r.now.to == toFonts && to != toObject {
		if to != toFonts {
			r.now.to = toNowhere
		}
		return
	}
	if r.now.to == toNowhere && to != toObject && to != toTemplate {
		return
	}
	switch word {
	case "field":
		r.fields.begin()
		r.now.field = true
	case "fldrslt":
		r.fields.separate()
	}
	if to == toText && r.now.to == toInstruction {
		return
	}
	r.now.to = to
	r.now.opens = to != toText
	switch to {
	case toObject, toPicture:
		r.hex, r.half, r.blip = nil, -1, ""
	case toTemplate, toClass, toSource:
		r.word.Reset()
	}
}

// binary reads bytes that stand in the file as they are.
func (r *rtf) binary(length int) {
	length = min(max(length, 0), len(r.data)-r.pos)
	if r.now.to == toObject || r.now.to == toPicture && r.blip != "" {
		r.hex = append(r.hex, r.data[r.pos:r.pos+length]...)
	}
	r.pos += length
}

// unicode takes one unit of UTF-16, written as a signed number; what stands in for it comes after.
func (r *rtf) unicode(number int) {
	if len(r.raw) > 0 {
		r.flush()
	}
	r.owed = 0
	if r.now.to != toNowhere && r.now.to != toObject {
		r.units = append(r.units, uint16(number))
	}
	r.owed = min(r.now.skip, 16)
}

func (r *rtf) setFont(number int) {
	r.font = number
	if r.now.to == toFonts {
		return
	}
	label, ok := r.fonts[number]
	if ok && label != "" && label != r.now.codepage {
		r.flush()
		r.now.codepage = label
	}
}

// fontCharset maps the character set of a font to a charset (RTF 1.9.1, "Font Table"); "" for one that says nothing.
func fontCharset(number int) string {
	switch number {
	case 0:
		return "windows-1252"
	case 77:
		return "macintosh"
	case 128:
		return "shift_jis"
	case 129:
		return "euc-kr"
	case 134:
		return "gb18030"
	case 136:
		return "big5"
	case 161:
		return "windows-1253"
	case 162:
		return "windows-1254"
	case 177:
		return "windows-1255"
	case 178:
		return "windows-1256"
	case 186:
		return "windows-1257"
	case 204:
		return "windows-1251"
	case 222:
		return "windows-874"
	case 238:
		return "windows-1250"
	}
	return ""
}

func codepage(number int) string {
	switch number {
	case 932:
		return "shift_jis"
	case 936:
		return "gb18030"
	case 949:
		return "euc-kr"
	case 950:
		return "big5"
	case 65001:
		return "utf-8"
	}
	return "windows-" + strconv.Itoa(number)
}
