package console

import (
	"net/http"
	"slices"
	"time"

	"github.com/sekisho/sekisho/people"
	"github.com/sekisho/sekisho/record"
)

var caseWords = words{
	"case.why":      {En: "Why", Ja: "理由"},
	"case.made":     {En: "Parts", Ja: "構成"},
	"case.headers":  {En: "Headers and path", Ja: "ヘッダーと経路"},
	"case.mail":     {En: "The mail", Ja: "メールの内容"},
	"case.same":     {En: "Mails of this case", Ja: "この事案のメール"},
	"case.related":  {En: "Related cases", Ja: "関連する事案"},
	"case.joined":   {En: "joined by", Ja: "共通点"},
	"case.by":       {En: "shares", Ja: "共通する指標"},
	"case.timeline": {En: "What happened", Ja: "経過"},
	"case.opened":   {En: "The case was opened.", Ja: "事案を作成しました。"},
	"case.reported": {En: "%s reported it.", Ja: "%s さんから報告がありました。"},
	"case.released": {En: "Delivered after all.", Ja: "保留していたメールを配送しました。"},
	"case.none":     {En: "There is nothing to show.", Ja: "表示できる内容がありません。"},
	"case.shown":    {En: "shown here", Ja: "表示中"},
	"case.seen":     {En: "%d mails, the last one %s", Ja: "%d 件、最終 %s"},
	"case.once":     {En: "one mail, %s", Ja: "1 件、%s"},
	"case.reports":  {En: "reports by staff: %d", Ja: "社内からの報告 %d 件"},

	"decision.confirm": {En: "Confirmed as an attack", Ja: "攻撃と確認"}, "decision.false-alarm": {En: "Called a false alarm", Ja: "誤検知と判断"},
	"decision.release": {En: "Release", Ja: "保留メールの配送"}, "decision.block": {En: "Blocked", Ja: "ブロック"}, "decision.unblock": {En: "Unblocked", Ja: "ブロック解除"},
	"decision.comment": {En: "Comment", Ja: "コメント"}, "decision.reopen": {En: "Reopened", Ja: "再開"},
	"decision.waits": {En: "waits for a second person", Ja: "2 人目の承認待ち"},
}

// An event is a line of a case's timeline.
type event struct {
	Time     time.Time
	Key      string // of the sentence
	Arg      string
	Decision *decisionView
}

// eventLimit is how many lines a timeline has.
const eventLimit = 80

// showCase shows a case with one of its passages: the one asked for, or the newest of the strictest.
func (c *Console) showCase(w http.ResponseWriter, r *http.Request, me *visitor) error {
	ctx := r.Context()
	one, err := c.Record.Case(ctx, r.PathValue("id"))
	if err != nil {
		return err
	}
	decisions, err := c.decisions(r, one.Decisions)
	if err != nil {
		return err
	}
	names, err := c.People.Names(ctx)
	if err != nil {
		return err
	}
	var shown *passageView
	if at := chosen(one.Seen, r.URL.Query().Get("passage")); at >= 0 {
		detail, err := c.Record.Passage(ctx, one.Seen[at].ID)
		if err != nil {
			return err
		}
		shown = c.viewPassage(detail, me, c.lang(r))
	}
	if shown != nil && len(shown.Sheets) > 0 {
		framed(w)
	}
	c.show(w, r, page{name: "case", nav: "cases", title: one.Title, data: map[string]any{
		"Case": one.Case, "Row": c.caseRows([]record.Case{one.Case})[0], "Seen": one.Seen, "Related": one.Related, "Joined": one.Joined,
		"Shown": shown, "Events": events(one, decisions), "Decide": c.newDecideView(one, shown, me, nameOf(names, one.Asked)),
		"MayOpen": me.May(people.RightOriginal), "MayExport": me.May(people.RightExport),
	}})
	return nil
}

// framed allows the page to frame pages of the console itself: the picture of a mail.
func framed(w http.ResponseWriter) {
	w.Header().Set("Content-Security-Policy", policy+"; frame-src 'self'")
}

// chosen returns which passage to show, -1 when there is none.
func chosen(seen []record.Passage, id string) int {
	best := -1
	for i, p := range seen {
		if p.ID == id {
			return i
		}
		if best < 0 || p.Action > seen[best].Action {
			best = i
		}
	}
	return best
}

// events tells what happened, oldest first.
func events(one record.CaseDetail, decisions []decisionView) []event {
	list := []event{{Time: one.Opened, Key: "case.opened"}}
	for _, p := range one.Seen {
		if p.Reporter != "" {
			list = append(list, event{Time: p.Time, Key: "case.reported", Arg: p.Reporter})
		}
		if !p.Released.IsZero() {
			list = append(list, event{Time: p.Released, Key: "case.released"})
		}
	}
	for i := range decisions {
		list = append(list, event{Time: decisions[i].Time, Decision: &decisions[i]})
	}
	slices.SortStableFunc(list, func(a, b event) int { return a.Time.Compare(b.Time) })
	return list[max(0, len(list)-eventLimit):]
}
