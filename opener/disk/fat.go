package disk

import (
	"encoding/binary"
	"fmt"
	"strings"
	"unicode/utf16"

	"golang.org/x/text/encoding/japanese"

	"github.com/sekisho/sekisho"
)

// FAT is Microsoft's "FAT32 File System Specification" 1.03.

// A fatVolume is a FAT or exFAT file system.
type fatVolume struct {
	volume
	bits     int   // of an entry of the table: 12, 16 or 32
	table    int64 // offset of the first table
	data     int64 // offset of cluster 2
	cluster  int64 // bytes of a cluster
	clusters uint32
	cache    []byte // a stretch of the table
	cached   int64  // where it lies
}

func isFAT(head []byte) bool {
	if len(head) < sector || head[0] != 0xEB && head[0] != 0xE9 || head[16] == 0 || head[16] > 4 {
		return false
	}
	size, per := binary.LittleEndian.Uint16(head[11:]), head[13]
	return size >= 512 && size <= 4096 && size&(size-1) == 0 && per != 0 && per&(per-1) == 0 && binary.LittleEndian.Uint16(head[14:]) != 0
}

func (x *box) fat(v volume, head []byte) error {
	size := int64(binary.LittleEndian.Uint16(head[11:]))
	reserved, tables := int64(binary.LittleEndian.Uint16(head[14:])), int64(head[16])
	roots := int64(binary.LittleEndian.Uint16(head[17:]))
	total, length := int64(binary.LittleEndian.Uint16(head[19:])), int64(binary.LittleEndian.Uint16(head[22:]))
	if total == 0 {
		total = int64(binary.LittleEndian.Uint32(head[32:]))
	}
	wide := length == 0
	if wide {
		length = int64(binary.LittleEndian.Uint32(head[36:]))
	}
	f := &fatVolume{volume: v, cluster: size * int64(head[13]), table: reserved * size}
	root := (reserved + tables*length) * size
	f.data = root + (roots*32+size-1)/size*size
	count := (total*size - f.data) / f.cluster
	if count < 0 {
		return errBroken
	}
	f.clusters = uint32(min(count, 1<<28))
	switch {
	case wide:
		f.bits = 32
	case count < 4085:
		f.bits = 12
	default:
		f.bits = 16
	}
	first := v.part(root, roots*32)
	if wide {
		first = f.chain(binary.LittleEndian.Uint32(head[44:]), folderBytes)
	}
	x.fatFolders(f, first)
	return nil
}

// A fatFolder is a folder to be read.
type fatFolder struct {
	path string
	data volume
}

func (x *box) fatFolders(f *fatVolume, root volume) {
	seen := map[uint32]bool{}
	for queue := []fatFolder{{"", root}}; len(queue) > 0 && x.folder(); queue = queue[1:] {
		folder := queue[0]
		data := folder.data.read(0, folderBytes)
		var long []uint16
		for ; len(data) >= 32 && data[0] != 0; data = data[32:] {
			entry := data[:32]
			attributes := entry[11]
			switch {
			case entry[0] == 0xE5:
				long = nil
				continue
			case attributes&0x3F == 0x0F:
				long = longPart(entry, long)
				continue
			}
			name := shortName(entry)
			if len(long) > 0 {
				name = string(utf16.Decode(long))
			}
			long = nil
			first := uint32(binary.LittleEndian.Uint16(entry[26:]))
			if f.bits == 32 {
				first |= uint32(binary.LittleEndian.Uint16(entry[20:])&0x0FFF) << 16
			}
			switch {
			case attributes&0x08 != 0 || name == "." || name == "..":
			case attributes&0x10 != 0:
				if !seen[first] && first >= 2 {
					seen[first] = true
					queue = append(queue, fatFolder{join(folder.path, name), f.chain(first, folderBytes)})
				}
			default:
				size := int64(binary.LittleEndian.Uint32(entry[28:]))
				x.add(join(folder.path, name), f.chain(first, min(size, x.b.Limits().Entry+1)), size)
			}
			if x.full || x.ctx.Err() != nil {
				return
			}
		}
	}
}

// longPart puts the 13 characters of a long name's entry before those read so far; the last part comes first.
func longPart(entry []byte, after []uint16) []uint16 {
	if entry[0]&0x40 != 0 {
		after = nil
	}
	var units []uint16
	for _, span := range [][2]int{{1, 11}, {14, 26}, {28, 32}} {
		for at := span[0]; at < span[1]; at += 2 {
			if u := binary.LittleEndian.Uint16(entry[at:]); u != 0 && u != 0xFFFF {
				units = append(units, u)
			}
		}
	}
	if len(after) > 260 {
		return after
	}
	return append(units, after...)
}

func shortName(entry []byte) string {
	raw := append([]byte(nil), entry[:11]...)
	if raw[0] == 5 {
		raw[0] = 0xE5
	}
	decode := func(p []byte) string {
		name, err := japanese.ShiftJIS.NewDecoder().Bytes(p)
		if err != nil {
			name = p
		}
		return strings.ToValidUTF8(strings.TrimRight(string(name), " \x00"), "\uFFFD")
	}
	name, extension := decode(raw[:8]), decode(raw[8:])
	if extension == "" {
		return name
	}
	return name + "." + extension
}

// chain follows a chain of clusters for the bytes wanted and no further, which ends loops.
func (f *fatVolume) chain(first uint32, want int64) volume {
	l := &layout{under: f.r}
	for at := first; l.size < want && at >= 2 && at-2 < f.clusters; at = f.next(at) {
		if !l.add(f.data+int64(at-2)*f.cluster, f.cluster) {
			break
		}
	}
	return l.volume(want)
}

const tableCache = 4096

// next returns the entry of the table for a cluster; a number that is no cluster ends the chain.
func (f *fatVolume) next(cluster uint32) uint32 {
	at := int64(cluster) * int64(f.bits) / 8
	start := at / tableCache * tableCache
	if f.cache == nil || start != f.cached {
		f.cache, f.cached = f.read(f.table+start, tableCache+4), start
	}
	if inside := at - start; inside+4 <= int64(len(f.cache)) {
		switch entry := f.cache[inside:]; f.bits {
		case 12:
			value := uint32(binary.LittleEndian.Uint16(entry))
			if cluster%2 == 1 {
				return value >> 4
			}
			return value & 0xFFF
		case 16:
			return uint32(binary.LittleEndian.Uint16(entry))
		default:
			return binary.LittleEndian.Uint32(entry) & 0x0FFFFFFF
		}
	}
	return 0
}

// exfat reads the file system of Microsoft's "exFAT File System Specification" 1.00.
func (x *box) exfat(v volume, head []byte) error {
	if len(head) < sector || head[108] < 9 || head[108] > 12 || head[109] > 16 {
		return errBroken
	}
	size := int64(1) << head[108]
	f := &fatVolume{volume: v, bits: 32, cluster: size << head[109], clusters: min(binary.LittleEndian.Uint32(head[92:]), 1<<28)}
	f.table, f.data = int64(binary.LittleEndian.Uint32(head[80:]))*size, int64(binary.LittleEndian.Uint32(head[88:]))*size
	seen := map[uint32]bool{}
	queue := []fatFolder{{"", f.chain(binary.LittleEndian.Uint32(head[96:]), folderBytes)}}
	for ; len(queue) > 0 && x.folder(); queue = queue[1:] {
		for data := queue[0].data.read(0, folderBytes); len(data) >= 96 && data[0] != 0; {
			set := 32 * (1 + int(data[1]))
			if data[0] != 0x85 || set < 96 || set > len(data) {
				data = data[32:]
				continue
			}
			file, stream := data[:32], data[32:64]
			name := exfatName(data[64:set], int(stream[3]))
			data = data[set:]
			first, length := binary.LittleEndian.Uint32(stream[20:]), int64(binary.LittleEndian.Uint64(stream[24:]))
			want := max(0, min(length, x.b.Limits().Entry+1))
			content := f.chain(first, want)
			if stream[1]&2 != 0 && first >= 2 {
				content = v.part(f.data+int64(first-2)*f.cluster, want)
			}
			switch {
			case binary.LittleEndian.Uint16(file[4:])&0x10 == 0:
				x.add(join(queue[0].path, name), content, length)
			case !seen[first]:
				seen[first] = true
				queue = append(queue, fatFolder{join(queue[0].path, name), content})
			}
			if x.full || x.ctx.Err() != nil {
				return nil
			}
		}
	}
	if x.ctx.Err() != nil {
		return fmt.Errorf("%w: %w", sekisho.ErrTimeout, x.ctx.Err())
	}
	return nil
}

// exfatName joins the 15 characters of each name entry.
func exfatName(entries []byte, length int) string {
	var units []uint16
	for ; len(entries) >= 32; entries = entries[32:] {
		for at := 2; at < 32 && entries[0] == 0xC1; at += 2 {
			units = append(units, binary.LittleEndian.Uint16(entries[at:]))
		}
	}
	return string(utf16.Decode(units[:min(length, len(units))]))
}
