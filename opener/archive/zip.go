package archive

import (
	"archive/zip"
	"bytes"
	"compress/bzip2"
	"compress/flate"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"sort"

	"github.com/sekisho/sekisho"
)

const (
	zipEncrypted  = 1 << 0
	zipDescriptor = 1 << 3 // sizes and checksum follow the data

	zipStore   = 0
	zipDeflate = 8
	zipBzip2   = 12
	zipZstd    = 93
	zipXz      = 95
	zipAES     = 99
)

// A zipEntry is an entry as the directory or its local header describes it.
type zipEntry struct {
	*zip.FileHeader
	raw    func() io.Reader // the bytes as they are kept
	packed int64
}

func openZip(x *box) error {
	r, err := zip.NewReader(x.a.Blob, x.a.Size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		n := x.addZip(x.strayEntries(nil))
		return fmt.Errorf("%w: no usable directory (%w); %d entries by their own headers", sekisho.ErrMalformed, err, n)
	}
	entries, extents := x.listedEntries(r)
	x.addZip(entries)
	if n := x.addZip(x.strayEntries(extents)); n > 0 {
		return fmt.Errorf("%w: %d entries that the directory does not name", sekisho.ErrMalformed, n)
	}
	return nil
}

// listedEntries returns the entries of the directory, without those whose bytes are part of another's, and where the
// bytes of each stand.
func (x *box) listedEntries(r *zip.Reader) ([]zipEntry, map[int64]int64) {
	entries := make([]zipEntry, 0, len(r.File))
	extents := make(map[int64]int64, len(r.File))
	starts := make([]int64, 0, len(r.File))
	overlaps := 0
	for _, f := range r.File {
		start, err := f.DataOffset()
		if err != nil {
			x.note(zipText(f.Name, f.Extra), err)
			continue
		}
		end := start + int64(min(f.CompressedSize64, uint64(x.a.Size)))
		if _, taken := extents[start]; taken {
			overlaps++
			continue
		}
		extents[start] = end
		starts = append(starts, start)
		entries = append(entries, zipEntry{FileHeader: &f.FileHeader, packed: end - start,
			raw: func() io.Reader { return io.NewSectionReader(x.a.Blob, start, end-start) }})
	}
	sort.Slice(starts, func(i, j int) bool { return starts[i] < starts[j] })
	for i := 1; i < len(starts); i++ {
		if starts[i] < extents[starts[i-1]] {
			overlaps++
		}
	}
	if overlaps > 0 {
		x.note("", fmt.Errorf("%w: %d entries overlap others", sekisho.ErrMalformed, overlaps))
	}
	return entries, extents
}

// strayEntries walks the local headers (APPNOTE 4.3.7) and returns those entries whose bytes are not in extents: what a
// directory leaves out, one reader shows and another does not.
func (x *box) strayEntries(extents map[int64]int64) []zipEntry {
	data := make([]byte, min(x.a.Size, x.b.Limits().Entry))
	n, _ := x.a.Blob.ReadAt(data, 0) // what cannot be read holds no entries
	data = data[:n]
	_, parts := x.b.Left()
	var entries []zipEntry
	for pos := 0; len(entries) < parts; {
		i := bytes.Index(data[pos:], []byte("PK\x03\x04"))
		if i < 0 {
			break
		}
		pos += i
		h, start := localHeader(data[pos:])
		if h == nil {
			pos += 4
			continue
		}
		start += pos
		if end, listed := extents[int64(start)]; listed {
			pos = max(start, int(min(end, int64(len(data)))))
			continue
		}
		end := start + int(min(h.CompressedSize64, uint64(len(data)-start)))
		if h.Flags&zipDescriptor != 0 && h.CompressedSize64 == 0 {
			end = nextSignature(data, start)
		}
		kept := data[start:end]
		entries = append(entries, zipEntry{FileHeader: h, packed: int64(len(kept)),
			raw: func() io.Reader { return bytes.NewReader(kept) }})
		pos = end
	}
	return entries
}

func localHeader(data []byte) (h *zip.FileHeader, size int) {
	const fixed = 30
	if len(data) < fixed {
		return nil, 0
	}
	names, extras := le16(data[26:]), le16(data[28:])
	size = fixed + names + extras
	method := le16(data[8:])
	if names == 0 || size > len(data) || data[5] != 0 || method > zipAES {
		return nil, 0
	}
	return &zip.FileHeader{
		Name:   string(data[fixed : fixed+names]),
		Extra:  data[fixed+names : size],
		Flags:  uint16(le16(data[6:])),
		Method: uint16(method),
		//lint:ignore SA1019 ZipCrypto checks the field as it stands
		ModifiedTime:     uint16(le16(data[10:])),
		CRC32:            uint32(le32(data[14:])),
		CompressedSize64: uint64(le32(data[18:])),
	}, size
}

// nextSignature returns where the bytes of an entry of unknown size end: at the next header of any sort.
func nextSignature(data []byte, start int) int {
	for pos := start; ; pos += 2 {
		i := bytes.Index(data[pos:], []byte("PK"))
		if i < 0 || pos+i+4 > len(data) {
			return len(data)
		}
		pos += i
		switch string(data[pos+2 : pos+4]) {
		case "\x07\x08", "\x03\x04", "\x01\x02", "\x05\x06":
			return pos
		}
	}
}

// addZip adds the entries and returns how many there were to add. Names that end in a slash are directories.
func (x *box) addZip(entries []zipEntry) int {
	password, found := "", false
	if locked := smallestLocked(entries); locked != nil {
		x.form.Encrypted = true
		password, found = x.zipPassword(locked)
		x.form.Password = x.form.Password || found
	}
	n := 0
	for _, e := range entries {
		if e.Name == "" || e.Name[len(e.Name)-1] == '/' && e.packed == 0 {
			continue
		}
		n++
		added := entry{name: zipText(e.Name, e.Extra), packed: e.packed, link: e.Mode()&linkMode != 0}
		added.locked = e.Flags&zipEncrypted != 0 && !found
		added.open = func() (io.Reader, error) { return e.open(password) }
		if !x.add(added) {
			break
		}
	}
	return n
}

func smallestLocked(entries []zipEntry) *zipEntry {
	var smallest *zipEntry
	for i := range entries {
		e := &entries[i]
		if e.Flags&zipEncrypted != 0 && e.packed > 0 && (smallest == nil || e.packed < smallest.packed) {
			smallest = e
		}
	}
	return smallest
}

func (e *zipEntry) open(password string) (io.Reader, error) {
	raw, method, sum := e.raw(), e.Method, e.CRC32
	if e.Flags&zipEncrypted != 0 {
		var err error
		if e.Method == zipAES {
			var ae2 bool
			raw, method, ae2, err = e.decryptAES(password)
			if ae2 {
				sum = 0
			}
		} else {
			raw, err = e.decryptZipCrypto(password)
		}
		if err != nil {
			return nil, err
		}
	}
	r, err := decompressor(method, raw)
	if err != nil {
		return nil, err
	}
	return &checksum{r: r, sum: crc32.NewIEEE(), want: sum}, nil
}

func decompressor(method uint16, raw io.Reader) (io.Reader, error) {
	switch method {
	case zipStore:
		return raw, nil
	case zipDeflate:
		return flate.NewReader(raw), nil
	case zipBzip2:
		return bzip2.NewReader(raw), nil
	case zipXz:
		return newXz(raw)
	case zipZstd:
		return newZstd(raw)
	}
	return nil, fmt.Errorf("%w: compression method %d is not read", sekisho.ErrUnavailable, method)
}

// checksum ends a reader with an error when its bytes are not the ones that were packed.
type checksum struct {
	r    io.Reader
	sum  hash.Hash32
	want uint32 // 0 when it is not known
}

var errChecksum = errors.New("wrong checksum")

func (c *checksum) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.sum.Write(p[:n])
	if errors.Is(err, io.EOF) && c.want != 0 && c.sum.Sum32() != c.want {
		return n, errChecksum
	}
	return n, err
}

// hasZipEnd recognises an archive with other data before it by the record at its end (APPNOTE 4.3.16).
func hasZipEnd(a *sekisho.Artifact) bool {
	const most = 22 + 1<<16
	tail := make([]byte, min(a.Size, most))
	n, _ := a.Blob.ReadAt(tail, a.Size-int64(len(tail)))
	return bytes.Contains(tail[:n], []byte("PK\x05\x06"))
}
