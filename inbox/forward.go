package inbox

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sekisho/sekisho/fold"
)

// A forwarded is the header block that a mail program writes above a mail it forwards inline, and where it stands.
type forwarded struct {
	start, body int // offsets of its first line and of what follows it
	fields      map[string]string
	japanese    bool // its labels are
}

const (
	lineLimit   = 4000 // lines of a body in which a block is looked for
	blockLimit  = 40   // lines of a block
	valueLimit  = 4000 // bytes of a line that can be a label's, and of one value; what is longer belongs to the body
	markedLeast = 2    // labels that make a block below a mark
	plainLeast  = 3    // labels that make a block by themselves
)

// labels maps what mail programs write before a value, folded, to the field it is. An empty field is passed over.
var labels = map[string]string{
	"from": "From", "差出人": "From", "送信者": "From", "送信元": "From", "発信者": "From", "from(差出人)": "From",
	"to": "To", "宛先": "To", "送信先": "To", "受信者": "To",
	"cc": "Cc", "写し": "Cc", "bcc": "",
	"date": "Date", "sent": "Date", "日付": "Date", "日時": "Date", "送信日時": "Date", "送信日": "Date", "送信済み": "Date", "受信日時": "Date",
	"subject": "Subject", "件名": "Subject", "題名": "Subject",
	"reply-to": "Reply-To", "返信先": "Reply-To", "返信用アドレス": "Reply-To",
	"importance": "", "重要度": "", "attachments": "", "添付ファイル": "", "organization": "", "組織": "", "sensitivity": "", "message-id": "Message-ID",
	"resent-from": "", "categories": "", "分類項目": "", "x-mailer": "", "mailed-by": "", "signed-by": "",
}

// marks are what stands, folded, in the line above the block.
var marks = []string{
	"forwarded message", "original message", "begin forwarded message", "forwarded by", "forwarded mail", "original mail",
	"転送メッセージ", "転送されたメッセージ", "転送メール", "元のメッセージ", "元のメール", "オリジナルメッセージ", "転送されたメール", "転送元メッセージ",
}

// findForwarded finds the first block of a text: below a line that says that a mail follows, or by its labels alone. It reads
// each line a bounded number of times.
func findForwarded(text string) (forwarded, bool) {
	at := 0
	for range lineLimit {
		if at >= len(text) {
			break
		}
		line, next := cutLine(text, at)
		if isMark(line) {
			if f, ok := readBlock(text, next, markedLeast); ok {
				f.start = at
				return f, true
			}
		} else if field, _, _ := labelled(line); field != "" {
			if f, ok := readBlock(text, at, plainLeast); ok {
				f.start = at
				return f, true
			}
		}
		at = next
	}
	return forwarded{}, false
}

// cutLine returns the line at an offset, without its end, and the offset of the next. A CR alone ends a line, as it does where it
// is shown.
func cutLine(text string, at int) (line string, next int) {
	i := strings.IndexAny(text[at:], "\r\n")
	if i < 0 {
		return text[at:], len(text)
	}
	line, next = text[at:at+i], at+i+1
	if text[at+i] == '\r' && next < len(text) && text[next] == '\n' {
		next++
	}
	return line, next
}

// bare returns a line without what quotes or decorates it.
func bare(line string) string {
	line = strings.TrimLeftFunc(line, func(r rune) bool { return decorates(r) || r == '>' })
	return strings.TrimRightFunc(line, decorates)
}

func decorates(r rune) bool {
	return unicode.IsSpace(r) || r == '*' || r == '|' || fold.Invisible(r)
}

// isMark reports whether a line says that a forwarded mail follows.
func isMark(line string) bool {
	if len(line) > 1000 {
		return false
	}
	line = bare(line)
	if line == "" || len(line) > 200 {
		return false
	}
	inner := strings.TrimFunc(line, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("-_=ー−—–─:：", r) })
	if inner == "" || len(inner) == len(line) {
		return false
	}
	inner = fold.Text(inner)
	for _, mark := range marks {
		if strings.HasPrefix(inner, mark) {
			return true
		}
	}
	return false
}

// labelled returns the field a line states and its value. known says that the label is one, even of a field that is passed over.
func labelled(line string) (field, value string, known bool) {
	if len(line) > valueLimit {
		return "", "", false
	}
	line = bare(line)
	i := strings.IndexAny(line, ":：")
	if i <= 0 || i > 60 {
		return "", "", false
	}
	_, size := utf8.DecodeRuneInString(line[i:])
	label := strings.Join(strings.Fields(fold.Text(strings.Trim(line[:i], "* \t"))), "")
	field, known = labels[label]
	return field, bare(line[i+size:]), known
}

// readBlock reads the fields from an offset on. It wants a From and at least so many different labels.
func readBlock(text string, at, least int) (forwarded, bool) {
	f := forwarded{fields: map[string]string{}, body: at}
	found, blank, last := 0, 0, ""
	for range blockLimit {
		if at >= len(text) {
			break
		}
		line, next := cutLine(text, at)
		field, value, known := labelled(line)
		switch {
		case known && field != "" && f.has(field): // a block below this one, or a body that starts with a label
			return f, f.enough(found, least)
		case known:
			found, blank, last = found+1, 0, field
			f.take(line, field, value)
			f.body = next
		case bare(line) == "":
			if blank++; found > 0 && !f.continues(text, next) {
				return f.closed(text, at), f.enough(found, least)
			}
		case found == 0:
			return f, false
		case last != "" && f.joins(last, line, text, next):
			f.fields[last] = strings.TrimSpace(f.fields[last] + " " + bare(line))
			f.body = next
		default:
			return f, f.enough(found, least)
		}
		at = next
	}
	return f, f.enough(found, least)
}

func (f *forwarded) has(field string) bool { _, ok := f.fields[field]; return ok }

func (f *forwarded) enough(found, least int) bool { return found >= least && f.fields["From"] != "" }

func (f *forwarded) take(line, field, value string) {
	if field == "" {
		return
	}
	f.fields[field] = value
	for _, r := range line[:strings.IndexAny(line, ":：")] {
		f.japanese = f.japanese || r >= 0x3040
	}
}

// closed puts the empty line that ends the block to it.
func (f forwarded) closed(text string, blank int) forwarded {
	_, f.body = cutLine(text, blank)
	return f
}

// continues reports whether a label follows a blank line inside a block.
func (f *forwarded) continues(text string, at int) bool {
	if at >= len(text) {
		return false
	}
	line, _ := cutLine(text, at)
	field, _, known := labelled(line)
	return known && (field == "" || !f.has(field))
}

// joins reports whether a line belongs to the value before it: the value is missing, or is a list of addresses that goes on, or
// the line is folded and another label follows.
func (f *forwarded) joins(last, line, text string, next int) bool {
	value := f.fields[last]
	if len(value)+len(line) > valueLimit {
		return false
	}
	list := last == "To" || last == "Cc" || last == "From" || last == "Reply-To"
	switch {
	case value == "":
		return true
	case list && (strings.HasSuffix(value, ",") || strings.HasSuffix(value, ";") || strings.HasSuffix(value, "<") || strings.Count(value, "<") > strings.Count(value, ">")):
		return true
	}
	for range 3 { // folded: another label comes soon
		if next >= len(text) {
			return false
		}
		var after string
		after, next = cutLine(text, next)
		if bare(after) == "" {
			return list && strings.HasPrefix(bare(line), "<") && strings.Contains(line, "@")
		}
		if field, _, known := labelled(after); known && (field == "" || !f.has(field)) {
			return true
		}
	}
	return false
}
