// Package fold says when two texts read the same. Detectors and openers compare folded texts only.
package fold

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Text returns s for matching: Unicode NFKC (full-width and half-width forms become one, ligatures open), lower case,
// what an override of the direction turns around turned back, letters written apart joined, invisible characters removed,
// runs of white space one space, none at the ends.
func Text(s string) string {
	if isASCII(s) {
		return asciiText(Joined(s))
	}
	s = Joined(norm.NFKC.String(strings.ToValidUTF8(turned(s), "\uFFFD")))
	var b strings.Builder
	b.Grow(len(s))
	var buf [512]byte       // a builder takes many bytes at once faster than each
	n, last := 0, byte(' ') // what was written last, so that no space comes first or behind another
	for i := 0; i < len(s); {
		if n > len(buf)-utf8.UTFMax {
			b.Write(buf[:n])
			n = 0
		}
		c, r, size := s[i], rune(s[i]), 1
		if c < utf8.RuneSelf {
			c = folded[c]
		} else if r, size = utf8.DecodeRuneInString(s[i:]); unicode.IsSpace(r) {
			c = ' '
		} else if Invisible(r) {
			c = 0
		}
		i += size
		switch {
		case c >= utf8.RuneSelf:
			n += utf8.EncodeRune(buf[n:], unicode.ToLower(r))
			last = c
		case c > ' ' || c == ' ' && last != ' ':
			buf[n], n, last = c, n+1, c
		}
	}
	b.Write(buf[:n])
	return strings.TrimSuffix(b.String(), " ")
}

// asciiText is Text of ASCII characters. Most text is.
func asciiText(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	var buf [512]byte
	last := byte(' ')
	for len(s) > 0 {
		part := s[:min(len(s), len(buf))]
		s = s[len(part):]
		n := 0
		for i := range len(part) {
			c := folded[part[i]&(utf8.RuneSelf-1)]
			if c > ' ' {
				buf[n], n, last = c, n+1, c
			} else if c == ' ' && last != ' ' {
				buf[n], n, last = c, n+1, c
			}
		}
		b.Write(buf[:n])
	}
	return strings.TrimSuffix(b.String(), " ")
}

// folded is what an ASCII character becomes: itself, a small letter, a space, or 0 when nobody sees it.
var folded = func() (table [utf8.RuneSelf]byte) {
	for c := range rune(utf8.RuneSelf) {
		switch {
		case c >= '\t' && c <= '\r':
			table[c] = ' '
		case c >= 'A' && c <= 'Z':
			table[c] = byte(c) + 'a' - 'A'
		case !Invisible(c):
			table[c] = byte(c)
		}
	}
	return table
}()

// Invisible reports whether a reader does not see r at all: format and control characters other than white space,
// soft hyphens, joiners, bidirectional controls, variation selectors, tags, fillers.
func Invisible(r rune) bool {
	switch {
	case r < 0x20:
		return r < '\t' || r > '\r'
	case r < 0x7F:
		return false
	case r <= 0x9F, r == 0xAD, r == 0x34F, r == 0x115F, r == 0x1160, r == 0x17B4, r == 0x17B5, r == 0x3164, r == 0xFFA0:
		return true
	case r >= 0xFE00 && r <= 0xFE0F, r >= 0xE0000 && r <= 0xE0FFF:
		return true
	}
	return unicode.Is(unicode.Cf, r)
}

// isASCII looks at eight bytes at once.
func isASCII(s string) bool {
	for ; len(s) >= 8; s = s[8:] {
		if (s[0] | s[1] | s[2] | s[3] | s[4] | s[5] | s[6] | s[7]) >= utf8.RuneSelf {
			return false
		}
	}
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
