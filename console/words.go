package console

import (
	"fmt"
	"maps"

	"github.com/sekisho/sekisho"
)

// words are texts of the console by key: "page.what".
type words map[string]sekisho.Text

// allWords returns every text of the console. A page's texts stand with the page.
func allWords() words {
	all := words{}
	for _, some := range []words{commonWords, signWords, todayWords, casesWords, caseWords, exportWords, decideWords, passageWords, searchWords, indicatorWords,
		rulesWords, replayWords, listsWords, organisationWords, peopleWords, jobsWords, logWords, doorsWords, meWords} {
		maps.Copy(all, some)
	}
	return all
}

// in returns the text of a key in lang, filled with args as fmt.Sprintf does. A key without a text is a mistake in the program that
// the tests find; it is shown as itself.
func (w words) in(lang sekisho.Lang, key string, args ...any) string {
	text, ok := w[key]
	if !ok {
		return key
	}
	if len(args) == 0 {
		return text.In(lang)
	}
	return fmt.Sprintf(text.In(lang), args...)
}

// commonWords are the texts of every page and the names of things that several pages show.
var commonWords = words{
	"name":      {En: "Sekisho", Ja: "関所"},
	"skip":      {En: "Skip to the content", Ja: "本文へ移動"},
	"nav":       {En: "Pages", Ja: "ページ"},
	"nav.work":  {En: "Work", Ja: "業務"},
	"nav.know":  {En: "What verdicts rest on", Ja: "判定基準"},
	"nav.run":   {En: "Operation", Ja: "運用"},
	"nav.today": {En: "Today", Ja: "今日"}, "nav.cases": {En: "Cases", Ja: "事案"}, "nav.search": {En: "Search", Ja: "検索"},
	"nav.rules": {En: "Rules", Ja: "ルール"}, "nav.lists": {En: "Lists", Ja: "リスト"}, "nav.organisation": {En: "Organisation", Ja: "自社"},
	"nav.doors": {En: "Doors", Ja: "入口"}, "nav.jobs": {En: "Jobs", Ja: "ジョブ"}, "nav.people": {En: "People", Ja: "利用者"},
	"nav.log": {En: "Log", Ja: "監査ログ"}, "nav.me": {En: "Your account", Ja: "アカウント"},
	"sign-out":    {En: "Sign out", Ja: "サインアウト"},
	"search":      {En: "Search", Ja: "検索"},
	"search.hint": {En: "Sender, subject, address, hash …", Ja: "差出人、件名、アドレス、ハッシュなど"},
	"keys":        {En: "Keyboard: ?", Ja: "キー操作: ?"},
	"more":        {En: "Next page", Ja: "次のページ"},
	"first":       {En: "First page", Ja: "最初のページ"},
	"none":        {En: "—", Ja: "―"},
	"no-subject":  {En: "(without a subject)", Ja: "（件名なし）"},
	"all":         {En: "All", Ja: "すべて"},
	"and-more":    {En: "and %d more", Ja: "ほか %d 件"},
	"count":       {En: "%d", Ja: "%d 件"},
	"when":        {En: "When", Ja: "日時"},
	"who":         {En: "Who", Ja: "実行者"},
	"state":       {En: "State", Ja: "状態"},
	"reason":      {En: "Reason", Ja: "理由"},

	"action.pass": {En: "Pass", Ja: "通過"}, "action.note": {En: "Note", Ja: "注記"}, "action.warn": {En: "Warn", Ja: "警告"},
	"action.hold": {En: "Hold", Ja: "保留"}, "action.reject": {En: "Reject", Ja: "拒否"},
	"do.pass": {En: "let through", Ja: "通過させました"}, "do.mark": {En: "let through, marked", Ja: "印を付けて通過させました"},
	"do.hold": {En: "held back", Ja: "保留しました"}, "do.reject": {En: "refused", Ja: "拒否しました"},
	"do.defer": {En: "asked to try again later", Ja: "再送を求めました"}, "do.answer": {En: "answered", Ja: "回答しました"},

	"class.encrypted": {En: "encrypted", Ja: "暗号化"}, "class.limit": {En: "limit reached", Ja: "上限到達"},
	"class.timeout": {En: "out of time", Ja: "時間切れ"}, "class.malformed": {En: "malformed", Ja: "形式不正"},
	"class.unavailable": {En: "not available", Ja: "情報なし"}, "class.failed": {En: "failed", Ja: "処理失敗"},

	"kind.mail": {En: "mail", Ja: "メール"}, "kind.message": {En: "message", Ja: "メッセージ"}, "kind.text": {En: "text", Ja: "文章"},
	"kind.link": {En: "link", Ja: "リンク"}, "kind.domain": {En: "domain", Ja: "ドメイン"}, "kind.page": {En: "page", Ja: "ページ"},
	"kind.file": {En: "file", Ja: "ファイル"}, "kind.archive": {En: "archive", Ja: "圧縮ファイル"}, "kind.repository": {En: "repository", Ja: "リポジトリ"},
	"kind.address": {En: "address", Ja: "アドレス"}, "kind.transaction": {En: "transaction", Ja: "トランザクション"}, "kind.withdrawal": {En: "withdrawal", Ja: "出金"},
	"kind.account": {En: "account", Ja: "アカウント"}, "kind.host": {En: "host", Ja: "ホスト"},

	"indicator.sender": {En: "sender", Ja: "差出人"}, "indicator.domain": {En: "domain", Ja: "ドメイン"}, "indicator.url": {En: "link target", Ja: "リンク先"},
	"indicator.hash": {En: "file", Ja: "ファイル"}, "indicator.address": {En: "chain address", Ja: "暗号資産アドレス"},
	"indicator.persona": {En: "persona", Ja: "名乗った人物"}, "indicator.fingerprint": {En: "secret's fingerprint", Ja: "秘密情報のフィンガープリント"},
	"indicator.text": {En: "wording", Ja: "文面"}, "indicator.blocked": {En: "blocked", Ja: "ブロック中"},

	"ago.now": {En: "just now", Ja: "たった今"}, "ago.minutes": {En: "%d min ago", Ja: "%d 分前"}, "ago.hours": {En: "%d h ago", Ja: "%d 時間前"},
	"ago.days": {En: "%d days ago", Ja: "%d 日前"}, "ago.day": {En: "yesterday", Ja: "昨日"},

	"error.400": {En: "This could not be understood", Ja: "内容を読み取れませんでした"},
	"error.403": {En: "This is not allowed", Ja: "この操作は許可されていません"},
	"error.404": {En: "There is nothing here", Ja: "見つかりませんでした"},
	"error.409": {En: "Somebody else was first", Ja: "ほかの方が先に操作しました"},
	"error.500": {En: "Something went wrong", Ja: "処理に失敗しました"},
	"error.503": {En: "This is not available", Ja: "現在利用できません"},
	"error.form": {En: "The form was sent from another site, or it is too old. Go back, reload the page and send it again.",
		Ja: "別のサイトから送信されたか、フォームの有効期限が切れています。前のページに戻り、再読み込みしてからもう一度送信してください。"},
	"error.role":   {En: "Your role does not allow this. An administrator can change it on the page People.", Ja: "現在の役割では操作できません。管理者は「利用者」ページで変更できます。"},
	"error.gone":   {En: "It may have been erased at the end of its retention period.", Ja: "保存期間が終わり、消去された可能性があります。"},
	"error.state":  {En: "Its state has changed meanwhile. Look at it again before you decide.", Ja: "その間に状態が変わりました。もう一度ご確認のうえ判断してください。"},
	"error.twice":  {En: "A second person is needed: you asked for this yourself.", Ja: "ご自身が申請した操作です。別の方の承認が必要です。"},
	"error.reason": {En: "A reason is needed, in up to 2,000 bytes.", Ja: "理由を入力してください（2,000 バイトまで）。"},
	"error.other":  {En: "It is noted in the program's own log. Try again; if it stays, tell whoever runs Sekisho.", Ja: "プログラムのログに記録しました。もう一度お試しください。続く場合は運用担当者にご連絡ください。"},
	"error.back":   {En: "Back to Today", Ja: "「今日」へ戻る"},

	"help.title": {En: "Keyboard", Ja: "キー操作"},
	"help.move":  {En: "next, previous row", Ja: "次の行、前の行"}, "help.open": {En: "open the row", Ja: "行を開く"},
	"help.search": {En: "search", Ja: "検索"}, "help.today": {En: "go to Today", Ja: "「今日」へ"},
	"help.cases": {En: "go to Cases", Ja: "「事案」へ"}, "help.find": {En: "go to Search", Ja: "「検索」へ"},
	"help.help": {En: "this help", Ja: "この一覧"}, "help.close": {En: "Close", Ja: "閉じる"},
}
