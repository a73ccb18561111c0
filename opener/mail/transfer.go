package mail

import (
	"bytes"
	"encoding/base64"
	"strings"
)

// decodeTransfer undoes a Content-Transfer-Encoding. An encoding that changes nothing, or that nobody knows, returns
// the bytes themselves, not a copy.
func decodeTransfer(encoding string, body []byte) (data []byte, defect string) {
	switch encoding {
	case "", "7bit", "8bit", "binary", "7-bit", "8-bit", "none", "7bits", "8bits":
		return body, ""
	case "base64", "b", "base-64", "base_64":
		data, bad := decodeBase64(body)
		return data, when(bad, BadBase64)
	case "quoted-printable", "quoted-printble", "q", "quotedprintable", "quoted_printable":
		data, bad := decodeQuoted(body)
		return data, when(bad, BadQuotedPrintable)
	case "x-uuencode", "x-uue", "uuencode", "uue":
		files := uuFiles(body, 1)
		if len(files) == 0 {
			return body, BadUuencode
		}
		return files[0].data, when(files[0].bad, BadUuencode)
	}
	return body, UnknownTransferEncoding
}

// hidesBase64 reports whether the body is base64 that its transfer encoding does not state: mail programs follow different
// headers of several, and a page that is one block of base64 says nothing to anyone.
func (p *part) hidesBase64() bool {
	if p.media != "text/html" && !(p.conflicting && strings.HasPrefix(p.media, "text/")) {
		return false
	}
	switch p.encoding {
	case "base64", "quoted-printable":
		return false
	}
	const few = 40 // letters: a word alone is no block
	letters := 0
	for _, c := range bytes.TrimRight(bytes.TrimSpace(p.body), "=") {
		switch {
		case base64Values[c] < 64:
			letters++
		case c != '\r' && c != '\n':
			return false
		}
	}
	return letters >= few && letters%4 != 1
}

func when(bad bool, defect string) string {
	if bad {
		return defect
	}
	return ""
}

// decodeBase64 decodes what stands in the base64 alphabet and passes over the rest. Padding ends a group, not the
// data: mail programs differ there, and what they may show must be seen.
func decodeBase64(body []byte) (data []byte, bad bool) {
	data = make([]byte, base64.StdEncoding.DecodedLen(len(body)))
	if n, err := base64.StdEncoding.Decode(data, body); err == nil {
		return data[:n], false
	}
	data = data[:0]
	var bits uint32
	have, padded := 0, false
	flush := func() {
		switch have {
		case 1:
			bad = true
		case 2:
			data = append(data, byte(bits>>4))
		case 3:
			data = append(data, byte(bits>>10), byte(bits>>2))
		}
		bits, have = 0, 0
	}
	for _, c := range body {
		v := base64Values[c]
		switch {
		case v < 64:
			bad = bad || padded
			bits, have = bits<<6|uint32(v), have+1
			if have == 4 {
				data = append(data, byte(bits>>16), byte(bits>>8), byte(bits))
				bits, have = 0, 0
			}
		case c == '=':
			flush()
			padded = true
		case c != ' ' && c != '\t' && c != '\r' && c != '\n':
			bad = true
		}
	}
	flush()
	return data, bad
}

// base64Values holds the value of each byte of the alphabet, 0xFF for the others.
var base64Values = func() (t [256]byte) {
	for i := range t {
		t[i] = 0xFF
	}
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	for i := range len(alphabet) {
		t[alphabet[i]] = byte(i)
	}
	return t
}()

// decodeQuoted decodes quoted-printable (RFC 2045 §6.7). White space at the end of a line is transport padding and goes.
func decodeQuoted(body []byte) (data []byte, bad bool) {
	data = make([]byte, 0, len(body))
	for len(body) > 0 {
		end := lineEnd(body, 0)
		line, rest := body[:end], body[end:]
		text := bytes.TrimRight(line, " \t\r\n")
		ending := line[len(bytes.TrimRight(line, "\r\n")):]
		if len(text) > 0 && text[len(text)-1] == '=' {
			text, ending = text[:len(text)-1], nil
		}
		for {
			i := bytes.IndexByte(text, '=')
			if i < 0 {
				break
			}
			data = append(data, text[:i]...)
			if i+2 < len(text) && hex(text[i+1]) >= 0 && hex(text[i+2]) >= 0 {
				data = append(data, byte(hex(text[i+1])<<4|hex(text[i+2])))
				text = text[i+3:]
				continue
			}
			bad = true
			data = append(data, '=')
			text = text[i+1:]
		}
		data = append(data, text...)
		data = append(data, ending...)
		body = rest
	}
	return data, bad
}
