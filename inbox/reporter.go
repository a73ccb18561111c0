package inbox

import (
	"slices"
	"strings"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/host"
)

// A reporter is who asks about a mail.
type reporter struct {
	address string // in lower case; empty when it is nobody we know
	reports bool   // they wrote the mail: it is a report about others
	told    bool   // they get an answer
}

// whose tells who asks about a mail: the member of staff who wrote it to the mailbox, or who moved it there.
func (d *Door) whose(m *sekisho.Mail) reporter {
	var who reporter
	switch from := sender(m); {
	case d.ours(from) && d.toUs(m) && d.proven(m):
		who = reporter{address: from, reports: true}
	case d.Config.Delivered != "":
		if to := strings.ToLower(strings.Trim(m.Value(d.Config.Delivered), "<> ")); d.ours(to) && !d.own(to) {
			who = reporter{address: to}
		}
	}
	who.told = who.address != "" && d.Config.Relay != nil && !(who.reports && automatic(m))
	return who
}

// sender returns the one address of From, in lower case, or "".
func sender(m *sekisho.Mail) string {
	if len(m.From) != 1 || slices.Contains(m.Defects, "duplicate-from") {
		return ""
	}
	return strings.ToLower(m.From[0].Address)
}

// ours reports whether an address is of the organisation. It is one word, so that it can stand in a header and a command.
func (d *Door) ours(address string) bool {
	local, domain, ok := strings.Cut(address, "@")
	if !ok || local == "" || d.Org == nil || len(address) > 254 || strings.ContainsAny(address, " \t\r\n<>,;:\"()[]\\\x00") || strings.Contains(domain, "@") {
		return false
	}
	for _, person := range d.Org.People {
		if slices.Contains(person.Addresses, address) {
			return true
		}
	}
	return d.ownDomain(domain)
}

func (d *Door) ownDomain(domain string) bool {
	return slices.ContainsFunc(d.Org.Domains, func(own string) bool { return host.Within(domain, own) })
}

// toUs reports whether a mail is addressed to the mailbox.
func (d *Door) toUs(m *sekisho.Mail) bool {
	for _, list := range [][]sekisho.Mailbox{m.To, m.Cc} {
		for _, box := range list {
			if d.own(box.Address) {
				return true
			}
		}
	}
	return d.Config.Delivered != "" && d.own(strings.Trim(m.Value(d.Config.Delivered), "<> "))
}

// proven reports whether the mail server shows that the mail is from whom it says, as Config.Proof wants it.
func (d *Door) proven(m *sekisho.Mail) bool {
	name, value, header := strings.Cut(d.Config.Proof, ":")
	switch {
	case d.Config.Proof == "from":
		return true
	case header:
		return slices.Equal(m.Values(strings.TrimSpace(name)), []string{strings.TrimSpace(value)})
	case d.Config.Proof != "":
		return false
	}
	return d.authenticated(m)
}

// authenticated reads the Authentication-Results (RFC 8601) of the servers that are believed. One that says dmarc=fail decides.
func (d *Door) authenticated(m *sekisho.Mail) bool {
	passed := false
	for i, value := range m.Values("Authentication-Results") {
		if i == 20 {
			break
		}
		statements := strings.Split(withoutComments(value), ";")
		id, _, _ := strings.Cut(strings.TrimSpace(statements[0]), " ")
		if !slices.ContainsFunc(d.Org.AuthservIDs, func(known string) bool { return strings.EqualFold(known, id) }) {
			continue
		}
		for _, statement := range statements[1:] {
			result, aligned := readResult(statement, sender(m))
			if strings.HasPrefix(result, "dmarc=") && result != "dmarc=pass" && result != "dmarc=none" && result != "dmarc=bestguesspass" {
				return false
			}
			passed = passed || aligned && (result == "dmarc=pass" || result == "dkim=pass" || result == "spf=pass")
		}
	}
	return passed
}

// readResult returns "method=result" and whether the domain it is about is the sender's, or of the same site.
func readResult(statement, from string) (result string, aligned bool) {
	words := strings.Fields(strings.ToLower(statement))
	if len(words) == 0 {
		return "", false
	}
	_, domain, _ := strings.Cut(from, "@")
	for _, word := range words[1:] {
		name, value, _ := strings.Cut(word, "=")
		switch name {
		case "header.from", "header.d", "header.i", "smtp.mailfrom", "smtp.mail":
			value = strings.Trim(value, `"<>`)
			if at := strings.LastIndexByte(value, '@'); at >= 0 {
				value = value[at+1:]
			}
			aligned = aligned || value == domain || sameSite(value, domain)
		}
	}
	return words[0], aligned
}

func sameSite(a, b string) bool {
	site, _, _ := host.Site(a)
	other, _, _ := host.Site(b)
	return site != "" && site == other
}

// withoutComments takes the comments of a structured header out (RFC 5322 §3.2.2).
func withoutComments(s string) string {
	var b strings.Builder
	depth := 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && depth > 0:
			i++
		case c == '(':
			depth++
		case c == ')' && depth > 0:
			depth--
		case depth == 0:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// automatic reports whether a program sent the mail, which nobody answers (RFC 3834 §2): answers, lists, bounces.
func automatic(m *sekisho.Mail) bool {
	if auto := strings.ToLower(strings.TrimSpace(m.Value("Auto-Submitted"))); auto != "" && auto != "no" {
		return true
	}
	switch strings.ToLower(strings.TrimSpace(m.Value("Precedence"))) {
	case "bulk", "list", "junk", "auto_reply":
		return true
	}
	for _, h := range m.Headers {
		switch {
		case strings.HasPrefix(h.Name, "List-"), h.Name == "X-Autoreply", h.Name == "X-Autorespond", h.Name == "X-Auto-Reply":
			return true
		case h.Name == "Return-Path" && strings.Trim(h.Value, "<> \t") == "":
			return true
		case h.Name == "Content-Type" && strings.HasPrefix(strings.ToLower(h.Value), "multipart/report"):
			return true
		}
	}
	local, _, _ := strings.Cut(sender(m), "@")
	return local == "mailer-daemon" || local == "postmaster"
}

// langs returns the languages in which a reporter is answered: that of their words, of their mail program, of their entry in
// the profile; both when nothing tells.
func (d *Door) langs(m *sekisho.Mail, who reporter, said string) []sekisho.Lang {
	if who.reports {
		switch {
		case hasJapanese(said):
			return []sekisho.Lang{sekisho.Japanese}
		case words(said) >= 4:
			return []sekisho.Lang{sekisho.English}
		}
		for _, name := range []string{"Accept-Language", "Content-Language"} {
			switch lang := strings.ToLower(m.Value(name)); {
			case strings.HasPrefix(lang, "ja"):
				return []sekisho.Lang{sekisho.Japanese}
			case strings.HasPrefix(lang, "en"):
				return []sekisho.Lang{sekisho.English}
			}
		}
	}
	if d.Org != nil {
		for _, person := range d.Org.People {
			if slices.Contains(person.Addresses, who.address) && (person.Name.Ja != "" || person.Name.Kana != "") {
				return []sekisho.Lang{sekisho.Japanese}
			}
		}
	}
	return nil
}
