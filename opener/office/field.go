package office

import (
	"strconv"
	"strings"
)

// fieldNesting bounds the fields within fields that are kept apart.
const fieldNesting = 20

// A fields follows the fields of a text as Word writes them: an instruction, and then the result that is shown. What a
// field inside an instruction says belongs to the instruction, which is how DDE is spelt in pieces.
type fields struct {
	d     *document
	open  []*field
	extra int // fields open beyond the bound
}

type field struct {
	instruction strings.Builder
	result      bool // the instruction is over
}

func (f *fields) begin() {
	if len(f.open) == fieldNesting {
		f.extra++
		return
	}
	f.open = append(f.open, &field{})
}

func (f *fields) separate() {
	if n := len(f.open); n > 0 && f.extra == 0 {
		f.open[n-1].result = true
	}
}

func (f *fields) end() {
	n := len(f.open)
	switch {
	case f.extra > 0:
		f.extra--
	case n > 0:
		instruction := f.open[n-1].instruction.String()
		f.open = f.open[:n-1]
		f.d.instruction(instruction)
		f.write(evaluate(instruction))
	}
}

// instructing reports whether what comes next is part of an instruction.
func (f *fields) instructing() bool {
	n := len(f.open)
	return n > 0 && !f.open[n-1].result
}

// write adds to the instruction at hand, if there is one.
func (f *fields) write(s string) {
	if f.instructing() && f.open[len(f.open)-1].instruction.Len() < mostFact*4 {
		f.open[len(f.open)-1].instruction.WriteString(s)
	}
}

// finish ends the fields that nothing ended.
func (f *fields) finish() {
	f.extra = 0
	for len(f.open) > 0 {
		f.end()
	}
}

// evaluate returns what a field adds to the instruction around it: QUOTE spells letters by their codes.
func evaluate(instruction string) string {
	words := split(instruction)
	if len(words) == 0 || !strings.EqualFold(words[0], "QUOTE") {
		return instruction
	}
	var b strings.Builder
	for _, word := range words[1:] {
		if code, err := strconv.Atoi(word); err == nil && code > 0 && code < 0x110000 {
			b.WriteRune(rune(code))
		} else {
			b.WriteString(word)
		}
	}
	return b.String()
}

// split returns the words of an instruction; a quoted word may hold spaces.
func split(instruction string) (words []string) {
	instruction = strings.NewReplacer("“", `"`, "”", `"`).Replace(instruction)
	for rest := strings.TrimSpace(instruction); rest != "" && len(words) < 100; rest = strings.TrimSpace(rest) {
		var word string
		if rest[0] == '"' {
			word, rest = cutQuoted(rest[1:])
		} else if end := strings.IndexAny(rest, " \t\r\n\""); end >= 0 {
			word, rest = rest[:end], rest[end:]
		} else {
			word, rest = rest, ""
		}
		words = append(words, word)
	}
	return words
}

// cutQuoted cuts at the closing quote. A backslash before a quote or a backslash is none.
func cutQuoted(s string) (word, rest string) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\'):
			i++
			b.WriteByte(s[i])
		case s[i] == '"':
			return b.String(), s[i+1:]
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String(), ""
}

// instruction states what a field does (ECMA-376 part 1 §17.16.5).
func (d *document) instruction(instruction string) {
	words := split(instruction)
	if len(words) == 0 {
		return
	}
	switch name := strings.ToUpper(words[0]); name {
	case "DDE", "DDEAUTO":
		d.note(&d.facts.Commands, strings.Join(words[1:], " "))
	case "INCLUDEPICTURE", "INCLUDETEXT", "INCLUDE", "IMPORT", "RD", "LINK", "DATABASE":
		d.include(name, words[1:])
	case "HYPERLINK":
		for i := 1; i < len(words); i++ {
			if words[i] == `\o` || words[i] == `\t` || words[i] == `\l` || words[i] == `\m` { // the word after the switch is no target
				i++
				continue
			}
			if !strings.HasPrefix(words[i], `\`) || strings.HasPrefix(words[i], `\\`) {
				d.link(words[i], "")
				return
			}
		}
	case "MACROBUTTON":
		if len(words) > 1 {
			d.note(&d.facts.Handlers, "button "+words[1])
		}
	}
}

// include states what an including field names: the first word that looks like a place.
func (d *document) include(name string, words []string) {
	kind := "include"
	switch name {
	case "INCLUDEPICTURE", "IMPORT":
		kind = "image"
	case "LINK":
		kind = "object"
	case "DATABASE":
		kind = "data"
	}
	for _, word := range words {
		if strings.HasPrefix(word, `\`) && !strings.HasPrefix(word, `\\`) {
			continue
		}
		if strings.ContainsAny(word, `/\:`) {
			d.refer(kind, word)
			return
		}
	}
}
