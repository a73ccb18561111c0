package report

import (
	"slices"

	"github.com/sekisho/sekisho"
)

// Withheld stands for a text that holds a secret.
const Withheld = "(withheld: it may hold a key)"

// Withhold returns the verdict as it may be shown: when a finding rests on a secret, the subject and everything quoted from
// texts are left out, and so are names, reasons, facts and quotes that repeat a part of the secret, since other detectors
// quote without knowing what they quote. The verdict given is not changed.
func Withhold(v sekisho.Verdict) sekisho.Verdict {
	hide := NewCurtain(v, false)
	if hide == nil {
		return v
	}
	v.Root = withoutSecret(v.Root, hide)
	v.Findings = slices.Clone(v.Findings)
	for i := range v.Findings {
		f := &v.Findings[i]
		f.Why = sekisho.Text{En: hide.Text(f.Why.En), Ja: hide.Text(f.Why.Ja)}
		f.Evidence = slices.Clone(f.Evidence)
		for j := range f.Evidence {
			f.Evidence[j].Facts = hide.Facts(f.Evidence[j].Facts)
			f.Evidence[j].Spans = withoutTexts(f.Evidence[j].Spans, hide)
		}
	}
	v.Gaps = slices.Clone(v.Gaps)
	for i := range v.Gaps {
		v.Gaps[i].Why = hide.Text(v.Gaps[i].Why)
	}
	return v
}

// withoutSecret returns the root as reports head a verdict with it.
func withoutSecret(a *sekisho.Artifact, hide *Curtain) *sekisho.Artifact {
	root := *a
	root.Name = hide.Name(root.Name)
	switch form := root.Form.(type) {
	case *sekisho.Mail:
		mail := *form
		mail.Subject = Withheld
		mail.From = slices.Clone(mail.From)
		for i := range mail.From {
			mail.From[i].Name, mail.From[i].Address = hide.Name(mail.From[i].Name), hide.Name(mail.From[i].Address)
		}
		root.Form = &mail
	case *sekisho.Link:
		link := *form
		link.Href, link.Shown, link.URL = hide.Name(link.Href), hide.Name(link.Shown), hide.Name(link.URL)
		root.Form = &link
	}
	return &root
}

func withoutTexts(spans []sekisho.Span, hide *Curtain) []sekisho.Span {
	out := slices.Clone(spans)
	for i, s := range out {
		if slices.Contains([]string{"Subject", "text", "hidden", "quoted"}, s.Where) && s.Quote != "" || hide.Hides(s.Quote) {
			out[i].Quote = Withheld
		}
	}
	return out
}

// A careful writer withholds before it writes.
type careful struct{ Writer }

func (c careful) Verdict(v sekisho.Verdict) error { return c.Writer.Verdict(Withhold(v)) }
