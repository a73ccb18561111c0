package html_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/opener/html"
)

func open(t testing.TB, page string) (*sekisho.Artifact, error) {
	t.Helper()
	a := &sekisho.Artifact{ID: "0", Kind: sekisho.KindPage, Blob: strings.NewReader(page), Size: int64(len(page))}
	err := html.Opener.Run(context.Background(), a, sekisho.NewBudget(sekisho.Limits{}))
	if _, ok := a.Form.(*sekisho.Page); !ok {
		t.Fatalf("form %T", a.Form)
	}
	return a, err
}

func text(a *sekisho.Artifact) *sekisho.TextForm { return a.Parts[0].Form.(*sekisho.TextForm) }

func links(a *sekisho.Artifact) string {
	var out []string
	for _, part := range a.Parts {
		if link, ok := part.Form.(*sekisho.Link); ok {
			out = append(out, strings.TrimSpace(link.Element+" "+link.Href+" "+link.Shown))
		}
	}
	return strings.Join(out, "|")
}

func TestText(t *testing.T) {
	tests := []struct{ name, page, content, hidden, quoted string }{
		{"blocks break lines", "<p>One</p><div>two<br>three</div>four", "One\ntwo\nthree\nfour", "", ""},
		{"inline does not", "<b>Ka</b>ede&nbsp; <i>Ex&#99;hange</i>", "Kaede Exchange", "", ""},
		{"cells", "<table><tr><td>a<td>b<tr><td>c</table>", "a b\nc", "", ""},
		{"pre", "<pre>a\nb</pre>", "a\nb", "", ""},
		{"display none", `a<div style="DISPLAY : none !important">b<p>c</div>d`, "a\nd", "b\nc", ""},
		{"display none with a child that is shown", `<div style=display:none><b style=display:block>b</b></div>c`, "c", "b", ""},
		{"visibility comes back", `<div style=visibility:hidden>a<b style=visibility:visible>b</b></div>`, "b", "a", ""},
		{"tiny font comes back", `<td style=font-size:0>a<p style=font-size:13px>b</p></td>`, "b", "a", ""},
		{"one pixel", `<span style="font-size:1px">a</span>b`, "b", "a", ""},
		{"turned around", `<bdo dir=RTL>ksaM</bdo> a`, "\u202eksaM\u202c a", "", ""},
		{"turned around by style", `<i style="unicode-bidi:bidi-override; direction:rtl">ksaM</i>`, "\u202eksaM\u202c", "", ""},
		{"right to left as it is written", `<p dir=rtl>abc</p>`, "abc", "", ""},
		{"opacity", `<span style="opacity:0.0">a</span>b`, "b", "a", ""},
		{"no height", `<div style="max-height:0px;overflow:hidden">a</div>b`, "b", "a", ""},
		{"height alone still shows", `<div style="height:0">a</div>b`, "a\nb", "", ""},
		{"off the page", `<div style="position:absolute;left:-9999px">a</div>b`, "b", "a", ""},
		{"hidden attribute", `<p hidden>a</p>b`, "b", "a", ""},
		{"white on white", `<font color=#FFFFFF>a</font>b`, "b", "a", ""},
		{"white on declared black", `<td bgcolor=#000000><font color=white>a</font></td>`, "a", "", ""},
		{"white on what a style sheet may paint", `<td class=x><font color=white>a</font></td>`, "a", "", ""},
		{"almost the background", `<td style="background-color:#f0f0f0"><p style="color:rgb(240, 240, 241)">a</p>b</td>`, "b", "a", ""},
		{"links have their own colour", `<div style="color:#fff"><a href="https://a.example">a</a></div>`, "a", "", ""},
		{"unclosed hidden cell", `<table><tr><td style=display:none>a<td>b</table>`, "b", "a", ""},
		{"gmail quote", `a<div class="gmail_quote">b<blockquote>c</blockquote></div>d`, "a\nd", "", "b\nc"},
		{"cite", `a<blockquote type=cite>b</blockquote>`, "a", "", "b"},
		{"blockquote is layout", `a<blockquote>b</blockquote>`, "a\nb", "", ""},
		{"original message", `a<p>-----Original Message-----</p><p>b</p>`, "a", "", "-----Original Message-----\nb"},
		{"元のメッセージ", `a<p>-----元のメッセージ-----</p><p>b</p>`, "a", "", "-----元のメッセージ-----\nb"},
		{"outlook reply", `a<div id="divRplyFwdMsg">b</div><div>c</div>`, "a", "", "b\nc"},
		{"nothing but a quotation", `<div class="gmail_quote">b</div>`, "b", "", ""},
		{"scripts and styles", `<style>a{}</style><script>b()</script><title>c</title>d<template><p>e</p></template>`, "d", "e", ""},
		{"noscript", `<noscript><b>a</b></noscript>`, "a", "", ""},
		{"conditional comment", `a<!--[if mso]><p>b</p><![endif]-->c<![if !mso]>d<![endif]>`, "a\nb\ncd", "", ""},
		{"conditional comment for others", `a<!--[if !mso]>b<![endif]--><!--[if IE]>c<![endif]-->d`, "ad", "", ""},
		{"conditional comment with settings", `a<!--[if gte mso 9]><xml><o:PixelsPerInch>96</o:PixelsPerInch></xml><style>p{}</style><![endif]-->d`, "ad", "", ""},
		{"conditional comment in what is hidden", `a<div style=display:none><!--[if mso]>b<![endif]--></div>`, "a", "b", ""},
		{"inline comment and escape", `<i style="display/**/:n\6fne">a</i><i style="displ\61 y:none!important">b</i>c`, "c", "ab", ""},
		{"later inline declaration wins", `<i style="display:none;display:inline">a</i>`, "a", "", ""},
		{"preview padding", "<div style=display:none>a &zwnj;&nbsp;&#847; \u200a</div>b", "b", "a", ""},
		{"textarea", `<textarea>a<b></textarea>`, "a<b>", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, err := open(t, tt.page)
			got := text(a)
			if err != nil || got.Content != tt.content || got.Hidden != tt.hidden || got.Quoted != tt.quoted {
				t.Errorf("content %q, hidden %q, quoted %q, %v", got.Content, got.Hidden, got.Quoted, err)
			}
		})
	}
}

func TestStyleSheet(t *testing.T) {
	const body = `a<i class="y z" id=w data-x=1>b</i><p title=t><i class=q>c</i></p>`
	tests := []struct{ name, css, content, hidden string }{
		{"none", ``, "ab\nc", ""},
		{"class", `.z{display:none}`, "a\nc", "b"},
		{"id", `#w { visibility : HIDDEN }`, "a\nc", "b"},
		{"tag", `i{font-size:0}`, "a", "bc"},
		{"tag and class", `i.q{opacity:0}p.z{display:none}`, "ab", "c"},
		{"two classes", `.z.y{display:none}.z.x,.q.x{display:none}`, "a\nc", "b"},
		{"list", `.n, .q ,#n{display:none}`, "ab", "c"},
		{"attribute", `i[data-x]{display:none}`, "a\nc", "b"},
		{"attribute with value", `i[class*="z"]{display:none}i[class="z"],i[class^=q]{display:none}`, "a", "bc"},
		{"descendant", `p i{display:none}`, "ab", "c"},
		{"descendant of nothing here", `.n i, div > i, p > p i{display:none}`, "ab\nc", ""},
		{"child of what has an attribute", `p[title]>i{display:none}`, "ab", "c"},
		{"siblings", `b + .z{display:none} b ~ i{display:none}`, "a\nc", "b"},
		{"pseudo-class", `i:hover{display:none}`, "ab\nc", ""},
		{"any", `p *{display:none}`, "ab", "c"},
		{"off the page", `.z{position:absolute;left:-9999px}`, "a\nc", "b"},
		{"no height", `.z{max-height:0;overflow:hidden}`, "a\nc", "b"},
		{"comments", `/*}*/.z/**/{/*;*/display/**/:/**/none/*`, "a\nc", "b"},
		{"comment in a word", `.z{dis/**/play:none}.q{display:no/**/ne}`, "ab\nc", ""},
		{"comment in a string", `.a{content:"/*"}.z{display:none}.b{content:"*/"}`, "a\nc", "b"},
		{"brace in a string", `.a{content:"}"}.z{content:"a;";display:none}`, "a\nc", "b"},
		{"escapes", `.\7a {display:n\6fne}`, "a\nc", "b"},
		{"html comment", `<!-- .z{display:none} -->`, "a\nc", "b"},
		{"screen", `@media screen{.z{display:none}}@media all and (min-width:1px){.q{display:none}}`, "a", "bc"},
		{"print", `@media print{.z{display:none}}.q{display:none}`, "ab", "c"},
		{"narrow screens", `@media only screen and (max-width:600px){.z{display:none}}@media (min-width:601px){.q{display:none}}`, "ab\nc", ""},
		{"other rules", `@import "x";@font-face{src:url(a)}@supports (display:none){.q{display:none}}.z{display:none}`, "a\nc", "b"},
		{"later rule wins", `.z{display:none}.z{display:inline}`, "ab\nc", ""},
		{"closer rule wins", `#w{display:inline}.z{display:none}`, "ab\nc", ""},
		{"important rule wins", `.z{display:none!important}#w{display:inline}`, "a\nc", "b"},
		{"nested rule", `.z{.n{color:red;display:none;}}`, "ab\nc", ""},
		{"truncated", `.z{display:none`, "a\nc", "b"},
	}
	for _, tt := range tests {
		for _, page := range []string{"<style>" + tt.css + "</style>" + body, "<body>" + body + "<style>" + tt.css + "</style>"} {
			t.Run(tt.name, func(t *testing.T) {
				a, err := open(t, page)
				if got := text(a); err != nil || got.Content != tt.content || got.Hidden != tt.hidden {
					t.Errorf("content %q, hidden %q, %v", got.Content, got.Hidden, err)
				}
			})
		}
	}
}

// TestStyleElement has style elements that no browser follows, and inline styles that outrank them.
func TestStyleElement(t *testing.T) {
	for name, page := range map[string]string{
		"comment":     `<!--<style>.z{display:none}</style>--><i class=z>b</i>`,
		"outlook":     `<!--[if mso]><style>.z{display:none}</style><![endif]--><i class=z>b</i>`,
		"script":      `<script>"<style>.z{display:none}</style>"</script><i class=z>b</i>`,
		"template":    `<template><style>.z{display:none}</style></template><i class=z>b</i>`,
		"other type":  `<style type=text/x>.z{display:none}</style><i class=z>b</i>`,
		"print":       `<style media=print>.z{display:none}</style><i class=z>b</i>`,
		"inline":      `<style>.z{display:none}</style><i class=z style=display:inline>b</i>`,
		"both marked": `<style>.z{display:none!important}</style><i class=z style="display:inline ! important">b</i>`,
	} {
		if a, err := open(t, page); text(a).Content != "b" || err != nil {
			t.Errorf("%s: %q, %v", name, text(a).Content, err)
		}
	}
}

func TestLinks(t *testing.T) {
	tests := []struct{ name, page, want string }{
		{"anchor", `<a href=" https://a.example/ ">Sign <b>in</b></a>`, "a https://a.example/ Sign in"},
		{"image as text", `<a href="https://a.example/"><img alt="Sign in" src=cid:1></a>`, "a https://a.example/ Sign in"},
		{"hidden text is not shown", `<a href="https://a.example/">a<i style=display:none>b</i></a>`, "a https://a.example/ a"},
		{"nested and unclosed", `<a href=//a.example>a<a href=//b.example>b`, "a //a.example a|a //b.example b"},
		{"same link twice", `<a href=//a.example>a</a><a href=//a.example>a</a><a href=//a.example>b</a>`, "a //a.example a|a //a.example b"},
		{"area", `<map><area href=//a.example alt=x></map>`, "area //a.example x"},
		{"form", `<form action="//a.example" method=POST><button formaction=//b.example>b</button></form>`, "form //a.example|form //b.example"},
		{"frames", `<iframe src=//a.example></iframe><embed src=//b.example><object data=//c.example></object>`,
			"frame //a.example|frame //b.example|frame //c.example"},
		{"refresh", `<meta http-equiv=Refresh content="0; URL='https://a.example/'">`, "refresh https://a.example/"},
		{"refresh without url", `<meta http-equiv=Refresh content="5">`, ""},
		{"script", `<script src=//a.example/x.js></script>`, "script //a.example/x.js"},
		{"images", `<img src=https://a.example/x.png><img src=cid:1><img src=x.png>`, "img https://a.example/x.png"},
		{"base", `<base href="https://b.example/d/e?f"><a href=g>g</a><a href=/h>h</a><a href=//i.example>i</a><a href="?j">j</a><a href="mailto:a@b.example">k</a>`,
			"a https://b.example/d/g g|a https://b.example/h h|a https://i.example i|a https://b.example/d/e?j j|a mailto:a@b.example k"},
		{"svg", `<svg><a xlink:href="https://a.example">a</a></svg>`, "a https://a.example a"},
		{"conditional comment", `<!--[if mso]><v:roundrect href="https://a.example"><a href=//b.example>b</a></v:roundrect><![endif]-->`,
			"a https://a.example|a //b.example b"},
		{"button", `<button onclick="window.location.href='https://a.example/x'">a</button>`, "script https://a.example/x"},
		{"script location", `<script>setTimeout(function(){location.replace("https:\/\/a.example\/x")},1)</script>`, "script https://a.example/x"},
		{"relative script location", `<script>location = "/x"; var s = "https://a.example"</script>`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, err := open(t, tt.page)
			if got := links(a); got != tt.want || err != nil {
				t.Errorf("got  %q, %v\nwant %q", got, err, tt.want)
			}
		})
	}
}

func TestPage(t *testing.T) {
	a, err := open(t, `<html><head><title> Sign
 in </title><link rel=stylesheet href=//a.example/s.css><style>p{background:url('//a.example/p.png')}</style></head>
<body onload="go()"><form action=/x method=post><input name=a><input type=password><input type=hidden><input type=submit></form>
<img src=//a.example/i.png alt="Kaede 取引所"><img src=//a.example/pixel width=1 height=1><input type=password>
<script>steal()</script><a href="javascript:go%28%29">ログイン now</a></body>`)
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprintf("%+v", *a.Form.(*sekisho.Page))
	want := "{Title:Sign in Forms:[{Action:/x Method:post Password:true Fields:2} {Action: Method: Password:true Fields:1}] Scripts:[go() steal() go()] " +
		"Loads:[//a.example/s.css //a.example/p.png //a.example/i.png //a.example/pixel] Alts:[Kaede 取引所] Words:3 Images:1}"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestEmbedded(t *testing.T) {
	a, err := open(t, `<img src="data:image/PNG;base64,AAEC"><iframe srcdoc="<p>&quot;a&quot;</p>"></iframe>`)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, part := range a.Parts[1:] {
		content, _ := io.ReadAll(io.NewSectionReader(part.Blob, 0, part.Size))
		got = append(got, fmt.Sprintf("%s %s %q", part.Kind, part.Via, content))
	}
	if want := `file data "\x00\x01\x02"|page srcdoc "<p>\"a\"</p>"`; strings.Join(got, "|") != want {
		t.Errorf("got %s", got)
	}
}

func TestCharset(t *testing.T) {
	for name, page := range map[string]string{
		"byte order mark": "\xEF\xBB\xBF<p>楓",
		"utf-16":          "\xFF\xFE<\x00p\x00>\x00\x53\x69",
		"shift_jis":       "<meta charset=shift_jis><p>\x95\x96",
		"iso-2022-jp":     "<meta charset=iso-2022-jp><p>\x1b$BIv\x1b(B",
		"wrong label":     "<meta charset=shift_jis><p>楓",
	} {
		if a, err := open(t, page); text(a).Content != "楓" || err != nil {
			t.Errorf("%s: %q, %v", name, text(a).Content, err)
		}
	}
}

func TestHostilePages(t *testing.T) {
	const mega = 1 << 18
	var many strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&many, "<a href=https://a.example/%d>a</a>", i)
	}
	tests := []struct {
		name, page string
		gap        bool
	}{
		{"nested", strings.Repeat("<div><font>", mega/4), false},
		{"nested and closed", strings.Repeat("<div>", mega/4) + strings.Repeat("</div>", mega/4), false},
		{"ends without starts", strings.Repeat("</b>", mega/2), false},
		{"unclosed cells", strings.Repeat("<i>", 200) + strings.Repeat("<td></table>", mega/4), false},
		{"attributes", "<a " + strings.Repeat("a ", mega) + ">", false},
		{"handlers", strings.Repeat("<a onclick=a>", mega/4), false},
		{"open comments", strings.Repeat("<!--[if mso]>", mega/8), false},
		{"conditional comments", strings.Repeat("<!--[if mso]><![endif]-->", mega/8), false},
		{"angle brackets", strings.Repeat("<", 2*mega), false},
		{"styles", "<p style='" + strings.Repeat("color:#fff;", mega/2) + "'>", false},
		{"urls", "<style>" + strings.Repeat("url(", mega) + "</style>", true},
		{"rules of one class", "<style>" + strings.Repeat(".a{left:0}", 1900) + "</style>" + strings.Repeat("<b class=a>", mega/16), true},
		{"ancestors", "<style>" + strings.Repeat(".a .b .c i{left:0}", 1900) + "</style>" + strings.Repeat("<b>", 250) + strings.Repeat("<i></i>", mega/16), true},
		{"selectors", "<style>" + strings.Repeat("a,", 3000) + "b{left:0}</style>", true},
		{"blocks", "<style>" + strings.Repeat("@media all{", 5000) + "</style>", false},
		{"comments", "<style>" + strings.Repeat("/*", 30000) + "</style>", false},
		{"strings", "<style>" + strings.Repeat("'\"(\\", 15000) + "</style>", false},
		{"locations", "<script>" + strings.Repeat("location", mega/4) + "</script>", true},
		{"links", many.String(), true},
		{"text", strings.Repeat("abcdefg ", 3*mega), true},
		{"entities", strings.Repeat("&#x", 8*mega), true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, err := open(t, tt.page)
			if got := errors.Is(err, sekisho.ErrLimit); got != tt.gap {
				t.Errorf("gap: %v", err)
			}
			if len(a.Parts) > 600 {
				t.Errorf("%d parts", len(a.Parts))
			}
		})
	}
}

// FuzzOpenNeverExceedsBudget checks that no page makes more bytes or parts than the budget holds.
func FuzzOpenNeverExceedsBudget(f *testing.F) {
	for _, seed := range []string{"<a href=x>y</a>", "<!--[if mso]><a href=//x><![endif]-->", `<img src="data:;base64,AA==">`, "<p style=color:#fff;font:0/0>x",
		"<style>{", "<b class=a>x</b><style>@media all{p>.a[b~=c]{dis\\70 lay:none}}", "<style>i,#a{font:0/0}/*'</style><i id=a style='a:\"'>",
		"<base href=//a/b><a href=c>", "<script>location='https://a'</script>", "<iframe srcdoc=x>", "<noscript><title><textarea>", newsletter()[:2000]} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, page string) {
		limits := sekisho.Limits{Bytes: 1 << 12, Parts: 10}
		budget := sekisho.NewBudget(limits)
		a := &sekisho.Artifact{ID: "0", Kind: sekisho.KindPage, Blob: strings.NewReader(page), Size: int64(len(page))}
		err := html.Opener.Run(context.Background(), a, budget)
		total := 0
		for _, part := range a.Parts {
			total += int(part.Size)
			if form, ok := part.Form.(*sekisho.TextForm); ok {
				total += len(form.Content) + len(form.Hidden) + len(form.Quoted)
			}
		}
		if len(a.Parts) > limits.Parts || int64(total) > limits.Bytes {
			t.Fatalf("%d parts, %d bytes, %v", len(a.Parts), total, err)
		}
	})
}

// newsletter returns a page of about 30 KB, built of tables as newsletters are.
func newsletter() string {
	var b strings.Builder
	b.WriteString(`<!DOCTYPE html><html><head><title>Kaede weekly</title><style>.c{width:600px} @media (max-width:480px){.c{width:100%}}</style></head><body bgcolor="#f4f4f4">` +
		`<div style="display:none;max-height:0;overflow:hidden">What moved this week</div><table width="600" align="center" cellpadding="0" cellspacing="0">`)
	for i := range 30 {
		fmt.Fprintf(&b, `<tr><td class="c" style="padding:0 24px 16px 24px;font-family:Helvetica,Arial,sans-serif;font-size:14px;line-height:20px;color:#333333;background-color:#ffffff">`+
			`<img src="https://cdn.kaede-ex.jp/img/%d.png" width="552" height="120" alt="Chart" style="display:block;border:0"><h2 style="font-size:18px;margin:16px 0 8px">Market note %d</h2>`+
			`<p style="margin:0 0 12px">Trading was quiet for most of the week, and volumes stayed near their average. 今週の取引高は平均並みでした。 Our desk looks at what changed &amp; why it matters to you.</p>`+
			`<a href="https://click.kaede-ex.jp/c/%d?u=reader&amp;l=%d" target="_blank" style="color:#0a58ca;text-decoration:none;font-weight:bold">Read the whole note</a></td></tr>`, i, i, i, i)
	}
	b.WriteString(`</table></body></html>`)
	return b.String()
}

func BenchmarkHTML(b *testing.B) {
	page := newsletter()
	b.SetBytes(int64(len(page)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := open(b, page); err != nil {
			b.Fatal(err)
		}
	}
}
