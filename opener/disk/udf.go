package disk

import (
	"encoding/binary"
	"fmt"
	"unicode/utf16"

	"github.com/sekisho/sekisho"
)

// UDF is ECMA-167 3rd edition, whose parts and clauses the comments name, as OSTA UDF 2.01 restricts it.

const (
	udfSector     = 2048
	tagAnchor     = 2
	tagPartition  = 5
	tagVolume     = 6
	tagTerminator = 8
	tagFileSet    = 256
	tagIdentifier = 257
	tagFile       = 261
	tagExtended   = 266
)

// isUDF looks for the recognition sequence (2/9), which starts at 32 KiB.
func (v volume) isUDF() bool {
	for at := int64(16); at < 64; at++ {
		head := v.read(at*udfSector, 6)
		if len(head) < 6 {
			return false
		}
		switch string(head[1:6]) {
		case "NSR02", "NSR03":
			return true
		case "\x00\x00\x00\x00\x00":
			return false
		}
	}
	return false
}

// A udf is a volume being read.
type udf struct {
	volume
	block int64 // bytes
	start int64 // of the partition
	most  int64 // bytes of one file that are looked at
}

func tag(p []byte) int {
	if len(p) < 16 {
		return 0
	}
	return int(binary.LittleEndian.Uint16(p))
}

func (x *box) udf(v volume) error {
	u := &udf{volume: v, most: x.b.Limits().Entry + 1}
	var anchor []byte
	for _, u.block = range []int64{udfSector, sector, 4096} {
		if anchor = v.read(256*u.block, 32); tag(anchor) == tagAnchor {
			break
		}
	}
	if tag(anchor) != tagAnchor {
		return fmt.Errorf("%w: UDF without an anchor", sekisho.ErrMalformed)
	}
	length, at := int64(binary.LittleEndian.Uint32(anchor[16:])), int64(binary.LittleEndian.Uint32(anchor[20:]))
	var set []byte
	maps := 0
	for n := range min(length/u.block, 64) {
		d := v.read((at+n)*u.block, sector)
		switch tag(d) {
		case tagPartition: // 3/10.5
			if len(d) >= 192 && u.start == 0 {
				u.start = int64(binary.LittleEndian.Uint32(d[188:])) * u.block
			}
		case tagVolume: // 3/10.6
			if len(d) >= 272 {
				set, maps = d[248:264], int(binary.LittleEndian.Uint32(d[268:]))
			}
		case tagTerminator:
		}
	}
	if set == nil || u.start == 0 {
		return fmt.Errorf("%w: UDF without a volume", sekisho.ErrMalformed)
	}
	files := u.read(u.place(set), udfSector)
	if tag(files) != tagFileSet || len(files) < 416 { // 4/14.1
		if maps > 1 {
			return fmt.Errorf("%w: UDF with a metadata or virtual partition", sekisho.ErrUnavailable)
		}
		return fmt.Errorf("%w: UDF without a set of files", sekisho.ErrMalformed)
	}
	x.udfFolders(u, u.place(files[400:416]))
	return nil
}

// place is where a long allocation descriptor (4/14.14.2) leads.
func (u *udf) place(long []byte) int64 {
	return u.start + int64(binary.LittleEndian.Uint32(long[4:]))*u.block
}

func (x *box) udfFolders(u *udf, root int64) {
	type folder struct {
		path string
		at   int64
	}
	seen := map[int64]bool{root: true}
	for queue := []folder{{"", root}}; len(queue) > 0 && x.folder(); queue = queue[1:] {
		content, _, err := u.file(queue[0].at)
		if err != nil {
			x.note(err)
		}
		data := content.read(0, folderBytes)
		for len(data) >= 38 && tag(data) == tagIdentifier { // 4/14.4
			names, use := int(data[19]), int(binary.LittleEndian.Uint16(data[36:]))
			if len(data) < 38+use+names {
				break
			}
			flags, at, name := data[18], u.place(data[20:36]), udfName(data[38+use:38+use+names])
			data = data[min((38+use+names+3)/4*4, len(data)):]
			path := join(queue[0].path, name)
			switch {
			case flags&0x0C != 0: // deleted, or the folder above
			case flags&2 != 0:
				if !seen[at] {
					seen[at] = true
					queue = append(queue, folder{path, at})
				}
			default:
				content, size, err := u.file(at)
				x.note(err)
				x.add(path, content, size)
			}
			if x.full || x.ctx.Err() != nil {
				return
			}
		}
	}
}

// file returns the content of a file entry (4/14.9, 4/14.17) and the size it states.
func (u *udf) file(at int64) (volume, int64, error) {
	entry := u.read(at, int(u.block))
	base := 176
	switch tag(entry) {
	case tagFile:
	case tagExtended:
		base = 216
	default:
		return volume{r: u.r}, 0, fmt.Errorf("%w: no file entry", sekisho.ErrMalformed)
	}
	if len(entry) < base {
		return volume{r: u.r}, 0, errBroken
	}
	size := int64(min(binary.LittleEndian.Uint64(entry[56:]), 1<<46))
	extended, length := int(binary.LittleEndian.Uint32(entry[base-8:])), int(binary.LittleEndian.Uint32(entry[base-4:]))
	if extended < 0 || length < 0 || extended > len(entry) || base+extended > len(entry) {
		return volume{r: u.r}, size, errBroken
	}
	descriptors := entry[base+extended : min(base+extended+length, len(entry))]
	l := &layout{under: u.r}
	width := 8
	switch binary.LittleEndian.Uint16(entry[34:]) & 7 {
	case 1:
		width = 16
	case 3: // the content itself
		l.add(at+int64(base+extended), int64(len(descriptors)))
		return l.volume(size), size, nil
	}
	for ; len(descriptors) >= width && l.size < min(size, u.most); descriptors = descriptors[width:] {
		raw := binary.LittleEndian.Uint32(descriptors)
		offset := u.start + int64(binary.LittleEndian.Uint32(descriptors[4:]))*u.block
		if raw>>30 == 3 {
			return l.volume(size), size, fmt.Errorf("%w: a file in more pieces than are read", sekisho.ErrUnavailable)
		}
		if raw>>30 != 0 {
			offset = -1
		}
		if raw&0x3FFFFFFF == 0 || !l.add(offset, int64(raw&0x3FFFFFFF)) {
			break
		}
	}
	return l.volume(size), size, nil
}

// udfName decodes OSTA compressed Unicode (UDF 2.1.1).
func udfName(p []byte) string {
	if len(p) < 2 {
		return ""
	}
	var u []uint16
	if p[0] == 16 {
		for i := 1; i+1 < len(p); i += 2 {
			u = append(u, binary.BigEndian.Uint16(p[i:]))
		}
	} else {
		for _, c := range p[1:] {
			u = append(u, uint16(c))
		}
	}
	return string(utf16.Decode(u))
}
