package disk

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"unicode/utf16"

	"github.com/sekisho/sekisho"
)

// NTFS is read as the Linux-NTFS project documents it: not by its indexes, but by going through the records of the master
// file table, each of which says what it is called and in which folder it lies.

const (
	mostRecords = 1 << 16
	firstUser   = 24 // records before it belong to the file system
	ntfsRoot    = 5
	mostUps     = 64 // folders above one another
)

// An ntfsRecord is a file or folder.
type ntfsRecord struct {
	name    string
	parent  uint64
	folder  bool
	streams []ntfsStream
}

// An ntfsStream is a data attribute; the one without a name is the file's content.
type ntfsStream struct {
	name string
	data volume
	size int64
	err  error
}

// An ntfs is a volume being read.
type ntfs struct {
	volume
	cluster int64
	most    int64 // bytes of one file that are looked at
}

func (x *box) ntfs(v volume, head []byte) error {
	if len(head) < sector {
		return errBroken
	}
	bytesPer, per := int64(binary.LittleEndian.Uint16(head[11:])), int64(head[13])
	if bytesPer < 256 || bytesPer > 4096 || per == 0 || per > 128 {
		return errBroken
	}
	n := &ntfs{volume: v, cluster: bytesPer * per, most: x.b.Limits().Entry + 1}
	length := int64(1024)
	if c := int8(head[64]); c > 0 {
		length = int64(c) * n.cluster
	} else if c > -20 && c < 0 {
		length = 1 << -c
	}
	if length < 512 || length > 64<<10 {
		return errBroken
	}
	table := int64(min(binary.LittleEndian.Uint64(head[48:]), 1<<40)) * n.cluster
	own, ok := n.record(v.read(table, int(length)), 1<<40)
	if !ok || len(own.streams) == 0 {
		return fmt.Errorf("%w: no master file table", sekisho.ErrMalformed)
	}
	records := map[uint64]ntfsRecord{}
	mft := own.streams[0].data
	var order []uint64
	for i := range uint64(min(mft.size/length, mostRecords)) {
		if i%256 == 0 && x.ctx.Err() != nil {
			return fmt.Errorf("%w: %w", sekisho.ErrTimeout, x.ctx.Err())
		}
		if r, ok := n.record(mft.read(int64(i)*length, int(length)), n.most); ok && i >= firstUser {
			records[i] = r
			order = append(order, i)
		}
	}
	for _, i := range order {
		r := records[i]
		path := ntfsPath(records, r)
		for _, s := range r.streams {
			name := path
			if s.name != "" {
				name += ":" + s.name
			}
			if s.err != nil {
				x.note(fmt.Errorf("%w: %q", s.err, name))
			}
			if (!r.folder || s.name != "") && s.name != "Zone.Identifier" {
				x.add(name, s.data, s.size)
			}
		}
	}
	if mft.size/length > mostRecords {
		return fmt.Errorf("%w: more than %d records", sekisho.ErrLimit, mostRecords)
	}
	return nil
}

func ntfsPath(records map[uint64]ntfsRecord, r ntfsRecord) string {
	path := r.name
	for range mostUps {
		above, ok := records[r.parent]
		if r.parent == ntfsRoot || !ok || len(path) > longestName {
			break
		}
		path, r = above.name+"/"+path, above
	}
	return path
}

// record reads a record in use. The last two bytes of each of its sectors stand in an array of their own.
func (n *ntfs) record(data []byte, most int64) (r ntfsRecord, ok bool) {
	if len(data) < 64 || !bytes.HasPrefix(data, []byte("FILE")) || data[22]&1 == 0 {
		return r, false
	}
	array, count := int(binary.LittleEndian.Uint16(data[4:])), int(binary.LittleEndian.Uint16(data[6:]))
	for i := 1; i < count && array+2*i+2 <= len(data) && i*sector <= len(data); i++ {
		copy(data[i*sector-2:i*sector], data[array+2*i:array+2*i+2])
	}
	r.folder = data[22]&2 != 0
	best := -1
	for at := int(binary.LittleEndian.Uint16(data[20:])); at+24 <= len(data); {
		attribute := data[at:]
		kind, length := binary.LittleEndian.Uint32(attribute), int(int32(binary.LittleEndian.Uint32(attribute[4:])))
		if kind == 0xFFFFFFFF || length < 24 || length > len(attribute) {
			break
		}
		attribute = attribute[:length]
		switch kind {
		case 0x30:
			if v := resident(attribute); len(v) >= 66 && len(v) >= 66+2*int(v[64]) {
				if rank := [...]int{2, 3, 0, 3}[v[65]&3]; rank > best { // POSIX, Windows, DOS, both
					best = rank
					r.parent, r.name = binary.LittleEndian.Uint64(v)&(1<<48-1), units(v[66:66+2*int(v[64])])
				}
			}
		case 0x80:
			r.streams = append(r.streams, n.stream(attribute, most))
		case 0x20:
			r.streams = append(r.streams, ntfsStream{err: fmt.Errorf("%w: a file in more pieces than are read", sekisho.ErrUnavailable)})
		}
		at += length
	}
	return r, true
}

func units(p []byte) string {
	u := make([]uint16, len(p)/2)
	for i := range u {
		u[i] = binary.LittleEndian.Uint16(p[2*i:])
	}
	return string(utf16.Decode(u))
}

// resident returns the value of an attribute that stands in its record.
func resident(attribute []byte) []byte {
	length, offset := int(binary.LittleEndian.Uint32(attribute[16:])), int(binary.LittleEndian.Uint16(attribute[20:]))
	if attribute[8] != 0 || length < 0 || offset+length > len(attribute) {
		return nil
	}
	return attribute[offset : offset+length]
}

func (n *ntfs) stream(attribute []byte, most int64) ntfsStream {
	var s ntfsStream
	if length, offset := int(attribute[9]), int(binary.LittleEndian.Uint16(attribute[10:])); length > 0 && offset+2*length <= len(attribute) {
		s.name = units(attribute[offset : offset+2*length])
	}
	if attribute[8] == 0 {
		value := bytes.Clone(resident(attribute))
		s.data, s.size = volume{bytes.NewReader(value), int64(len(value))}, int64(len(value))
		return s
	}
	if len(attribute) < 64 {
		s.err = errBroken
		return s
	}
	s.size = int64(binary.LittleEndian.Uint64(attribute[48:]))
	if flags := binary.LittleEndian.Uint16(attribute[12:]); flags&0x40FF != 0 {
		s.err = fmt.Errorf("%w: compressed or encrypted by NTFS", sekisho.ErrUnavailable)
		return s
	}
	l := &layout{under: n.r}
	runs := attribute[min(int(binary.LittleEndian.Uint16(attribute[32:])), len(attribute)):]
	for at := int64(0); len(runs) > 0 && runs[0] != 0 && l.size < most; {
		lengths, offsets := int(runs[0]&0xF), int(runs[0]>>4)
		if lengths == 0 || lengths > 6 || offsets > 6 || len(runs) < 1+lengths+offsets {
			break
		}
		count, delta := signed(append(bytes.Clone(runs[1:1+lengths]), 0)), signed(runs[1+lengths:1+lengths+offsets])
		runs = runs[1+lengths+offsets:]
		at += delta
		offset := at * n.cluster
		if offsets == 0 {
			offset = -1
		}
		if count <= 0 || count > 1<<40 || at < 0 || at > 1<<40 || !l.add(offset, min(count*n.cluster, most-l.size)) {
			break
		}
	}
	s.data = l.volume(s.size)
	return s
}

// signed reads a little-endian number of up to seven bytes.
func signed(p []byte) int64 {
	var value int64
	for i := len(p) - 1; i >= 0; i-- {
		value = value<<8 | int64(p[i])
	}
	if n := len(p); n > 0 && n < 8 && p[n-1]&0x80 != 0 {
		value -= 1 << (8 * n)
	}
	return value
}
