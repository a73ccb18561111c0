package html

import (
	"bytes"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// attributes are those of one start tag. They are valid until the next token; the first of several equal ones counts.
type attributes struct {
	href, xlink, src, action, method, kind, alt, content, equiv, rel, style, class, id []byte
	color, bgcolor, background, width, height, srcdoc, data, media                     []byte
	hidden                                                                             bool
	events                                                                             [][]byte
	others                                                                             []other // for attribute selectors
}

// other is an attribute that no field is for.
type other struct{ key, value []byte }

const (
	eventLimit = 50 // on* attributes of one element
	otherLimit = 20 // attributes of one element that no field is for
)

func (a *attributes) read(z *html.Tokenizer, more bool) {
	*a = attributes{events: a.events[:0], others: a.others[:0]}
	for more {
		var key, value []byte
		key, value, more = z.TagAttr()
		if field := a.field(key); field != nil {
			if *field == nil {
				*field = value
			}
			continue
		}
		switch {
		case string(key) == "hidden":
			a.hidden = true
		case len(key) > 4 && key[0] == 'o' && key[1] == 'n' && len(a.events) < eventLimit:
			a.events = append(a.events, value)
		case len(a.others) < otherLimit:
			a.others = append(a.others, other{key, value})
		}
	}
}

// value returns an attribute of any name, in lower case.
func (a *attributes) value(name string) (value []byte, ok bool) {
	if field := a.field([]byte(name)); field != nil {
		return *field, *field != nil
	}
	if name == "hidden" {
		return nil, a.hidden
	}
	for _, o := range a.others {
		if string(o.key) == name {
			return o.value, true
		}
	}
	return nil, false
}

func (a *attributes) field(key []byte) *[]byte {
	switch string(key) {
	case "href":
		return &a.href
	case "xlink:href":
		return &a.xlink
	case "src":
		return &a.src
	case "action", "formaction":
		return &a.action
	case "method":
		return &a.method
	case "type":
		return &a.kind
	case "alt":
		return &a.alt
	case "content":
		return &a.content
	case "http-equiv":
		return &a.equiv
	case "rel":
		return &a.rel
	case "style":
		return &a.style
	case "class":
		return &a.class
	case "id":
		return &a.id
	case "color":
		return &a.color
	case "bgcolor":
		return &a.bgcolor
	case "background":
		return &a.background
	case "width":
		return &a.width
	case "height":
		return &a.height
	case "srcdoc":
		return &a.srcdoc
	case "data":
		return &a.data
	case "media":
		return &a.media
	}
	return nil
}

// quotes reports whether the element holds an earlier mail, by the marks of the common mail programs. A blockquote alone
// is no such mark: newsletters indent with it.
func (a *attributes) quotes(tag atom.Atom) bool {
	switch {
	case tag == atom.Blockquote && (bytes.EqualFold(a.kind, []byte("cite")) || bytes.Contains(a.class, []byte("quote"))):
		return true
	case bytes.Contains(a.class, []byte("gmail_quote")), bytes.Contains(a.class, []byte("yahoo_quoted")), bytes.Contains(a.class, []byte("moz-cite-prefix")),
		bytes.Contains(a.class, []byte("protonmail_quote")):
		return true
	}
	return false
}

func block(tag atom.Atom) bool {
	switch tag {
	case atom.P, atom.Div, atom.Table, atom.Tr, atom.Td, atom.Th, atom.Li, atom.Ul, atom.Ol, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6,
		atom.Blockquote, atom.Pre, atom.Hr, atom.Dl, atom.Dt, atom.Dd, atom.Section, atom.Article, atom.Header, atom.Footer, atom.Main, atom.Form,
		atom.Center, atom.Address, atom.Fieldset, atom.Body, atom.Br, atom.Figure, atom.Nav, atom.Aside:
		return true
	}
	return false
}

func void(tag atom.Atom) bool {
	switch tag {
	case atom.Img, atom.Br, atom.Hr, atom.Input, atom.Meta, atom.Link, atom.Area, atom.Base, atom.Col, atom.Embed, atom.Source, atom.Track, atom.Wbr,
		atom.Param, atom.Frame, atom.Image:
		return true
	}
	return false
}
