package archive

import (
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"sort"
	"strings"

	"github.com/sekisho/sekisho"
)

// The cabinet format is [MS-CAB]; MSZIP is [MS-MCI].

const (
	cabBlock  = 32 << 10 // most bytes of one uncompressed block
	cabStored = 0
	cabMSZIP  = 1
)

var errCab = fmt.Errorf("%w: cabinet cut short", sekisho.ErrMalformed)

// A cabFolder is one compressed stream, which holds files one after the other.
type cabFolder struct {
	first    int64 // offset of its first block
	blocks   int
	method   int
	reserved int64 // bytes of each block's header that belong to others
}

// A cabFile is a stretch of a folder's stream.
type cabFile struct {
	name          string
	size, offset  int64
	folder, order int
}

func openCab(x *box) error {
	data, err := io.ReadAll(x.section())
	if err != nil {
		return err
	}
	folders, files, err := readCab(data)
	sort.SliceStable(files, func(i, j int) bool {
		if files[i].folder != files[j].folder {
			return files[i].folder < files[j].folder
		}
		return files[i].offset < files[j].offset
	})
	var stream *cabReader
	current, pos := -1, int64(0)
	for _, f := range files {
		e := entry{name: f.name, packed: int64(len(data)), open: func() (io.Reader, error) {
			if f.folder >= len(folders) {
				return nil, fmt.Errorf("%w: its data is in another volume", sekisho.ErrUnavailable)
			}
			if folder := folders[f.folder]; folder.method > cabMSZIP {
				return nil, fmt.Errorf("%w: LZX and Quantum cabinets are not read", sekisho.ErrUnavailable)
			} else if current != f.folder {
				stream, current, pos = &cabReader{data: data, folder: folder, next: folder.first}, f.folder, 0
			}
			if f.offset < pos {
				return nil, fmt.Errorf("%w: overlaps another file", sekisho.ErrMalformed)
			}
			if _, err := io.CopyN(io.Discard, stream, f.offset-pos); err != nil {
				return nil, err
			}
			pos = f.offset + f.size
			return io.LimitReader(stream, f.size), nil
		}}
		if !x.add(e) {
			break
		}
	}
	return err
}

// readCab reads CFHEADER, the CFFOLDERs and the CFFILEs. What stands before an error is returned with it.
func readCab(data []byte) (folders []cabFolder, files []cabFile, err error) {
	const fixed = 36
	if len(data) < fixed {
		return nil, nil, errCab
	}
	folderCount, fileCount, flags, fileStart := le16(data[26:]), le16(data[28:]), le16(data[30:]), le32(data[16:])
	rest := data[fixed:]
	folderReserve, blockReserve := 0, 0
	if flags&4 != 0 {
		if len(rest) < 4 || len(rest) < 4+le16(rest) {
			return nil, nil, errCab
		}
		folderReserve, blockReserve = int(rest[2]), int(rest[3])
		rest = rest[4+le16(rest):]
	}
	volumeNames := 2 * (flags&1 + flags>>1&1) // the volumes before and after, and their discs
	for range volumeNames {
		_, after, ok := bytes.Cut(rest, []byte{0})
		if !ok {
			return nil, nil, errCab
		}
		rest = after
	}
	for range folderCount {
		if len(rest) < 8+folderReserve {
			return folders, nil, errCab
		}
		folders = append(folders, cabFolder{le32(rest), le16(rest[4:]), le16(rest[6:]) & 0xF, int64(blockReserve)})
		rest = rest[8+folderReserve:]
	}
	rest = data[min(fileStart, int64(len(data))):]
	for i := range fileCount {
		if len(rest) < 16 {
			return folders, files, errCab
		}
		name, after, ok := bytes.Cut(rest[16:], []byte{0})
		if !ok {
			return folders, files, errCab
		}
		files = append(files, cabFile{cabName(name), le32(rest), le32(rest[4:]), le16(rest[8:]), i})
		rest = after
	}
	return folders, files, nil
}

func cabName(name []byte) string { return strings.ReplaceAll(text(string(name)), `\`, "/") }

// A cabReader decompresses a folder.
type cabReader struct {
	data   []byte
	folder cabFolder
	next   int64  // offset of the next block
	block  []byte // what is left of the current one
	past   []byte // the block before: the dictionary of MSZIP
}

func (c *cabReader) Read(p []byte) (int, error) {
	for len(c.block) == 0 {
		if c.folder.blocks == 0 {
			return 0, io.EOF
		}
		c.folder.blocks--
		if err := c.readBlock(); err != nil {
			return 0, err
		}
	}
	n := copy(p, c.block)
	c.block = c.block[n:]
	return n, nil
}

func (c *cabReader) readBlock() error {
	head := 8 + c.folder.reserved
	if c.next+head > int64(len(c.data)) {
		return errCab
	}
	packed, size := int64(le16(c.data[c.next+4:])), le16(c.data[c.next+6:])
	start := c.next + head
	if start+packed > int64(len(c.data)) || size > cabBlock {
		return errCab
	}
	c.next = start + packed
	kept := c.data[start:c.next]
	if c.folder.method == cabStored {
		c.block = kept
		return nil
	}
	if !bytes.HasPrefix(kept, []byte("CK")) {
		return fmt.Errorf("%w: MSZIP block without its mark", sekisho.ErrMalformed)
	}
	r := flate.NewReaderDict(bytes.NewReader(kept[2:]), c.past)
	block := make([]byte, size)
	if _, err := io.ReadFull(r, block); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	c.block, c.past = block, block
	return nil
}
