package feed

import (
	"encoding/csv"
	"fmt"
	"io"
	"strings"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/coin"
)

// columns maps the headings of tables, in lower case, to what they hold.
var columns = map[string]string{
	"address": "address", "addr": "address", "addresses": "address", "wallet": "address", "wallet address": "address", "account": "address",
	"crypto address": "address", "cryptoaddress": "address", "アドレス": "address", "ウォレットアドレス": "address",
	"domain": "site", "host": "site", "hostname": "site", "site": "site", "ドメイン": "site",
	"chain": "chain", "currency": "chain", "coin": "chain", "asset": "chain", "network": "chain", "blockchain": "chain", "symbol": "chain",
	"チェーン": "chain", "通貨": "chain", "銘柄": "chain",
	"category": "category", "type": "category", "abuse": "category", "kind": "category", "カテゴリ": "category", "分類": "category", "種別": "category",
	"label": "entity", "entity": "entity", "name": "entity", "tag": "entity", "name tag": "entity", "owner": "entity", "actor": "entity",
	"ラベル": "entity", "名称": "entity", "名前": "entity",
	"source": "source", "reporter": "source", "出典": "source", "情報源": "source",
	"url": "url", "link": "url", "reference": "url",
	"date": "date", "lastmod": "date", "listed": "date", "created": "date", "日付": "date", "登録日": "date",
	"confidence": "confidence", "確度": "confidence",
}

// set puts a value into an item; column is one of the values of columns, or empty.
func (i *item) set(column, value string) {
	value = strings.TrimSpace(value)
	switch column {
	case "address":
		i.address = value
	case "site":
		if i.address == "" {
			i.address, i.site = value, true
		}
	case "chain":
		i.chain = value
	case "category":
		i.category = value
	case "entity":
		i.label.Entity = value
	case "source":
		i.label.Source = value
	case "url":
		i.label.SourceURL = value
	case "date":
		i.label.Date = dateOf(value)
	case "confidence":
		i.label.Confidence = value
	}
}

// columnOf returns what a column with that heading holds, or "".
func columnOf(heading string) string {
	heading = strings.ReplaceAll(strings.TrimPrefix(heading, "\uFEFF"), "_", " ")
	return columns[strings.ToLower(strings.TrimSpace(heading))]
}

// dateOf keeps the date of a time: "2024-05-01T00:00:00Z", "2024/05/01".
func dateOf(s string) string {
	if len(s) < 10 {
		return ""
	}
	s = strings.ReplaceAll(s[:10], "/", "-")
	if s[4] != '-' || s[7] != '-' {
		return ""
	}
	return s
}

// readCSV reads a table. Columns are known by the header; without one, by the first row that holds an address.
func readCSV(in *input, add func(item) error) error {
	r := csv.NewReader(in)
	r.Comma, r.FieldsPerRecord, r.LazyQuotes, r.ReuseRecord = separator(in.head), -1, true, true
	var holds []string // what each column holds
	for n := 1; ; n++ {
		in.next()
		row, err := r.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return malformed(fmt.Sprintf("row %d", n), err)
		}
		if n == 1 {
			var is bool
			if holds, is, err = header(row); err != nil {
				return err
			}
			if is {
				continue
			}
		}
		var i item
		for at, value := range row {
			if at < len(holds) {
				i.set(holds[at], value)
			}
		}
		if i.address == "" {
			continue
		}
		if err := add(i); err != nil {
			return err
		}
	}
}

// header returns what each column holds, and whether the row is a header. A first row that is none but holds an address
// makes a table of which only that column is known.
func header(row []string) (holds []string, is bool, err error) {
	holds = make([]string, len(row))
	for n, cell := range row {
		holds[n] = columnOf(cell)
		is = is || holds[n] == "address" || holds[n] == "site"
	}
	if is {
		return holds, true, nil
	}
	for n, cell := range row {
		if bare, _ := coin.Trim(cell); len(coin.Parse(bare)) > 0 {
			clear(holds)
			holds[n] = "address"
			return holds, false, nil
		}
	}
	return nil, false, fmt.Errorf("%w: no column is called address (or wallet, domain, アドレス ...); the first row is %q", sekisho.ErrMalformed, clip(row))
}

func clip(row []string) string {
	text := strings.Join(row, ", ")
	if len(text) > 120 {
		text = strings.ToValidUTF8(text[:120], "") + " ..."
	}
	return text
}

// separator returns the character that parts the columns of the first line.
func separator(head []byte) rune {
	line, _, _ := strings.Cut(string(head), "\n")
	best, most := ',', 0
	for _, c := range []rune{',', ';', '\t', '|'} {
		if n := strings.Count(line, string(c)); n > most {
			best, most = c, n
		}
	}
	return best
}
