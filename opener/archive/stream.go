package archive

import (
	"archive/tar"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"

	"github.com/klauspost/compress/zstd"
	"github.com/sekisho/sekisho"
	"github.com/ulikunitz/xz"
)

// dictionaryLimit is the most bytes of history a decompressor may keep.
const dictionaryLimit = 64 << 20

func openGzip(x *box) error {
	r, err := gzip.NewReader(x.section())
	if err != nil {
		return err
	}
	name := r.Name
	if name == "" {
		name = x.inner()
	}
	x.add(entry{name: text(name), packed: x.a.Size, open: func() (io.Reader, error) { return r, nil }})
	return nil
}

func openBzip2(x *box) error {
	x.add(entry{name: x.inner(), packed: x.a.Size, open: func() (io.Reader, error) { return bzip2.NewReader(x.section()), nil }})
	return nil
}

func openXz(x *box) error {
	x.add(entry{name: x.inner(), packed: x.a.Size, open: func() (io.Reader, error) { return newXz(x.section()) }})
	return nil
}

func openZstd(x *box) error {
	r, err := newZstd(x.section())
	if err != nil {
		return err
	}
	defer r.Close()
	x.add(entry{name: x.inner(), packed: x.a.Size, open: func() (io.Reader, error) { return r, nil }})
	return nil
}

func newZstd(r io.Reader) (*zstd.Decoder, error) {
	return zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(dictionaryLimit))
}

// newXz refuses a first block whose dictionary is larger than is read anyway: the library allocates what is asked for.
// The block header stands after the 12 bytes of the stream header (The .xz File Format 1.2, 3.1 and 5.3.1).
func newXz(r io.Reader) (io.Reader, error) {
	head := make([]byte, 12+64)
	n, err := io.ReadFull(r, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	head = head[:n]
	const lzma2 = "\x21\x01" // the filter's id and the length of its properties
	if i := bytes.Index(head, []byte(lzma2)); i >= 12 && i+2 < len(head) {
		if bits := head[i+2]; bits > 28 { // 28 is 64 MiB
			return nil, fmt.Errorf("%w: a dictionary of more than %d bytes", sekisho.ErrLimit, dictionaryLimit)
		}
	}
	return xz.NewReader(io.MultiReader(bytes.NewReader(head), r))
}

func openTar(x *box) error {
	r := tar.NewReader(x.section())
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		e := entry{name: text(h.Name), packed: x.a.Size, open: func() (io.Reader, error) { return r, nil }}
		switch h.Typeflag {
		case tar.TypeDir, tar.TypeXGlobalHeader:
			continue
		case tar.TypeSymlink, tar.TypeLink, tar.TypeChar, tar.TypeBlock, tar.TypeFifo:
			e.link = true
		}
		if !x.add(e) {
			return nil
		}
	}
}

// oldTar recognises archives from before ustar by the checksum of the first header, which is octal at byte 148.
func oldTar(head []byte) bool {
	if len(head) < 512 || head[0] == 0 {
		return false
	}
	stated, err := strconv.ParseInt(strings.Trim(string(head[148:156]), " \x00"), 8, 32)
	if err != nil {
		return false
	}
	sum := int64(8 * ' ')
	for i, c := range head[:512] {
		if i < 148 || i >= 156 {
			sum += int64(c)
		}
	}
	return sum == stated
}

// inner returns the name of what a compressed file holds: its own without the extension, .tgz meaning .tar.gz.
func (x *box) inner() string {
	name := path.Base(strings.ReplaceAll(x.a.Name, `\`, "/"))
	ext := strings.ToLower(path.Ext(name))
	name = name[:len(name)-len(ext)]
	switch {
	case name == "":
		return "content"
	case ext == ".tgz" || ext == ".tbz" || ext == ".tbz2" || ext == ".txz" || ext == ".tzst":
		return name + ".tar"
	}
	return name
}

func (x *box) section() *io.SectionReader { return io.NewSectionReader(x.a.Blob, 0, x.a.Size) }

func le16(p []byte) int   { return int(binary.LittleEndian.Uint16(p)) }
func le32(p []byte) int64 { return int64(binary.LittleEndian.Uint32(p)) }
