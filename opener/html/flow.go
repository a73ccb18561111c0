package html

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sekisho/sekisho/fold"
)

// A flow is text as a page lays it out: runs of white space are one space, blocks stand on lines of their own.
type flow struct {
	b       strings.Builder
	limit   int
	full    bool // text was left out
	pending byte // what stands before the next word: 0, ' ' or '\n'
}

func (f *flow) String() string { return f.b.String() }

func (f *flow) space() {
	if f.pending == 0 {
		f.pending = ' '
	}
}

func (f *flow) lineBreak() { f.pending = '\n' }

// write adds text. When pre is set its line breaks stay.
func (f *flow) write(text []byte, pre bool) {
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c == '\n' && pre:
			f.pending = '\n'
			i++
			continue
		case c == ' ' || c >= '\t' && c <= '\r':
			f.space()
			i++
			continue
		case c == 0xC2 && i+1 < len(text) && text[i+1] == 0xA0:
			f.space()
			i += 2
			continue
		}
		end := wordEnd(text, i)
		for text[i] < utf8.RuneSelf && end+1 < len(text) && text[end] == ' ' && text[end+1] > ' ' && text[end+1] < utf8.RuneSelf {
			next := wordEnd(text, end+1)
			if f.b.Len()+next-i >= f.limit {
				break
			}
			end = next // words that stand as they are laid out are written together
		}
		if !f.word(text[i:end]) {
			return
		}
		i = end
	}
}

// wordEnd returns where the word at i ends.
func wordEnd(text []byte, i int) int {
	end := i + 1
	for end < len(text) && text[end] > ' ' && (text[end] != 0xC2 || end+1 == len(text) || text[end+1] != 0xA0) {
		end++
	}
	return end
}

// word adds a word, or several with one space between each.
func (f *flow) word(word []byte) bool {
	if word[0] >= utf8.RuneSelf && blank(word) {
		f.space()
		return true
	}
	if f.b.Len()+len(word)+1 > f.limit {
		word = word[:max(0, min(len(word), f.limit-f.b.Len()-1))]
		for len(word) > 0 && !utf8.Valid(word[max(0, len(word)-utf8.UTFMax):]) && !utf8.RuneStart(word[len(word)-1]) {
			word = word[:len(word)-1]
		}
		f.full = true
	}
	if len(word) == 0 {
		return !f.full
	}
	if f.pending != 0 && f.b.Len() > 0 {
		f.b.WriteByte(f.pending)
	}
	f.pending = 0
	f.b.Write(word)
	return !f.full
}

// blank reports whether a reader sees nothing of word: joiners and thin spaces that pad the preview in a mailbox.
func blank(word []byte) bool {
	for i := 0; i < len(word); {
		r, size := utf8.DecodeRune(word[i:])
		if !unicode.IsSpace(r) && !fold.Invisible(r) || r >= 0xE0000 {
			return false
		}
		i += size
	}
	return true
}

// words counts the words of a text; two characters of a script without spaces count as one.
func words(s string) int {
	count, dense, inside := 0, 0, false
	for _, r := range s {
		switch {
		case r < utf8.RuneSelf:
			if alnum := r|0x20 >= 'a' && r|0x20 <= 'z' || r >= '0' && r <= '9'; alnum && !inside {
				count++
				inside = true
			} else if !alnum {
				inside = inside && r == '\''
			}
		case r >= 0x2E80 && (unicode.Is(unicode.Han, r) || unicode.Is(unicode.Hiragana, r) || unicode.Is(unicode.Katakana, r)):
			dense++
			inside = false
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			if !inside {
				count++
			}
			inside = true
		default:
			inside = inside && r == '’'
		}
	}
	return count + (dense+1)/2
}
