package html

import (
	"bytes"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
)

// decode returns the page in UTF-8. Mail bodies arrive so; in files a byte order mark, then a meta element, then a guess
// decides, as in browsers. Bytes that are valid UTF-8 are not second-guessed, except for ISO-2022-JP, which is ASCII too.
func decode(data []byte) []byte {
	data = bytes.TrimPrefix(data, []byte("\xEF\xBB\xBF"))
	shifted := bytes.Contains(data, []byte("\x1B$")) || bytes.HasPrefix(data, []byte("\xFE\xFF")) || bytes.HasPrefix(data, []byte("\xFF\xFE"))
	if !shifted && utf8.Valid(data) {
		return data
	}
	encoding, _, _ := charset.DetermineEncoding(data, "")
	decoded, err := encoding.NewDecoder().Bytes(data)
	if err != nil {
		return bytes.ToValidUTF8(data, []byte("\uFFFD"))
	}
	return bytes.TrimPrefix(decoded, []byte("\uFEFF"))
}
