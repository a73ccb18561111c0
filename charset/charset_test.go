package charset

import (
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

const (
	japaneseText = "お客様の口座に不審なログインがありました。至急ウォレットを確認してください。"
	chineseText  = "您的账户存在异常登录，请立即验证您的钱包，否则资产将被冻结。"
	taiwanText   = "您的帳戶存在異常登入，請立即驗證您的錢包，否則資產將被凍結。"
	koreanText   = "고객님의 계정에서 비정상적인 로그인이 감지되었습니다. 지갑을 확인해 주세요."
	russianText  = "Ваш кошелёк заблокирован, подтвердите личность немедленно."
	frenchText   = "Votre portefeuille a été bloqué, vérifiez votre identité dès maintenant."
)

func encode(t testing.TB, enc encoding.Encoding, s string) []byte {
	t.Helper()
	out, err := enc.NewEncoder().Bytes([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestDecode(t *testing.T) {
	sjis, euc := encode(t, japanese.ShiftJIS, japaneseText), encode(t, japanese.EUCJP, japaneseText)
	jis := encode(t, japanese.ISO2022JP, japaneseText)
	tests := []struct {
		name, label string
		data        []byte
		want        string
		ok          bool
	}{
		{"shift_jis", "Shift_JIS", sjis, japaneseText, true},
		{"cp932", "cp932", sjis, japaneseText, true},
		{"windows-31j with a vendor character", "windows-31j", []byte("\x87\x40\xFA\xB1"), "①﨑", true},
		{"x-sjis in quotes", ` "X-SJIS" `, sjis, japaneseText, true},
		{"euc-jp", "EUC-JP", euc, japaneseText, true},
		{"iso-2022-jp", "ISO-2022-JP", jis, japaneseText, true},
		{"iso-2022-jp-ms", "iso-2022-jp-ms", jis, japaneseText, true},
		{"iso-2022-jp-2", "ISO-2022-JP-2*ja", jis, japaneseText, true},
		{"unterminated escape", "iso-2022-jp", jis[:len(jis)-3], japaneseText, true},
		{"half-width kana", "iso-2022-jp", []byte("\x1B(I6@\x1B(B!"), "ｶﾀ!", true},
		{"half-width kana by shift-out", "iso-2022-jp", []byte("\x0E6@\x0F!"), "ｶﾀ!", true},
		{"JIS X 0212", "iso-2022-jp-1", []byte("\x1B$(D0!\x1B(B"), "丂", true},
		{"escape inside a character stays in step", "iso-2022-jp", []byte("\x1B$B$\x1B(Burgent"), "\uFFFDurgent", false},
		{"shift_jis labelled iso-2022-jp", "iso-2022-jp", sjis, japaneseText, false},
		{"shift_jis labelled euc-jp", "euc-jp", sjis, japaneseText, false},
		{"euc-jp labelled utf-8", "utf-8", euc, japaneseText, false},
		{"utf-8 labelled us-ascii", "us-ascii", []byte(japaneseText), japaneseText, false},
		{"utf-8 labelled nothing", "", []byte(japaneseText), japaneseText, false},
		{"iso-2022-jp labelled nothing", "", jis, japaneseText, false},
		{"unknown label", "x-klingon", []byte(japaneseText), japaneseText, false},
		{"gb2312 that is gb18030", "gb2312", encode(t, simplifiedchinese.GB18030, "镕"+chineseText), "镕" + chineseText, true},
		{"gbk", "GBK", encode(t, simplifiedchinese.GBK, chineseText), chineseText, true},
		{"hz", "hz-gb-2312", encode(t, simplifiedchinese.HZGB2312, chineseText), chineseText, true},
		{"big5", "Big5", encode(t, traditionalchinese.Big5, taiwanText), taiwanText, true},
		{"ks_c_5601-1987", "ks_c_5601-1987", encode(t, korean.EUCKR, koreanText), koreanText, true},
		{"iso-2022-kr", "iso-2022-kr", []byte("\x1B$)C\x0E0!\x0F!\n"), "가!\n", true},
		{"iso-8859-1 is windows-1252", "iso-8859-1", []byte("\x93caf\xE9\x94"), "“café”", true},
		{"koi8-r", "koi8-r", encode(t, charmap.KOI8R, russianText), russianText, true},
		{"ibm437", "ibm437", []byte("caf\x82"), "café", true},
		{"utf-7", "unicode-1-1-utf-7", []byte("Hi +ZeVnLIqe- +AGEAYg +- +2D3eAA-"), "Hi 日本語 ab + 😀", true},
		{"utf-7 lone surrogate", "utf-7", []byte("+2D0-x"), "x", false},
		{"utf-7 damaged to look clean as ascii", "utf-7", []byte("+ZeVnLIqe- +2D0-"), "日本語 ", false},
		{"mark outranks label", "shift_jis", []byte("\xEF\xBB\xBF日本"), "日本", true},
		{"utf-16 mark", "utf-8", []byte("\xFF\xFEh\x00i\x00"), "hi", true},
		{"utf-8 with one bad byte", "utf-8", []byte(japaneseText + "\xFF"), japaneseText + "\uFFFD", false},
		{"ascii labelled utf-16le", "utf-16le", []byte("<p>Enter your recovery phrase</p>"), "<p>Enter your recovery phrase</p>", false},
		{"ascii labelled utf-16be", "UTF-16BE", []byte("Enter your recovery phrase on our page"), "Enter your recovery phrase on our page", false},
		{"utf-16le", "utf-16le", []byte("h\x00i\x00"), "hi", true},
		{"kana in utf-16le", "utf-16le", []byte("B0D0F0"), "あいう", true},
		{"empty", "x-klingon", nil, "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := Decode(tt.label, tt.data)
			if got != tt.want || ok != tt.ok {
				t.Errorf("Decode(%q) = %q, %v\nwant %q, %v", tt.label, got, ok, tt.want, tt.ok)
			}
		})
	}
}

func TestGuess(t *testing.T) {
	tests := []struct {
		name, text, want string
		enc              encoding.Encoding
	}{
		{"japanese shift_jis", japaneseText, "shift_jis", japanese.ShiftJIS},
		{"short shift_jis", "重要なお知らせ", "shift_jis", japanese.ShiftJIS},
		{"shift_jis name", "楓取引所 お客様サポート", "shift_jis", japanese.ShiftJIS},
		{"japanese euc-jp", japaneseText, "euc-jp", japanese.EUCJP},
		{"short euc-jp", "重要なお知らせ", "euc-jp", japanese.EUCJP},
		{"japanese iso-2022-jp", japaneseText, "iso-2022-jp", japanese.ISO2022JP},
		{"chinese", chineseText, "gb18030", simplifiedchinese.GBK},
		{"taiwanese", taiwanText, "big5", traditionalchinese.Big5},
		{"korean", koreanText, "euc-kr", korean.EUCKR},
		{"russian", russianText, "windows-1251", charmap.Windows1251},
		{"french", frenchText, "windows-1252", charmap.Windows1252},
		{"german", "Überprüfen Sie Ihr Konto für größere Beträge", "windows-1252", charmap.Windows1252},
		{"utf-8", japaneseText, "utf-8", encoding.Nop},
		{"ascii", "hello", "utf-8", encoding.Nop},
		{"long utf-8", strings.Repeat("a"+japaneseText, 2000), "utf-8", encoding.Nop},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Guess(encode(t, tt.enc, tt.text)); got != tt.want {
				t.Errorf("Guess = %q, want %q", got, tt.want)
			}
		})
	}
}

func FuzzDecodeIsValidUTF8(f *testing.F) {
	for _, label := range []string{"", "utf-8", "utf-7", "iso-2022-jp", "iso-2022-kr", "shift_jis", "gb2312", "utf-16", "hz-gb-2312", "x"} {
		f.Add(label, []byte(japaneseText))
		f.Add(label, []byte("\x1B$B$\"+2D3eAA-\x0E~{\xFF"))
	}
	f.Fuzz(func(t *testing.T, label string, data []byte) {
		text, _ := Decode(label, data)
		if !utf8.ValidString(text) {
			t.Errorf("Decode(%q, %q) is not UTF-8", label, data)
		}
		if len(text) > 3*len(data)+3 {
			t.Errorf("Decode(%q) made %d bytes of %d", label, len(text), len(data))
		}
		if !Known(Guess(data)) {
			t.Errorf("Guess(%q) is unknown to Decode", data)
		}
	})
}
