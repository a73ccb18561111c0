package html

import (
	"bytes"
	"strings"
)

// resolve returns a target as written, or put onto the page's base when it is relative and there is one. It does not
// normalise: the link opener does.
func (w *walker) resolve(target []byte) string {
	href := string(clean(target))
	if w.base == "" || href == "" || href[0] == '#' || hasScheme(href) {
		return href
	}
	base := w.base
	at := strings.Index(base, "//")
	if at < 0 {
		return href
	}
	end := strings.IndexAny(base[at+2:], `/\?#`)
	origin := base
	if end >= 0 {
		origin = base[:at+2+end]
	}
	switch {
	case len(href) > 1 && slash(href[0]) && slash(href[1]):
		return base[:at] + href
	case slash(href[0]):
		return origin + href
	case href[0] == '?':
		path, _, _ := strings.Cut(base, "?")
		return path + href
	}
	if end < 0 {
		return origin + "/" + href
	}
	path := base[:at+2+end]
	rest, _, _ := strings.Cut(base[len(path):], "#")
	rest, _, _ = strings.Cut(rest, "?")
	return path + rest[:strings.LastIndexAny(rest, `/\`)+1] + href
}

// hasScheme reports whether href is absolute, with the tabs and line breaks inside that browsers ignore.
func hasScheme(href string) bool {
	for i := 0; i < len(href); i++ {
		c := href[i]
		switch {
		case c|0x20 >= 'a' && c|0x20 <= 'z', c == '\t', c == '\n', c == '\r':
		case i > 0 && (c >= '0' && c <= '9' || c == '+' || c == '-' || c == '.'):
		default:
			return i > 0 && c == ':'
		}
	}
	return false
}

// clean trims what browsers trim from a URL.
func clean(target []byte) []byte {
	return bytes.TrimFunc(target, func(r rune) bool { return r <= ' ' })
}

func slash(c byte) bool { return c == '/' || c == '\\' }

func cutFold(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return s, false
	}
	return s[len(prefix):], true
}

func isData(target []byte) bool {
	return len(target) > 5 && bytes.EqualFold(target[:5], []byte("data:"))
}

// remote reports whether a target is fetched from the network.
func remote(target []byte) bool {
	target = clean(target)
	if len(target) > 1 && slash(target[0]) && slash(target[1]) {
		return true
	}
	return len(target) > 6 && (bytes.EqualFold(target[:5], []byte("http:")) || bytes.EqualFold(target[:6], []byte("https:")))
}
