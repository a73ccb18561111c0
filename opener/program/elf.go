package program

import (
	"bytes"
	"encoding/binary"

	"github.com/sekisho/sekisho"
)

// The layout of ELF files is that of the System V ABI, chapter 4.

var elfMachines = map[uint16]string{3: "386", 8: "mips", 20: "ppc", 21: "ppc64", 22: "s390x", 40: "arm", 62: "amd64", 183: "arm64", 243: "riscv64", 258: "loong64"}

func (p *image) readELF() error {
	p.form = sekisho.Program{Format: "elf", Role: "exe"}
	head := p.read(0, 64)
	if len(head) < 52 {
		return errShort
	}
	var order binary.ByteOrder = binary.LittleEndian
	if head[5] == 2 {
		order = binary.BigEndian
	}
	switch order.Uint16(head[16:]) {
	case 1:
		p.form.Role = "object"
	case 4:
		p.form.Role = "core"
	case 3:
		if bytes.Contains(p.read(0, 64<<10), []byte("ld-linux")) || bytes.Contains(p.read(0, 64<<10), []byte("ld-musl")) {
			break // a program that may lie anywhere: it names an interpreter
		}
		p.form.Role = "dll"
	}
	if arch := elfMachines[order.Uint16(head[18:])]; arch != "" {
		p.form.Arch = []string{arch}
	}
	wide := head[4] == 2
	if wide && len(head) < 64 {
		return errShort
	}
	var at int64
	var size, count, names int
	if wide {
		at, size, count, names = int64(order.Uint64(head[40:])), int(order.Uint16(head[58:])), int(order.Uint16(head[60:])), int(order.Uint16(head[62:]))
	} else {
		at, size, count, names = int64(order.Uint32(head[32:])), int(order.Uint16(head[46:])), int(order.Uint16(head[48:])), int(order.Uint16(head[50:]))
	}
	if bytes.Contains(p.read(0, 1024), []byte("UPX!")) {
		p.form.Packer = "upx"
	}
	if at == 0 || count == 0 {
		return nil
	}
	return p.elfSections(elfTable{order, wide, at, size, min(count, 4*mostSections), names})
}

type elfTable struct {
	order       binary.ByteOrder
	wide        bool
	at          int64
	size, count int
	names       int // the section that holds the names
}

func (p *image) elfSections(t elfTable) error {
	if least := 40; t.size < least || t.wide && t.size < 64 || t.at < 0 {
		return errShort
	}
	table := p.read(t.at, t.size*t.count)
	end := t.at + int64(len(table))
	place := func(i int) (offset, size int64) {
		if (i+1)*t.size > len(table) {
			return 0, 0
		}
		s := table[i*t.size:]
		if t.wide {
			return int64(t.order.Uint64(s[24:])), int64(t.order.Uint64(s[32:]))
		}
		return int64(t.order.Uint32(s[16:])), int64(t.order.Uint32(s[20:]))
	}
	offset, size := place(t.names)
	names := p.read(offset, int(min(max(size, 0), 64<<10)))
	for i := 0; (i+1)*t.size <= len(table); i++ {
		s := table[i*t.size:]
		label := int(t.order.Uint32(s))
		flags := uint64(t.order.Uint32(s[8:]))
		if t.wide {
			flags = t.order.Uint64(s[8:])
		}
		offset, size := place(i)
		if t.order.Uint32(s[4:]) != 8 && offset >= 0 && size > 0 && offset+size <= p.size { // 8 takes no room in the file
			end = max(end, offset+size)
		}
		if label <= 0 || label >= len(names) {
			continue
		}
		name, _, _ := bytes.Cut(names[label:], []byte{0})
		p.section(clean(string(name)), offset, size, flags&4 != 0)
	}
	p.form.Overlay = int(max(0, p.size-end))
	return nil
}
