package sender

import (
	"strings"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/fold"
	"github.com/sekisho/sekisho/host"
)

// recipientLimit bounds the recipients that are compared with the subject and the name.
const recipientLimit = 20

// wordMin is the length below which the part of an address before @, or the name in its domain, says nothing: "info".
const wordMin = 5

// headerRecipients returns the addresses of To and Cc.
func headerRecipients(mail *sekisho.Mail) []string {
	var addresses []string
	for _, boxes := range [][]sekisho.Mailbox{mail.To, mail.Cc} {
		for _, box := range boxes {
			if box.Address != "" {
				addresses = append(addresses, box.Address)
			}
		}
	}
	return addresses
}

func (f *Facts) readRecipients(mail *sekisho.Mail, org *sekisho.Org) {
	to := headerRecipients(mail)
	f.Recipients, f.NoTo = len(to), len(to) == 0
	f.ToSelf = len(to) == 1 && len(mail.To) > 0 && strings.EqualFold(to[0], f.FromAddress)
	if len(mail.Envelope.To) > 0 {
		to = mail.Envelope.To
	}

	outside, inside := 0, 0
	name, subject := fold.Text(f.FromName), fold.Text(mail.Subject)
	for i, address := range to {
		domain := domainOf(address)
		if within(domain, org.Domains) {
			inside++
		} else {
			outside++
		}
		if i < recipientLimit {
			f.readRecipient(address, domain, name, subject)
		}
	}
	f.Direction = direction(f, len(org.Domains) > 0, outside, inside)
}

func direction(f *Facts, profile bool, outside, inside int) string {
	switch {
	case !profile || f.NoFrom:
		return "unknown"
	case !f.Own:
		return "inbound"
	case outside > 0 || inside == 0:
		return "outbound"
	}
	return "internal"
}

func (f *Facts) readRecipient(address, domain, name, subject string) {
	address = strings.ToLower(address)
	local, _, _ := strings.Cut(address, "@")
	label, suffix, _ := host.Site(domain)
	label = strings.TrimSuffix(strings.TrimSuffix(label, suffix), ".")
	if f.RecipientInSubject == "" && address != f.FromAddress {
		switch {
		case holds(subject, address):
			f.RecipientInSubject = "address"
		case len(local) >= wordMin && holds(subject, local):
			f.RecipientInSubject = "local"
		case domain != "" && domain != f.FromDomain && holds(subject, domain):
			f.RecipientInSubject = "domain"
		}
	}
	if f.RecipientDomainInName != "" || !host.Public(domain) || !elsewhere(domain, f.FromDomain) {
		return
	}
	if holds(name, domain) {
		f.RecipientDomainInName = domain
	} else if len(label) >= wordMin && holds(name, label) {
		f.RecipientDomainInName = label
	}
}

// prefixes are what mail programs put before the subject of a reply or a forwarded mail, folded.
var prefixes = []struct{ text, kind string }{
	{"re:", "reply"}, {"re[", "reply"}, {"aw:", "reply"}, {"sv:", "reply"}, {"返信:", "reply"}, {"回复:", "reply"},
	{"fw:", "forward"}, {"fwd:", "forward"}, {"wg:", "forward"}, {"転送:", "forward"}, {"转发:", "forward"},
}

func (f *Facts) readSubject(mail *sekisho.Mail) {
	subject := fold.Text(mail.Subject)
	for _, p := range prefixes {
		if strings.HasPrefix(subject, p.text) {
			f.SubjectPrefix = p.kind
			break
		}
	}
	f.FakeReply = f.SubjectPrefix == "reply" && len(mail.References) == 0 && len(mail.InReplyTo) == 0
}
