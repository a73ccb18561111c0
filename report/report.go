// Package report shows verdicts: as text for a terminal, as JSON for programs, as one HTML page for a colleague.
//
// Everything a sender wrote is cleaned before a person sees it: control characters and bidirectional overrides are
// spelled out, and links are defanged so that no terminal or browser makes them clickable. The JSON forms are exact; what
// moves a cursor or cannot be seen stands in them as an escape.
package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sekisho/sekisho"
)

// A Summary counts the verdicts of one run.
type Summary struct {
	Inspected int            `json:"inspected"`
	Actions   map[string]int `json:"actions"`
	Rules     map[string]int `json:"rules"` // how many verdicts each rule had a part in
	WithGaps  int            `json:"with_gaps"`
	Strictest sekisho.Action `json:"strictest"`
	Took      time.Duration  `json:"-"`
}

// Add counts a verdict.
func (s *Summary) Add(v sekisho.Verdict) {
	if s.Actions == nil {
		s.Actions, s.Rules = map[string]int{}, map[string]int{}
	}
	s.Inspected++
	s.Actions[v.Action.String()]++
	s.Strictest = max(s.Strictest, v.Action)
	if len(v.Gaps) > 0 {
		s.WithGaps++
	}
	counted := map[string]bool{}
	for _, f := range v.Findings {
		if !counted[f.Rule] {
			counted[f.Rule] = true
			s.Rules[f.Rule]++
		}
	}
}

// whyLimit is the most bytes of a finding's why that a person is shown.
const whyLimit = 700

// words are the few words the reports themselves use.
var words = map[string]sekisho.Text{
	"pass":        {En: "PASS", Ja: "通過"},
	"note":        {En: "NOTE", Ja: "注記"},
	"warn":        {En: "WARN", Ja: "警告"},
	"hold":        {En: "HOLD", Ja: "保留"},
	"reject":      {En: "REJECT", Ja: "拒否"},
	"subject":     {En: "subject", Ja: "件名"},
	"from":        {En: "from", Ja: "差出人"},
	"seen":        {En: "seen", Ja: "根拠"},
	"not-looked":  {En: "not looked at", Ja: "未確認"},
	"nothing":     {En: "Nothing was found in what was looked at.", Ja: "確認した範囲では何も見つかりませんでした。"},
	"nothing-gap": {En: "Nothing was found in what was looked at; see what was not.", Ja: "確認した範囲では何も見つかりませんでした。未確認の点をご覧ください。"},
	"inspected":   {En: "inspected", Ja: "検査"},
	"with-gaps":   {En: "with something not looked at", Ja: "未確認を含む"},
	"top-rules":   {En: "rules that matched most", Ja: "該当の多いルール"},
	"serves":      {En: "serves", Ja: "対応する対策"},
	"title":       {En: "Sekisho: verdicts", Ja: "関所：判定結果"},
	"and-more":    {En: "and %d more", Ja: "ほか %d 件"},
	"encrypted":   {En: "encrypted", Ja: "暗号化"},
	"limit":       {En: "limit reached", Ja: "上限到達"},
	"timeout":     {En: "out of time", Ja: "時間切れ"},
	"malformed":   {En: "malformed", Ja: "形式不正"},
	"unavailable": {En: "not available", Ja: "情報なし"},
	"failed":      {En: "failed", Ja: "処理失敗"},
}

func word(lang sekisho.Lang, key string) string {
	if t, ok := words[key]; ok {
		return t.In(lang)
	}
	return key
}

// Gap returns a gap as a person reads it: who could not look, the class, the detail.
func Gap(g sekisho.Gap, lang sekisho.Lang) string {
	class := g.Class()
	detail := strings.TrimPrefix(strings.TrimPrefix(g.Why, class), ": ")
	return Clean(fmt.Sprintf("%s (%s): %s", g.By, word(lang, class), detail), 300)
}

// heading returns the subject and sender of a mail, or "" for anything else.
func heading(v sekisho.Verdict) (subject, from string) {
	m, ok := v.Root.Form.(*sekisho.Mail)
	if !ok {
		return "", ""
	}
	for i, box := range m.From {
		if i > 0 {
			from += ", "
		}
		if box.Name != "" {
			from += box.Name + " "
		}
		from += "<" + box.Address + ">"
	}
	return Clean(m.Subject, 120), Clean(from, 160)
}

// merged joins findings of one rule that say the same of several artifacts, with the evidence of all.
func merged(findings []sekisho.Finding) []sekisho.Finding {
	type key struct{ rule, why string }
	at := map[key]int{}
	var out []sekisho.Finding
	for _, f := range findings {
		k := key{f.Rule, f.Why.En}
		if i, ok := at[k]; ok {
			out[i].Evidence = append(slices.Clip(out[i].Evidence), f.Evidence...)
			continue
		}
		at[k] = len(out)
		out = append(out, f)
	}
	return out
}

// groupGaps joins gaps that say the same of several artifacts, keeping their order.
func groupGaps(gaps []sekisho.Gap) (grouped []sekisho.Gap, count []int) {
	at := map[sekisho.Gap]int{}
	for _, g := range gaps {
		key := sekisho.Gap{By: g.By, Why: g.Why}
		if i, ok := at[key]; ok {
			count[i]++
			continue
		}
		at[key] = len(grouped)
		grouped, count = append(grouped, g), append(count, 1)
	}
	return grouped, count
}
