package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/report"
)

// A screenWriter writes what is known of addresses, one after the other.
type screenWriter struct {
	format string
	words  screenWords
	out    io.Writer
	table  *csv.Writer
	n      int
}

// screenWords is the language of the text.
type screenWords struct {
	outcome                                             map[string]string
	checksum                                            map[string]string
	wallet, since, delisted, list, old, sure, gap, none string
}

var screenEnglish = screenWords{
	outcome: map[string]string{"listed": "LISTED", "formerly-listed": "FORMERLY LISTED", "nothing-found": "nothing found",
		"invalid": "CHECKSUM WRONG: mistyped, cut or altered", "not-an-address": "NOT AN ADDRESS of any known chain"},
	checksum: map[string]string{"valid": "checksum valid", "absent": "no checksum", "invalid": "checksum wrong"},
	wallet:   "our wallet", since: "since", delisted: "taken off the list on", list: "list", old: "days old", gap: "not asked", sure: "confidence",
	none: "no list was pulled or imported, only the built-in facts were asked; see 'sekisho intel pull'",
}

var screenJapanese = screenWords{
	outcome: map[string]string{"listed": "登録あり", "formerly-listed": "過去に登録あり", "nothing-found": "該当なし",
		"invalid": "チェックサム不一致（誤記・欠落・改変）", "not-an-address": "既知のどのチェーンのアドレスでもありません"},
	checksum: map[string]string{"valid": "チェックサム一致", "absent": "チェックサムなし", "invalid": "チェックサム不一致"},
	wallet:   "自社ウォレット", since: "登録日", delisted: "登録解除日", list: "リスト", old: "日前のもの", gap: "照合できなかったもの", sure: "確度",
	none: "リストが未取得のため、組み込みの情報のみと照合しました（'sekisho intel pull' を参照）",
}

func newScreenWriter(format string, lang sekisho.Lang, out io.Writer) *screenWriter {
	w := &screenWriter{format: format, words: screenEnglish, out: out, table: csv.NewWriter(out)}
	if lang == sekisho.Japanese {
		w.words = screenJapanese
	}
	return w
}

// one writes what is known of one address.
func (w *screenWriter) one(s screened) error {
	w.n++
	switch w.format {
	case "json", "jsonl":
		return w.json(s)
	case "csv":
		return w.rows(s)
	}
	return w.text(s)
}

func (w *screenWriter) json(s screened) error {
	b, err := json.Marshal(s)
	if err != nil {
		return err
	}
	before, after := "", "\n"
	if w.format == "json" {
		after = ""
		if before = ",\n"; w.n == 1 {
			before = "{\"addresses\": [\n"
		}
	}
	_, err = fmt.Fprintf(w.out, "%s%s%s", before, b, after)
	return err
}

// rows writes one row a label, or one when there is none.
func (w *screenWriter) rows(s screened) error {
	if w.n == 1 {
		if err := w.table.Write([]string{"input", "outcome", "chain", "canonical", "checksum", "wallet", "category", "entity", "source", "source_url",
			"date", "delisted", "confidence", "list", "list_age_days"}); err != nil {
			return err
		}
	}
	first := reading{}
	if len(s.Readings) > 0 {
		first = s.Readings[0]
	}
	head := []string{s.Input, s.Outcome, first.Chain, first.Canonical, first.Checksum, s.Wallet}
	rows := [][]string{append(head[:len(head):len(head)], make([]string, 9)...)}
	for i, l := range s.Labels {
		row := append(head[:len(head):len(head)], l.Category, l.Entity, l.Source, l.SourceURL, l.Date, l.Delisted, l.Confidence, l.List, strconv.Itoa(l.AgeDays))
		if i == 0 {
			rows = rows[:0]
		}
		rows = append(rows, row)
	}
	for _, row := range rows {
		for i := range row {
			row[i] = cell(row[i])
		}
		if err := w.table.Write(row); err != nil {
			return err
		}
	}
	return nil
}

// cell keeps spreadsheets from taking what stands in a cell for a formula.
func cell(s string) string {
	if s != "" && strings.IndexByte("=+-@\t\r", s[0]) >= 0 {
		return "'" + s
	}
	return s
}

func (w *screenWriter) text(s screened) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s\n", report.Clean(s.Input, 200), w.words.outcome[s.Outcome])
	for _, r := range s.Readings {
		fmt.Fprintf(&b, "  %s %s, %s, %s", r.Chain, r.Type, r.Network, w.words.checksum[r.Checksum])
		if r.Canonical != s.Input {
			fmt.Fprintf(&b, ": %s", r.Canonical)
		}
		b.WriteByte('\n')
	}
	if s.Wallet != "" {
		fmt.Fprintf(&b, "  %s: %s\n", w.words.wallet, report.Clean(s.Wallet, 100))
	}
	for _, l := range s.Labels {
		fmt.Fprintf(&b, "  * %s  %s  (%s", report.Clean(l.Category, 40), report.Clean(l.Entity, 120), report.Clean(l.Source, 120))
		for _, part := range [...][2]string{{w.words.since, l.Date}, {w.words.delisted, l.Delisted}, {w.words.sure, l.Confidence}} {
			if part[1] != "" {
				fmt.Fprintf(&b, "; %s %s", part[0], report.Clean(part[1], 40))
			}
		}
		fmt.Fprintf(&b, "; %s %s, %d %s)\n", w.words.list, l.List, l.AgeDays, w.words.old)
		if l.SourceURL != "" {
			fmt.Fprintf(&b, "    %s\n", report.Clean(l.SourceURL, 200))
		}
	}
	_, err := io.WriteString(w.out, b.String())
	return err
}

// close ends the report with what could not be asked.
func (w *screenWriter) close(gaps []string) error {
	w.table.Flush()
	switch w.format {
	case "json":
		if gaps == nil {
			gaps = []string{}
		}
		b, err := json.Marshal(gaps)
		if err != nil {
			return err
		}
		before := "{\"addresses\": ["
		if w.n > 0 {
			before = "\n"
		}
		_, err = fmt.Fprintf(w.out, "%s], \"gaps\": %s}\n", before, b)
		return err
	case "text":
		for _, g := range gaps {
			if _, err := fmt.Fprintf(w.out, "%s: %s\n", w.words.gap, g); err != nil {
				return err
			}
		}
	}
	return w.table.Error()
}
