package program

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/sekisho/sekisho"
)

// The layout is that of Apple's mach-o/loader.h and mach-o/fat.h.

const (
	mostSlices   = 16
	mostCommands = 1000
	commandBytes = 1 << 20

	loadSegment32 = 0x1
	loadSegment64 = 0x19
	loadSignature = 0x1D
)

var machoCPUs = map[uint32]string{7: "386", 0x01000007: "amd64", 12: "arm", 0x0100000C: "arm64", 0x0200000C: "arm64_32", 18: "ppc", 0x01000012: "ppc64"}

// readMachO reads a thin program, or each of those in a fat one. A fat one is as good as the worst in it.
func (p *image) readMachO(magic uint32) error {
	p.form.Format = "macho"
	if magic != 0xCAFEBABE && magic != 0xCAFEBABF {
		return p.slice(0, p.size)
	}
	head := p.read(0, 8+32*mostSlices)
	if len(head) < 8 {
		return errShort
	}
	count := binary.BigEndian.Uint32(head[4:])
	if count == 0 || count > mostSlices {
		return fmt.Errorf("%w: %d programs in one", sekisho.ErrLimit, count)
	}
	var worst sekisho.Signature
	for i := range int(count) {
		var offset, size int64
		if magic == 0xCAFEBABE && len(head) >= 8+20*(i+1) {
			entry := head[8+20*i:]
			offset, size = int64(binary.BigEndian.Uint32(entry[8:])), int64(binary.BigEndian.Uint32(entry[12:]))
		} else if magic == 0xCAFEBABF && len(head) >= 8+32*(i+1) {
			entry := head[8+32*i:]
			offset, size = int64(binary.BigEndian.Uint64(entry[8:])), int64(binary.BigEndian.Uint64(entry[16:]))
		}
		p.form.Signature = sekisho.Signature{}
		if err := p.slice(offset, size); err != nil {
			return err
		}
		if i == 0 || rank(p.form.Signature) < rank(worst) {
			worst = p.form.Signature
		}
	}
	p.form.Signature = worst
	return nil
}

func rank(s sekisho.Signature) int {
	switch {
	case s.Format == "":
		return 0
	case !s.Covers:
		return 1
	case s.Adhoc:
		return 2
	case !s.Valid:
		return 3
	}
	return 4
}

// slice reads the program for one processor, which lies at base.
func (p *image) slice(base, size int64) error {
	head := p.read(base, 32)
	if len(head) < 28 || size < 28 || base+size > p.size {
		return errShort
	}
	var order binary.ByteOrder = binary.LittleEndian
	start := int64(28)
	switch binary.BigEndian.Uint32(head) {
	case 0xCFFAEDFE:
		start = 32
	case 0xCEFAEDFE:
	case 0xFEEDFACF:
		order, start = binary.BigEndian, 32
	case 0xFEEDFACE:
		order = binary.BigEndian
	default:
		return fmt.Errorf("%w: not a Mach-O program", sekisho.ErrMalformed)
	}
	if arch := machoCPUs[order.Uint32(head[4:])]; arch != "" && !slices.Contains(p.form.Arch, arch) {
		p.form.Arch = append(p.form.Arch, arch)
	}
	switch order.Uint32(head[12:]) {
	case 1:
		p.form.Role = "object"
	case 4:
		p.form.Role = "core"
	case 6:
		p.form.Role = "dll"
	case 8:
		p.form.Role = "bundle"
	case 11:
		p.form.Role = "driver"
	default:
		p.form.Role = "exe"
	}
	commands := p.read(base+start, int(min(order.Uint32(head[20:]), commandBytes)))
	end := start + int64(len(commands))
	var signature, signatureSize int64
	for n := min(order.Uint32(head[16:]), mostCommands); n > 0 && len(commands) >= 8; n-- {
		length := int(order.Uint32(commands[4:]))
		if length < 8 || length > len(commands) {
			return errShort
		}
		command := commands[:length]
		commands = commands[length:]
		switch order.Uint32(command) {
		case loadSegment32, loadSegment64:
			end = max(end, p.segment(base, command, order))
		case loadSignature:
			if length >= 16 {
				signature, signatureSize = int64(order.Uint32(command[8:])), int64(order.Uint32(command[12:]))
			}
		}
	}
	p.form.Overlay += int(max(0, size-max(end, signature+signatureSize)))
	if signatureSize == 0 {
		return nil
	}
	return p.codeSignature(base, signature, min(signatureSize, size-signature))
}

// segment notes a segment and returns where it ends in the slice.
func (p *image) segment(base int64, command []byte, order binary.ByteOrder) int64 {
	wide := order.Uint32(command) == loadSegment64
	if len(command) < 56 || wide && len(command) < 72 {
		return 0
	}
	label, _, _ := bytes.Cut(command[8:24], []byte{0})
	var offset, size int64
	var protection uint32
	if wide {
		offset, size, protection = int64(order.Uint64(command[40:])), int64(order.Uint64(command[48:])), order.Uint32(command[60:])
	} else {
		offset, size, protection = int64(order.Uint32(command[32:])), int64(order.Uint32(command[36:])), order.Uint32(command[44:])
	}
	if offset < 0 || size < 0 || size > p.size || offset > p.size {
		return 0
	}
	p.section(clean(string(label)), base+offset, size, protection&4 != 0)
	return offset + size
}
