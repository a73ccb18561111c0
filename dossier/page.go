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

// kinds are what people call the kinds of entry.
var kinds = map[string]sekisho.Text{
	"passage":  {Ja: "到着・判定", En: "arrived and judged"},
	"outcome":  {Ja: "処理の結果", En: "act completed"},
	"decision": {Ja: "担当者の判断", En: "decision by a person"},
	"release":  {Ja: "保留の解放", En: "release"},
	"read":     {Ja: "原本の読み出し", En: "original read"},
	"erase":    {Ja: "期限による消去", En: "erased, its time being over"},
	"effect":   {Ja: "通知など", En: "notification or other effect"},
	"export":   {Ja: "資料の書き出し開始", En: "export begun"},
	"packed":   {Ja: "資料に含めた原本", En: "originals in the package"},
	"exported": {Ja: "資料の書き出し完了", En: "export completed"},
}

// actions are what people call the verdicts.
var actions = map[sekisho.Action]sekisho.Text{
	sekisho.ActionPass:   {Ja: "通過", En: "pass"},
	sekisho.ActionNote:   {Ja: "注記", En: "note"},
	sekisho.ActionWarn:   {Ja: "警告", En: "warn"},
	sekisho.ActionHold:   {Ja: "保留", En: "hold"},
	sekisho.ActionReject: {Ja: "拒否", En: "reject"},
}

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
		"action": func(a sekisho.Action) sekisho.Text { return actions[a] },
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
		what, ok := kinds[e.Kind]
		if !ok {
			what = sekisho.Text{Ja: e.Kind, En: e.Kind}
		}
		all = append(all, moment{Seq: e.Seq, JST: inJST(e.Time), UTC: inUTC(e.Time), What: what, By: c.who(e.By), Ref: e.Ref, Detail: said(e)})
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
			return fmt.Sprintf("%s / %s → %s: %s", actions[d.Action].Ja, d.Action, d.Do, d.Subject)
		}
	case "decision":
		var d record.Decision
		if json.Unmarshal(e.Body, &d) == nil {
			text := d.Do + ": " + d.Reason
			if d.Indicator != nil {
				text = d.Do + " " + d.Indicator.Kind + " " + d.Indicator.Value + ": " + d.Reason
			}
			return text
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
