// Package lure names the stories that mails tell to make a person act: a transfer for an executive, a changed bank
// account, a coding test from a recruiter, a wallet to validate.
//
// A theme is a condition over groups of terms that stand near each other, usually a subject ("wallet") and something
// asked of the reader ("verify your", "click below"): news about wallets and a discussion of phishing have the first
// without the second. Themes and terms are data, in term/*.yaml, each with its source and date.
//
// A mail is told once for all its words: each text in it is read together with the subject and the sender's display
// name, because mails often put the thing into the subject and what to do with it into the body. A text outside any
// mail (a chat message, a page) is told on itself; files of source code there are left out.
package lure

import (
	"slices"
	"strings"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/code"
	"github.com/sekisho/sekisho/fold"
)

// Detector states which themes a mail or a text holds.
var Detector = &sekisho.Detector{
	Name: "lure",
	Doc: "Stories that make people act\n" +
		"Which themes of deception the words of a mail tell, by lists of terms in ten languages: one fact for each theme " +
		"and place. A theme wants its subject and what it asks of the reader near each other. Whether the story is true is " +
		"for rules to judge with what else is known. Files of source code outside mails are not read.",
	Kinds:   []sekisho.Kind{sekisho.KindMail, sekisho.KindText},
	Facts:   Facts{},
	Prepare: func(*sekisho.Org, *sekisho.Intel) (any, error) { return loaded() },
	Run:     run,
}

// Facts is one theme seen in one place of a mail or text.
type Facts struct {
	Theme    string   `json:"theme" doc:"the theme's name, as wallet-validation"`
	Family   string   `json:"family" doc:"the kind of story: payment, crypto, credential, document, recruiting, money, goods, pressure or style (too common to mean much alone)"`
	Terms    []string `json:"terms" doc:"what is written that belongs to the theme, in the mail's own letters where it stands in one line: terms that touch are one, the longest first, at most 4, none inside another"`
	Groups   []string `json:"groups" doc:"the groups of terms that the theme's condition found, in the order of the alphabet"`
	Variety  int      `json:"variety" doc:"how many different terms of the theme stand there"`
	Count    int      `json:"count" doc:"occurrences of the theme's terms"`
	Language string   `json:"language" doc:"the language most of its terms are listed under, as ISO 639-1; empty when all are names"`
	Place    string   `json:"place" doc:"body (visible text, subject, images' alternative text; also the quoted text of a mail that adds next to nothing to it), hidden, quoted or attachment"`
	Subject  bool     `json:"subject" doc:"a term stands in the mail's subject or the sender's display name"`
	Masked   bool     `json:"masked" doc:"a term was written with letters of other scripts that look the same"`
}

// The places words are found, most telling first.
const (
	placeBody       = "body"
	placeHidden     = "hidden"
	placeAttachment = "attachment"
	placeQuoted     = "quoted"
)

// forwardedLen is the most folded bytes of its own that a mail adds to what it only passes on.
const forwardedLen = 100

// textLimit bounds the folded text read for one mail, in bytes; what is beyond is a gap.
const textLimit = 2 << 20

func run(pass *sekisho.Pass) error {
	r := &reader{themes: pass.Prepared.(*themes), left: textLimit}
	switch form := pass.Artifact.Form.(type) {
	case *sekisho.Mail:
		r.head = head(form)
		r.sources = append(r.sources, form.Subject)
		for _, from := range form.From {
			r.sources = append(r.sources, from.Name)
		}
		r.mail(pass.Artifact)
		if !r.read {
			r.text(placeBody, "")
		}
	case *sekisho.TextForm:
		if inMail(pass.Artifact) || isCode(pass.Artifact) {
			return nil
		}
		r.form(placeBody, form)
	}
	var sources []source
	if len(r.found) > 0 {
		for _, written := range r.sources {
			sources = append(sources, newSource(written))
		}
	}
	for i := range r.found {
		r.found[i].spell(sources)
		pass.Report(&r.found[i].Facts, r.found[i].spans...)
	}
	if r.left < 0 {
		return errText
	}
	return nil
}

// head is what is read in front of every text of a mail.
func head(m *sekisho.Mail) string {
	var b strings.Builder
	for _, from := range m.From {
		b.WriteString(from.Name)
		b.WriteString(". ")
	}
	b.WriteString(m.Subject)
	return fold.Text(b.String())
}

// isCode reports whether the text is that of a file of source code, which speaks to machines.
func isCode(a *sekisho.Artifact) bool {
	return a.Up != nil && a.Up.Kind == sekisho.KindFile && code.Language(a.Up.Name, "") != ""
}

func inMail(a *sekisho.Artifact) bool {
	for up := a.Up; up != nil; up = up.Up {
		if up.Kind == sekisho.KindMail {
			return true
		}
	}
	return false
}

// A reader gathers the themes of one mail or text.
type reader struct {
	themes  *themes
	head    string   // folded
	left    int      // bytes of text that may still be read
	read    bool     // a visible text was read together with the head
	sources []string // what was read, as it is written
	found   []telling
}

// mail reads the texts below a mail, without those of mails inside it, which are told on themselves.
func (r *reader) mail(a *sekisho.Artifact) {
	for _, part := range a.Parts {
		r.part(part, placeBody)
	}
}

func (r *reader) part(a *sekisho.Artifact, place string) {
	switch form := a.Form.(type) {
	case *sekisho.Mail:
		return
	case *sekisho.TextForm:
		r.form(place, form)
	case *sekisho.Page:
		if len(form.Alts) > 0 {
			r.text(place, fold.Text(strings.Join(form.Alts, ". ")))
		}
	}
	if a.Via == "attachment" || a.Via == "entry" {
		place = placeAttachment
	}
	for _, part := range a.Parts {
		r.part(part, place)
	}
}

func (r *reader) form(place string, form *sekisho.TextForm) {
	r.sources = append(r.sources, form.Content)
	if form.Folded != "" {
		r.text(place, form.Folded)
	}
	if form.Hidden != "" {
		r.text(placeHidden, fold.Text(form.Hidden))
	}
	if form.Quoted != "" {
		if len(form.Folded) > forwardedLen {
			place = placeQuoted
		}
		r.text(place, fold.Text(form.Quoted))
	}
}

// text reads one folded text, in front of it the head if it is shown as the mail's own words.
func (r *reader) text(place, folded string) {
	if len(folded) > r.left {
		cut := max(r.left, 0)
		for cut > 0 && cut < len(folded) && folded[cut]&0xC0 == 0x80 {
			cut--
		}
		folded, r.left = folded[:cut], -1
	} else {
		r.left -= len(folded)
	}
	head := ""
	if place == placeBody {
		head, r.read = r.head, true
	}
	for _, f := range r.themes.scan(head, folded) {
		f.Place = place
		r.keep(f)
	}
}

// keep adds a fact, or lets the richer one stand where two versions of a text (plain and HTML) tell the same.
func (r *reader) keep(f telling) {
	i := slices.IndexFunc(r.found, func(g telling) bool { return g.Theme == f.Theme && g.Place == f.Place })
	switch {
	case i < 0:
		r.found = append(r.found, f)
	case r.found[i].Count < f.Count:
		r.found[i] = f
	}
}
