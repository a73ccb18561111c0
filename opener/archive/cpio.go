package archive

import (
	"bytes"
	"io"
	"strconv"
	"strings"

	"github.com/sekisho/sekisho"
)

// The formats of cpio are those of cpio(5): newc with hexadecimal numbers and odc with octal ones.

// A cpioHead is the header of an entry.
type cpioHead struct {
	name       string
	mode, size int64
	data, next int64 // where its bytes stand, and the next header
}

const (
	cpioType = 0o170000
	cpioFile = 0o100000
	cpioDir  = 0o040000
)

func openCpio(x *box) error {
	for at := int64(0); at < x.a.Size; {
		h, err := x.cpioHead(at)
		if err != nil || h.name == "TRAILER!!!" {
			return err
		}
		at = h.next
		if h.mode&cpioType == cpioDir {
			continue
		}
		e := entry{name: text(strings.TrimPrefix(h.name, "./")), packed: h.size, link: h.mode&cpioType != cpioFile, open: func() (io.Reader, error) {
			if h.data+h.size > x.a.Size {
				return io.NewSectionReader(x.a.Blob, h.data, x.a.Size-h.data), nil
			}
			return io.NewSectionReader(x.a.Blob, h.data, h.size), nil
		}}
		if !x.add(e) {
			return nil
		}
	}
	return nil
}

func (x *box) cpioHead(at int64) (h cpioHead, err error) {
	head := make([]byte, 110)
	n, _ := x.a.Blob.ReadAt(head, at) // an archive may well end here
	head = head[:n]
	number := func(start, length, base int) int64 {
		value, parseErr := strconv.ParseInt(string(head[start:start+length]), base, 64)
		if parseErr != nil || value < 0 {
			err = sekisho.ErrMalformed
		}
		return value
	}
	var nameSize, start, align int64
	switch {
	case len(head) == 110 && (bytes.HasPrefix(head, []byte("070701")) || bytes.HasPrefix(head, []byte("070702"))):
		h.mode, h.size, nameSize, start, align = number(14, 8, 16), number(54, 8, 16), number(94, 8, 16), 110, 4
	case len(head) >= 76 && bytes.HasPrefix(head, []byte("070707")):
		h.mode, nameSize, h.size, start, align = number(18, 6, 8), number(59, 6, 8), number(65, 11, 8), 76, 1
	default:
		return h, sekisho.ErrMalformed
	}
	if err != nil || nameSize > nameLimit {
		return h, sekisho.ErrMalformed
	}
	name := make([]byte, nameSize)
	n, _ = x.a.Blob.ReadAt(name, at+start)
	h.name = strings.TrimRight(string(name[:n]), "\x00")
	h.data = (at + start + nameSize + align - 1) / align * align
	h.next = (h.data + h.size + align - 1) / align * align
	return h, nil
}
