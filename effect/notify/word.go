package notify

import (
	"fmt"

	"github.com/sekisho/sekisho"
)

// words are the words of messages.
var words = map[string]sekisho.Text{
	"pass":   {En: "REPORTED", Ja: "報告"},
	"note":   {En: "NOTE", Ja: "注記"},
	"warn":   {En: "WARNING", Ja: "警告"},
	"hold":   {En: "HELD", Ja: "保留"},
	"reject": {En: "REJECTED", Ja: "拒否"},

	"opened":   {En: "%s: a new case", Ja: "%s：新しい事案です"},
	"stricter": {En: "%s: a case has a stricter verdict", Ja: "%s：事案の判定が厳しくなりました"},
	"from":     {En: "From", Ja: "差出人"},
	"subject":  {En: "Subject", Ja: "件名"},
	"why":      {En: "Why", Ja: "理由"},
	"counts":   {En: "So far", Ja: "これまで"},
	"counted":  {En: "%d arrived, %d held now, %d reported by staff", Ja: "受信 %d 件、保留中 %d 件、社内からの報告 %d 件"},
	"case":     {En: "Case", Ja: "事案"},
	"open":     {En: "Open the case in Sekisho", Ja: "関所で事案を開く"},
	"more":     {En: "This channel's hour is full: further cases are reported together after %s.", Ja: "この時間帯の通知は上限に達しました。以後の事案は %s 過ぎにまとめてお知らせします。"},

	"summary":      {En: "%d more cases from %s to %s", Ja: "%[2]s から %[3]s までの事案、ほか %[1]d 件"},
	"and-more":     {En: "and %d more", Ja: "ほか %d 件"},
	"open-cases":   {En: "Open the cases in Sekisho", Ja: "関所で事案の一覧を開く"},
	"open-console": {En: "Open Sekisho", Ja: "関所を開く"},

	"digest":      {En: "Sekisho on %s", Ja: "関所の日次の要約（%s）"},
	"need":        {En: "Needs a person", Ja: "確認待ち"},
	"needed":      {En: "%d open cases, %d releases that wait for a second person, %d held", Ja: "対応中の事案 %d 件、2 人目の承認待ちの配送 %d 件、保留中 %d 件"},
	"arrived":     {En: "Since yesterday", Ja: "前日から"},
	"arrivals":    {En: "%d rejected, %d held, %d warned, %d noted, %d passed", Ja: "拒否 %d 件、保留 %d 件、警告 %d 件、注記 %d 件、通過 %d 件"},
	"people":      {En: "By staff", Ja: "社内から"},
	"peopled":     {En: "%d reports, %s decisions", Ja: "報告 %d 件、判断 %s 件"},
	"unfinished":  {En: "Interrupted", Ja: "中断"},
	"unfinished-": {En: "%d actions that were begun and not completed", Ja: "開始後に完了しなかった処理 %d 件"},
	"gaps":        {En: "Could not be checked", Ja: "確認できなかったもの"},
	"lists":       {En: "Old lists", Ja: "古くなったリスト"},
	"doors":       {En: "Doors down", Ja: "停止中の入口"},
	"none":        {En: "Every check ran, every list is current, every door is open.", Ja: "すべての確認を実行し、リストは最新で、入口はすべて稼働しています。"},

	"encrypted":   {En: "encrypted", Ja: "暗号化"},
	"limit":       {En: "limit reached", Ja: "上限到達"},
	"timeout":     {En: "out of time", Ja: "時間切れ"},
	"malformed":   {En: "malformed", Ja: "形式不正"},
	"unavailable": {En: "not available", Ja: "情報なし"},
	"failed":      {En: "failed", Ja: "処理失敗"},
}

// say returns the words of a key in lang; a key without words is returned as it is.
func say(lang sekisho.Lang, key string, args ...any) string {
	text, ok := words[key]
	switch {
	case !ok:
		return key
	case len(args) == 0:
		return text.In(lang)
	}
	return fmt.Sprintf(text.In(lang), args...)
}
