package office

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/sekisho/sekisho"
)

const (
	mostCSV   = 4 << 20 // bytes of a CSV file that are looked at
	mostCell  = 2 << 10 // bytes of one formula that are looked at
	mostCells = 50_000  // formulas of one file that are looked at, plain numbers aside
)

func isCSV(file *sekisho.File) bool {
	switch file.Extension {
	case "csv", "tsv", "tab":
		return true
	}
	return file.Type == "text/csv" || file.Type == "text/tab-separated-values"
}

// readCSV looks at the cells that a spreadsheet takes for formulas: =, +, - or @ comes first. Only those that start a
// program or fetch something are facts.
func (f *Facts) readCSV(a *sekisho.Artifact) error {
	if a.Blob == nil {
		return nil
	}
	data := make([]byte, min(a.Size, mostCSV))
	n, err := a.Blob.ReadAt(data, 0)
	if err != nil && err != io.EOF {
		return fmt.Errorf("read csv: %w", err)
	}
	data = bytes.TrimPrefix(data[:n], []byte("\xEF\xBB\xBF"))
	start, cells := true, 0
	for i := 0; i < len(data); i++ {
		switch c := data[i]; c {
		case ',', ';', '\t', '\n', '\r':
			start = true
		case ' ', '"':
		case '=', '+', '-', '@':
			if start && !number(data[i+1:]) {
				if cells++; cells > mostCells {
					return fmt.Errorf("%w: more than %d formulas", sekisho.ErrLimit, mostCells)
				}
				f.readCell(data[i:min(len(data), i+mostCell)])
			}
			start = false
		default:
			start = false
		}
	}
	if a.Size > mostCSV {
		return fmt.Errorf("%w: a CSV file of %d bytes, %d were looked at", sekisho.ErrLimit, a.Size, n)
	}
	return nil
}

// number reports whether a signed number is all that is left of a cell.
func number(cell []byte) bool {
	for _, c := range cell[:min(len(cell), 40)] {
		switch {
		case c >= '0' && c <= '9' || c == '.' || c == '%' || c == '"' || c == ' ':
		default:
			return c == ',' || c == ';' || c == '\t' || c == '\n' || c == '\r'
		}
	}
	return len(cell) <= 40
}

// readCell looks at one formula; cell starts with it and may go on behind it.
func (f *Facts) readCell(cell []byte) {
	if end := bytes.IndexAny(cell, "\r\n"); end >= 0 {
		cell = cell[:end]
	}
	// DDE is PROGRAM|'arguments'!item. The program's name is all that may stand before the bar.
	if bar := bytes.IndexByte(cell, '|'); bar > 0 && bytes.IndexByte(cell[bar:], '!') > 0 && !bytes.ContainsAny(cell[:bar], ",;\t") {
		program := strings.TrimLeft(string(cell[:bar]), "=+-@ (\"'")
		if program != "" && !strings.ContainsAny(program, " /") && startsTool(string(cell)) {
			list(&f.CSVFormula, string(cell))
			return
		}
	}
	upper := string(bytes.ToUpper(cell))
	for _, function := range [...]string{"HYPERLINK(", "WEBSERVICE(", "IMPORTXML(", "IMPORTDATA(", "IMPORTHTML(", "IMPORTFEED(", "IMAGE(", "DDE("} {
		at := strings.Index(upper, function)
		if at < 0 || strings.ContainsAny(upper[:at], ",;\t") && !strings.Contains(upper[:at], "(") {
			continue
		}
		if function == "DDE(" {
			list(&f.CSVFormula, string(cell))
		} else if strings.Contains(upper[at:], "://") || strings.Contains(upper[at:], `\\`) {
			list(&f.CSVFetch, string(cell))
		}
		return
	}
}
