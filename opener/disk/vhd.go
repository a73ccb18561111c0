package disk

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/sekisho/sekisho"
)

// VHD is Microsoft's "Virtual Hard Disk Image Format Specification" 1.0, VHDX is MS-VHDX.

// blocks is a disk whose blocks are looked up in a table: of 4 bytes in VHD, of 8 in VHDX.
type blocks struct {
	volume
	table  int64
	width  int64
	block  int64 // bytes of one
	entry  func(raw []byte) int64
	ratio  int64 // blocks before one that holds bitmaps, 0 for none
	length int64 // bytes of the disk
}

// ReadAt reads zeros for blocks that are not there.
func (b *blocks) ReadAt(p []byte, offset int64) (int, error) {
	n := 0
	for n < len(p) && offset+int64(n) < b.length {
		at := offset + int64(n)
		index, inside := at/b.block, at%b.block
		want := p[n:min(int64(len(p)), int64(n)+b.block-inside, int64(n)+b.length-at)]
		if b.ratio > 0 {
			index += index / b.ratio
		}
		place := int64(-1)
		if raw := b.read(b.table+index*b.width, int(b.width)); int64(len(raw)) == b.width {
			place = b.entry(raw)
		}
		if place < 0 {
			clear(want)
		} else if got, err := b.r.ReadAt(want, place+inside); got < len(want) {
			return n + got, err
		}
		n += len(want)
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func openVHD(v volume) (volume, error) {
	footer := v.read(v.size-sector, sector)
	if !bytes.HasPrefix(footer, []byte("conectix")) {
		footer = v.read(0, sector) // the copy that dynamic ones have
	}
	if len(footer) < sector || !bytes.HasPrefix(footer, []byte("conectix")) {
		return v, errBroken
	}
	length := int64(min(binary.BigEndian.Uint64(footer[48:]), 1<<46))
	switch kind := binary.BigEndian.Uint32(footer[60:]); kind {
	case 2:
		return v.part(0, min(length, v.size-sector)), nil
	case 3:
	default:
		return v, fmt.Errorf("%w: a VHD of type %d, which needs another file", sekisho.ErrUnavailable, kind)
	}
	header := v.read(int64(min(binary.BigEndian.Uint64(footer[16:]), 1<<46)), 1024)
	if len(header) < 36 || !bytes.HasPrefix(header, []byte("cxsparse")) {
		return v, errBroken
	}
	b := &blocks{volume: v, width: 4, table: int64(min(binary.BigEndian.Uint64(header[16:]), 1<<46)), block: int64(binary.BigEndian.Uint32(header[32:])), length: length}
	if b.block < sector || b.block > 1<<30 {
		return v, errBroken
	}
	bitmap := (b.block/sector/8 + sector - 1) / sector * sector
	b.entry = func(raw []byte) int64 {
		if at := binary.BigEndian.Uint32(raw); at != 0xFFFFFFFF {
			return int64(at)*sector + bitmap
		}
		return -1
	}
	return volume{b, length}, nil
}

// The regions and items of VHDX that are read (MS-VHDX 2.2.3.2 and 2.6.2), as they stand in the file.
const (
	regionTable    = "\x66\x77\xC2\x2D\x23\xF6\x00\x42\x9D\x64\x11\x5E\x9B\xFD\x4A\x08"
	regionMetadata = "\x06\xA2\x7C\x8B\x90\x47\x9A\x4B\xB8\xFE\x57\x5F\x05\x0F\x88\x6E"
	itemParameters = "\x37\x67\xA1\xCA\x36\xFA\x43\x4D\xB3\xB6\x33\xF0\xAA\x44\xE7\x6B"
	itemSize       = "\x24\x42\xA5\x2F\x1B\xCD\x76\x48\xB2\x11\x5D\xBE\xD8\x3B\xF4\xB8"
	itemSector     = "\x1D\xBF\x41\x81\x6F\xA9\x09\x47\xBA\x47\xF2\x33\xA8\xFA\xAB\x5F"
)

func openVHDX(v volume) (volume, error) {
	region := v.read(192<<10, 64<<10)
	if len(region) < 64 || !bytes.HasPrefix(region, []byte("regi")) {
		return v, errBroken
	}
	var table, metadata int64
	for i := 16; i+32 <= len(region) && i < 16+32*64; i += 32 {
		offset := int64(min(binary.LittleEndian.Uint64(region[i+16:]), 1<<46))
		switch string(region[i : i+16]) {
		case regionTable:
			table = offset
		case regionMetadata:
			metadata = offset
		}
	}
	items := v.read(metadata, 64<<10)
	if table == 0 || metadata == 0 || !bytes.HasPrefix(items, []byte("metadata")) {
		return v, errBroken
	}
	b := &blocks{volume: v, width: 8, table: table}
	logical, parent := int64(sector), false
	for i := 32; i+32 <= len(items) && i < 32+32*64; i += 32 {
		value := v.read(metadata+int64(binary.LittleEndian.Uint32(items[i+16:])), 8)
		if len(value) < 8 {
			continue
		}
		switch string(items[i : i+16]) {
		case itemParameters:
			b.block, parent = int64(binary.LittleEndian.Uint32(value)), value[4]&2 != 0
		case itemSize:
			b.length = int64(min(binary.LittleEndian.Uint64(value), 1<<46))
		case itemSector:
			logical = int64(binary.LittleEndian.Uint32(value))
		}
	}
	switch {
	case parent:
		return v, fmt.Errorf("%w: a differencing VHDX, which needs another file", sekisho.ErrUnavailable)
	case b.block < 1<<20 || b.block > 1<<28 || logical != 512 && logical != 4096:
		return v, errBroken
	}
	b.ratio = (1 << 23) * logical / b.block
	b.entry = func(raw []byte) int64 {
		entry := binary.LittleEndian.Uint64(raw)
		if state := entry & 7; state == 6 || state == 7 {
			return int64(min(entry>>20, 1<<26)) << 20
		}
		return -1
	}
	return volume{b, b.length}, nil
}
