package console

import (
	"net/http"
	"net/url"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/people"
	"github.com/sekisho/sekisho/record"
	"github.com/sekisho/sekisho/report"
)

var passageWords = words{
	"passage.no-case":   {En: "It belongs to no case.", Ja: "事案には含まれていません。"},
	"passage.nothing":   {En: "Nothing was found in what was looked at.", Ja: "確認した範囲では何も見つかりませんでした。"},
	"passage.gap":       {En: "Nothing was found in what was looked at. See below what was not.", Ja: "確認した範囲では何も見つかりませんでした。確認できなかった点は下をご覧ください。"},
	"passage.gaps":      {En: "Not looked at", Ja: "確認できなかったもの"},
	"passage.facts":     {En: "Facts", Ja: "根拠の詳細"},
	"passage.to":        {En: "To", Ja: "宛先"},
	"passage.time":      {En: "Came in", Ja: "受付"},
	"passage.act":       {En: "What was done", Ja: "処理"},
	"passage.would":     {En: "in shadow mode; it would have been %s", Ja: "シャドーモード中。解除時の処理：%s"},
	"passage.by":        {En: "Reported by", Ja: "報告者"},
	"passage.outcome":   {En: "interrupted: it is not known whether this was carried out", Ja: "中断：実行されたかどうか不明です"},
	"passage.failed":    {En: "not carried out: %s", Ja: "実行されませんでした：%s"},
	"passage.seen":      {En: "Indicators", Ja: "指標"},
	"passage.all-heads": {En: "All %d headers", Ja: "すべてのヘッダー（%d 件）"}, "passage.hop.from": {En: "From", Ja: "送信側"}, "passage.hop.by": {En: "To", Ja: "受信側"},
	"passage.hop.after": {En: "After", Ja: "所要"}, "passage.hop.with": {En: "By", Ja: "方式"},
	"passage.path.note": {En: "Oldest first. Anything your own servers did not write can be forged.", Ja: "古い順です。自社のサーバーが書いたもの以外は偽装できます。"},
	"passage.tree.rest": {En: "%d parts are not shown in the picture", Ja: "%d 個の要素は図に含まれていません"},
	"passage.list":      {En: "All parts", Ja: "すべての要素"},
	"passage.open":      {En: "Open the mail", Ja: "メールの内容を開く"},
	"passage.open.how":  {En: "The original is encrypted. Opening it is noted in the log, with your name. Nothing in it is loaded or run.", Ja: "原本は暗号化して保管しています。開くと監査ログにお名前が残ります。外部からの読み込みや、含まれるプログラムの実行は行いません。"},
	"passage.not-kept":  {En: "The original is not kept: only that of held mail is, and for a time. What was quoted is shown above.", Ja: "原本は保存されていません（保存するのは保留したメールだけで、期限があります）。引用は上に表示しています。"},
	"passage.not-you":   {En: "The original is encrypted. Analysts and administrators can open it.", Ja: "原本は暗号化して保管しています。分析担当者と管理者が開けます。"},
	"passage.part.text": {En: "Text", Ja: "文章"}, "passage.part.hidden": {En: "Text that is not shown to the reader", Ja: "受信者には見えない文章"},
	"passage.part.quoted": {En: "Quoted earlier mail", Ja: "引用された過去のメール"},
	"where.From":          {En: "From", Ja: "差出人"}, "where.Subject": {En: "Subject", Ja: "件名"}, "where.Reply-To": {En: "Reply-To", Ja: "返信先"}, "where.To": {En: "To", Ja: "宛先"},
	"where.text": {En: "text", Ja: "本文"}, "where.hidden": {En: "hidden text", Ja: "隠された文章"}, "where.quoted": {En: "quoted mail", Ja: "引用"}, "where.name": {En: "name", Ja: "名前"},
	"where.href": {En: "link target", Ja: "リンク先"}, "where.shown": {En: "link text", Ja: "リンクの表示"}, "where.content": {En: "content", Ja: "内容"}, "where.script": {En: "script", Ja: "スクリプト"},

	"passage.sheet":     {En: "As it looks", Ja: "表示イメージ"},
	"passage.sheet.how": {En: "A picture without links, scripts, forms and anything from elsewhere.", Ja: "リンク、スクリプト、フォーム、外部の内容を除いた表示です。"},
	"passage.secret":    {En: "It may hold a key or a recovery phrase, so its text is not shown to anybody.", Ja: "秘密鍵や復元フレーズを含む可能性があるため、本文は誰にも表示しません。"},
	"passage.no-text":   {En: "It holds no text.", Ja: "文章はありません。"},
}

// A passageView is a passage as a page shows it.
type passageView struct {
	record.Detail
	Why     []findingView
	MoreWhy int // findings that are left out
	Gapped  []string
	Picture picture
	Nodes   nodeView
	Heads   []headView
	Main    []headView // the few that people read first
	Hops    []hop
	Texts   []textView
	Sheets  []sheetRef
	Opened  bool
	Secret  bool               // it was opened, and holds a key
	Signs   []record.Indicator // those that say something to people
}

// viewPassage prepares what is shown of a passage; of its bytes only when the visitor opened them before.
func (c *Console) viewPassage(d record.Detail, me *visitor, lang sekisho.Lang) *passageView {
	v := &passageView{Detail: d, Gapped: gaps(d.Gaps, lang), Hops: hops(d.Headers)}
	v.Heads = heads(d)
	for _, i := range d.Indicator {
		if i.Kind != record.IndicatorText || i.Seen > 1 { // a wording is a digest: it says something where it is met again
			v.Signs = append(v.Signs, i)
		}
	}
	for _, h := range v.Heads {
		switch h.Name {
		case "From", "Reply-To", "Sender", "To", "Cc", "Subject", "Date", "Message-Id", "Authentication-Results":
			v.Main = append(v.Main, h)
		}
	}
	if me.May(people.RightOriginal) {
		if content := c.opened.get(me.Person.ID, d.ID); content != nil {
			v.Opened, v.Secret, v.Sheets = true, content.secret, content.refs()
			v.Texts = content.texts(d.Findings)
		}
	}
	v.Why = c.findings(v, lang)
	marks := marked(d)
	v.Picture = draw(d.Tree, marks, func(kind string) string { return c.known(lang, "kind", kind) })
	v.Nodes = newNodeView(d.Tree, marks)
	return v
}

// gaps returns what could not be looked at, each thing once, with how often.
func gaps(all []sekisho.Gap, lang sekisho.Lang) []string {
	count := map[string]int{}
	var order []string
	for _, g := range all {
		said := report.Gap(g, lang)
		if count[said]++; count[said] == 1 {
			order = append(order, said)
		}
	}
	for i, said := range order {
		if n := count[said]; n > 1 {
			order[i] += " ×" + comma(n)
		}
	}
	return order
}

// showPassage shows a passage that no case holds; others are shown with their case.
func (c *Console) showPassage(w http.ResponseWriter, r *http.Request, me *visitor) error {
	d, err := c.Record.Passage(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	if d.Case != "" {
		http.Redirect(w, r, "/cases/"+url.PathEscape(d.Case)+"?passage="+url.QueryEscape(d.ID), http.StatusSeeOther)
		return nil
	}
	shown := c.viewPassage(d, me, c.lang(r))
	if len(shown.Sheets) > 0 {
		framed(w)
	}
	title := d.Subject
	if title == "" {
		title = d.Name
	}
	c.show(w, r, page{name: "passage", nav: "search", title: title, data: map[string]any{"Shown": shown, "MayOpen": me.May(people.RightOriginal)}})
	return nil
}
