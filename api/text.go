package api

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/sekisho/sekisho/report"
)

// plain reports whether a text is UTF-8 without NUL, which not every database keeps.
func plain(s string) bool { return utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 }

// cleanName returns a name that a client made up as it may stand in a problem or a log.
func cleanName(s string) string { return report.Clean(s, 40) }

// languageRange reads one item of Accept-Language, RFC 9110 §12.5.4.
func languageRange(item string) (tag string, quality float64) {
	tag, weight, weighted := strings.Cut(strings.TrimSpace(item), ";")
	if !weighted {
		return tag, 1
	}
	_, number, _ := strings.Cut(weight, "=")
	quality, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if err != nil {
		return tag, 0
	}
	return strings.TrimSpace(tag), quality
}
