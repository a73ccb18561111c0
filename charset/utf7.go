package charset

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// utf7 decodes RFC 2152: UTF-16 in base64 between + and the first byte outside its alphabet; a - there is swallowed.
func utf7(data []byte) (text string, clean bool) {
	var b strings.Builder
	b.Grow(len(data))
	clean = true
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case c == '+' && i+1 < len(data) && data[i+1] == '-':
			b.WriteByte('+')
			i++
		case c == '+':
			n, ok := utf7Run(&b, data[i+1:])
			clean = clean && ok
			i += n
		case c < utf8.RuneSelf:
			b.WriteByte(c)
		default:
			b.WriteRune(utf8.RuneError)
			clean = false
		}
	}
	return b.String(), clean
}

// utf7Run decodes one base64 run and returns how many bytes it took, its - included.
func utf7Run(b *strings.Builder, data []byte) (n int, ok bool) {
	var bits uint32
	var have uint
	var high rune
	ok = true
	for n < len(data) {
		v := base64Value(data[n])
		if v < 0 {
			break
		}
		n++
		bits, have = bits<<6|uint32(v), have+6
		if have < 16 {
			continue
		}
		have -= 16
		unit := rune(bits >> have & 0xFFFF)
		bits &= 1<<have - 1
		switch {
		case high != 0 && utf16.IsSurrogate(unit):
			b.WriteRune(utf16.DecodeRune(high, unit))
			high = 0
		case unit >= 0xD800 && unit < 0xDC00:
			high = unit
		default:
			ok = ok && high == 0 && !utf16.IsSurrogate(unit)
			high = 0
			b.WriteRune(unit)
		}
	}
	if n < len(data) && data[n] == '-' {
		n++
	}
	return n, ok && high == 0 && n > 0
}

func base64Value(c byte) int {
	switch {
	case c >= 'A' && c <= 'Z':
		return int(c - 'A')
	case c >= 'a' && c <= 'z':
		return int(c-'a') + 26
	case c >= '0' && c <= '9':
		return int(c-'0') + 52
	case c == '+':
		return 62
	case c == '/':
		return 63
	}
	return -1
}
