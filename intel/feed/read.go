package feed

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sekisho/sekisho"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"
)

// An input is a list being read, in UTF-8.
type input struct {
	*guard
	head      []byte    // the first bytes, still to be read
	published time.Time // set by readers of formats that say it
}

// A reader reads one format and gives its items to add, whose first error ends it.
type reader func(in *input, add func(item) error) error

var readers = map[string]reader{
	"ofac-xml": readOFACXML, "ofac-csv": readOFACCSV, "plain": readPlain, "csv": readCSV, "json": readJSON, "tagpack": readTagPack,
	"stix": readSTIX, "misp": readMISP, "eth-phishing": readEthPhishing, "polkadot-phishing": readPolkadotPhishing,
}

// Formats returns the names of the formats, sorted.
func Formats() []string { return slices.Sorted(maps.Keys(readers)) }

const (
	sniffed     = 64 << 10 // bytes looked at to tell the encoding
	recordLimit = 4 << 20  // bytes of one record
)

// newInput tells the encoding of r and refuses what is no list at all.
func newInput(r io.Reader) (*input, error) {
	buffered := bufio.NewReaderSize(r, sniffed)
	head, err := buffered.Peek(sniffed)
	if err != nil && err != io.EOF {
		return nil, err
	}
	if len(bytes.TrimSpace(head)) == 0 {
		return nil, fmt.Errorf("%w: it is empty", sekisho.ErrMalformed)
	}
	var decoded io.Reader = buffered
	if e := encodingOf(head); e != nil {
		decoded = e.NewDecoder().Reader(buffered)
	}
	again := bufio.NewReaderSize(decoded, sniffed)
	if head, err = again.Peek(1024); err != nil && err != io.EOF {
		return nil, err
	}
	start := strings.ToLower(string(bytes.TrimLeft(head, "\uFEFF \t\r\n")))
	for _, mark := range [...]string{"<!doctype html", "<html", "<head", "<body"} {
		if strings.HasPrefix(start, mark) {
			return nil, fmt.Errorf("%w: it is an HTML page, not a list", sekisho.ErrMalformed)
		}
	}
	return &input{guard: &guard{r: again, left: recordLimit}, head: head}, nil
}

// encodingOf tells the encoding by a byte order mark, or Shift_JIS by what is not UTF-8; nil for UTF-8.
func encodingOf(head []byte) encoding.Encoding {
	switch {
	case bytes.HasPrefix(head, []byte("\xEF\xBB\xBF")):
		return unicode.UTF8BOM
	case bytes.HasPrefix(head, []byte("\xFF\xFE")), bytes.HasPrefix(head, []byte("\xFE\xFF")):
		return unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM)
	}
	for cut := 0; cut < utf8.UTFMax && cut < len(head); cut++ { // the last character may be cut
		if utf8.Valid(head[:len(head)-cut]) {
			return nil
		}
	}
	return japanese.ShiftJIS
}

// A guard bounds how much is read for one record: parsers hold a record whole, and a quote that never closes would make
// all of the rest one record.
type guard struct {
	r    io.Reader
	left int
}

// next starts another record.
func (g *guard) next() { g.left = recordLimit }

// Read implements io.Reader.
func (g *guard) Read(b []byte) (int, error) {
	if g.left <= 0 {
		return 0, fmt.Errorf("%w: a record of more than %d MiB", sekisho.ErrLimit, recordLimit>>20)
	}
	n, err := g.r.Read(b[:min(len(b), g.left)])
	g.left -= n
	return n, err
}

// readPlain reads one address a line; what follows a space or a comma is not read, nor lines that start with #.
func readPlain(in *input, add func(item) error) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 64<<10), 1<<20)
	n := 0
	for lines.Scan() {
		in.next()
		n++
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' || strings.HasPrefix(line, "//") {
			continue
		}
		if i := strings.IndexAny(line, " \t,;"); i > 0 {
			line = line[:i]
		}
		if err := add(item{address: strings.Trim(line, `"'`)}); err != nil {
			return err
		}
	}
	if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		return fmt.Errorf("line %d: %w: longer than 1 MiB", n+1, sekisho.ErrLimit)
	} else if err != nil {
		return malformed(fmt.Sprintf("line %d", n+1), err)
	}
	return nil
}

// Addresses reads the addresses of a table or of a plain list, with the chain where a column says it, as they are
// written. An error wraps [sekisho.ErrMalformed] when no column holds addresses.
func Addresses(r io.Reader, add func(written, chain string) error) error {
	in, err := newInput(r)
	if err != nil {
		return err
	}
	read := readCSV
	if start := bytes.TrimLeft(in.head, "\uFEFF \t\r\n"); bytes.HasPrefix(start, []byte("#")) {
		read = readPlain
	}
	return read(in, func(i item) error { return add(i.address, i.chain) })
}
