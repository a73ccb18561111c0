package charset

// iso2022jp rewrites ISO-2022-JP (RFC 1468) and its relatives as EUC-JP, of which they are another spelling. An escape
// is recognised wherever it stands, also inside a double-byte character, so that the text never falls out of step; a
// line end returns to ASCII; half-width kana (ESC ( I, and shift-out as in JIS7) and JIS X 0212 are read.
func iso2022jp(data []byte) []byte {
	out := make([]byte, 0, len(data)+len(data)/8)
	mode, shifted := byte('B'), false
	for i := 0; i < len(data); i++ {
		c := data[i]
		if c == 0x1B {
			if next, size := escape(data[i:]); size > 0 {
				mode, i = next, i+size-1
				continue
			}
		}
		switch {
		case c == 0x0E, c == 0x0F:
			shifted = c == 0x0E
		case c <= ' ' || c >= 0x7F:
			if c == '\n' {
				mode, shifted = 'B', false
			}
			out = append(out, kana(c)...)
		case shifted || mode == 'I':
			out = append(out, 0x8E, c|0x80)
		case mode == 'B':
			out = append(out, c)
		case i+1 < len(data) && data[i+1] > ' ' && data[i+1] < 0x7F:
			if mode == 'D' {
				out = append(out, 0x8F)
			}
			out = append(out, c|0x80, data[i+1]|0x80)
			i++
		default:
			out = append(out, 0xFF) // half a character
		}
	}
	return out
}

// kana passes a single byte on; an 8-bit one is half-width kana, as JIS8 has it, or nothing EUC-JP knows.
func kana(c byte) []byte {
	if c >= 0xA1 && c <= 0xDF {
		return []byte{0x8E, c}
	}
	return []byte{c}
}

// escape reads the escape sequence at the start of data: the character set it selects, B for ASCII and what is read as
// ASCII, I for kana, D for JIS X 0212, K for JIS X 0208 and its successors.
func escape(data []byte) (mode byte, size int) {
	switch {
	case len(data) >= 3 && data[1] == '$' && (data[2] == '@' || data[2] == 'B'):
		return 'K', 3
	case len(data) >= 4 && data[1] == '$' && data[2] == '(':
		switch data[3] {
		case 'D':
			return 'D', 4
		case '@', 'B', 'O', 'P', 'Q':
			return 'K', 4
		}
	case len(data) >= 3 && data[1] == '(':
		switch data[2] {
		case 'I':
			return 'I', 3
		case 'B', 'J', 'H':
			return 'B', 3
		}
	case len(data) >= 3 && data[1] == '&' && data[2] == '@': // announces the 1990 edition
		return 'K', 3
	}
	return 0, 0
}

// iso2022kr rewrites ISO-2022-KR (RFC 1557) as EUC-KR: shift-out starts Korean, shift-in and a line end stop it.
func iso2022kr(data []byte) []byte {
	out := make([]byte, 0, len(data))
	var high byte
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case c == 0x1B && i+3 < len(data) && string(data[i:i+4]) == "\x1B$)C":
			i += 3
		case c == 0x0E:
			high = 0x80
		case c == 0x0F:
			high = 0
		case c <= ' ':
			if c == '\n' {
				high = 0
			}
			out = append(out, c)
		default:
			out = append(out, c|high)
		}
	}
	return out
}
