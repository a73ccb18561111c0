package lure

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sekisho/sekisho/fold"
	"golang.org/x/text/unicode/norm"
)

// A span is a stretch of text, in bytes.
type span struct{ start, end int }

// maskLimit bounds the masked words told apart in one text.
const maskLimit = 256

// plain drops the diacritics of Latin letters, which many writers of mails leave out, and combining marks of any script
// behind them, which only disguise. It leaves other scripts alone.
func plain(s string) string {
	ascii := asciiLen(s)
	at := indexWide(s[ascii:], func(r rune) bool { return accented(r) || combining(r) })
	if at < 0 {
		return s
	}
	at += ascii
	var b strings.Builder
	b.Grow(len(s))
	last, _ := utf8.DecodeLastRuneInString(s[:at])
	kept := 0 // what stands from here on stays as it is
	for i := at; i < len(s); {
		if s[i] < utf8.RuneSelf {
			last = rune(s[i])
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		bare := r
		switch {
		case combining(r) && 'a' <= last && last <= 'z':
			bare = -1
		case accented(r):
			if d := norm.NFD.PropertiesString(s[i : i+size]).Decomposition(); len(d) > 0 {
				bare, _ = utf8.DecodeRune(d)
			}
			last = bare
		default:
			last = r
		}
		if bare != r {
			b.WriteString(s[kept:i])
			if kept = i + size; bare >= 0 {
				b.WriteRune(bare)
			}
		}
		i += size
	}
	b.WriteString(s[kept:])
	return b.String()
}

// asciiLen returns how many ASCII bytes s begins with: often all, and quicker to pass than letters.
func asciiLen(s string) int {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return i
		}
	}
	return len(s)
}

// indexWide is strings.IndexFunc for what holds of no ASCII character, past which it steps quickly.
func indexWide(s string, is func(rune) bool) int {
	for i := 0; i < len(s); {
		if s[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if is(r) {
			return i
		}
		i += size
	}
	return -1
}

// combining reports whether r is a mark that stands on the letter before it. Kana and Chinese characters, which are none and
// fill whole texts, are not looked up.
func combining(r rune) bool {
	if r < 0x300 || 0x302E <= r && r <= 0x3098 || 0x309B <= r && r <= 0x9FFF {
		return false
	}
	return unicode.Is(unicode.Mn, r)
}

func accented(r rune) bool { return r >= 0xC0 && r <= 0x24F || r >= 0x1E00 && r <= 0x1EFF }

// unmask writes words that only look like Latin ones ("wаllеt" in Cyrillic) as the word of the terms they look like.
// It returns the text and where in it such words stand.
func (t *themes) unmask(text string) (string, []span) {
	if indexWide(text[asciiLen(text):], maskLetter) < 0 {
		return text, nil
	}
	var b strings.Builder
	var masked []span
	rest := 0
	for start := 0; start < len(text); {
		end, wide := start, false
		for end < len(text) && text[end] != ' ' {
			wide = wide || text[end] >= utf8.RuneSelf
			end++
		}
		if !wide {
			start = end + 1
			continue
		}
		word := strings.TrimFunc(text[start:end], func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		if real, ok := t.unmaskWord(word); ok && len(masked) < maskLimit {
			at := start + strings.Index(text[start:end], word)
			b.WriteString(text[rest:at])
			masked = append(masked, span{b.Len(), b.Len() + len(real)})
			b.WriteString(real)
			rest = at + len(word)
		}
		start = end + 1
	}
	if rest == 0 {
		return text, nil
	}
	b.WriteString(text[rest:])
	return b.String(), masked
}

func (t *themes) unmaskWord(word string) (string, bool) {
	if len(word) > 60 || strings.IndexFunc(word, maskLetter) < 0 || strings.IndexFunc(word, latin) < 0 {
		return "", false
	}
	real, ok := t.words[fold.Skeleton(word)]
	return real, ok && real != word
}

// latin reports whether r is an ASCII letter. A word without any is written in another script, not disguised by it.
func latin(r rune) bool { return 'a' <= r && r <= 'z' }

// maskLetter reports whether r is a letter outside ASCII of a script whose letters pass for Latin ones.
func maskLetter(r rune) bool {
	return r >= 0x80 && r < 0x600 && unicode.IsLetter(r) || r >= 0x10A0 && r < 0x1100 || r >= 0x13A0 && r < 0x1700 ||
		r >= 0x1D00 && r < 0x1E00 || r >= 0x2C60 && r < 0x2E00 || r >= 0xA640 && r < 0xAB70
}
