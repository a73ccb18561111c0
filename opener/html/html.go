// Package html opens HTML documents: the bodies of mail, HTML and SVG files, data URLs, frames.
//
// It reads tokens, not a tree, in one pass that is linear in the size whatever the nesting, and in a second one when a style
// sheet comes after what it hides. What becomes of a page:
//
//   - its form, a [sekisho.Page]: title, forms, scripts, what it loads, alternative texts;
//   - one text, via "content": what a person sees, with hidden text and quoted earlier mails kept apart;
//   - a link for every target that a person or the page itself can go to, also in conditional comments, VML and constant
//     locations in scripts;
//   - a file for every image in a data URL, and a page for every srcdoc.
//
// Text counts as hidden when attributes, inline styles or style elements make it so: display, visibility, opacity, a font of
// at most one pixel, a box without height or width, a place off the page, or (not by style elements) the colour of its
// background. Rules count in the order of the cascade; those in media rules when they hold on narrow and wide screens alike;
// those with pseudo-classes and those of sheets elsewhere do not. What a conditional comment shows to Outlook is shown.
// A mail that shows nothing but a quotation is read as its content.
package html

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

// Opener reads HTML documents.
var Opener = &sekisho.Opener{
	Name: "html",
	Doc: "HTML documents.\n\nThe visible text, hidden and quoted text apart, links, forms, scripts, embedded images and frames. Styles count when " +
		"they are inline or in the page; scripts are not run, and only constant locations in them are seen.",
	Kinds: []sekisho.Kind{sekisho.KindPage},
	Run:   run,
}

const (
	linkLimit   = 500       // links of a page
	imageLimit  = 20        // remote images that become links; all are in Page.Loads
	loadLimit   = 2000      // entries of Page.Loads, Page.Alts
	formLimit   = 100       // entries of Page.Forms
	inlineLimit = 20        // images in data URLs, and documents in srcdoc
	scriptLimit = 256 << 10 // bytes of one script
	scriptTotal = 2 << 20   // bytes of all scripts
	textLimit   = 4 << 20   // bytes of visible text; as many of hidden and of quoted text
	shownLimit  = 1 << 10   // bytes of a link's text
	depthLimit  = 256       // open elements; deeper ones inherit and are not told apart
)

func run(ctx context.Context, a *sekisho.Artifact, b *sekisho.Budget) error {
	if a.Blob == nil {
		return nil
	}
	data, err := read(a, b)
	page := decode(data)
	w := newWalker(page)
	if w.walk(ctx); w.late {
		sheet := w.sheet
		sheet.work = 0
		w = newWalker(page)
		w.sheet, w.given = sheet, true
		w.walk(ctx)
	}
	w.finish()
	a.Form = &w.page
	return errors.Join(err, w.err(), w.addParts(a, b))
}

func read(a *sekisho.Artifact, b *sekisho.Budget) ([]byte, error) {
	size, limit := a.Size, b.Limits().Entry
	data := make([]byte, min(size, limit))
	n, err := a.Blob.ReadAt(data, 0)
	switch {
	case err != nil && err != io.EOF:
		return data[:n], fmt.Errorf("read page: %w", err)
	case size > limit:
		return data[:n], fmt.Errorf("%w: a page of %d bytes", sekisho.ErrLimit, size)
	}
	return data[:n], nil
}

// addParts adds the text first, then the links, then what is embedded, each in the order of the page.
func (w *walker) addParts(a *sekisho.Artifact, b *sekisho.Budget) error {
	content, quoted := w.seen.String(), w.quoted.String()
	if w.page.Words == 0 {
		content, quoted = quoted, ""
	}
	text := &sekisho.TextForm{Content: content, Folded: fold.Text(content), Hidden: w.hidden.String(), Quoted: quoted}
	part := &sekisho.Artifact{Kind: sekisho.KindText, Via: "content", Form: text}
	if err := b.Spend(int64(len(text.Content) + len(text.Hidden) + len(text.Quoted))); err != nil {
		return err
	}
	if err := b.Add(a, part); err != nil {
		return err
	}
	for _, link := range w.links {
		if err := b.Add(a, &sekisho.Artifact{Kind: sekisho.KindLink, Name: name(link.Href), Via: "href", Form: link}); err != nil {
			return err
		}
	}
	for _, e := range w.embedded {
		if err := b.Spend(int64(len(e.content))); err != nil {
			return err
		}
		part := &sekisho.Artifact{Kind: e.kind, Name: e.name, Via: e.via, Blob: bytes.NewReader(e.content), Size: int64(len(e.content))}
		if e.kind == sekisho.KindFile {
			part.Form = &sekisho.File{Declared: e.media, Inline: true}
		}
		if err := b.Add(a, part); err != nil {
			return err
		}
	}
	return nil
}

// name shortens a target for people: one with data in it can be as long as the page.
func name(href string) string {
	return strings.ToValidUTF8(href[:min(len(href), sekisho.QuoteLimit)], "")
}
