package html

import (
	"bytes"
	"encoding/base64"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/html/atom"

	"github.com/sekisho/sekisho"
)

// element notes what a start tag means besides its look.
func (w *walker) element(tag atom.Atom, prefixed bool, f *frame) {
	a := &w.attrs
	for _, event := range a.events {
		w.script(event)
	}
	if a.background != nil {
		w.load(a.background)
	}
	if bytes.Contains(a.style, []byte("url(")) {
		w.styleSheet(a.style)
	}
	switch tag {
	case atom.A, atom.Area:
		w.openAnchor(tag)
	case atom.Img, atom.Image:
		w.image(f.look.hides())
	case atom.Form:
		w.openForm()
	case atom.Input, atom.Textarea, atom.Select, atom.Button:
		w.field(tag)
	case atom.Iframe, atom.Frame, atom.Embed, atom.Object:
		w.frame()
	case atom.Meta:
		w.refresh()
	case atom.Script:
		w.linkAndLoad(first(a.src, a.href, a.xlink), "script")
	case atom.Link:
		if bytes.Contains(lower(a.rel), []byte("stylesheet")) {
			w.load(a.href)
		}
	case atom.Base:
		if w.base == "" {
			w.base = string(clean(a.href))
		}
	case 0:
		if target := first(a.href, a.xlink); prefixed && target != nil {
			w.link(target, "a", "")
		}
	}
}

func first(values ...[]byte) []byte {
	for _, value := range values {
		if value != nil {
			return value
		}
	}
	return nil
}

func (w *walker) openAnchor(tag atom.Atom) {
	w.closeAnchor()
	target := first(w.attrs.href, w.attrs.xlink)
	if target == nil {
		return
	}
	if tag == atom.Area {
		w.link(target, "area", string(bytes.TrimSpace(w.attrs.alt)))
		return
	}
	w.opened = sekisho.Link{Href: w.resolve(target), Element: "a"}
	w.anchor = &w.opened
	w.shown, w.alt = flow{limit: shownLimit}, ""
}

func (w *walker) closeAnchor() {
	if w.anchor == nil {
		return
	}
	link := *w.anchor
	if link.Shown = w.shown.String(); link.Shown == "" {
		link.Shown = w.alt
	}
	w.anchor = nil
	w.addLink(link)
}

// link adds a link of an element that has no content.
func (w *walker) link(target []byte, element, shown string) {
	w.addLink(sekisho.Link{Href: w.resolve(target), Element: element, Shown: shown[:min(len(shown), shownLimit)]})
}

func (w *walker) addLink(link sekisho.Link) {
	key := linkKey{link.Href, link.Shown, link.Element}
	if link.Href == "" || w.known[key] {
		return
	}
	if len(w.links) >= linkLimit {
		w.pass("links")
		return
	}
	w.known[key] = true
	kept := link // only what is kept leaves the stack
	w.links = append(w.links, &kept)
	if script, ok := cutFold(link.Href, "javascript:"); ok {
		if decoded, err := url.PathUnescape(script); err == nil {
			script = decoded
		}
		w.script([]byte(script))
	}
}

func (w *walker) linkAndLoad(target []byte, element string) {
	if len(target) > 0 {
		w.link(target, element, "")
		w.load(target)
	}
}

func (w *walker) load(target []byte) {
	if target = clean(target); len(target) == 0 || isData(target) {
		return
	}
	if len(w.page.Loads) >= loadLimit {
		w.pass("loads")
		return
	}
	w.page.Loads = append(w.page.Loads, w.resolve(target))
}

func (w *walker) image(hidden bool) {
	if w.aside {
		return
	}
	a := &w.attrs
	if alt := string(bytes.TrimSpace(a.alt)); alt != "" {
		if w.alt == "" {
			w.alt = alt[:min(len(alt), shownLimit)]
		}
		if len(w.page.Alts) < loadLimit {
			w.page.Alts = append(w.page.Alts, alt[:min(len(alt), shownLimit)])
		}
	}
	if !hidden && !pixel(a.width) && !pixel(a.height) {
		w.page.Images++
	}
	source := clean(first(a.src, a.href, a.xlink))
	if isData(source) {
		w.inlineImage(source)
		return
	}
	w.load(source)
	if w.images < imageLimit && remote(source) {
		before := len(w.links)
		w.link(source, "img", "")
		w.images += len(w.links) - before
	}
}

func pixel(size []byte) bool {
	n, err := strconv.Atoi(string(bytes.TrimSuffix(bytes.TrimSpace(size), []byte("px"))))
	return err == nil && n <= 1
}

// inlineImage takes the picture out of a data URL (RFC 2397).
func (w *walker) inlineImage(source []byte) {
	if w.inlined >= inlineLimit {
		w.pass("embedded images")
		return
	}
	head, body, ok := bytes.Cut(source[len("data:"):], []byte(","))
	if !ok {
		return
	}
	media, parameters, _ := strings.Cut(strings.ToLower(string(head)), ";")
	content := bytes.Clone(body)
	if bytes.IndexByte(body, '%') >= 0 {
		if decoded, err := url.PathUnescape(string(body)); err == nil {
			content = []byte(decoded)
		}
	}
	if strings.HasSuffix(parameters, "base64") {
		packed := bytes.TrimRight(bytes.ReplaceAll(content, []byte(" "), nil), "=")
		n, _ := base64.RawStdEncoding.Decode(content, packed)
		content = content[:n]
	}
	if len(content) > 0 {
		w.inlined++
		w.embedded = append(w.embedded, embedded{kind: sekisho.KindFile, name: "image", via: "data", media: media, content: content})
	}
}

func (w *walker) frame() {
	a := &w.attrs
	if a.srcdoc != nil {
		if w.inlined >= inlineLimit {
			w.pass("embedded documents")
			return
		}
		w.inlined++
		w.embedded = append(w.embedded, embedded{kind: sekisho.KindPage, name: "srcdoc", via: "srcdoc", content: bytes.Clone(a.srcdoc)})
	}
	w.linkAndLoad(first(a.src, a.data, a.href), "frame")
}

// refresh reads <meta http-equiv=refresh content="0; url=...">.
func (w *walker) refresh() {
	if !bytes.EqualFold(bytes.TrimSpace(w.attrs.equiv), []byte("refresh")) {
		return
	}
	content := w.attrs.content
	at := bytes.IndexAny(content, ";,")
	if at < 0 {
		return
	}
	target := bytes.TrimSpace(content[at+1:])
	if len(target) > 3 && bytes.EqualFold(target[:3], []byte("url")) {
		if after, ok := bytes.CutPrefix(bytes.TrimSpace(target[3:]), []byte("=")); ok {
			target = bytes.TrimSpace(after)
		}
	}
	w.linkAndLoad(bytes.Trim(target, `"'`), "refresh")
}

func (w *walker) openForm() {
	w.closeForm()
	method := "get"
	if bytes.EqualFold(bytes.TrimSpace(w.attrs.method), []byte("post")) {
		method = "post"
	}
	w.form = &sekisho.Form{Action: string(clean(w.attrs.action)), Method: method}
	if len(w.attrs.action) > 0 {
		w.link(w.attrs.action, "form", "")
	}
}

func (w *walker) closeForm() {
	if w.form == nil {
		return
	}
	if len(w.page.Forms) < formLimit {
		w.page.Forms = append(w.page.Forms, *w.form)
	} else {
		w.pass("forms")
	}
	w.form = nil
}

func (w *walker) field(tag atom.Atom) {
	form := w.form
	if form == nil {
		form = &w.stray
	}
	switch kind := string(lower(w.attrs.kind)); {
	case tag == atom.Button, kind == "submit", kind == "image", kind == "button":
		if len(w.attrs.action) > 0 {
			w.link(w.attrs.action, "form", "")
		}
	case kind == "hidden", kind == "reset":
	default:
		form.Password = form.Password || kind == "password"
		form.Fields++
	}
}
