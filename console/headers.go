package console

import (
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"time"

	"github.com/sekisho/sekisho/record"
	"github.com/sekisho/sekisho/report"
)

// A headView is a header with what findings quote of it marked.
type headView struct {
	Name, Anchor string
	Parts        []segment
}

// A segment is a piece of a text, marked when a finding rests on it.
type segment struct {
	Text   string
	Marked bool
}

// heads returns the headers of a mail.
func heads(d record.Detail) []headView {
	quotes := map[string][]record.Span{}
	for _, f := range d.Findings {
		for _, e := range f.Evidence {
			if e.Artifact != d.Tree.ID {
				continue
			}
			for _, span := range e.At {
				key := strings.ToLower(span.Where)
				quotes[key] = append(quotes[key], record.Span{Quote: span.Quote})
			}
		}
	}
	out := make([]headView, len(d.Headers))
	for i, h := range d.Headers {
		value, _ := head(h.Value, 4*longLimit)
		spans := quotes[strings.ToLower(h.Name)]
		parts := segments(value, spans)
		if len(spans) > 0 && len(parts) == 1 && !parts[0].Marked && quoted(spans) {
			parts[0].Marked = true // it was quoted decoded or in part, and stands written otherwise
		}
		for j := range parts {
			parts[j].Text = report.Clean(parts[j].Text, longLimit)
		}
		out[i] = headView{Name: report.Clean(h.Name, 80), Anchor: fmt.Sprintf("h%d", i), Parts: parts}
	}
	return out
}

func quoted(spans []record.Span) bool {
	return slices.ContainsFunc(spans, func(s record.Span) bool { return s.Quote != "" })
}

// segmentLimit is how many marks one text has.
const segmentLimit = 200

// segments divides a text at the spans that are found in it. A span is believed where its quote stands; otherwise the first place
// of the quote is taken.
func segments(text string, spans []record.Span) []segment {
	type mark struct{ start, end int }
	var marks []mark
	for _, s := range spans {
		quote := strings.TrimSuffix(s.Quote, "…")
		if quote == "" || len(marks) == segmentLimit {
			continue
		}
		start := s.Start
		if start < 0 || start > len(text) || !strings.HasPrefix(text[start:], quote) {
			start = strings.Index(text, quote)
		}
		if start < 0 {
			continue
		}
		end := start + len(quote)
		if s.Start == start && s.End > end && s.End <= len(text) {
			end = s.End
		}
		marks = append(marks, mark{start, end})
	}
	slices.SortFunc(marks, func(a, b mark) int { return a.start - b.start })
	var out []segment
	at := 0
	for _, m := range marks {
		if m.end <= at {
			continue
		}
		m.start = max(m.start, at)
		if m.start > at {
			out = append(out, segment{Text: text[at:m.start]})
		}
		out = append(out, segment{text[m.start:m.end], true})
		at = m.end
	}
	if at < len(text) {
		out = append(out, segment{Text: text[at:]})
	}
	return out
}

// A hop is one Received header.
type hop struct {
	From, By, With string
	Time           time.Time
	After          string // since the hop before; empty when not known
}

// hopLimit is how many hops are shown; RFC 5321 §6.3 takes a hundred for a loop.
const hopLimit = 100

// hops reads the path of a mail, oldest first.
func hops(headers []record.Header) []hop {
	var out []hop
	for _, h := range headers {
		if strings.EqualFold(h.Name, "Received") && len(out) < hopLimit {
			out = append(out, newHop(h.Value))
		}
	}
	slices.Reverse(out)
	for i := 1; i < len(out); i++ {
		if before := out[i-1].Time; !before.IsZero() && !out[i].Time.IsZero() {
			out[i].After = span(out[i].Time.Sub(before))
		}
	}
	return out
}

// newHop reads a Received header, RFC 5321 §4.4, as far as it is one.
func newHop(value string) hop {
	value, _ = head(value, longLimit)
	clauses, date := value, ""
	if i := strings.LastIndexByte(value, ';'); i >= 0 {
		clauses, date = value[:i], strings.TrimSpace(value[i+1:])
	}
	var h hop
	h.Time, _ = mail.ParseDate(date)
	var into *string
	depth := 0
	for word := range strings.FieldsSeq(clauses) {
		if depth == 0 {
			switch strings.ToLower(word) {
			case "from":
				into = &h.From
				continue
			case "by":
				into = &h.By
				continue
			case "with":
				into = &h.With
				continue
			case "id", "for", "via":
				into = nil
				continue
			}
		}
		depth = max(0, depth+strings.Count(word, "(")-strings.Count(word, ")"))
		if into != nil {
			*into = strings.TrimSpace(*into + " " + word)
		}
	}
	h.From, h.By, h.With = report.Clean(h.From, lineLimit), report.Clean(h.By, lineLimit), report.Clean(h.With, cellLimit)
	return h
}

// span writes a duration short: 3 s, 2 min, -5 s.
func span(d time.Duration) string {
	switch a := d.Abs(); {
	case a < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case a < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	default:
		return fmt.Sprintf("%.1f h", d.Hours())
	}
}
