package milter

import (
	"bytes"
	"context"
	"html"
	"strings"

	"golang.org/x/text/encoding/htmlindex"

	"github.com/sekisho/sekisho"
)

const (
	bannerLimit = 16 << 20 // bytes of a mail that gets a banner
	titleLimit  = 2        // findings named in a banner
)

// bannerText is what the banner says. It holds nothing of the mail.
var bannerText = sekisho.Text{
	En: "CAUTION: something about this mail is suspicious. Before you open a link or an attachment, send money or give any information, " +
		"ask the sender in another way you already know. If in doubt, ask your security team.",
	Ja: "【注意】このメールには不審な点があります。リンクや添付ファイルを開いたり、送金や情報提供に応じたりする前に、普段お使いの別の連絡手段で" +
		"差出人に確認してください。判断に迷うときは、社内のセキュリティ担当者に相談してください。",
}

// because introduces the titles of the findings.
var because = sekisho.Text{En: "Reason: ", Ja: "理由："}

// between stands between two titles.
var between = sekisho.Text{En: "; ", Ja: "、"}

// banner returns the mail's body with a banner above its first plain and its first HTML text. It reports false, and the body stays
// as it is, when the mail is signed or encrypted, or is not built so that everything else would
// stay exactly as it is, or the door is too busy.
func (d *Door) banner(m *message, p *sekisho.Passage) ([]byte, bool) {
	ctx, cancel := context.WithTimeout(context.Background(), d.timeout())
	defer cancel()
	if m.size > bannerLimit {
		return nil, false
	}
	end := d.turn(ctx, m)
	if end == nil {
		return nil, false
	}
	defer end()
	data, err := m.all()
	if err != nil {
		return nil, false
	}
	texts, ok := findTexts(data)
	if !ok {
		return nil, false
	}
	n := notice{lang: d.Lang, findings: p.Verdict.Findings}
	var out bytes.Buffer
	from, done := int(m.bodyStart), false
	for _, t := range texts {
		if t.start < from {
			return nil, false
		}
		replaced, ok := n.insert(t, data[t.start:t.end])
		if !ok {
			return nil, false
		}
		out.Write(data[from:t.start])
		out.Write(replaced)
		from, done = t.end, true
	}
	out.Write(data[from:])
	return out.Bytes(), done
}

// A notice is the banner of one mail.
type notice struct {
	lang     sekisho.Lang
	findings []sekisho.Finding
}

// paragraphs returns what the banner says, the door's language first.
func (n notice) paragraphs(only sekisho.Lang) []string {
	langs := []sekisho.Lang{sekisho.English, sekisho.Japanese}
	if n.lang == sekisho.Japanese {
		langs = []sekisho.Lang{sekisho.Japanese, sekisho.English}
	}
	var list []string
	for _, lang := range langs {
		if only != "" && lang != only {
			continue
		}
		var titles []string
		for _, f := range n.findings[:min(len(n.findings), titleLimit)] {
			titles = append(titles, strings.Join(strings.Fields(f.Title.In(lang)), " "))
		}
		text := bannerText.In(lang)
		if len(titles) > 0 {
			text += "\n" + because.In(lang) + strings.Join(titles, between.In(lang))
		}
		list = append(list, text)
	}
	return list
}

// insert returns the encoded text with the banner, and whether nothing else in it was changed.
func (n notice) insert(t text, encoded []byte) ([]byte, bool) {
	content, ok := t.decode(encoded)
	if !ok {
		return nil, false
	}
	at, said := 0, []byte(nil)
	if t.html {
		at, said = bodyOf(content, t.charset), n.html()
	} else if said, ok = n.plain(t); !ok {
		return nil, false
	}
	with := append(append(bytes.Clone(content[:at]), said...), content[at:]...)
	replaced := t.encode(with)
	again, ok := t.decode(replaced)
	return replaced, ok && bytes.Equal(again, with)
}

const rule = "----------------------------------------------------------------------\r\n"

// plain returns the banner in the text's charset: in English alone when it cannot write Japanese.
func (n notice) plain(t text) ([]byte, bool) {
	coding, err := htmlindex.Get(t.charset)
	if err != nil {
		return nil, false
	}
	for _, only := range []sekisho.Lang{"", sekisho.English} {
		text := rule + strings.ReplaceAll(strings.Join(n.paragraphs(only), "\n\n"), "\n", "\r\n") + "\r\n" + rule + "\r\n"
		if t.ascii && strings.ContainsFunc(text, func(r rune) bool { return r >= 0x80 }) {
			continue
		}
		if t.utf8() {
			return []byte(text), true
		}
		if said, err := coding.NewEncoder().Bytes([]byte(text)); err == nil && !(t.sevenBit() && has8Bit(said)) {
			return said, true
		}
	}
	return nil, false
}

const boxStyle = "border:2px solid #b45309;background:#fef3c7;color:#1f2937;padding:10px 14px;margin:0 0 14px 0;" +
	"font-family:sans-serif;font-size:14px;line-height:1.5"

// html returns the banner as HTML in ASCII, which every charset that is rewritten has.
func (n notice) html() []byte {
	var out bytes.Buffer
	out.WriteString("<div style=\"" + boxStyle + "\">\r\n")
	for _, paragraph := range n.paragraphs("") {
		out.WriteString("<p style=\"margin:4px 0\">")
		for _, r := range strings.ReplaceAll(html.EscapeString(paragraph), "\n", "<br>\r\n") {
			if r < 0x80 {
				out.WriteRune(r)
				continue
			}
			out.WriteString("&#" + decimal(r) + ";")
		}
		out.WriteString("</p>\r\n")
	}
	out.WriteString("</div>\r\n")
	return out.Bytes()
}
