// Package password finds what may open an encrypted file: people who send one write its password into the same mail, so
// that whoever stands between sees nothing and the reader sees everything.
package password

import (
	"strings"
	"unicode/utf8"

	"github.com/sekisho/sekisho"
	"golang.org/x/text/unicode/norm"
)

// announcing are the words that announce a password, in lower case and NFKC.
var announcing = []string{"password", "passwd", "passcode", "passphrase", "pwd", "pw", "pass", "pin", "key",
	"パスワード", "パスコード", "パスフレーズ", "パス", "解凍", "開封", "展開", "暗証", "复制", "密码", "密碼", "口令", "비밀번호", "암호"}

// common are ones that need not be written down.
var common = []string{"infected", "password", "Password", "1234", "12345", "123456", "12345678", "0000", "admin"}

const (
	longest     = 64 // of the longest password that is tried
	tokensAfter = 16 // ways to read the words behind an announcement that are its likeliest meaning
	nearFirst   = 40 // words of such lines that come before common passwords
	linesAfter  = 2  // lines with text after an announcement that may hold the password
	textBytes   = 256 << 10
)

// Beside returns at most limit candidates for the artifact, the likeliest first: what follows a password word in the texts
// of the mail or message around it, its subject and the artifact's own name; common ones; dates; other words of such lines.
func Beside(a *sekisho.Artifact, limit int) []string {
	var s search
	mail := a.Above(sekisho.KindMail)
	if mail == nil {
		mail = a.Above(sekisho.KindMessage)
	}
	if mail != nil {
		if form, ok := mail.Form.(*sekisho.Mail); ok {
			s.text(form.Subject)
		}
		left := textBytes
		for part := range mail.All() {
			if form, ok := part.Form.(*sekisho.TextForm); ok && left > 0 {
				content := form.Content[:min(left, len(form.Content))]
				left -= len(content)
				s.text(content)
			}
		}
	}
	s.text(a.Name)
	return s.ranked(limit)
}

// A search collects candidates in the order of their likelihood.
type search struct {
	after []string // directly after a password word
	near  []string // elsewhere on its line, or on the next ones
	dates []string
}

func (s *search) text(content string) {
	near := 0
	for line := range strings.Lines(content) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		s.date(line)
		plain := norm.NFKC.String(line)
		if end := announced(strings.ToLower(plain)); end >= 0 && end <= len(plain) {
			near = linesAfter
			left := tokensAfter
			tokens(plain[end:], func(token string) {
				if left--; left >= 0 {
					s.after = append(s.after, token)
				}
			})
		} else if near == 0 {
			continue
		} else {
			near--
		}
		tokens(plain, func(token string) { s.near = append(s.near, token) })
		if plain != line {
			tokens(line, func(token string) { s.near = append(s.near, token) })
		}
	}
}

// announced returns where the first password word in line ends, or -1.
func announced(line string) int {
	end := -1
	for _, word := range announcing {
		if i := strings.Index(line, word); i >= 0 && (end < 0 || i+len(word) < end) {
			end = i + len(word)
		}
	}
	return end
}

// tokens yields the runs of printable ASCII in line, as they are, without the marks around them, and what stands
// behind a colon or an equals sign in them.
func tokens(line string, yield func(string)) {
	const marks = "\"'`()[]<>{}.,:;!?=*"
	for _, run := range strings.FieldsFunc(line, func(r rune) bool { return r <= ' ' || r >= utf8.RuneSelf || r == 0x7F }) {
		if len(run) > longest {
			continue
		}
		trimmed := strings.Trim(run, marks)
		if i := strings.IndexAny(trimmed, ":="); i >= 0 {
			yield(trimmed[i+1:])
		}
		yield(trimmed)
		yield(strings.TrimLeft(run, marks))
		yield(run)
	}
}

// date notes the ways in which people write the date of line as a password: 20261121, 261121, 1121.
func (s *search) date(line string) {
	digits := strings.FieldsFunc(line, func(r rune) bool { return r < '0' || r > '9' })
	for i := 0; i+2 < len(digits) && len(s.dates) < 30; i++ {
		year, month, day := digits[i], digits[i+1], digits[i+2]
		if len(year) != 4 || len(month) > 2 || len(day) > 2 || !strings.HasPrefix(year, "20") {
			continue
		}
		date := year + ("0" + month)[len(month)-1:] + ("0" + day)[len(day)-1:]
		s.dates = append(s.dates, date, date[2:], date[4:])
	}
}

// ranked puts candidates with a digit before those of the same standing without: words of a sentence rarely have one.
func (s *search) ranked(limit int) []string {
	seen := map[string]bool{"": true}
	var ranked []string
	add := func(candidates []string, digit bool) {
		for _, c := range candidates {
			if !seen[c] && len(ranked) < limit && strings.ContainsAny(c, "0123456789") == digit {
				seen[c] = true
				ranked = append(ranked, c)
			}
		}
	}
	add(s.after, true)
	add(s.near[:min(len(s.near), nearFirst)], true)
	add(s.after[:min(len(s.after), tokensAfter)], false)
	add(common, true)
	add(common, false)
	add(s.dates, true)
	add(s.after, false)
	add(s.near, true)
	add(s.near, false)
	return ranked
}
