package key

import (
	"unicode"
	"unicode/utf8"
)

// A token is a word of data.
type token struct {
	start, end int
	set        uint16 // the lists it is in
}

// wordLimit is the longest word of any list in UTF-8, decomposed, with room to spare.
const wordLimit = 64

// wideToken returns the word around p, and whether it is short enough to be one of a list.
func (t *text) wideToken(p int) (token, bool) {
	data := t.data
	for p > t.floor && !utf8.RuneStart(data[p]) {
		p--
	}
	start, end := p, p
	for start > t.floor && p-start <= wordLimit {
		r, size := utf8.DecodeLastRune(data[t.floor:start])
		if !isWordRune(r) {
			break
		}
		start -= size
	}
	for end < len(data) && end-p <= wordLimit {
		r, size := utf8.DecodeRune(data[end:])
		if !isWordRune(r) {
			if end == p {
				return token{start: p, end: p + size}, false
			}
			break
		}
		end += size
	}
	return token{start: start, end: end}, end > start && end-start <= wordLimit
}

func isWordRune(r rune) bool {
	if r < utf8.RuneSelf {
		return isLetter(byte(r))
	}
	switch {
	case r >= 0x3041 && r <= 0x30FF: // kana, but for the middle dot
		return r != 0x30FB && r != 0x30A0
	case r >= 0x4E00 && r <= 0x9FFF, r >= 0xAC00 && r <= 0xD7A3, r >= 0x300 && r <= 0x36F:
		return true
	case r >= 0x2000 && r <= 0x303F:
		return false // punctuation and symbols
	}
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsMark(r))
}

// unescape takes the letter of an escape of JSON or source code off the head of a word: \nabandon.
func (t *text) unescape(tok *token) {
	if tok.start > 0 && t.data[tok.start-1] == '\\' && tok.end-tok.start > 3 {
		switch t.data[tok.start] {
		case 'n', 'r', 't':
			tok.start++
		}
	}
}

// resolve sets the token's lists.
func (t *text) resolve(tok *token) {
	t.unescape(tok)
	data := t.data
	word := data[tok.start:tok.end]
	var packed uint64
	narrow := len(word) >= 3 && len(word) <= longest
	for _, c := range word {
		if c >= utf8.RuneSelf {
			tok.set = t.window.scanner.dictionary.lists(foldWord(string(word)))
			return
		}
		packed = packed<<8 | uint64(c|0x20)
	}
	tok.set = 0
	if narrow && !t.glued(*tok) {
		tok.set = t.window.scanner.dictionary.narrow(packed)
	}
}

// glued reports whether a digit or underscore touches the word, which is then part of a name.
func (t *text) glued(tok token) bool {
	return tok.start > 0 && isName(t.data[tok.start-1]) || tok.end < len(t.data) && isName(t.data[tok.end])
}

func isName(c byte) bool { return c == '_' || c >= '0' && c <= '9' || c == '$' || c == '@' }

// gapLimit is the longest way between two words of a phrase.
const gapLimit = 96

// following returns the next word.
func (t *text) following(tok token) (token, bool) {
	data := t.data
	for p := tok.end; p < len(data) && p-tok.end <= gapLimit; {
		switch classes[data[p]] {
		case letter:
			start := p
			for p < len(data) && p-start <= wordLimit && classes[data[p]] == letter {
				p++
			}
			if p == start+1 && data[start-1] == '\\' {
				continue // an escape of JSON between two words
			}
			next := token{start: start, end: p}
			if p < len(data) && classes[data[p]] == wide {
				next, _ = t.wideToken(start)
			}
			return next, next.start >= tok.end
		case wide:
			r, size := utf8.DecodeRune(data[p:])
			if isWordRune(r) {
				next, ok := t.wideToken(p)
				return next, ok && next.start >= tok.end
			}
			p += size
		default:
			p++
		}
	}
	return token{}, false
}

// preceding returns the word before.
func (t *text) preceding(tok token) (token, bool) {
	data := t.data
	for p := tok.start; p > t.floor && tok.start-p <= gapLimit; {
		switch classes[data[p-1]] {
		case letter:
			end := p
			for p > t.floor && end-p <= wordLimit && classes[data[p-1]] == letter {
				p--
			}
			before := token{start: p, end: end}
			if p > t.floor && classes[data[p-1]] == wide {
				before, _ = t.wideToken(end - 1)
				if before.end > tok.start {
					return before, false
				}
			}
			if before.end == before.start+1 && p > t.floor && data[p-1] == '\\' {
				p = before.start - 1 // an escape of JSON between two words
				continue
			}
			return before, true
		case wide:
			r, size := utf8.DecodeLastRune(data[t.floor:p])
			if isWordRune(r) {
				before, ok := t.wideToken(p - size)
				return before, ok && before.end <= tok.start
			}
			p -= size
		default:
			p--
		}
	}
	return token{}, false
}
