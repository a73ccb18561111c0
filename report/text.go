package report

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/sekisho/sekisho"
	"golang.org/x/text/width"
)

// A Writer shows verdicts one after the other, and a summary at the end.
type Writer interface {
	Verdict(sekisho.Verdict) error
	Close(Summary) error
}

// Options say how a report is written.
type Options struct {
	Format string // text, json, jsonl, sarif or html
	Lang   sekisho.Lang
	Color  bool // text: with ANSI colours
	Width  int  // text: columns, 100 when zero
}

// Formats lists the formats that New knows.
var Formats = []string{"text", "json", "jsonl", "sarif", "html"}

// New returns a writer of the format. It shows verdicts as Withhold leaves them.
func New(w io.Writer, o Options) (Writer, error) {
	writer, err := newWriter(w, o)
	return careful{writer}, err
}

func newWriter(w io.Writer, o Options) (Writer, error) {
	if o.Width <= 0 {
		o.Width = 100
	}
	switch o.Format {
	case "text":
		return &text{w: w, o: o}, nil
	case "json":
		return &whole{w: w, lang: o.Lang}, nil
	case "jsonl":
		return newJSONL(w, o.Lang), nil
	case "sarif":
		return &sarif{w: w, lang: o.Lang, rules: map[string]sarifRule{}}, nil
	case "html":
		return newHTML(w, o.Lang)
	}
	return nil, fmt.Errorf("unknown format %q: want %s", o.Format, strings.Join(Formats, ", "))
}

type text struct {
	w io.Writer
	o Options
}

var colors = map[string]string{"pass": "32", "note": "36", "warn": "33", "hold": "31;1", "reject": "37;41;1", "dim": "2", "bold": "1"}

func (t *text) paint(color, s string) string {
	if !t.o.Color {
		return s
	}
	return "\x1b[" + colors[color] + "m" + s + "\x1b[0m"
}

// Verdict writes one verdict: what it is, why, on what evidence, and what was not looked at.
func (t *text) Verdict(v sekisho.Verdict) error {
	var b strings.Builder
	action := v.Action.String()
	fmt.Fprintf(&b, "%s  %s\n", t.paint(action, pad(word(t.o.Lang, action), 6)), t.paint("bold", Clean(v.Root.Name, 200)))
	if subject, from := heading(v); subject != "" || from != "" {
		fmt.Fprintf(&b, "        %s\n", t.paint("dim", word(t.o.Lang, "from")+": "+from+"   "+word(t.o.Lang, "subject")+": "+subject))
	}
	if len(v.Findings) == 0 {
		key := "nothing"
		if len(v.Gaps) > 0 {
			key = "nothing-gap"
		}
		fmt.Fprintf(&b, "        %s\n", word(t.o.Lang, key))
	}
	for _, f := range merged(v.Findings) {
		t.finding(&b, f)
	}
	t.gaps(&b, v.Gaps)
	b.WriteByte('\n')
	_, err := io.WriteString(t.w, b.String())
	return err
}

func (t *text) finding(b *strings.Builder, f sekisho.Finding) {
	ask := f.Ask.String()
	lead := "  " + t.paint(ask, pad(word(t.o.Lang, ask), 6))
	for i, line := range wrap(Clean(f.Why.In(t.o.Lang), whyLimit), t.o.Width-8) {
		if i > 0 {
			lead = "        "
		}
		fmt.Fprintf(b, "%s%s\n", lead, line)
	}
	var quotes []string
	for _, o := range f.Evidence {
		for _, span := range o.Spans {
			if span.Quote == "" {
				continue
			}
			quote := Clean(span.Where, 60) + ": " + Clean(span.Quote, 90)
			if !slices.Contains(quotes, quote) {
				quotes = append(quotes, quote)
			}
		}
	}
	const most = 4
	for i, quote := range quotes[:min(most, len(quotes))] {
		if rest := len(quotes) - most; i == most-1 && rest > 0 {
			quote += "  (" + fmt.Sprintf(word(t.o.Lang, "and-more"), rest) + ")"
		}
		fmt.Fprintf(b, "          %s\n", t.paint("dim", "› "+quote))
	}
	served := append(append([]string{f.Rule}, f.Control...), f.Attack...)
	fmt.Fprintf(b, "          %s\n", t.paint("dim", strings.Join(served, " · ")))
}

func (t *text) gaps(b *strings.Builder, gaps []sekisho.Gap) {
	grouped, count := groupGaps(gaps)
	const most = 6
	for i, g := range grouped {
		if i == most {
			fmt.Fprintf(b, "  %s\n", t.paint("dim", "? "+fmt.Sprintf(word(t.o.Lang, "and-more"), len(grouped)-most)))
			return
		}
		line := word(t.o.Lang, "not-looked") + ": " + Gap(g, t.o.Lang)
		if count[i] > 1 {
			line += fmt.Sprintf(" (×%d)", count[i])
		}
		fmt.Fprintf(b, "  %s\n", t.paint("dim", "? "+line))
	}
}

// Close writes the summary.
func (t *text) Close(s Summary) error {
	var b strings.Builder
	b.WriteString(strings.Repeat("─", min(t.o.Width, 72)) + "\n")
	fmt.Fprintf(&b, "%s %d", word(t.o.Lang, "inspected"), s.Inspected)
	for a := sekisho.ActionReject; a >= sekisho.ActionPass; a-- {
		if n := s.Actions[a.String()]; n > 0 {
			fmt.Fprintf(&b, "   %s %d", t.paint(a.String(), word(t.o.Lang, a.String())), n)
		}
	}
	fmt.Fprintf(&b, "   %s %d   %.2f s\n", word(t.o.Lang, "with-gaps"), s.WithGaps, s.Took.Seconds())
	top := slices.SortedFunc(maps.Keys(s.Rules), func(a, b string) int {
		if s.Rules[a] != s.Rules[b] {
			return s.Rules[b] - s.Rules[a]
		}
		return strings.Compare(a, b)
	})
	if len(top) > 0 {
		fmt.Fprintf(&b, "%s:", word(t.o.Lang, "top-rules"))
		for _, id := range top[:min(5, len(top))] {
			fmt.Fprintf(&b, " %s (%d)", id, s.Rules[id])
		}
		b.WriteByte('\n')
	}
	_, err := io.WriteString(t.w, b.String())
	return err
}

// columns returns how many terminal columns s takes: wide East Asian characters take two.
func columns(s string) int {
	n := 0
	for _, r := range s {
		n += runeColumns(r)
	}
	return n
}

func runeColumns(r rune) int {
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

func pad(s string, to int) string { return s + strings.Repeat(" ", max(0, to-columns(s))) }

// wrap breaks s into lines of at most limit columns, at spaces where there are any and between wide characters.
func wrap(s string, limit int) []string {
	var lines []string
	start, used, breakAt := 0, 0, -1
	for i, r := range s {
		hangs := strings.ContainsRune("、。」』）】", r) // closing marks may stand out rather than begin a line
		if used += runeColumns(r); used > limit && !hangs {
			end := i
			if breakAt > start {
				end = breakAt
			}
			lines = append(lines, strings.TrimSpace(s[start:end]))
			start, used, breakAt = end, columns(s[end:i])+runeColumns(r), -1
		}
		if r == ' ' || runeColumns(r) == 2 && !strings.ContainsRune("「『（【", r) {
			breakAt = i + utf8.RuneLen(r)
		}
	}
	return append(lines, strings.TrimSpace(s[start:]))
}
