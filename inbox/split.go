package inbox

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/sekisho/sekisho"
)

// A Reported is one thing that a report asks about.
type Reported struct {
	Root *sekisho.Artifact // what is judged, not opened yet
	How  string            // one of the How constants
	Gaps []sekisho.Gap     // what is known not to be there
}

// How a report holds what it asks about.
const (
	HowAttached = "attached" // as a mail or a file attached to it: as it was sent
	HowInline   = "inline"   // inside its text: written down again as far as it can be told
	HowItself   = "itself"   // it is the mail itself, moved or sent to the mailbox
)

// Defect stands among the defects of a mail that is written down again: what its headers lack says nothing of who sent it.
const Defect = "forwarded-inline"

const (
	mostReported = 10       // attached mails and files that are judged one by one
	entryLimit   = 64 << 20 // bytes of one attachment
)

// Split tells what a report asks about from the report around it. mail is the report, opened by a checkpoint. Attached mails are
// judged as they are, and so are files attached beside them; what the reporter writes is not. A mail forwarded inside the text is
// written down again with the files of the report. A report that holds neither is judged itself. said is what the reporter wrote.
func Split(mail *sekisho.Artifact) (list []Reported, said string) {
	if attached := attachedMails(mail); len(attached) > 0 {
		return split(mail, attached), ownWords(mail)
	}
	if one, before, ok := inline(mail); ok {
		return []Reported{one}, before
	}
	return []Reported{itself(mail)}, ownWords(mail)
}

// itself returns the mail to be judged from its bytes.
func itself(mail *sekisho.Artifact) Reported {
	return Reported{Root: fresh(mail), How: HowItself}
}

// fresh returns the artifact as a root that is not opened yet.
func fresh(a *sekisho.Artifact) *sekisho.Artifact {
	root := &sekisho.Artifact{Kind: a.Kind, Name: a.Name, Blob: a.Blob, Size: a.Size}
	if f, ok := a.Form.(*sekisho.File); ok {
		root.Kind, root.Form = sekisho.KindFile, &sekisho.File{Declared: f.Declared, Extension: f.Extension}
	}
	return root
}

// attachedMails returns the outermost mails inside a mail.
func attachedMails(mail *sekisho.Artifact) (mails []*sekisho.Artifact) {
	for _, part := range mail.Parts {
		if part.Kind == sekisho.KindMail {
			mails = append(mails, part)
			continue
		}
		mails = append(mails, attachedMails(part)...)
	}
	return mails
}

func split(mail *sekisho.Artifact, attached []*sekisho.Artifact) (list []Reported) {
	all := attached
	for _, file := range files(mail) {
		if len(attachedMails(file)) == 0 && file.Via != "inline" && !isSignature(file) {
			all = append(all, file)
		}
	}
	for i, one := range all {
		if i == mostReported {
			rest := itself(mail)
			rest.Gaps = []sekisho.Gap{gap(sekisho.ErrLimit, fmt.Sprintf("%d things attached to one report, all but %d of them judged as one", len(all), mostReported))}
			return append(list, rest)
		}
		list = append(list, Reported{Root: fresh(one), How: HowAttached})
	}
	return list
}

// gap returns a gap that the door states.
func gap(class error, detail string) sekisho.Gap {
	return sekisho.Gap{Artifact: "0", By: "inbox", Why: class.Error() + ": " + detail}
}

// files returns the files of a mail itself, and not the mails it holds.
func files(mail *sekisho.Artifact) (list []*sekisho.Artifact) {
	for _, part := range mail.Parts {
		if part.Kind != sekisho.KindMail && (part.Via == "attachment" || part.Via == "inline") {
			list = append(list, part)
		}
	}
	return list
}

// isSignature says that a file signs the report.
func isSignature(a *sekisho.Artifact) bool {
	f, ok := a.Form.(*sekisho.File)
	return ok && (strings.HasSuffix(f.Declared, "pkcs7-signature") || f.Declared == "application/pgp-signature")
}

// A body is a body of the report as text.
type body struct {
	part  *sekisho.Artifact
	text  string
	shown *visible // of a page
}

func bodies(mail *sekisho.Artifact) (list []body) {
	for _, part := range mail.Parts {
		if part.Via != "body" || part.Blob == nil {
			continue
		}
		data := bytesOf(part, entryLimit)
		if part.Kind == sekisho.KindPage {
			shown := readVisible(data)
			list = append(list, body{part, shown.text.String(), shown})
		} else {
			list = append(list, body{part, string(data), nil})
		}
	}
	return list
}

// inline returns the mail that stands inside the report's text, and what the reporter wrote before it.
func inline(mail *sekisho.Artifact) (one Reported, before string, ok bool) {
	var block forwarded
	var parts []content
	for _, b := range bodies(mail) {
		f, found := findForwarded(b.text[:min(len(b.text), visibleLimit)])
		media := "text/plain"
		if b.shown != nil {
			media = "text/html"
		}
		data := bytesOf(b.part, entryLimit)
		switch {
		case found && b.shown != nil:
			place := b.shown.place(f.body)
			data = append(bytes.Clone(b.shown.stylesBefore(place)), data[place:]...)
		case found:
			data = data[f.body:]
		case !ok:
			before += b.text + "\n"
			continue
		}
		if found && !ok {
			block, ok = f, true
			before += b.text[:f.start]
		}
		if found {
			block.japanese = block.japanese || f.japanese
			for name, value := range f.fields {
				if block.fields[name] == "" {
					block.fields[name] = value
				}
			}
		}
		parts = append(parts, content{media: media, data: data})
	}
	if !ok {
		return Reported{}, "", false
	}
	raw := rebuild(block, parts, attachments(mail))
	if block.japanese {
		before += "\n差出人" // the reporter's mail program speaks Japanese
	}
	return Reported{
		Root: &sekisho.Artifact{Kind: sekisho.KindMail, Name: mail.Name, Blob: bytes.NewReader(raw), Size: int64(len(raw)), Form: &sekisho.Mail{Defects: []string{Defect}}},
		How:  HowInline,
		Gaps: []sekisho.Gap{gap(sekisho.ErrUnavailable, "forwarded inline: headers and attachments as sent are not known")},
	}, before, true
}

// attachments returns the files of a report, which were those of the mail it forwards.
func attachments(mail *sekisho.Artifact) (list []content) {
	for _, file := range files(mail) {
		c := content{media: "application/octet-stream", name: file.Name, inline: file.Via == "inline", data: bytesOf(file, entryLimit)}
		if f, ok := file.Form.(*sekisho.File); ok && strings.Count(f.Declared, "/") == 1 && !strings.HasPrefix(f.Declared, "multipart/") && !strings.HasPrefix(f.Declared, "message/") {
			c.media = f.Declared
		}
		if c.name == "" && !c.inline {
			c.name = "attachment"
		}
		list = append(list, c)
	}
	return list
}

// ownWords returns what the report says beside what is attached to it.
func ownWords(mail *sekisho.Artifact) string {
	var b strings.Builder
	for _, one := range bodies(mail) {
		b.WriteString(one.text[:min(len(one.text), 64<<10)] + "\n")
	}
	return b.String()
}
