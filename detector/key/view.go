package key

import (
	"bytes"
	"sort"
)

// A view is a part of a window with its markup removed: tags become one separator, soft line breaks and quoted-printable
// codes are undone, character references become spaces.
type view struct {
	data   []byte
	pieces []piece
}

// A piece says where a stretch of the view stands in the window.
type piece struct{ view, window int }

func (v *view) origin(i int) int {
	n := sort.Search(len(v.pieces), func(k int) bool { return v.pieces[k].view > i }) - 1
	if n < 0 {
		return 0
	}
	return v.pieces[n].window + i - v.pieces[n].view
}

func (v *view) copy(data []byte, from, to int) {
	if from < to {
		v.pieces = append(v.pieces, piece{len(v.data), from})
		v.data = append(v.data, data[from:to]...)
	}
}

func (v *view) put(c byte, at int) {
	v.pieces = append(v.pieces, piece{len(v.data), at})
	v.data = append(v.data, c)
}

// tagLimit is the longest tag that is taken out, in bytes.
const tagLimit = 1024

// block is the unit in which markup is looked for, in bytes.
const block = 16 << 10

// plain scans a second time, without their markup, the blocks of the window that have any.
func (w *window) plain(from, limit int) {
	start := -1
	for at := from; at < limit; at += block {
		part := w.data[at:min(at+block+8, len(w.data))]
		if tags(part) || softBreaks(part) {
			if start < 0 {
				start = at
			}
			continue
		}
		if start >= 0 {
			w.plainBlocks(start, at)
			start = -1
		}
	}
	if start >= 0 {
		w.plainBlocks(start, limit)
	}
}

func (w *window) plainBlocks(from, limit int) {
	data := w.data[:min(limit+block, len(w.data))]
	quoted := softBreaks(data[from:])
	w.view.data, w.view.pieces = w.view.data[:0], w.view.pieces[:0]
	w.view.strip(data, max(0, from-behind), quoted)
	first := sort.Search(len(w.view.data), func(i int) bool { return w.view.origin(i) >= from })
	end := sort.Search(len(w.view.data), func(i int) bool { return w.view.origin(i) >= limit })
	t := &text{window: w, data: w.view.data, origin: w.view.origin, floor: max(0, first-behind)}
	if quoted {
		t.markers(first, end)
	}
	t.sample(first, end)
}

// tags reports an end tag.
func tags(data []byte) bool {
	for {
		i := bytes.Index(data, []byte("</"))
		if i < 0 || i+2 >= len(data) {
			return false
		}
		if isLetter(data[i+2]) {
			return true
		}
		data = data[i+2:]
	}
}

// softBreaks reports a soft line break of RFC 2045 §6.7: an equals sign at the end of a line of 70 to 76 bytes, where
// encoders break, or at the end of a line of words.
func softBreaks(data []byte) bool {
	for at := 0; ; {
		i := bytes.IndexByte(data[at:], '=')
		if i < 0 || at+i+2 >= len(data) {
			return false
		}
		at += i + 1
		if data[at] != '\n' && (data[at] != '\r' || data[at+1] != '\n') {
			continue
		}
		line := data[max(0, at-128) : at-1]
		line = line[bytes.LastIndexByte(line, '\n')+1:]
		if len(line) >= 69 && len(line) <= 76 || len(line) >= 50 && bytes.Count(line[len(line)-50:], []byte{' '}) >= 3 {
			return true
		}
	}
}

func (v *view) strip(data []byte, from int, quoted bool) {
	for at := from; at < len(data); {
		next := at
		for next < len(data) && data[next] != '<' && data[next] != '&' && (data[next] != '=' || !quoted) {
			next++
		}
		v.copy(data, at, next)
		if next == len(data) {
			return
		}
		at = next + v.special(data[next:], next, quoted)
	}
}

// special deals with what stands at data[0], one of "<&=", and returns how many bytes it took.
func (v *view) special(data []byte, at int, quoted bool) int {
	switch {
	case data[0] == '<' && len(data) > 1 && (isLetter(data[1]) || data[1] == '/' || data[1] == '!'):
		if end := bytes.IndexByte(data[:min(tagLimit, len(data))], '>'); end > 0 {
			v.put('\v', at)
			return end + 1
		}
	case data[0] == '&':
		if end := bytes.IndexByte(data[:min(10, len(data))], ';'); end > 2 {
			v.put(' ', at)
			return end + 1
		}
	case data[0] == '=' && quoted && len(data) > 2:
		if data[1] == '\n' {
			return 2
		}
		if data[1] == '\r' && data[2] == '\n' {
			return 3
		}
		if hi, lo := unhex(data[1]), unhex(data[2]); hi < 16 && lo < 16 {
			v.put(hi<<4|lo, at)
			return 3
		}
	}
	v.put(data[0], at)
	return 1
}

func unhex(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	}
	return 0xFF
}
