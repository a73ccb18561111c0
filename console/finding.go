package console

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/record"
	"github.com/sekisho/sekisho/report"
)

// A findingView is a rule that held, as a page shows it.
type findingView struct {
	Rule, Ask, Title, Why string
	Quotes                []quoteGroup
	Facts                 []factsView
	Control, Attack       []string
	More                  int // how many quotes are left out
	quotes                int
}

// A quoteGroup is what is written in one place of the mail.
type quoteGroup struct {
	Where string
	Items []quoteView
}

// A quoteView is what is written, and the place on the page that shows it.
type quoteView struct{ Text, At string }

// factsView are the facts of one observation that say something.
type factsView struct {
	Detector, At string
	Pairs        []pair
}

type pair struct{ Name, Value string }

// The most findings that are shown, and the most quotes and observations of one.
const (
	whyLimit   = 60
	quoteLimit = 16
	factsLimit = 12
)

// findings returns the findings of a passage. Those of one rule that say the same of several artifacts are one.
func (c *Console) findings(v *passageView, lang sekisho.Lang) []findingView {
	at := map[string]int{}
	var out []findingView
	for _, f := range v.Findings {
		key := f.Rule + "\x00" + f.Why.In(lang)
		i, ok := at[key]
		if !ok && len(out) == whyLimit {
			v.MoreWhy++
			continue
		}
		if !ok {
			i = len(out)
			at[key] = i
			out = append(out, findingView{Rule: f.Rule, Ask: f.Ask.String(), Title: report.Clean(f.Title.In(lang), lineLimit),
				Why: report.Clean(f.Why.In(lang), longLimit), Control: f.Control, Attack: f.Attack})
		}
		out[i].add(f.Evidence, v)
	}
	return out
}

func (f *findingView) add(evidence []record.Evidence, v *passageView) {
	for _, e := range evidence {
		for _, span := range e.At {
			if span.Quote == "" {
				continue
			}
			f.quote(report.Clean(span.Where, 40), quoteView{Text: report.Clean(span.Quote, 400), At: v.place(e, span)})
		}
		if pairs := factPairs(e.Facts); len(pairs) > 0 && len(f.Facts) < factsLimit {
			f.Facts = append(f.Facts, factsView{e.Detector, "#" + anchor(e.Artifact), pairs})
		}
	}
}

// quote adds a quote to those of the same place.
func (f *findingView) quote(where string, q quoteView) {
	at := slices.IndexFunc(f.Quotes, func(g quoteGroup) bool { return g.Where == where })
	if at < 0 {
		at = len(f.Quotes)
		f.Quotes = append(f.Quotes, quoteGroup{Where: where})
	}
	g := &f.Quotes[at]
	switch {
	case slices.ContainsFunc(g.Items, func(other quoteView) bool { return other.Text == q.Text }):
	case f.quotes == quoteLimit:
		f.More++
	default:
		f.quotes++
		g.Items = append(g.Items, q)
	}
}

// place returns the link to where a span is shown: in a header, in a text that was opened, or else in the tree.
func (v *passageView) place(e record.Evidence, span record.Span) string {
	if e.Artifact == v.Tree.ID {
		for _, h := range v.Heads {
			if strings.EqualFold(h.Name, span.Where) {
				return "#" + h.Anchor
			}
		}
	}
	for _, t := range v.Texts {
		if t.Where == span.Where && under(t.Artifact, e.Artifact) && strings.Contains(t.raw, strings.TrimSuffix(span.Quote, "…")) {
			return "#" + t.Anchor
		}
	}
	return "#" + anchor(e.Artifact)
}

// under reports whether an artifact is another or below it, by their places in the tree.
func under(artifact, above string) bool {
	return artifact == above || strings.HasPrefix(artifact, above+".")
}

// factPairs returns the facts that say something: empty ones are left out.
func factPairs(raw json.RawMessage) []pair {
	facts := map[string]any{}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	if decoder.Decode(&facts) != nil {
		return nil
	}
	var pairs []pair
	for _, name := range slices.Sorted(maps.Keys(facts)) {
		if value := factValue(facts[name]); value != "" {
			pairs = append(pairs, pair{name, report.Clean(value, 400)})
		}
	}
	return pairs
}

func factValue(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case bool:
		if v {
			return "true"
		}
	case json.Number:
		if v != "0" {
			return v.String()
		}
	case []any:
		var parts []string
		for _, one := range v {
			parts = append(parts, fmt.Sprint(one))
		}
		return strings.Join(parts, ", ")
	}
	return ""
}

// anchor returns the fragment of an artifact's place in the tree: 0.2.1 is n0-2-1.
func anchor(artifact string) string {
	var b strings.Builder
	b.WriteByte('n')
	for _, r := range artifact {
		if r >= '0' && r <= '9' {
			b.WriteRune(r)
		} else {
			b.WriteByte('-')
		}
	}
	return b.String()
}
