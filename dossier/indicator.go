package dossier

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/sekisho/sekisho/record"
)

// An indicator is one as it was seen in the case.
type indicator struct {
	kind, value string
	first, last time.Time
	seen        int
	passages    []string // up to 20
	blocked     bool     // by a person
	reason      string   // why
}

// indicators returns what the case's passages showed, ordered by kind and value. Fingerprints of secrets and digests of texts
// mean something inside of the record only, and are left out.
func (c *contents) indicators() []*indicator {
	type key struct{ kind, value string }
	all := map[key]*indicator{}
	for _, p := range c.passages {
		for _, i := range p.Indicator {
			if i.Kind == record.IndicatorFingerprint || i.Kind == record.IndicatorText {
				continue
			}
			k := key{i.Kind, i.Value}
			known := all[k]
			if known == nil {
				known = &indicator{kind: i.Kind, value: i.Value, first: p.Time, last: p.Time}
				all[k] = known
			}
			known.seen++
			known.first, known.last = earlier(known.first, p.Time), later(known.last, p.Time)
			if len(known.passages) < 20 {
				known.passages = append(known.passages, p.ID)
			}
			if i.Blocked {
				known.blocked, known.reason = true, i.Reason
			}
		}
	}
	var list []*indicator
	for _, i := range all {
		list = append(list, i)
	}
	slices.SortFunc(list, func(a, b *indicator) int { return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.value, b.value)) })
	return list
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// indicatorTable writes the indicators as CSV (RFC 4180) with a byte order mark, by which spreadsheets tell UTF-8.
func indicatorTable(indicators []*indicator) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("\uFEFF")
	w := csv.NewWriter(&b)
	w.UseCRLF = true
	rows := [][]string{{"kind", "value", "first_seen_utc", "last_seen_utc", "seen_in_case", "blocked", "reason", "passages"}}
	for _, i := range indicators {
		rows = append(rows, []string{i.kind, inert(i.value), i.first.UTC().Format(time.RFC3339), i.last.UTC().Format(time.RFC3339),
			strconv.Itoa(i.seen), strconv.FormatBool(i.blocked), inert(i.reason), strings.Join(i.passages, " ")})
	}
	err := w.WriteAll(rows)
	return b.Bytes(), err
}

// inert keeps a spreadsheet from taking a cell for a formula, by an apostrophe before what could begin one, and spells out what
// cannot be seen. The exact values are in the STIX bundle and the entries.
func inert(cell string) string {
	var b strings.Builder
	for i, r := range cell {
		if i == 0 && strings.ContainsRune("=+-@|%＝＋－＠", r) {
			b.WriteByte('\'')
		}
		if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
			fmt.Fprintf(&b, "<U+%04X>", r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}
