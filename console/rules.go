package console

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/people"
	"github.com/sekisho/sekisho/record"
)

var rulesWords = words{
	"rules.title":     {En: "Rules", Ja: "ルール"},
	"rules.under":     {En: "How each rule did in the last 90 days, by what people decided.", Ja: "直近 90 日の実績です。精度は担当者の判断から計算しています。"},
	"rules.rule":      {En: "Rule", Ja: "ルール"},
	"rules.held":      {En: "Matched", Ja: "該当"},
	"rules.confirmed": {En: "Confirmed", Ja: "攻撃"},
	"rules.false":     {En: "False alarms", Ja: "誤検知"},
	"rules.precision": {En: "Precision", Ja: "精度"},
	"rules.last":      {En: "Last", Ja: "最終"},
	"rules.few":       {En: "%d of %d", Ja: "%[2]d 件中 %[1]d 件"},
	"rules.few.note":  {En: "Where fewer than 20 mails were decided about, the numbers stand for themselves: a percentage would claim more than is known.", Ja: "判断が 20 件未満のルールは、割合ではなく件数で表示します。"},
	"rules.replay":    {En: "Try a rule on the past", Ja: "過去の記録でルールを試す"},
	"rules.asks":      {En: "Asks for", Ja: "該当時の判定"},
	"rules.on":        {En: "Judges", Ja: "対象"},
	"rules.status":    {En: "Status", Ja: "段階"},
	"rules.when":      {En: "When", Ja: "条件"},
	"rules.say":       {En: "What it says", Ja: "説明文"},
	"rules.control":   {En: "Countermeasures", Ja: "対応する対策"},
	"rules.attack":    {En: "ATT&CK", Ja: "ATT&CK"},
	"rules.covers":    {En: "Takes precedence over", Ja: "このルールが優先するルール"},
	"rules.source":    {En: "Source", Ja: "出典"},
	"rules.examples":  {En: "Examples", Ja: "例"},
	"rules.match":     {En: "matches", Ja: "該当"},
	"rules.differs":   {En: "does not match", Ja: "非該当"},
	"rules.cases":     {En: "Cases it matched in", Ja: "該当した事案"},
	"rules.gone":      {En: "No rule of this name judges any more. What it matched stays below.", Ja: "この名前のルールは現在使われていません。過去に該当したものは下に表示しています。"},
	"rules.never":     {En: "never", Ja: "なし"},
	"status.stable":   {En: "stable", Ja: "安定"}, "status.test": {En: "test", Ja: "試験中"},
	"status.experimental": {En: "experimental", Ja: "実験的"}, "status.deprecated": {En: "deprecated", Ja: "廃止予定"},
}

// figuresOf is how long back the figures of rules go, and fewest how many decisions a percentage wants.
const (
	figuresOf = 90 * 24 * time.Hour
	fewest    = 20
)

// A ruleRow is a rule with its figures.
type ruleRow struct {
	Rule sekisho.Rule
	record.RuleFigure
	Known bool // it still judges
}

// Decided is how many of the passages in which it held people decided about.
func (r ruleRow) Decided() int { return r.Confirmed + r.FalseAlarms }

// Few reports whether that is too few for a percentage.
func (r ruleRow) Few() bool { return r.Decided() < fewest }

// Precision is the part of those that were confirmed, in percent.
func (r ruleRow) Precision() string {
	return fmt.Sprintf("%.0f %%", 100*float64(r.Confirmed)/float64(max(1, r.Decided())))
}

func (c *Console) ruleRows(r *http.Request) ([]ruleRow, error) {
	figures, err := c.Record.RuleFigures(r.Context(), c.now().Add(-figuresOf))
	if err != nil {
		return nil, err
	}
	at := map[string]int{}
	rows := make([]ruleRow, 0, len(c.Rules))
	for _, rule := range c.Rules {
		at[rule.ID] = len(rows)
		rows = append(rows, ruleRow{Rule: rule, Known: true})
	}
	for _, f := range figures {
		i, ok := at[f.Rule]
		if !ok {
			i = len(rows)
			rows = append(rows, ruleRow{Rule: sekisho.Rule{ID: f.Rule, Title: sekisho.Text{En: f.Rule, Ja: f.Rule}}})
		}
		rows[i].RuleFigure = f
	}
	slices.SortStableFunc(rows, func(a, b ruleRow) int {
		return cmp.Or(cmp.Compare(b.Held, a.Held), cmp.Compare(b.Rule.Ask, a.Rule.Ask), cmp.Compare(a.Rule.ID, b.Rule.ID))
	})
	return rows, nil
}

func (c *Console) rules(w http.ResponseWriter, r *http.Request, me *visitor) error {
	rows, err := c.ruleRows(r)
	if err != nil {
		return err
	}
	c.show(w, r, page{name: "rules", nav: "rules", title: c.words.in(c.lang(r), "rules.title"),
		data: map[string]any{"Rows": rows, "MayReplay": c.Replay != nil && me.May(people.RightRules)}})
	return nil
}

func (c *Console) rule(w http.ResponseWriter, r *http.Request, _ *visitor) error {
	id := r.PathValue("id")
	rows, err := c.ruleRows(r)
	if err != nil {
		return err
	}
	found, err := c.Record.Cases(r.Context(), record.Query{Rule: id, Limit: 20})
	if err != nil {
		return err
	}
	at := slices.IndexFunc(rows, func(row ruleRow) bool { return row.Rule.ID == id })
	if at < 0 {
		return record.ErrNotFound
	}
	c.show(w, r, page{name: "rule", nav: "rules", title: rows[at].Rule.Title.In(c.lang(r)), data: map[string]any{"Row": rows[at], "Cases": c.caseRows(found.Items)}})
	return nil
}
