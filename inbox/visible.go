package inbox

import (
	"bytes"
	"sort"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// A visible is the text of a page, line by line as mail programs show it, with the place in the page of each piece.
type visible struct {
	text   strings.Builder
	at     []int // offsets in text
	source []int // and in the page
	styles [][]byte
	ends   []int // in the page, of each style
}

const visibleLimit = 1 << 20 // bytes of text in which a block is looked for

// readVisible reads a page. Styles are not applied: what is hidden is part of the text.
func readVisible(page []byte) *visible {
	v := &visible{}
	z := html.NewTokenizer(bytes.NewReader(page))
	z.SetMaxBuf(len(page) + 1)
	offset, style := 0, -1
	for v.text.Len() < visibleLimit {
		kind := z.Next()
		if kind == html.ErrorToken {
			break
		}
		start := offset
		offset += len(z.Raw())
		switch kind {
		case html.TextToken:
			if style < 0 {
				v.write(start, string(z.Text()))
			}
		case html.StartTagToken, html.SelfClosingTagToken, html.EndTagToken:
			name, _ := z.TagName()
			tag := atom.Lookup(name)
			switch {
			case tag == atom.Style || tag == atom.Script || tag == atom.Title:
				if kind == html.StartTagToken && style < 0 {
					style = start
				} else if kind == html.EndTagToken && style >= 0 {
					if tag == atom.Style {
						v.styles, v.ends = append(v.styles, page[style:offset]), append(v.ends, offset)
					}
					style = -1
				}
			case style >= 0:
			case breaks(tag):
				v.mark(start)
				v.newline()
			case tag == atom.Td || tag == atom.Th:
				v.text.WriteByte(' ')
			}
		}
	}
	v.mark(len(page))
	return v
}

// breaks reports whether a tag starts a new line.
func breaks(tag atom.Atom) bool {
	switch tag {
	case atom.Br, atom.P, atom.Div, atom.Tr, atom.Table, atom.Blockquote, atom.Hr, atom.Li, atom.Ul, atom.Ol, atom.Pre, atom.Body, atom.Head,
		atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Section, atom.Article, atom.Header, atom.Footer, atom.Center:
		return true
	}
	return false
}

func (v *visible) mark(source int) {
	v.at, v.source = append(v.at, v.text.Len()), append(v.source, source)
}

// newline ends the line, if it holds something: the height of empty lines says nothing.
func (v *visible) newline() {
	if s := v.text.String(); s != "" && !strings.HasSuffix(s, "\n") {
		v.text.WriteByte('\n')
	}
}

func (v *visible) write(source int, s string) {
	v.mark(source)
	s = strings.Map(func(r rune) rune {
		if r == '\n' || r == '\r' || r == '\t' || r == 0xA0 {
			return ' '
		}
		return r
	}, s)
	if strings.TrimSpace(s) == "" {
		s = " "
	}
	v.text.WriteString(s)
}

// place returns the offset in the page at which the text from an offset on begins.
func (v *visible) place(text int) int {
	i := sort.SearchInts(v.at, text)
	if i == len(v.at) {
		i--
	}
	return v.source[i]
}

// stylesBefore returns the style sheets that end before a place in the page: what is left of the page needs them, since they
// tell what is hidden.
func (v *visible) stylesBefore(source int) []byte {
	return bytes.Join(v.styles[:sort.SearchInts(v.ends, source+1)], nil)
}
