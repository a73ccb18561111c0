package text

import (
	"iter"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sekisho/sekisho/host"
)

// found is a web address, or with address set the domain of a mail address.
type found struct {
	text    string
	address bool
}

const (
	schemeLimit = 16  // bytes of the longest scheme looked for
	nameLimit   = 256 // bytes looked back for the start of a name or mail address
	urlLimit    = 8 << 10
)

// scan yields what is found in s, in order. It passes over s once; the bytes it looks back are bounded.
func scan(s string) iter.Seq[found] {
	return func(yield func(found) bool) {
		floor := 0 // what stands before has been read
		for i := 0; i < len(s); {
			if !telling[s[i]] {
				i++
				continue
			}
			read := schemeAt
			if s[i] != ':' {
				read = nameAt
			}
			what, end := read(s, floor, i)
			if what.text != "" && !yield(what) {
				return
			}
			if end > i+1 || what.text != "" {
				floor = end
			}
			i = max(end, i+1)
		}
	}
}

// telling holds the bytes that every address has one of.
var telling = [256]bool{':': true, '.': true, '@': true}

// schemeAt reads the URL whose colon is at i.
func schemeAt(s string, floor, i int) (found, int) {
	start := i
	for start > floor && i-start < schemeLimit && schemeByte(s[start-1]) {
		start--
	}
	scheme := strings.ToLower(s[start:i])
	switch kindOf(&scheme) {
	case hierarchical:
		if !strings.HasPrefix(s[i+1:], "//") {
			return found{}, i + 1
		}
		end := urlEnd(s, i+3)
		if !hostful(s[i+3 : end]) {
			return found{}, max(end, i+1)
		}
		return found{text: refang(s[i-len(scheme) : end])}, end
	case opaque:
		end := urlEnd(s, i+1)
		if end < i+5 {
			return found{}, i + 1
		}
		return found{text: s[i-len(scheme) : end]}, end
	}
	return found{}, i + 1
}

const (
	unknown = iota
	hierarchical
	opaque
)

// kindOf says what follows the scheme. Letters that run into a scheme ("seehttps") are cut off from it.
func kindOf(scheme *string) int {
	for _, known := range [...]string{"https", "http", "hxxps", "hxxp"} {
		if strings.HasSuffix(*scheme, known) {
			*scheme = known
			return hierarchical
		}
	}
	switch *scheme {
	case "ftp", "file", "tg", "line", "whatsapp", "slack", "zoommtg", "msteams", "discord", "metamask", "trust", "wc", "phantom", "solana", "ms-appinstaller":
		return hierarchical
	case "mailto", "bitcoin", "ethereum", "litecoin", "tron", "ripple", "monero", "search-ms", "ms-word", "ms-excel", "ms-powerpoint", "ms-msdt":
		return opaque
	}
	return unknown
}

func schemeByte(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c == '-' || c >= '0' && c <= '9'
}

// hostful reports whether an authority is worth opening: placeholders such as "https://..." are not.
func hostful(authority string) bool {
	if end := strings.IndexAny(authority, "/?#"); end >= 0 {
		authority = authority[:end]
	}
	return strings.IndexFunc(authority, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) >= 0
}

// refang undoes the brackets that people put around dots so that nobody clicks.
func refang(url string) string {
	if !strings.Contains(url, "[.]") {
		return url
	}
	return strings.ReplaceAll(url, "[.]", ".")
}

// nameAt reads the mail address or the name without a scheme around the dot or at sign at i.
func nameAt(s string, floor, i int) (found, int) {
	start, end := i, i
	for start > floor && i-start < nameLimit && addressByte(s[start-1]) {
		start--
	}
	for end < len(s) && (addressByte(s[end]) || s[end] == '@') {
		end++
	}
	run := strings.TrimRight(s[start:end], ".-_+%@")
	if strings.Contains(run, "@") {
		name, ok := mailHost(run)
		if !ok {
			return found{}, end
		}
		return found{text: name, address: true}, end
	}
	if len(run) < len("a.bc") || !bare(s, start, run) {
		return found{}, end
	}
	end = urlEnd(s, start)
	return found{text: s[start:end]}, end
}

func addressByte(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '.' || c == '-' || c == '_' || c == '+' || c == '%'
}

// bare reports whether the name at start, which has no scheme, is written as an address to open: with www., with a path, or
// in angle brackets.
func bare(s string, start int, name string) bool {
	if len(name) > nameLimit || start > 0 && strings.IndexByte("/\\:@=&?#-", s[start-1]) >= 0 {
		return false
	}
	if len(name) > 4 && strings.EqualFold(name[:4], "www.") {
		return strings.Contains(name[4:], ".")
	}
	rest := s[start+len(name):]
	if strings.HasPrefix(rest, ":") {
		rest = strings.TrimLeft(rest[1:min(len(rest), 6)], "0123456789") + "/"
	}
	angled := start > 0 && s[start-1] == '<' && strings.HasPrefix(rest, ">")
	if !angled && (len(rest) < 2 || rest[0] != '/') {
		return false
	}
	last := name[strings.LastIndexByte(name, '.')+1:]
	if last[0] < 'a' && name != strings.ToUpper(name) {
		return false // a sentence without a space: end.So
	}
	ascii, ok := host.ASCII(name)
	return ok && host.Public(ascii)
}

// urlEnd returns where the URL ends whose authority, or opaque part, starts at i.
func urlEnd(s string, i int) int {
	start, limit := i, min(len(s), i+urlLimit)
	authority, wide := true, -1 // wide is where the authority's first character beyond ASCII stands
	for i < limit {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r <= ' ', r == '<', r == '>', r == '"', r == '`', r == '{', r == '}', r == 0x7F, r == utf8.RuneError:
			return trim(s, start, closeHost(s, start, i, authority, wide))
		case r == ']' && i+1 < limit && (s[i+1] == '(' || s[i+1] == '['): // Markdown: [shown](target)
			return trim(s, start, closeHost(s, start, i, authority, wide))
		case r < utf8.RuneSelf:
			if authority && strings.IndexByte(`/?#\`, s[i]) >= 0 {
				authority = false
				if end := closeHost(s, start, i, true, wide); end < i {
					return trim(s, start, end)
				}
			}
		case authority && (nameRune(r) || dot(r) && continues(s[i+size:])):
			if wide < 0 {
				wide = i
			}
		case authority, !pathRune(r):
			return trim(s, start, closeHost(s, start, i, authority, wide))
		}
		i += size
	}
	return trim(s, start, closeHost(s, start, i, authority, wide))
}

// closeHost returns end, or the start of what stands at wide when the host with it is no name that anyone can own:
// Japanese text that follows a name without a space.
func closeHost(s string, start, end int, authority bool, wide int) int {
	if !authority || wide < 0 {
		return end
	}
	name := s[start:end]
	name = name[strings.LastIndexByte(name, '@')+1:]
	name, _, _ = strings.Cut(name, ":")
	if ascii, ok := host.ASCII(strings.TrimRight(name, ".")); ok && host.Public(ascii) {
		return end
	}
	return wide
}

func nameRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || unicode.Is(unicode.Cf, r) || r == '－'
}

// dot reports whether browsers read r as a full stop.
func dot(r rune) bool { return r == '。' || r == '．' || r == '｡' }

// continues reports whether a name goes on after a dot.
func continues(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return r|0x20 >= 'a' && r|0x20 <= 'z' || r >= '0' && r <= '9' || r >= 'Ａ' && r <= 'ｚ'
}

// pathRune reports whether a letter beyond ASCII belongs to a path. Those of Japanese, Chinese and Korean text do not: they
// follow addresses without a space far more often than they stand in them undisguised.
func pathRune(r rune) bool {
	return r < 0x1100 && (unicode.IsLetter(r) || unicode.IsMark(r))
}

// trim takes the punctuation off the end that belongs to the sentence, a bracket only when it was not opened inside.
func trim(s string, start, end int) int {
	url := s[start:end]
	round := strings.Count(url, ")") - strings.Count(url, "(")
	square := strings.Count(url, "]") - strings.Count(url, "[")
	for end > start {
		switch s[end-1] {
		case '.', ',', ';', ':', '!', '?', '\'', '*':
		case ')':
			if round <= 0 {
				return end
			}
			round--
		case ']':
			if square <= 0 {
				return end
			}
			square--
		default:
			return end
		}
		end--
	}
	return end
}
