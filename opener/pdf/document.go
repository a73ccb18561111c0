package pdf

import (
	"bytes"
	"context"
	"fmt"
	"strconv"

	"github.com/sekisho/sekisho"
)

const (
	mostObjects = 100_000
	mostChains  = 16 // references that lead to references, parents of pages
)

// A document finds its objects by looking for them, which works for sound files and broken ones alike: tables of offsets
// are not believed. Of an object that is there several times, the last counts.
type document struct {
	ctx    context.Context
	a      *sekisho.Artifact
	b      *sekisho.Budget
	data   []byte
	form   *sekisho.PDF
	places map[int]place
	order  []int // object numbers, as they come in the file
	loaded map[int]any
	busy   map[int]bool // being loaded
	lock   *lock        // nil when nothing is encrypted
	errs   []error

	escaped         bool // a name is written with escapes that it does not need
	searched, ended int  // endstream was last looked for from, and found at
}

// A place is where an object stands: in the file, or as part of an object stream.
type place struct {
	offset int
	packed []byte // of an object stream, nil in the file
	number int
	gen    int
}

// load finds the objects of the PDF, unlocks and unpacks them. The document is never nil.
func load(ctx context.Context, a *sekisho.Artifact, b *sekisho.Budget, data []byte) (*document, error) {
	d := &document{ctx: ctx, a: a, b: b, data: data, form: &sekisho.PDF{}, places: map[int]place{}, loaded: map[int]any{}, busy: map[int]bool{}, searched: -1}
	d.index()
	if len(d.places) == 0 {
		return d, fmt.Errorf("%w: no objects", sekisho.ErrMalformed)
	}
	if err := d.unlock(); err != nil {
		return d, err
	}
	d.unpack()
	return d, nil
}

// index finds every "number generation obj" in the file.
func (d *document) index() {
	for pos := 0; len(d.places) < mostObjects; {
		i := bytes.Index(d.data[pos:], []byte("obj"))
		if i < 0 {
			return
		}
		at := pos + i
		pos = at + 3
		gen, before := numberBefore(d.data, at)
		number, start := numberBefore(d.data, before)
		if number < 0 || gen < 0 || start == before {
			continue
		}
		d.place(place{offset: pos, number: number, gen: gen})
	}
	d.note(fmt.Errorf("%w: more than %d objects", sekisho.ErrLimit, mostObjects))
}

func (d *document) place(p place) {
	if _, known := d.places[p.number]; !known {
		d.order = append(d.order, p.number)
	}
	d.places[p.number] = p
}

// numberBefore reads the digits that end before at, and white space between; -1 when there are none.
func numberBefore(data []byte, at int) (number, start int) {
	end := at
	for end > 0 && isSpace(data[end-1]) && at-end < 16 {
		end--
	}
	start = end
	for start > 0 && data[start-1] >= '0' && data[start-1] <= '9' && end-start < 9 {
		start--
	}
	number, err := strconv.Atoi(string(data[start:end]))
	if err != nil {
		return -1, start
	}
	return number, start
}

// unpack places the objects of object streams (7.5.7). An object that is in the file itself is not replaced.
func (d *document) unpack() {
	for _, number := range d.order {
		s, ok := d.load(number).(stream)
		if !ok || s.dict["Type"] != name("ObjStm") {
			continue
		}
		d.form.ObjectStreams++
		data, _, err := d.decode(s)
		if err != nil {
			d.note(err)
		}
		count, first := d.integer(s.dict["N"]), d.integer(s.dict["First"])
		p := parser{data: data}
		for range min(count, mostObjects) {
			inner, err := p.next()
			offset, err2 := p.next()
			n, ok := inner.(float64)
			at, ok2 := offset.(float64)
			if err != nil || err2 != nil || !ok || !ok2 || at < 0 || first < 0 || int(at)+first > len(data) {
				break
			}
			if _, known := d.places[int(n)]; !known && len(d.places) < mostObjects {
				d.place(place{offset: int(at) + first, packed: data, number: int(n)})
			}
		}
	}
}

// load returns the object of that number, nil when there is none or it refers to itself.
func (d *document) load(number int) any {
	if object, ok := d.loaded[number]; ok {
		return object
	}
	at, ok := d.places[number]
	if !ok || d.busy[number] || d.ctx.Err() != nil {
		return nil
	}
	d.busy[number] = true
	defer delete(d.busy, number)
	data := d.data
	if at.packed != nil {
		data = at.packed
	}
	p := &parser{data: data, pos: at.offset}
	object, err := p.next()
	d.escaped = d.escaped || p.escaped
	if err != nil {
		d.note(fmt.Errorf("%w: object %d: %w", sekisho.ErrMalformed, number, err))
	}
	if at.packed == nil {
		if d.lock != nil {
			object = d.lock.open(object, at)
		}
		if head, ok := object.(dict); ok {
			if raw, ok := d.streamAfter(p, head); ok {
				object = stream{head, d.lock.stream(head, raw, at)}
			}
		}
	}
	d.loaded[number] = object
	return object
}

// streamAfter returns the bytes between stream and endstream (7.3.8), by Length when that is right.
func (d *document) streamAfter(p *parser, head dict) ([]byte, bool) {
	p.skipSpace()
	start := p.pos
	if bytes.HasSuffix(d.data[:start], []byte("stream")) { // read as the end of an unclosed dictionary
		start -= len("stream")
	}
	if !bytes.HasPrefix(d.data[start:], []byte("stream")) {
		return nil, false
	}
	start += len("stream")
	if start < len(d.data) && d.data[start] == '\r' {
		start++
	}
	if start < len(d.data) && d.data[start] == '\n' {
		start++
	}
	if end := start + d.integer(head["Length"]); end >= start && end <= len(d.data) {
		if bytes.HasPrefix(bytes.TrimLeft(d.data[end:min(end+16, len(d.data))], "\r\n \t"), []byte("endstream")) {
			return d.data[start:end], true
		}
	}
	return d.data[start:d.streamEnd(start)], true
}

// streamEnd returns where the next endstream is. Searches that would find the same place are made once.
func (d *document) streamEnd(start int) int {
	if d.searched < 0 || start < d.searched || start > d.ended {
		d.searched, d.ended = start, len(d.data)
		if i := bytes.Index(d.data[start:], []byte("endstream")); i >= 0 {
			d.ended = start + i
		}
	}
	return d.ended
}

// resolve follows references.
func (d *document) resolve(object any) any {
	for range mostChains {
		r, ok := object.(ref)
		if !ok {
			return object
		}
		object = d.load(r.number)
	}
	return nil
}

func (d *document) integer(object any) int {
	n, ok := d.resolve(object).(float64)
	if !ok || n < -1e9 || n > 1e9 {
		return 0
	}
	return int(n)
}

func (d *document) dict(object any) dict {
	switch o := d.resolve(object).(type) {
	case dict:
		return o
	case stream:
		return o.dict
	}
	return nil
}

func (d *document) array(object any) array {
	a, _ := d.resolve(object).(array)
	return a
}
