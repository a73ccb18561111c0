package html

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/sekisho/sekisho"
)

// A walker reads the tokens of one page.
type walker struct {
	z        *html.Tokenizer
	page     sekisho.Page
	seen     flow
	hidden   flow
	quoted   flow
	title    flow
	stack    []frame
	over     int  // open elements beyond depthLimit
	rest     bool // an earlier mail runs from here to the end
	aside    bool // inside a conditional comment
	outlook  bool // one that Outlook shows: text counts besides links
	sheet    sheet
	given    bool // the sheet is complete: style elements are not read again
	begun    bool // an element of the page was opened
	late     bool // rules came after it
	matched  []*rule
	base     string
	links    []*sekisho.Link
	known    map[linkKey]bool
	images   int
	anchor   *sekisho.Link // the address of opened while an anchor is open, nil outside
	opened   sekisho.Link
	shown    flow
	alt      string
	form     *sekisho.Form
	stray    sekisho.Form // fields outside any form
	scripts  int          // bytes kept
	inlined  int
	embedded []embedded
	limits   []string // bounds that were passed
	attrs    attributes
}

// A frame is an open element: what it is and what its content inherits.
type frame struct {
	tag    atom.Atom
	look   look
	quoted bool
	mute   bool // in the XML of an Office document
	sheet  bool // a style element whose rules apply

	name, id, class string // known when selectors ask for elements around
}

// A linkKey tells links apart: the same target shown in the same way is one link.
type linkKey struct{ href, shown, element string }

// embedded is a document inside the page.
type embedded struct {
	kind             sekisho.Kind
	name, via, media string
	content          []byte
}

func newWalker(data []byte) *walker {
	w := &walker{known: map[linkKey]bool{}}
	w.seen.limit, w.hidden.limit, w.quoted.limit, w.title.limit = textLimit, textLimit, textLimit, shownLimit
	w.seen.b.Grow(len(data) / 8)
	w.shown.limit = shownLimit
	w.reset(data)
	return w
}

func (w *walker) reset(data []byte) {
	w.z = html.NewTokenizer(bytes.NewReader(data))
	w.stack = append(w.stack[:0], frame{look: paper})
	w.over = 0
}

// walk reads tokens to the end of the page. The tokenizer ends at the end of its input only.
func (w *walker) walk(ctx context.Context) {
	for n := 0; ; n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			w.pass("time")
			return
		}
		switch w.z.Next() {
		case html.ErrorToken:
			return
		case html.TextToken:
			w.text(w.z.Text())
		case html.StartTagToken, html.SelfClosingTagToken:
			w.start()
		case html.EndTagToken:
			name, _ := w.z.TagName()
			w.end(atom.Lookup(name))
		case html.CommentToken:
			w.comment(ctx, w.z.Text())
		}
	}
}

func (w *walker) top() *frame { return &w.stack[len(w.stack)-1] }

// rightToLeft and itsEnd are the controls of Unicode that do in a text what <bdo dir=rtl> does in a page.
const rightToLeft, itsEnd = "\u202E", "\u202C"

func (w *walker) text(text []byte) {
	top := w.top()
	if top.look.forced && top.look.leftward && top.tag != atom.Script && top.tag != atom.Style && len(bytes.TrimSpace(text)) > 0 {
		text = slices.Concat([]byte(rightToLeft), text, []byte(itsEnd))
	}
	switch {
	case w.aside && (!w.outlook || top.mute || top.tag == atom.Script || top.tag == atom.Style):
		if top.tag == atom.Script {
			w.script(text)
		} else if w.anchor != nil {
			w.shown.write(text, false)
		}
	case top.tag == atom.Script:
		w.script(text)
	case top.tag == atom.Style:
		w.styleSheet(text)
		if top.sheet {
			w.rules(text)
		}
	case top.tag == atom.Title:
		w.title.write(text, false)
	case silent(top.tag):
	case top.look.hides():
		w.hidden.write(text, false)
	default:
		if w.anchor != nil {
			w.shown.write(text, false)
		}
		if w.rest = w.rest || originalMessage(text); w.rest || top.quoted {
			w.quoted.write(text, top.tag == atom.Pre)
			return
		}
		w.seen.write(text, top.tag == atom.Pre)
	}
}

// rules reads a style element.
func (w *walker) rules(css []byte) {
	added, all := w.sheet.read(css)
	if !all {
		w.pass("style sheets")
	}
	w.late = w.late || added && w.begun
}

// sheetApplies reports whether browsers follow the style element whose attributes are read.
func (w *walker) sheetApplies() bool {
	a := &w.attrs
	if kind := lower(a.kind); w.given || w.aside || len(kind) > 0 && string(kind) != "text/css" || !onScreens(a.media) {
		return false
	}
	return !slices.ContainsFunc(w.stack, func(f frame) bool { return f.tag == atom.Template })
}

// silent reports whether the raw text inside a tag is no text of the page.
func silent(tag atom.Atom) bool {
	switch tag {
	case atom.Iframe, atom.Noembed, atom.Noframes, atom.Select, atom.Option, atom.Datalist:
		return true
	}
	return false
}

// originalMessage reports whether text is the line that mail programs put above the mail they answer.
func originalMessage(text []byte) bool {
	if !bytes.Contains(text, []byte("-----")) {
		return false
	}
	line := strings.ToLower(strings.Trim(string(text[:min(len(text), 200)]), "- \t\r\n\u00a0"))
	return strings.HasPrefix(line, "original message") || strings.HasPrefix(line, "元のメッセージ")
}

// start opens an element.
func (w *walker) start() {
	name, more := w.z.TagName()
	tag := atom.Lookup(name)
	prefixed := tag == 0 && bytes.IndexByte(name, ':') > 0
	w.attrs.read(w.z, more)
	w.implied(tag)
	if block(tag) {
		w.lineBreak(tag)
	}
	f := frame{tag: tag, look: w.top().look, quoted: w.top().quoted}
	f.mute = w.top().mute || w.aside && string(name) == "xml"
	w.style(name, &f)
	switch {
	case tag == atom.Style:
		f.sheet = w.sheetApplies()
	case tag == atom.Template:
		f.look.gone = true
	case tag == atom.Bdo:
		f.look.forced = true
	case tag == atom.A && w.attrs.color == nil && !bytes.Contains(w.attrs.style, []byte("color")):
		f.look.text = 0 // a link has a colour of its own
	}
	f.quoted = f.quoted || w.attrs.quotes(tag)
	if string(w.attrs.id) == "divRplyFwdMsg" {
		w.rest = true
	}
	w.element(tag, prefixed, &f)
	if tag == atom.Noscript {
		w.z.NextIsNotRawText()
	}
	if void(tag) || prefixed {
		return
	}
	if len(w.stack) >= depthLimit {
		w.over++
		return
	}
	w.stack = append(w.stack, f)
}

// style applies the sheet and the attributes of an element to the look inside it.
func (w *walker) style(name []byte, f *frame) {
	switch f.tag {
	case atom.Head, atom.Meta, atom.Title, atom.Style, atom.Link, atom.Base, atom.Script:
	case atom.Html, atom.Body:
		w.begun = w.begun || w.attrs.class != nil || w.attrs.id != nil
	default:
		w.begun = true
	}
	f.name = f.tag.String()
	if w.sheet.deep {
		f.name, f.id, f.class = string(name), string(lower(w.attrs.id)), string(w.attrs.class)
	}
	var all bool
	if w.matched, all = w.sheet.match(w.matched[:0], name, &w.attrs, w.stack); !all {
		w.pass("styles")
	}
	f.look = f.look.with(&w.attrs, w.matched)
}

// end closes the nearest open element of that name, if it is near.
func (w *walker) end(tag atom.Atom) {
	if block(tag) {
		w.lineBreak(tag)
	}
	switch tag {
	case atom.A:
		w.closeAnchor()
	case atom.Form:
		w.closeForm()
	}
	if w.over > 0 {
		w.over--
		return
	}
	const near = 64
	for i := len(w.stack) - 1; i > 0 && i >= len(w.stack)-near; i-- {
		if w.stack[i].tag == tag {
			w.stack = w.stack[:i]
			return
		}
	}
}

// implied closes what a start tag closes by itself, so that an unclosed hidden cell does not hide the next one.
func (w *walker) implied(tag atom.Atom) {
	closes := func(tags ...atom.Atom) {
		for len(w.stack) > 1 && slices.Contains(tags, w.top().tag) {
			w.stack = w.stack[:len(w.stack)-1]
		}
	}
	switch tag {
	case atom.Td, atom.Th:
		closes(atom.Td, atom.Th)
	case atom.Tr:
		closes(atom.Td, atom.Th, atom.Tr)
	case atom.Li, atom.Option:
		closes(tag)
	case atom.Dt, atom.Dd:
		closes(atom.Dt, atom.Dd)
	case atom.P, atom.Div, atom.Table, atom.Ul, atom.Ol:
		closes(atom.P)
	case atom.Body:
		closes(atom.Head, atom.Title)
	}
}

// comment reads a conditional comment: its links, and its text when it is Outlook that shows it.
func (w *walker) comment(ctx context.Context, text []byte) {
	if w.aside || !bytes.HasPrefix(bytes.TrimLeft(text, " \t\r\n"), []byte("[if")) {
		return
	}
	z, stack, over, anchor, opened, top := w.z, slices.Clone(w.stack), w.over, w.anchor, w.opened, *w.top()
	condition := text[:bytes.IndexByte(text, ']')+1]
	content := bytes.Clone(bytes.TrimPrefix(text[len(condition):], []byte(">")))
	w.aside, w.anchor = true, nil
	w.outlook = bytes.Contains(lower(condition), []byte("mso")) && bytes.IndexByte(condition, '!') < 0
	w.reset(content)
	w.stack[0].look, w.stack[0].quoted = top.look, top.quoted
	w.walk(ctx)
	w.closeAnchor()
	w.z, w.stack, w.over, w.anchor, w.opened, w.aside, w.outlook = z, stack, over, anchor, opened, false, false
}

func (w *walker) current() *flow {
	switch top := w.top(); {
	case top.look.hides():
		return &w.hidden
	case w.rest || top.quoted:
		return &w.quoted
	}
	return &w.seen
}

func (w *walker) lineBreak(tag atom.Atom) {
	if w.aside && (!w.outlook || w.top().mute) {
		return
	}
	switch tag {
	case atom.Td, atom.Th:
		w.current().space()
	default:
		w.current().lineBreak()
	}
	if w.anchor != nil {
		w.shown.space()
	}
}

// pass notes a bound that was passed.
func (w *walker) pass(what string) {
	if !slices.Contains(w.limits, what) {
		w.limits = append(w.limits, what)
	}
}

func (w *walker) finish() {
	w.closeAnchor()
	w.closeForm()
	if w.stray.Fields > 0 {
		w.page.Forms = append(w.page.Forms, w.stray)
	}
	w.page.Title = strings.TrimSpace(w.title.String())
	w.page.Words = words(w.seen.String())
	for _, f := range []*flow{&w.seen, &w.hidden, &w.quoted} {
		if f.full {
			w.pass("text")
		}
	}
}

func (w *walker) err() error {
	if len(w.limits) == 0 {
		return nil
	}
	return fmt.Errorf("%w: a page with more of this than is read: %s", sekisho.ErrLimit, strings.Join(w.limits, ", "))
}
