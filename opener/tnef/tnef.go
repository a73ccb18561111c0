// Package tnef opens TNEF, the "winmail.dat" in which Outlook and Exchange hide the body and the attachments of a mail
// from every other program, and so from every filter that does not read it.
//
// It follows MS-OXTNEF for the stream, MS-OXCDATA for the properties and MS-OXRTFCP for the compressed body. What becomes
// a part: the subject and the plain body (text), the HTML body (page), the RTF body (file "body.rtf"), attachments (file)
// and enclosed messages (file, TNEF again). An attribute with a wrong checksum is a gap, and is read all the same.
package tnef

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/charset"
	"github.com/sekisho/sekisho/fold"
	"github.com/sekisho/sekisho/rtf"
)

// Opener reads TNEF.
var Opener = &sekisho.Opener{
	Name: "tnef",
	Doc: "TNEF (winmail.dat).\n\nThe subject, the bodies, the attachments and the enclosed messages that Outlook put into it become parts. " +
		"Other properties of the message are not read.",
	Kinds: []sekisho.Kind{sekisho.KindFile},
	Types: []string{"application/ms-tnef", "application/vnd.ms-tnef"},
	Run:   run,
}

const (
	signature      = 0x223E9F78
	attributeLimit = 20_000 // attributes of one stream that are read
)

// The attributes that are read, MS-OXTNEF §2.1.3.2, without their type.
const (
	attSubject        = 0x8004
	attBody           = 0x800C
	attAttachData     = 0x800F
	attAttachTitle    = 0x8010
	attAttachRenddata = 0x9002
	attMsgProps       = 0x9003
	attAttachment     = 0x9005
	attOemCodepage    = 0x9007
)

func run(_ context.Context, a *sekisho.Artifact, b *sekisho.Budget) error {
	data, err := read(a, b)
	s := &stream{a: a, b: b}
	s.fail(err)
	s.parse(data)
	s.emit()
	return errors.Join(s.errs...)
}

func read(a *sekisho.Artifact, b *sekisho.Budget) ([]byte, error) {
	if a.Blob == nil {
		return nil, nil
	}
	data := make([]byte, max(0, min(a.Size, b.Limits().Entry)))
	n, err := io.ReadFull(io.NewSectionReader(a.Blob, 0, int64(len(data))), data)
	switch {
	case err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
		return data[:n], fmt.Errorf("read tnef: %w", err)
	case a.Size > int64(len(data)):
		return data[:n], fmt.Errorf("%w: %d bytes of TNEF, %d were read", sekisho.ErrLimit, a.Size, n)
	}
	return data[:n], nil
}

// A stream is the reading of one TNEF stream.
type stream struct {
	a        *sekisho.Artifact
	b        *sekisho.Budget
	codepage uint32
	subject  []byte
	body     []byte
	props    []property
	files    []*attachment
	errs     []error
	full     bool // the budget is spent
}

// An attachment is what the attributes after one attAttachRenddata say.
type attachment struct {
	title []byte
	data  []byte
	props []property
}

func (s *stream) fail(err error) {
	if err != nil && len(s.errs) < 20 {
		s.errs = append(s.errs, err)
	}
}

func (s *stream) parse(data []byte) {
	if len(data) < 6 || binary.LittleEndian.Uint32(data) != signature {
		s.fail(fmt.Errorf("%w: no TNEF signature", sekisho.ErrMalformed))
		return
	}
	data = data[6:]
	wrong := 0
	for n := 0; len(data) > 0; n++ {
		if n == attributeLimit {
			s.fail(fmt.Errorf("%w: more than %d attributes", sekisho.ErrLimit, attributeLimit))
			break
		}
		if len(data) < 9 {
			s.fail(fmt.Errorf("%w: %d bytes after the last attribute", sekisho.ErrMalformed, len(data)))
			break
		}
		id := binary.LittleEndian.Uint32(data[1:]) & 0xFFFF
		size := int64(binary.LittleEndian.Uint32(data[5:]))
		data = data[9:]
		if size+2 > int64(len(data)) {
			s.fail(fmt.Errorf("%w: attribute %04x ends after %d of %d bytes", sekisho.ErrMalformed, id, len(data), size))
			s.attribute(id, data[:min(size, int64(len(data)))])
			break
		}
		value := data[:size]
		if checksum(value) != binary.LittleEndian.Uint16(data[size:]) {
			wrong++
		}
		s.attribute(id, value)
		data = data[size+2:]
	}
	if wrong > 0 {
		s.fail(fmt.Errorf("%w: wrong checksum of %d attributes", sekisho.ErrMalformed, wrong))
	}
}

func checksum(data []byte) (sum uint16) {
	for _, c := range data {
		sum += uint16(c)
	}
	return sum
}

func (s *stream) attribute(id uint32, value []byte) {
	switch id {
	case attOemCodepage:
		if len(value) >= 4 {
			s.codepage = binary.LittleEndian.Uint32(value)
		}
	case attSubject:
		s.subject = value
	case attBody:
		s.body = value
	case attMsgProps:
		s.props = append(s.props, s.properties(value)...)
	case attAttachRenddata:
		s.files = append(s.files, &attachment{})
	case attAttachTitle:
		s.file().title = value
	case attAttachData:
		s.file().data = value
	case attAttachment:
		file := s.file()
		file.props = append(file.props, s.properties(value)...)
	}
}

// file returns the attachment at hand; one that nothing announced is one all the same.
func (s *stream) file() *attachment {
	if len(s.files) == 0 {
		s.files = append(s.files, &attachment{})
	}
	return s.files[len(s.files)-1]
}

func (s *stream) emit() {
	subject := s.text(prSubject, s.props, s.subject)
	if subject != "" {
		s.add(&sekisho.Artifact{Kind: sekisho.KindText, Via: "subject", Form: &sekisho.TextForm{Content: subject, Folded: fold.Text(subject)}}, nil)
	}
	if body := s.text(prBody, s.props, s.body); body != "" {
		s.add(&sekisho.Artifact{Kind: sekisho.KindText, Via: "body"}, []byte(body))
	}
	if page := s.text(prBodyHTML, s.props, nil); page != "" {
		s.add(&sekisho.Artifact{Kind: sekisho.KindPage, Via: "body"}, []byte(page))
	}
	if packed := find(s.props, prRTFCompressed); packed != nil {
		left, _ := s.b.Left()
		rtf, err := rtf.Decompress(packed.value, min(left, s.b.Limits().Entry))
		s.fail(err)
		s.add(&sekisho.Artifact{Kind: sekisho.KindFile, Name: "body.rtf", Via: "body", Form: &sekisho.File{Declared: "application/rtf"}}, rtf)
	}
	for _, file := range s.files {
		s.emitFile(file)
	}
}

// add adds a part with data as its bytes, charging them.
func (s *stream) add(part *sekisho.Artifact, data []byte) {
	if s.full {
		return
	}
	if data != nil {
		part.Blob, part.Size = bytes.NewReader(data), int64(len(data))
	}
	err := s.b.Spend(part.Size)
	if err == nil {
		err = s.b.Add(s.a, part)
	}
	s.full = err != nil
	s.fail(err)
}

func (s *stream) emitFile(file *attachment) {
	name := s.text(prAttachLongFilename, file.props, nil)
	if name == "" {
		name = s.text(prAttachFilename, file.props, file.title)
	}
	data, declared := file.data, s.text(prAttachMimeTag, file.props, nil)
	if p := find(file.props, prAttachDataObject); p != nil && len(p.value) > 0 {
		if message, ok := bytes.CutPrefix(p.value, messageIID); ok {
			data, declared = message, "application/ms-tnef"
		} else if len(data) == 0 {
			data = p.value
		}
	}
	if name == "" {
		name = s.text(prDisplayName, file.props, nil)
	}
	if data == nil && name == "" {
		return
	}
	if data == nil {
		data = []byte{}
	}
	s.add(&sekisho.Artifact{Kind: sekisho.KindFile, Name: name, Via: "attachment", Form: &sekisho.File{Declared: strings.ToLower(declared)}}, data)
}

// text returns a property as text, or else the bytes of the attribute that older programs write.
func (s *stream) text(id uint16, props []property, attribute []byte) string {
	if p := find(props, id); p != nil && len(p.value) > 0 {
		if p.kind == ptUnicode {
			return cstring(charset.Decode("utf-16le", p.value))
		}
		label := s.label(find(s.props, prInternetCodepage))
		if id != prBodyHTML || label == "" {
			label = codepage(s.codepage)
		}
		return cstring(charset.Decode(label, p.value))
	}
	return cstring(charset.Decode(codepage(s.codepage), attribute))
}

func (s *stream) label(p *property) string {
	if p == nil || len(p.value) < 4 {
		return ""
	}
	return codepage(binary.LittleEndian.Uint32(p.value))
}

// cstring cuts text at the NUL that ends it. That the charset may be wrong does not matter: Decode guesses then.
func cstring(text string, _ bool) string {
	text, _, _ = strings.Cut(text, "\x00")
	return text
}

// codepage returns the charset of a Windows code page.
func codepage(number uint32) string {
	switch {
	case number == 0 || number == 20127:
		return ""
	case number >= 28591 && number <= 28605:
		return "iso-8859-" + strconv.Itoa(int(number-28590))
	case number == 20866:
		return "koi8-r"
	case number == 54936:
		return "gb18030"
	case number == 20932:
		return "euc-jp"
	}
	return "cp" + strconv.Itoa(int(number))
}
