package answer

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/report"
)

// words are what an answer says itself.
var words = struct {
	greeting, looked, inline, itself, judged, reason sekisho.Text
	gaps, noGaps, more, others, doNow                sekisho.Text
	contact, number, footer, busy, next              sekisho.Text
	comma, names                                     sekisho.Text
}{
	greeting: sekisho.Text{En: "Thank you for reporting this mail.", Ja: "メールのご報告ありがとうございます。"},
	looked:   sekisho.Text{En: "What was looked at", Ja: "確認したもの"},
	inline: sekisho.Text{
		En: "Your report holds this mail inside its text, so its headers and attachments as they were sent could not be looked at. Next time, please forward such a mail as an attachment, if your mail program can.",
		Ja: "本文に引用する形で転送されたため、送信時のヘッダーと添付ファイルは確認できませんでした。次回は、可能であれば「添付ファイルとして転送」をご利用ください。",
	},
	itself: sekisho.Text{
		En: "No other mail was found in your report, so your own mail was looked at. To report a mail, please forward it as an attachment.",
		Ja: "ご報告の中に別のメールが見つからなかったため、お送りいただいたメールそのものを確認しました。不審なメールは「添付ファイルとして転送」してください。",
	},
	judged:  sekisho.Text{En: "Verdict", Ja: "判定"},
	reason:  sekisho.Text{En: "Why", Ja: "理由"},
	gaps:    sekisho.Text{En: "What could not be checked", Ja: "確認できなかったもの"},
	more:    sekisho.Text{En: "and %d more", Ja: "ほか %d 件"},
	others:  sekisho.Text{En: "Colleagues who reported the same: %d", Ja: "ほかに同じものを報告した方：%d 名"},
	doNow:   sekisho.Text{En: "What to do now", Ja: "お願い"},
	contact: sekisho.Text{En: "If you already opened it, clicked, or entered or sent anything, call at once: ", Ja: "すでにファイルを開いた、リンクをクリックした、情報を入力した、返信したなどの場合は、すぐにご連絡ください："},
	number:  sekisho.Text{En: "Case", Ja: "事案番号"},
	footer:  sekisho.Text{En: "Sekisho wrote this answer automatically. The security team sees your report, too.", Ja: "この返信は関所（Sekisho）が自動で作成しました。ご報告の内容は担当部署も見ることができます。"},
	busy:    sekisho.Text{En: "You have reported many mails within an hour. All of them were looked at and recorded, and the security team sees them; the others of this hour are not answered one by one.", Ja: "1 時間に多数のご報告をいただきました。すべて確認のうえ記録しており、担当部署も見ることができますが、この 1 時間の残りのご報告には個別の返信をいたしません。"},
	noGaps:  sekisho.Text{En: "nothing that we know of", Ja: "把握している限り、ありません"},
	comma:   sekisho.Text{En: ", ", Ja: "、"},
	names:   sekisho.Text{En: " (%s)", Ja: "（%s）"},
	next:    sekisho.Text{En: "Mail %d of %d", Ja: "%[2]d 件中 %[1]d 件目"},
}

// verdicts say an action in plain words, and what to do.
var verdicts = map[sekisho.Action]struct{ said, do sekisho.Text }{
	sekisho.ActionReject: dangerous,
	sekisho.ActionHold:   dangerous,
	sekisho.ActionWarn: {
		sekisho.Text{En: "Suspicious. There are signs that this mail is not what it says it is.", Ja: "不審です。なりすましなど、見かけどおりのメールではないおそれがあります。"},
		sekisho.Text{En: "Do not open its links or files and do not answer it, until you have asked the sender in a way you already know, such as a telephone number you have.", Ja: "リンクや添付ファイルを開かず、返信もしないでください。差出人には、以前から知っている電話番号など別の手段で確認してください。"},
	},
	sekisho.ActionNote: {
		sekisho.Text{En: "Nothing known to be bad was found in what was looked at, but something is worth knowing. That is no proof that the mail is harmless.", Ja: "確認した範囲では、既知の危険なものは見つかりませんでしたが、ご留意いただきたい点があります。問題がないことを保証するものではありません。"},
		harmless,
	},
	sekisho.ActionPass: {
		sekisho.Text{En: "Nothing known to be bad was found in what was looked at. That is no proof that the mail is harmless.", Ja: "確認した範囲では、既知の危険なものは見つかりませんでした。ただし、問題がないことを保証するものではありません。"},
		harmless,
	},
}

var dangerous = struct{ said, do sekisho.Text }{
	sekisho.Text{En: "Dangerous. This mail shows signs of an attack.", Ja: "危険です。このメールには攻撃の特徴があります。"},
	sekisho.Text{En: "Do not open its links or files, do not answer it, and delete it.", Ja: "リンクや添付ファイルを開かず、返信もせず、メールを削除してください。"},
}

// keep is said in the place of dangerous.do where only the reporter has the mail as it was sent: it is evidence.
var keep = sekisho.Text{
	En: "Do not open its links or files and do not answer it. Keep the mail until the security team tells you otherwise: only you have it as it was sent.",
	Ja: "リンクや添付ファイルを開かず、返信もしないでください。元のメールはお手元にしかありませんので、担当部署の指示があるまで削除せずに残してください。",
}

var harmless = sekisho.Text{
	En: "If it still seems odd to you, or asks for money, keys, passwords or haste, do not act on it; ask the sender in another way.",
	Ja: "それでも不自然に感じる場合や、送金・秘密鍵・パスワードの入力・至急の対応を求められた場合は、従わずに別の手段で差出人に確認してください。",
}

func (a Answer) write(b *strings.Builder, lang sekisho.Lang) {
	line := func(parts ...string) { b.WriteString(strings.Join(parts, "") + "\n") }
	line(words.greeting.In(lang))
	line()
	if len(a.Items) == 0 {
		line(words.busy.In(lang))
		line()
	}
	for i, item := range a.Items {
		if len(a.Items) > 1 {
			line("== ", fmt.Sprintf(words.next.In(lang), i+1, len(a.Items)), " ==")
			line()
		}
		item.write(b, lang)
	}
	if a.Contact != "" {
		line(words.contact.In(lang), report.Clean(a.Contact, 300))
		line()
	}
	line(words.footer.In(lang))
}

func (i Item) write(b *strings.Builder, lang sekisho.Lang) {
	section := func(title sekisho.Text, lines ...string) {
		b.WriteString("■ " + title.In(lang) + "\n")
		for _, l := range lines {
			b.WriteString("  " + l + "\n")
		}
		b.WriteString("\n")
	}
	section(words.looked, i.what(lang)...)
	judged := []string{verdicts[i.Verdict.Action].said.In(lang)}
	if i.Others > 0 {
		judged = append(judged, fmt.Sprintf(words.others.In(lang), i.Others))
	}
	section(words.judged, judged...)
	if reasons := i.reasons(lang); len(reasons) > 0 {
		section(words.reason, reasons...)
	}
	section(words.gaps, i.gaps(lang)...)
	do := verdicts[i.Verdict.Action].do
	if i.Inline && do == dangerous.do {
		do = keep
	}
	section(words.doNow, do.In(lang))
	if i.Case != "" {
		section(words.number, Shown(i.Case, 100))
	}
}

var labels = struct{ from, subject, name sekisho.Text }{
	sekisho.Text{En: "From", Ja: "差出人"}, sekisho.Text{En: "Subject", Ja: "件名"}, sekisho.Text{En: "File", Ja: "ファイル"},
}

func (i Item) what(lang sekisho.Lang) (lines []string) {
	if root := i.Verdict.Root; root != nil {
		if m, ok := root.Form.(*sekisho.Mail); ok {
			if len(m.From) > 0 {
				lines = append(lines, labels.from.In(lang)+": "+Shown(strings.TrimSpace(m.From[0].Name+" <"+m.From[0].Address+">"), subjectLimit))
			}
			lines = append(lines, labels.subject.In(lang)+": "+Shown(m.Subject, subjectLimit))
		} else {
			lines = append(lines, labels.name.In(lang)+": "+Shown(root.Name, subjectLimit))
		}
	}
	switch {
	case i.Inline:
		lines = append(lines, words.inline.In(lang))
	case i.Itself:
		lines = append(lines, words.itself.In(lang))
	}
	return lines
}

// reasons returns the strictest findings, each sentence once.
func (i Item) reasons(lang sekisho.Lang) (lines []string) {
	seen, more := map[string]bool{}, 0
	for _, f := range i.Verdict.Findings {
		why := Shown(f.Why.In(lang), reasonLimit)
		if seen[why] {
			continue
		}
		if seen[why] = true; len(lines) == mostReasons {
			more++
			continue
		}
		lines = append(lines, "- "+Shown(f.Title.In(lang), subjectLimit)+": "+why)
	}
	if more > 0 {
		lines = append(lines, fmt.Sprintf(words.more.In(lang), more))
	}
	return lines
}

// unchecked says the classes of gap in plain words.
var unchecked = map[string]sekisho.Text{
	"encrypted":   {En: "something is encrypted and could not be opened", Ja: "暗号化されていて開けないものがありました"},
	"limit":       {En: "something is too large, or there is too much of it, to be looked at in full", Ja: "大きすぎる、または多すぎるため、全部は確認できませんでした"},
	"timeout":     {En: "there was not enough time to look at everything", Ja: "時間内に確認が終わりませんでした"},
	"malformed":   {En: "something is broken and could not be read in full", Ja: "壊れていて、全部は読めないものがありました"},
	"unavailable": {En: "something that is needed for the check was not available", Ja: "確認に必要な情報が得られませんでした"},
	"failed":      {En: "something went wrong while it was checked", Ja: "確認中に問題が起きました"},
}

// gaps returns what could not be checked: each class once, with the names of the files or, for what is no file, of the checks.
func (i Item) gaps(lang sekisho.Lang) (lines []string) {
	var classes []string
	names := map[string][]string{}
	for _, g := range i.Verdict.Gaps {
		class := g.Class()
		if _, ok := unchecked[class]; !ok {
			class = "failed"
		}
		if names[class] == nil {
			classes = append(classes, class)
		}
		if name := Shown(i.nameOf(g, lang), 80); !slices.Contains(names[class], name) {
			names[class] = append(names[class], name)
		}
	}
	for _, class := range classes {
		list, more := names[class], ""
		if len(list) > mostGaps {
			list, more = list[:mostGaps], words.comma.In(lang)+fmt.Sprintf(words.more.In(lang), len(list)-mostGaps)
		}
		lines = append(lines, "- "+unchecked[class].In(lang)+fmt.Sprintf(words.names.In(lang), strings.Join(list, words.comma.In(lang))+more))
	}
	if len(lines) == 0 {
		lines = []string{words.noGaps.In(lang)}
	}
	return lines
}

// checks says what some checks look at; the others go by their names.
var checks = map[string]sekisho.Text{
	"auth":    {En: "who really sent it", Ja: "送信元の真偽"},
	"contact": {En: "earlier mails of the sender", Ja: "差出人との過去のやり取り"},
	"inbox":   {En: "the mail as it was sent", Ja: "送信されたままのメール"},
	"mail":    {En: "the mail itself", Ja: "メール本体"},
}

// nameOf returns the name of the file that a gap is about, or else of the check that left it.
func (i Item) nameOf(g sekisho.Gap, lang sekisho.Lang) string {
	by := g.By
	if check, ok := checks[by]; ok {
		by = check.In(lang)
	}
	if i.Verdict.Root == nil {
		return by
	}
	for a := range i.Verdict.Root.All() {
		if a.ID == g.Artifact && (a.Kind == sekisho.KindFile || a.Kind == sekisho.KindArchive) && a.Name != "" {
			return a.Name
		}
	}
	return by
}
