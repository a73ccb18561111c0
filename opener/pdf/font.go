package pdf

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	uni "golang.org/x/text/encoding/unicode"
)

// A font says which characters the codes of a string stand for.
type font struct {
	width  int               // bytes of a code in codes
	codes  map[uint32]string // from ToUnicode
	decode func([]byte) string
	room   int // codes that may still be stated
}

// mostCodes bounds one ToUnicode map: every code of two bytes.
const mostCodes = 1 << 16

// font reads what it takes of a font (9.6, 9.7): ToUnicode, else a few encodings whose name says enough. A composite font
// with neither has no readable text.
func (d *document) font(object any) *font {
	about := d.dict(object)
	if s, ok := d.resolve(about["ToUnicode"]).(stream); ok {
		data, _, err := d.decode(s)
		if f := cmap(data); err == nil && len(f.codes) > 0 {
			return f
		}
	}
	named, _ := d.resolve(about["Encoding"]).(name)
	encoding := string(named)
	switch {
	case strings.Contains(encoding, "RKSJ"):
		return &font{decode: func(p []byte) string { return decoded(japanese.ShiftJIS.NewDecoder().Bytes(p)) }}
	case strings.HasPrefix(encoding, "Uni") && (strings.Contains(encoding, "UTF16") || strings.Contains(encoding, "UCS2")):
		return &font{decode: func(p []byte) string {
			return decoded(uni.UTF16(uni.BigEndian, uni.IgnoreBOM).NewDecoder().Bytes(p))
		}}
	case d.resolve(about["Subtype"]) == name("Type0"):
		return &font{decode: func([]byte) string { return "" }}
	}
	return &font{decode: func(p []byte) string { return decoded(charmap.Windows1252.NewDecoder().Bytes(p)) }}
}

func decoded(p []byte, err error) string {
	if err != nil {
		return ""
	}
	return string(p)
}

func (f *font) text(p []byte) string {
	if f == nil {
		f = &font{decode: func(p []byte) string { return decoded(charmap.Windows1252.NewDecoder().Bytes(p)) }}
	}
	if f.codes == nil {
		return f.decode(p)
	}
	var b strings.Builder
	for ; len(p) >= f.width; p = p[f.width:] {
		b.WriteString(f.codes[code(p[:f.width])])
	}
	return b.String()
}

func code(p []byte) (n uint32) {
	for _, c := range p {
		n = n<<8 | uint32(c)
	}
	return n
}

// cmap reads a ToUnicode map (9.10.3). All codes of one map are taken to be of the same width, as they are in practice.
func cmap(data []byte) *font {
	f := &font{width: 1, codes: map[uint32]string{}, room: mostCodes}
	p := &parser{data: data}
	var operands []any
	for f.room > 0 {
		object, err := p.next()
		if err != nil {
			break
		}
		word, ok := object.(keyword)
		if !ok {
			operands = append(operands[max(0, len(operands)-3*256):], object)
			continue
		}
		switch word {
		case "endcodespacerange":
			if low, ok := at(operands, 0).([]byte); ok {
				f.width = min(max(len(low), 1), 4)
			}
		case "endbfchar":
			for i := 0; i+1 < len(operands); i += 2 {
				from, ok := operands[i].([]byte)
				to, ok2 := operands[i+1].([]byte)
				if ok && ok2 {
					f.set(code(from), utf16Text(to))
				}
			}
		case "endbfrange":
			for i := 0; i+2 < len(operands); i += 3 {
				f.addRange(operands[i : i+3])
			}
		}
		operands = operands[:0]
	}
	return f
}

func at(operands []any, i int) any {
	if i < len(operands) {
		return operands[i]
	}
	return nil
}

func (f *font) addRange(operands []any) {
	low, ok := operands[0].([]byte)
	high, ok2 := operands[1].([]byte)
	if !ok || !ok2 {
		return
	}
	from, to := code(low), code(high)
	switch target := operands[2].(type) {
	case []byte:
		units := []rune(utf16Text(target))
		for c := from; c <= to && len(units) > 0 && f.room > 0; c++ {
			f.set(c, string(units))
			if units[len(units)-1]++; c == ^uint32(0) {
				return
			}
		}
	case array:
		for i, object := range target {
			if text, ok := object.([]byte); ok && uint64(from)+uint64(i) <= uint64(to) {
				f.set(from+uint32(i), utf16Text(text))
			}
		}
	}
}

func (f *font) set(code uint32, text string) {
	if f.room--; f.room >= 0 {
		f.codes[code] = text
	}
}

func utf16Text(p []byte) string {
	units := make([]uint16, len(p)/2)
	for i := range units {
		units[i] = uint16(p[2*i])<<8 | uint16(p[2*i+1])
	}
	return string(utf16.Decode(units))
}

// textString reads a text string (7.9.2.2): UTF-16 or UTF-8 with a mark, else Latin.
func textString(p []byte) string {
	switch {
	case len(p) >= 2 && p[0] == 0xFE && p[1] == 0xFF:
		return utf16Text(p[2:])
	case utf8.Valid(p):
		return strings.TrimPrefix(string(p), "\uFEFF")
	}
	return decoded(charmap.Windows1252.NewDecoder().Bytes(p))
}
