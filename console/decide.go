package console

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/sekisho/sekisho/people"
	"github.com/sekisho/sekisho/record"
)

var decideWords = words{
	"decide":             {En: "Decide", Ja: "判断"},
	"decide.confirm":     {En: "It is an attack", Ja: "攻撃である"},
	"decide.confirm.how": {En: "Closes the case. Mails kept back stay where they are.", Ja: "事案を完了します。保留中のメールはそのまま残ります。"},
	"decide.confirm.do":  {En: "Confirm", Ja: "攻撃と確認する"},
	"decide.false":       {En: "It is a false alarm", Ja: "誤検知である"},
	"decide.false.how":   {En: "Closes the case and counts as a false alarm of the rules that matched. The reason helps to improve them.", Ja: "事案を完了し、該当したルールの誤検知として数えます。理由はルールの改善に使います。"},
	"decide.false.do":    {En: "Call it a false alarm", Ja: "誤検知とする"},
	"decide.release":     {En: "Deliver it after all", Ja: "配送する"},
	"decide.release.how": {En: "The mail shown here goes to those it was written to. This cannot be taken back.", Ja: "表示中のメールを宛先に配送します。取り消しはできません。"},
	"decide.release.two": {En: "A second person has to ask for the same.", Ja: "もう 1 人の承認が必要です。"},
	"decide.release.do":  {En: "Release", Ja: "配送する"},
	"decide.asked":       {En: "%s asked for the release. It needs a second person.", Ja: "%s さんが配送を申請しました。もう 1 人の承認が必要です。"},
	"decide.yours":       {En: "You asked for the release. It waits for a second person.", Ja: "配送を申請済みです。もう 1 人の承認を待っています。"},
	"decide.again":       {En: "Sign in again to release", Ja: "再度サインインして配送する"},
	"decide.again.how":   {En: "What cannot be taken back needs a sign-in within the last ten minutes.", Ja: "取り消せない操作には、10 分以内のサインインが必要です。"},
	"decide.block":       {En: "Block", Ja: "ブロックする"},
	"decide.block.how":   {En: "What shows it from now on is held, and the past is searched for it.", Ja: "今後これを含むものを保留し、過去の記録も調べます。"},
	"decide.block.what":  {En: "What", Ja: "対象"},
	"decide.block.do":    {En: "Block", Ja: "ブロックする"},
	"decide.comment":     {En: "Comment", Ja: "コメントする"},
	"decide.comment.do":  {En: "Add", Ja: "追加"},
	"decide.reopen":      {En: "Open it again", Ja: "再開する"},
	"decide.reopen.do":   {En: "Reopen", Ja: "再開"},

	"done.confirm":     {En: "Confirmed. The case is closed.", Ja: "攻撃と確認し、事案を完了しました。"},
	"done.false-alarm": {En: "Called a false alarm. The case is closed.", Ja: "誤検知とし、事案を完了しました。"},
	"done.release":     {En: "The release was started. The page Jobs shows how it ends.", Ja: "配送を依頼しました。結果は「ジョブ」ページに表示されます。"},
	"done.waits":       {En: "Noted. A second person has to ask for the same.", Ja: "申請しました。もう 1 人の承認を待ちます。"},
	"done.block":       {En: "Blocked. The past is being searched for it.", Ja: "ブロックしました。過去の記録を調べています。"},
	"done.unblock":     {En: "Unblocked.", Ja: "ブロックを解除しました。"},
	"done.comment":     {En: "The comment was added.", Ja: "コメントを追加しました。"},
	"done.reopen":      {En: "The case is open again.", Ja: "事案を再開しました。"},
}

// A decideView says what the visitor can decide about a case.
type decideView struct {
	Open, Closed bool // it can be closed, reopened
	Release      string
	Stale, Two   bool
	Asked        string // who asked for the release
	Mine         bool   // that was the visitor
	Block        []record.Indicator
	Back         string
}

// blockLimit is how many indicators are offered for blocking.
const blockLimit = 40

// newDecideView returns nil for who may not decide.
func (c *Console) newDecideView(one record.CaseDetail, shown *passageView, me *visitor, asked string) *decideView {
	if !me.May(people.RightDecide) {
		return nil
	}
	v := &decideView{Open: one.State == record.StateOpen, Closed: one.State == record.StateClosed, Two: c.Releasers > 1,
		Asked: asked, Mine: one.Asked != "" && one.Asked == me.Person.ID, Back: "/cases/" + url.PathEscape(one.ID)}
	if shown == nil {
		return v
	}
	v.Back += "?passage=" + url.QueryEscape(shown.ID)
	if shown.Do == "hold" && shown.Kept && shown.Released.IsZero() && me.May(people.RightRelease) {
		v.Release, v.Stale = shown.ID, !me.Fresh
	}
	for _, i := range shown.Signs {
		if !i.Blocked && len(v.Block) < blockLimit {
			v.Block = append(v.Block, i)
		}
	}
	return v
}

// decide records what the visitor decided about a case.
func (c *Console) decide(w http.ResponseWriter, r *http.Request, me *visitor) error {
	d := record.Decision{By: me.Person.ID, Do: r.PostFormValue("do"), Reason: strings.TrimSpace(r.PostFormValue("reason")), Case: r.PathValue("id")}
	switch d.Do {
	case record.DecideConfirm, record.DecideFalseAlarm, record.DecideComment, record.DecideReopen:
	case record.DecideBlock:
		kind, value, ok := strings.Cut(r.PostFormValue("indicator"), " ")
		if !ok {
			return errBad
		}
		d.Indicator = &record.Indicator{Kind: kind, Value: value}
	default:
		return errBad
	}
	if _, err := c.Record.Decide(r.Context(), d); err != nil {
		return err
	}
	done(w, r, d.Do)
	return nil
}

// release asks for the delivery of a held passage.
func (c *Console) release(w http.ResponseWriter, r *http.Request, me *visitor) error {
	d, err := c.Record.Decide(r.Context(), record.Decision{By: me.Person.ID, Do: record.DecideRelease, Passage: r.PathValue("id"),
		Case: r.PostFormValue("case"), Reason: strings.TrimSpace(r.PostFormValue("reason"))})
	if err != nil {
		return err
	}
	if d.Waits {
		done(w, r, "waits")
	} else {
		done(w, r, d.Do)
	}
	return nil
}

// done goes back to the page a form was sent from, and says what was done. what is a key of "done."
func done(w http.ResponseWriter, r *http.Request, what string) {
	back, err := url.Parse(own(r.PostFormValue("back")))
	if err != nil {
		back = &url.URL{Path: "/"}
	}
	values := back.Query()
	values.Set("done", what)
	back.RawQuery = values.Encode()
	http.Redirect(w, r, back.String(), http.StatusSeeOther)
}
