package notify

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/report"
)

// The most bytes of what a sender wrote that a message shows.
const (
	subjectLimit = 120
	senderLimit  = 120
	reasonLimit  = 240
	nameLimit    = 60
)

// A message is what is told, before it takes the form of a service. Its titles and labels are our own words; what lines say
// has been through show.
type message struct {
	id    string // the same for each try, unlike that of any other message; letters, digits, hyphens and dots
	kind  string // case.opened, case.stricter, summary or digest
	time  time.Time
	parts []part // one a language
	link  string // to the console, empty for none
	data  any    // what a program is told
}

// A part is the message in one language.
type part struct {
	lang  sekisho.Lang
	title string
	lines []line
	open  string // the words of the link
}

// A line is a label, which may be empty, and a text.
type line struct{ label, text string }

// lead returns the label with what stands between it and the text.
func (l line) lead() string { return l.label + ": " }

// String returns the line as plain text.
func (l line) String() string {
	if l.label == "" {
		return l.text
	}
	return l.lead() + l.text
}

// title returns the titles of all languages in one line.
func (m message) title() string {
	var titles []string
	for _, p := range m.parts {
		titles = append(titles, p.title)
	}
	return strings.Join(titles, " / ")
}

// warnFull adds that further cases come in a summary when the hour is over.
func (m *message) warnFull(now time.Time) {
	until := now.Truncate(time.Hour).Add(time.Hour).Format("15:04")
	for i := range m.parts {
		p := &m.parts[i]
		p.lines = append(p.lines, line{"", say(p.lang, "more", until)})
	}
}

// show returns what somebody outside wrote such that it can be read and nothing else: cleaned, cut to about limit bytes, and
// without anything that chat or mail programs make a link or a call of. Host names and addresses are written as in
// mail[@]site[.]example.
func show(s string, limit int) string {
	s = report.Clean(s, limit)
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == '@' || r == '＠':
			b.WriteString("[@]")
		case isDot(r) && breaks(s, i, r):
			b.WriteString("[.]")
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// isDot reports whether a browser takes the character for a dot in a host name.
func isDot(r rune) bool { return r == '.' || r == '。' || r == '．' || r == '｡' }

// breaks reports whether the dot at i could be one of a host name: it stands between letters or digits, and not in a number.
// The full stops of Japanese count between Latin letters only.
func breaks(s string, i int, dot rune) bool {
	before, _ := utf8.DecodeLastRuneInString(s[:i])
	after, _ := utf8.DecodeRuneInString(s[i+utf8.RuneLen(dot):])
	if !isName(before) || !isName(after) || dot != '.' && (before > unicode.MaxLatin1 || after > unicode.MaxLatin1) {
		return false
	}
	return !inNumber(s, i)
}

func isName(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || r == '-' || r == '_'
}

// inNumber reports whether the word around the dot at i is a number such as 0.25 or 1,234.5.
func inNumber(s string, i int) bool {
	dots := 0
	number := func(r rune) bool {
		if isDot(r) {
			dots++
		}
		return r >= '0' && r <= '9' || r == ',' || isDot(r)
	}
	start, end := i, i
	for start > 0 {
		r, size := utf8.DecodeLastRuneInString(s[:start])
		if !isName(r) && !isDot(r) && r != ',' {
			break
		}
		if !number(r) {
			return false
		}
		start -= size
	}
	for end < len(s) {
		r, size := utf8.DecodeRuneInString(s[end:])
		if !isName(r) && !isDot(r) && r != ',' && r != '/' && r != ':' {
			break
		}
		if !number(r) {
			return false
		}
		end += size
	}
	return dots == 1
}
