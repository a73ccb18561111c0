package report

import (
	"slices"

	"github.com/sekisho/sekisho"
)

// Withheld stands for a text that holds a secret.
const Withheld = "(withheld: it may hold a key)"

// Withhold returns the verdict as it may be shown: when a finding rests on a secret, the subject and everything quoted from
// texts are left out, since other detectors quote without knowing what they quote. The verdict given is not changed.
func Withhold(v sekisho.Verdict) sekisho.Verdict {
	if !slices.ContainsFunc(v.Findings, restsOnSecret) {
		return v
	}
	if mail, ok := v.Root.Form.(*sekisho.Mail); ok {
		root, form := *v.Root, *mail
		form.Subject = Withheld
		root.Form = &form
		v.Root = &root
	}
	v.Findings = slices.Clone(v.Findings)
	for i := range v.Findings {
		f := &v.Findings[i]
		f.Evidence = slices.Clone(f.Evidence)
		for j := range f.Evidence {
			f.Evidence[j].Spans = withoutTexts(f.Evidence[j].Spans)
		}
	}
	return v
}

func restsOnSecret(f sekisho.Finding) bool {
	return slices.ContainsFunc(f.Evidence, func(o sekisho.Observation) bool {
		_, ok := o.Facts.(Fingerprinted)
		return ok
	})
}

func withoutTexts(spans []sekisho.Span) []sekisho.Span {
	out := slices.Clone(spans)
	for i, s := range out {
		if slices.Contains([]string{"Subject", "text", "hidden", "quoted"}, s.Where) && s.Quote != "" {
			out[i].Quote = Withheld
		}
	}
	return out
}

// A careful writer withholds before it writes.
type careful struct{ Writer }

func (c careful) Verdict(v sekisho.Verdict) error { return c.Writer.Verdict(Withhold(v)) }
