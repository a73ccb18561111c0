package file

import (
	"bytes"
	"encoding/binary"
	"strings"

	"github.com/sekisho/sekisho"
)

// disc knows the images that systems mount with a double click: ISO 9660 (ECMA-119 §8), UDF (ECMA-167 2/9), VHD and VHDX,
// the images of macOS by the block at their end, and discs byte for byte.
func disc(a *sekisho.Artifact, head []byte) string {
	const sector = 2048
	for at := 16 * sector; at <= 19*sector && at+6 <= len(head); at += sector {
		switch string(head[at+1 : at+6]) {
		case "CD001":
			return "application/x-iso9660-image"
		case "BEA01", "NSR02", "NSR03":
			return "application/x-udf-image"
		}
	}
	switch {
	case bytes.HasPrefix(head, []byte("vhdxfile")):
		return "application/x-vhdx"
	case bytes.HasPrefix(head, []byte("conectix")):
		return "application/x-vhd"
	}
	const trailer = 512
	if a.Size < trailer {
		return ""
	}
	var tail [trailer]byte
	if n, _ := a.Blob.ReadAt(tail[:], a.Size-trailer); n == trailer {
		switch {
		case bytes.HasPrefix(tail[:], []byte("koly\x00\x00\x00\x04")):
			return "application/x-apple-diskimage"
		case bytes.HasPrefix(tail[:], []byte("conectix")):
			return "application/x-vhd"
		}
	}
	if rawDisc(head) {
		return "application/x-raw-disk-image"
	}
	return ""
}

// rawDisc reports whether the bytes begin a disc: with a file system's boot sector, a partition table, or that of macOS.
func rawDisc(head []byte) bool {
	const sector = 512
	if len(head) >= 1024+4 && (string(head[1024:1028]) == "H+\x00\x04" || string(head[1024:1028]) == "HX\x00\x05") ||
		len(head) >= 36 && string(head[32:36]) == "NXSB" {
		return true
	}
	if len(head) < 2*sector || head[510] != 0x55 || head[511] != 0xAA {
		return false
	}
	switch {
	case string(head[3:11]) == "NTFS    ", string(head[3:11]) == "EXFAT   ", string(head[sector:sector+8]) == "EFI PART":
		return true
	case (head[0] == 0xEB || head[0] == 0xE9) && binary.LittleEndian.Uint16(head[11:])%sector == 0 && (strings.HasPrefix(string(head[54:]), "FAT") || strings.HasPrefix(string(head[82:]), "FAT")):
		return true
	}
	used := 0
	for at := 446; at < 510; at += 16 {
		entry := head[at : at+16]
		if entry[0]&0x7F != 0 {
			return false
		}
		if entry[4] != 0 && binary.LittleEndian.Uint32(entry[8:]) != 0 && binary.LittleEndian.Uint32(entry[12:]) != 0 {
			used++
		}
	}
	return used > 0
}

// isAsar knows the header of Electron's archives: a Pickle of four bytes that holds the size of another, which holds JSON.
func isAsar(head []byte) bool {
	if len(head) < 17 {
		return false
	}
	whole, inner, text := binary.LittleEndian.Uint32(head[4:]), binary.LittleEndian.Uint32(head[8:]), binary.LittleEndian.Uint32(head[12:])
	return binary.LittleEndian.Uint32(head) == 4 && whole == inner+4 && text <= inner && head[16] == '{'
}
