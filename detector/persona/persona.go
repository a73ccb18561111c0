// Package persona sees the names of the organisation's people in a mail, and whose address the mail really has.
//
// A person is recognised in each place where a mail says who speaks: the display names of From, Sender and Reply-To, the
// local parts of their addresses, the subject, the first lines ("This is Aoi Mori", 森葵です) and the signature. The
// profile's names are found in kanji, kana and Latin letters, in either order, with any romanisation of the same kana,
// in full-width and half-width forms, behind titles and honorifics, and with exchanged letters that look the same.
//
// A family name alone is nobody: another person may have it. It counts beside a title that the person holds (代表取締役 森)
// or beside the organisation's name.
//
// Whether the address is theirs is stated beside each name. Nothing is said about intent: people are named in honest
// mail too.
package persona

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/fold"
	"github.com/sekisho/sekisho/host"
)

// Facts is one of our people, or the organisation, named in one place of the mail.
type Facts struct {
	Place          string `json:"place" doc:"where the name stands: from-name, from-address-local, sender-name, reply-to-name, reply-to-address-local, subject, body-opening, signature; organisation for the organisation's own name as a display name from a domain that is not its own"`
	Person         string `json:"person" doc:"the person's name in English, or as the profile has it; empty when a title or the organisation is named without a person"`
	PersonJa       string `json:"person_ja" doc:"the person's name in Japanese, or as in person when the profile has none"`
	Role           string `json:"role" doc:"the person's role in the profile, empty if none"`
	Title          string `json:"title" doc:"the person's title in the profile, in Japanese if it has one, empty if none"`
	Match          string `json:"match" doc:"how the name is written: exact, reordered, alias, script (another script than in the profile), romanisation, confusable (letters exchanged for lookalikes), family-title (family name and a title they hold, also A. Mori, CEO), family-organisation (family name and the organisation's), initial (A. Mori), title-only (their title and the organisation's name), organisation, address (an address or domain of ours inside a display name)"`
	Written        string `json:"written" doc:"the text in which the name stands, as it is written"`
	Rest           string `json:"rest" doc:"the other words of that text, titles, honorifics and the organisation's name left out; empty when there are none"`
	Organisation   bool   `json:"organisation" doc:"the organisation's name stands in the same text"`
	Address        string `json:"address" doc:"the address used: of the mailbox that has the name, for subject and body the first of From; empty if there is none"`
	OwnAddress     bool   `json:"own_address" doc:"the address is listed for that person"`
	OwnDomain      bool   `json:"own_domain" doc:"the address is in a domain of the organisation; whether it is genuine is another detector's matter"`
	ReplyElsewhere bool   `json:"reply_elsewhere" doc:"Reply-To has an address that is neither that person's nor in a domain of the organisation"`
	AddressInName  bool   `json:"address_in_name" doc:"an address or a domain of the organisation or of its people is written inside the display name"`
	NameAddress    string `json:"name_address" doc:"that address or domain, empty if none"`
	Recipient      bool   `json:"recipient" doc:"the mail is addressed to an address of that person, so that naming them is natural"`
}

// Detector states which of our people a mail names, and whether the address is theirs.
var Detector = &sekisho.Detector{
	Name: "persona",
	Doc: "One of our people, by name\n\nSees names of the profile's people in display names, local parts, subject, opening and signature, across " +
		"scripts, name order and romanisation, and whether the address used is theirs. Sees nothing without a profile.",
	Kinds:   []sekisho.Kind{sekisho.KindMail},
	Facts:   Facts{},
	Prepare: prepare,
	Run:     run,
}

const (
	mailboxLimit = 8   // mailboxes read of one header
	nameLimit    = 512 // bytes read of one display name or subject
)

func run(p *sekisho.Pass) error {
	x, ok := p.Prepared.(*index)
	mail, isMail := p.Artifact.Form.(*sekisho.Mail)
	if !ok || x == nil {
		return nil
	}
	if !isMail {
		return fmt.Errorf("%w: a mail without headers", sekisho.ErrMalformed)
	}
	s := &search{index: x, pass: p, mail: mail}
	s.header("From", mail.From)
	s.header("Sender", mail.Sender)
	s.header("Reply-To", mail.ReplyTo)
	s.subject()
	s.body()
	for i := range s.facts {
		p.Report(&s.facts[i], sekisho.Quote(s.where[i], s.facts[i].Written))
	}
	return nil
}

// A search collects what is seen in one mail.
type search struct {
	*index
	pass  *sekisho.Pass
	mail  *sekisho.Mail
	r     reading
	facts []Facts
	where []string // by fact: the span's place
}

func (s *search) header(name string, mailboxes []sekisho.Mailbox) {
	place := strings.ToLower(name)
	for i := range mailboxes[:min(len(mailboxes), mailboxLimit)] {
		m := &mailboxes[i]
		written := clip(m.Name, nameLimit)
		s.displayName(name, place+"-name", written, m)
		if m.Group != m.Name {
			s.displayName(name, place+"-name", clip(m.Group, nameLimit), m)
		}
		if name != "Sender" {
			s.localPart(name, place+"-address-local", m)
		}
	}
}

func (s *search) displayName(where, place, written string, m *sekisho.Mailbox) {
	if written == "" {
		return
	}
	folded := fold.Text(written)
	s.r.read(folded, s.words, s.tokens)
	found := s.find(&s.r, true)
	if !slices.ContainsFunc(found, func(m match) bool { return stronger(m.how, "family-title") }) {
		if similar := s.lookalike(&s.r, written); len(similar) > 0 {
			found = similar
		}
		s.r.read(folded, s.words, s.tokens)
	}
	inside, owner := s.addressIn(folded)
	if inside != "" && len(found) == 0 {
		found = []match{{person: owner, how: "address"}}
	}
	for _, seen := range found {
		f := s.fact(place, seen, m)
		if seen.how == "organisation" {
			if f.OwnDomain {
				continue
			}
			f.Place = "organisation"
		}
		f.Written, f.AddressInName, f.NameAddress = written, inside != "", inside
		f.Rest, _ = s.r.rest(seen.from, seen.to)
		s.add(where, f)
	}
}

// localPart reads the part of an address before the @ as a name: aoi.mori.ceo, aoimori1982, ceo-aoimori.
func (s *search) localPart(where, place string, m *sekisho.Mailbox) {
	local := clip(m.Local, 64)
	if local == "" {
		return
	}
	s.r.read(fold.Text(local), s.words, s.tokens)
	found := s.find(&s.r, false)
	if len(found) == 0 {
		found = s.affixed(&s.r)
	}
	for _, seen := range found {
		if seen.person < 0 {
			continue
		}
		f := s.fact(place, seen, m)
		f.Written = local
		f.Rest, _ = s.r.rest(seen.from, seen.to)
		s.add(where, f)
	}
}

// affixed looks for a name written together with a title or the organisation's name: ceoaoimori, aoimorikaede.
func (x *index) affixed(r *reading) []match {
	for i, t := range r.tokens {
		if t.role != roleName || t.script != alphabet {
			continue
		}
		word := string(r.raw[t.raw[0]:t.raw[1]])
		for _, affix := range x.affixes {
			bare := strings.TrimPrefix(word, affix)
			if bare == word {
				bare = strings.TrimSuffix(word, affix)
			}
			if bare == word || len(bare) < 6 {
				continue
			}
			for _, e := range x.full[string(appendRoman(nil, bare))] {
				if e.words > 1 {
					return []match{{person: e.person, how: "romanisation", from: i, to: i + 1}}
				}
			}
		}
	}
	return nil
}

func (s *search) subject() {
	written := clip(s.mail.Subject, nameLimit)
	if written == "" {
		return
	}
	s.r.read(fold.Text(written), s.words, s.tokens)
	for _, seen := range s.find(&s.r, false) {
		s.spoken("Subject", "subject", written, seen)
	}
}

// spoken adds a name that stands in the mail's words rather than beside an address.
func (s *search) spoken(where, place, written string, seen match) {
	var from sekisho.Mailbox
	if len(s.mail.From) > 0 {
		from = s.mail.From[0]
	}
	f := s.fact(place, seen, &from)
	f.Written = clip(written, sekisho.QuoteLimit)
	f.Rest, _ = s.r.rest(seen.from, seen.to)
	s.add(where, f)
}

// fact says who it is and whose the address is.
func (s *search) fact(place string, seen match, m *sekisho.Mailbox) Facts {
	f := Facts{Place: place, Match: seen.how, Organisation: seen.organisation, Address: m.Address}
	f.OwnDomain = s.ours(m.Domain)
	if seen.person >= 0 {
		person := s.at(seen.person)
		f.Person, f.Role, f.Title = s.label(seen.person), person.Role, person.Title.In(sekisho.Japanese)
		f.PersonJa = cmp.Or(person.Name.Ja, f.Person)
		f.OwnAddress = s.theirs(seen.person, m)
		f.Recipient = s.addressed(seen.person)
	}
	for i := range s.mail.ReplyTo[:min(len(s.mail.ReplyTo), mailboxLimit)] {
		reply := &s.mail.ReplyTo[i]
		if !s.ours(reply.Domain) && (seen.person < 0 || !s.theirs(seen.person, reply)) {
			f.ReplyElsewhere = true
		}
	}
	return f
}

// add keeps one fact for each place and person, the one that matches in the surest way; among equals the one whose address is not
// theirs.
func (s *search) add(where string, f Facts) {
	for i := range s.facts {
		old := &s.facts[i]
		if old.Place != f.Place || old.Person != f.Person {
			continue
		}
		if stronger(f.Match, old.Match) || f.Match == old.Match && old.OwnAddress && !f.OwnAddress {
			*old, s.where[i] = f, where
		}
		return
	}
	s.facts, s.where = append(s.facts, f), append(s.where, where)
}

func (s *search) theirs(person int, m *sekisho.Mailbox) bool {
	return slices.Contains(s.owner[canonical(m)], person)
}

func (s *search) addressed(person int) bool {
	for _, list := range [][]sekisho.Mailbox{s.mail.To, s.mail.Cc} {
		for i := range list[:min(len(list), mailboxLimit)] {
			if s.theirs(person, &list[i]) {
				return true
			}
		}
	}
	return slices.ContainsFunc(s.mail.Envelope.To, func(to string) bool { return slices.Contains(s.owner[strings.ToLower(to)], person) })
}

func (x *index) ours(domain string) bool {
	return slices.ContainsFunc(x.org.Domains, func(own string) bool { return host.Within(domain, own) })
}

func canonical(m *sekisho.Mailbox) string { return strings.ToLower(m.Local) + "@" + m.Domain }

// clip cuts s to limit bytes, at a character's boundary.
func clip(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && s[limit]&0xC0 == 0x80 {
		limit--
	}
	return s[:limit]
}
