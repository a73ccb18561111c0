// Package answer tells a member of staff what was found in the mail they reported: in their language, in plain words, as a mail
// that is text only. It never says that a mail is safe. What the sender of the reported mail wrote is cleaned, on one line, and
// written so that no mail program makes a link of it.
//
// An answer says that it was made by a program (RFC 3834), so that no other program answers it, and has the same Message-ID
// whenever the same passage is answered.
package answer

import (
	"bytes"
	"encoding/base64"
	"strings"
	"time"
	"unicode"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/report"
)

// An Answer is what a reporter is told.
type Answer struct {
	ID   string // of the first passage it is about, or whatever is unique
	From string // the address it comes from
	To   string // the reporter's address
	Time time.Time

	Subject    string   // of the report; written by whoever wrote the reported mail
	InReplyTo  string   // the report's Message-ID without angle brackets
	References []string // the report's

	Langs   []sekisho.Lang // in which it is written, in this order; none for both
	Contact string         // whom to call: a name and a number; empty for none
	Items   []Item         // what was looked at; none says that the mails of this hour are too many to be answered one by one
}

// An Item is one thing that was looked at.
type Item struct {
	Case    string
	Verdict sekisho.Verdict // as report.Withhold shows it
	Others  int             // people who reported the same before
	Inline  bool            // it was forwarded inside the text, so that what was sent is not known
	Itself  bool            // it was the mail to the mailbox itself: no other was found in it
}

const (
	mostReasons  = 5
	mostGaps     = 5
	subjectLimit = 120
	reasonLimit  = 500
)

// Bytes returns the answer as an RFC 5322 message in ASCII.
func (a Answer) Bytes() []byte {
	var b bytes.Buffer
	field := func(name, value string) { b.WriteString(name + ": " + value + "\r\n") }
	field("From", "Sekisho <"+address(a.From)+">")
	field("To", "<"+address(a.To)+">")
	field("Subject", subject(a))
	field("Date", a.Time.Format(time.RFC1123Z))
	field("Message-ID", "<"+MessageID(a.ID, a.From)+">")
	if id := messageID(a.InReplyTo); id != "" {
		field("In-Reply-To", "<"+id+">")
		var ids []string
		for _, ref := range a.References[max(0, len(a.References)-10):] {
			if ref = messageID(ref); ref != "" {
				ids = append(ids, "<"+ref+">")
			}
		}
		field("References", strings.Join(append(ids, "<"+id+">"), "\r\n "))
	}
	field("Auto-Submitted", "auto-replied")
	field("X-Auto-Response-Suppress", "All")
	field("MIME-Version", "1.0")
	field("Content-Type", "text/plain; charset=utf-8")
	field("Content-Transfer-Encoding", "base64")
	b.WriteString("\r\n")
	text := base64.StdEncoding.EncodeToString([]byte(strings.ReplaceAll(a.Text(), "\n", "\r\n")))
	for len(text) > 76 {
		b.WriteString(text[:76] + "\r\n")
		text = text[76:]
	}
	b.WriteString(text + "\r\n")
	return b.Bytes()
}

// MessageID returns the Message-ID of the answer with an ID from an address, without angle brackets.
func MessageID(id, from string) string {
	_, domain, _ := strings.Cut(address(from), "@")
	return strings.Map(inID, id[:min(len(id), 100)]) + ".answer@" + domain
}

// IsOwn reports whether a Message-ID is one of the answers from an address.
func IsOwn(id, from string) bool {
	_, domain, _ := strings.Cut(address(from), "@")
	return strings.HasSuffix(strings.ToLower(id), strings.ToLower(".answer@"+domain))
}

func inID(r rune) rune {
	if r < 0x80 && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' || r == '.' || r == '_') {
		return r
	}
	return '_'
}

// address returns an address such that it is one word of a header and a command.
func address(s string) string {
	return strings.Map(func(r rune) rune {
		if r <= ' ' || r == 0x7F || r >= 0x80 && !unicode.IsPrint(r) || strings.ContainsRune(`<>,;:"()[]\`, r) {
			return -1
		}
		return r
	}, s)
}

// messageID returns an ID of another's mail when it can stand in a header as it is, or "".
func messageID(s string) string {
	if len(s) == 0 || len(s) > 250 {
		return ""
	}
	for i := range len(s) {
		if s[i] <= ' ' || s[i] >= 0x7F || s[i] == '<' || s[i] == '>' {
			return ""
		}
	}
	return s
}

// subject returns the Subject. Everything in it is encoded, so that nothing can be read as something else.
func subject(a Answer) string {
	text := "Re: " + Shown(a.Subject, subjectLimit)
	var out []string
	for len(text) > 0 {
		n := min(len(text), 42)
		for n < len(text) && n > 38 && text[n]&0xC0 == 0x80 {
			n--
		}
		out = append(out, "=?utf-8?B?"+base64.StdEncoding.EncodeToString([]byte(text[:n]))+"?=")
		text = text[n:]
	}
	return strings.Join(out, "\r\n ")
}

// Text returns what the reporter reads.
func (a Answer) Text() string {
	langs := a.Langs
	if len(langs) == 0 {
		langs = []sekisho.Lang{sekisho.Japanese, sekisho.English}
	}
	var b strings.Builder
	for i, lang := range langs {
		if i > 0 {
			b.WriteString("\n\n----------------------------------------\n\n")
		}
		a.write(&b, lang)
	}
	return b.String()
}

// Shown returns what a sender wrote as an answer may show it: cleaned, and with the dots of names and the @ of addresses in
// brackets, since mail programs make links of names alone.
func Shown(s string, limit int) string {
	clean := []rune(report.Clean(s, limit))
	var b strings.Builder
	for i, r := range clean {
		if (r == '.' || r == '@' || r == '。' || r == '．') && i > 0 && i+1 < len(clean) && alnum(clean[i-1]) && alnum(clean[i+1]) && !(digit(clean, i) && r == '.') {
			b.WriteString("[" + string(r) + "]")
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

func alnum(r rune) bool { return r < 0x80 && (unicode.IsLetter(r) || unicode.IsDigit(r)) }

// digit reports whether the dot at i stands in a number, which has one: an IP address has three.
func digit(s []rune, i int) bool {
	dots, start, end := 0, i, i
	for start > 0 && (unicode.IsDigit(s[start-1]) || s[start-1] == '.') {
		start--
	}
	for end+1 < len(s) && (unicode.IsDigit(s[end+1]) || s[end+1] == '.') {
		end++
	}
	for _, r := range s[start : end+1] {
		if r == '.' {
			dots++
		}
	}
	joined := start > 0 && (alnum(s[start-1]) || s[start-1] == '-') || end+1 < len(s) && (alnum(s[end+1]) || s[end+1] == '-')
	return dots == 1 && !joined
}
