package fold

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Skeleton returns what s looks like: [Text], and then every character replaced by one prototype of those that a reader
// takes for it, after the idea of Unicode UTS #39 §4. Two texts whose skeletons are equal look alike: "Вinаnсе" in
// Cyrillic and "binance", "rnetamask" and "metamask", "Iedger" and "ledger".
//
// Cyrillic, Greek, Armenian, Cherokee, Latin extensions, phonetic letters and small capitals become Latin letters;
// diacritics of those scripts are dropped; 0 becomes o; 1, i, | and l become l; rn becomes m and vv becomes w; kanji,
// hiragana and dashes that look like katakana become katakana. A skeleton is for comparing, never for showing, and
// only with another skeleton. It is coarser than UTS #39, which keeps i apart from l and é apart from e.
func Skeleton(s string) string {
	ascii := isASCII(s)
	if !ascii {
		s = strings.Map(capital, s)
	}
	s = Text(s)
	if ascii || isASCII(s) {
		return asciiSkeleton(s)
	}
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range s {
		switch {
		case r < utf8.RuneSelf:
			b.WriteByte(prototypeASCII(byte(r)))
		case mark(r):
		default:
			r = base(r)
			if p, ok := prototypes[r]; ok {
				b.WriteString(p)
			} else if r < utf8.RuneSelf {
				b.WriteByte(prototypeASCII(byte(r)))
			} else {
				b.WriteRune(r)
			}
		}
	}
	return pairs(b.String())
}

// capital keeps apart Greek capitals from their small letters, which look like other Latin letters.
func capital(r rune) rune {
	switch r {
	case 'Η', 'Ή', 'Ἠ', 'Ἡ':
		return 'H'
	case 'Ν':
		return 'N'
	case 'Υ', 'Ύ', 'Ϋ':
		return 'Y'
	}
	return r
}

func asciiSkeleton(s string) string {
	for i := 0; i < len(s); i++ {
		if prototypeASCII(s[i]) == s[i] {
			continue
		}
		b := []byte(s)
		for ; i < len(b); i++ {
			b[i] = prototypeASCII(b[i])
		}
		s = string(b)
	}
	return pairs(s)
}

func prototypeASCII(c byte) byte {
	switch c {
	case '0':
		return 'o'
	case '1', 'i', '|':
		return 'l'
	}
	return c
}

// pairs joins the pairs of letters that read as one.
func pairs(s string) string {
	if !strings.Contains(s, "rn") && !strings.Contains(s, "vv") {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == 'r' && i+1 < len(s) && s[i+1] == 'n':
			b = append(b, 'm')
			i++
		case s[i] == 'v' && i+1 < len(s) && s[i+1] == 'v':
			b = append(b, 'w')
			i++
		default:
			b = append(b, s[i])
		}
	}
	return string(b)
}

// base returns the letter under the diacritics of an alphabetic script. Other scripts, kana above all, are different
// words without theirs.
func base(r rune) rune {
	if r > 0x52F && (r < 0x1E00 || r > 0x1FFF) {
		return r
	}
	var buf [utf8.UTFMax]byte
	n := utf8.EncodeRune(buf[:], r)
	d := norm.NFD.Properties(buf[:n]).Decomposition()
	if len(d) == 0 {
		return r
	}
	first, _ := utf8.DecodeRune(d)
	return first
}

// mark reports whether r is a combining mark that alphabetic scripts use.
func mark(r rune) bool {
	switch {
	case r >= 0x300 && r <= 0x36F, r >= 0x483 && r <= 0x489, r >= 0x1AB0 && r <= 0x1AFF,
		r >= 0x1DC0 && r <= 0x1DFF, r >= 0x20D0 && r <= 0x20FF, r >= 0xFE20 && r <= 0xFE2F:
		return unicode.Is(unicode.M, r)
	}
	return false
}
