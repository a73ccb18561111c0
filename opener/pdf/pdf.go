// Package pdf reads what a PDF leads to, says and does: its links, its text, the files in it, its pictures, and the
// actions and scripts that run when it is opened or used.
//
// It is a reader of its own because it has to bear files that are broken on purpose: it looks for objects rather than
// believing the tables that say where they are, bounds every nesting and every stream, and needs no page to be sound in
// order to find a link. It follows ISO 32000-1:2008, whose sections the comments name.
package pdf

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/fold"
)

// Opener reads the links, text, files and pictures of a PDF.
var Opener = &sekisho.Opener{
	Name: "pdf",
	Doc: `Links, text, files and pictures of a PDF

Reads link actions and the targets of forms, the text of pages by ToUnicode and common encodings, embedded files, and
pictures, in which others look for QR codes. Object streams and incremental updates are read; of several versions of an
object the last in the file counts. What is encrypted is opened with the empty password or one that stands in the mail
around it. Actions (JavaScript, Launch, SubmitForm, ImportData, those that go elsewhere) are stated with what starts them;
nothing runs. Not read: text without
ToUnicode in fonts of their own encoding, QR codes drawn as lines, pictures in JPEG 2000, JBIG2 and fax encodings,
owner passwords.`,
	Kinds:    []sekisho.Kind{sekisho.KindFile},
	Types:    []string{"application/pdf"},
	Isolated: true,
	Run:      run,
}

const (
	mostLinks  = 1000
	mostFiles  = 100
	mostImages = 20
)

func run(ctx context.Context, a *sekisho.Artifact, b *sekisho.Budget) error {
	if a.Blob == nil {
		return nil
	}
	data, err := io.ReadAll(io.NewSectionReader(a.Blob, 0, a.Size))
	if err != nil {
		return err
	}
	d, err := load(ctx, a, b, data)
	if file, ok := a.Form.(*sekisho.File); ok {
		defer func() {
			d.structure()
			file.PDF = *d.form
		}()
	}
	if err != nil {
		return err
	}
	w := &walk{document: d, links: map[string]bool{}, effects: map[string]int{}}
	err = w.objects()
	if ctx.Err() != nil {
		err = errors.Join(err, fmt.Errorf("%w: %w", sekisho.ErrTimeout, ctx.Err()))
	}
	return errors.Join(err, w.gaps())
}

// A walk looks at every object of a document once.
type walk struct {
	*document
	links   map[string]bool
	effects map[string]int // places in form.Actions, by kind and target
	left    int            // actions that may still be looked at
	files   int
	images  int
	skips   int // pictures beyond the bound
	unread  int // pictures in an encoding that is not read
}

// objects adds the links, then the text, then files and pictures. It stops when the tree is full.
func (w *walk) objects() error {
	w.left = mostEffects
	text := &writer{d: w.document, fonts: map[ref]*font{}}
	var others []stream
	var files []dict
	for _, number := range w.order {
		object := w.load(number)
		var found []dict
		dicts(object, 0, func(d dict) { found = append(found, d) })
		for _, d := range found {
			if err := w.link(d); err != nil {
				return err
			}
			w.act(d)
			if _, ok := d["EF"]; ok {
				files = append(files, d)
			}
			if _, ok := d["FT"]; ok {
				w.form.Fields++
			}
			if d["Type"] == name("Page") {
				w.form.Pages++
				text.page(w.content(d["Contents"]), w.resources(d))
			}
		}
		s, ok := object.(stream)
		switch {
		case !ok:
		case s.dict["Subtype"] == name("Form"):
			text.page(w.content(s), w.resources(s.dict))
		case s.dict["Subtype"] == name("Image"):
			others = append(others, s)
			if w.integer(s.dict["Width"]) >= pictureSide && w.integer(s.dict["Height"]) >= pictureSide {
				w.form.Pictures++
			}
		}
	}
	if text.full {
		w.note(fmt.Errorf("%w: more than %d bytes of text", sekisho.ErrLimit, mostText))
	}
	w.form.Links = len(w.links)
	content := strings.TrimSpace(text.out.String())
	w.form.Words = len(strings.Fields(content))
	if content != "" {
		form := &sekisho.TextForm{Content: content, Folded: fold.Text(content)}
		if err := w.b.Add(w.a, &sekisho.Artifact{Kind: sekisho.KindText, Name: "text", Via: "content", Form: form}); err != nil {
			return err
		}
	}
	for _, d := range files {
		if err := w.file(d); err != nil {
			return err
		}
	}
	for _, s := range others {
		if err := w.image(s); err != nil {
			return err
		}
	}
	return nil
}

// dicts yields every dictionary in the object, itself included, without following references.
func dicts(object any, depth int, yield func(dict)) {
	if depth > nesting {
		return
	}
	switch o := object.(type) {
	case stream:
		dicts(o.dict, depth, yield)
	case dict:
		yield(o)
		for _, key := range sorted(o) {
			dicts(o[key], depth+1, yield)
		}
	case array:
		for _, member := range o {
			dicts(member, depth+1, yield)
		}
	}
}

// link adds the target of a URI action (12.6.4.7) or a submit-form action (12.7.5.2).
func (w *walk) link(d dict) error {
	element, target := "a", w.bytes(d["URI"])
	if w.resolve(d["S"]) == name("SubmitForm") {
		element = "form"
		if target = w.bytes(d["F"]); target == nil {
			target = w.bytes(w.dict(d["F"])["F"])
		}
	}
	href := textString(target)
	if href == "" || w.links[href] {
		return nil
	}
	if len(w.links) == mostLinks {
		return fmt.Errorf("%w: more than %d links", sekisho.ErrLimit, mostLinks)
	}
	w.links[href] = true
	form := &sekisho.Link{Href: href, Element: element}
	return w.b.Add(w.a, &sekisho.Artifact{Kind: sekisho.KindLink, Name: href, Via: "href", Form: form})
}

// content returns the bytes of a content stream, or of several as one (7.8.2).
func (w *walk) content(object any) []byte {
	var out []byte
	parts, ok := w.resolve(object).(array)
	if !ok {
		parts = array{object}
	}
	for _, part := range parts {
		s, ok := w.resolve(part).(stream)
		if !ok {
			continue
		}
		data, _, err := w.decode(s)
		if err != nil {
			w.note(err)
		}
		if out = append(append(out, data...), '\n'); w.ctx.Err() != nil || errors.Is(err, sekisho.ErrLimit) {
			break
		}
	}
	return out
}

// resources looks for the resources of a page in it and in the nodes above it (7.7.3.4).
func (w *walk) resources(d dict) dict {
	for range mostChains {
		if r := w.dict(d["Resources"]); r != nil {
			return r
		}
		if d = w.dict(d["Parent"]); d == nil {
			break
		}
	}
	return nil
}

// file adds an embedded file (7.11.4).
func (w *walk) file(d dict) error {
	if w.files++; w.files > mostFiles {
		return fmt.Errorf("%w: more than %d files", sekisho.ErrLimit, mostFiles)
	}
	title := w.bytes(d["UF"])
	if title == nil {
		title = w.bytes(d["F"])
	}
	streams := w.dict(d["EF"])
	s, ok := w.resolve(streams["F"]).(stream)
	if !ok {
		s, ok = w.resolve(streams["UF"]).(stream)
	}
	w.form.Files = append(w.form.Files, textString(title))
	part := &sekisho.Artifact{Kind: sekisho.KindFile, Name: textString(title), Via: "embedded", Form: &sekisho.File{}}
	if ok {
		data, _, err := w.decode(s)
		if err != nil {
			w.note(err)
		}
		part.Blob, part.Size = bytes.NewReader(data), int64(len(data))
	}
	return w.b.Add(w.a, part)
}

const errorsKept = 8

func (d *document) note(err error) {
	if len(d.errs) < errorsKept {
		d.errs = append(d.errs, err)
	}
}

func (w *walk) gaps() error {
	if w.skips > 0 {
		w.errs = append(w.errs, fmt.Errorf("%w: %d pictures were not looked at", sekisho.ErrLimit, w.skips))
	}
	if w.unread > 0 {
		w.errs = append(w.errs, fmt.Errorf("%w: %d pictures in encodings that are not read", sekisho.ErrUnavailable, w.unread))
	}
	return errors.Join(w.errs...)
}
