package office

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"path"
	"strings"
	"unicode"

	"github.com/sekisho/sekisho"
)

// fileDataHeader starts every embedded file of a OneNote section (MS-ONESTORE §2.6.13).
var fileDataHeader = []byte("\xE7\x16\xE3\xBD\x65\x26\x11\x45\xA4\xC4\x8D\x4D\x0B\x7A\x9E\xAC")

// oneNote reads the embedded files and the words of a OneNote section. It looks for them rather than follow the file's
// tables of transactions, which keep old revisions: what was removed from a page is found too. The names of the files
// stand among the words; they are given to the files in their order.
func (d *document) oneNote(data []byte) {
	var blobs [][]byte
	words := d.oneNoteWords(data, func(at int) (int, bool) {
		if !bytes.HasPrefix(data[at:], fileDataHeader) || len(data)-at < 36 {
			return 0, false
		}
		length := binary.LittleEndian.Uint64(data[at+16:])
		body := data[at+36:]
		if length > uint64(len(body)) {
			d.fail(fmt.Errorf("%w: an embedded file of %d bytes ends after %d", sekisho.ErrMalformed, length, len(body)))
			length = uint64(len(body))
		}
		blobs = append(blobs, body[:length])
		return 36 + int(length), true
	})
	var names []string
	for _, word := range words {
		if isFileName(word) {
			names = append(names, path.Base(strings.ReplaceAll(word, `\`, "/")))
			continue
		}
		d.say(word + "\n")
	}
	names = unique(names)
	for _, blob := range blobs {
		if len(blob) == 0 {
			continue
		}
		if extension := pictureExtension(blob); extension != "" {
			d.file("picture."+extension, "image", blob)
			continue
		}
		name := "file"
		if len(names) > 0 {
			name, names = names[0], names[1:]
		}
		d.object(sekisho.Object{Kind: "file", Name: name})
		d.file(name, "embedded", blob)
	}
}

func unique(list []string) (out []string) {
	seen := map[string]bool{}
	for _, s := range list {
		if !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	return out
}

func pictureExtension(data []byte) string {
	switch {
	case bytes.HasPrefix(data, []byte("\x89PNG")):
		return "png"
	case bytes.HasPrefix(data, []byte("\xFF\xD8\xFF")):
		return "jpg"
	case bytes.HasPrefix(data, []byte("GIF8")):
		return "gif"
	case bytes.HasPrefix(data, []byte("BM")) && len(data) > 14 && binary.LittleEndian.Uint32(data[2:]) == uint32(len(data)):
		return "bmp"
	}
	return ""
}

// isFileName reports whether words look like the name or the path of a file.
func isFileName(word string) bool {
	dot := strings.LastIndexByte(word, '.')
	if dot < 1 || len(word)-dot < 3 || len(word)-dot > 9 || len(word) > 260 || strings.ContainsAny(word, "\n\r<>|?*\"") || strings.Contains(word, "://") {
		return false
	}
	for _, c := range word[dot+1:] {
		if c > unicode.MaxASCII || !unicode.IsLetter(c) && !unicode.IsDigit(c) {
			return false
		}
	}
	return true
}

// oneNoteWords returns the runs of UTF-16 text. skip is asked at every place where a file may start, and says how far it
// goes.
func (d *document) oneNoteWords(data []byte, skip func(at int) (int, bool)) (words []string) {
	const shortest, most = 3, 20_000
	size := 0
	for at := 0; at+1 < len(data); {
		if data[at] == fileDataHeader[0] {
			if n, ok := skip(at); ok {
				at += n
				continue
			}
		}
		if data[at] == 0 { // Latin text that begins one byte later would read as Chinese here
			at++
			continue
		}
		end := at
		for end+1 < len(data) && readable(binary.LittleEndian.Uint16(data[end:])) {
			end += 2
		}
		if end-at < 2*shortest {
			at++
			continue
		}
		word := strings.TrimSpace(wideText(data[at:end]))
		if size += len(word); word != "" && len(words) < most && size < mostText && plausible(word) {
			words = append(words, word)
		}
		at = end
	}
	return words
}

// readable accepts the characters of Latin and Japanese text.
func readable(unit uint16) bool {
	return unit >= 0x20 && unit < 0x7F || unit == '\n' || unit == '\r' || unit == '\t' || unit >= 0xA0 && unit < 0x250 || unit >= 0x3000 && unit < 0x30FF || unit >= 0x4E00 && unit < 0x9FFF ||
		unit >= 0xFF00 && unit < 0xFFEF || unit >= 0x2010 && unit < 0x2027
}

// plausible tells text from other bytes that are readable by chance: most of its characters are of one script.
func plausible(word string) bool {
	latin, wide, other := 0, 0, 0
	for _, r := range word {
		switch {
		case r < 0x80:
			latin++
		case r >= 0x3000 && r < 0x30FF:
			wide += 2
		case r >= 0x4E00:
			other++
		}
	}
	return latin > 3*other || wide >= other
}
