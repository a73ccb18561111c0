package installer

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/richardlehane/mscfb"

	"github.com/sekisho/sekisho"
)

const (
	mostStreams = 4000
	stringsKept = 4 << 20 // bytes of the strings of the tables
)

// openMSI lists the streams of the compound file that an installer of Windows is. The strings of all its tables, the
// commands of custom actions among them, become a text.
func openMSI(x *box) error {
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
		name, table := streamName(entry.Name)
		switch {
		case table && name == "_StringData":
			text, _ := io.ReadAll(io.LimitReader(entry, stringsKept)) // what can be read is kept
			if !x.add("strings.txt", bytes.NewReader(bytes.ToValidUTF8(text, []byte("?"))), int64(len(text))) {
				return nil
			}
		case table: // rows are numbers that lead to the strings
		default:
			if !x.add(path.Join(append(entry.Path, name)...), entry, entry.Size) {
				return nil
			}
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
