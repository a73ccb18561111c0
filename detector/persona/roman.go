package persona

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// appendRoman appends a folded token in one spelling that every romanisation of the same kana shares: Hepburn, Kunrei
// (ISO 3602), wāpuro and passport spellings, long vowels written with a macron, twice, with h or u, or not at all. Kana
// are romanised first; other scripts stay as they are. The spelling is for comparison only, nobody writes it.
func appendRoman[T string | []byte](buf []byte, token T) []byte {
	start := len(buf)
	for i := range len(token) {
		if token[i] >= utf8.RuneSelf {
			return reduce(appendLatin(buf, string(token)), start)
		}
	}
	return reduce(append(buf, token...), start)
}

// appendLatin appends token with kana romanised and marks removed.
func appendLatin(buf []byte, token string) []byte {
	if first, _ := utf8.DecodeRuneInString(token); unicode.In(first, unicode.Hiragana, unicode.Katakana) {
		return appendKana(buf, token)
	}
	for _, r := range norm.NFD.String(token) {
		switch {
		case r == 'ß':
			buf = append(buf, "ss"...)
		case r == 'ø':
			buf = append(buf, 'o')
		case !unicode.Is(unicode.Mn, r):
			buf = utf8.AppendRune(buf, r)
		}
	}
	return buf
}

// reduce rewrites buf[start:] in place: nothing it writes is longer than what it read.
func reduce(buf []byte, start int) []byte {
	out := start
	put := func(s string) { out += copy(buf[out:], s) }
	for i := start; i < len(buf); {
		c, rest := buf[i], buf[i+1:]
		switch {
		case c == 's' && starts(rest, 'h') && vowelAt(rest, 1):
			i += 2
			put("s" + glide(buf[i]))
		case c == 'c' && starts(rest, 'h') && vowelAt(rest, 1):
			i += 2
			put("t" + glide(buf[i]))
		case c == 'c' && starts(rest, 'c') && len(rest) > 1 && rest[1] == 'h':
			i++
			put("t")
		case c == 't' && starts(rest, 's') && len(rest) > 1 && rest[1] == 'u':
			i += 2
			put("t")
		case c == 'j' && starts(rest, 'i'):
			i++
			put("z")
		case (c == 'j' || c == 'z') && starts(rest, 'y'):
			i += 2
			put("j")
		case c == 'd' && starts(rest, 'z'):
			i++
		case c == 'f' && starts(rest, 'u'):
			i++
			put("h")
		case c == 'm' && len(rest) > 0 && strings.IndexByte("bpm", rest[0]) >= 0:
			i++
			put("n")
		case vowel(c):
			i += 1 + lengthens(c, rest)
			buf[out] = c
			out++
		default:
			buf[out] = c
			out++
			i++
		}
	}
	return buf[:out]
}

// glide is what stands between Kunrei's consonant and the vowel that follows sh or ch: sya for sha, si for shi.
func glide(next byte) string {
	if next == 'i' {
		return ""
	}
	return "y"
}

// lengthens returns how many letters after the vowel c only make it long: oo, ou, oh before a consonant or the end.
func lengthens(c byte, rest []byte) int {
	n := 0
	for n < len(rest) && (rest[n] == c || c == 'o' && rest[n] == 'u') {
		n++
	}
	if n == 0 && (c == 'o' || c == 'u') && starts(rest, 'h') && !vowelAt(rest, 1) {
		n = 1
	}
	return n
}

func starts(s []byte, c byte) bool { return len(s) > 0 && s[0] == c }

func vowelAt(s []byte, i int) bool { return i < len(s) && vowel(s[i]) }

func vowel(c byte) bool { return c == 'a' || c == 'i' || c == 'u' || c == 'e' || c == 'o' }

// gojuon is the Kunrei spelling of the katakana ァ (U+30A1) to ヺ (U+30FA), "" for those that need their neighbour.
var gojuon = strings.Fields(`a a i i u u e e o o
	ka ga ki gi ku gu ke ge ko go sa za si zi su zu se ze so zo
	ta da ti zi - tu zu te de to do na ni nu ne no
	ha ba pa hi bi pi hu bu pu he be pe ho bo po ma mi mu me mo
	ya ya yu yu yo yo ra ri ru re ro wa wa i e o n vu ka ke va vi ve vo`)

func appendKana(buf []byte, token string) []byte {
	double := false
	for _, r := range token {
		if r >= 'ぁ' && r <= 'ゖ' {
			r += 'ァ' - 'ぁ'
		}
		index := int(r - 'ァ')
		switch {
		case r == 'ッ':
			double = true
			continue
		case index < 0 || index >= len(gojuon):
			continue // ー and marks: long vowels are not told apart
		}
		syllable := gojuon[index]
		last := len(buf) - 1
		switch {
		case strings.ContainsRune("ャュョ", r) && last >= 0 && buf[last] == 'i':
			buf = append(buf[:last], syllable...)
		case strings.ContainsRune("ァィゥェォ", r) && last >= 0 && vowel(buf[last]):
			buf = append(buf[:last], syllable...)
		default:
			if double {
				buf = append(buf, syllable[0])
			}
			buf = append(buf, syllable...)
		}
		double = false
	}
	return buf
}
