package console

import (
	"bytes"
	"fmt"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/sekisho/sekisho/report"
)

// shown are the elements of a mail that its picture has, with the attributes that are kept. Everything else is left out; what it
// holds is kept, unless it is in dropped.
var shown = map[atom.Atom]string{
	atom.P: "align", atom.Div: "align", atom.Span: "", atom.Br: "", atom.Hr: "width size", atom.Center: "", atom.Font: "color size",
	atom.B: "", atom.Strong: "", atom.I: "", atom.Em: "", atom.U: "", atom.S: "", atom.Small: "", atom.Sub: "", atom.Sup: "", atom.Code: "",
	atom.Pre: "",
	atom.H1:  "align", atom.H2: "align", atom.H3: "align", atom.H4: "align", atom.H5: "align", atom.H6: "align",
	atom.Ul: "", atom.Ol: "", atom.Li: "", atom.Dl: "", atom.Dt: "", atom.Dd: "", atom.Blockquote: "",
	atom.Table: "width height align bgcolor border cellpadding cellspacing", atom.Tbody: "align valign", atom.Thead: "", atom.Tfoot: "",
	atom.Tr: "align valign bgcolor height", atom.Td: "width height align valign bgcolor colspan rowspan", atom.Th: "width height align valign bgcolor colspan rowspan",
}

// dropped are the elements whose content nobody sees, or that are another document.
var dropped = map[atom.Atom]bool{
	atom.Script: true, atom.Style: true, atom.Title: true, atom.Iframe: true,
	atom.Object: true, atom.Embed: true, atom.Noscript: true, atom.Template: true,
	atom.Svg: true, atom.Math: true, atom.Audio: true, atom.Video: true, atom.Canvas: true, atom.Select: true, atom.Textarea: true, atom.Noembed: true, atom.Noframes: true, atom.Frameset: true,
}

// styles are the properties of style attributes that are kept. None moves a box out of its place or loads anything.
var styles = map[string]bool{
	"color": true, "background-color": true, "background": true, "font-size": true, "font-weight": true, "font-style": true,
	"font-family": true, "line-height": true,
	"text-align": true, "text-decoration": true, "vertical-align": true, "padding": true, "padding-top": true, "padding-right": true, "padding-bottom": true,
	"padding-left": true,
	"margin":       true, "margin-top": true, "margin-right": true, "margin-bottom": true, "margin-left": true, "border": true, "border-top": true, "border-bottom": true, "border-left": true,
	"border-right": true, "border-color": true, "border-radius": true, "border-collapse": true, "width": true, "max-width": true, "height": true, "display": true, "letter-spacing": true,
}

// The bounds of a picture: bytes written, elements nested, bytes of an attribute.
const (
	sheetLimit     = 2 << 20
	sheetDepth     = 200
	attributeLimit = 1_000
)

// sheetHead is what a picture begins with.
const sheetHead = `<!DOCTYPE html><meta charset="utf-8"><meta name="referrer" content="no-referrer"><style>
body { font: 14px/1.6 system-ui, sans-serif; color: #222; background: #fff; margin: 16px; overflow-wrap: anywhere }
table { max-width: 100% }
.image { display: inline-block; border: 1px dashed #999; color: #666; padding: 2px 8px; font-size: 12px }
.link { color: #1a4fa0; text-decoration: underline dotted }
.target, .form { color: #666; font: 12px ui-monospace, monospace }
</style><body>`

// Sanitise returns the picture of a mail's HTML: a page of an allow-list of elements, attributes and properties of style, in which
// links are text with their target beside it, images are boxes with their description, and nothing is loaded, run, sent or can be
// clicked. It is meant for a frame with a sandbox and a policy of its own, and holds without them.
func Sanitise(page []byte) []byte {
	s := &drawing{}
	s.out.WriteString(sheetHead)
	tokens := html.NewTokenizer(bytes.NewReader(page))
	tokens.SetMaxBuf(sheetLimit)
	for s.out.Len() < sheetLimit && tokens.Next() != html.ErrorToken {
		s.token(tokens.Token())
	}
	for i := len(s.open) - 1; i >= 0; i-- {
		s.close(i)
	}
	return s.out.Bytes()
}

// A drawing is a picture being written.
type drawing struct {
	out    bytes.Buffer
	open   []element
	hidden int // how many elements are open whose content is dropped
	drop   atom.Atom
}

type element struct {
	name    atom.Atom
	written bool
	target  string // of a link
}

func (s *drawing) token(t html.Token) {
	if s.hidden > 0 {
		switch {
		case t.Type == html.StartTagToken && t.DataAtom == s.drop:
			s.hidden++
		case t.Type == html.EndTagToken && t.DataAtom == s.drop:
			s.hidden--
		}
		return
	}
	switch t.Type {
	case html.TextToken:
		s.text(t.Data)
	case html.StartTagToken, html.SelfClosingTagToken:
		s.start(t)
	case html.EndTagToken:
		for i := len(s.open) - 1; i >= 0; i-- {
			if s.open[i].name == t.DataAtom {
				for j := len(s.open) - 1; j >= i; j-- {
					s.close(j)
				}
				break
			}
		}
	}
}

// text writes words with what cannot be seen spelled out and links defanged.
func (s *drawing) text(words string) {
	s.out.WriteString(html.EscapeString(lines(words, sheetLimit)))
}

func (s *drawing) start(t html.Token) {
	switch {
	case dropped[t.DataAtom]:
		if t.Type == html.StartTagToken {
			s.hidden, s.drop = 1, t.DataAtom
		}
	case t.DataAtom == atom.Img:
		s.note("image", "▢ "+attribute(t, "alt"))
	case t.DataAtom == atom.Input || t.DataAtom == atom.Button:
		s.note("form", "["+attribute(t, "type")+" "+attribute(t, "value")+attribute(t, "placeholder")+"]")
	case t.DataAtom == atom.A || t.DataAtom == atom.Area:
		if len(s.open) < sheetDepth && t.Type == html.StartTagToken {
			s.out.WriteString(`<span class="link">`)
			s.open = append(s.open, element{t.DataAtom, true, attribute(t, "href")})
		}
	default:
		s.element(t)
	}
}

func (s *drawing) element(t html.Token) {
	keep, ok := shown[t.DataAtom]
	if !ok || len(s.open) >= sheetDepth {
		return
	}
	s.out.WriteString("<" + t.DataAtom.String())
	for _, a := range t.Attr {
		switch {
		case len(a.Val) > attributeLimit:
		case a.Key == "style":
			if style := cleanStyle(a.Val); style != "" {
				fmt.Fprintf(&s.out, ` style="%s"`, html.EscapeString(style))
			}
		case keep != "" && strings.Contains(" "+keep+" ", " "+a.Key+" ") && plainValue(a.Val):
			fmt.Fprintf(&s.out, ` %s="%s"`, a.Key, html.EscapeString(a.Val))
		}
	}
	s.out.WriteByte('>')
	if t.DataAtom != atom.Br && t.DataAtom != atom.Hr && t.Type == html.StartTagToken {
		s.open = append(s.open, element{t.DataAtom, true, ""})
	}
}

// close ends the element at the end of open, i.
func (s *drawing) close(i int) {
	e := s.open[i]
	s.open = s.open[:i]
	if e.name == atom.A || e.name == atom.Area {
		s.out.WriteString("</span>")
		if e.target != "" {
			s.note("target", "⟨"+e.target+"⟩")
		}
		return
	}
	s.out.WriteString("</" + e.name.String() + ">")
}

func (s *drawing) note(class, words string) {
	fmt.Fprintf(&s.out, ` <span class="%s">%s</span> `, class, html.EscapeString(report.Clean(words, 160)))
}

func attribute(t html.Token, key string) string {
	for _, a := range t.Attr {
		if a.Key == key {
			return strings.TrimSpace(a.Val)
		}
	}
	return ""
}

// plainValue reports whether a value is a word, a number, a colour: nothing that names a place.
func plainValue(v string) bool {
	return len(v) <= 60 && !strings.ContainsFunc(v, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("#%., -'", r))
	})
}

// cleanStyle keeps the declarations of a style attribute that only say how words look.
func cleanStyle(style string) string {
	var kept []string
	for declaration := range strings.SplitSeq(style, ";") {
		name, value, ok := strings.Cut(declaration, ":")
		name, value = strings.ToLower(strings.TrimSpace(name)), strings.TrimSpace(value)
		value = strings.TrimSpace(strings.TrimSuffix(strings.ReplaceAll(value, `"`, "'"), "!important"))
		rgb := strings.HasPrefix(value, "rgb(") || strings.HasPrefix(value, "rgba(")
		if ok && styles[name] && len(value) <= 120 && (plainValue(value) || rgb && plainValue(strings.Trim(value[strings.IndexByte(value, '('):], "()"))) {
			kept = append(kept, name+":"+value)
		}
	}
	return strings.Join(kept, ";")
}
