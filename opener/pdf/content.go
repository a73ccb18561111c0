package pdf

import (
	"bytes"
	"strings"
)

const (
	mostText     = 1 << 20 // bytes of text of one document
	mostOperands = 4096    // before one operator
	wordGap      = 180     // thousandths of the font's size that part two words
)

// A writer collects the text that content streams show (9.4).
type writer struct {
	d     *document
	out   strings.Builder
	fonts map[ref]*font
	full  bool
}

// page reads the content of a page or form with its resources.
func (w *writer) page(content []byte, resources dict) {
	p := &parser{data: content}
	fonts := w.d.dict(resources["Font"])
	var current *font
	var operands []any
	line := 0.0 // where the line of the last text matrix is
	for !w.full && w.d.ctx.Err() == nil {
		object, err := p.next()
		if err != nil {
			break
		}
		operator, ok := object.(keyword)
		if !ok {
			if len(operands) < mostOperands {
				operands = append(operands, object)
			}
			continue
		}
		switch operator {
		case "Tf":
			if key, ok := at(operands, 0).(name); ok {
				current = w.font(fonts[key])
			}
		case "Tj":
			w.show(current, at(operands, 0))
		case "'", "\"":
			w.space('\n')
			w.show(current, at(operands, len(operands)-1))
		case "TJ":
			w.showAll(current, at(operands, 0))
		case "Td", "TD":
			if y, ok := at(operands, 1).(float64); ok && y != 0 {
				w.space('\n')
			} else {
				w.space(' ')
			}
		case "T*":
			w.space('\n')
		case "Tm":
			if y, ok := at(operands, 5).(float64); ok && y != line {
				line = y
				w.space('\n')
			}
		case "ET":
			w.space('\n')
		case "ID":
			p.skipImage()
		}
		operands = operands[:0]
	}
	w.space('\n')
}

// skipImage moves behind an inline image (8.9.7), whose bytes are not tokens.
func (p *parser) skipImage() {
	for {
		i := bytes.Index(p.data[p.pos:], []byte("EI"))
		if i < 0 {
			p.pos = len(p.data)
			return
		}
		p.pos += i + 2
		if isSpace(p.data[p.pos-3]) && (p.pos == len(p.data) || isSpace(p.data[p.pos])) {
			return
		}
	}
}

func (w *writer) font(object any) *font {
	r, ok := object.(ref)
	if !ok {
		return w.d.font(object)
	}
	if f, known := w.fonts[r]; known {
		return f
	}
	f := w.d.font(r)
	w.fonts[r] = f
	return f
}

func (w *writer) show(f *font, object any) {
	if p, ok := object.([]byte); ok {
		w.write(f.text(p))
	}
}

func (w *writer) showAll(f *font, object any) {
	parts, _ := object.(array)
	for _, part := range parts {
		if gap, ok := part.(float64); ok && gap < -wordGap {
			w.space(' ')
		}
		w.show(f, part)
	}
}

func (w *writer) write(s string) {
	if w.out.Len()+len(s) > mostText {
		w.full = true
		return
	}
	w.out.WriteString(s)
}

// space separates by c unless there is white space already.
func (w *writer) space(c byte) {
	if n := w.out.Len(); n > 0 && n < mostText {
		if last := w.out.String()[n-1]; last != '\n' && last != c {
			w.out.WriteByte(c)
		}
	}
}
