package fold

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The controls that open a stretch of text with a direction of its own, and the one that ends it (Unicode UAX #9 §2).
const (
	embedLeft  = '\u202A'
	embedRight = '\u202B'
	endEmbed   = '\u202C'
	forceLeft  = '\u202D'
	forceRight = '\u202E'
)

// turned puts what stands behind a right-to-left override, to its end or that of the line, in the order in which it is seen.
func turned(s string) string {
	at := strings.IndexRune(s, forceRight)
	if at < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for at >= 0 {
		b.WriteString(s[:at])
		s = s[at+utf8.RuneLen(forceRight):]
		end, depth := len(s), 1
	stretch:
		for i, r := range s {
			switch r {
			case embedLeft, embedRight, forceLeft, forceRight:
				depth++
			case endEmbed:
				if depth--; depth == 0 {
					end = i
					break stretch
				}
			case '\n', '\u2029':
				end = i
				break stretch
			}
		}
		seen := []rune(s[:end])
		slices.Reverse(seen)
		b.WriteString(string(seen))
		s = s[end:]
		at = strings.IndexRune(s, forceRight)
	}
	b.WriteString(s)
	return b.String()
}

// apartLeast is the fewest single letters that are one word written apart.
const apartLeast = 4

// Joined takes the spaces out of letters that are written apart, four and more: "c o i n b a s e" is one word to a reader.
// Several spaces part words.
func Joined(s string) string {
	at := apart(s)
	if at < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	inWord := false
	for i := 0; i < len(s); {
		if !inWord && i >= at {
			if word, end := lettersAt(s, i); end > i {
				b.WriteString(word)
				i, inWord = end, true
				continue
			}
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		inWord = wordRune(r)
		b.WriteString(s[i : i+size])
		i += size
	}
	return b.String()
}

// apart returns a place before the first letters that may be written apart, -1 if there are none: a quick look that most texts
// end with.
func apart(s string) int {
	for i := 0; ; {
		space := strings.IndexByte(s[i:], ' ')
		if space < 0 {
			return -1
		}
		i += space + 1
		_, one := utf8.DecodeRuneInString(s[i:])
		if i+one >= len(s) || s[i+one] != ' ' {
			continue
		}
		_, two := utf8.DecodeRuneInString(s[i+one+1:])
		if next := i + one + 1 + two; next >= len(s) || s[next] == ' ' || two > 0 && !wordRune(rune(s[next])) {
			return max(0, i-1-2*utf8.UTFMax)
		}
	}
}

// lettersAt returns the words that single letters from i on spell, and where they end; i when there are too few.
func lettersAt(s string, i int) (words string, end int) {
	var b []rune
	letters := 0
	for j, end := i, i; ; {
		r, size := utf8.DecodeRuneInString(s[j:])
		next, _ := utf8.DecodeRuneInString(s[j+size:])
		if size == 0 || !unicode.IsLetter(r) || j+size < len(s) && wordRune(next) {
			return enough(string(b), letters, i, end)
		}
		b = append(b, r)
		letters++
		j += size
		end = j
		spaces := 0
		for j+spaces < len(s) && s[j+spaces] == ' ' {
			spaces++
		}
		if spaces == 0 {
			return enough(string(b), letters, i, end)
		}
		if spaces > 1 {
			b = append(b, ' ')
		}
		j += spaces
	}
}

func enough(words string, letters, start, end int) (string, int) {
	if letters < apartLeast {
		return "", start
	}
	return strings.TrimRight(words, " "), end
}

func wordRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || r == '\'' || r == '’'
}
