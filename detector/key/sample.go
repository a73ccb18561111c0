package key

import "unicode/utf8"

// The classes of bytes.
const (
	separator = iota
	letter
	digit
	joint // joins letters and digits into one token: _ + / -
	wide  // part of a character beyond ASCII
)

var classes = func() (table [256]byte) {
	for c := range 256 {
		switch {
		case isLetter(byte(c)):
			table[c] = letter
		case c >= '0' && c <= '9':
			table[c] = digit
		case c == '_' || c == '+' || c == '/' || c == '-':
			table[c] = joint
		case c >= utf8.RuneSelf:
			table[c] = wide
		}
	}
	return table
}()

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// stride is the distance of samples. Everything worth a look is at least this long: the shortest phrase (12 words of 3
// letters) spans 47 bytes, the shortest token 16.
const stride = 16

// wordStride is the distance at which plain words are looked at: with stride, every 32 bytes.
const wordStride = 24

// shortest is the least length of a token that may be a key.
const shortest = 16

// sample looks at one place in every stride bytes of data[from:limit], and at the word, token or list of numbers it falls
// in. It returns where the next sample would be. Most of a source tree is passed over without looking at its words.
func (t *text) sample(from, limit int) int {
	data := t.data
	limit = min(limit, len(data))
	p := from
	for p < limit {
		switch classes[data[p]] {
		case separator:
			p++
			for p < limit && classes[data[p]] == separator {
				p++
			}
			if p >= limit {
				return p
			}
			if classes[data[p]] == wide {
				p = t.wideSample(p)
				continue
			}
			p = t.narrowSample(p)
		case wide:
			p = t.wideSample(p)
		default:
			p = t.narrowSample(p)
		}
	}
	return p
}

// narrowSample looks at the token around p, which is a letter, digit or joint.
func (t *text) narrowSample(p int) int {
	data := t.data
	start, end := p, p+1
	for start > t.floor && classes[data[start-1]] == letter && p-start < shortest {
		start--
	}
	for end < len(data) && classes[data[end]] == letter && end-p < shortest {
		end++
	}
	before, after := byte(separator), byte(separator)
	if start > t.floor {
		before = classes[data[start-1]]
	}
	if end < len(data) {
		after = classes[data[end]]
	}
	if classes[data[p]] == letter && before == separator && after == separator {
		if n := end - start; n < 3 || n > longest || p < t.next {
			return max(p+stride, end)
		}
		t.next = p + wordStride
		return max(t.word(token{start: start, end: end}), p+stride)
	}
	if before == wide || after == wide {
		return t.wideSample(p)
	}
	for start > t.floor && p-start < 4*behind && isToken(data[start-1]) {
		start--
	}
	for end < len(data) && isToken(data[end]) {
		end++
	}
	next := end
	if end-start >= shortest {
		t.run(start, end)
	} else if classes[data[start]] == digit && end-start <= 3 {
		return max(next, t.numbers(start)) // a number of a list may stand before the word to look at
	}
	if end-start < 256 && !t.dense(start, end) {
		next = max(next, t.joined(start, end))
	}
	return max(next, p+stride)
}

func isToken(c byte) bool {
	k := classes[c]
	return k == letter || k == digit || k == joint
}

// dense reports whether a token has digits or underscores: it is no words joined by hyphens.
func (t *text) dense(start, end int) bool {
	for _, c := range t.data[start:end] {
		if !isLetter(c) && c != '-' && c != '/' && c != '+' {
			return true
		}
	}
	return false
}

// joined looks at the first word of words joined by hyphens or slashes.
func (t *text) joined(start, end int) int {
	for start < end && !isLetter(t.data[start]) {
		start++
	}
	stop := start
	for stop < end && isLetter(t.data[stop]) {
		stop++
	}
	if n := stop - start; n < 3 || n > 12 {
		return end
	}
	return t.word(token{start: start, end: stop})
}

// wideSample looks at the word around p in a script beyond ASCII.
func (t *text) wideSample(p int) int {
	tok, ok := t.wideToken(p)
	t.unescape(&tok)
	if !ok || !plausible(t.data[tok.start:tok.end]) {
		return max(tok.end, p+stride)
	}
	return max(t.word(tok), p+stride)
}

// plausible tells at a glance what is in no list: ideographs beside anything else, katakana, long words.
func plausible(word []byte) bool {
	runes, ideographs := 0, 0
	for i := 0; i < len(word); {
		r, size := utf8.DecodeRune(word[i:])
		i += size
		runes++
		switch {
		case r >= 0x4E00 && r <= 0x9FFF:
			ideographs++
		case r >= 0x30A0 && r <= 0x30FF:
			return false
		}
	}
	return ideographs == 0 && runes <= 24 || ideographs == 1 && runes == 1
}
