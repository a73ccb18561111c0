package charset

import (
	"bytes"
	"unicode/utf8"
)

// guessLimit is how much of the data Guess reads: enough for any statistics.
const guessLimit = 64 << 10

// Guess returns the label of the charset that data most likely is in, always one that [Decode] knows. It looks at the
// first 64 KiB: a byte order mark, the escapes of ISO-2022-JP, valid UTF-8, and then which of Shift_JIS, EUC-JP,
// GB18030, Big5, EUC-KR and windows-1251 the pairs of bytes speak for. What speaks for none is windows-1252.
func Guess(data []byte) (label string) {
	if label, size := mark(data); size > 0 {
		return label
	}
	if len(data) > guessLimit {
		data = data[:guessLimit]
	}
	if isASCII(data) {
		if bytes.Contains(data, []byte("\x1B$B")) || bytes.Contains(data, []byte("\x1B$@")) || bytes.Contains(data, []byte("\x1B(I")) {
			return "iso-2022-jp"
		}
		return "utf-8"
	}
	if mostlyUTF8(data) {
		return "utf-8"
	}
	best, score := "windows-1252", single(data)
	for _, c := range []struct {
		label string
		score int
	}{
		{"shift_jis", shiftJIS(data)}, {"euc-jp", eucJP(data)}, {"gb18030", gb18030(data)}, {"big5", big5(data)}, {"euc-kr", eucKR(data)},
		{"windows-1251", cyrillic(data)},
	} {
		if c.score > score {
			best, score = c.label, c.score
		}
	}
	return best
}

// mostlyUTF8 says that data is UTF-8 with no or little damage: a character cut off, a stray byte.
func mostlyUTF8(data []byte) bool {
	good, bad := 0, 0
	for i := 0; i < len(data); {
		if data[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 {
			bad++
		} else {
			good++
		}
		i += size
	}
	return good > 8*bad
}

// The scores below give points to pairs that are common in the language and take many for what the encoding does not
// have, so that the best reading is the one with most common characters. A point is a tenth of a common character.
const (
	kanaPoints   = 14  // kana are in every Japanese sentence and in no other
	commonPoints = 10  // a character of the frequent part of the table
	rarePoints   = 1   // one of the rest
	badPoints    = -60 // a pair the encoding does not have
)

func shiftJIS(data []byte) (score int) {
	for i := 0; i < len(data); i++ {
		c := data[i]
		switch {
		case c < 0x80:
		case c >= 0xA1 && c <= 0xDF: // half-width kana
			score += 2 * rarePoints
		case i+1 == len(data):
		case c == 0x80 || c == 0xA0 || c > 0xFC || !trail(data[i+1], 0x40, 0xFC) || data[i+1] == 0x7F:
			score += badPoints
		default:
			i++
			score += shiftJISPair(c, data[i])
		}
	}
	return score
}

func shiftJISPair(lead, trail byte) int {
	switch {
	case lead == 0x82 && trail >= 0x9F && trail <= 0xF1, lead == 0x83 && trail <= 0x96:
		return kanaPoints
	case lead >= 0x88 && lead <= 0x97, lead == 0x81:
		return commonPoints
	}
	return rarePoints
}

func eucJP(data []byte) int {
	return pairs(data, func(lead, trail byte) int {
		switch {
		case lead == 0x8E:
			return rarePoints
		case lead == 0xA4 && trail <= 0xF3, lead == 0xA5 && trail <= 0xF6:
			return kanaPoints
		case lead >= 0xB0 && lead <= 0xCF, lead == 0xA1:
			return commonPoints - 1
		case lead >= 0xA9 && lead <= 0xAF:
			return badPoints
		}
		return rarePoints
	})
}

func eucKR(data []byte) int {
	return pairs(data, func(lead, _ byte) int {
		switch {
		case lead >= 0xB0 && lead <= 0xC8:
			return commonPoints + 1
		case lead < 0xA1:
			return badPoints
		case lead > 0xC8:
			return badPoints / 6
		}
		return rarePoints
	})
}

func gb18030(data []byte) int {
	return pairs(data, func(lead, trail byte) int {
		switch {
		case lead >= 0xB0 && lead <= 0xD7, lead == 0xA3 && (trail == 0xAC || trail == 0xA1 || trail == 0xBA):
			return commonPoints
		case lead == 0xA1:
			return commonPoints - 1
		case lead < 0xA1:
			return badPoints / 6
		}
		return rarePoints
	})
}

// pairs scores an encoding whose characters are two bytes from 0x8E and 0xA1 up.
func pairs(data []byte, points func(lead, trail byte) int) (score int) {
	for i := 0; i < len(data); i++ {
		c := data[i]
		switch {
		case c < 0x80:
		case i+1 == len(data):
		case c < 0xA1 && c != 0x8E || c == 0xFF || !trail(data[i+1], 0xA1, 0xFE):
			score += badPoints
		default:
			i++
			score += points(c, data[i])
		}
	}
	return score
}

func big5(data []byte) (score int) {
	for i := 0; i < len(data); i++ {
		c := data[i]
		switch {
		case c < 0x80:
		case i+1 == len(data):
		case c == 0x80 || c == 0xFF || !trail(data[i+1], 0x40, 0x7E) && !trail(data[i+1], 0xA1, 0xFE):
			score += badPoints
		default:
			i++
			switch {
			case c >= 0xA4 && c <= 0xC6:
				score += commonPoints - 1
			case c < 0xA1 || c >= 0xC7 && c <= 0xC8 || c > 0xF9:
				score += badPoints / 6
			default:
				score += rarePoints
			}
		}
	}
	return score
}

// cyrillic scores runs of letters of windows-1251, which writes whole words above 0xC0, mostly in lower case.
func cyrillic(data []byte) (score int) {
	for i, c := range data {
		switch {
		case c >= 0xE0 && i > 0 && data[i-1] >= 0xC0:
			score += 7
		case c >= 0x80 && c < 0xC0 && c != 0xA8 && c != 0xB8:
			score += badPoints / 12
		}
	}
	return score
}

// single scores accented letters alone between ASCII letters, as western European words have them.
func single(data []byte) (score int) {
	for i, c := range data {
		if c >= 0xC0 && (i == 0 || data[i-1] < 0x80) && (i+1 == len(data) || data[i+1] < 0x80) {
			score += commonPoints + 5
		}
	}
	return score
}

func trail(c, low, high byte) bool { return c >= low && c <= high }
