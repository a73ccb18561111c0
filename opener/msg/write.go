package msg

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"mime"
	"strings"
	"time"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/rtf"
)

// How a part of a mail is attached (MS-OXCMSG §2.2.2.9).
const (
	byReference     = 2
	byReferenceOnly = 4
	embeddedMail    = 5
	embeddedObject  = 6
	byWeb           = 7
)

// A writer writes an internet mail (RFC 5322, RFC 2045). Everything is in Base64, so that no part can hold the boundary.
type writer struct {
	bytes.Buffer
	boundary string
}

// mail writes the mail in a folder.
func (r *reading) mail(folder string, depth int) []byte {
	w := &writer{boundary: fmt.Sprintf("=_outlook_%d", depth)}
	header := headerMessage
	if depth > 0 {
		header = headerInner
	}
	if headers := r.text(folder, propHeaders); strings.Contains(headers, ":") {
		w.transport(headers)
	} else {
		r.headers(w, folder, header)
	}
	w.field("MIME-Version", "1.0")
	w.field("Content-Type", `multipart/mixed; boundary="`+w.boundary+`"`)
	w.WriteString("\r\n")
	r.bodies(w, folder, header)
	for _, name := range r.folder(folder).folders {
		if strings.HasPrefix(strings.ToLower(name), "__attach_version1.0_") {
			r.attachment(w, inside(folder, name), depth)
		}
	}
	w.WriteString("--" + w.boundary + "--\r\n")
	r.outside(folder)
	return w.Bytes()
}

// transport writes the headers the mail came with, but for those that describe parts it no longer has.
func (w *writer) transport(headers string) {
	keep := true
	for line := range strings.Lines(headers) {
		line = strings.TrimRight(line, "\r\n")
		if strings.TrimSpace(line) == "" {
			continue
		}
		if line[0] != ' ' && line[0] != '\t' {
			lower := strings.ToLower(line)
			keep = !strings.HasPrefix(lower, "content-") && !strings.HasPrefix(lower, "mime-version:") && !strings.HasPrefix(lower, "microsoft mail internet headers")
		}
		if keep {
			w.WriteString(line + "\r\n")
		}
	}
}

func (w *writer) field(name, value string) {
	value = strings.Join(strings.FieldsFunc(value, func(r rune) bool { return r == '\r' || r == '\n' || r == 0 }), " ")
	if value != "" {
		w.WriteString(name + ": " + value + "\r\n")
	}
}

// headers writes what the properties tell.
func (r *reading) headers(w *writer, folder string, header int) {
	from := mailbox(r.text(folder, propRepresentingName), r.text(folder, propRepresentingSMTP, propRepresentingMail))
	sender := mailbox(r.text(folder, propSenderName), r.text(folder, propSenderSMTP, propSenderMail))
	if from == "" {
		from = sender
	}
	w.field("From", from)
	if sender != from {
		w.field("Sender", sender)
	}
	lists := map[uint64][]string{}
	for _, name := range r.folder(folder).folders {
		if strings.HasPrefix(strings.ToLower(name), "__recip_version1.0_") {
			at := inside(folder, name)
			kind := r.fixed(at, headerOther, propRecipientType) & 0xF
			if box := mailbox(r.text(at, propDisplayName), r.text(at, propSMTP, propMail)); box != "" {
				lists[kind] = append(lists[kind], box)
			}
		}
	}
	w.field("To", strings.Join(lists[1], ", "))
	w.field("Cc", strings.Join(lists[2], ", "))
	w.field("Subject", mime.QEncoding.Encode("utf-8", r.text(folder, propSubject)))
	if when := r.when(folder, header, propSubmitTime, propDeliveryTime); !when.IsZero() {
		w.field("Date", when.Format(time.RFC1123Z))
	}
	w.field("Message-ID", r.text(folder, propMessageID))
	w.field("In-Reply-To", r.text(folder, propInReplyTo))
}

// mailbox writes a name and an address. What Exchange uses inside an organisation is no address.
func mailbox(name, address string) string {
	if !strings.Contains(address, "@") {
		address = ""
	}
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == '"' || r == '\\' {
			return -1
		}
		return r
	}, name)
	switch encoded := mime.QEncoding.Encode("utf-8", name); {
	case name == "" && address == "":
		return ""
	case name == "" || name == address:
		return address
	case encoded != name:
		name = encoded
	default:
		name = `"` + name + `"`
	}
	if address == "" {
		return name
	}
	return name + " <" + address + ">"
}

// bodies writes what the mail says, in each of its forms.
func (r *reading) bodies(w *writer, folder string, header int) {
	if text := r.text(folder, propBody); text != "" {
		w.part("text/plain; charset=utf-8", "", []byte(text))
	}
	page := r.binary(folder, propHTML)
	kind := "text/html"
	if label := label(r.fixed(folder, header, propInternetCodepage)); label != "" {
		kind += "; charset=" + label
	}
	if page == nil {
		if text := r.text(folder, propHTML); text != "" {
			page, kind = []byte(text), "text/html; charset=utf-8"
		}
	}
	if len(page) > 0 {
		w.part(kind, "", page)
		return
	}
	if packed := r.binary(folder, propCompressedRTF); packed != nil {
		rtf, err := rtf.Decompress(packed, r.left)
		r.left -= int64(len(rtf))
		r.fail(err)
		w.part("application/rtf", disposition("inline", "body.rtf"), rtf)
	}
}

// attachment writes a file, or the mail that is attached.
func (r *reading) attachment(w *writer, folder string, depth int) {
	name := r.text(folder, propLongFilename, propFilename, propDisplayName)
	switch method := r.fixed(folder, headerOther, propMethod) & 0xFFFF; method {
	case embeddedMail:
		if depth+1 >= nesting {
			r.fail(fmt.Errorf("%w: mails nested more than %d deep", sekisho.ErrLimit, nesting))
			return
		}
		inner := r.mail(inside(folder, streamName(propData, typeObject)), depth+1)
		if r.left -= int64(len(inner)); r.left < 0 {
			r.fail(fmt.Errorf("%w: the mails inside", sekisho.ErrLimit))
			return
		}
		w.WriteString("--" + w.boundary + "\r\nContent-Type: message/rfc822\r\n\r\n")
		w.Write(inner)
		w.WriteString("\r\n")
	case byReference, byReferenceOnly, byWeb:
		target := r.text(folder, propLongPath, propPath)
		r.form.Document.References = append(r.form.Document.References, sekisho.Reference{Kind: "object", Target: target})
	case embeddedObject:
		r.object(w, inside(folder, streamName(propData, typeObject)), name)
	default:
		kind := r.text(folder, propMimeTag)
		if kind == "" || strings.ContainsAny(kind, "\r\n;") || strings.HasPrefix(kind, "message/") || strings.HasPrefix(kind, "multipart/") {
			kind = "application/octet-stream"
		}
		place := "attachment"
		if r.text(folder, propContentID) != "" {
			place = "inline"
		}
		w.part(kind, disposition(place, name), r.binary(folder, propData))
	}
}

// object writes the file in an OLE object, where there is one.
func (r *reading) object(w *writer, folder, name string) {
	for _, stream := range [...]string{"package", "contents"} {
		if data := r.stream(folder, stream); len(data) > 0 {
			w.part("application/octet-stream", disposition("attachment", name), data)
			return
		}
	}
	r.fail(fmt.Errorf("%w: an embedded OLE object", sekisho.ErrUnavailable))
}

func disposition(place, name string) string {
	if name == "" {
		return place
	}
	value := mime.FormatMediaType(place, map[string]string{"filename": name})
	if value == "" {
		return place
	}
	return value
}

// part writes one part of the mail.
func (w *writer) part(kind, disposition string, data []byte) {
	w.WriteString("--" + w.boundary + "\r\n")
	w.field("Content-Type", kind)
	w.field("Content-Transfer-Encoding", "base64")
	w.field("Content-Disposition", disposition)
	w.WriteString("\r\n")
	const line = 57 // bytes, which make 76 characters
	buffer := make([]byte, 0, 78)
	for len(data) > 0 {
		n := min(len(data), line)
		buffer = append(base64.StdEncoding.AppendEncode(buffer[:0], data[:n]), '\r', '\n')
		w.Write(buffer)
		data = data[n:]
	}
}
