package inbox

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"io"
	"mime"
	netmail "net/mail"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/fold"
)

// A content is a part of a mail that is written down again.
type content struct {
	media, name string
	inline      bool
	data        []byte
}

// rebuild writes down the mail that a block describes, so that it is judged as one that arrived: by its sender, its subject,
// its words, its links and its files. Dates that no parser reads stay in X-Forwarded-Date.
func rebuild(f forwarded, bodies, files []content) []byte {
	var b bytes.Buffer
	field := func(name, value string) {
		if value != "" {
			b.WriteString(name + ": " + value + "\r\n")
		}
	}
	for _, name := range []string{"From", "Reply-To", "To", "Cc"} {
		field(name, mailboxes(f.fields[name]))
	}
	field("Subject", encoded(f.fields["Subject"]))
	if date, ok := parseDate(f.fields["Date"]); ok {
		field("Date", date.Format(time.RFC1123Z))
	} else {
		field("X-Forwarded-Date", encoded(f.fields["Date"]))
	}
	if id := strings.Trim(f.fields["Message-ID"], "<> "); isID(id) {
		field("Message-ID", "<"+id+">")
	}
	b.WriteString("MIME-Version: 1.0\r\n")
	boundary := boundaryOf(f, bodies, files)
	if len(files) == 0 {
		writeBodies(&b, bodies, boundary)
		return b.Bytes()
	}
	b.WriteString("Content-Type: multipart/mixed; boundary=\"" + boundary + "m\"\r\n\r\n--" + boundary + "m\r\n")
	writeBodies(&b, bodies, boundary)
	for _, file := range files {
		b.WriteString("\r\n--" + boundary + "m\r\n")
		writeContent(&b, file)
	}
	b.WriteString("\r\n--" + boundary + "m--\r\n")
	return b.Bytes()
}

// boundaryOf returns a boundary that the same mail always gets. Everything below it is base64, so that nothing can forge it.
func boundaryOf(f forwarded, bodies, files []content) string {
	h := sha256.New()
	io.WriteString(h, f.fields["From"]+"\n"+f.fields["Subject"])
	for _, list := range [][]content{bodies, files} {
		for _, c := range list {
			h.Write(c.data)
		}
	}
	return "=_" + hex.EncodeToString(h.Sum(nil)[:12])
}

// writeBodies writes the bodies as the alternatives of one text.
func writeBodies(b *bytes.Buffer, bodies []content, boundary string) {
	if len(bodies) == 0 {
		bodies = []content{{media: "text/plain"}}
	}
	if len(bodies) == 1 {
		writeContent(b, bodies[0])
		return
	}
	b.WriteString("Content-Type: multipart/alternative; boundary=\"" + boundary + "a\"\r\n\r\n")
	for _, body := range bodies {
		b.WriteString("\r\n--" + boundary + "a\r\n")
		writeContent(b, body)
	}
	b.WriteString("\r\n--" + boundary + "a--\r\n")
}

func writeContent(b *bytes.Buffer, c content) {
	params := map[string]string{}
	if strings.HasPrefix(c.media, "text/") && c.name == "" {
		params["charset"] = "utf-8"
	}
	media := mime.FormatMediaType(c.media, params)
	if media == "" {
		media = "application/octet-stream"
	}
	b.WriteString("Content-Type: " + media + "\r\nContent-Transfer-Encoding: base64\r\n")
	if c.name != "" || c.inline {
		disposition := "attachment"
		if c.inline {
			disposition = "inline"
			b.WriteString("Content-ID: <inline>\r\n")
		}
		// A name no header can hold as it is stands percent-encoded (RFC 2231), which FormatMediaType does.
		b.WriteString("Content-Disposition: " + mime.FormatMediaType(disposition, map[string]string{"filename": strings.ToValidUTF8(c.name, "�")}) + "\r\n")
	}
	b.WriteString("\r\n")
	text := base64.StdEncoding.EncodeToString(c.data)
	for len(text) > 76 {
		b.WriteString(text[:76] + "\r\n")
		text = text[76:]
	}
	b.WriteString(text + "\r\n")
}

// encoded returns text as a header holds it: one line, words beyond ASCII encoded (RFC 2047).
func encoded(s string) string {
	s = oneLine(s)
	if len(s) < 200 && !strings.Contains(s, "=?") && strings.IndexFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) < 0 {
		return s
	}
	return encodedWords(s)
}

// encodedWords encodes all of a text, so that it is read as it was written, even what looks encoded or structured.
func encodedWords(s string) string {
	var words []string
	for len(s) > 0 {
		n := min(len(s), 42)
		for n < len(s) && n > 38 && s[n]&0xC0 == 0x80 {
			n--
		}
		words = append(words, "=?utf-8?B?"+base64.StdEncoding.EncodeToString([]byte(s[:n]))+"?=")
		s = s[n:]
	}
	return strings.Join(words, "\r\n ")
}

// oneLine returns text without line ends and other controls.
func oneLine(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == 0x2028 || r == 0x2029 {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "�")))
}

// mailboxes returns what a block says of people as a header states it. What holds no address is a name without one.
func mailboxes(value string) string {
	var list []string
	for _, one := range splitList(value) {
		if len(list) == 50 {
			break
		}
		if name, address := mailbox(one); name+address != "" {
			list = append(list, formatMailbox(name, address))
		}
	}
	return strings.Join(list, ",\r\n ")
}

func formatMailbox(name, address string) string {
	switch {
	case name == "":
		return "<" + address + ">"
	case address == "":
		return encodedWords(oneLine(name))
	}
	return encodedWords(oneLine(name)) + " <" + address + ">"
}

// splitList splits at commas and semicolons outside quotes and angle brackets. A value with one address is one mailbox: names
// are written with commas, too.
func splitList(value string) []string {
	if strings.Count(value, "@") <= 1 && !strings.Contains(value, ";") {
		return []string{value}
	}
	var list []string
	start, quoted, angle := 0, false, false
	for i, c := range value {
		switch {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '<' || c == '>':
			angle = c == '<'
		case (c == ',' || c == ';') && !angle && (c == ';' || strings.Contains(value[start:i], "@")):
			list = append(list, value[start:i])
			start = i + 1
		}
	}
	return append(list, value[start:])
}

// mailbox reads "Name <address>", "Name [mailto:address]", "address" and "Name". The last address counts, as it does in
// "x on behalf of y".
func mailbox(s string) (name, address string) {
	s = strings.TrimSpace(brackets.Replace(s))
	at := strings.LastIndexByte(s, '@')
	if at < 0 {
		return strings.Trim(s, `"'<> `), ""
	}
	start, end := at, at+1
	for start > 0 && inAddress(s[start-1]) {
		start--
	}
	for end < len(s) && inAddress(s[end]) {
		end++
	}
	address = strings.Trim(s[start:end], ".")
	if address = strings.TrimPrefix(address, "mailto:"); address == "@" || len(address) > 320 || strings.HasPrefix(address, "@") || strings.HasSuffix(address, "@") {
		return strings.Trim(s, `"'<> `), ""
	}
	name = s[:start]
	for i := strings.IndexAny(name, "<["); i >= 0; i = strings.IndexAny(name, "<[") {
		name = name[:i]
	}
	return strings.Trim(strings.TrimSpace(name), `"' `), address
}

var brackets = strings.NewReplacer("＜", "<", "＞", ">")

// inAddress says that a byte can stand in an address that is not quoted; bytes of other scripts can.
func inAddress(c byte) bool {
	return c > ' ' && c != 0x7F && !strings.ContainsRune("<>[](),;\"'\\@", rune(c)) || c == '\''
}

func isID(s string) bool {
	at := strings.IndexByte(s, '@')
	if at <= 0 || len(s) > 250 {
		return false
	}
	for i := range len(s) {
		if s[i] <= ' ' || s[i] >= 0x7F || strings.IndexByte("<>()[],;\"\\", s[i]) >= 0 {
			return false
		}
	}
	return true
}

// dates are the forms in which mail programs write dates, weekdays left out.
var dates = []string{
	"2006年1月2日 15:04:05", "2006年1月2日 15:04", "2006/1/2 15:04:05", "2006/1/2 15:04", "2006-1-2 15:04:05", "2006-1-2 15:04", "2006-01-02T15:04:05Z07:00",
	"2 January 2006 15:04:05", "2 January 2006 15:04", "2 January 2006 3:04:05 PM", "2 Jan 2006 15:04:05", "2 Jan 2006 15:04", "2 Jan 2006 3:04 PM",
	"January 2, 2006 15:04", "January 2, 2006 3:04 PM", "January 2, 2006 3:04:05 PM", "January 2, 2006 at 3:04 PM", "January 2, 2006 at 3:04:05 PM",
	"January 2, 2006 at 15:04:05", "Jan 2, 2006 at 3:04 PM", "Jan 2, 2006 at 15:04", "Jan 2, 2006, 3:04 PM", "2 January 2006 at 15:04:05", "2 Jan 2006 at 15:04",
}

// parseDate reads a date as mail programs write it above a forwarded mail. Without a zone it is taken for Japan's.
func parseDate(s string) (time.Time, bool) {
	s = strings.Join(strings.Fields(fullWidth.Replace(s)), " ")
	if s == "" || len(s) > 100 {
		return time.Time{}, false
	}
	if t, err := netmail.ParseDate(s); err == nil {
		return t, true
	}
	japan := time.FixedZone("JST", 9*60*60)
	s = strings.TrimSpace(withoutWeekday(s))
	zone := japan
	for suffix, z := range map[string]*time.Location{" JST": japan, " GMT+9": japan, " UTC": time.UTC, " GMT": time.UTC} {
		if cut, ok := strings.CutSuffix(s, suffix); ok {
			s, zone = cut, z
		}
	}
	for _, layout := range dates {
		if t, err := time.ParseInLocation(layout, s, zone); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

var fullWidth = strings.NewReplacer("：", ":", "／", "/", "（", "(", "）", ")", "\u202f", " ", "　", " ")

// withoutWeekday takes "(土)", "土曜日", "Saturday, " and "Sat, " out.
func withoutWeekday(s string) string {
	if open := strings.IndexByte(s, '('); open >= 0 {
		if end := strings.IndexByte(s[open:], ')'); end > 0 {
			s = s[:open] + " " + s[open+end+1:]
		}
	}
	for _, day := range []string{"日曜日", "月曜日", "火曜日", "水曜日", "木曜日", "金曜日", "土曜日"} {
		s = strings.Replace(s, day, " ", 1)
	}
	if first, rest, ok := strings.Cut(s, ","); ok && strings.HasSuffix(strings.ToLower(first), "day") || ok && len(first) == 3 {
		s = rest
	}
	return strings.Join(strings.Fields(s), " ")
}

// hasJapanese reports whether text holds kana, or Chinese characters and no more than a few words beside them.
func hasJapanese(s string) bool {
	for _, r := range s {
		if unicode.In(r, unicode.Hiragana, unicode.Katakana, unicode.Han) {
			return true
		}
	}
	return false
}

// words counts the words of Latin letters in a text.
func words(s string) (n int) {
	for _, w := range strings.Fields(fold.Text(s)) {
		if len(w) > 1 && w[0] >= 'a' && w[0] <= 'z' && !strings.Contains(w, "@") {
			n++
		}
	}
	return n
}

// bytesOf returns the bytes of an artifact, up to a limit.
func bytesOf(a *sekisho.Artifact, limit int64) []byte {
	if a.Blob == nil {
		return nil
	}
	data, _ := io.ReadAll(io.NewSectionReader(a.Blob, 0, min(a.Size, limit))) // what cannot be read is a gap of the opener
	return data
}
