package persona

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// variants are kanji of names and the forms of them that the same family writes, or that pass for them: 髙橋 is 高橋 to a
// reader. The first of each group stands for all. After the table of variants of the Koseki that the Ministry of Justice
// publishes, and the frequent ones of JIS X 0213; compatibility ideographs are folded before.
const variants = `高髙 崎﨑嵜 浜濱濵 沢澤 辺邊邉 斎齋斉齊 広廣 桜櫻 国國 徳德 恵惠 真眞 島嶋嶌 竜龍 寿壽 栄榮 曽曾 滝瀧 条條 吉𠮷 黒黑 桑桒 富冨 峰峯 館舘
	鴎鷗 磯礒 薗園 円圓 船舩 荘莊 経經 実實 関關 与與 豊豐 弥彌 清淸 静靜 礼禮 遥遙 桧檜 篭籠 蔵藏 万萬 亀龜 塩鹽 穂穗 藪薮 祢禰 桝枡 柳栁 槙槇 凛凜
	尭堯 晃晄 昂昻 翠翆 緑綠 涼凉 聡聰 瑶瑤 郎郞 巌巖 渕淵渊 鉄鐵 竈竃 煕熙凞 温溫 瀬瀨 頼賴 歩步 黄黃 児兒 鶏鷄 参參`

// variantOf maps a form to the first of its group.
var variantOf = func() map[rune]rune {
	m := map[rune]rune{}
	for group := range strings.FieldsSeq(variants) {
		first, size := utf8.DecodeRuneInString(group)
		for _, r := range group[size:] {
			m[r] = first
		}
	}
	return m
}()

// kanjiLike maps katakana to the kanji that look the same.
var kanjiLike = map[rune]rune{'ニ': '二', 'ハ': '八', 'カ': '力', 'タ': '夕', 'ト': '卜', 'ロ': '口', 'エ': '工', 'チ': '千', 'ヌ': '又', 'ミ': '三', 'ー': '一', 'オ': '才'}

// unified writes a folded text with one form of each kanji, and kanji for the katakana that pass for them: those alone
// between kanji, as the ニ of 健ニ.
func unified(text string) string {
	if !strings.ContainsFunc(text, func(r rune) bool { return r >= 0x2E80 }) {
		return text
	}
	runes := []rune(text)
	for i, r := range runes {
		if first, ok := variantOf[r]; ok {
			runes[i] = first
		} else if like, ok := kanjiLike[r]; ok && i > 0 && unicode.Is(unicode.Han, runes[i-1]) &&
			(i+1 == len(runes) || scriptOf(runes[i+1]) != katakana && scriptOf(runes[i+1]) != hiragana) {
			runes[i] = like
		}
	}
	return string(runes)
}
