package mail

import (
	"strings"
	"unicode/utf8"

	"github.com/sekisho/sekisho/charset"
)

// decodeWords decodes the encoded words (RFC 2047) of s as mail programs do, which is more than the standard allows:
// words inside quotes and words that touch other text, spaces and missing padding inside a word, a word that the end of
// the field cuts off, and characters split between words. White space between words is dropped.
func decodeWords(s string, bad defects) (string, defects) {
	if !strings.Contains(s, "=?") {
		return s, bad
	}
	var out strings.Builder
	out.Grow(len(s))
	var run []byte // the bytes of adjacent words in one charset
	var label string
	flush := func() {
		if len(run) == 0 {
			return
		}
		text, ok := charset.Decode(label, run)
		if !ok {
			bad.add(BadCharset)
		}
		out.WriteString(text)
		run = run[:0]
	}
	after := false // the last thing was a word
	for len(s) > 0 {
		start := strings.Index(s, "=?")
		if start < 0 {
			break
		}
		w, ok := cutWord(s[start:])
		if !ok {
			flush()
			out.WriteString(s[:start+2])
			s, after = s[start+2:], false
			continue
		}
		if gap := s[:start]; !after || strings.TrimSpace(gap) != "" {
			flush()
			out.WriteString(gap)
		}
		if !strings.EqualFold(label, w.label) {
			flush()
			label = w.label
		}
		if w.bad {
			bad.add(BadEncodedWord)
		}
		run = append(run, w.data...)
		s, after = s[start+w.size:], true
	}
	flush()
	out.WriteString(s)
	return oneLine.Replace(out.String()), bad
}

// oneLine keeps decoded text from holding what a header cannot.
var oneLine = strings.NewReplacer("\x00", "", "\r\n", " ", "\r", " ", "\n", " ")

type word struct {
	label string
	data  []byte
	size  int // of the word as written
	bad   bool
}

// cutWord reads the encoded word at the start of s, which begins with =?.
func cutWord(s string) (w word, ok bool) {
	head := s[2:min(len(s), 2+80)]
	mark := strings.IndexByte(head, '?')
	if mark <= 0 || mark+2 >= len(head) || head[mark+2] != '?' || strings.ContainsAny(head[:mark], " \t<>@") {
		return word{}, false
	}
	w.label = head[:mark]
	encoding := head[mark+1] | 0x20
	if encoding != 'b' && encoding != 'q' {
		return word{}, false
	}
	start := 2 + mark + 3
	text, size := wordText(s[start:])
	if size < 0 {
		return word{}, false
	}
	w.size = start + size
	w.bad = size == len(text)
	var wrong bool
	if encoding == 'b' {
		w.data, wrong = decodeBase64([]byte(text))
	} else {
		w.data, wrong = decodeQ(text)
	}
	w.bad = w.bad || wrong
	return w, true
}

// wordText returns the text of a word up to its ?= and the size with it. A word that lacks its end reaches to the end
// of the field; one that another word interrupts is none, which also keeps decodeWords linear.
func wordText(s string) (text string, size int) {
	for i := 0; i+1 < len(s); i++ {
		if s[i] == '?' && s[i+1] == '=' {
			return s[:i], i + 2
		}
		if s[i] == '=' && s[i+1] == '?' && (i+2 >= len(s) || s[i+2] != '=') {
			return "", -1
		}
	}
	if strings.ContainsAny(s, "<>@,") {
		return "", -1
	}
	return s, len(s)
}

// decodeQ decodes the Q encoding (RFC 2047 §4.2).
func decodeQ(s string) (data []byte, bad bool) {
	data = make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case '_':
			data = append(data, ' ')
		case '=':
			if i+2 < len(s) && hex(s[i+1]) >= 0 && hex(s[i+2]) >= 0 {
				data = append(data, byte(hex(s[i+1])<<4|hex(s[i+2])))
				i += 2
				continue
			}
			bad = true
			data = append(data, c)
		default:
			bad = bad || c >= utf8.RuneSelf
			data = append(data, c)
		}
	}
	return data, bad
}

func hex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	}
	return -1
}
