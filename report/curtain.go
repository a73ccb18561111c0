package report

import (
	"encoding/json"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/fold"
)

// A Curtain hides what may be a part of a secret: whoever put a phrase into a text may have put it into names, headers and links as
// well, which are shown and recorded where texts are not, and detectors quote without knowing what they quote.
//
// What is hidden is every string that shares three words in a row, or one of 16 bytes or more, with what the curtain learned.
// A nil curtain hides nothing.
type Curtain struct {
	runs  map[string]bool // three words, or one long one
	long  []string        // the long ones
	words map[string]bool // every word: lists of single words are no run
}

const (
	curtainLimit = 1 << 20 // bytes read of one artifact
	longWord     = 16
	runWords     = 3
	listWords    = 6  // this many words, in whatever order, are no chance
	shortPlace   = 24 // what is shorter at a place beside texts is no secret
	exactLimit   = 64 << 10
)

// NewCurtain returns a curtain that knows the secrets that the findings rest on, nil when they rest on none. With whole it knows
// everything that the secrets were seen in.
func NewCurtain(v sekisho.Verdict, whole bool) *Curtain {
	var c *Curtain
	read := map[*sekisho.Artifact]bool{}
	for _, f := range v.Findings {
		for _, o := range f.Evidence {
			if _, secret := o.Facts.(Fingerprinted); !secret {
				continue
			}
			if c == nil {
				c = &Curtain{runs: map[string]bool{}, words: map[string]bool{}}
			}
			if o.Artifact == nil {
				continue
			}
			for _, span := range o.Spans {
				c.learnAt(o.Artifact, span)
			}
			if inText := len(o.Spans) == 0 || isText(o.Spans[0].Where); inText && (whole || len(o.Spans) == 0) && !read[o.Artifact] {
				read[o.Artifact] = true
				c.learn(o.Artifact)
			}
		}
	}
	return c
}

func isText(where string) bool {
	return where == "text" || where == "hidden" || where == "quoted" || where == "file"
}

// learn reads what the secret was seen in.
func (c *Curtain) learn(a *sekisho.Artifact) {
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

// learnAt reads the place where the secret was seen, as far as it may be of the secret.
func (c *Curtain) learnAt(a *sekisho.Artifact, span sekisho.Span) {
	switch form := a.Form.(type) {
	case *sekisho.TextForm:
		if of, ok := map[string]string{"text": form.Content, "hidden": form.Hidden, "quoted": form.Quoted}[span.Where]; ok {
			start := min(max(0, span.Start), len(of))
			c.add(of[start:min(max(start, span.End), len(of))])
			return
		}
	case *sekisho.Link:
		switch span.Where {
		case "target":
			c.target(form.Href)
			return
		case "shown":
			c.add(form.Shown)
			return
		}
	case *sekisho.Mail:
		if span.Where != "name" {
			c.mail(form, span.Where)
			return
		}
	}
	if span.Where == "file" && a.Blob != nil && span.End > span.Start {
		data, _ := io.ReadAll(io.NewSectionReader(a.Blob, int64(span.Start), int64(min(span.End-span.Start, exactLimit))))
		c.add(string(data))
		return
	}
	c.add(a.Name)
	for _, part := range a.Parts {
		if part.Kind == sekisho.KindPage {
			c.add(part.Name)
		}
	}
}

// target learns a link's target without its host, unless there is room for a secret in that.
func (c *Curtain) target(href string) {
	rest := href
	if _, after, ok := strings.Cut(href, "://"); ok {
		end := strings.IndexAny(after, "/?#")
		if end < 0 {
			end = len(after)
		}
		authority := after[:end]
		rest = after[end:]
		if at := strings.LastIndexByte(authority, '@'); at >= 0 {
			c.add(unescaped(authority[:at]))
			authority = authority[at+1:]
		}
		if len(wordsOf(authority)) > 2*listWords {
			c.add(authority)
		}
	}
	c.add(unescaped(rest))
}

// mail learns a header or the envelope: of mailboxes the names, and the local parts of addresses that have room for a secret.
func (c *Curtain) mail(m *sekisho.Mail, where string) {
	var boxes []sekisho.Mailbox
	switch where {
	case "From":
		boxes = m.From
	case "Sender":
		boxes = m.Sender
	case "Reply-To":
		boxes = m.ReplyTo
	case "To":
		boxes = m.To
	case "Cc":
		boxes = m.Cc
	case "header":
		for _, h := range m.Headers {
			if len(h.Name) >= shortPlace {
				c.add(h.Name)
			}
		}
		return
	case "envelope":
		for _, address := range append([]string{m.ReturnPath, m.Envelope.From, m.Envelope.Helo}, m.Envelope.To...) {
			c.local(address)
		}
		return
	}
	known := len(c.words)
	for _, box := range boxes {
		if len(box.Name) >= shortPlace {
			c.add(box.Name)
		}
		c.local(box.Address)
	}
	if len(c.words) == known {
		for _, value := range m.Values(where) {
			c.add(value)
		}
	}
}

func (c *Curtain) local(address string) {
	if at := strings.LastIndexByte(address, '@'); at >= 0 {
		address = address[:at]
	}
	if len(address) >= shortPlace {
		c.add(address)
	}
}

func (c *Curtain) add(text string) {
	words := wordsOf(text)
	for i, word := range words {
		c.words[word] = true
		if len(word) >= longWord && !c.runs[word] {
			c.runs[word] = true
			c.long = append(c.long, word)
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

// unescaped undoes the percent escapes of a target that are well formed, as often as they were put on it within reason.
func unescaped(target string) string {
	for i := 0; i < 3 && strings.IndexByte(target, '%') >= 0; i++ {
		var b strings.Builder
		for rest := target; rest != ""; {
			if rest[0] == '%' && len(rest) > 2 {
				if n, err := strconv.ParseUint(rest[1:3], 16, 8); err == nil {
					b.WriteByte(byte(n))
					rest = rest[3:]
					continue
				}
			}
			b.WriteByte(rest[0])
			rest = rest[1:]
		}
		target = b.String()
	}
	return target
}

// Hides reports whether s may hold a part of a secret.
func (c *Curtain) Hides(s string) bool {
	if c == nil || s == "" {
		return false
	}
	if c.shares(s) {
		return true
	}
	plain := unescaped(s)
	return plain != s && c.shares(plain)
}

func (c *Curtain) shares(s string) bool {
	words := wordsOf(s)
	for i, word := range words {
		if len(word) >= longWord && c.within(word) || i+runWords <= len(words) && c.runs[strings.Join(words[i:i+runWords], " ")] {
			return true
		}
	}
	return false
}

// within reports whether the word is a long one that was learned, or has one in it or is in one.
func (c *Curtain) within(word string) bool {
	if c.runs[word] {
		return true
	}
	for _, long := range c.long {
		if strings.Contains(long, word) || strings.Contains(word, long) {
			return true
		}
	}
	return false
}

// Text returns s, or Withheld.
func (c *Curtain) Text(s string) string {
	if c.Hides(s) {
		return Withheld
	}
	return s
}

// Name is Text for what a sender wrote in few words: one that has six or more of the words that were learned is hidden as well, in
// whatever order they are.
func (c *Curtain) Name(s string) string {
	if c != nil && c.known([]string{s, unescaped(s)}) >= listWords {
		return Withheld
	}
	return c.Text(s)
}

// known counts the words of the list that were learned, the most of one string.
func (c *Curtain) known(list []string) int {
	most := 0
	for _, s := range list {
		most = max(most, c.count(s))
	}
	return most
}

func (c *Curtain) count(s string) int {
	n := 0
	for _, word := range wordsOf(s) {
		if c.words[word] {
			n++
		}
	}
	return n
}

// Facts returns the facts of a detector, or their JSON in which every string is as Name leaves it. Those of a secret have no part of
// it.
func (c *Curtain) Facts(facts any) any {
	if _, secret := facts.(Fingerprinted); c == nil || secret {
		return facts
	}
	data, err := json.Marshal(facts)
	if err != nil {
		return json.RawMessage(`{}`)
	}
	var fields map[string]any
	if json.Unmarshal(data, &fields) != nil {
		return json.RawMessage(`{}`)
	}
	for name, value := range fields {
		fields[name] = c.value(value)
	}
	if data, err = json.Marshal(fields); err != nil {
		return json.RawMessage(`{}`)
	}
	return json.RawMessage(data)
}

func (c *Curtain) value(value any) any {
	switch value := value.(type) {
	case string:
		return c.Name(value)
	case []any:
		known := 0
		var list []string
		for i := range value {
			if s, ok := value[i].(string); ok {
				known += c.count(s)
				list = append(list, s)
				value[i] = c.Name(s)
			}
		}
		if known >= listWords || c.Hides(strings.Join(list, " ")) {
			return []any{Withheld}
		}
		return value
	default:
		return value
	}
}
