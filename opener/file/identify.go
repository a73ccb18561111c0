package file

import (
	"bytes"
	"encoding/binary"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/gabriel-vasile/mimetype"

	"github.com/sekisho/sekisho"
)

// identify returns the media type of a file by its bytes; head is how it starts. Only among texts does the name decide:
// nothing else tells a batch file from a letter.
func identify(a *sekisho.Artifact, form *sekisho.File, head []byte) string {
	if len(head) == 0 {
		return "inode/x-empty"
	}
	if disc := disc(a, head); disc != "" {
		return disc
	}
	media, _, _ := strings.Cut(mimetype.Detect(head[:min(len(head), 8<<10)]).String(), ";")
	switch {
	case bytes.HasPrefix(head, []byte("\x78\x9F\x3E\x22")):
		return "application/vnd.ms-tnef"
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return zipType(a, media)
	case bytes.HasPrefix(head, []byte(compoundMagic)):
		return compoundType(a, media)
	case isAsar(head):
		return "application/x-asar"
	case locations[form.Extension] && (bytes.HasPrefix(head, []byte("bplist00")) || bytes.Contains(head, []byte("<plist"))):
		return "application/x-webloc"
	case isTextual(media, head):
		return textType(form, media, head)
	}
	if media == "application/octet-stream" {
		if isLZMA(head) {
			return "application/x-lzma"
		}
		if page := pages[form.Extension]; page != "" && bytes.IndexByte(head, '<') >= 0 {
			return page
		}
		if _, ok := directory(a, head); ok {
			return zipType(a, "application/zip")
		}
	}
	return media
}

// isLZMA reports whether head is the header of an .lzma file: the usual properties, a dictionary whose size is a power of
// two, or the sum of two that follow each other, and a length that is not known or under 256 GiB, as file managers check it.
func isLZMA(head []byte) bool {
	if len(head) < 14 || head[0] != 0x5D {
		return false
	}
	dictionary, size := binary.LittleEndian.Uint32(head[1:]), binary.LittleEndian.Uint64(head[5:])
	low := dictionary & -dictionary
	return dictionary >= 1<<12 && (dictionary == low || dictionary == 3*low) && (size == math.MaxUint64 || size < 1<<38) && head[13] == 0
}

// isTextual reports whether the bytes are text, in any encoding that people mail.
func isTextual(media string, head []byte) bool {
	if isText(media) || isPage(media) || media == "text/calendar" || media == "message/rfc822" {
		return true
	}
	if media != "application/octet-stream" {
		return false
	}
	if bytes.HasPrefix(head, []byte("\xFF\xFE")) || bytes.HasPrefix(head, []byte("\xFE\xFF")) {
		return true
	}
	odd := 0
	for _, c := range head {
		switch {
		case c == 0:
			return false
		case c < ' ' && c != '\t' && c != '\n' && c != '\r' && c != '\f' && c != 0x1B:
			odd++
		}
	}
	return odd == 0 && (utf8.Valid(head[:max(0, len(head)-utf8.UTFMax)]) || doubleByte(head))
}

// doubleByte reports whether most bytes beyond ASCII follow one another, as in Shift_JIS, EUC-JP and GB18030.
func doubleByte(head []byte) bool {
	high, pairs := 0, 0
	for i := 0; i < len(head); i++ {
		if head[i] < 0x80 {
			continue
		}
		high++
		if i+1 < len(head) && head[i+1] >= 0x40 {
			high++
			pairs += 2
			i++
		}
	}
	return pairs*10 >= high*9 && len(head) > high/2
}

// textType tells texts apart.
func textType(form *sekisho.File, media string, head []byte) string {
	switch {
	case media == "text/calendar", media == "image/svg+xml", media == "application/xhtml+xml":
		return media
	case startsSection(head, "[InternetShortcut"):
		return "application/x-mswinurl"
	case startsSection(head, "[Desktop Entry]"):
		return "text/x-desktop"
	case pages[form.Extension] != "":
		return pages[form.Extension]
	case isMail(form, head):
		return "message/rfc822"
	case scripts[form.Extension] != "":
		return scripts[form.Extension]
	case media == "text/html":
		return media
	case startsLikePage(head):
		return "text/html"
	case form.Extension != "txt" && form.Extension != "log" && strings.HasPrefix(media, "text/plain") && holdsPage(head):
		return "text/html"
	case bytes.HasPrefix(head, []byte("From ")) && isMail(form, head[bytes.IndexByte(head, '\n')+1:]):
		return "application/mbox"
	case media == "application/octet-stream", media == "message/rfc822":
		return "text/plain"
	}
	return media
}

// startsLikePage follows §7.1 of the WHATWG MIME sniffing standard, and looks past a byte order mark.
func startsLikePage(head []byte) bool {
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xEF\xBB\xBF")), "\t\n\f\r ")
	for _, tag := range [...]string{"<!DOCTYPE HTML", "<HTML", "<HEAD", "<SCRIPT", "<IFRAME", "<H1", "<DIV", "<FONT", "<TABLE", "<A", "<STYLE", "<TITLE", "<B", "<BODY",
		"<BR", "<P", "<META", "<FORM"} {
		if len(head) > len(tag) && strings.EqualFold(string(head[:len(tag)]), tag) && strings.IndexByte("\t\n\f\r />", head[len(tag)]) >= 0 {
			return true
		}
	}
	return bytes.HasPrefix(head, []byte("<!--"))
}

// holdsPage reports whether a page begins after something else.
func holdsPage(head []byte) bool {
	lower := bytes.ToLower(head[:min(len(head), 4<<10)])
	for _, tag := range [...]string{"<!doctype html", "<html", "<script", "<body", "<iframe"} {
		if bytes.Contains(lower, []byte(tag)) {
			return true
		}
	}
	return false
}

// isMail reports whether the head begins with the headers of a mail: two that only mails have, or one when the name or the
// sender says so.
func isMail(form *sekisho.File, head []byte) bool {
	want := 2
	if form.Extension == "eml" || form.Declared == "message/rfc822" {
		want = 1
	}
	found := 0
	for range 40 {
		line, after, _ := bytes.Cut(head, []byte("\n"))
		head = after
		if len(line) > 0 && (line[0] == ' ' || line[0] == '\t') {
			continue
		}
		name, _, ok := bytes.Cut(line, []byte(":"))
		if !ok || len(name) > 60 || bytes.ContainsAny(name, " \t<{\"") {
			return false
		}
		switch strings.ToLower(string(name)) {
		case "from", "received", "message-id", "return-path", "delivered-to", "mime-version", "dkim-signature", "authentication-results", "subject":
			found++
		}
		if found >= want {
			return true
		}
	}
	return false
}

// startsSection reports whether the first line that says something, in ASCII or UTF-16, opens the section of an
// initialisation file.
func startsSection(head []byte, section string) bool {
	head = head[:min(len(head), 4<<10)]
	if bytes.HasPrefix(head, []byte("\xFF\xFE")) {
		head = bytes.ReplaceAll(head[2:], []byte{0}, nil)
	}
	head = bytes.TrimPrefix(head, []byte("\xEF\xBB\xBF"))
	for line := range bytes.Lines(head) {
		line = bytes.TrimSpace(line)
		if len(line) == 0 || line[0] == '#' || line[0] == ';' {
			continue
		}
		return len(line) >= len(section) && strings.EqualFold(string(line[:len(section)]), section)
	}
	return false
}
