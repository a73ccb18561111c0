package console

import (
	"net/http"
	"time"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/record"
)

var todayWords = words{
	"today.title":      {En: "Today", Ja: "今日"},
	"today.calm":       {En: "No case waits for a person.", Ja: "確認待ちの事案はありません。"},
	"today.one":        {En: "One case waits for a person.", Ja: "確認待ちの事案が 1 件あります。"},
	"today.many":       {En: "%d cases wait for a person.", Ja: "確認待ちの事案が %d 件あります。"},
	"today.since":      {En: "Figures of the last 24 hours.", Ja: "数値は直近 24 時間のものです。"},
	"today.open":       {En: "open cases", Ja: "対応中の事案"},
	"today.waiting":    {En: "releases that wait for a second person", Ja: "2 人目の承認待ちの配送"},
	"today.held":       {En: "mails kept back", Ja: "保留中のメール"},
	"today.passages":   {En: "inspected", Ja: "検査"},
	"today.reports":    {En: "reported by staff", Ja: "社内からの報告"},
	"today.unfinished": {En: "%d arrivals were interrupted before the door had acted. Each is shown as interrupted on its page.", Ja: "処理が中断したものが %d 件あります。各ページに「中断」と表示されます。"},
	"today.verdicts":   {En: "Verdicts", Ja: "判定の内訳"},
	"today.need":       {En: "Needs a person", Ja: "確認が必要な事案"},
	"today.all":        {En: "All open cases", Ja: "対応中の事案をすべて表示"},
	"today.decided":    {En: "Decided", Ja: "判断済み"},
	"today.nothing":    {En: "Nothing was decided in the last 24 hours.", Ja: "直近 24 時間の判断はありません。"},
	"today.gaps":       {En: "Could not be checked", Ja: "確認できなかったもの"},
	"today.no-gaps":    {En: "Everything that came in could be looked at.", Ja: "届いたものはすべて確認できました。"},
	"today.lists":      {En: "Lists", Ja: "リスト"},
	"today.fresh":      {En: "All %d lists are as fresh as they should be.", Ja: "%d 件のリストはすべて最新です。"},
	"today.no-lists":   {En: "No list is in use.", Ja: "使用中のリストはありません。"},
	"today.doors":      {En: "Doors", Ja: "入口"},
	"today.no-doors":   {En: "No door is open.", Ja: "稼働中の入口はありません。"},
}

// todayCases is how many open cases the page shows.
const todayCases = 12

func (c *Console) today(w http.ResponseWriter, r *http.Request, _ *visitor) error {
	ctx := r.Context()
	state, err := c.Record.Today(ctx, c.now().Add(-24*time.Hour))
	if err != nil {
		return err
	}
	open, err := c.Record.Cases(ctx, record.Query{State: record.StateOpen, Limit: todayCases})
	if err != nil {
		return err
	}
	decisions, err := c.decisions(r, state.Decisions)
	if err != nil {
		return err
	}
	lists := c.allLists()
	stale := 0
	for _, l := range lists {
		if l.Bad() {
			stale++
		}
	}
	c.show(w, r, page{name: "today", nav: "today", title: c.words.in(c.lang(r), "today.title"), data: map[string]any{
		"State": state, "Cases": c.caseRows(open.Items), "More": open.Next != "", "Decisions": decisions,
		"Passed": total(state.Passages), "Bar": bar(state.Passages), "Lists": lists[:stale], "Count": len(lists), "Doors": c.allDoors(),
	}})
	return nil
}

func total(counts map[string]int) int {
	n := 0
	for _, count := range counts {
		n += count
	}
	return n
}

// A slice is one action's part of a bar that is 1,000 wide.
type slice struct {
	Action string
	Count  int
	X, W   float64
}

// bar divides a bar among the actions, the strictest first. What is there is seen, however little.
func bar(counts map[string]int) []slice {
	all := total(counts)
	if all == 0 {
		return nil
	}
	const least = 8
	var out []slice
	room := 1000.0
	for a := sekisho.ActionReject; a >= sekisho.ActionPass; a-- {
		if n := counts[a.String()]; n > 0 {
			out = append(out, slice{Action: a.String(), Count: n})
			room -= least
		}
	}
	x := 0.0
	for i := range out {
		out[i].X, out[i].W = x, least+room*float64(out[i].Count)/float64(all)
		x += out[i].W
	}
	return out
}

// A decisionView is a decision with names for IDs.
type decisionView struct {
	record.Decision
	Who string
}

// decisions adds who decided, by name.
func (c *Console) decisions(r *http.Request, decisions []record.Decision) ([]decisionView, error) {
	names, err := c.People.Names(r.Context())
	if err != nil {
		return nil, err
	}
	out := make([]decisionView, len(decisions))
	for i, d := range decisions {
		out[i] = decisionView{d, nameOf(names, d.By)}
	}
	return out, nil
}

// nameOf returns a person's name by their ID, and the ID itself for programs.
func nameOf(names map[string]string, id string) string {
	if name, ok := names[id]; ok {
		return name
	}
	return id
}
