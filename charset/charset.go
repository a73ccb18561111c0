// Package charset turns the bytes of mails, pages and files into text, as the programs that people read them with do:
// by the label they carry when it fits, and by the bytes themselves when it does not.
//
// [Decode] never fails. It says whether the label told the truth, because senders of hostile mail hope that the filter
// reads another text than the person does.
package charset

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

// Decode returns data as valid UTF-8. The label is a charset name as a mail or a page writes it, in any case, with
// quotes or an RFC 2231 language; empty and us-ascii both state plain ASCII. A byte order mark outranks the label
// (WHATWG Encoding §6) and is removed.
//
// ok is false when the label is unknown or does not fit the bytes. The text then is what [Guess] makes of them if that
// decodes without loss, and otherwise the labelled reading with U+FFFD for each piece that cannot be read.
//
// Labels mean what mail programs take them for: iso-8859-1 is windows-1252, gb2312 is GB18030, shift_jis is
// Windows-31J, bytes of ASCII without a NUL are not UTF-16, every iso-2022-jp variant is read alike, half-width kana and the vendors' characters included.
func Decode(label string, data []byte) (text string, ok bool) {
	label = canonical(label)
	if marked, size := mark(data); size > 0 {
		text, clean := read(marked, data[size:])
		return text, clean
	}
	if label == "us-ascii" && isASCII(data) {
		if Guess(data) == "iso-2022-jp" {
			text, _ := read("iso-2022-jp", data)
			return text, false
		}
		return string(data), true
	}
	if label == "utf-8" && utf8.Valid(data) {
		return string(data), true
	}
	if strings.HasPrefix(label, "utf-16") && isASCII(data) && !isWide(data) {
		return string(data), false
	}
	text, clean := read(label, data)
	if clean && label != "us-ascii" {
		return text, true
	}
	if known(label) && isASCII(data) {
		return text, false // damaged escapes: bytes that are valid in many charsets are no better reading
	}
	guess := Guess(data)
	if other, clean := read(guess, data); clean || label == "us-ascii" || !known(label) {
		return other, false
	}
	return text, false
}

// Known reports whether Decode has a decoder for the label.
func Known(label string) bool { return known(canonical(label)) }

func known(label string) bool {
	switch label {
	case "us-ascii", "utf-8", "utf-7", "iso-2022-jp", "iso-2022-kr":
		return true
	}
	return lookup(label) != nil
}

// read decodes data by a canonical label; clean is false when the label is unknown or a piece could not be read.
func read(label string, data []byte) (text string, clean bool) {
	switch label {
	case "us-ascii", "utf-8":
		return strings.ToValidUTF8(string(data), "\uFFFD"), utf8.Valid(data)
	case "utf-7":
		return utf7(data)
	case "iso-2022-jp":
		return with(japanese.EUCJP, iso2022jp(data))
	case "iso-2022-kr":
		return with(korean.EUCKR, iso2022kr(data))
	}
	enc := lookup(label)
	if enc == nil {
		return strings.ToValidUTF8(string(data), "\uFFFD"), false
	}
	return with(enc, data)
}

func with(enc encoding.Encoding, data []byte) (text string, clean bool) {
	out, err := enc.NewDecoder().Bytes(data)
	text = string(out)
	return text, err == nil && !strings.Contains(text, "\uFFFD")
}

// canonical returns the name under which read knows a label.
func canonical(label string) string {
	label, _, _ = strings.Cut(label, "*") // RFC 2231 §5: charset*language
	label = strings.ToLower(strings.Trim(label, " \t\r\n\"'_;,="))
	switch label {
	case "", "us-ascii", "ascii", "us", "ansi_x3.4-1968", "iso646-us", "us_ascii", "default_charset", "unknown-8bit", "x-unknown", "unknown", "8bit", "7bit":
		return "us-ascii"
	case "utf-8", "utf8", "unicode-1-1-utf-8", "utf_8", "utf-8-sig", "utf8mb4", "cp65001", "utf":
		return "utf-8"
	case "utf-7", "utf7", "unicode-1-1-utf-7", "x-unicode-1-1-utf-7", "csunicode11utf7", "unicode-2-0-utf-7":
		return "utf-7"
	case "csiso2022jp", "iso2022jp", "jis", "jis7", "iso2022-jp", "iso-2022-jp":
		return "iso-2022-jp"
	case "csiso2022kr", "iso-2022-kr", "iso2022kr":
		return "iso-2022-kr"
	case "cp932", "ms932", "windows-31j", "windows-932", "x-sjis", "sjis", "shift-jis", "shiftjis", "x-ms-cp932", "cswindows31j", "ms_kanji", "x-sjis-jp", "sjis-win":
		return "shift_jis"
	case "euc_jp", "eucjp", "x-euc", "x-euc-jp", "ujis", "cp51932", "eucjp-win", "euc-jp-ms", "eucjp-ms":
		return "euc-jp"
	case "gb2312", "gb_2312-80", "gbk", "gb2312-80", "euc-cn", "euccn", "x-gbk", "cp936", "windows-936", "ms936", "gb18030", "gb-2312", "gb_2312", "x-gb2312", "csgb2312", "hz-gb":
		return "gb18030"
	case "cp950", "windows-950", "x-big5", "big-5", "big5hkscs", "big5_hkscs":
		return "big5"
	case "cp949", "ks_c_5601", "ksc5601-1987", "ks_c_5601_1987", "ks-c-5601-1987", "uhc", "euckr", "ms949", "ks_c_5601-1987", "5601":
		return "euc-kr"
	case "latin-1", "iso8859_1", "iso-8859-1-windows-3.1-latin-1", "8859_1", "cp-1252", "win-1252", "windows1252", "ansi":
		return "windows-1252"
	case "win-1251", "windows1251", "cp-1251", "win1251":
		return "windows-1251"
	}
	if strings.HasPrefix(label, "iso-2022-jp") || strings.HasPrefix(label, "cp5022") {
		return "iso-2022-jp" // -1, -2, -3, -2004, -ms, cp50220, cp50221, cp50222
	}
	return label
}

// lookup returns the encoding for a canonical label, nil if there is none.
func lookup(label string) encoding.Encoding {
	switch label {
	case "gb18030":
		return simplifiedchinese.GB18030
	case "hz-gb-2312":
		return simplifiedchinese.HZGB2312
	case "shift_jis":
		return japanese.ShiftJIS
	case "windows-1252":
		return charmap.Windows1252
	case "utf-16", "utf-16le":
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	}
	enc, err := htmlindex.Get(label)
	if err == nil && enc != encoding.Replacement {
		return enc
	}
	if enc, err = ianaindex.MIME.Encoding(label); err == nil && enc != nil && enc != encoding.Replacement {
		return enc
	}
	return nil
}

// isWide reports whether ASCII bytes can be UTF-16: they hold a NUL, as every Latin letter and line break of it does, or
// are too few to tell. The bytes of a page that states UTF-16 in a meta element are never UTF-16 (WHATWG HTML §13.2.3.2).
func isWide(data []byte) bool {
	const few = 32
	return len(data) < few && bytes.IndexByte(data, '<') < 0 || bytes.IndexByte(data, 0) >= 0
}

// mark returns the label and the length of a byte order mark.
func mark(data []byte) (label string, size int) {
	switch {
	case bytes.HasPrefix(data, []byte("\xEF\xBB\xBF")):
		return "utf-8", 3
	case bytes.HasPrefix(data, []byte("\xFE\xFF")):
		return "utf-16be", 2
	case bytes.HasPrefix(data, []byte("\xFF\xFE")):
		return "utf-16le", 2
	}
	return "", 0
}

func isASCII(data []byte) bool {
	for _, c := range data {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
