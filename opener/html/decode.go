package html

import (
	"bytes"
	"unicode/utf8"

	htmlcharset "golang.org/x/net/html/charset"

	"github.com/sekisho/sekisho/charset"
)

// decode returns the page in UTF-8. Mail bodies arrive so; in files a byte order mark, then a meta element, then a guess
// decides, as in browsers. Bytes that are valid UTF-8 are not second-guessed, except for ISO-2022-JP, which is ASCII too.
func decode(data []byte) []byte {
	shifted := bytes.Contains(data, []byte("\x1B$"))
	if !shifted && utf8.Valid(data) {
		return bytes.TrimPrefix(data, []byte("\xEF\xBB\xBF"))
	}
	_, label, certain := htmlcharset.DetermineEncoding(data, "")
	if !certain {
		label = charset.Guess(data)
	}
	text, _ := charset.Decode(label, data)
	return []byte(text)
}
