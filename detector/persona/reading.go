package persona

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A script is a class of characters that make one token together.
type script uint8

const (
	separator script = iota
	alphabet         // Latin, Greek, Cyrillic, Hangul ... and digits
	han
	hiragana
	katakana
)

func scriptOf(r rune) script {
	switch {
	case r < utf8.RuneSelf:
		if 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || 'A' <= r && r <= 'Z' {
			return alphabet
		}
		return separator
	case r == '・':
		return separator
	case r == 'ー':
		return katakana
	case unicode.Is(unicode.Han, r):
		return han
	case r >= 0x3041 && r <= 0x309F:
		return hiragana
	case r >= 0x30A1 && r <= 0x30FF:
		return katakana
	case unicode.IsLetter(r), unicode.Is(unicode.Mn, r), unicode.IsDigit(r):
		return alphabet
	}
	return separator
}

// A token is a run of one script, or a phrase of the lexicon. Only tokens of roleName have raw and roman text, so a
// window of tokens reads as the name inside it, whatever titles stand between.
type token struct {
	role       role
	script     script
	broken     bool // something other than a space, comma or dot stands before it
	addressed  bool // an honorific that speaks to the person: 様
	offices    []string
	text       [2]int // place in the folded text
	raw, roman [2]int // places in the reading's buffers
}

// A reading is a folded text as tokens.
type reading struct {
	text   string
	tokens []token
	raw    []byte // the tokens as written, without spaces
	roman  []byte // the tokens in the common romanisation, without spaces
}

// tokenLimit bounds one reading: no name stands behind a hundred words.
const tokenLimit = 128

// read reads a folded text. Names are read with a nil lexicon.
func (r *reading) read(text string, words lexicon, names map[string]bool) {
	text = unified(text)
	*r = reading{text: text, tokens: r.tokens[:0], raw: r.raw[:0], roman: r.roman[:0]}
	broken := false
	for i := 0; i < len(text) && len(r.tokens) < tokenLimit; {
		first, size := utf8.DecodeRuneInString(text[i:])
		kind := scriptOf(first)
		if p := words.at(text, i); p != nil {
			t := token{role: p.role, script: kind, broken: broken, offices: p.offices, text: [2]int{i, i + len(p.text)}}
			t.addressed = p.role == roleHonorific && kind != alphabet
			r.mark(t)
			i, broken = i+len(p.text), false
			continue
		}
		if kind == separator {
			broken = broken || !soft(first)
			i += size
			continue
		}
		end := r.run(i, kind, words)
		r.word(token{script: kind, broken: broken, text: [2]int{i, end}}, names)
		i, broken = end, false
	}
}

// soft reports whether a name goes on behind the separator.
func soft(r rune) bool {
	return r == ' ' || r == ',' || r == '.' || r == '-' || r == '_' || r == '+' || r == '/' || r == '"' || r == '\'' ||
		r == '·' || r == '•' || r == '・' || r == '、'
}

func apostrophe(r rune) bool {
	return r == '\'' || r == '’' || r == '‘' || r == 'ʼ' || r == '`' || r == '′'
}

// run returns where the token that starts at i ends.
func (r *reading) run(i int, kind script, words lexicon) int {
	start := i
	for i < len(r.text) {
		c, size := utf8.DecodeRuneInString(r.text[i:])
		inside := kind == alphabet && apostrophe(c) && i+size < len(r.text)
		if inside {
			next, _ := utf8.DecodeRuneInString(r.text[i+size:])
			inside = scriptOf(next) == alphabet
		}
		if scriptOf(c) != kind && !inside || kind == han && i > start && words.at(r.text, i) != nil {
			break
		}
		i += size
	}
	return i
}

// word adds the token, and the honorific at its end as another.
func (r *reading) word(t token, names map[string]bool) {
	written := r.text[t.text[0]:t.text[1]]
	honorific := ""
	switch {
	case t.script == alphabet:
		written = strings.Trim(written, "0123456789")
	case names != nil && !names[written]:
		for _, s := range suffixes {
			if strings.HasSuffix(written, s) {
				honorific = s
				break
			}
		}
	}
	written = written[:len(written)-len(honorific)]
	if written == "" || written == "の" {
		t.role = roleFiller
		t.addressed = honorific != ""
		r.mark(t)
		return
	}
	end := t.text[1]
	t.text[1] -= len(honorific)
	t.raw[0], t.roman[0] = len(r.raw), len(r.roman)
	for _, c := range written {
		if !apostrophe(c) {
			r.raw = utf8.AppendRune(r.raw, c)
		}
	}
	t.raw[1] = len(r.raw)
	if t.script == han {
		r.roman = append(r.roman, written...)
	} else {
		r.roman = appendRoman(r.roman, r.raw[t.raw[0]:])
	}
	if t.roman[1] = len(r.roman); t.roman[1] == t.roman[0] { // ー and ッ alone have no sound
		r.raw, t.role = r.raw[:t.raw[0]], roleFiller
		r.mark(t)
		return
	}
	r.tokens = append(r.tokens, t)
	if honorific != "" {
		r.mark(token{role: roleHonorific, script: t.script, addressed: true, text: [2]int{t.text[1], end}})
	}
}

// mark adds a token that has no part in a name.
func (r *reading) mark(t token) {
	t.raw, t.roman = [2]int{len(r.raw), len(r.raw)}, [2]int{len(r.roman), len(r.roman)}
	r.tokens = append(r.tokens, t)
}

// rest returns the words other than those of tokens[from:to], and how many there are.
func (r *reading) rest(from, to int) (string, int) {
	var words []string
	for i, t := range r.tokens {
		if (i < from || i >= to) && t.role == roleName {
			words = append(words, string(r.raw[t.raw[0]:t.raw[1]]))
		}
	}
	return strings.Join(words, " "), len(words)
}

func (r *reading) has(role role) bool {
	return slices.ContainsFunc(r.tokens, func(t token) bool { return t.role == role })
}
