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
	var b strings.Builder
	done := 0
	for at := 0; ; {
		space := apart(s, at)
		if space < 0 {
			break
		}
		start := firstLetter(s, done, space)
		words, end := lettersAt(s, start)
		if at = space + 1; end == start {
			continue
		}
		b.WriteString(s[done:start])
		b.WriteString(words)
		at, done = max(at, end), end
	}
	if done == 0 {
		return s
	}
	b.WriteString(s[done:])
	return b.String()
}

// apart returns the next space from i on that is followed by one character and another space, -1 if there is none. Of
// letters that are written apart, the second stands so.
func apart(s string, i int) int {
	for ; i+2 < len(s); i++ {
		for i+8 <= len(s) && !mayPart(s[i:i+8]) {
			i += 6
		}
		if i+2 >= len(s) {
			return -1
		}
		switch {
		case s[i] != ' ' || s[i+1] == ' ':
		case s[i+1] < utf8.RuneSelf:
			if s[i+2] == ' ' && s[i+1]|0x20 >= 'a' && s[i+1]|0x20 <= 'z' {
				return i
			}
		default:
			_, size := utf8.DecodeRuneInString(s[i+1:])
			if i+1+size < len(s) && s[i+1+size] == ' ' {
				return i
			}
		}
	}
	return -1
}

// mayPart reports whether, among the first six of eight bytes, a space is followed by a byte and a space, or by a character
// beyond ASCII. It looks at all of them at once: the top bits of spaces are the places of spaces.
func mayPart(s string) bool {
	const each, top = 0x0101010101010101, 0x8080808080808080
	w := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 | uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
	other := w ^ each*' '
	spaces := ^(other&^top + (top - each) | other) & top
	return spaces&(spaces>>16|w&top>>8)<<16 != 0
}

// firstLetter returns where the single letters begin that end before the space, or what follows the space if there are none.
// It looks back no further than floor.
func firstLetter(s string, floor, space int) int {
	start := space + 1
	for p := space; p > floor; {
		r, size := utf8.DecodeLastRuneInString(s[floor:p])
		if r == ' ' {
			p -= size
			continue
		}
		before, _ := utf8.DecodeLastRuneInString(s[floor : p-size])
		if !unicode.IsLetter(r) || p-size > floor && wordRune(before) {
			break
		}
		p -= size
		start = p
		if p > floor && before != ' ' {
			break
		}
	}
	return start
}

// lettersAt returns the words that single letters from i on spell, and where they end; i when there are too few.
func lettersAt(s string, i int) (words string, end int) {
	var room [64]rune
	b, letters := room[:0], 0
	for j, end := i, i; ; {
		r, size := utf8.DecodeRuneInString(s[j:])
		next, _ := utf8.DecodeRuneInString(s[j+size:])
		if size == 0 || !unicode.IsLetter(r) || j+size < len(s) && wordRune(next) {
			return enough(b, letters, i, end)
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
			return enough(b, letters, i, end)
		}
		if spaces > 1 {
			b = append(b, ' ')
		}
		j += spaces
	}
}

func enough(words []rune, letters, start, end int) (string, int) {
	if letters < apartLeast {
		return "", start
	}
	return strings.TrimRight(string(words), " "), end
}

func wordRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || r == '\'' || r == '’'
}
