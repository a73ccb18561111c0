package brand

import (
	"strings"
	"unicode"

	"github.com/sekisho/sekisho/fold"
)

// Words of display names and signatures, folded. Source: display names and closings of the brands' own mails, read on
// 2026-11-21.
var (
	// roles say which part of a brand writes; what is left of a display name beside them is somebody else.
	roles = roleSkeletons(`team support service services customer care security secure alert alerts account accounts
		notification notifications notice notify noreply no-reply donotreply do-not-reply reply info official app live inc llc ltd co corp
		corporation company com net org io help helpdesk desk center centre centro client clients member members wallet exchange online mail email
		news newsletter update updates billing payment payments verification verify compliance kyc admin administrator
		system delivery express the of from by your my for and on de du do da la le el global international international us usa uk jp japan store
		shop group bank pay card cards rewards reward survey welcome kundenservice kundendienst servizio servicio servico
		atencion atendimento suporte soporte sac comunicado equipe equipo assistance assistenza client klantenservice
		important urgent message messages refund airdrop claim giveaway institutional pro plus premium prime access restricted
		カスタマーサポート カスタマーセンター サポート サポートセンター 事務局 お客様センター お客様サポート セキュリティ チーム 運営事務局 公式 株式会社 お知らせ
		カード 銀行 ポイント 重要 緊急 様 ご案内 カスタマーサービス 会員 通知 センター
		客服 官方 安全中心 고객센터 보안팀 공식`)

	// closings stand before a signature.
	closings = []string{"regards", "sincerely", "thank you", "thanks", "yours truly", "cheers,", "best,", "cordially", "faithfully",
		"sent by", "atenciosamente", "atentamente", "cordialement", "saludos", "mit freundlichen grussen", "mit freundlichen grüßen",
		"met vriendelijke groet", "cordiali saluti", "freundliche", "よろしくお願い", "宜しくお願い", "敬具", "発行", "差出人", "配信元",
		"お問い合わせ", "此致", "谢谢", "감사합니다"}

	// teams follow a brand's name in a signature.
	teams = []string{"team", "support team", "security team", "customer", "support", "security", "inc.", "inc ", "llc", "ltd", "gmbh",
		"corporation", "s.a.", "kundenservice", "klantenservice", "service client", "atendimento", "equipe", "カスタマー", "サポート",
		"事務局", "お客様", "セキュリティ", "運営", "株式会社", "コールセンター", "官方", "客服", "고객센터"}

	// warnings follow a brand's name in the subject of mail about its impostors, as skeletons.
	warnings = skeletons("をかたる", "を騙る", "をかたった", "を騙った", "を装う", "を装った", "になりすま", "の偽", "phishing", "scam", "impersonat")
)

func skeletons(words ...string) []string {
	for i, word := range words {
		words[i] = fold.Skeleton(word)
	}
	return words
}

func roleSkeletons(words string) map[string]bool {
	m := map[string]bool{}
	for word := range strings.FieldsSeq(words) {
		m[fold.Skeleton(word)] = true
	}
	return m
}

// onlyRole reports whether a skeleton holds nothing but roles, digits and punctuation.
func onlyRole(looks string) bool {
	for word := range strings.FieldsFuncSeq(looks, func(r rune) bool { return !unicode.IsLetter(r) && r != '-' }) {
		if word = strings.Trim(word, "-"); word != "" && !roles[word] {
			return false
		}
	}
	return true
}

// partRole parts the role at the end of a skeleton from the name before it: headers keep one space of several, so that of letters
// written apart "MetaMaskSupport" is left.
func partRole(looks string) string {
	word := looks[strings.LastIndexByte(looks, ' ')+1:]
	for cut := 4; cut < len(word)-2; cut++ {
		if roles[word[cut:]] {
			return looks[:len(looks)-len(word)+cut] + " " + word[cut:]
		}
	}
	return looks
}
