package html

import (
	"bytes"
	"strconv"
)

// A look is what styles make of text. Each field is inherited until an element says otherwise.
type look struct {
	gone      bool // display, opacity, a box without size: what is inside cannot come back
	invisible bool // visibility: an inner element can come back
	tiny      bool // a font of at most one pixel: an inner element can have a larger one
	text      colour
	back      colour
}

// A colour is red, green and blue, with known set above them.
type colour uint32

const known colour = 1 << 24

// paper is black on white, where a page starts.
var paper = look{text: known, back: known | 0xFFFFFF}

func (l look) hides() bool {
	return l.gone || l.invisible || l.tiny || l.text&known != 0 && l.back&known != 0 && near(l.text, l.back)
}

// near reports whether two colours look the same.
func near(a, b colour) bool {
	const same = 8 // of 255, in each channel
	for shift := 0; shift < 24; shift += 8 {
		x, y := int(a>>shift&0xFF), int(b>>shift&0xFF)
		if x-y > same || y-x > same {
			return false
		}
	}
	return true
}

// with returns the look inside an element.
func (l look) with(a *attributes) look {
	if a.hidden {
		l.gone = true
	}
	if a.class != nil || a.background != nil {
		l.back = 0 // a style sheet or a picture may paint it
	}
	if a.bgcolor != nil {
		l.back = parseColour(a.bgcolor)
	}
	if a.color != nil {
		l.text = parseColour(a.color)
	}
	if a.style == nil {
		return l
	}
	var box box
	for style := a.style; len(style) > 0; {
		var declaration []byte
		declaration, style, _ = bytes.Cut(style, []byte(";"))
		name, value, ok := bytes.Cut(declaration, []byte(":"))
		if ok {
			l.declare(lower(name), value, &box)
		}
	}
	l.gone = l.gone || box.hides()
	return l
}

// A box is what one element's style says of its box.
type box struct {
	clips, noHeight, noWidth, off bool
}

func (b box) hides() bool { return b.off || b.clips && (b.noHeight || b.noWidth) }

func (l *look) declare(name []byte, raw []byte, box *box) {
	switch string(name) {
	case "display", "visibility", "opacity", "font-size", "font", "color", "background", "background-color", "background-image", "overflow",
		"max-height", "height", "max-width", "width", "left", "top", "text-indent":
	default:
		return
	}
	value := bytes.TrimSpace(bytes.TrimSuffix(lower(raw[:min(len(raw), 200)]), []byte("!important")))
	switch string(name) {
	case "display":
		l.gone = l.gone || string(value) == "none"
	case "visibility":
		l.invisible = string(value) == "hidden" || string(value) == "collapse"
	case "opacity":
		n, err := strconv.ParseFloat(string(value), 64)
		l.gone = l.gone || err == nil && n <= 0.05
	case "font-size":
		size, ok := length(value)
		l.tiny = ok && size <= 1
	case "font":
		l.tiny = bytes.HasPrefix(value, []byte("0px")) || bytes.HasPrefix(value, []byte("0 ")) || bytes.HasPrefix(value, []byte("0/"))
	case "color":
		l.text = parseColour(value)
	case "background", "background-color", "background-image":
		l.back = parseColour(value)
	case "overflow":
		box.clips = string(value) == "hidden"
	case "max-height", "height":
		size, ok := length(value)
		box.noHeight = box.noHeight || ok && size == 0
	case "max-width", "width":
		size, ok := length(value)
		box.noWidth = box.noWidth || ok && size == 0
	case "left", "top", "text-indent":
		size, ok := length(value)
		box.off = box.off || ok && size <= -900
	}
}

// length reads a CSS length in pixels; em and rem count as 16 pixels, and what is relative to the parent is not known.
func length(value []byte) (float64, bool) {
	end := 0
	for end < len(value) && (value[end] >= '0' && value[end] <= '9' || value[end] == '.' || value[end] == '-') {
		end++
	}
	n, err := strconv.ParseFloat(string(value[:end]), 64)
	if err != nil {
		return 0, false
	}
	switch unit := string(value[end:]); unit {
	case "em", "rem":
		return n * 16, true
	case "pt":
		return n * 4 / 3, true
	case "", "px":
		return n, true
	}
	return n, n == 0
}

// parseColour reads #rgb, #rrggbb, rgb() and the names that hide text; any other is not known.
func parseColour(value []byte) colour {
	value = lower(value)
	switch string(value) {
	case "white", "#fff", "#ffffff", "ffffff", "fff":
		return known | 0xFFFFFF
	case "black", "#000", "#000000":
		return known
	}
	if digits, ok := bytes.CutPrefix(value, []byte("#")); ok {
		n, err := strconv.ParseUint(string(digits), 16, 32)
		switch {
		case err != nil:
		case len(digits) == 6:
			return known | colour(n)
		case len(digits) == 3:
			r, g, b := n>>8&15, n>>4&15, n&15
			return known | colour(r*17<<16|g*17<<8|b*17)
		}
		return 0
	}
	channels, ok := bytes.CutPrefix(value, []byte("rgb("))
	if !ok || !bytes.HasSuffix(channels, []byte(")")) {
		return 0
	}
	parsed, count := known, 0
	for channel := range bytes.SplitSeq(channels[:len(channels)-1], []byte(",")) {
		n, err := strconv.ParseUint(string(bytes.TrimSpace(channel)), 10, 8)
		if err != nil || count == 3 {
			return 0
		}
		parsed |= colour(n) << (16 - 8*count)
		count++
	}
	if count != 3 {
		return 0
	}
	return parsed
}

// lower trims white space and returns ASCII lower case, without a copy when there is nothing to change.
func lower(s []byte) []byte {
	s = bytes.TrimSpace(s)
	for _, c := range s {
		if c >= 'A' && c <= 'Z' {
			return bytes.ToLower(s)
		}
	}
	return s
}
