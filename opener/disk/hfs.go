package disk

import (
	"encoding/binary"
	"fmt"
	"unicode/utf16"

	"github.com/sekisho/sekisho"
)

// HFS+ is Apple's Technical Note TN1150. The leaves of the catalogue are read one after the other.

const (
	hfsRoot     = 2
	mostLeaves  = 1 << 14
	hfsFileSize = 248 // bytes of a file record
)

type hfsFile struct {
	parent uint32
	name   string
	fork   []byte
}

// hfsFork returns the first most bytes of a fork by the eight extents in its record, and the size it states.
func hfsFork(v volume, fork []byte, block, most int64) (volume, int64) {
	size := int64(min(binary.BigEndian.Uint64(fork), 1<<46))
	l := &layout{under: v.r}
	for at := 16; at+8 <= 80 && l.size < min(size, most); at += 8 {
		start, count := int64(binary.BigEndian.Uint32(fork[at:])), int64(binary.BigEndian.Uint32(fork[at+4:]))
		if count == 0 || !l.add(start*block, count*block) {
			break
		}
	}
	return l.volume(size), size
}

func (x *box) hfs(v volume, header []byte) error {
	if len(header) < 512 {
		return errBroken
	}
	block := int64(binary.BigEndian.Uint32(header[40:]))
	if block < 512 || block > 1<<20 {
		return errBroken
	}
	catalogue, _ := hfsFork(v, header[272:352], block, 1<<40)
	tree := catalogue.read(14, 106)
	if len(tree) < 20 {
		return fmt.Errorf("%w: no catalogue", sekisho.ErrMalformed)
	}
	node, length := int64(binary.BigEndian.Uint32(tree[10:])), int64(binary.BigEndian.Uint16(tree[18:]))
	if length < 512 || length > 32<<10 {
		return errBroken
	}
	folders := map[uint32]hfsFile{}
	var files []hfsFile
	seen := map[int64]bool{}
	for n := 0; node != 0 && !seen[node] && n < mostLeaves && x.ctx.Err() == nil; n++ {
		seen[node] = true
		leaf := catalogue.read(node*length, int(length))
		if int64(len(leaf)) < length || int8(leaf[8]) != -1 {
			x.note(errBroken)
			break
		}
		files = hfsLeaf(leaf, folders, files)
		node = int64(binary.BigEndian.Uint32(leaf))
	}
	for _, f := range files {
		if x.full || x.ctx.Err() != nil {
			break
		}
		path := f.name
		for up, n := f.parent, 0; up != hfsRoot && n < mostUps && len(path) < longestName; n++ {
			above, ok := folders[up]
			if !ok {
				break
			}
			path, up = above.name+"/"+path, above.parent
		}
		content, size := hfsFork(v, f.fork, block, x.b.Limits().Entry+1)
		x.add(path, content, size)
	}
	return nil
}

// hfsLeaf reads the records of a leaf, whose offsets stand at its end, the last one first.
func hfsLeaf(leaf []byte, folders map[uint32]hfsFile, files []hfsFile) []hfsFile {
	count := int(binary.BigEndian.Uint16(leaf[10:]))
	for i := range min(count, len(leaf)/4) {
		at := int(binary.BigEndian.Uint16(leaf[len(leaf)-2*(i+1):]))
		if at+8 > len(leaf) {
			continue
		}
		keyLength := int(binary.BigEndian.Uint16(leaf[at:]))
		nameLength := int(binary.BigEndian.Uint16(leaf[at+6:]))
		data := at + 2 + keyLength
		if keyLength < 6+2*nameLength || data+12 > len(leaf) {
			continue
		}
		u := make([]uint16, nameLength)
		for j := range u {
			u[j] = binary.BigEndian.Uint16(leaf[at+8+2*j:])
		}
		f := hfsFile{parent: binary.BigEndian.Uint32(leaf[at+2:]), name: string(utf16.Decode(u))}
		switch binary.BigEndian.Uint16(leaf[data:]) {
		case 1:
			folders[binary.BigEndian.Uint32(leaf[data+8:])] = f
		case 2:
			if data+hfsFileSize <= len(leaf) {
				f.fork = leaf[data+88 : data+168]
				files = append(files, f)
			}
		}
	}
	return files
}
