// Package mail opens mails: it reads RFC 5322 messages and their MIME parts as the programs that people read mail with
// do, whatever state they are in.
//
// Nothing makes it stop. What is broken is read as far as it goes and named in [sekisho.Mail.Defects]; what is left out
// is a gap. The time it takes grows with the size of the mail only.
//
// The parts of a mail, in order: its subject (text, "subject"), the domains of its senders (domain, "from", "reply-to",
// "sender", "return-path"), and then, as they stand in the mail, its bodies (text or page, "body", in UTF-8 whatever
// they were), files (file, "attachment" or "inline"; "uuencode" or "yenc" for those inside a text) and the mails it
// holds (mail, "attachment").
package mail

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	netmail "net/mail"
	"strings"
	"unicode"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/fold"
)

// Opener reads mails.
var Opener = &sekisho.Opener{
	Name: "mail",
	Doc: "Mails: RFC 5322 and MIME.\n\nReads broken mails as mail programs do and says what is broken. Subjects, sender domains, bodies, files, " +
		"uuencoded and yEnc files and mails inside become parts. S/MIME and PGP contents are not opened.",
	Kinds: []sekisho.Kind{sekisho.KindMail},
	Run:   run,
}

const (
	subjectLimit = 4  // different subjects that become parts
	domainLimit  = 50 // domains of one header that become parts
)

func run(ctx context.Context, a *sekisho.Artifact, b *sekisho.Budget) error {
	data, err := read(a, b)
	r := &reader{ctx: ctx, a: a, b: b, data: data, mail: &sekisho.Mail{}}
	if door, ok := a.Form.(*sekisho.Mail); ok {
		r.mail = door
	}
	a.Form = r.mail
	r.fail(err)
	r.open()
	r.mail.Defects = append(r.mail.Defects, r.defects...)
	return errors.Join(r.errs...)
}

// A section is the blob of a part that stands unencoded in the mail: it shares the mail's bytes.
type section struct {
	*bytes.Reader
	data []byte
}

// read returns the mail's bytes, at most as many as one blob may have.
func read(a *sekisho.Artifact, b *sekisho.Budget) ([]byte, error) {
	if s, ok := a.Blob.(section); ok {
		return s.data, nil
	}
	if a.Blob == nil {
		return nil, nil
	}
	limit := b.Limits().Entry
	data := make([]byte, max(0, min(a.Size, limit)))
	n, err := io.ReadFull(io.NewSectionReader(a.Blob, 0, int64(len(data))), data)
	switch {
	case err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
		return data[:n], fmt.Errorf("read mail: %w", err)
	case a.Size > limit:
		return data[:n], fmt.Errorf("%w: the mail has %d bytes, %d were read", sekisho.ErrLimit, a.Size, n)
	}
	return data[:n], nil
}

// A reader is the reading of one mail.
type reader struct {
	ctx        context.Context
	a          *sekisho.Artifact
	b          *sekisho.Budget
	data       []byte
	mail       *sekisho.Mail
	boundaries []string // of the multiparts that are open, the outermost first
	defects    defects
	errs       []error
	full       bool // the budget is spent: nothing more can be added
}

func (r *reader) fail(err error) {
	if err != nil && len(r.errs) < 20 {
		r.errs = append(r.errs, err)
	}
}

// add adds a part, charging its bytes.
func (r *reader) add(part *sekisho.Artifact) {
	if r.full {
		return
	}
	if err := r.b.Spend(part.Size); err != nil {
		r.full = true
		r.fail(err)
		return
	}
	if err := r.b.Add(r.a, part); err != nil {
		r.full = true
		r.fail(err)
	}
}

func (r *reader) open() {
	if i := bytes.IndexByte(r.data, '\n'); i < 0 && bytes.IndexByte(r.data, '\r') >= 0 { // lines as on old Macs
		r.data = bytes.ReplaceAll(r.data, []byte("\r"), []byte("\n"))
		r.defects.add(BareCR)
	}
	h := readHeader(r.data, r.isBoundary)
	if len(h.fields) == 0 {
		r.fail(fmt.Errorf("%w: no header", sekisho.ErrMalformed))
	}
	r.fillMail(h)
	r.addSubjects()
	r.addDomains()
	r.entity(0, h, "")
}

func (r *reader) fillMail(h *header) {
	m := r.mail
	m.Headers = h.fields
	m.From = r.mailboxes(h, "From", NoFrom)
	m.Sender = r.mailboxes(h, "Sender", "")
	m.ReplyTo = r.mailboxes(h, "Reply-To", "")
	m.To = r.mailboxes(h, "To", "")
	m.Cc = r.mailboxes(h, "Cc", "")
	for _, single := range []struct{ name, defect string }{
		{"From", DuplicateFrom}, {"Subject", DuplicateSubject}, {"Sender", DuplicateSender}, {"Reply-To", DuplicateSender}, {"Date", DuplicateSender},
	} {
		if _, n := h.first(single.name); n > 1 {
			r.defects.add(single.defect)
		}
	}
	m.Subject = m.Value("Subject")
	r.invisible(m.Subject)
	if date, n := h.first("Date"); n > 0 {
		m.Date, _ = netmail.ParseDate(date) // zero when unreadable, as Mail.Date says
	}
	m.MessageID = strings.Trim(m.Value("Message-Id"), "<> \t")
	m.InReplyTo = messageIDs(m.Value("In-Reply-To"))
	m.References = messageIDs(m.Value("References"))
	if e := &m.Envelope; e.From != "" || e.Client != "" || e.Helo != "" || len(e.To) > 0 {
		m.ReturnPath = e.From
	} else if raw, n := h.first("Return-Path"); n > 0 {
		if list, _ := parseMailboxes(raw); len(list) > 0 {
			m.ReturnPath = list[0].Address
		}
	}
}

// mailboxes reads all headers of that name. None at all, or none with an address, is the defect missing.
func (r *reader) mailboxes(h *header, name, missing string) (list []sekisho.Mailbox) {
	for i := range h.fields {
		if h.fields[i].Name != name {
			continue
		}
		found, bad := parseMailboxes(unfold(h.fields[i].Raw))
		for _, defect := range bad {
			if defect != GroupFrom || name == "From" {
				r.defects.add(defect)
			}
		}
		list = append(list, found...)
	}
	for i := range list {
		r.invisible(list[i].Name)
		r.invisible(list[i].Address)
	}
	if missing != "" && !hasAddress(list) {
		r.defects.add(missing)
	}
	return list
}

func (r *reader) invisible(s string) {
	if hasInvisible(s) {
		r.defects.add(InvisibleInHeader)
	}
}

// hasInvisible reports whether s holds characters that a reader does not see, other than those that shape emoji and those
// that set text written from right to left.
func hasInvisible(s string) bool {
	if isASCII(s) {
		for i := 0; i < len(s); i++ {
			if s[i] < ' ' && s[i] != '\t' || s[i] == 0x7F {
				return true
			}
		}
		return false
	}
	rightToLeft := strings.ContainsFunc(s, writtenLeftward)
	var last rune
	for _, c := range s {
		if rightToLeft && guides(c) {
			continue
		}
		shapes := c == 0x200D || c >= 0xFE00 && c <= 0xFE0F || c >= 0xE0020 && c <= 0xE007F
		shaping := shapes && (last >= 0x2000 || last == '#' || last >= '0' && last <= '9')
		if fold.Invisible(c) && !shaping {
			return true
		}
		last = c
	}
	return false
}

// writtenLeftward reports whether c is of a script that is written from right to left.
func writtenLeftward(c rune) bool {
	return unicode.In(c, unicode.Hebrew, unicode.Arabic, unicode.Syriac, unicode.Thaana, unicode.Nko)
}

// guides reports the marks and controls with which programs set text of such a script beside Latin words and numbers, and the
// joiners of its letters. Overrides, which turn letters around, are none of them.
func guides(c rune) bool {
	return c == 0x200C || c == 0x200D || c == 0x200E || c == 0x200F || c == 0x61C || c >= 0x202A && c <= 0x202C || c >= 0x2066 && c <= 0x2069
}

// messageIDs returns the message ids of a list, without the angle brackets that some programs forget.
func messageIDs(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == '\t' || r == ',' || r == '<' || r == '>' })
}

func (r *reader) addSubjects() {
	seen := map[string]bool{}
	for _, subject := range r.mail.Values("Subject") {
		if subject == "" || seen[subject] || len(seen) == subjectLimit {
			continue
		}
		seen[subject] = true
		r.add(&sekisho.Artifact{Kind: sekisho.KindText, Via: "subject", Form: &sekisho.TextForm{Content: subject, Folded: fold.Text(subject)}})
	}
}

func (r *reader) addDomains() {
	m := r.mail
	_, returnDomain := splitAddress(m.ReturnPath)
	for _, group := range []struct {
		via  string
		list []sekisho.Mailbox
	}{
		{"from", m.From}, {"reply-to", m.ReplyTo}, {"sender", m.Sender}, {"return-path", []sekisho.Mailbox{{Domain: returnDomain}}},
	} {
		seen := map[string]bool{}
		for _, box := range group.list {
			if box.Domain == "" || seen[box.Domain] {
				continue
			}
			if len(seen) == domainLimit {
				r.fail(fmt.Errorf("%w: more than %d domains in %s", sekisho.ErrLimit, domainLimit, group.via))
				break
			}
			seen[box.Domain] = true
			r.add(&sekisho.Artifact{Kind: sekisho.KindDomain, Name: box.Domain, Via: group.via})
		}
	}
}
