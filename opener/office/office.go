// Package office opens office documents: Office Open XML (docx, xlsx, xlsb, pptx and their macro and template forms), the
// compound files before it (doc, xls, ppt), RTF, OpenDocument and OneNote. It executes nothing and fetches nothing.
//
// What a document holds beside its words stands in [sekisho.Document], on the file's form. The rest become parts: the
// words (text, "content"), each module of macros (text, "macro"), links (link, "href"), pictures (file, "image"), and
// the files inside, wherever they hide (file, "embedded"). The HTML that a mail program wrapped in RTF becomes a page.
//
// A document that is encrypted is opened when its password is VelvetSweatshop, which Excel and PowerPoint try without
// asking. Not read: the compiled form of macros, XOR-obfuscated workbooks, OpenDocument in a single XML file, and
// documents that are plain XML.
package office

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/fold"
)

// Opener reads office documents.
var Opener = &sekisho.Opener{
	Name: "office",
	Doc: `Office documents

Office Open XML, doc, xls, ppt, RTF, OpenDocument and OneNote. Text, links, pictures, VBA and Excel 4 macros, Basic and
scripts of OpenDocument, DDE, templates and other references to elsewhere, embedded files and objects, hidden sheets.
What is encrypted with the password that Excel tries by itself is opened. Compiled macros are not read: a project
without source is a gap.`,
	Kinds: []sekisho.Kind{sekisho.KindFile},
	Types: []string{
		"application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint", "application/x-ole-storage", "application/x-ooxml-encrypted",
		"application/rtf", "text/rtf", "application/onenote",
		"application/vnd.openxmlformats-officedocument.wordprocessingml.document", "application/vnd.openxmlformats-officedocument.wordprocessingml.template",
		"application/vnd.ms-word.document.macroEnabled.12", "application/vnd.ms-word.template.macroEnabled.12",
		"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "application/vnd.openxmlformats-officedocument.spreadsheetml.template",
		"application/vnd.ms-excel.sheet.macroEnabled.12", "application/vnd.ms-excel.template.macroEnabled.12", "application/vnd.ms-excel.addin.macroEnabled.12",
		"application/vnd.ms-excel.sheet.binary.macroEnabled.12",
		"application/vnd.openxmlformats-officedocument.presentationml.presentation", "application/vnd.openxmlformats-officedocument.presentationml.slideshow",
		"application/vnd.openxmlformats-officedocument.presentationml.template", "application/vnd.ms-powerpoint.presentation.macroEnabled.12",
		"application/vnd.ms-powerpoint.slideshow.macroEnabled.12", "application/vnd.ms-powerpoint.template.macroEnabled.12",
		"application/vnd.ms-powerpoint.addin.macroEnabled.12",
		"application/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.text-template",
		"application/vnd.oasis.opendocument.spreadsheet", "application/vnd.oasis.opendocument.spreadsheet-template",
		"application/vnd.oasis.opendocument.presentation", "application/vnd.oasis.opendocument.presentation-template",
		"application/vnd.oasis.opendocument.graphics", "application/vnd.oasis.opendocument.graphics-template",
		"application/vnd.oasis.opendocument.formula", "application/vnd.oasis.opendocument.chart",
	},
	Isolated: true,
	Run:      run,
}

const (
	mostText   = 4 << 20  // bytes of words of one document
	mostMacro  = 4 << 20  // bytes of the source of one module
	mostPart   = 64 << 20 // bytes of one part of a package
	mostFacts  = 200      // entries of each list of the form
	mostFact   = 2 << 10  // bytes of one entry
	mostLinks  = 500      // links of one document
	mostImages = 20       // pictures that are handed on
	mostFiles  = 200      // files inside that are handed on
	mostMacros = 500      // modules that are handed on
	mostErrors = 12       // gaps of one document
	nesting    = 4        // compound files within compound files that are read here
)

func run(ctx context.Context, a *sekisho.Artifact, b *sekisho.Budget) error {
	form, ok := a.Form.(*sekisho.File)
	if !ok || a.Blob == nil {
		return nil
	}
	d := &document{ctx: ctx, a: a, b: b, facts: &form.Document, links: map[string]bool{}}
	data, err := io.ReadAll(io.NewSectionReader(a.Blob, 0, min(a.Size, b.Limits().Entry)))
	if err != nil {
		return fmt.Errorf("read document: %w", err)
	}
	if a.Size > int64(len(data)) {
		d.fail(fmt.Errorf("%w: a document of %d bytes, %d were read", sekisho.ErrLimit, a.Size, len(data)))
	}
	switch {
	case strings.HasPrefix(form.Type, "application/vnd.oasis."):
		form.Document.Format = "opendocument"
		d.openDocument(data)
	case bytes.HasPrefix(data, []byte(compoundMagic)):
		form.Document.Format = "ole"
		d.compound(data, 0)
	case strings.HasSuffix(form.Type, "/rtf"):
		form.Document.Format = "rtf"
		d.rtf(data)
	case form.Type == "application/onenote":
		form.Document.Format = "onenote"
		d.oneNote(data)
	default:
		form.Document.Format = "ooxml"
		d.ooxml(data)
	}
	d.finish()
	return errors.Join(d.errs...)
}

// A document is the reading of one document.
type document struct {
	ctx    context.Context
	a      *sekisho.Artifact
	b      *sekisho.Budget
	facts  *sekisho.Document
	text   strings.Builder
	cut    bool // the text is longer than what is kept
	links  map[string]bool
	images int
	files  int
	macros int
	full   bool // the budget is spent
	errs   []error
}

// fail states a gap, once.
func (d *document) fail(err error) {
	if err == nil || len(d.errs) == mostErrors || slices.ContainsFunc(d.errs, func(e error) bool { return e.Error() == err.Error() }) {
		return
	}
	d.errs = append(d.errs, err)
}

// done reports that nothing more can be found: the budget or the time is spent.
func (d *document) done() bool {
	if !d.full && d.ctx.Err() != nil {
		d.full = true
		d.fail(fmt.Errorf("%w: %w", sekisho.ErrTimeout, d.ctx.Err()))
	}
	return d.full
}

// add adds a part, charging data when it was decoded.
func (d *document) add(part *sekisho.Artifact, data []byte) {
	if d.full {
		return
	}
	if data != nil {
		part.Blob, part.Size = bytes.NewReader(data), int64(len(data))
	}
	if err := d.b.Add(d.a, part); err != nil {
		d.full = true
		d.fail(err)
	}
}

// spend charges n bytes and reports whether they were left.
func (d *document) spend(n int) bool {
	if d.full {
		return false
	}
	if err := d.b.Spend(int64(n)); err != nil {
		d.full = true
		d.fail(err)
	}
	return !d.full
}

// finish adds the words.
func (d *document) finish() {
	if d.cut {
		d.fail(fmt.Errorf("%w: more than %d bytes of text", sekisho.ErrLimit, mostText))
	}
	content := strings.TrimSpace(strings.ToValidUTF8(d.text.String(), "\uFFFD"))
	if content != "" {
		d.add(&sekisho.Artifact{Kind: sekisho.KindText, Name: "text", Via: "content", Form: &sekisho.TextForm{Content: content, Folded: fold.Text(content)}}, nil)
	}
}

// say adds words.
func (d *document) say(s string) {
	if room := mostText - d.text.Len(); len(s) > room {
		d.cut = true
		s = s[:room]
	}
	d.text.WriteString(s)
}

// note adds an entry to a list of the form, once.
func (d *document) note(list *[]string, entry string) {
	entry = strings.ToValidUTF8(strings.TrimSpace(clip(entry)), "\uFFFD")
	if entry != "" && len(*list) < mostFacts && !slices.Contains(*list, entry) {
		*list = append(*list, entry)
	}
}

func clip(s string) string { return s[:min(len(s), mostFact)] }

// refer states something that the document takes from outside.
func (d *document) refer(kind, target string) {
	target = strings.ToValidUTF8(strings.Trim(clip(target), " \t\r\n\x00\""), "\uFFFD")
	reference := sekisho.Reference{Kind: kind, Target: target}
	if target != "" && len(d.facts.References) < mostFacts && !slices.Contains(d.facts.References, reference) {
		d.facts.References = append(d.facts.References, reference)
	}
}

// object states something embedded.
func (d *document) object(o sekisho.Object) {
	o.Class, o.Name = strings.ToValidUTF8(clip(o.Class), "\uFFFD"), strings.ToValidUTF8(clip(o.Name), "\uFFFD")
	if len(d.facts.Objects) < mostFacts && !slices.Contains(d.facts.Objects, o) {
		d.facts.Objects = append(d.facts.Objects, o)
	}
}

// sheet states a sheet that is hidden or holds macros.
func (d *document) sheet(s sekisho.Sheet) {
	s.Name = strings.ToValidUTF8(clip(s.Name), "\uFFFD")
	if (s.State != "visible" || s.Macro) && len(d.facts.Sheets) < mostFacts && !slices.Contains(d.facts.Sheets, s) {
		d.facts.Sheets = append(d.facts.Sheets, s)
	}
}

// link adds what a click opens.
func (d *document) link(href, shown string) {
	href = strings.ToValidUTF8(strings.Trim(clip(href), " \t\r\n\x00\""), "\uFFFD")
	if href == "" || strings.HasPrefix(href, "#") || d.links[href] {
		return
	}
	if len(d.links) == mostLinks {
		d.links[href] = true
		d.fail(fmt.Errorf("%w: more than %d links", sekisho.ErrLimit, mostLinks))
	}
	if d.links[href] = true; len(d.links) > mostLinks {
		return
	}
	form := &sekisho.Link{Href: href, Shown: shown, Element: "a"}
	d.add(&sekisho.Artifact{Kind: sekisho.KindLink, Name: href, Via: "href", Form: form}, nil)
}

// macro adds the source of a module.
func (d *document) macro(language, name, source string) {
	d.note(&d.facts.Macros, language)
	if strings.TrimSpace(source) == "" {
		return
	}
	if d.macros++; d.macros > mostMacros {
		if d.macros == mostMacros+1 {
			d.fail(fmt.Errorf("%w: more than %d modules of macros", sekisho.ErrLimit, mostMacros))
		}
		return
	}
	source = strings.ToValidUTF8(source, "\uFFFD")
	form := &sekisho.TextForm{Content: source, Folded: fold.Text(source)}
	d.add(&sekisho.Artifact{Kind: sekisho.KindText, Name: name, Via: "macro", Form: form}, nil)
}

// file adds a file inside, which is not decoded here or was charged before.
func (d *document) file(name, via string, data []byte) {
	count, most := &d.files, mostFiles
	if via == "image" {
		count, most = &d.images, mostImages
	}
	if *count++; *count > most {
		if *count == most+1 {
			d.fail(fmt.Errorf("%w: more than %d files inside", sekisho.ErrLimit, most))
		}
		return
	}
	name = strings.ToValidUTF8(clip(name), "\uFFFD")
	d.add(&sekisho.Artifact{Kind: sekisho.KindFile, Name: name, Via: via, Form: &sekisho.File{Inline: via == "image"}}, data)
}
