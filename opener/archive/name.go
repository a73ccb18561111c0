package archive

import (
	"hash/crc32"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// nameLimit is the most bytes of a name that are kept.
const nameLimit = 4096

// legacy are the encodings names come in that say nothing of it, the likeliest first: Windows in Japan, in China, and DOS,
// which accepts everything.
var legacy = []encoding.Encoding{japanese.ShiftJIS, simplifiedchinese.GB18030, charmap.CodePage437}

// text returns a name in UTF-8.
func text(name string) string {
	name = name[:min(len(name), nameLimit)]
	if utf8.ValidString(name) {
		return name
	}
	for _, e := range legacy {
		decoded, err := e.NewDecoder().String(name)
		if err == nil && !strings.ContainsRune(decoded, utf8.RuneError) {
			return decoded
		}
	}
	return strings.ToValidUTF8(name, "\uFFFD")
}

// zipText returns an entry's name: from the Info-ZIP Unicode path (extra field 0x7075, APPNOTE 4.6.9) when that belongs
// to the name, otherwise by its bytes.
func zipText(name string, extra []byte) string {
	for len(extra) >= 4 {
		id, size := le16(extra), le16(extra[2:])
		if 4+size > len(extra) {
			break
		}
		field := extra[4 : 4+size]
		extra = extra[4+size:]
		if id != 0x7075 || size < 5 || field[0] != 1 || le32(field[1:]) != int64(crc32.ChecksumIEEE([]byte(name))) {
			continue
		}
		if unicode := string(field[5:]); utf8.ValidString(unicode) && unicode != "" {
			return text(unicode)
		}
	}
	return text(name)
}
