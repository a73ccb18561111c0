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
	forced    bool // unicode-bidi: every character has the direction of the element, whatever its script
	leftward  bool // that direction is from right to left
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

// with returns the look inside an element that the rules match, those that win last.
func (l look) with(a *attributes, rules []*rule) look {
	if a.class != nil || a.background != nil {
		l.back = 0 // a style sheet or a picture may paint it
	}
	if a.bgcolor != nil {
		l.back = parseColour(a.bgcolor)
	}
	if a.color != nil {
		l.text = parseColour(a.color)
	}
	if dir, ok := a.value("dir"); ok {
		l.leftward = bytes.EqualFold(dir, []byte("rtl"))
	}
	box := box{none: a.hidden}
	if rules == nil && a.style == nil {
		l.gone = l.gone || box.none
		return l
	}
	style := uncomment(a.style)
	l.follow(rules, false, &box)
	l.inline(style, false, &box)
	l.follow(rules, true, &box)
	if bytes.IndexByte(style, '!') >= 0 {
		l.inline(style, true, &box)
	}
	l.gone = l.gone || box.hides()
	return l
}

// follow applies those declarations of the rules that are important, or the others.
func (l *look) follow(rules []*rule, important bool, box *box) {
	for _, r := range rules {
		for _, d := range r.declarations {
			if d.important == important {
				l.declare(d.name, d.value, box)
			}
		}
	}
}

// inline applies those declarations of a style attribute that are important, or the others.
func (l *look) inline(style []byte, important bool, box *box) {
	for len(style) > 0 {
		var name, raw []byte
		name, raw, style = cutDeclaration(style)
		switch string(name) {
		case "color", "background", "background-color", "background-image":
		default:
			if !hiding(string(name)) {
				continue
			}
		}
		if value, marked := cutImportant(raw); marked == important {
			l.declare(string(name), value, box)
		}
	}
}

// A box is what the styles of one element say of its box.
type box struct {
	none, clear                                       bool
	clips, noHeight, noMaxHeight, noWidth, noMaxWidth bool
	left, above, indented                             bool
}

func (b box) hides() bool {
	return b.none || b.clear || b.left || b.above || b.indented || b.clips && (b.noHeight || b.noMaxHeight || b.noWidth || b.noMaxWidth)
}

func (l *look) declare(name string, value []byte, box *box) {
	size, sized := 0.0, false
	switch name {
	case "font-size", "max-height", "height", "max-width", "width", "left", "top", "text-indent":
		size, sized = length(value)
	}
	none, off := sized && size == 0, sized && size <= -900
	switch name {
	case "display":
		box.none = string(value) == "none"
	case "visibility":
		l.invisible = string(value) == "hidden" || string(value) == "collapse"
	case "unicode-bidi":
		l.forced = string(value) == "bidi-override" || string(value) == "isolate-override"
	case "direction":
		l.leftward = string(value) == "rtl"
	case "opacity":
		n, err := strconv.ParseFloat(string(bytes.TrimSuffix(value, []byte("%"))), 64)
		box.clear = err == nil && n <= 0.05
	case "font-size":
		l.tiny = sized && size <= 1
	case "font":
		l.tiny = bytes.HasPrefix(value, []byte("0px")) || bytes.HasPrefix(value, []byte("0 ")) || bytes.HasPrefix(value, []byte("0/"))
	case "color":
		l.text = parseColour(value)
	case "background", "background-color", "background-image":
		l.back = parseColour(value)
	case "overflow":
		box.clips = string(value) == "hidden"
	case "max-height":
		box.noMaxHeight = none
	case "height":
		box.noHeight = none
	case "max-width":
		box.noMaxWidth = none
	case "width":
		box.noWidth = none
	case "left":
		box.left = off
	case "top":
		box.above = off
	case "text-indent":
		box.indented = off
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
