package office

import (
	"bytes"
	"encoding/binary"
	"path"
	"strings"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/charset"
)

// classes maps the CLSIDs of objects that are worth a name to their ProgID, all in lower case. Those of the equation editor and of the
// script moniker are the ones that documents exploit (CVE-2017-11882, CVE-2018-0802, CVE-2017-8570; read 2026-11).
var classes = map[string]string{
	"0002ce02-0000-0000-c000-000000000046": "equation.3",
	"0003000b-0000-0000-c000-000000000046": "equation.3",
	"0002ce03-0000-0000-c000-000000000046": "equation.3",
	"0003000c-0000-0000-c000-000000000046": "package",
	"f20da720-c02f-11ce-927b-0800095ae340": "package",
	"00000300-0000-0000-c000-000000000046": "stdolelink",
	"06290bd3-48aa-11d2-8432-006008c3fbfc": "scriptletfile",
	"0004a6b0-0000-0000-c000-000000000046": "equation.3",
	"eab22ac3-30c1-11cf-a7eb-0000c05bae0b": "shell.explorer.1",
	"8856f961-340a-11d0-a96b-00c04fd705a2": "shell.explorer.1",
	"d27cdb6e-ae6d-11cf-96b8-444553540000": "shockwaveflash.shockwaveflash",
}

// native reads an OLE 1.0 native stream: a file wrapped by the packager, [MS-OLEDS] §2.3.6 and the packager's own layout,
// which is not written down by its maker.
func (d *document) native(data []byte, fallback string) {
	if len(data) < 4 {
		return
	}
	data = data[4:]
	if len(data) >= 2 && binary.LittleEndian.Uint16(data) == 2 {
		label, rest := cstring(data[2:])
		source, rest := cstring(rest)
		if len(rest) >= 8 {
			size := uint64(binary.LittleEndian.Uint32(rest[4:]))
			rest = rest[8:]
			if size <= uint64(len(rest)) {
				temporary, rest := cstring(rest)
				if len(rest) >= 4 {
					length := min(uint64(binary.LittleEndian.Uint32(rest)), uint64(len(rest)-4))
					d.packaged(fileName(temporary, source, label), rest[4:4+length])
					return
				}
			}
		}
	}
	if magic := bytes.Index(data[:min(len(data), 4096)], []byte(compoundMagic)); magic >= 0 {
		d.embeddedCompound(data[magic:], fallback, nesting)
		return
	}
	d.object(sekisho.Object{Kind: "ole", Name: fallback, Class: "ole10native"})
	if len(data) > 0 {
		d.file(fallback, "embedded", data)
	}
}

// packaged hands on a file that the packager wraps.
func (d *document) packaged(name string, data []byte) {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	d.object(sekisho.Object{Kind: "package", Class: "package", Name: name})
	d.file(name, "embedded", data)
}

// fileName returns the first name with an extension, which is what Windows starts the file by; the label is only shown.
func fileName(names ...string) string {
	for _, name := range names {
		if base := path.Base(strings.ReplaceAll(name, `\`, "/")); strings.Contains(base, ".") && base != "." {
			return name
		}
	}
	return names[len(names)-1]
}

// cstring cuts text at its NUL. Packager names are in the code page of who made them.
func cstring(data []byte) (text string, rest []byte) {
	end := bytes.IndexByte(data[:min(len(data), 4096)], 0)
	if end < 0 {
		return "", nil
	}
	text, _ = charset.Decode("", data[:end])
	return text, data[end+1:]
}

// compObj states the program of an object by its ProgID (MS-OLEDS §2.3.8).
func (d *document) compObj(data []byte) {
	if len(data) < 28 {
		return
	}
	if program := classes[guid(data[12:28])]; program != "" {
		d.object(sekisho.Object{Kind: "ole", Class: program})
	}
	rest := data[28:]
	for i := range 3 { // the name for people, the clipboard format, the ProgID
		if len(rest) < 4 {
			return
		}
		length := binary.LittleEndian.Uint32(rest)
		rest = rest[4:]
		if i == 1 && length >= 0xFFFFFFFE {
			length = 4
		}
		if uint64(length) > uint64(len(rest)) || length > 1024 {
			return
		}
		if text := strings.TrimRight(latin(rest[:length]), "\x00"); i == 2 && text != "" {
			d.object(sekisho.Object{Kind: "ole", Class: text})
		}
		rest = rest[length:]
	}
}

// guid writes a GUID as people do, in lower case.
func guid(data []byte) string {
	const digits = "0123456789abcdef"
	var b strings.Builder
	for i, n := range [...]int{3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15} {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			b.WriteByte('-')
		}
		b.WriteByte(digits[data[n]>>4])
		b.WriteByte(digits[data[n]&15])
	}
	return b.String()
}

// The monikers that name a place (MS-OSHARED §2.3.7, MS-OLEDS §2.3.3).
var (
	urlMoniker    = []byte("\xE0\xC9\xEA\x79\xF9\xBA\xCE\x11\x8C\x82\x00\xAA\x00\x4B\xA9\x0B")
	fileMoniker   = []byte("\x03\x03\x00\x00\x00\x00\x00\x00\xC0\x00\x00\x00\x00\x00\x00\x46")
	scriptMoniker = []byte("\xC6\xAF\xAB\xEC\x19\x7F\xD2\x11\x97\x8E\x00\x00\xF8\x75\x7E\x2A")
)

// monikers returns the places that monikers in the data name.
func monikers(data []byte) (places []string) {
	for rest := data; len(places) < 20; {
		i := bytes.Index(rest, urlMoniker)
		if i < 0 {
			break
		}
		rest = rest[i+len(urlMoniker):]
		if len(rest) < 4 {
			break
		}
		length := min(uint64(binary.LittleEndian.Uint32(rest)), uint64(len(rest)-4))
		places = append(places, untilNUL(rest[4:4+length]))
	}
	for rest := data; len(places) < 20; {
		i := bytes.Index(rest, fileMoniker)
		if i < 0 {
			break
		}
		rest = rest[i+len(fileMoniker):]
		if len(rest) < 6 {
			break
		}
		length := min(uint64(binary.LittleEndian.Uint32(rest[2:])), uint64(len(rest)-6))
		text, _, _ := strings.Cut(latin(rest[6:6+length]), "\x00")
		places = append(places, text)
	}
	return places
}

// untilNUL reads UTF-16 up to its NUL.
func untilNUL(data []byte) string {
	for i := 0; i+1 < len(data); i += 2 {
		if data[i] == 0 && data[i+1] == 0 {
			data = data[:i]
			break
		}
	}
	return utf16le(data)
}

// linked states what an object that is linked, and not embedded, is taken from (MS-OLEDS §2.3.3).
func (d *document) linked(data []byte) {
	for _, place := range monikers(data) {
		d.refer("object", place)
	}
	if bytes.Contains(data, scriptMoniker) {
		d.object(sekisho.Object{Kind: "ole", Class: "scriptletfile"})
	}
}

// contents hands on the document that an object's storage holds as a whole.
func (d *document) contents(data []byte, fallback string) {
	if bytes.HasPrefix(data, []byte("PK\x03\x04")) || bytes.HasPrefix(data, []byte("%PDF")) || bytes.HasPrefix(data, []byte("MZ")) {
		d.object(sekisho.Object{Kind: "file", Name: fallback})
		d.file(fallback, "embedded", data)
	}
}
