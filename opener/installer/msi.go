package installer

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/richardlehane/mscfb"

	"github.com/sekisho/sekisho"
)

const (
	mostStreams = 4000
	stringsKept = 4 << 20 // bytes of the strings of the tables
)

// openMSI lists the streams of the compound file that an installer of Windows is, and what its custom actions run: the
// command lines as a batch file, scripts as files of their own. The strings of all tables become a text.
func openMSI(x *box) error {
	d := &database{tables: map[string][]byte{}}
	_ = x.streams(func(name string, table bool, entry *mscfb.File) bool { // what is wrong, the second look says
		if table && tablesKept[name] {
			d.tables[name], _ = io.ReadAll(io.LimitReader(entry, stringsKept)) // what can be read is kept
		}
		return true
	})
	actions, err := d.actions()
	x.note(err)
	x.run(actions)
	if text := d.tables["_StringData"]; len(text) > 0 {
		x.add("strings.txt", bytes.NewReader(bytes.ToValidUTF8(text, []byte("?"))), int64(len(text)))
	}
	endings := scriptStreams(actions)
	return x.streams(func(name string, table bool, entry *mscfb.File) bool {
		if table { // rows are numbers that lead to the strings
			return true
		}
		return x.add(path.Join(append(entry.Path, name+endings[name])...), entry, entry.Size)
	})
}

// run adds what the custom actions run.
func (x *box) run(actions []action) {
	if lines := commands(actions); len(lines) > 0 {
		x.add("CustomAction.cmd", bytes.NewReader(lines), int64(len(lines)))
	}
	code := scripts(actions)
	for _, name := range slices.Sorted(maps.Keys(code)) {
		x.add(name, strings.NewReader(code[name]), int64(len(code[name])))
	}
}

// streams calls found for each stream with content, until it returns false.
func (x *box) streams(found func(name string, table bool, entry *mscfb.File) bool) error {
	doc, err := mscfb.New(io.NewSectionReader(x.blob, 0, x.size))
	if err != nil {
		return fmt.Errorf("%w: %w", sekisho.ErrMalformed, err)
	}
	for n := 0; ; n++ {
		entry, err := doc.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%w: %w", sekisho.ErrMalformed, err)
		}
		if n == mostStreams {
			return fmt.Errorf("%w: more than %d streams", sekisho.ErrLimit, mostStreams)
		}
		if entry.Size == 0 || entry.FileInfo().IsDir() {
			continue
		}
		if name, table := streamName(entry.Name); !found(name, table, entry) {
			return nil
		}
	}
}

const streamAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._"

// streamName decodes the names of streams, in which Windows Installer packs two characters into one, and tells tables,
// which begin with U+4840.
func streamName(name string) (decoded string, table bool) {
	var b strings.Builder
	for _, r := range name {
		switch {
		case r == 0x4840:
			table = true
		case r >= 0x3800 && r < 0x4800:
			b.WriteByte(streamAlphabet[(r-0x3800)&0x3F])
			b.WriteByte(streamAlphabet[(r-0x3800)>>6&0x3F])
		case r >= 0x4800 && r < 0x4840:
			b.WriteByte(streamAlphabet[r-0x4800])
		case r < ' ':
		default:
			b.WriteRune(r)
		}
	}
	return b.String(), table
}
