package code

import (
	"math"
	"strings"
	"unicode/utf8"
)

// A Shape is how code is written, whatever it does.
type Shape struct {
	Lines      int     // lines
	Longest    int     // bytes of the longest line
	Far        int     // column, in bytes from 1, at which a line of at most 500 bytes goes on after 120 or more blanks; 0 when none does
	Entropy    float64 // bits a byte of the longest literal, when that has 100 bytes or more
	Literal    int     // bytes of the longest literal
	Hidden     int     // the longest run of characters that nobody sees
	Bidi       bool    // it has characters that turn the direction of writing
	Obfuscated float64 // share of the text that is made not to be read: names like _0x1a2b, escapes for plain letters, joined scraps
	Minified   bool    // long lines without blanks

	farAt, hiddenAt int
}

const (
	farBlanks  = 120
	readable   = 500 // bytes of a line that people may read to its end
	literalMin = 100
)

// shapeOf looks at every byte once.
func shapeOf(text string) Shape {
	s := Shape{Lines: 1}
	begin, blanks := 0, 0 // of the line; in a row, up to here
	quote, start := byte(0), 0
	for i := 0; i < len(text); i++ {
		c := text[i]
		if plain[c] {
			if blanks != 0 {
				s.onward(c, i, begin, blanks)
				blanks = 0
			}
			continue
		}
		switch {
		case c == '\n':
			s.Longest = max(s.Longest, i-begin)
			begin, blanks = i+1, 0
			s.Lines++
			if quote != '`' {
				quote = 0
			}
			continue
		case c == ' ' || c == '\t':
			blanks++
			continue
		case c == '"' || c == '\'' || c == '`':
			if quote == 0 {
				quote, start = c, i+1
			} else if c == quote && text[i-1] != '\\' {
				s.literal(text[start:i])
				quote = 0
			}
		case c >= utf8.RuneSelf:
			i += s.wide(text, i) - 1
		}
		s.onward(c, i, begin, blanks)
		blanks = 0
	}
	s.Longest = max(s.Longest, len(text)-begin)
	s.Obfuscated = obfuscated(text)
	s.Minified = s.Longest > 1000 && len(text)/s.Lines > 200
	return s
}

// plain holds the bytes that only go on with what is written.
var plain = func() (table [256]bool) {
	for c := range utf8.RuneSelf {
		table[c] = strings.IndexByte("\n \t\"'`", byte(c)) < 0
	}
	return table
}()

// onward looks at c, which stands at i behind so many blanks in the line that begins at begin.
func (s *Shape) onward(c byte, i, begin, blanks int) {
	if blanks >= farBlanks && codeByte(c) && i-blanks-begin < readable && s.Far < i-begin+1 {
		s.Far, s.farAt = i-begin+1, i
	}
}

func (s *Shape) literal(literal string) {
	if len(literal) >= literalMin && len(literal) > s.Literal {
		s.Literal, s.Entropy = len(literal), entropy(literal)
	}
}

// codeByte reports whether code goes on with c.
func codeByte(c byte) bool {
	return letter(c) || c >= '0' && c <= '9' || strings.IndexByte(";({[_$!~+-@&|%", c) >= 0
}

// wide looks at a character beyond ASCII and at those nobody sees that follow it. It returns how many bytes they take.
func (s *Shape) wide(text string, at int) int {
	taken, run := 0, 0
	for at+taken < len(text) {
		r, size := utf8.DecodeRuneInString(text[at+taken:])
		if turns(r) {
			s.Bidi = true
		}
		if !unseen(r) {
			break
		}
		run++
		taken += size
	}
	if run > s.Hidden && at > 0 {
		s.Hidden, s.hiddenAt = run, at
	}
	if taken == 0 {
		_, taken = utf8.DecodeRuneInString(text[at:])
	}
	return taken
}

// turns reports the controls with which code is shown in another order than it runs (CVE-2021-42574).
func turns(r rune) bool { return r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 }

// unseen reports characters that take no room: zero-width ones, variation selectors, tags, fillers.
func unseen(r rune) bool {
	return r >= 0x200B && r <= 0x200D || r == 0x2060 || r == 0xFEFF || r >= 0xFE00 && r <= 0xFE0F || r >= 0xE0000 && r <= 0xE0FFF || r == 0x115F || r == 0x1160 || r == 0x3164 || r == 0xFFA0
}

func entropy(s string) float64 {
	var counts [256]int
	for i := range len(s) {
		counts[s[i]]++
	}
	bits := 0.0
	for _, n := range counts {
		if n > 0 {
			p := float64(n) / float64(len(s))
			bits -= p * math.Log2(p)
		}
	}
	return math.Round(bits*100) / 100
}

// scraps holds the bytes with which obfuscated text begins.
var scraps = [256]bool{'_': true, '\\': true, '\'': true, '"': true, '^': true, '`': true}

// obfuscated returns the share of the text, from 0 to 1, that is made not to be read.
func obfuscated(text string) float64 {
	bytes := 0
	for i := 0; i+3 < len(text); i++ {
		if !scraps[text[i]] {
			continue
		}
		switch text[i] {
		case '_':
			if text[i+1] == '0' && text[i+2] == 'x' {
				n := hexRun(text, i+3)
				if n >= 2 {
					bytes += n + 3
				}
				i += n + 2
			}
		case '\\':
			switch {
			case text[i+1] == 'x' && hexRun(text, i+2) >= 2 && text[i+2] >= '2' && text[i+2] <= '7':
				bytes += 4
				i += 3
			case strings.HasPrefix(text[i:], `\u00`) && i+5 < len(text) && text[i+4] >= '2' && text[i+4] <= '7' && letterHex(text[i+4:i+6]):
				bytes += 6
				i += 5
			}
		case '\'', '"':
			if text[i+1] == '+' && text[i+2] == text[i] {
				bytes += 3
				i += 2
			}
		case '^', '`': // in front of a letter: batch and PowerShell drop it
			if i > 0 && letter(text[i-1]) && letter(text[i+1]) && letter(text[i+2]) {
				bytes++
			}
		}
	}
	return math.Round(float64(bytes)/float64(max(len(text), 1))*1000) / 1000
}

func letterHex(digits string) bool { return digits[0] >= '4' && digits[0] <= '7' }

func letter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// hexRun returns how many hexadecimal digits stand at the position, 8 at most.
func hexRun(text string, at int) int {
	n := 0
	for n < 8 && at+n < len(text) && strings.IndexByte("0123456789abcdefABCDEF", text[at+n]) >= 0 {
		n++
	}
	return n
}
