package report

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/sekisho/sekisho/fold"
)

// Clean returns s as it may be shown to a person: on one line, invisible and control characters spelled out, links
// defanged, cut to about limit bytes.
func Clean(s string, limit int) string {
	var b strings.Builder
	for _, r := range s {
		if b.Len() >= limit {
			b.WriteString("…")
			break
		}
		switch {
		case r == '\n' || r == '\r' || r == '\t':
			b.WriteByte(' ')
		case unseen(r) || r == utf8.RuneError:
			fmt.Fprintf(&b, "<U+%04X>", r)
		default:
			b.WriteRune(r)
		}
	}
	return defang(b.String())
}

// unseen reports whether a character is not shown as itself: controls, C1 included, which terminals obey; line and
// paragraph separators; and what fold calls invisible.
func unseen(r rune) bool {
	return r < ' ' || fold.Invisible(r) || r > unicode.MaxLatin1 && unicode.In(r, unicode.Zl, unicode.Zp)
}

// defang breaks what terminals and mail programs make clickable, in letters of any case: http becomes hxxp, the colon of
// other schemes and the dot after www are put in brackets.
func defang(s string) string {
	var b strings.Builder
	for {
		at, size := nextLink(s)
		if at < 0 {
			b.WriteString(s)
			return b.String()
		}
		mark := s[at : at+size]
		if mark == "://" {
			b.WriteString(defangScheme(s[:at]))
		} else {
			b.WriteString(s[:at] + mark[:3] + "[.]")
		}
		s = s[at+size:]
	}
}

// nextLink returns where the next "://" or "www." is, and how long that is; -1 if there is none.
func nextLink(s string) (at, size int) {
	scheme := strings.Index(s, "://")
	for i := 0; i+4 <= len(s) && (scheme < 0 || i < scheme); i++ {
		if s[i+3] == '.' && strings.EqualFold(s[i:i+3], "www") {
			return i, 4
		}
	}
	return scheme, 3
}

// defangScheme returns the text before a "://" and the mark, such that they are no link.
func defangScheme(before string) string {
	for _, scheme := range []string{"https", "http"} {
		if start := len(before) - len(scheme); start >= 0 && strings.EqualFold(before[start:], scheme) {
			return before[:start] + "hxxp" + strings.ToLower(before[start+4:]) + "://"
		}
	}
	return before + "[:]//"
}

// An escaper passes JSON on as EscapeJSON writes it. Each Write gets whole characters, as the JSON encoder writes whole values.
type escaper struct{ w io.Writer }

func (e escaper) Write(p []byte) (int, error) {
	_, err := e.w.Write(EscapeJSON(p))
	return len(p), err
}

// EscapeJSON returns JSON with the characters nobody sees written as \u escapes, which mean the same to programs and nothing to
// terminals. p is not changed; it is returned when there are none.
func EscapeJSON(p []byte) []byte {
	var out bytes.Buffer
	kept := 0
	for i := 0; i < len(p); {
		if p[i] < 0x7F {
			i++
			continue
		}
		r, size := utf8.DecodeRune(p[i:])
		if r != utf8.RuneError && unseen(r) {
			out.Write(p[kept:i])
			if high, low := utf16.EncodeRune(r); high != unicode.ReplacementChar {
				fmt.Fprintf(&out, `\u%04x\u%04x`, high, low)
			} else {
				fmt.Fprintf(&out, `\u%04x`, r)
			}
			kept = i + size
		}
		i += size
	}
	if kept == 0 {
		return p
	}
	out.Write(p[kept:])
	return out.Bytes()
}
