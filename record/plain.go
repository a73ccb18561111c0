package record

import (
	"strings"
	"unicode/utf8"
)

const (
	nameLimit  = 300  // bytes of a name: of a person, a file, a process
	shownLimit = 2000 // bytes of a subject, a link's target, a reason
)

// plain returns s as both databases keep it: valid UTF-8 without NUL, cut to limit bytes at a character's boundary.
func plain(s string, limit int) string {
	if len(s) > limit {
		for limit > 0 && !utf8.RuneStart(s[limit]) {
			limit--
		}
		s = s[:limit]
	}
	s = strings.ToValidUTF8(s, "\uFFFD")
	return strings.ReplaceAll(s, "\x00", "\uFFFD")
}
