package dossier

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"strings"
	"time"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/record"
	"github.com/sekisho/sekisho/report"
)

//go:embed page.html
var pageSource string

// The most bytes of what the page shows.
const (
	shortLimit = 200
	longLimit  = 1000
)

func inJST(t time.Time) string { return t.In(jst).Format("2006-01-02 15:04:05 JST") }
func inUTC(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

// A moment is an entry in the timeline.
type moment struct {
	Seq      int64
	JST, UTC string
	What     sekisho.Text
	By, Ref  string
	Detail   string
}

// page returns the page of the case. It needs nothing else: no script, no remote asset, no link.
func (c *contents) page() ([]byte, error) {
	t, err := template.New("page").Funcs(template.FuncMap{
		"jst": inJST, "utc": inUTC,
		"short":  func(s string) string { return report.Clean(s, shortLimit) },
		"long":   func(s string) string { return report.Clean(s, longLimit) },
		"action": func(a sekisho.Action) sekisho.Text { return word("action", a.String()) },
		"word":   func(what string, value any) sekisho.Text { return word(what, fmt.Sprint(value)) },
		"files":  files,
		"who":    c.who,
	}).Parse(pageSource)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = t.Execute(&b, map[string]any{
		"Case": c.caze, "Timeline": c.timeline(), "Passages": c.passages, "More": c.more, "Indicators": shown(c.indicators()),
		"Originals": c.originals, "Exported": c.exported, "Head": c.head, "Key": c.key,
	})
	return b.Bytes(), err
}

func (c *contents) timeline() []moment {
	var all []moment
	for _, e := range c.entries {
		all = append(all, moment{Seq: e.Seq, JST: inJST(e.Time), UTC: inUTC(e.Time), What: word("entry", e.Kind), By: c.who(e.By), Ref: e.Ref, Detail: said(e)})
	}
	return all
}

// said returns what an entry's body says in a few words.
func said(e record.Entry) string {
	if e.Body == nil {
		return "（本文は消去済み / body erased）"
	}
	switch e.Kind {
	case "passage":
		var d record.Detail
		if json.Unmarshal(e.Body, &d) == nil {
			return fmt.Sprintf("%s → %s: %s", both("action", d.Action.String()), both("do", d.Do), d.Subject)
		}
	case "decision":
		var d record.Decision
		if json.Unmarshal(e.Body, &d) == nil {
			text := both("decision", d.Do)
			if d.Indicator != nil {
				text += " " + both("indicator", d.Indicator.Kind) + " " + d.Indicator.Value
			}
			return text + ": " + d.Reason
		}
	case "outcome", "effect":
		var body struct{ Outcome, Name, State, Detail string }
		if json.Unmarshal(e.Body, &body) == nil {
			return strings.TrimSpace(strings.Join([]string{body.Outcome, body.Name, body.State, body.Detail}, " "))
		}
	case "read", packedKind:
		return ""
	}
	return string(e.Body)
}

// A shownIndicator is an indicator in the page.
type shownIndicator struct {
	Kind, Value, First, Last, Reason string
	Seen                             int
	Blocked                          bool
}

func shown(indicators []*indicator) []shownIndicator {
	var all []shownIndicator
	for _, i := range indicators {
		all = append(all, shownIndicator{i.kind, i.value, inJST(i.first), inJST(i.last), i.reason, i.seen, i.blocked})
	}
	return all
}

// files returns the nodes of a tree that are worth a line: files by their digest, links and addresses by what they are.
func files(n record.Node) []record.Node {
	var all []record.Node
	if n.SHA256 != "" || n.Shown != "" {
		leaf := n
		leaf.Parts = nil
		all = append(all, leaf)
	}
	for _, part := range n.Parts {
		all = append(all, files(part)...)
	}
	return all
}
