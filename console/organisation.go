package console

import (
	"net/http"

	"github.com/sekisho/sekisho"
)

var organisationWords = words{
	"org.title":     {En: "Organisation", Ja: "自社"},
	"org.under":     {En: "The profile as Sekisho read it. What comes in is compared with it.", Ja: "読み込まれたプロファイルです。届いたものはこの内容と照合されます。"},
	"org.none":      {En: "Nothing is known of the organisation, so nobody can be told from an impostor. “sekisho org init” writes a profile to start from; give it to “sekisho serve --org”.", Ja: "自社の情報がないため、なりすましを見分けられません。「sekisho org init」でひな型を作成し、「sekisho serve --org」に指定してください。"},
	"org.next":      {En: "What is missing, and what to do", Ja: "不足している情報と対処"},
	"org.complete":  {En: "Nothing is missing that Sekisho could use.", Ja: "不足している情報はありません。"},
	"org.domains":   {En: "Its domains", Ja: "自社のドメイン"},
	"org.believed":  {En: "Whose authentication results are believed", Ja: "信頼する認証結果"},
	"org.people":    {En: "People", Ja: "役職員"},
	"org.partners":  {En: "Partners", Ja: "取引先"},
	"org.wallets":   {En: "Wallets", Ja: "ウォレット"},
	"org.addresses": {En: "%d addresses", Ja: "アドレス %d 件"},
	"org.alias":     {En: "also", Ja: "別表記"},

	"org.miss.domains":  {En: "No domain is listed. Add what the organisation's mail is sent from under organisation: domains, or mail that only looks like its own cannot be told.", Ja: "ドメインが登録されていません。organisation: domains に自社の送信ドメインを追加すると、自社になりすますメールを見分けられます。"},
	"org.miss.authserv": {En: "No server is named whose Authentication-Results are believed. Add the name your own mail server writes under organisation: authserv_ids.", Ja: "認証結果を信頼するサーバーが未設定です。自社のメールサーバーが書き込む名前を organisation: authserv_ids に追加してください。"},
	"org.miss.people":   {En: "Nobody is listed. Begin with who can move money or keys: executives, finance, wallet operators.", Ja: "役職員が登録されていません。経営層、経理、ウォレット担当など、資金や鍵を動かせる方から登録してください。"},
	"org.miss.address":  {En: "%s has no mail address: mail that they wrote themselves looks like an impostor's.", Ja: "%s さんのメールアドレスがありません。本人からのメールもなりすましと区別できません。"},
	"org.miss.ja":       {En: "%s has no name in kanji and kana: the name cannot be recognised in Japanese mail.", Ja: "%s さんの漢字・カナ表記がありません。日本語のメールでは名前を照合できません。"},
	"org.miss.en":       {En: "%s has no name in Latin letters: the name cannot be recognised in English mail.", Ja: "%s さんのローマ字表記がありません。英語のメールでは名前を照合できません。"},
	"org.miss.partners": {En: "No partner is listed. Add custody, banks, auditors and law firms: they are who attackers pretend to be.", Ja: "取引先が登録されていません。カストディ、銀行、監査法人、法律事務所など、なりすましに使われやすい相手を追加してください。"},
	"org.miss.wallets":  {En: "No wallet is listed. With their public addresses, an address swapped for a similar one is seen.", Ja: "ウォレットが登録されていません。公開アドレスを登録すると、似たアドレスへのすり替えを検出できます。"},
}

// A missing is something the profile does not say.
type missing struct{ Key, Arg string }

// missingLimit is how many are shown.
const missingLimit = 30

// missingOf returns what the profile does not say and detectors could use.
func missingOf(o *sekisho.Org) []missing {
	var out []missing
	if len(o.Domains) == 0 {
		out = append(out, missing{"org.miss.domains", ""})
	}
	if len(o.AuthservIDs) == 0 {
		out = append(out, missing{"org.miss.authserv", ""})
	}
	if len(o.People) == 0 {
		out = append(out, missing{"org.miss.people", ""})
	}
	for _, p := range o.People {
		name := personName(p)
		if len(p.Addresses) == 0 {
			out = append(out, missing{"org.miss.address", name})
		}
		if p.Name.Ja == "" && p.Name.Kana == "" && len(p.Aliases) == 0 {
			out = append(out, missing{"org.miss.ja", name})
		}
		if p.Name.En == "" {
			out = append(out, missing{"org.miss.en", name})
		}
	}
	if len(o.Partners) == 0 {
		out = append(out, missing{"org.miss.partners", ""})
	}
	if len(o.Wallets) == 0 {
		out = append(out, missing{"org.miss.wallets", ""})
	}
	return out[:min(len(out), missingLimit)]
}

func personName(p sekisho.Person) string {
	if p.Name.Ja != "" {
		return p.Name.Ja
	}
	return p.Name.En
}

func (c *Console) organisation(w http.ResponseWriter, r *http.Request, _ *visitor) error {
	o := c.Org
	if o == nil {
		o = &sekisho.Org{}
	}
	c.show(w, r, page{name: "organisation", nav: "organisation", title: c.words.in(c.lang(r), "org.title"),
		data: map[string]any{"Org": o, "Known": o.Known(), "Missing": missingOf(o)}})
	return nil
}
