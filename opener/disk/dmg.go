package disk

import (
	"bytes"
	"compress/bzip2"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sort"
	"strings"

	"github.com/sekisho/sekisho"
)

// A DMG ends in a block that begins with koly, which leads to a property list whose blkx entries hold tables of chunks.

const (
	plistLimit  = 16 << 20
	mostTables  = 64
	mostChunks  = 1 << 18
	chunkBytes  = 16 << 20 // of one chunk, unpacked
	chunksKept  = 4
	kolySize    = 512
	chunkZero   = 0
	chunkRaw    = 1
	chunkIgnore = 2
	chunkADC    = 0x80000004
	chunkZlib   = 0x80000005
	chunkBzip2  = 0x80000006
	chunkLZFSE  = 0x80000007
	chunkLZMA   = 0x80000008
	chunkEnd    = 0xFFFFFFFF
)

// A chunk is a stretch of the disk and where its bytes stand in the file.
type chunk struct {
	at, size       int64
	offset, packed int64
	kind           uint32
}

// A chunked disk unpacks what is read. What it unpacks is charged to the budget.
type chunked struct {
	x    *box
	file volume
	list []chunk
	kept map[int][]byte
	turn []int
}

func openDMG(x *box, v volume) (volume, error) {
	koly := v.read(v.size-kolySize, kolySize)
	if len(koly) < kolySize || !bytes.HasPrefix(koly, []byte("koly")) {
		return v, errBroken
	}
	base := int64(min(binary.BigEndian.Uint64(koly[24:]), 1<<46))
	start, length := int64(min(binary.BigEndian.Uint64(koly[216:]), 1<<46)), int64(min(binary.BigEndian.Uint64(koly[224:]), plistLimit))
	plist := string(v.read(start, int(length)))
	_, after, ok := strings.Cut(plist, "<key>blkx</key>")
	if !ok {
		return v, fmt.Errorf("%w: a DMG without a table of chunks", sekisho.ErrMalformed)
	}
	after, _, _ = strings.Cut(after, "</array>")
	c := &chunked{x: x, file: v, kept: map[int][]byte{}}
	for n := 0; n < mostTables && len(c.list) < mostChunks; n++ {
		_, rest, ok := strings.Cut(after, "<data>")
		if !ok {
			break
		}
		text, rest, _ := strings.Cut(rest, "</data>")
		after = rest
		table, err := base64.StdEncoding.DecodeString(strings.Map(func(r rune) rune {
			if r <= ' ' {
				return -1
			}
			return r
		}, text))
		if err == nil {
			c.read(table, base)
		}
	}
	sort.Slice(c.list, func(i, j int) bool { return c.list[i].at < c.list[j].at })
	if len(c.list) == 0 {
		return v, fmt.Errorf("%w: a DMG without chunks", sekisho.ErrMalformed)
	}
	end := int64(0)
	for _, k := range c.list {
		end = max(end, k.at+k.size)
	}
	return volume{c, end}, nil
}

// read adds the chunks of a table, which begins with mish; its numbers are of sectors.
func (c *chunked) read(table []byte, base int64) {
	if len(table) < 204 || !bytes.HasPrefix(table, []byte("mish")) {
		return
	}
	first, data := binary.BigEndian.Uint64(table[8:]), int64(min(binary.BigEndian.Uint64(table[24:]), 1<<46))
	for run := table[204:]; len(run) >= 40 && len(c.list) < mostChunks; run = run[40:] {
		kind := binary.BigEndian.Uint32(run)
		at, size := first+binary.BigEndian.Uint64(run[8:]), binary.BigEndian.Uint64(run[16:])
		if kind == chunkEnd || kind == 0x7FFFFFFE || at > 1<<40 || size > 1<<40 || size == 0 {
			continue
		}
		c.list = append(c.list, chunk{int64(at) * sector, int64(size) * sector, base + data + int64(min(binary.BigEndian.Uint64(run[24:]), 1<<46)),
			int64(min(binary.BigEndian.Uint64(run[32:]), 1<<40)), kind})
	}
}

// ReadAt unpacks the chunks it needs. Where there is none it reads zeros.
func (c *chunked) ReadAt(p []byte, offset int64) (int, error) {
	n := 0
	i := sort.Search(len(c.list), func(i int) bool { return c.list[i].at > offset }) - 1
	for i = max(i, 0); n < len(p) && i < len(c.list); i++ {
		k := c.list[i]
		at := offset + int64(n)
		if k.at > at {
			zeros := p[n:min(int64(len(p)), int64(n)+k.at-at)]
			clear(zeros)
			n += len(zeros)
			at = offset + int64(n)
		}
		if n == len(p) || at >= k.at+k.size {
			continue
		}
		inside := at - k.at
		want := p[n:min(int64(len(p)), int64(n)+k.size-inside)]
		switch k.kind {
		case chunkZero, chunkIgnore:
			clear(want)
		case chunkRaw:
			if got, err := c.file.r.ReadAt(want, k.offset+inside); got < len(want) {
				return n + got, err
			}
		default:
			data, err := c.unpack(i)
			if inside < int64(len(data)) {
				n += copy(want, data[inside:])
			}
			if err != nil || inside+int64(len(want)) > int64(len(data)) {
				return n, errors.Join(err, io.ErrUnexpectedEOF)
			}
			continue
		}
		n += len(want)
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (c *chunked) unpack(i int) ([]byte, error) {
	if data, ok := c.kept[i]; ok {
		return data, nil
	}
	k := c.list[i]
	if k.size > chunkBytes || k.packed > chunkBytes {
		return nil, c.refuse(fmt.Errorf("%w: a chunk of %d bytes", sekisho.ErrLimit, k.size))
	}
	if err := c.x.b.Spend(k.size); err != nil {
		return nil, c.refuse(err)
	}
	packed := c.file.read(k.offset, int(k.packed))
	var r io.Reader
	var err error
	switch k.kind {
	case chunkZlib:
		r, err = zlib.NewReader(bytes.NewReader(packed))
	case chunkBzip2:
		r = bzip2.NewReader(bytes.NewReader(packed))
	case chunkADC:
		r = bytes.NewReader(unpackADC(packed, int(k.size)))
	case chunkLZFSE:
		err = fmt.Errorf("%w: a DMG packed with LZFSE", sekisho.ErrUnavailable)
	case chunkLZMA:
		err = fmt.Errorf("%w: a DMG packed with LZMA", sekisho.ErrUnavailable)
	default:
		err = fmt.Errorf("%w: a DMG packed in a way that is not known", sekisho.ErrUnavailable)
	}
	if err != nil {
		return nil, c.refuse(err)
	}
	data := make([]byte, k.size)
	n, err := io.ReadFull(r, data)
	if err != nil && n == 0 {
		return nil, c.refuse(fmt.Errorf("%w: a chunk: %w", sekisho.ErrMalformed, err))
	}
	c.keep(i, data[:n])
	return data[:n], nil
}

// refuse notes why a chunk is not read, once.
func (c *chunked) refuse(err error) error {
	for _, known := range c.x.errs {
		if known.Error() == err.Error() {
			return err
		}
	}
	c.x.note(err)
	return err
}

func (c *chunked) keep(i int, data []byte) {
	if len(c.turn) == chunksKept {
		delete(c.kept, c.turn[0])
		c.turn = c.turn[1:]
	}
	c.kept[i] = data
	c.turn = append(c.turn, i)
}

// unpackADC undoes Apple Data Compression: plain runs, and copies from what was unpacked, near or far.
func unpackADC(p []byte, size int) []byte {
	out := make([]byte, 0, size)
	for len(p) > 0 && len(out) < size {
		var length, back int
		switch c := p[0]; {
		case c&0x80 != 0:
			n := min(int(c&0x7F)+1, len(p)-1)
			out = append(out, p[1:1+n]...)
			p = p[1+n:]
			continue
		case c&0x40 != 0:
			if len(p) < 3 {
				return out
			}
			length, back, p = int(c&0x3F)+4, int(p[1])<<8|int(p[2]), p[3:]
		default:
			if len(p) < 2 {
				return out
			}
			length, back, p = int(c&0x3F)>>2+3, int(c&3)<<8|int(p[1]), p[2:]
		}
		if back >= len(out) {
			return out
		}
		for range length {
			out = append(out, out[len(out)-back-1])
		}
	}
	return out[:min(len(out), size)]
}
