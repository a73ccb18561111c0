package milter

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/base64"
	"io"
	"mime"
	"mime/quotedprintable"
	"net/textproto"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/text/encoding/htmlindex"
)

// Bounds of the structure in which a text is looked for.
const (
	partDepth = 6
	partLimit = 50
)

// A text is the place of a plain or an HTML text in a mail.
type text struct {
	start, end int // of its encoded bytes, without the line end before the next boundary
	html       bool
	charset    string
	encoding   string // 7bit, 8bit, quoted-printable or base64
	ascii      bool   // nothing but ASCII may be inserted
}

func (t text) utf8() bool     { return t.charset == "utf-8" }
func (t text) sevenBit() bool { return t.encoding == "7bit" }

// charsetOf returns the name of a charset as the WHATWG encoding standard spells it, if in it every ASCII character is itself and no
// part of another that HTML would take for its own. In ISO-2022-JP that is so between escapes.
func charsetOf(label string) (name string, ok bool) {
	coding, err := htmlindex.Get(label)
	if err != nil {
		return "", false
	}
	name, err = htmlindex.Name(coding)
	return name, err == nil && !slices.Contains([]string{"utf-16be", "utf-16le", "replacement", "x-user-defined"}, name)
}

// A structure is the search for the first plain and the first HTML text of a mail.
type structure struct {
	data        []byte
	plain, html *text
	parts       int
	refused     bool // signed, encrypted, or not to be understood
}

// findTexts returns the texts in the order in which they stand. It reports false when the mail must not be changed.
func findTexts(data []byte) ([]text, bool) {
	s := structure{data: data}
	s.entity(0, len(data), partDepth)
	var texts []text
	for _, t := range []*text{s.plain, s.html} {
		if t != nil {
			texts = append(texts, *t)
		}
	}
	slices.SortFunc(texts, func(a, b text) int { return a.start - b.start })
	return texts, !s.refused && len(texts) > 0
}

// entity reads the part that lies between two places.
func (s *structure) entity(start, end, depth int) {
	if s.parts++; s.parts > partLimit || depth == 0 {
		s.refused = true
	}
	if s.refused {
		return
	}
	header, body, ok := readPartHeader(s.data[start:end])
	if !ok {
		s.refused = true
		return
	}
	kind, params, err := contentType(header)
	if err != nil {
		s.refused = true
		return
	}
	switch {
	case kind == "multipart/signed", kind == "multipart/encrypted", strings.HasSuffix(kind, "pkcs7-mime"), strings.HasSuffix(kind, "pgp-encrypted"):
		s.refused = true
	case strings.HasPrefix(kind, "multipart/"):
		s.multipart(start+body, end, params["boundary"], depth)
	case kind == "text/plain" || kind == "text/html":
		s.text(kind, header, params, start+body, end)
	}
}

// multipart reads the parts between the boundary lines, RFC 2046 §5.1. A boundary that does not end refuses the mail, since programs
// differ in what they show then.
func (s *structure) multipart(start, end int, boundary string, depth int) {
	delimiter := []byte("--" + boundary)
	if boundary == "" || len(boundary) > 70 {
		s.refused = true
		return
	}
	open, closed := -1, false
	for at := start; at < end && !closed; {
		line := s.data[at:end]
		next := end
		if i := bytes.IndexByte(line, '\n'); i >= 0 {
			line, next = line[:i+1], at+i+1
		}
		if rest, ok := bytes.CutPrefix(line, delimiter); ok {
			rest = bytes.TrimRight(rest, " \t\r\n")
			if len(rest) == 0 || string(rest) == "--" {
				if open >= 0 {
					s.refused = s.refused || !bytes.HasSuffix(s.data[open:at], []byte("\r\n"))
					s.entity(open, max(open, at-len("\r\n")), depth-1)
				}
				open, closed = next, len(rest) > 0
			}
		}
		at = next
	}
	s.refused = s.refused || !closed
}

func (s *structure) text(kind string, header textproto.MIMEHeader, params map[string]string, start, end int) {
	if disposition, _, err := mime.ParseMediaType(header.Get("Content-Disposition")); err == nil && disposition == "attachment" {
		return
	}
	t := text{start: start, end: end, html: kind == "text/html", charset: strings.ToLower(params["charset"]),
		encoding: strings.ToLower(strings.TrimSpace(header.Get("Content-Transfer-Encoding")))}
	label := cmp.Or(t.charset, "us-ascii")
	if t.encoding == "" {
		t.encoding = "7bit"
	}
	known := false
	t.charset, known = charsetOf(label)
	t.ascii = label == "us-ascii" || t.sevenBit() && t.charset != "iso-2022-jp"
	target := &s.plain
	if t.html {
		target = &s.html
	}
	if *target != nil {
		return
	}
	if !known || params["format"] == "flowed" && params["delsp"] != "" {
		s.refused = true
		return
	}
	*target = &t
}

// readPartHeader returns a part's header and where its body begins. It reports false when programs might read it otherwise.
func readPartHeader(data []byte) (textproto.MIMEHeader, int, bool) {
	if bytes.HasPrefix(data, []byte("\r\n")) {
		return textproto.MIMEHeader{}, 2, true
	}
	i := bytes.Index(data, []byte("\r\n\r\n"))
	if i < 0 {
		return nil, 0, false
	}
	header, err := textproto.NewReader(bufio.NewReader(bytes.NewReader(data[:i+4]))).ReadMIMEHeader()
	if err != nil || len(header["Content-Type"]) > 1 || len(header["Content-Transfer-Encoding"]) > 1 {
		return nil, 0, false
	}
	return header, i + 4, true
}

func contentType(header textproto.MIMEHeader) (string, map[string]string, error) {
	value := header.Get("Content-Type")
	if value == "" {
		return "text/plain", map[string]string{}, nil
	}
	return mime.ParseMediaType(value)
}

// decode takes the transfer encoding off. It reports false when that loses something.
func (t text) decode(encoded []byte) ([]byte, bool) {
	switch t.encoding {
	case "7bit":
		return encoded, !has8Bit(encoded)
	case "8bit", "binary":
		return encoded, true
	case "quoted-printable":
		content, err := io.ReadAll(quotedprintable.NewReader(bytes.NewReader(encoded)))
		return content, err == nil
	case "base64":
		packed := bytes.Map(func(r rune) rune {
			if r == '\r' || r == '\n' || r == ' ' || r == '\t' {
				return -1
			}
			return r
		}, encoded)
		content := make([]byte, base64.StdEncoding.DecodedLen(len(packed)))
		n, err := base64.StdEncoding.Strict().Decode(content, packed)
		return content[:n], err == nil
	}
	return nil, false
}

// encode puts the transfer encoding on.
func (t text) encode(content []byte) []byte {
	var out bytes.Buffer
	switch t.encoding {
	case "quoted-printable":
		w := quotedprintable.NewWriter(&out)
		_, _ = w.Write(content) // a buffer takes everything
		_ = w.Close()
	case "base64":
		encoded := base64.StdEncoding.EncodeToString(content)
		for len(encoded) > lineLength {
			out.WriteString(encoded[:lineLength] + "\r\n")
			encoded = encoded[lineLength:]
		}
		out.WriteString(encoded + "\r\n")
	default:
		return content
	}
	return out.Bytes()
}

// headElements are what stands before the body of a page without being seen.
var headElements = []string{"html", "head", "title", "meta", "link", "style", "base", "script"}

// bodyOf returns where the visible part of a page begins: behind its body tag, or before the first thing that is none of the head.
func bodyOf(page []byte, charset string) int {
	if charset == "iso-2022-jp" {
		page = maskJIS(page)
	}
	z := html.NewTokenizer(bytes.NewReader(page))
	at, inside := 0, ""
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			return min(at, len(page))
		}
		raw := len(z.Raw())
		switch kind {
		case html.StartTagToken, html.SelfClosingTagToken:
			name, _ := z.TagName()
			if string(name) == "body" {
				return at + raw
			}
			if !slices.Contains(headElements, string(name)) {
				return at
			}
			if inside = ""; kind == html.StartTagToken && slices.Contains([]string{"title", "style", "script"}, string(name)) {
				inside = string(name)
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			if !slices.Contains(headElements, string(name)) {
				return at
			}
			inside = ""
		case html.TextToken:
			if inside == "" && len(bytes.TrimSpace(page[at:at+raw])) > 0 {
				return at
			}
		}
		at += raw
	}
}

// maskJIS replaces the two-byte characters of ISO-2022-JP, whose bytes look like ASCII.
func maskJIS(page []byte) []byte {
	masked := bytes.Clone(page)
	wide := false
	for i := 0; i < len(masked); i++ {
		if masked[i] == 0x1B && i+2 < len(masked) {
			wide = masked[i+1] == '$' || masked[i+1] == '(' && masked[i+2] == 'I'
			i += 2
			continue
		}
		if wide && masked[i] > ' ' {
			masked[i] = 'x'
		}
	}
	return masked
}

func has8Bit(data []byte) bool {
	return slices.ContainsFunc(data, func(b byte) bool { return b >= 0x80 })
}

func decimal(r rune) string { return strconv.Itoa(int(r)) }
