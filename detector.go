package sekisho

import "context"

// A Detector states what it sees in one artifact: facts, never opinions. It has no thresholds that judge, no
// allow-lists and no options, and imports no network, no file system and no clock: what is known outside the artifact
// comes through Pass.Org and Pass.Intel, so that a verdict can be replayed.
type Detector struct {
	Name  string // the folder's name, and the name of its list of facts in rules
	Doc   string // first line a title, then what is seen and what is not
	Kinds []Kind // kinds of artifact it looks at
	Facts any    // a zero Facts struct; its fields, with tags json and doc, are the vocabulary of rules

	// Prepare builds, once, what Run needs of the profile and of intel: an index, a matcher. It may be nil. What it
	// returns is read by many passes at once and must not be changed.
	Prepare func(*Org, *Intel) (any, error)

	// Run looks at the whole tree if it must, but reports on Pass.Artifact. An error is a gap.
	Run func(*Pass) error
}

// Looks reports whether the detector looks at artifacts of the kind.
func (d *Detector) Looks(kind Kind) bool {
	for _, k := range d.Kinds {
		if k == kind {
			return true
		}
	}
	return false
}

// A Pass is one detector looking at one artifact, whose tree is wholly opened.
type Pass struct {
	Context  context.Context
	Artifact *Artifact
	Org      *Org   // the profile; empty, never nil, when there is none
	Intel    *Intel // never nil; its fields may be empty
	Prepared any    // what Detector.Prepare returned

	// Report states one observation: a pointer to the detector's Facts, and where it was seen.
	Report func(facts any, at ...Span)
}

// An Observation is one fact a detector stated, with the spans that show it.
type Observation struct {
	Detector string
	Artifact *Artifact
	Facts    any // a pointer to the detector's Facts struct
	Spans    []Span
}

// A Span is a place in an artifact that shows a fact. Quote comes from the sender: it is escaped where it is shown. A
// detector of secrets leaves Quote empty.
type Span struct {
	Where string // "From", "Subject", "text", "href"; a header's name in its canonical case
	Start int    // byte offset in the form's text, 0 when not known
	End   int    // end of the span, 0 when not known
	Quote string // what is written there, cut to QuoteLimit bytes
}

// QuoteLimit is the most bytes a Span quotes.
const QuoteLimit = 240

// Quote returns a span that quotes s, cut at a character's boundary.
func Quote(where, s string) Span { return Span{Where: where, Quote: cut(s, QuoteLimit)} }

// QuoteAt returns a span that quotes s[start:end].
func QuoteAt(where, s string, start, end int) Span {
	return Span{Where: where, Start: start, End: end, Quote: cut(s[start:end], QuoteLimit)}
}

func cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	end := limit
	for end > limit-4 && s[end]&0xC0 == 0x80 {
		end--
	}
	return s[:end] + "…"
}
