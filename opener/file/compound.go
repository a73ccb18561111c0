package file

import (
	"encoding/binary"
	"io"
	"unicode/utf16"

	"github.com/sekisho/sekisho"
)

// compoundMagic starts every OLE compound file (MS-CFB 2.2).
const compoundMagic = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"

const installerClass = "\x84\x10\x0C\x00\x00\x00\x00\x00\xC0\x00\x00\x00\x00\x00\x00\x46"

// compoundType tells compound files apart by the names in their directory, whose entries are 128 bytes long and aligned
// (MS-CFB 2.6.1). It looks at every place where one can stand rather than follow the sector chains, which hostile files
// tie into knots; the entries nearest the start are the outermost document's.
func compoundType(a *sekisho.Artifact, media string) string {
	const length, limit = 128, 16 << 20
	r := io.NewSectionReader(a.Blob, 0, min(a.Size, limit))
	chunk := make([]byte, 64<<10)
	for {
		n, err := io.ReadFull(r, chunk)
		for at := 0; at+length <= n; at += length {
			if found := entryType(chunk[at : at+length]); found != "" {
				return found
			}
		}
		if err != nil {
			break
		}
	}
	if media == "application/octet-stream" {
		return "application/x-ole-storage"
	}
	return media
}

// entryType returns the type of the file whose directory holds the entry, or "".
func entryType(raw []byte) string {
	size, kind := int(binary.LittleEndian.Uint16(raw[64:])), raw[66]
	if size < 4 || size > 64 || size%2 != 0 || kind != 1 && kind != 2 && kind != 5 {
		return ""
	}
	units := make([]uint16, 0, 32)
	for i := 0; i < size-2; i += 2 {
		units = append(units, binary.LittleEndian.Uint16(raw[i:]))
	}
	switch name := string(utf16.Decode(units)); name {
	case "Root Entry":
		if string(raw[80:96]) == installerClass {
			return "application/x-ms-installer"
		}
	case "WordDocument":
		return "application/msword"
	case "Workbook", "Book":
		return "application/vnd.ms-excel"
	case "PowerPoint Document":
		return "application/vnd.ms-powerpoint"
	case "EncryptedPackage":
		return "application/x-ooxml-encrypted"
	case "__properties_version1.0", "__nameid_version1.0":
		return "application/vnd.ms-outlook"
	}
	return ""
}
