package console

import (
	"fmt"
	"html/template"
	"net/url"
	"strings"
	"time"
	"unicode"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/report"
)

// The most bytes of a sender's text that are shown in a line, a cell and a paragraph.
const (
	lineLimit = 200
	cellLimit = 90
	longLimit = 2_000
)

// funcs returns the functions of the templates in lang.
func (c *Console) funcs(lang sekisho.Lang) template.FuncMap {
	return template.FuncMap{
		"t":      func(key string, args ...any) string { return c.words.in(lang, key, args...) },
		"line":   func(s string) string { return report.Clean(s, lineLimit) },
		"cell":   func(s string) string { return report.Clean(s, cellLimit) },
		"long":   func(s string) string { return report.Clean(s, longLimit) },
		"cut":    func(s string, limit int) string { return report.Clean(s, limit) },
		"say":    func(text sekisho.Text) string { return text.In(lang) },
		"when":   c.moment,
		"stamp":  func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"ago":    func(t time.Time) string { return c.ago(lang, t) },
		"size":   size,
		"comma":  comma,
		"param":  url.QueryEscape,
		"known":  func(prefix string, word any) string { return c.known(lang, prefix, fmt.Sprint(word)) },
		"join":   strings.Join,
		"dict":   dict,
		"anchor": anchor,
		"add":    func(a, b int) int { return a + b },
	}
}

// known returns the text of a word that the program made, and the word itself where the console has none for it.
func (c *Console) known(lang sekisho.Lang, prefix, word string) string {
	if text, ok := c.words[prefix+"."+word]; ok {
		return text.In(lang)
	}
	return report.Clean(word, cellLimit)
}

// dict makes the data of a nested template: key, value, key, value.
func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, fmt.Errorf("dict wants pairs, has %d", len(pairs))
	}
	out := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		key, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("dict wants a string for a key, has %T", pairs[i])
		}
		out[key] = pairs[i+1]
	}
	return out, nil
}

// moment writes a moment to the minute in the console's time zone.
func (c *Console) moment(t time.Time) string {
	if t.IsZero() {
		return "—"
	}
	return t.In(c.zone).Format("2006-01-02 15:04")
}

func (c *Console) ago(lang sekisho.Lang, t time.Time) string {
	if t.IsZero() {
		return c.words.in(lang, "none")
	}
	switch d := c.now().Sub(t); {
	case d < -time.Minute:
		return c.moment(t)
	case d < time.Minute:
		return c.words.in(lang, "ago.now")
	case d < time.Hour:
		return c.words.in(lang, "ago.minutes", int(d.Minutes()))
	case d < 24*time.Hour:
		return c.words.in(lang, "ago.hours", int(d.Hours()))
	case d < 48*time.Hour:
		return c.words.in(lang, "ago.day")
	case d < 31*24*time.Hour:
		return c.words.in(lang, "ago.days", int(d.Hours()/24))
	default:
		return t.In(c.zone).Format("2006-01-02")
	}
}

// size writes a number of bytes as people say it.
func size(n int64) string {
	switch {
	case n < 1000:
		return fmt.Sprintf("%d B", n)
	case n < 1_000_000:
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	case n < 1_000_000_000:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	default:
		return fmt.Sprintf("%.1f GB", float64(n)/1e9)
	}
}

// comma writes a number with its thousands apart.
func comma(n any) string {
	digits := fmt.Sprint(n)
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && d != '-' && (len(digits)-i)%3 == 0 && digits[i-1] != '-' {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return b.String()
}

// lines returns a text of many lines with each of them cleaned, up to limit bytes in all.
func lines(s string, limit int) string {
	s, more := head(s, limit)
	var b strings.Builder
	for line := range strings.Lines(s) {
		text := strings.TrimRight(line, "\r\n")
		b.WriteString(report.Clean(text, 2*limit))
		if len(text) < len(line) {
			b.WriteByte('\n')
		}
	}
	if more {
		b.WriteString("…")
	}
	return b.String()
}

// head returns the first limit bytes of s, in whole characters, and whether there is more.
func head(s string, limit int) (string, bool) {
	if len(s) <= limit {
		return s, false
	}
	for limit > 0 && s[limit]&0xC0 == 0x80 {
		limit--
	}
	return s[:limit], true
}

// pixels returns about how wide a text is, of letters that are narrow pixels wide and letters of CJK that are wide.
func pixels(s string, narrow, wide int) int {
	n := 0
	for _, r := range s {
		n += runePixels(r, narrow, wide)
	}
	return n
}

func runePixels(r rune, narrow, wide int) int {
	if r >= 0x1100 && (unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul) || r >= 0xFF00 && r <= 0xFF60 || r >= 0x3000 && r <= 0x303F || r >= 0x1F300) {
		return wide
	}
	return narrow
}

// fit cuts a text of 12 pixels' letters to a width in pixels.
func fit(s string, limit int) string {
	const narrow, wide = 7, 12
	if pixels(s, narrow, wide) <= limit {
		return s
	}
	n := wide
	for i, r := range s {
		if n += runePixels(r, narrow, wide); n > limit {
			return s[:i] + "…"
		}
	}
	return s
}
