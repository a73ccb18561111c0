package report

import (
	_ "embed"
	"html/template"
	"io"

	"github.com/sekisho/sekisho"
)

//go:embed page.html
var pageSource string

// An htmlWriter writes one page that needs nothing else: no script, no remote asset.
type htmlWriter struct {
	w        io.Writer
	lang     sekisho.Lang
	template *template.Template
}

func newHTML(w io.Writer, lang sekisho.Lang) (*htmlWriter, error) {
	t, err := template.New("page").Funcs(template.FuncMap{
		"word": func(key string) string { return word(lang, key) },
	}).Parse(pageSource)
	if err != nil {
		return nil, err
	}
	h := &htmlWriter{w, lang, t}
	return h, t.ExecuteTemplate(w, "head", lang)
}

type verdictView struct {
	Name, Kind, Action, Subject, From string
	Findings                          []findingView
	Gaps                              []string
}

type findingView struct {
	Rule, Title, Ask, Why string
	Quotes                []quoteView
	Control, Attack       []string
}

type quoteView struct{ Where, Text string }

func (h *htmlWriter) Verdict(v sekisho.Verdict) error {
	view := verdictView{Name: Clean(v.Root.Name, 200), Kind: string(v.Root.Kind), Action: v.Action.String()}
	view.Subject, view.From = heading(v)
	for _, f := range merged(v.Findings) {
		finding := findingView{Rule: f.Rule, Title: f.Title.In(h.lang), Ask: f.Ask.String(), Why: Clean(f.Why.In(h.lang), whyLimit),
			Control: f.Control, Attack: f.Attack}
		for _, o := range f.Evidence {
			for _, span := range o.Spans {
				if span.Quote != "" {
					finding.Quotes = append(finding.Quotes, quoteView{Clean(span.Where, 60), Clean(span.Quote, 200)})
				}
			}
		}
		view.Findings = append(view.Findings, finding)
	}
	grouped, _ := groupGaps(v.Gaps)
	for _, g := range grouped {
		view.Gaps = append(view.Gaps, Gap(g, h.lang))
	}
	return h.template.ExecuteTemplate(h.w, "verdict", view)
}

func (h *htmlWriter) Close(s Summary) error {
	type count struct {
		Action string
		N      int
	}
	var counts []count
	for a := sekisho.ActionReject; a >= sekisho.ActionPass; a-- {
		if n := s.Actions[a.String()]; n > 0 {
			counts = append(counts, count{a.String(), n})
		}
	}
	return h.template.ExecuteTemplate(h.w, "foot", map[string]any{"Summary": s, "Counts": counts})
}
