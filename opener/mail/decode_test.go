package mail

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sekisho/sekisho"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
)

func encode(t testing.TB, enc encoding.Encoding, s string) string {
	t.Helper()
	out, err := enc.NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// quoted writes every byte as =XX.
func quoted(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		fmt.Fprintf(&b, "=%02X", s[i])
	}
	return b.String()
}

const notice = "お客様の口座に不審なログインがありました。至急ご確認ください。"

func TestCharsets(t *testing.T) {
	charsets := []struct {
		label, text string
		enc         encoding.Encoding
	}{
		{"utf-8", notice, unicode.UTF8},
		{"Shift_JIS", notice, japanese.ShiftJIS},
		{"cp932", notice + "①㈱", japanese.ShiftJIS},
		{"EUC-JP", notice, japanese.EUCJP},
		{"ISO-2022-JP", notice, japanese.ISO2022JP},
		{"iso-2022-jp-1", notice, japanese.ISO2022JP},
		{"gb2312", "您的账户存在异常登录，请立即验证。", simplifiedchinese.GBK},
		{"Big5", "您的帳戶存在異常登入，請立即驗證。", traditionalchinese.Big5},
	}
	for _, c := range charsets {
		raw := encode(t, c.enc, c.text)
		for transfer, body := range map[string]string{
			"8bit": raw, "base64": base64.StdEncoding.EncodeToString([]byte(raw)), "quoted-printable": quoted(raw),
		} {
			t.Run(c.label+" body in "+transfer, func(t *testing.T) {
				a, err := open(t, top+"Content-Type: text/plain; charset="+c.label+"\r\nContent-Transfer-Encoding: "+transfer+"\r\n\r\n"+body, sekisho.Limits{})
				if got := outline(t, a); err != nil || !slices.Equal(got, []string{"text body: " + c.text}) {
					t.Errorf("%q, %v", got, err)
				}
				if d := a.Form.(*sekisho.Mail).Defects; len(d) > 0 {
					t.Errorf("defects %q", d)
				}
			})
		}
		words := map[string]string{
			"B":     "=?" + c.label + "?B?" + base64.StdEncoding.EncodeToString([]byte(raw)) + "?=",
			"Q":     "=?" + c.label + "?Q?" + quoted(raw) + "?=",
			"split": "=?" + c.label + "?B?" + base64.StdEncoding.EncodeToString([]byte(raw[:7])) + "?=\r\n =?" + c.label + "?b?" + base64.StdEncoding.EncodeToString([]byte(raw[7:])) + "?=",
			"raw":   raw,
		}
		for how, value := range words {
			t.Run(c.label+" subject as "+how, func(t *testing.T) {
				a, err := open(t, top+"Subject: "+value+"\r\n\r\nx", sekisho.Limits{})
				if got := a.Form.(*sekisho.Mail).Subject; err != nil || got != c.text {
					t.Errorf("%q, %v\nwant %q", got, err, c.text)
				}
			})
		}
		t.Run(c.label+" body without a label", func(t *testing.T) {
			a, _ := open(t, top+"\r\n"+raw, sekisho.Limits{})
			if got := outline(t, a); !slices.Equal(got, []string{"text body: " + c.text}) {
				t.Errorf("%q", got)
			}
		})
	}
}

func TestDecodeWords(t *testing.T) {
	tests := []struct{ name, in, want, bad string }{
		{"plain", "hello", "hello", ""},
		{"Q", "=?utf-8?Q?a_b=20c?= d", "a b c d", ""},
		{"space between words goes", "=?utf-8?Q?a?=  =?utf-8?Q?b?= c", "ab c", ""},
		{"touching text", "x=?utf-8?Q?a?=y", "xay", ""},
		{"in quotes", `"=?utf-8?Q?a?="`, `"a"`, ""},
		{"missing padding", "=?utf-8?B?5qWT5Y+W?=", "楓取", ""},
		{"no padding at all", "=?utf-8?B?YQ?=", "a", ""},
		{"spaces inside", "=?utf-8?Q?a b c?=", "a b c", ""},
		{"language", "=?utf-8*ja?Q?a?=", "a", ""},
		{"cut off", "=?utf-8?B?aGVsbG8", "hello", BadEncodedWord},
		{"cut off before a word", "=?utf-8?B?aGVs =?utf-8?Q?a?=", "=?utf-8?B?aGVs a", ""},
		{"unterminated escape", "=?iso-2022-jp?B?GyRCPUVNVw==?=", "重要", ""},
		{"half-width kana", "=?iso-2022-jp?B?GyhJNkAbKEI=?=", "ｶﾀ", ""},
		{"character split between words", "=?utf-8?B?5g==?= =?utf-8?B?pZM=?=", "楓", ""},
		{"Q with a wrong escape", "=?utf-8?Q?a=ZZ?=", "a=ZZ", BadEncodedWord},
		{"Q that ends in an escape", "=?utf-8?Q?a=3D?=", "a=", ""},
		{"unknown charset", "=?x-none?Q?a?=", "a", BadCharset},
		{"unknown encoding", "=?utf-8?X?a?=", "=?utf-8?X?a?=", ""},
		{"nul", "=?utf-8?Q?a=00b?=", "ab", ""},
		{"empty word", "=?utf-8?Q??=x", "x", ""},
		{"no word", "a =? b", "a =? b", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, bad := decodeWords(tt.in, nil)
			if got != tt.want || strings.Join(bad, " ") != tt.bad {
				t.Errorf("%q, %q; want %q, %q", got, bad, tt.want, tt.bad)
			}
		})
	}
}

func TestParseMailboxes(t *testing.T) {
	tests := []struct {
		name, in string
		want     []string // name|address|domain
	}{
		{"bare", "a@b.example", []string{"|a@b.example|b.example"}},
		{"brackets", "A B <a@B.Example.>", []string{"A B|a@B.Example.|b.example"}},
		{"quoted name with comma", `"Doe, John" <a@b.example>, c@d.example`, []string{"Doe, John|a@b.example|b.example", "|c@d.example|d.example"}},
		{"unquoted name with comma", "Doe, John <a@b.example>", []string{"Doe, John|a@b.example|b.example"}},
		{"address inside the name", `"ceo@kaede-ex.jp" <x@evil.example>`, []string{"ceo@kaede-ex.jp|x@evil.example|evil.example"}},
		{"address inside the name, unquoted", `ceo@kaede-ex.jp <x@evil.example>`, []string{"ceo@kaede-ex.jp|x@evil.example|evil.example"}},
		{"encoded brackets", "=?utf-8?Q?CEO_=3Cceo=40kaede-ex.jp=3E?= <x@evil.example>", []string{"CEO <ceo@kaede-ex.jp>|x@evil.example|evil.example"}},
		{"all encoded", "=?utf-8?Q?CEO_=3Cceo=40kaede-ex.jp=3E?=", []string{"CEO|ceo@kaede-ex.jp|kaede-ex.jp"}},
		{"escaped quote", `"a \"b\"" <a@b.example>`, []string{`a "b"|a@b.example|b.example`}},
		{"comment beside a name", "office (Aoi Mori, CEO) <a@b.example>", []string{"office (Aoi Mori, CEO)|a@b.example|b.example"}},
		{"comment inside a name", "A(x)oi Mori <a@b.example>", []string{"Aoi Mori (x)|a@b.example|b.example"}},
		{"comment as name", "a@b.example (A (inner) B)", []string{"A (inner) B|a@b.example|b.example"}},
		{"comment in the address", "A <a(x)@b.example>", []string{"A|a@b.example|b.example"}},
		{"group", "G: a@b.example, C <c@d.example>;", []string{"|a@b.example|b.example", "C|c@d.example|d.example"}},
		{"empty group", "undisclosed-recipients:;", nil},
		{"route", "<@r1.example,@r2.example:a@b.example>", []string{"|a@b.example|b.example"}},
		{"spaces around dots", "a @ b . example", []string{"|a@b.example|b.example"}},
		{"quoted local part", `"a b"@c.example`, []string{`|"a b"@c.example|c.example`}},
		{"name before a bare address", "John a@b.example", []string{"John|a@b.example|b.example"}},
		{"two brackets", "A <a@b.example> <c@d.example>", []string{"A|a@b.example|b.example", "A|c@d.example|d.example"}},
		{"bracket never closed", "A <a@b.example", []string{"A|a@b.example|b.example"}},
		{"quote never closed", `"A <a@b.example>`, []string{"A|a@b.example|b.example"}},
		{"bracket in bracket", "A <B <a@b.example>>", []string{"A <B|a@b.example|b.example"}},
		{"name without address", "Support", []string{"Support||"}},
		{"empty brackets", `"Sara" <>`, []string{"Sara||"}},
		{"several at signs", "<a@b.example@evil.example>", []string{"|a@b.example@evil.example|evil.example"}},
		{"unicode domain", "<a@例え.jp>", []string{"|a@例え.jp|xn--r8jz45g.jp"}},
		{"full-width domain", "<a@ｋａｅｄｅ-ex.jp>", []string{"|a@ｋａｅｄｅ-ex.jp|kaede-ex.jp"}},
		{"mailto", "<mailto:a@b.example>", []string{"|a@b.example|b.example"}},
		{"semicolons between", "a@b.example; c@d.example", []string{"|a@b.example|b.example", "|c@d.example|d.example"}},
		{"empty", "", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			list, _ := parseMailboxes(tt.in)
			var got []string
			for _, m := range list {
				got = append(got, m.Name+"|"+m.Address+"|"+m.Domain)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("\n got %q\nwant %q", got, tt.want)
			}
		})
	}
}

func TestFileName(t *testing.T) {
	sjis := encode(t, japanese.ShiftJIS, "請求書.pdf")
	tests := []struct{ name, header, want, ext string }{
		{"plain", "Content-Disposition: attachment; filename=a.PDF", "a.PDF", "pdf"},
		{"spaces without quotes", "Content-Disposition: attachment; filename=my file.pdf ; size=1", "my file.pdf", "pdf"},
		{"quotes never closed", `Content-Disposition: attachment; filename="a.pdf`, "a.pdf", "pdf"},
		{"escapes in quotes", `Content-Disposition: attachment; filename="a\"b\\c.pdf"`, `a"b\c.pdf`, "pdf"},
		{"windows path", `Content-Disposition: attachment; filename="C:\temp\a.exe"`, `C:\temp\a.exe`, "exe"},
		{"RFC 2231", "Content-Disposition: attachment; filename*=shift_jis'ja'" + strings.ReplaceAll(quoted(sjis), "=", "%"), "請求書.pdf", "pdf"},
		{
			"RFC 2231 in segments, out of order",
			"Content-Disposition: attachment; filename*1*=%E6%9B%B8.p; filename*2=df; filename*0*=utf-8''%E8%AB%8B%E6%B1%82", "請求書.pdf", "pdf",
		},
		{"segments without charset", `Content-Disposition: attachment; filename*0="long "; filename*1="name.exe"`, "long name.exe", "exe"},
		{"extended outranks plain", "Content-Disposition: attachment; filename=a.txt; filename*=utf-8''b.exe", "b.exe", "exe"},
		{"encoded word", `Content-Type: application/pdf; name="=?iso-2022-jp?B?GyRCPUVNVxsoQi5wZGY=?="`, "重要.pdf", "pdf"},
		{"raw 8-bit", "Content-Type: application/pdf; name=\"" + sjis + "\"", "請求書.pdf", "pdf"},
		{"disposition outranks type", "Content-Type: x/y; name=t.txt\r\nContent-Disposition: attachment; filename=d.doc", "d.doc", "doc"},
		{"dots and spaces at the end", `Content-Disposition: attachment; filename="a.exe. . "`, "a.exe. .", "exe"},
		{"invisible in the extension", "Content-Disposition: attachment; filename*=utf-8''a.e%E2%80%8Bxe", "a.e\u200bxe", "exe"},
		{"nul", "Content-Disposition: attachment; filename*=utf-8''a.exe%00.txt", "a.exe.txt", "txt"},
		{"comment", "Content-Disposition: attachment (c; x=y); filename=a.pdf (b)", "a.pdf", "pdf"},
		{"none", "Content-Disposition: attachment", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			header := tt.header
			if !strings.Contains(header, "Content-Type") {
				header += "\r\nContent-Type: application/octet-stream"
			}
			a, err := open(t, top+header+"\r\n\r\nx", sekisho.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			file := a.Parts[len(a.Parts)-1]
			if form, ok := file.Form.(*sekisho.File); !ok || file.Name != tt.want || form.Extension != tt.ext {
				t.Errorf("name %q, form %+v; want %q, extension %q", file.Name, file.Form, tt.want, tt.ext)
			}
		})
	}
}

func TestHasInvisible(t *testing.T) {
	for s, want := range map[string]bool{
		"Invoice 12": false, "In\u200bvoice": true, "\u202eexe.fdp": true, "Invoice \u2066x\u2069": true,
		"\u202bالفاتورة رقم 123 PDF\u202c": false, "שלום 123\u200f": false, "می\u200cخواهم": false, "\u202eالفاتورة": true, "الفا\u200bتورة": true,
		"👩\u200d💻": false,
	} {
		if got := hasInvisible(s); got != want {
			t.Errorf("%+q: %t, want %t", s, got, want)
		}
	}
}
