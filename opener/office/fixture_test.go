package office_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"path"
	"strings"
	"testing"
	"unicode/utf16"
)

// The fixtures are inert: what they would start or fetch does not exist, and their programs are a few letters long.

// packed returns a zip file with entries of the given names and contents, in turn.
func packed(t testing.TB, parts ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(parts); i += 2 {
		entry, err := w.Create(parts[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := entry.Write([]byte(parts[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const (
	mainWord  = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
	mainDocm  = "application/vnd.ms-word.document.macroEnabled.main+xml"
	mainSheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
	mainXlsm  = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
	mainXlsb  = "application/vnd.ms-excel.sheet.binary.macroEnabled.main"
	mainSlide = "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"
	mainPptm  = "application/vnd.ms-powerpoint.presentation.macroEnabled.main+xml"
)

// ooxml returns a package whose main part is of the content type.
func ooxml(t testing.TB, main string, parts ...string) []byte {
	types := `<?xml version="1.0"?><Types><Override PartName="/main" ContentType="` + main + `"/></Types>`
	return packed(t, append([]string{"[Content_Types].xml", types}, parts...)...)
}

// relations returns a part of relations: id, type and target of each, which lie outside the package.
func relations(list ...string) string {
	b := strings.Builder{}
	b.WriteString(`<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">`)
	for i := 0; i < len(list); i += 3 {
		b.WriteString(`<Relationship Id="` + list[i] + `" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/` + list[i+1] + `" Target="` + list[i+2] + `" TargetMode="External"/>`)
	}
	return b.String() + `</Relationships>`
}

func words(text string) string {
	return `<w:document><w:body><w:p><w:r><w:t>` + text + `</w:t></w:r></w:p></w:body></w:document>`
}

// utf16z returns s in UTF-16.
func utf16z(s string) []byte {
	var out []byte
	for _, unit := range utf16.Encode([]rune(s)) {
		out = binary.LittleEndian.AppendUint16(out, unit)
	}
	return out
}

// An entry is a stream of a compound file.
type entry struct {
	name string
	data []byte
}

type node struct {
	name     string
	data     []byte
	storage  bool
	children []*node
	next     *node // the sibling that follows
	index    int
	start    uint32
}

const (
	sectorSize = 512
	endOfChain = 0xFFFFFFFE
	freeSector = 0xFFFFFFFF
)

// compound returns a compound file (MS-CFB) with the streams; class is the CLSID of its root, "" for none.
func compound(class string, entries ...entry) []byte {
	root := &node{name: "Root Entry", storage: true}
	for _, e := range entries {
		at := root
		folders, base := path.Split(e.name)
		for _, folder := range strings.Split(strings.Trim(folders, "/"), "/") {
			if folder != "" {
				at = at.child(folder)
			}
		}
		at.children = append(at.children, &node{name: base, data: e.data})
	}
	var list []*node
	root.number(&list)

	var sectors []byte
	var fat []uint32
	place := func(data []byte) uint32 {
		if len(data) == 0 {
			return endOfChain
		}
		first := uint32(len(fat))
		for at := 0; at < len(data); at += sectorSize {
			fat = append(fat, uint32(len(fat)+1))
			sectors = append(sectors, append(data[at:min(at+sectorSize, len(data)):min(at+sectorSize, len(data))], make([]byte, max(0, at+sectorSize-len(data)))...)...)
		}
		fat[len(fat)-1] = endOfChain
		return first
	}
	var mini []byte
	var miniFAT []uint32
	for _, n := range list {
		switch {
		case n.storage:
		case len(n.data) >= 4096:
			n.start = place(n.data)
		case len(n.data) > 0:
			n.start = uint32(len(miniFAT))
			for at := 0; at < len(n.data); at += 64 {
				miniFAT = append(miniFAT, uint32(len(miniFAT)+1))
			}
			miniFAT[len(miniFAT)-1] = endOfChain
			mini = append(mini, n.data...)
			mini = append(mini, make([]byte, (64-len(mini)%64)%64)...)
		}
	}
	miniStart := place(mini)
	miniFATStart := place(words32(miniFAT))
	directory := make([]byte, 0, len(list)*128)
	for _, n := range list {
		directory = append(directory, n.record(root, class, miniStart, len(mini))...)
	}
	directoryStart := place(directory)
	fatSectors := (len(fat)+127)/128 + 1
	fatStart := len(fat)
	for range fatSectors {
		fat = append(fat, 0xFFFFFFFD)
	}
	for len(fat)%128 != 0 {
		fat = append(fat, freeSector)
	}
	header := make([]byte, sectorSize)
	copy(header, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")
	put16 := binary.LittleEndian.PutUint16
	put32 := binary.LittleEndian.PutUint32
	put16(header[24:], 0x3E)
	put16(header[26:], 3)
	put16(header[28:], 0xFFFE)
	put16(header[30:], 9)
	put16(header[32:], 6)
	put32(header[44:], uint32(len(fat)/128))
	put32(header[48:], directoryStart)
	put32(header[56:], 4096)
	put32(header[60:], miniFATStart)
	put32(header[64:], uint32((len(miniFAT)+127)/128))
	put32(header[68:], endOfChain)
	for i := range 109 {
		value := uint32(freeSector)
		if i < len(fat)/128 {
			value = uint32(fatStart + i)
		}
		put32(header[76+4*i:], value)
	}
	return append(append(header, sectors...), words32(fat)...)
}

func (n *node) child(name string) *node {
	for _, c := range n.children {
		if c.name == name {
			return c
		}
	}
	c := &node{name: name, storage: true}
	n.children = append(n.children, c)
	return c
}

func (n *node) number(list *[]*node) {
	n.index = len(*list)
	*list = append(*list, n)
	for i, c := range n.children {
		if i > 0 {
			n.children[i-1].next = c
		}
		c.number(list)
	}
}

// record returns the directory entry. The siblings of a storage hang on one another's right.
func (n *node) record(root *node, class string, miniStart uint32, miniSize int) []byte {
	out := make([]byte, 128)
	name := utf16z(n.name)
	copy(out, name)
	binary.LittleEndian.PutUint16(out[64:], uint16(len(name)+2))
	out[66], out[67] = 2, 1
	start, size := n.start, len(n.data)
	if n.storage {
		out[66], start, size = 1, 0, 0
	}
	if n == root {
		out[66], start, size = 5, miniStart, miniSize
		copy(out[80:], class)
	}
	for at := 68; at < 80; at += 4 {
		binary.LittleEndian.PutUint32(out[at:], freeSector)
	}
	if n.next != nil {
		binary.LittleEndian.PutUint32(out[72:], uint32(n.next.index))
	}
	if len(n.children) > 0 {
		binary.LittleEndian.PutUint32(out[76:], uint32(n.children[0].index))
	}
	binary.LittleEndian.PutUint32(out[116:], start)
	binary.LittleEndian.PutUint32(out[120:], uint32(size))
	return out
}

func words32(list []uint32) (out []byte) {
	for _, v := range list {
		out = binary.LittleEndian.AppendUint32(out, v)
	}
	for len(out)%sectorSize != 0 {
		out = binary.LittleEndian.AppendUint32(out, freeSector)
	}
	return out
}

// compressed returns the source as a container of chunks whose tokens are all literal (MS-OVBA §2.4.1).
func compressed(source string) []byte {
	out := []byte{1}
	for len(source) > 0 {
		chunk := source[:min(len(source), 3000)]
		source = source[len(chunk):]
		var body []byte
		for len(chunk) > 0 {
			n := min(len(chunk), 8)
			body = append(append(body, 0), chunk[:n]...)
			chunk = chunk[n:]
		}
		out = binary.LittleEndian.AppendUint16(out, uint16(len(body)-1)|0xB000)
		out = append(out, body...)
	}
	return out
}

// project returns the streams of a VBA project with one module, in a folder.
func project(folder, source string) []entry {
	module := append([]byte("compiled code that is not read"), compressed("Attribute VB_Name = \"ThisDocument\"\r\n"+source)...)
	return []entry{{folder + "VBA/dir", compressed("dir")}, {folder + "VBA/_VBA_PROJECT", []byte("\xCC\x61")}, {folder + "VBA/ThisDocument", module}, {folder + "PROJECT", []byte("ID=1")}}
}

func vba(source string) string { return string(compound("", project("", source)...)) }

// native returns an OLE 1.0 stream with a file in the packager's layout.
func native(name, content string) []byte {
	body := []byte{2, 0}
	body = append(append(body, name...), 0)
	body = append(append(body, `C:\`+name...), 0)
	body = append(body, 0, 0, 3, 0)
	body = binary.LittleEndian.AppendUint32(body, uint32(len(name)+4))
	body = append(append(body, `C:\`+name...), 0)
	body = binary.LittleEndian.AppendUint32(body, uint32(len(content)))
	body = append(body, content...)
	return append(binary.LittleEndian.AppendUint32(nil, uint32(len(body))), body...)
}

// urlLink returns an \x01Ole stream that links to the URL.
func urlLink(url string) []byte {
	out := append(make([]byte, 32), "\xE0\xC9\xEA\x79\xF9\xBA\xCE\x11\x8C\x82\x00\xAA\x00\x4B\xA9\x0B"...)
	text := append(utf16z(url), 0, 0)
	return append(binary.LittleEndian.AppendUint32(out, uint32(len(text))), text...)
}

// ole1 returns an OLE 1.0 object in hexadecimal digits, as RTF holds it.
func ole1(class string, format uint32, topic string, data []byte) string {
	out := binary.LittleEndian.AppendUint32([]byte{1, 5, 0, 0}, format)
	for _, s := range []string{class, topic, ""} {
		if s != "" {
			s += "\x00"
		}
		out = append(binary.LittleEndian.AppendUint32(out, uint32(len(s))), s...)
	}
	out = append(binary.LittleEndian.AppendUint32(out, uint32(len(data))), data...)
	return hexOf(out)
}

func hexOf(data []byte) string {
	const digits = "0123456789abcdef"
	var b strings.Builder
	for i, c := range data {
		if i%40 == 0 {
			b.WriteString("\r\n")
		}
		b.WriteByte(digits[c>>4])
		b.WriteByte(digits[c&15])
	}
	return b.String()
}

// biff returns a record of a workbook stream.
func biff(kind uint16, body ...byte) []byte {
	out := binary.LittleEndian.AppendUint16(nil, kind)
	return append(binary.LittleEndian.AppendUint16(out, uint16(len(body))), body...)
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// macroBook returns a workbook stream with a very hidden macro sheet whose cell A1 is EXEC("calc-no.example").
func macroBook() []byte {
	text := "calc-no.example"
	tokens := append([]byte{0x17, byte(len(text)), 0}, text...)
	tokens = append(tokens, 0x42, 1, 110, 0)
	formula := append(make([]byte, 20), byte(len(tokens)), 0)
	name := append([]byte{0x20, 0, 0, 1, byte(5), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 0x3A, 0, 0, 0, 0)
	return join(
		biff(0x809, 0, 6, 5, 0, 0, 0, 0, 0), biff(0x85, append([]byte{0, 0, 0, 0, 2, 1, 6, 0}, "Macro1"...)...), biff(0x18, append(name, 0, 0)...), biff(0x0A),
		biff(0x809, 0, 6, 0x40, 0, 0, 0, 0, 0), biff(0x06, append(formula, tokens...)...), biff(0x0A),
	)
}

// wordBinary returns the streams of a Word document with the text, and the template it is attached to.
func wordBinary(text, template string) []entry {
	body := utf16z(text)
	main := make([]byte, 0x200+len(body))
	binary.LittleEndian.PutUint16(main, 0xA5EC)
	binary.LittleEndian.PutUint16(main[0x0A:], 0x200)
	copy(main[0x200:], body)
	associated := []byte{0xFF, 0xFF, 18, 0, 0, 0, 0, 0}
	associated = binary.LittleEndian.AppendUint16(associated, uint16(len(utf16.Encode([]rune(template)))))
	associated = append(associated, utf16z(template)...)
	pieces := binary.LittleEndian.AppendUint32([]byte{2}, 16)
	pieces = binary.LittleEndian.AppendUint32(pieces, 0)
	pieces = binary.LittleEndian.AppendUint32(pieces, uint32(len(body)/2))
	pieces = append(pieces, 0, 0, 0, 2, 0, 0, 0, 0)
	table := append(associated, pieces...)
	binary.LittleEndian.PutUint32(main[0x19A:], 0)
	binary.LittleEndian.PutUint32(main[0x19E:], uint32(len(associated)))
	binary.LittleEndian.PutUint32(main[0x1A2:], uint32(len(associated)))
	binary.LittleEndian.PutUint32(main[0x1A6:], uint32(len(pieces)))
	return []entry{{"WordDocument", main}, {"1Table", table}}
}

// record12 returns a record of a binary workbook.
func record12(kind int, body []byte) []byte {
	var out []byte
	if kind >= 128 {
		out = []byte{byte(kind&0x7F) | 0x80, byte(kind >> 7)}
	} else {
		out = []byte{byte(kind)}
	}
	return append(append(out, byte(len(body)&0x7F)|0x80, byte(len(body)>>7)), body...)
}

func wide(s string) []byte {
	units := utf16z(s)
	return append(binary.LittleEndian.AppendUint32(nil, uint32(len(units)/2)), units...)
}

// slideRecord returns a record of a presentation stream.
func slideRecord(version byte, kind uint16, body []byte) []byte {
	out := binary.LittleEndian.AppendUint16([]byte{version, 0}, kind)
	return append(binary.LittleEndian.AppendUint32(out, uint32(len(body))), body...)
}

// oneNote returns a section with an embedded file.
func oneNote(name, content string) []byte {
	out := []byte("\xE4\x52\x5C\x7B\x8C\xD8\xA7\x4D\xAE\xB1\x53\x78\xD0\x29\x96\xD3")
	out = append(out, make([]byte, 64)...)
	out = append(append(out, utf16z("Double click to view")...), 0, 0, 0, 0)
	out = append(append(out, utf16z(name)...), 0, 0, 0, 0)
	out = append(out, "\xE7\x16\xE3\xBD\x65\x26\x11\x45\xA4\xC4\x8D\x4D\x0B\x7A\x9E\xAC"...)
	out = binary.LittleEndian.AppendUint64(out, uint64(len(content)))
	out = append(out, make([]byte, 12)...)
	return append(append(out, content...), make([]byte, 32)...)
}

func odf(t testing.TB, kind string, parts ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	first, err := w.CreateHeader(&zip.FileHeader{Name: "mimetype", Method: zip.Store})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := first.Write([]byte("application/vnd.oasis.opendocument." + kind)); err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(parts); i += 2 {
		entry, err := w.Create(parts[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := entry.Write([]byte(parts[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
