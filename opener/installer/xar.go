package installer

import (
	"bytes"
	"compress/bzip2"
	"compress/zlib"
	"encoding/binary"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/sekisho/sekisho"
)

const (
	tocLimit   = 16 << 20
	deepestXar = 64
)

// A xarFile is a file of the table of contents while it is read.
type xarFile struct {
	name, kind, encoding string
	offset, length       int64
}

// openXar reads the archive that packages of macOS are: a header, a table of contents in XML packed by zlib, a heap.
func openXar(x *box) error {
	head := x.read(0, 28)
	if len(head) < 28 || !bytes.HasPrefix(head, []byte("xar!")) {
		return errBroken
	}
	start, packed := int64(binary.BigEndian.Uint16(head[4:])), int64(min(binary.BigEndian.Uint64(head[8:]), 1<<40))
	r, err := zlib.NewReader(x.section(start, packed))
	if err != nil {
		return fmt.Errorf("%w: table of contents: %w", sekisho.ErrMalformed, err)
	}
	toc, err := x.b.Read(x.ctx, &growth{io.LimitReader(r, tocLimit), bombAllowed + bombRatio*min(packed, x.size)})
	if err != nil && (len(toc) == 0 || errors.Is(err, sekisho.ErrLimit)) {
		return err
	}
	if len(toc) == tocLimit {
		return fmt.Errorf("%w: a table of contents of more than %d bytes", sekisho.ErrLimit, tocLimit)
	}
	d := xml.NewDecoder(bytes.NewReader(toc))
	d.Strict = false
	return x.xarFiles(d, start+packed)
}

// xarFiles adds the files in the order they end in; folders hold their files.
func (x *box) xarFiles(d *xml.Decoder, heap int64) error {
	var files []xarFile
	var elements []string
	text := strings.Builder{}
	for {
		token, err := d.Token()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%w: table of contents: %w", sekisho.ErrMalformed, err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			elements = append(elements, t.Name.Local)
			if len(elements) > 4*deepestXar || len(files) > deepestXar {
				return fmt.Errorf("%w: a table of contents nested too deeply", sekisho.ErrLimit)
			}
			text.Reset()
			if t.Name.Local == "file" {
				files = append(files, xarFile{offset: -1})
			}
			if t.Name.Local == "encoding" && len(files) > 0 {
				for _, attribute := range t.Attr {
					if attribute.Name.Local == "style" {
						files[len(files)-1].encoding = attribute.Value
					}
				}
			}
		case xml.CharData:
			if text.Len() < longestName {
				text.Write(t)
			}
		case xml.EndElement:
			if len(elements) == 0 {
				return errBroken
			}
			elements = elements[:len(elements)-1]
			if len(files) == 0 {
				continue
			}
			within := ""
			if len(elements) > 0 {
				within = elements[len(elements)-1]
			}
			files[len(files)-1].field(within, t.Name.Local, strings.TrimSpace(text.String()))
			text.Reset()
			if t.Name.Local == "file" {
				if !x.xarFile(files, heap) {
					return nil
				}
				files = files[:len(files)-1]
			}
		}
	}
}

func (f *xarFile) field(within, name, value string) {
	number := func(to *int64) {
		if n, err := strconv.ParseInt(value, 10, 64); err == nil && n >= 0 {
			*to = n
		}
	}
	switch within + "/" + name {
	case "file/name":
		f.name = value
	case "file/type":
		f.kind = value
	case "data/offset":
		number(&f.offset)
	case "data/length":
		number(&f.length)
	}
}

func (x *box) xarFile(files []xarFile, heap int64) bool {
	f := files[len(files)-1]
	if f.kind == "directory" || f.offset < 0 && f.kind != "file" {
		return true
	}
	var names []string
	for _, folder := range files {
		names = append(names, folder.name)
	}
	name := strings.Join(names, "/")
	if f.offset < 0 {
		return x.add(name, bytes.NewReader(nil), 0)
	}
	r := x.section(heap+f.offset, f.length)
	switch f.encoding {
	case "application/x-gzip":
		unpacked, err := zlib.NewReader(r)
		if err != nil {
			x.note(fmt.Errorf("%w: %q: %w", sekisho.ErrMalformed, name, err))
			return x.add(name, nil, 0)
		}
		r = unpacked
	case "application/x-bzip2":
		r = bzip2.NewReader(r)
	case "application/octet-stream", "":
	default:
		x.note(fmt.Errorf("%w: %q is packed as %q", sekisho.ErrUnavailable, name, f.encoding))
		return x.add(name, nil, 0)
	}
	return x.add(name, r, f.length)
}
