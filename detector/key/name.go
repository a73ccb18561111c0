package key

import (
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/sekisho/sekisho"
)

// Bounds on what stands beside the texts of an artifact: of each string, and of the strings of a mail.
const (
	besideBytes = 4 << 10
	besideCount = 256
	besideLeast = 24 // bytes of what can be a key
)

// lookBeside looks for keys in what people are shown of the artifact besides its words: its name, the headers of a mail, the
// target of a link. These are recorded and shown where texts are not.
func lookBeside(p *sekisho.Pass) error {
	left := besideCount
	for place, text := range beyond(p.Artifact) {
		if len(text) < besideLeast {
			continue
		}
		if left--; left < 0 {
			break
		}
		text = text[:min(len(text), besideBytes)]
		if place == "target" {
			text = unescape(text)
		}
		if !mayHold(text) {
			continue
		}
		readings := []reading{besideReading(text)}
		if spaced := strings.Map(unjoin, text); spaced != text {
			readings = append(readings, besideReading(spaced))
		}
		if err := look(p, place, readings...); err != nil {
			return err
		}
	}
	return nil
}

// beyond yields what is shown of the artifact besides its words, by place.
func beyond(a *sekisho.Artifact) func(func(place, text string) bool) {
	return func(yield func(place, text string) bool) {
		link, isLink := a.Form.(*sekisho.Link)
		if isLink && (!yield("target", link.Href) || !yield("shown", link.Shown)) {
			return
		}
		if !(isLink && a.Name == link.Href) && !yield("name", a.Name) {
			return
		}
		for _, part := range a.Parts { // a page is looked at through its words and links
			if part.Kind == sekisho.KindPage && part.Name != a.Name && !yield("name", part.Name) {
				return
			}
		}
		mail, ok := a.Form.(*sekisho.Mail)
		if !ok {
			return
		}
		for _, text := range append([]string{mail.ReturnPath, mail.Envelope.From, mail.Envelope.Helo}, mail.Envelope.To...) {
			if !yield("envelope", text) {
				return
			}
		}
		for _, h := range mail.Headers {
			if !yield("header", h.Name) || h.Name != "Subject" && !yield(h.Name, h.Value) { // the subject is a text of its own
				return
			}
		}
	}
}

// besideReading is a string outside of texts. API secrets are not stated of one: links carry keys that are meant to be seen.
func besideReading(text string) reading {
	return reading{strings.NewReader(text), func(m Match) bool {
		switch {
		case m.Kind != "phrase" && m.Kind != "private key" && m.Kind != "extended key":
			return false
		case strings.HasPrefix(m.Format, "hex"):
			return called(text[:m.Start])
		}
		return true
	}}
}

// called reports whether what follows is called a private key right there: a folder "private" says nothing of a hash.
func called(before string) bool {
	near := strings.TrimRight(strings.ToLower(before[max(0, len(before)-40):]), " \t:=\"'#-_/")
	near = strings.TrimRight(strings.TrimSuffix(near, "0x"), " \t:=\"'#-_/")
	near = strings.TrimSuffix(near, " is")
	return slices.ContainsFunc(keyWords, func(word []byte) bool {
		at := strings.LastIndex(near, string(word))
		return at >= 0 && len(near)-at-len(word) <= len(" key")
	})
}

// mayHold reports whether a string is worth a scan: as many words of one list in a row as a phrase has, or a token with the
// shape of a key.
func mayHold(text string) bool {
	d, row, set := words(), 0, ^uint16(0)
	for i := 0; i < len(text); {
		if classes[text[i]] == separator || classes[text[i]] == joint {
			i++
			continue
		}
		if row == 0 && len(text)-i < besideLeast {
			return false
		}
		start, digits, beyond := i, false, false
		var packed uint64
	word:
		for ; i < len(text); i++ {
			switch classes[text[i]] {
			case letter:
			case digit:
				digits = true
			case wide:
				size := wideSize(text[i:])
				if size == 0 {
					break word
				}
				beyond = true
				i += size - 1
			default:
				break word
			}
			packed = packed<<8 | uint64(text[i]|0x20)
		}
		if i == start {
			i++ // a sign beyond ASCII
			continue
		}
		n := i - start
		if digits && n >= 28 && keyShaped(text[:start], text[start:i]) {
			return true
		}
		switch {
		case digits && n <= 2: // a number in a list of words
			continue
		case beyond: // what lists it is in is looked up by the scan
		case n < 3 || n > longest || digits:
			row, set = 0, ^uint16(0)
			continue
		default:
			in := d.narrow(packed)
			if set &= in; set == 0 {
				row, set = 0, in
			}
			if in == 0 {
				set = ^uint16(0)
				continue
			}
		}
		if row++; row >= least {
			return true
		}
	}
	return false
}

// wideSize returns the length of the letter beyond ASCII that the text begins with, 0 when it begins with a sign.
func wideSize(text string) int {
	if r, size := utf8.DecodeRuneInString(text); isWordRune(r) {
		return size
	}
	return 0
}

// keyShaped reports whether a token of letters and digits has the length and the head of a key, or is called one.
func keyShaped(before, token string) bool {
	switch n := len(token); n {
	case 51, 52:
		if strings.IndexByte("5KL9cT6Q", token[0]) >= 0 {
			return true
		}
	case 58:
		if strings.HasPrefix(token, "6P") {
			return true
		}
	case 64, 66, 128, 130:
		return called(before)
	case 28, 29, 30, 31:
		return token[0] == 's'
	case 87, 88:
		return true
	case 111, 112:
		return token[1:4] == "prv" || token[1:4] == "tpv" || token[1:4] == "gpv"
	}
	head := strings.ToLower(token[:5])
	return strings.HasPrefix(head, "xsk1") || strings.HasPrefix(head, "sk1") || head == "nsec1" || head == "xprv1" ||
		head[0] == '1' && strings.HasSuffix(before, "-")
}

// unjoin turns what joins words in names and targets into spaces.
func unjoin(r rune) rune {
	if strings.ContainsRune("_-+./&=~,;|", r) {
		return ' '
	}
	return r
}

// unescape undoes the escapes of a link's target, as often as they were put on it within reason.
func unescape(target string) string {
	for i := 0; i < 3 && strings.IndexByte(target, '%') >= 0; i++ {
		target = decoded(target)
	}
	return target
}

// decoded undoes the percent escapes that are well formed.
func decoded(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) && unhex(s[i+1]) < 16 && unhex(s[i+2]) < 16 {
			b.WriteByte(unhex(s[i+1])<<4 | unhex(s[i+2]))
			i += 2
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// A reading is one way to read what stands at a place.
type reading struct {
	io.Reader
	keep func(Match) bool // nil keeps every match
}
