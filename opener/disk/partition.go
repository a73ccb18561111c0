package disk

import (
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/sekisho/sekisho"
)

const (
	sector         = 512
	mostPartitions = 64
)

// mount reads the file system on the volume, or those on its partitions.
func (x *box) mount(v volume, depth int) {
	head := v.read(0, 36<<10)
	at := func(offset int, mark string) bool {
		return len(head) >= offset+len(mark) && string(head[offset:offset+len(mark)]) == mark
	}
	switch {
	case at(3, "NTFS    "):
		x.note(x.ntfs(v, head))
	case at(3, "EXFAT   "):
		x.note(x.exfat(v, head))
	case at(3, "-FVE-FS-"):
		x.note(fmt.Errorf("%w: a BitLocker volume", sekisho.ErrEncrypted))
	case isFAT(head):
		x.note(x.fat(v, head))
	case at(1024, "H+\x00\x04"), at(1024, "HX\x00\x05"):
		x.note(x.hfs(v, head[1024:]))
	case at(32, "NXSB"):
		x.note(fmt.Errorf("%w: an APFS volume is not read", sekisho.ErrUnavailable))
	case at(1024+56, "\x53\xEF"):
		x.note(fmt.Errorf("%w: an ext volume is not read", sekisho.ErrUnavailable))
	case v.isUDF():
		x.note(x.udf(v))
	case at(32769, "CD001"):
		x.add("disc.iso", v, v.size)
	case depth > 0:
		x.note(fmt.Errorf("%w: a partition whose file system is not known", sekisho.ErrUnavailable))
	case at(sector, "EFI PART"):
		x.note(x.gpt(v, head[sector:]))
	case at(510, "\x55\xAA"):
		x.note(x.mbr(v, head))
	case len(head) >= 12 && at(0, "ER"):
		x.note(x.applePartitions(v))
	default:
		x.note(fmt.Errorf("%w: neither a file system nor partitions that are known", sekisho.ErrUnavailable))
	}
}

// mbr reads a master boot record; partitions in an extended one form a chain.
func (x *box) mbr(v volume, head []byte) error {
	found := 0
	type table struct {
		data     []byte
		base     int64 // where it lies
		extended int64 // where the extended partition starts, 0 outside one
	}
	queue := []table{{data: head}}
	for chain := 0; len(queue) > 0 && chain < mostPartitions; chain++ {
		t := queue[0]
		queue = queue[1:]
		for i := 446; i < 510 && len(t.data) >= sector; i += 16 {
			entry := t.data[i : i+16]
			start, size := int64(binary.LittleEndian.Uint32(entry[8:]))*sector, int64(binary.LittleEndian.Uint32(entry[12:]))*sector
			switch entry[4] {
			case 0:
			case 5, 0xF, 0x85:
				inner := table{base: t.extended + start, extended: t.extended}
				if t.extended == 0 {
					inner.extended = start
				}
				inner.data = v.read(inner.base, sector)
				queue = append(queue[:min(len(queue), 4)], inner)
			default:
				if start = t.base + start; start > 0 && start < v.size && size > 0 && found < mostPartitions {
					found++
					x.mount(v.part(start, size), 1)
				}
			}
		}
	}
	if found == 0 {
		return fmt.Errorf("%w: no partition that is known", sekisho.ErrUnavailable)
	}
	return nil
}

// gpt reads a GUID partition table (UEFI 5.3.2).
func (x *box) gpt(v volume, header []byte) error {
	if len(header) < 92 {
		return errBroken
	}
	table := int64(min(binary.LittleEndian.Uint64(header[72:]), 1<<40)) * sector
	count, size := int(min(binary.LittleEndian.Uint32(header[80:]), 128)), int(binary.LittleEndian.Uint32(header[84:]))
	if size < 128 || size > 4096 {
		return errBroken
	}
	for i := range count {
		entry := v.read(table+int64(i*size), 128)
		if len(entry) < 128 {
			break
		}
		first, last := binary.LittleEndian.Uint64(entry[32:]), binary.LittleEndian.Uint64(entry[40:])
		if binary.LittleEndian.Uint64(entry) == 0 || first == 0 || last < first || last > 1<<50 {
			continue
		}
		x.mount(v.part(int64(first)*sector, int64(last-first+1)*sector), 1)
	}
	return nil
}

// applePartitions reads an Apple partition map, whose entries are sectors that begin with PM.
func (x *box) applePartitions(v volume) error {
	for i := int64(1); i < mostPartitions; i++ {
		entry := v.read(i*sector, sector)
		if len(entry) < 96 || string(entry[:2]) != "PM" {
			return nil
		}
		if strings.HasPrefix(string(entry[48:]), "Apple_HFS") {
			x.mount(v.part(int64(binary.BigEndian.Uint32(entry[8:]))*sector, int64(binary.BigEndian.Uint32(entry[12:]))*sector), 1)
		}
	}
	return nil
}
