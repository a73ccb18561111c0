// Package contact sees what the history says of a mail's authors: whether they were ever in touch, whether their name
// was known under another address, and whether the conversation that a mail answers ever took place.
//
// Without a history nothing is said of it: unknown is not "first". Correspondents inside the organisation are not in
// the history and nothing is said of theirs either. What the mail itself claims about its conversation is stated with
// and without a history.
package contact

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/fold"
	"github.com/sekisho/sekisho/host"
)

// Facts is one mailbox of From or Reply-To against the history, and the conversation the mail claims.
type Facts struct {
	Place          string   `json:"place" doc:"where the address stands: from or reply-to; empty when only the conversation is stated"`
	Address        string   `json:"address" doc:"the address, in lower case; empty when only the conversation is stated"`
	Name           string   `json:"name" doc:"the display name, empty if none"`
	Known          bool     `json:"known" doc:"a history was learned and the address is outside the organisation; when false, the facts on the history say nothing"`
	First          bool     `json:"first" doc:"the address is not in the history"`
	Received       int      `json:"received" doc:"mails received from the address"`
	Sent           int      `json:"sent" doc:"mails sent to the address"`
	DaysSince      int      `json:"days_since" doc:"days from the last mail in the history to the inspection; -1 when there is none"`
	NameElsewhere  bool     `json:"name_elsewhere" doc:"the display name was used with another address in the history"`
	NameSameSite   bool     `json:"name_same_site" doc:"one of those addresses is in the same registrable domain"`
	NameSent       int      `json:"name_sent" doc:"mails sent to those addresses"`
	KnownAddresses []string `json:"known_addresses" doc:"those addresses, at most 5"`
	Thread         bool     `json:"thread" doc:"the mail claims to be an answer: In-Reply-To, References, or a subject that begins with Re:"`
	ThreadBare     bool     `json:"thread_bare" doc:"the subject claims an answer, and no message is named that it answers"`
	ThreadOurs     bool     `json:"thread_ours" doc:"a message it names is in the history, or has an id of a domain of the organisation, which anyone who saw one can repeat"`
	ThreadUnknown  bool     `json:"thread_unknown" doc:"a history was learned, the mail claims to be an answer, and no message it names is in the history or ours"`
}

// Detector states what the history says of a mail's authors and its conversation.
var Detector = &sekisho.Detector{
	Name: "contact",
	Doc: "Who wrote to whom before\n\nSees first contact, a known name on another address, and answers in conversations that are not in the history. " +
		"Sees of the history nothing when none was learned.",
	Kinds: []sekisho.Kind{sekisho.KindMail},
	Facts: Facts{},
	Run:   run,
}

const (
	mailboxLimit = 4  // mailboxes of one header
	threadLimit  = 64 // message ids looked up
	knownLimit   = 5  // addresses named
)

func run(p *sekisho.Pass) error {
	mail, ok := p.Artifact.Form.(*sekisho.Mail)
	if !ok {
		return fmt.Errorf("%w: a mail without headers", sekisho.ErrMalformed)
	}
	thread := conversation(p, mail)
	reported := false
	report := func(place, where string, mailboxes []sekisho.Mailbox) {
		for i := range mailboxes[:min(len(mailboxes), mailboxLimit)] {
			m := &mailboxes[i]
			if m.Local == "" || m.Domain == "" || ours(p.Org, m.Domain) || p.Intel.Contacts == nil {
				continue
			}
			f := thread
			f.Place, f.Name = place, m.Name
			f.history(p.Intel, m)
			p.Report(&f, sekisho.Quote(where, strings.TrimLeft(m.Name+" <"+m.Address+">", " ")))
			reported = true
		}
	}
	report("from", "From", mail.From)
	report("reply-to", "Reply-To", mail.ReplyTo)
	if !reported && thread.Thread {
		p.Report(&thread, sekisho.Quote("Subject", mail.Subject))
	}
	return nil
}

// history fills in what is known of the mailbox.
func (f *Facts) history(intel *sekisho.Intel, m *sekisho.Mailbox) {
	f.Address = strings.ToLower(m.Local) + "@" + m.Domain
	f.Known = true
	c, seen := intel.Contacts.Contact(f.Address)
	f.First, f.Received, f.Sent = !seen, c.Received, c.Sent
	if !c.Last.IsZero() && !intel.Now.IsZero() {
		f.DaysSince = max(0, int(intel.Now.Sub(c.Last)/(24*time.Hour)))
	}
	if m.Name == "" {
		return
	}
	site, _, shared := host.Site(m.Domain)
	for _, other := range intel.Contacts.Named(m.Name) {
		if other.Address == f.Address {
			continue
		}
		f.NameElsewhere = true
		f.NameSent += other.Sent
		domain := other.Address[strings.LastIndexByte(other.Address, '@')+1:]
		if theirs, _, _ := host.Site(domain); theirs == site && !shared && !freemail(intel, domain) {
			f.NameSameSite = true
		}
		if len(f.KnownAddresses) < knownLimit {
			f.KnownAddresses = append(f.KnownAddresses, other.Address)
		}
	}
}

// freemail reports whether strangers share the domain, so that being in it together says nothing.
func freemail(intel *sekisho.Intel, domain string) bool {
	_, ok := intel.Host("freemail", domain)
	return ok
}

// conversation states what the mail claims to answer.
func conversation(p *sekisho.Pass, mail *sekisho.Mail) Facts {
	ids := slices.Concat(mail.InReplyTo, mail.References)
	f := Facts{DaysSince: -1, Thread: len(ids) > 0}
	if answer(mail.Subject) {
		f.Thread, f.ThreadBare = true, len(ids) == 0
	}
	for _, id := range ids[:min(len(ids), threadLimit)] {
		_, domain, _ := strings.Cut(strings.Trim(id, "<> "), "@")
		domain, _ = host.ASCII(domain)
		if ours(p.Org, domain) || p.Intel.Contacts != nil && p.Intel.Contacts.Thread(id) {
			f.ThreadOurs = true
			break
		}
	}
	f.ThreadUnknown = p.Intel.Contacts != nil && f.Thread && !f.ThreadOurs
	return f
}

// answers are what mail programs put before the subject of an answer.
var answers = []string{"re", "aw", "sv", "antw", "rv", "ref", "res", "odp", "回复", "答复", "回覆", "返信", "答覆"}

// answer reports whether a subject begins as answers do: Re:, RE[2]:, Re：, 返信:, with tags like [EXTERNAL] before it.
func answer(subject string) bool {
	if len(subject) > 256 {
		subject = subject[:256]
	}
	folded := fold.Text(subject)
	for range 4 {
		rest, tagged := strings.CutPrefix(folded, "[")
		_, after, closed := strings.Cut(rest, "]")
		if !tagged || !closed {
			break
		}
		folded = strings.TrimLeft(after, " ")
	}
	for _, words := range answers {
		rest, ok := strings.CutPrefix(folded, words)
		if !ok {
			continue
		}
		if n := strings.IndexByte(rest, ']'); strings.HasPrefix(rest, "[") && n > 0 && n < 4 {
			rest = rest[n+1:]
		}
		if strings.HasPrefix(strings.TrimLeft(rest, " "), ":") {
			return true
		}
	}
	return false
}

func ours(org *sekisho.Org, domain string) bool {
	return slices.ContainsFunc(org.Domains, func(own string) bool { return host.Within(domain, own) })
}
