package console

import (
	"html/template"
	"net/http"
	"net/url"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/record"
)

var casesWords = words{
	"case":           {En: "case", Ja: "事案"},
	"cases.title":    {En: "Cases", Ja: "事案"},
	"cases.under":    {En: "One campaign each: what shares a sender, a site, a persona, a file or a wording.", Ja: "差出人、サイト、名乗った人物、ファイル、文面が共通するものを 1 件にまとめています。"},
	"cases.none":     {En: "No case is like this.", Ja: "該当する事案はありません。"},
	"cases.text":     {En: "Words", Ja: "語句"},
	"cases.least":    {En: "Verdict, at least", Ja: "判定"},
	"cases.rule":     {En: "Rule", Ja: "ルール"},
	"cases.filter":   {En: "Show", Ja: "表示"},
	"cases.case":     {En: "Case", Ja: "事案"},
	"cases.passages": {En: "Mails", Ja: "件数"},
	"cases.reports":  {En: "Reports", Ja: "報告"},
	"cases.last":     {En: "Last seen", Ja: "最終確認"},
	"cases.verdict":  {En: "Verdict", Ja: "判定"},
	"cases.held":     {En: "%d held", Ja: "保留 %d 件"},
	"least.note":     {En: "note", Ja: "注記以上"}, "least.warn": {En: "warn", Ja: "警告以上"},
	"least.hold": {En: "hold", Ja: "保留以上"}, "least.reject": {En: "reject", Ja: "拒否"},
	"state.open": {En: "open", Ja: "対応中"}, "state.closed": {En: "closed", Ja: "完了"},
	"judged.confirmed": {En: "confirmed", Ja: "攻撃と確認"}, "judged.false-alarm": {En: "false alarm", Ja: "誤検知"},
	"state.asked": {En: "release asked for", Ja: "配送の承認待ち"},
}

// A caseRow is a case in a table.
type caseRow struct {
	record.Case
	Why []sekisho.Text // the titles of its rules, the strictest first
}

func (c *Console) caseRows(cases []record.Case) []caseRow {
	rows := make([]caseRow, len(cases))
	for i, one := range cases {
		rows[i].Case = one
		for _, id := range one.Rules {
			rows[i].Why = append(rows[i].Why, c.ruleTitle(id))
		}
	}
	return rows
}

// ruleTitle returns a rule's title, or its ID when no such rule judges any more.
func (c *Console) ruleTitle(id string) sekisho.Text {
	for i := range c.Rules {
		if c.Rules[i].ID == id {
			return c.Rules[i].Title
		}
	}
	return sekisho.Text{En: id, Ja: id}
}

// A filter is what a list of cases or passages is narrowed by.
type filter struct {
	record.Query
	Least string
}

// newFilter reads a filter from a request. What it does not know it leaves out.
func newFilter(values url.Values) filter {
	f := filter{Query: record.Query{Text: text(values.Get("q"), 500), Rule: text(values.Get("rule"), 100), After: text(values.Get("after"), 300), Limit: 50}}
	if state := values.Get("state"); state == record.StateOpen || state == record.StateClosed {
		f.State = state
	}
	if least, err := sekisho.ParseAction(values.Get("least")); err == nil && least > sekisho.ActionPass {
		f.Query.Least, f.Least = least, least.String()
	}
	return f
}

// text returns what somebody entered, to a limit in bytes.
func text(s string, limit int) string {
	s, _ = head(s, limit)
	return s
}

// Link returns the filter's query without its page.
func (f filter) Link() template.URL {
	values := url.Values{}
	for key, value := range map[string]string{"q": f.Text, "rule": f.Rule, "state": f.State, "least": f.Least} {
		if value != "" {
			values.Set(key, value)
		}
	}
	return template.URL(values.Encode())
}

func (c *Console) cases(w http.ResponseWriter, r *http.Request, _ *visitor) error {
	f := newFilter(r.URL.Query())
	found, err := c.Record.Cases(r.Context(), f.Query)
	if err != nil {
		return err
	}
	c.show(w, r, page{name: "cases", nav: "cases", title: c.words.in(c.lang(r), "cases.title"), data: map[string]any{
		"Filter": f, "Cases": c.caseRows(found.Items), "Actions": []string{"note", "warn", "hold", "reject"}, "Rules": c.Rules,
		"Pages": map[string]any{"Next": found.Next, "After": f.After, "Query": f.Link()},
	}})
	return nil
}
