package mail

import (
	"strings"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/host"
)

const mailboxLimit = 2000 // mailboxes of one header that are read

// parseMailboxes reads an address list (RFC 5322 §3.4 and §4.4) from a raw, unfolded value and says who a person sees:
// names decoded after the list is taken apart, so that no encoded comma or bracket counts. A name that a comma without quotes
// splits is one name. Text without brackets that
// holds an @ is an address; text without any is a name without an address. When no address is found at all, the decoded
// value is read again, for the sake of senders who encode the whole of it.
func parseMailboxes(raw string) (list []sekisho.Mailbox, bad defects) {
	p := &addressParser{s: raw}
	p.run()
	if strings.Contains(raw, "=?") && !hasAddress(p.list) {
		if decoded, _ := decodeWords(raw, nil); decoded != raw {
			q := &addressParser{s: decoded}
			if q.run(); hasAddress(q.list) {
				q.bad.add(BadAddress)
				p = q
			}
		}
	}
	return p.list, p.bad
}

func hasAddress(list []sekisho.Mailbox) bool {
	for _, m := range list {
		if m.Address != "" {
			return true
		}
	}
	return false
}

type addressParser struct {
	s        string
	pos      int
	list     []sekisho.Mailbox
	bad      defects
	group    string
	inGroup  bool
	unclosed bool   // a quotation mark has no other
	at       bool   // the phrase holds an @
	pending  string // a name without an address, which may be the first half of one: Doe, John <j@x.example>

	name    strings.Builder // the phrase as shown: quotes opened
	plain   strings.Builder // the phrase as written, without comments
	comment strings.Builder
	angle   []string // what stood in angle brackets
}

func (p *addressParser) run() {
	for p.pos < len(p.s) && len(p.list) < mailboxLimit {
		switch c := p.s[p.pos]; c {
		case '"':
			p.quoted()
		case '(':
			p.parenthesis()
		case '<':
			p.bracket()
		case ',':
			p.pos++
			p.end()
		case ';':
			p.pos++
			p.end()
			p.release()
			p.group, p.inGroup = "", false
		case ':':
			p.pos++
			if p.inGroup || len(p.angle) > 0 || p.at {
				p.both(c)
				continue
			}
			p.release()
			p.group, p.inGroup = p.shown(), true
			p.clear()
			p.bad.add(GroupFrom)
		case '>':
			p.pos++
			if len(p.angle) == 0 {
				p.both(c)
			}
		default:
			p.pos++
			p.both(c)
		}
	}
	p.end()
	p.release()
}

func (p *addressParser) both(c byte) {
	p.at = p.at || c == '@'
	p.name.WriteByte(c)
	p.plain.WriteByte(c)
}

// quoted reads a quoted string. A quotation mark that never closes is passed over, and so are those after it.
func (p *addressParser) quoted() {
	start := p.pos
	p.pos++
	if p.unclosed {
		return
	}
	var text strings.Builder
	for i := start + 1; i < len(p.s); i++ {
		switch c := p.s[i]; {
		case c == '\\' && i+1 < len(p.s):
			i++
			text.WriteByte(p.s[i])
		case c == '"':
			p.name.WriteString(text.String())
			p.plain.WriteString(p.s[start : i+1])
			p.pos = i + 1
			return
		default:
			text.WriteByte(c)
		}
	}
	p.unclosed = true
	p.bad.add(BadAddress)
}

// parenthesis reads a comment, which nests.
func (p *addressParser) parenthesis() {
	depth := 0
	for ; p.pos < len(p.s); p.pos++ {
		switch c := p.s[p.pos]; {
		case c == '\\' && p.pos+1 < len(p.s):
			p.pos++
			p.comment.WriteByte(p.s[p.pos])
			continue
		case c == '(':
			if depth++; depth == 1 {
				continue
			}
		case c == ')':
			if depth--; depth == 0 {
				p.pos++
				p.plain.WriteByte(' ')
				return
			}
		}
		p.comment.WriteByte(p.s[p.pos])
	}
	p.bad.add(BadAddress)
}

// bracket reads <address>, with an obsolete route before it.
func (p *addressParser) bracket() {
	rest := p.s[p.pos+1:]
	end := len(rest)
	inQuotes := false
	for i := 0; i < len(rest); i++ {
		c := rest[i]
		if c == '"' {
			inQuotes = !inQuotes
		}
		if c == '>' && (!inQuotes || strings.IndexByte(rest[i+1:], '>') < 0) {
			end = i
			break
		}
		if !inQuotes && c == '<' { // an opening bracket in brackets starts again
			end = -1
			break
		}
	}
	switch {
	case end < 0:
		p.pos++
		p.name.WriteByte('<')
		p.bad.add(BadAddress)
		return
	case end == len(rest):
		p.bad.add(BadAddress)
		if comma := strings.IndexByte(rest, ','); comma >= 0 {
			end = comma
		}
		p.pos += 1 + end
	default:
		p.pos += 2 + end
	}
	p.angle = append(p.angle, rest[:end])
	if len(p.angle) > 1 { // name <a> <b>: programs differ, both count
		p.bad.add(BadAddress)
	}
}

func (p *addressParser) shown() string {
	name, _ := decodeWords(strings.Join(strings.Fields(p.name.String()), " "), nil)
	return strings.TrimSpace(name)
}

func (p *addressParser) clear() {
	p.name.Reset()
	p.plain.Reset()
	p.comment.Reset()
	p.angle = p.angle[:0]
	p.at = false
}

// release adds the name that waits for an address as one that has none.
func (p *addressParser) release() {
	if p.pending != "" {
		p.add(p.pending, "")
		p.pending = ""
	}
}

// end finishes the mailbox at hand.
func (p *addressParser) end() {
	defer p.clear()
	name := p.shown()
	if len(p.angle) == 0 {
		address, rest := bareAddress(p.plain.String())
		if address == "" {
			if name != "" {
				p.bad.add(BadAddress)
				p.release()
				p.pending = name
			}
			return
		}
		p.release()
		name, _ = decodeWords(strings.ReplaceAll(rest, `"`, ""), nil)
		p.angle = append(p.angle, address)
	}
	if comment := strings.TrimSpace(p.comment.String()); comment != "" {
		comment, _ = decodeWords(comment, nil)
		if name == "" {
			name = comment
		} else {
			name += " (" + comment + ")"
		}
	}
	if p.pending != "" {
		name, p.pending = strings.TrimSuffix(p.pending+", "+name, ", "), ""
	}
	for _, address := range p.angle {
		p.add(name, cleanAddress(address))
	}
}

func (p *addressParser) add(name, address string) {
	m := sekisho.Mailbox{Name: name, Address: address, Group: p.group}
	m.Local, m.Domain = splitAddress(address)
	p.list = append(p.list, m)
}

// bareAddress finds the address in text without brackets: what surrounds its last @ that is not in quotes, over the
// spaces that obsolete syntax allows around it. rest is the text without it.
func bareAddress(text string) (address, rest string) {
	at, inQuotes := -1, false
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '"':
			inQuotes = !inQuotes
		case text[i] == '@' && !inQuotes:
			at = i
		}
	}
	if at < 0 {
		return "", ""
	}
	left := strings.TrimRight(text[:at], " \t")
	start := strings.LastIndexAny(left, " \t") + 1
	if strings.HasSuffix(left, `"`) {
		start = max(0, strings.LastIndexByte(left[:len(left)-1], '"'))
	}
	right := strings.TrimLeft(text[at+1:], " \t")
	end := strings.IndexAny(right, " \t")
	if end < 0 {
		end = len(right)
	}
	for { // a . b
		tail := strings.TrimLeft(right[end:], " \t")
		if !strings.HasPrefix(tail, ".") && !strings.HasSuffix(right[:end], ".") || tail == "" {
			break
		}
		next := len(right) - len(tail)
		more := strings.IndexAny(tail, " \t")
		if more < 0 {
			more = len(tail)
		}
		end = next + more
	}
	address = left[start:] + "@" + strings.Join(strings.Fields(right[:end]), "")
	return address, strings.TrimSpace(strings.Join(strings.Fields(left[:start]+" "+right[end:]), " "))
}

// cleanAddress removes from the inside of brackets what is not address: a route, comments, white space, mailto:.
func cleanAddress(s string) string {
	s, _ = decodeWords(s, nil)
	if strings.HasPrefix(s, "@") { // <@relay1,@relay2:user@host>
		if _, rest, ok := strings.Cut(s, ":"); ok {
			s = rest
		}
	}
	if strings.Contains(s, "(") {
		q := &addressParser{s: s}
		for q.pos < len(q.s) {
			if q.s[q.pos] == '(' {
				q.parenthesis()
				continue
			}
			q.plain.WriteByte(q.s[q.pos])
			q.pos++
		}
		s = q.plain.String()
	}
	if len(s) > 7 && strings.EqualFold(s[:7], "mailto:") {
		s = s[7:]
	}
	if strings.Contains(s, `"`) {
		return strings.TrimSpace(s)
	}
	return strings.Join(strings.Fields(s), "")
}

func splitAddress(address string) (local, domain string) {
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return address, ""
	}
	domain, _ = host.ASCII(strings.TrimSpace(address[at+1:]))
	return address[:at], domain
}
