package file

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"io"
	"strings"

	"github.com/sekisho/sekisho"
)

const (
	entryLimit = 4096    // entries of a central directory that are looked at
	typesLimit = 1 << 20 // bytes of [Content_Types].xml
	tailLimit  = 66 << 10
)

// An entry is one of a zip file's central directory (APPNOTE 4.3.12).
type entry struct {
	name       string
	method     uint16
	compressed int64
	offset     int64
}

// directory returns the first entries of the central directory, found as Windows and Office find it: from the end. The
// offsets count from the file's start or, when something stands before the archive, from behind that. head is what was read of its
// start, and is not read again when it is all.
func directory(a *sekisho.Artifact, head []byte) ([]entry, bool) {
	tail := head
	if int64(len(head)) < a.Size {
		tail = make([]byte, min(a.Size, tailLimit))
		n, err := a.Blob.ReadAt(tail, a.Size-int64(len(tail)))
		if err != nil && err != io.EOF {
			return nil, false
		}
		tail = tail[:n]
	}
	mark := []byte("PK\x05\x06")
	if !bytes.Contains(tail, mark) { // most files have none, which is quicker told from the front
		return nil, false
	}
	at := bytes.LastIndex(tail, mark)
	if len(tail)-at < 22 {
		return nil, false
	}
	end := tail[at:]
	size, start := int64(binary.LittleEndian.Uint32(end[12:])), int64(binary.LittleEndian.Uint32(end[16:]))
	base := a.Size - int64(len(tail)) + int64(at) - size - start
	if base < 0 {
		return nil, false
	}
	data := make([]byte, min(size, 1<<20, a.Size))
	n, err := a.Blob.ReadAt(data, base+start)
	if err != nil && err != io.EOF {
		return nil, false
	}
	return entries(data[:n], base), true
}

func entries(data []byte, base int64) []entry {
	const fixed = 46
	var list []entry
	for len(data) >= fixed && bytes.HasPrefix(data, []byte("PK\x01\x02")) && len(list) < entryLimit {
		name := int(binary.LittleEndian.Uint16(data[28:]))
		more := int(binary.LittleEndian.Uint16(data[30:])) + int(binary.LittleEndian.Uint16(data[32:]))
		if len(data) < fixed+name+more {
			break
		}
		list = append(list, entry{
			name:       string(data[fixed : fixed+name]),
			method:     binary.LittleEndian.Uint16(data[10:]),
			compressed: int64(binary.LittleEndian.Uint32(data[20:])),
			offset:     base + int64(binary.LittleEndian.Uint32(data[42:])),
		})
		data = data[fixed+name+more:]
	}
	return list
}

// zipType tells apart what is packed as a zip file; media is what the first bytes look like.
func zipType(a *sekisho.Artifact, media string) string {
	list, ok := directory(a, nil)
	if !ok {
		return media
	}
	if !strings.HasPrefix(media, "application/vnd.oasis.") && media != "application/epub+zip" {
		media = "application/zip"
	}
	for _, e := range list {
		switch name := strings.ToLower(strings.ReplaceAll(e.name, `\`, "/")); name {
		case "[content_types].xml":
			if office := officeType(content(a, e)); office != "" {
				return office
			}
		case "androidmanifest.xml":
			return "application/vnd.android.package-archive"
		case "appxmanifest.xml", "appxmetadata/appxbundlemanifest.xml":
			return "application/msix"
		case "meta-inf/manifest.mf":
			media = "application/java-archive"
		}
	}
	return media
}

// content returns the start of an entry's content, nothing when it is not stored or deflated.
func content(a *sekisho.Artifact, e entry) []byte {
	var local [30]byte
	if _, err := a.Blob.ReadAt(local[:], e.offset); err != nil || !bytes.HasPrefix(local[:], []byte("PK\x03\x04")) {
		return nil
	}
	start := e.offset + int64(len(local)) + int64(binary.LittleEndian.Uint16(local[26:])) + int64(binary.LittleEndian.Uint16(local[28:]))
	var r io.Reader = io.NewSectionReader(a.Blob, start, e.compressed)
	switch e.method {
	case 0:
	case 8:
		r = flate.NewReader(r)
	default:
		return nil
	}
	data, err := io.ReadAll(io.LimitReader(r, typesLimit))
	if err != nil && len(data) == 0 {
		return nil
	}
	return data
}

// mainParts maps the content type of a package's main part (ECMA-376 part 1 §11.3 to §13.3, and MS-OFFMACRO2) to that of
// the file.
var mainParts = []struct{ part, media string }{
	{"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
	{"application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml", "application/vnd.openxmlformats-officedocument.wordprocessingml.template"},
	{"application/vnd.ms-word.document.macroEnabled.main+xml", "application/vnd.ms-word.document.macroEnabled.12"},
	{"application/vnd.ms-word.template.macroEnabledTemplate.main+xml", "application/vnd.ms-word.template.macroEnabled.12"},
	{"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
	{"application/vnd.openxmlformats-officedocument.spreadsheetml.template.main+xml", "application/vnd.openxmlformats-officedocument.spreadsheetml.template"},
	{"application/vnd.ms-excel.sheet.macroEnabled.main+xml", "application/vnd.ms-excel.sheet.macroEnabled.12"},
	{"application/vnd.ms-excel.template.macroEnabled.main+xml", "application/vnd.ms-excel.template.macroEnabled.12"},
	{"application/vnd.ms-excel.addin.macroEnabled.main+xml", "application/vnd.ms-excel.addin.macroEnabled.12"},
	{"application/vnd.ms-excel.sheet.binary.macroEnabled.main", "application/vnd.ms-excel.sheet.binary.macroEnabled.12"},
	{"application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml", "application/vnd.openxmlformats-officedocument.presentationml.presentation"},
	{"application/vnd.openxmlformats-officedocument.presentationml.slideshow.main+xml", "application/vnd.openxmlformats-officedocument.presentationml.slideshow"},
	{"application/vnd.openxmlformats-officedocument.presentationml.template.main+xml", "application/vnd.openxmlformats-officedocument.presentationml.template"},
	{"application/vnd.ms-powerpoint.presentation.macroEnabled.main+xml", "application/vnd.ms-powerpoint.presentation.macroEnabled.12"},
	{"application/vnd.ms-powerpoint.slideshow.macroEnabled.main+xml", "application/vnd.ms-powerpoint.slideshow.macroEnabled.12"},
	{"application/vnd.ms-powerpoint.template.macroEnabled.main+xml", "application/vnd.ms-powerpoint.template.macroEnabled.12"},
	{"application/vnd.ms-powerpoint.addin.macroEnabled.main+xml", "application/vnd.ms-powerpoint.addin.macroEnabled.12"},
}

// officeType reads [Content_Types].xml, which alone decides whether Office runs macros. It is "" for other packages.
func officeType(types []byte) string {
	lower := bytes.ToLower(types)
	for _, main := range mainParts {
		if bytes.Contains(lower, []byte(strings.ToLower(main.part))) {
			return main.media
		}
	}
	return ""
}
