// Package sekisho holds the nouns of the checkpoint: what passes it (artifacts), how it is taken apart (openers), what
// is seen (detectors and their observations), what could not be looked at (gaps), and what is concluded (rules,
// findings, verdicts). It imports the standard library only; everything else in the module imports it.
//
// The flow is open, inspect, judge. Package checkpoint runs it, package judge evaluates the rules, and the folders opener
// and detector hold the plug-ins, which know this package and not each other.
package sekisho

// A Lang is a language that people read verdicts in.
type Lang string

// The languages of every text a person reads.
const (
	English  Lang = "en"
	Japanese Lang = "ja"
)

// Text is a text in each of the languages people read.
type Text struct {
	En string `json:"en" yaml:"en" doc:"the text in English"`
	Ja string `json:"ja" yaml:"ja" doc:"the text in Japanese"`
}

// In returns the text in lang, or in the other language when that one is missing.
func (t Text) In(lang Lang) string {
	if lang == Japanese && t.Ja != "" || t.En == "" {
		return t.Ja
	}
	return t.En
}
