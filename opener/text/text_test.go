package text_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/opener/text"
)

func open(t testing.TB, content string) (*sekisho.Artifact, error) {
	t.Helper()
	a := &sekisho.Artifact{ID: "0", Kind: sekisho.KindText, Blob: strings.NewReader(content), Size: int64(len(content))}
	err := text.Opener.Run(context.Background(), a, sekisho.NewBudget(sekisho.Limits{}))
	return a, err
}

func parts(a *sekisho.Artifact) string {
	var out []string
	for _, part := range a.Parts {
		if part.Kind == sekisho.KindDomain {
			out = append(out, "@"+part.Name)
			continue
		}
		out = append(out, part.Form.(*sekisho.Link).Href)
	}
	return strings.Join(out, " | ")
}

func TestLinks(t *testing.T) {
	tests := []struct{ name, content, want string }{
		{"plain", "see https://custody.example/a?b=c&d#e now", "https://custody.example/a?b=c&d#e"},
		{"at the end of a sentence", "Go to https://custody.example/a. Or (https://custody.example/b)!", "https://custody.example/a | https://custody.example/b"},
		{"brackets inside", "https://custody.example/a_(b)", "https://custody.example/a_(b)"},
		{"markdown", "[https://custody.example](https://evil.example/a)", "https://custody.example | https://evil.example/a"},
		{"angle brackets", "<https://custody.example/a>", "https://custody.example/a"},
		{"letters before", "seehttps://custody.example", "https://custody.example"},
		{"upper case", "HTTPS://CUSTODY.EXAMPLE/A", "HTTPS://CUSTODY.EXAMPLE/A"},
		{"backslashes and user", `https://kaede-ex.jp\@evil.example`, `https://kaede-ex.jp\@evil.example`},
		{"japanese around", "こちらhttps://kaede-ex.jp/loginをクリック", "https://kaede-ex.jp/login"},
		{"japanese after the host", "https://kaede-ex.jpをご覧ください", "https://kaede-ex.jp"},
		{"ideographic stop", "https://kaede-ex.jp/a。次の文", "https://kaede-ex.jp/a"},
		{"ideographic stop after the host", "https://kaede-ex.jp。次の文", "https://kaede-ex.jp"},
		{"ideographic comma and brackets", "（https://kaede-ex.jp/a）、「https://kaede-ex.jp/b」", "https://kaede-ex.jp/a | https://kaede-ex.jp/b"},
		{"ideographic dot in the host", "https://evil。com/a", "https://evil。com/a"},
		{"full-width host", "https://ｅｖｉｌ．ｃｏｍ/a", "https://ｅｖｉｌ．ｃｏｍ/a"},
		{"idn", "https://楓取引所.jp/login です", "https://楓取引所.jp/login"},
		{"cyrillic", "https://kаede.com/x", "https://kаede.com/x"},
		{"ipv6", "http://[2001:db8::1]/a", "http://[2001:db8::1]/a"},
		{"defanged", "hxxps://evil[.]example/a", "hxxps://evil.example/a"},
		{"www", "www.custody.example, www.kaede-ex.jp/a", "www.custody.example | www.kaede-ex.jp/a"},
		{"bare name with path", "open kaede-ex.jp/login now", "kaede-ex.jp/login"},
		{"bare name with port", "open kaede-ex.jp:8443/login now", "kaede-ex.jp:8443/login"},
		{"bare name in angle brackets", "Kaede <kaede-ex.jp>", "kaede-ex.jp"},
		{"bare name", "we are kaede-ex.jp since then", ""},
		{"file name", "open evil.zip and invoice.pdf", ""},
		{"file name with path", "open evil.zip/a", "evil.zip/a"},
		{"sentence without space", "This is the end.So/so", ""},
		{"no such suffix", "see main.go/x and a.invalid/x", ""},
		{"abbreviations and numbers", "e.g. 1.5/2 v1.2.3/4 10:30 a:b", ""},
		{"placeholder", "https://... http:// https:///", ""},
		{"mail address", "write to aoi.mori@Kaede-EX.jp. Or b@kaede-ex.jp", "@kaede-ex.jp"},
		{"mail address in angle brackets", "<aoi@kaede-ex.jp>, @handle a@b", "@kaede-ex.jp"},
		{"mail url", "mailto:aoi@kaede-ex.jp", "mailto:aoi@kaede-ex.jp"},
		{"apps", "tg://resolve?domain=kaede line://ti/p/kaede bitcoin:kaedekaede?amount=1", "tg://resolve?domain=kaede | line://ti/p/kaede | bitcoin:kaedekaede?amount=1"},
		{"the word", "Bitcoin: up. Note:this", ""},
		{"twice", "https://custody.example https://custody.example", "https://custody.example"},
		{"two without space", "https://custody.example/,https://kaede-ex.jp/", "https://custody.example/,https://kaede-ex.jp/"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, err := open(t, tt.content)
			if got := parts(a); got != tt.want || err != nil {
				t.Errorf("got  %q, %v\nwant %q", got, err, tt.want)
			}
		})
	}
}

func TestQuoted(t *testing.T) {
	tests := []struct{ name, text, content, quoted string }{
		{"lines", "a\r\n> b\r\n>> c\r\nd", "a\nd", "b\nc"},
		{"introduced", "a\n\nOn 1 Dec 2025, Aoi Mori\n<aoi@kaede-ex.jp> wrote:\n\n> b", "a", "On 1 Dec 2025, Aoi Mori\n<aoi@kaede-ex.jp> wrote:\nb"},
		{"introduced in one line", "a\nOn 1 Dec 2025, Aoi Mori wrote:\n> b", "a", "On 1 Dec 2025, Aoi Mori wrote:\nb"},
		{"introduced in japanese", "a\n2025年12月1日(月) 10:00 森 葵 <aoi@kaede-ex.jp>:\n> b", "a", "2025年12月1日(月) 10:00 森 葵 <aoi@kaede-ex.jp>:\nb"},
		{"original message", "a\n-----Original Message-----\nFrom: b\n\nc", "a", "-----Original Message-----\nFrom: b\n\nc"},
		{"元のメッセージ", "a\n----- 元のメッセージ -----\nc", "a", "----- 元のメッセージ -----\nc"},
		{"outlook block", "a\nFrom: b\nSent: c\nTo: d\n\ne", "a", "From: b\nSent: c\nTo: d\n\ne"},
		{"outlook block in japanese", "a\n差出人: b\n送信日時: c\n宛先: d\n\ne", "a", "差出人: b\n送信日時: c\n宛先: d\n\ne"},
		{"from in a sentence", "a\nFrom: now on\nb", "a\nFrom: now on\nb", ""},
		{"nothing but a quotation", "> a\n> b", "a\nb", ""},
		{"rule", "-----\na", "-----\na", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, err := open(t, tt.text)
			form := a.Form.(*sekisho.TextForm)
			if form.Content != tt.content || form.Quoted != tt.quoted || err != nil {
				t.Errorf("content %q, quoted %q, %v", form.Content, form.Quoted, err)
			}
		})
	}
}

func TestForm(t *testing.T) {
	a, err := open(t, "\x93\xfa\x96\x7b\x8c\xea\x82\xcc\x83\x65\x83\x4c\x83\x58\x83\x67")
	if form := a.Form.(*sekisho.TextForm); form.Content != "日本語のテキスト" || err != nil {
		t.Errorf("shift_jis: %q, %v", form.Content, err)
	}
	a, _ = open(t, "ＡＢＣ  d\U000E0068\U000E0069")
	if form := a.Form.(*sekisho.TextForm); form.Folded != "abc d" || form.Hidden != "hi" {
		t.Errorf("folded %q, hidden %q", form.Folded, form.Hidden)
	}
}

// TestPageText checks that what a page links, or shows for a link, is not found a second time in its text.
func TestPageText(t *testing.T) {
	page := &sekisho.Artifact{ID: "0", Kind: sekisho.KindPage}
	budget := sekisho.NewBudget(sekisho.Limits{})
	content := &sekisho.TextForm{Hidden: "x", Content: "\U000E0068\U000E0069 Sign in at https://kaede-ex.jp/ or https://custody.example/ or https://third.example/"}
	a := &sekisho.Artifact{Kind: sekisho.KindText, Via: "content", Form: content}
	for _, part := range []*sekisho.Artifact{a,
		{Kind: sekisho.KindLink, Form: &sekisho.Link{Href: "https://evil.example/", Shown: "https://kaede-ex.jp/"}},
		{Kind: sekisho.KindLink, Form: &sekisho.Link{Href: "https://custody.example/", Shown: "x"}}} {
		if err := budget.Add(page, part); err != nil {
			t.Fatal(err)
		}
	}
	if err := text.Opener.Run(context.Background(), a, budget); err != nil {
		t.Fatal(err)
	}
	if got := parts(a); got != "https://third.example/" {
		t.Errorf("found %q", got)
	}
	if content.Hidden != "x\nhi" {
		t.Errorf("hidden %q", content.Hidden)
	}
}

func TestHostileTexts(t *testing.T) {
	const mega = 1 << 18
	for name, content := range map[string]string{
		"dots":              strings.Repeat(".", 4*mega),
		"labels":            strings.Repeat("a.", 2*mega),
		"at signs":          strings.Repeat("a@", 2*mega),
		"colons":            strings.Repeat("https:", mega/2),
		"schemes":           strings.Repeat("https://", mega/2),
		"schemes and marks": strings.Repeat("https://a)))))))", mega/4),
		"brackets":          "https://a.example/" + strings.Repeat(")", 4*mega),
		"wide":              "https://" + strings.Repeat("楓", mega),
		"wide names":        strings.Repeat("https://楓。a", mega/8),
		"quotes":            strings.Repeat("a:\n>\n", mega/4),
		"from":              strings.Repeat("From:\n", mega/2),
		"long line":         strings.Repeat("a", 8*mega),
	} {
		t.Run(name, func(t *testing.T) {
			a, err := open(t, content)
			if len(a.Parts) > 700 || err != nil && !errors.Is(err, sekisho.ErrLimit) {
				t.Errorf("%d parts, %v", len(a.Parts), err)
			}
		})
	}
	if _, err := open(t, strings.Repeat("a", 9<<20)); !errors.Is(err, sekisho.ErrLimit) {
		t.Errorf("a text of 9 MB: %v", err)
	}
	if a, err := open(t, strings.Repeat("https://a.example/", 1)+links(600)); !errors.Is(err, sekisho.ErrLimit) || len(a.Parts) != 500 {
		t.Errorf("600 links: %d, %v", len(a.Parts), err)
	}
}

func links(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(" https://a.example/" + strings.Repeat("x", i))
	}
	return b.String()
}

func TestBeginningOfALargeText(t *testing.T) {
	a, err := open(t, "https://a.example/x "+strings.Repeat("関", 3<<20))
	if !errors.Is(err, sekisho.ErrLimit) || parts(a) != "https://a.example/x" {
		t.Errorf("%s, %v", parts(a), err)
	}
	if content := a.Form.(*sekisho.TextForm).Content; len(content) < 8<<20-4 || strings.ContainsRune(content, '\uFFFD') {
		t.Errorf("%d bytes, or damage", len(content))
	}
}

// FuzzOpenNeverExceedsBudget checks that no text makes more parts than the budget holds, and that each link stands in it.
func FuzzOpenNeverExceedsBudget(f *testing.F) {
	for _, seed := range []string{"https://kaede-ex.jpを https://evil。com/a)", "a@b.example, www.kaede-ex.jp", "On x wrote:\n> y", "hxxp://a[.]example", "bitcoin:abcdefg <kaede.jp>"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, content string) {
		limits := sekisho.Limits{Parts: 5}
		a := &sekisho.Artifact{ID: "0", Kind: sekisho.KindText, Form: &sekisho.TextForm{Content: content}}
		err := text.Opener.Run(context.Background(), a, sekisho.NewBudget(limits))
		if len(a.Parts) > limits.Parts {
			t.Fatalf("%d parts, %v", len(a.Parts), err)
		}
		for _, part := range a.Parts {
			if part.Kind == sekisho.KindLink && !strings.Contains(strings.ReplaceAll(content, "[.]", "."), part.Name) {
				t.Fatalf("%q is not in %q", part.Name, content)
			}
		}
	})
}

func BenchmarkText(b *testing.B) {
	content := strings.Repeat("Dear reader, trading was quiet this week; volumes stayed near 1.5 times their average. See https://www.kaede-ex.jp/notes/12 or write to desk@kaede-ex.jp.\n"+
		"今週の取引高は平均並みでした。詳しくはhttps://www.kaede-ex.jp/notes/13をご覧ください。\n", 100)
	form := &sekisho.TextForm{Content: content}
	b.SetBytes(int64(len(content)))
	b.ReportAllocs()
	for b.Loop() {
		a := &sekisho.Artifact{ID: "0", Kind: sekisho.KindText, Form: form}
		if err := text.Opener.Run(context.Background(), a, sekisho.NewBudget(sekisho.Limits{})); err != nil {
			b.Fatal(err)
		}
	}
}
