package mail

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/charset"
	"github.com/sekisho/sekisho/fold"
)

const encodedLimit = 100 // uuencoded and yEncoded files of one text that become parts

// A part is a mail's body or one of its parts, its body not yet decoded.
type part struct {
	media       string // content type, lower case
	content     *structured
	disposition *structured
	encoding    string // transfer encoding, lower case
	conflicting bool   // it states several
	id          bool   // it has a Content-ID, by which a page shows it
	body        []byte
	defects     defects
}

func (r *reader) newPart(h *header, within string) *part {
	p := &part{}
	raw, n := h.first("Content-Type")
	if n > 1 {
		r.defects.add(DuplicateContentType)
	}
	p.content = parseStructured(raw)
	p.media = p.content.word
	kind, sub, ok := strings.Cut(p.media, "/")
	switch {
	case raw == "" && within == "multipart/digest":
		p.media = "message/rfc822"
	case raw == "":
		p.media = "text/plain"
	case !ok || kind == "" || sub == "":
		r.defects.add(BadContentType)
		if p.media = "text/plain"; kind == "multipart" || p.content.get("boundary") != "" {
			p.media = "multipart/mixed"
		} else if kind == "html" || sub == "html" {
			p.media = "text/html"
		}
	}
	raw, n = h.first("Content-Transfer-Encoding")
	p.encoding = strings.ToLower(strings.Trim(raw, " \t\"';"))
	p.encoding, _, _ = strings.Cut(p.encoding, " ")
	if p.conflicting = n > 1; p.conflicting {
		r.defects.add(ConflictingTransferEncoding)
	}
	raw, _ = h.first("Content-Disposition")
	p.disposition = parseStructured(raw)
	_, n = h.first("Content-Id")
	p.id = n > 0
	return p
}

// addPart decodes a part that is no multipart and adds what it is.
func (r *reader) addPart(p *part) {
	if r.full {
		return
	}
	name := r.fileName(p)
	if p.hidesBase64() {
		p.encoding = "base64"
		p.defects.add(ConflictingTransferEncoding)
	}
	data, defect := decodeTransfer(p.encoding, p.body)
	if defect != "" {
		p.defects.add(defect)
	}
	switch {
	case p.isMail():
		r.add(&sekisho.Artifact{Kind: sekisho.KindMail, Name: name, Via: "attachment", Blob: blob(data), Size: int64(len(data))})
	case p.isPage(name):
		r.addBody(p, sekisho.KindPage, name, data)
	case p.isText(name):
		r.addBody(p, sekisho.KindText, name, data)
		r.addEncoded(data)
	default:
		via := "attachment"
		if p.disposition.word == "inline" || p.disposition.word == "" && p.id {
			via = "inline"
		}
		r.notOpened(p)
		r.addFile(p, via, name, data)
	}
	for _, defect := range p.defects {
		r.defects.add(defect)
	}
}

// addEncoded adds the files that stand uuencoded or yEncoded in a text.
func (r *reader) addEncoded(text []byte) {
	files := uuFiles(text, encodedLimit+1)
	if len(files) > encodedLimit {
		files = files[:encodedLimit]
		r.fail(fmt.Errorf("%w: more than %d encoded files in a text", sekisho.ErrLimit, encodedLimit))
	}
	for _, file := range files {
		p := &part{media: "application/octet-stream"}
		if file.bad {
			p.defects.add(BadUuencode)
			r.defects.add(BadUuencode)
		}
		name, _ := decodeField(strings.ReplaceAll(file.name, "\x00", ""))
		if hasInvisible(name) {
			p.defects.add(InvisibleInName)
			r.defects.add(InvisibleInName)
		}
		r.addFile(p, file.via, name, file.data)
	}
}

// notOpened says which contents stay closed.
func (r *reader) notOpened(p *part) {
	switch p.media {
	case "application/pkcs7-mime", "application/x-pkcs7-mime":
		if kind := strings.ToLower(p.content.get("smime-type")); kind == "signed-data" {
			r.fail(fmt.Errorf("%w: an S/MIME signature encloses the mail", sekisho.ErrUnavailable))
		} else {
			r.fail(fmt.Errorf("%w: S/MIME", sekisho.ErrEncrypted))
		}
	case "message/partial":
		p.defects.add(PartialMessage)
		r.fail(fmt.Errorf("%w: the rest of a message/partial", sekisho.ErrUnavailable))
	case "message/external-body":
		p.defects.add(ExternalBody)
		r.fail(fmt.Errorf("%w: the content of a message/external-body", sekisho.ErrUnavailable))
	}
}

// isFile says that mail programs show a text part as a file: it is attached, or has the name of something else than text.
func (p *part) isFile(name string) bool {
	switch extension(name) {
	case "", "txt", "text", "asc", "log":
		return p.disposition.word == "attachment"
	}
	return true
}

func (p *part) isMail() bool {
	switch p.media {
	case "message/rfc822", "message/global", "message/news":
		return true
	}
	return false
}

func (p *part) isPage(name string) bool {
	return !p.isFile(name) && (p.media == "text/html" || p.media == "text/x-amp-html" || p.media == "text/watch-html")
}

// isText says that mail programs show the part as text: what is text and no file, and the reports of mail servers.
func (p *part) isText(name string) bool {
	switch p.media {
	case "message/delivery-status", "message/disposition-notification", "message/feedback-report", "message/global-delivery-status":
		return true
	case "text/calendar", "text/vcard", "text/x-vcard", "text/directory", "text/csv", "text/xml", "text/rtf", "text/javascript", "text/css":
		return false
	case "text/plain":
		return !p.isFile(name)
	}
	return strings.HasPrefix(p.media, "text/") && p.disposition.word != "attachment" && name == ""
}

// addBody adds a text or a page in UTF-8.
func (r *reader) addBody(p *part, kind sekisho.Kind, name string, data []byte) {
	if bytes.IndexByte(data, 0) >= 0 {
		p.defects.add(NulByte)
	}
	if kind == sekisho.KindText && bytes.Contains(data, []byte("-----BEGIN PGP MESSAGE-----")) {
		r.fail(fmt.Errorf("%w: a PGP message", sekisho.ErrEncrypted))
	}
	label := p.content.get("charset")
	if label == "" && kind == sekisho.KindPage {
		label = metaCharset(data)
	}
	if !isUTF8(label, data) {
		text, ok := charset.Decode(label, data)
		if !ok {
			p.defects.add(BadCharset)
		}
		data = []byte(text)
	}
	r.add(&sekisho.Artifact{Kind: kind, Name: name, Via: "body", Blob: blob(data), Size: int64(len(data))})
}

// isUTF8 says that data needs no decoding: the label means UTF-8 or its subset, and so it is.
func isUTF8(label string, data []byte) bool {
	switch strings.ToLower(label) {
	case "utf-8", "utf8":
		return utf8.Valid(data) && !bytes.HasPrefix(data, []byte("\uFEFF"))
	case "", "us-ascii":
		return bytes.IndexByte(data, 0x1B) < 0 && isASCII(data)
	}
	return false
}

// metaCharset returns the charset that the beginning of a page states for itself.
func metaCharset(data []byte) string {
	head := bytes.ToLower(data[:min(len(data), 1024)])
	i := bytes.Index(head, []byte("charset="))
	if i < 0 {
		return ""
	}
	label := bytes.TrimLeft(head[i+len("charset="):], `"' `)
	if end := bytes.IndexAny(label, "\"' />;\r\n"); end >= 0 {
		label = label[:end]
	}
	if bytes.HasPrefix(label, []byte("utf-16")) {
		return "utf-8" // what states it in ASCII is not in it (WHATWG HTML §13.2.3.2)
	}
	return string(label)
}

func (r *reader) addFile(p *part, via, name string, data []byte) {
	declared := p.media
	if strings.EqualFold(name, "winmail.dat") {
		declared = "application/ms-tnef"
	}
	r.add(&sekisho.Artifact{Kind: sekisho.KindFile, Name: name, Via: via, Blob: blob(data), Size: int64(len(data)), Form: &sekisho.File{
		Declared: declared, Extension: extension(name), Inline: via == "inline", Defects: p.defects,
	}})
}

func blob(data []byte) section { return section{bytes.NewReader(data), data} }

// fileName returns the name of the file a part states: by its disposition, or else by its content type.
func (r *reader) fileName(p *part) string {
	var names []string
	for _, from := range []struct {
		header *structured
		key    string
	}{{p.disposition, "filename"}, {p.content, "name"}} {
		if from.header == nil {
			continue
		}
		names = append(names, from.header.get(from.key), from.header.plain[from.key])
		for _, defect := range from.header.bad {
			p.defects.add(defect)
		}
	}
	name := ""
	for _, other := range names {
		if strings.IndexByte(other, 0) >= 0 {
			p.defects.add(NulByte)
			other = strings.ReplaceAll(other, "\x00", "")
		}
		switch {
		case other == "":
		case name == "":
			name = other
		case extension(name) != extension(other):
			p.defects.add(ConflictingName)
		}
	}
	if hasInvisible(name) {
		p.defects.add(InvisibleInName)
	}
	return name
}

// extension returns the last extension of a name as Windows takes it: invisible characters and, at the end, dots and
// spaces do not count.
func extension(name string) string {
	name = strings.TrimRight(strings.Map(visible, name), ". ")
	dot := strings.LastIndexByte(name, '.')
	if dot < 0 || len(name)-dot > 33 || strings.ContainsAny(name[dot:], "/\\ ") {
		return ""
	}
	return strings.ToLower(name[dot+1:])
}

func visible(r rune) rune {
	if fold.Invisible(r) {
		return -1
	}
	return r
}
