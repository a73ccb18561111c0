package source

import (
	"bufio"
	"bytes"
	"fmt"
	"io"

	"github.com/sekisho/sekisho"
)

// isMbox reports whether the bytes begin an mbox, RFC 4155: a line "From address date" and then a header field.
func isMbox(head []byte) bool {
	if !isFromLine(head) {
		return false
	}
	_, rest, ok := bytes.Cut(head, []byte("\n"))
	if !ok {
		return false
	}
	line, _, _ := bytes.Cut(rest, []byte("\n"))
	field, _, colon := bytes.Cut(line, []byte(":"))
	return bytes.HasPrefix(line, []byte(">From ")) || colon && len(field) > 0 && !bytes.ContainsAny(field, " \t")
}

// isFromLine reports whether the line is a separator: "From ", something, and a time of day. mboxo leaves lines of
// prose that begin with From unquoted; they have no time in them.
func isFromLine(line []byte) bool {
	line, _, _ = bytes.Cut(line, []byte("\n"))
	if !bytes.HasPrefix(line, []byte("From ")) || len(line) > 512 {
		return false
	}
	for i := len("From "); i+4 < len(line); i++ {
		if line[i+2] == ':' && isDigit(line[i]) && isDigit(line[i+1]) && isDigit(line[i+3]) && isDigit(line[i+4]) {
			return true
		}
	}
	return false
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// splitMbox hands on each mail as a section of the file, so that an mbox of any size takes little memory.
func splitMbox(name string, blob io.ReaderAt, size int64, file *shared, found func(Item) error) error {
	r := bufio.NewReaderSize(io.NewSectionReader(blob, 0, size), 256<<10)
	var at, start int64
	number, blank := 0, true
	emit := func(end int64) error {
		if number == 0 {
			return nil
		}
		return found(Item{
			Artifact: &sekisho.Artifact{Kind: sekisho.KindMail, Name: fmt.Sprintf("%s#%d", name, number),
				Blob: io.NewSectionReader(blob, start, end-start), Size: end - start},
			file: file.share(),
		})
	}
	for {
		line, err := r.ReadSlice('\n')
		if blank && isFromLine(line) {
			if err := emit(at); err != nil {
				return err
			}
			number, start = number+1, at+int64(len(line))
		}
		at += int64(len(line))
		if err != bufio.ErrBufferFull {
			blank = len(bytes.TrimRight(line, "\r\n")) == 0
		}
		if err == io.EOF {
			return emit(at)
		}
		if err != nil && err != bufio.ErrBufferFull {
			if err := emit(at); err != nil {
				return err
			}
			return found(unreadable(name, err))
		}
	}
}
