package record

import (
	"encoding/json"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/fold"
	"github.com/sekisho/sekisho/report"
)

// A curtain hides what may be a part of a secret. report.Withhold leaves out what detectors quote of texts; names, targets and
// facts are recorded, too, and whoever put a phrase into a text may have put it there as well. A nil curtain hides nothing: no
// finding rests on a secret.
//
// What is hidden is every string that shares three words in a row, or one of 16 bytes or more, with what the secret was seen in.
type curtain struct {
	runs  map[string]bool // three words, or one long one
	words map[string]bool // every word of the texts: lists of single words are no run
}

const (
	curtainLimit = 1 << 20 // bytes read of one artifact
	longWord     = 16
	runWords     = 3
)

func newCurtain(v sekisho.Verdict) *curtain {
	var c *curtain
	read := map[*sekisho.Artifact]bool{}
	for _, f := range v.Findings {
		for _, o := range f.Evidence {
			if _, secret := o.Facts.(report.Fingerprinted); !secret {
				continue
			}
			if c == nil {
				c = &curtain{runs: map[string]bool{}, words: map[string]bool{}}
			}
			if o.Artifact != nil && !read[o.Artifact] {
				read[o.Artifact] = true
				c.learn(o.Artifact)
			}
		}
	}
	return c
}

// learn reads what the secret was seen in, and everything above that may repeat it.
func (c *curtain) learn(a *sekisho.Artifact) {
	if text, ok := a.Form.(*sekisho.TextForm); ok {
		c.add(text.Content)
		c.add(text.Hidden)
		c.add(text.Quoted)
	} else if a.Blob != nil {
		data, _ := io.ReadAll(io.LimitReader(io.NewSectionReader(a.Blob, 0, a.Size), curtainLimit)) // what can be read is hidden
		c.add(string(data))
	}
	c.add(a.Name)
}

func (c *curtain) add(text string) {
	words := wordsOf(text)
	for i, word := range words {
		c.words[word] = true
		if len(word) >= longWord {
			c.runs[word] = true
		}
		if i+runWords <= len(words) {
			c.runs[strings.Join(words[i:i+runWords], " ")] = true
		}
	}
}

// wordsOf splits a text wherever a name or an address may.
func wordsOf(text string) []string {
	if len(text) > curtainLimit {
		text = text[:curtainLimit]
	}
	return strings.FieldsFunc(fold.Text(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) || r == utf8.RuneError })
}

// hides reports whether s may hold a part of the secret.
func (c *curtain) hides(s string) bool {
	words := wordsOf(s)
	for i, word := range words {
		if len(word) >= longWord && c.within(word) || i+runWords <= len(words) && c.runs[strings.Join(words[i:i+runWords], " ")] {
			return true
		}
	}
	return false
}

// within reports whether the word is a long one of the texts, or has one in it or is in one.
func (c *curtain) within(word string) bool {
	if c.runs[word] {
		return true
	}
	for run := range c.runs {
		if !strings.Contains(run, " ") && (strings.Contains(run, word) || strings.Contains(word, run)) {
			return true
		}
	}
	return false
}

// text returns s as it may be recorded, up to limit bytes.
func (c *curtain) text(s string, limit int) string {
	if c != nil && c.hides(s) {
		return report.Withheld
	}
	return plain(s, limit)
}

// name is text for what a sender wrote in few words: when there is a secret, one that only consists of words of the texts, six or
// more, is hidden as well, in whatever order they are.
func (c *curtain) name(s string, limit int) string {
	if c != nil && c.known([]string{s}) >= 6 {
		return report.Withheld
	}
	return c.text(s, limit)
}

// known counts the words that the texts have.
func (c *curtain) known(list []string) int {
	n := 0
	for _, s := range list {
		for _, word := range wordsOf(s) {
			if c.words[word] {
				n++
			}
		}
	}
	return n
}

// facts returns the JSON of a detector's facts, in which every string is as text leaves it.
func (c *curtain) facts(facts any) json.RawMessage {
	data, err := json.Marshal(facts)
	if err != nil || len(data) > factsLimit {
		return json.RawMessage(`{}`)
	}
	if _, secret := facts.(report.Fingerprinted); c == nil || secret {
		return data
	}
	var fields map[string]any
	if json.Unmarshal(data, &fields) != nil {
		return json.RawMessage(`{}`)
	}
	for name, value := range fields {
		fields[name] = c.value(value)
	}
	data, err = json.Marshal(fields)
	if err != nil {
		return json.RawMessage(`{}`)
	}
	return data
}

func (c *curtain) value(value any) any {
	switch value := value.(type) {
	case string:
		return c.name(value, factsLimit)
	case []any:
		var list []string
		for i := range value {
			if s, ok := value[i].(string); ok {
				list = append(list, s)
				value[i] = c.name(s, factsLimit)
			}
		}
		if c.known(list) >= 6 || c.hides(strings.Join(list, " ")) {
			return []any{report.Withheld}
		}
		return value
	default:
		return value
	}
}
