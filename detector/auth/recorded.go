package auth

import (
	"strings"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/host"
)

// Bounds of what is read from one mail's Authentication-Results.
const (
	headerLimit = 10      // headers believed
	valueLimit  = 8 << 10 // bytes of one header
	methodLimit = 50      // results in one header
)

// exchangeOnline is the domain of the hosts in Exchange Online's Received headers.
const exchangeOnline = "outlook.com"

// readRecorded reads the Authentication-Results that the receiving server wrote: those nearest to the top whose
// authserv-id the profile names, up to the first header that was there when the mail came in. RFC 8601 §5 makes the
// server remove what arrives under its own name.
//
// Exchange Online writes no authserv-id, and renames what arrives in its own form. Such results belong to the host of
// the topmost Received header when that is one of Exchange Online's, and are believed when the profile names
// "outlook.com". No other server removes results without an authserv-id, so nobody else's are believed.
func readRecorded(mail *sekisho.Mail, pass *sekisho.Pass) results {
	var r results
	nested := pass.Artifact.Above(sekisho.KindMail) != nil
	receiver := receivedBy(mail.Value("Received"))
	if !host.Within(receiver, exchangeOnline) {
		receiver = ""
	}
	trusted, open := 0, !nested && len(pass.Org.AuthservIDs) > 0
	for _, h := range mail.Headers {
		switch strings.ToLower(h.Name) {
		case "authentication-results":
			id, methods := parseResults(h.Value)
			if id == "" {
				id = receiver
			}
			if !open || trusted >= headerLimit || !believed(id, pass.Org.AuthservIDs) {
				r.ignored++
				open = open && trusted == 0
				continue
			}
			trusted++
			r.add(methods)
		case "arc-authentication-results":
			r.addARC(h.Value, pass.Org.AuthservIDs)
		case "received":
			open = open && trusted == 0
		case "from", "to", "subject", "date", "message-id", "mime-version":
			open = false
		}
	}
	if r.arc != "pass" {
		r.arcDMARC = ""
	}
	return r
}

// add takes the first header's word for each method: what a sender wrote stands below.
func (r *results) add(methods []method) {
	had := *r
	r.source = "recorded"
	for _, m := range methods {
		switch {
		case m.name == "spf" && r.spf == "":
			r.spf, r.spfDomain = m.result, m.domain("smtp.mailfrom", "smtp.mail", "smtp.helo")
		case m.name == "dkim" && had.dkim == "":
			r.addDKIM(m)
		case m.name == "dmarc" && r.dmarc == "":
			r.dmarc, r.dmarcFrom = m.result, m.domain("header.from")
			r.policy = m.policy()
		case m.name == "arc" && r.arc == "":
			r.arc = m.result
		case m.name == "compauth" && r.compauth == "":
			r.compauth = m.result
		}
	}
}

func (r *results) addDKIM(m method) {
	if m.result == "pass" {
		r.dkim = "pass"
		if d := m.domain("header.d", "header.i"); d != "" {
			r.dkimDomains = append(r.dkimDomains, d)
		}
	} else if r.dkim == "" {
		r.dkim = m.result
	}
}

// addARC reads "i=2; mx.example; dmarc=pass ..." of RFC 8617 §4.1.1.
func (r *results) addARC(value string, trusted []string) {
	_, rest, found := strings.Cut(value, ";")
	if !found || r.arcDMARC != "" {
		return
	}
	id, methods := parseResults(rest)
	if id == "" || !believed(id, trusted) {
		return
	}
	for _, m := range methods {
		if m.name == "dmarc" {
			r.arcDMARC = m.result
			return
		}
	}
}

func believed(id string, trusted []string) bool {
	for _, t := range trusted {
		if id != "" && host.Within(id, strings.ToLower(t)) {
			return true
		}
	}
	return false
}

// receivedBy returns the host after "by" of a Received header, RFC 5321 §4.4.
func receivedBy(value string) string {
	fields := strings.Fields(stripComments(cut(value)))
	for i, f := range fields {
		if strings.EqualFold(f, "by") && i+1 < len(fields) {
			return strings.ToLower(strings.TrimRight(fields[i+1], ".;"))
		}
	}
	return ""
}

// method is one "dkim=pass header.d=example.com" of Authentication-Results.
type method struct {
	name, result string
	comment      string
	props        map[string]string
}

func (m method) domain(props ...string) string {
	for _, p := range props {
		if v := m.props[p]; v != "" {
			v = strings.ToLower(strings.Trim(v, `<>".`))
			ascii, ok := host.ASCII(v[strings.LastIndexByte(v, '@')+1:])
			if ok && ascii != "none" {
				return ascii
			}
		}
	}
	return ""
}

// policy reads "policy.published-domain-policy=reject", the comment "(p=REJECT sp=NONE dis=NONE)" that is more usual, and
// Exchange Online's "action=quarantine" or "action=oreject", what it did because of the policy.
func (m method) policy() string {
	p := m.props["policy.published-domain-policy"]
	if action := strings.TrimPrefix(m.props["action"], "o"); action != "none" && action != "" {
		p = action
	}
	for _, field := range strings.Fields(m.comment) {
		if name, value, ok := strings.Cut(field, "="); ok && strings.EqualFold(name, "p") {
			p = value
		}
	}
	switch p = strings.ToLower(p); p {
	case "none", "quarantine", "reject":
		return p
	}
	return ""
}

// known are the results of RFC 8601 §2.7; others, such as bestguesspass, are read by what they mean.
var known = map[string]string{
	"pass": "pass", "fail": "fail", "hardfail": "fail", "softfail": "softfail", "neutral": "neutral", "none": "none",
	"policy": "neutral", "temperror": "temperror", "permerror": "permerror", "bestguesspass": "none",
}

// parseResults reads a header of RFC 8601 §2.2, with or without an authserv-id.
func parseResults(value string) (id string, methods []method) {
	for i, part := range splitResults(cut(value)) {
		comment := firstComment(part)
		fields := strings.Fields(stripComments(part))
		if len(fields) == 0 {
			continue
		}
		name, result, isMethod := strings.Cut(strings.ToLower(fields[0]), "=")
		if !isMethod {
			if i == 0 {
				id = strings.Trim(name, `"`)
			}
			continue
		}
		name, _, _ = strings.Cut(name, "/")
		m := method{name: name, comment: comment, props: make(map[string]string)}
		if m.result = known[result]; m.result == "" {
			m.result = "unknown"
			if name == "compauth" {
				m.result = result
			}
		}
		for _, f := range fields[1:] {
			if k, v, ok := strings.Cut(f, "="); ok {
				m.props[strings.ToLower(k)] = v
			}
		}
		if methods = append(methods, m); len(methods) == methodLimit {
			break
		}
	}
	return id, methods
}

func cut(value string) string { return value[:min(len(value), valueLimit)] }

// splitResults splits at the semicolons that stand in no comment and no quoted string.
func splitResults(value string) []string {
	var parts []string
	start := 0
	scan(value, func(i int, comment, quoted bool) {
		if value[i] == ';' && !comment && !quoted {
			parts = append(parts, value[start:i])
			start = i + 1
		}
	})
	return append(parts, value[start:])
}

func stripComments(value string) string {
	if !strings.Contains(value, "(") {
		return value
	}
	var b strings.Builder
	scan(value, func(i int, comment, _ bool) {
		if !comment {
			b.WriteByte(value[i])
		} else if b.Len() > 0 {
			b.WriteByte(' ')
		}
	})
	return b.String()
}

func firstComment(value string) string {
	_, rest, _ := strings.Cut(value, "(")
	comment, _, _ := strings.Cut(rest, ")")
	return comment
}

// scan calls each with every byte's place and whether it is in a comment or a quoted string, RFC 5322 §3.2.
func scan(value string, each func(i int, comment, quoted bool)) {
	depth, quoted := 0, false
	for i := 0; i < len(value); i++ {
		c := value[i]
		switch {
		case c == '\\' && (quoted || depth > 0) && i+1 < len(value):
			each(i, depth > 0, quoted)
			i++
		case c == '"' && depth == 0:
			quoted = !quoted
		case c == '(' && !quoted:
			depth++
		case c == ')' && !quoted && depth > 0:
			each(i, true, false)
			depth--
			continue
		}
		each(i, depth > 0, quoted)
	}
}
