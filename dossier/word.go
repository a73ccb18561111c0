package dossier

import "github.com/sekisho/sekisho"

// words are what people call the words of the record: "what.word".
var words = map[string]sekisho.Text{
	"entry.passage":     {Ja: "受付・判定", En: "arrived and judged"},
	"entry.outcome":     {Ja: "処理の結果", En: "outcome"},
	"entry.decision":    {Ja: "担当者の判断", En: "decision by a person"},
	"entry.release":     {Ja: "保留メールの配送", En: "release"},
	"entry.read":        {Ja: "原本の閲覧", En: "original read"},
	"entry.erase":       {Ja: "保存期間終了による消去", En: "erased at the end of its retention period"},
	"entry.effect":      {Ja: "通知など", En: "notification or other effect"},
	"entry.export":      {Ja: "証拠資料の作成開始", En: "export begun"},
	"entry.packed":      {Ja: "証拠資料に含めた原本", En: "originals in the package"},
	"entry.exported":    {Ja: "証拠資料の作成完了", En: "export completed"},
	"entry.retrohunt":   {Ja: "過去の記録での指標検索", En: "search of the past for an indicator"},
	"entry.refused":     {Ja: "拒否", En: "refused"},
	"entry.returned":    {Ja: "メールサーバーへの返却", En: "handed back to the mail server"},
	"entry.envelope":    {Ja: "エンベロープ", En: "envelope"},
	"entry.undelivered": {Ja: "不達", En: "not delivered"},

	"action.pass":   {Ja: "通過", En: "pass"},
	"action.note":   {Ja: "注記", En: "note"},
	"action.warn":   {Ja: "警告", En: "warn"},
	"action.hold":   {Ja: "保留", En: "hold"},
	"action.reject": {Ja: "拒否", En: "reject"},

	"do.pass":   {Ja: "通過させました", En: "let through"},
	"do.mark":   {Ja: "印を付けて通過させました", En: "let through, marked"},
	"do.hold":   {Ja: "保留しました", En: "held back"},
	"do.reject": {Ja: "拒否しました", En: "refused"},
	"do.defer":  {Ja: "再送を求めました", En: "asked to try again later"},
	"do.answer": {Ja: "回答しました", En: "answered"},

	"outcome.done":        {Ja: "完了", En: "done"},
	"outcome.interrupted": {Ja: "中断（実行されたかどうか不明）", En: "interrupted: it is not known whether this was carried out"},

	"state.open":         {Ja: "対応中", En: "open"},
	"state.closed":       {Ja: "完了", En: "closed"},
	"judged.confirmed":   {Ja: "攻撃と確認", En: "confirmed as an attack"},
	"judged.false-alarm": {Ja: "誤検知", En: "false alarm"},

	"decision.confirm":     {Ja: "攻撃と確認", En: "confirmed as an attack"},
	"decision.false-alarm": {Ja: "誤検知と判断", En: "called a false alarm"},
	"decision.release":     {Ja: "保留メールの配送", En: "release"},
	"decision.block":       {Ja: "ブロック", En: "blocked"},
	"decision.unblock":     {Ja: "ブロック解除", En: "unblocked"},
	"decision.comment":     {Ja: "コメント", En: "comment"},
	"decision.reopen":      {Ja: "再開", En: "reopened"},

	"door.milter": {Ja: "メールサーバー", En: "mail server"},
	"door.api":    {Ja: "API", En: "API"},
	"door.inbox":  {Ja: "報告用メールボックス", En: "report mailbox"},
	"door.watch":  {Ja: "フォルダー", En: "folder"},
	"door.sweep":  {Ja: "メールボックスの巡回", En: "mailbox sweep"},

	"indicator.sender":  {Ja: "差出人", En: "sender"},
	"indicator.domain":  {Ja: "ドメイン", En: "domain"},
	"indicator.url":     {Ja: "リンク先", En: "link target"},
	"indicator.hash":    {Ja: "ファイル", En: "file"},
	"indicator.address": {Ja: "暗号資産アドレス", En: "chain address"},
	"indicator.persona": {Ja: "名乗った人物", En: "persona"},

	"kind.mail":        {Ja: "メール", En: "mail"},
	"kind.message":     {Ja: "メッセージ", En: "message"},
	"kind.text":        {Ja: "文章", En: "text"},
	"kind.link":        {Ja: "リンク", En: "link"},
	"kind.domain":      {Ja: "ドメイン", En: "domain"},
	"kind.page":        {Ja: "ページ", En: "page"},
	"kind.file":        {Ja: "ファイル", En: "file"},
	"kind.archive":     {Ja: "圧縮ファイル", En: "archive"},
	"kind.repository":  {Ja: "リポジトリ", En: "repository"},
	"kind.address":     {Ja: "アドレス", En: "address"},
	"kind.transaction": {Ja: "トランザクション", En: "transaction"},
	"kind.withdrawal":  {Ja: "出金", En: "withdrawal"},
	"kind.account":     {Ja: "アカウント", En: "account"},
	"kind.host":        {Ja: "ホスト", En: "host"},
}

// word returns what people call a word of the record, or the word itself where there is nothing else to call it.
func word(what, value string) sekisho.Text {
	if text, ok := words[what+"."+value]; ok {
		return text
	}
	return sekisho.Text{En: value, Ja: value}
}

// both returns a word in both languages.
func both(what, value string) string {
	text := word(what, value)
	if text.Ja == text.En {
		return text.En
	}
	return text.Ja + " / " + text.En
}
