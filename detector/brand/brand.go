// Package brand names the brands that a mail speaks as, and whether its sender and its links are theirs.
//
// A mail speaks as a brand when its display name says so, or when its subject names the brand and the body is signed,
// copyrighted or adorned as the brand's. To mention a brand, as news about an exchange do, is not to speak as it.
package brand

import (
	"slices"
	"strings"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/host"
)

// Detector states which brands a mail speaks as or puts forward.
var Detector = &sekisho.Detector{
	Name: "brand",
	Doc: "Who a mail speaks as\n" +
		"The brands, and the organisation and its partners, that a mail puts forward in its display name, subject, " +
		"signature, copyright line, pictures or domain, with whether sender and links belong to them. Names only mentioned in the " +
		"running text are not reported.",
	Kinds:   []sekisho.Kind{sekisho.KindMail},
	Facts:   Facts{},
	Prepare: prepare,
	Run:     run,
}

// Facts is one brand that a mail puts forward.
type Facts struct {
	Brand       string   `json:"brand" doc:"the brand's name as its catalogue writes it"`
	Group       string   `json:"group" doc:"the kind of brand: exchange, wallet, bank, mail and so on; own for the organisation, partner for a partner"`
	Common      bool     `json:"common" doc:"the name is also an everyday word, so that the word alone says little"`
	Where       []string `json:"where" doc:"where the name stands: from-name, local-part, subject, opening, signature, copyright, alt, link-text; domain when From is at its domain"`
	Speaks      bool     `json:"speaks" doc:"the mail speaks as the brand: it is in the display name, or in the subject and also signed, copyrighted, pictured or often named in the body"`
	SenderNamed bool     `json:"sender_named" doc:"the display name is the brand, apart from words like team or support"`
	Masked      bool     `json:"masked" doc:"the display name or the subject writes the name with letters of other scripts, with spaces between its letters, or turned around"`
	Mentions    int      `json:"mentions" doc:"times the name stands in the visible text"`
	FromSite    string   `json:"from_site" doc:"the registrable domain of From"`
	FromOwn     bool     `json:"from_own" doc:"From is at a domain of the brand that does not give addresses to anybody"`
	FromBrand   string   `json:"from_brand" doc:"the brand whose domain From is at; empty if none is known or the domain gives addresses to anybody"`
	ReplyOwn    bool     `json:"reply_own" doc:"every Reply-To is at a domain of the brand; true without Reply-To"`
	Links       int      `json:"links" doc:"links to web sites that the reader can follow"`
	LinksOwn    int      `json:"links_own" doc:"those that lead to a domain of the brand"`
	LinksSender int      `json:"links_sender" doc:"those that lead to the registrable domain of From"`
	Elsewhere   []string `json:"elsewhere" doc:"the registrable domains of links that are neither the brand's nor the sender's, each once, at most 8"`
}

// The limits of what is read and told.
const (
	textLimit  = 256 << 10 // bytes of folded text
	linkLimit  = 500
	siteLimit  = 8
	openingLen = 160 // bytes at the start of a text
	closingLen = 500 // bytes at its end
	looksLen   = 5   // bytes of a skeleton that resembles by more than accident when it is disguised
	plainLen   = 8   // and when it is written with plain letters
	oftenNamed = 3   // mentions that make a mail about a brand
)

func run(pass *sekisho.Pass) error {
	m, ok := pass.Artifact.Form.(*sekisho.Mail)
	if !ok {
		return nil
	}
	catalogue := pass.Prepared.(*catalogue)
	s := sighting{catalogue: catalogue, seen: map[int]*Facts{}}
	sender := senderOf(m)
	open := isOpen(pass.Intel, m)
	for _, from := range m.From {
		s.name(from.Name)
		if from.Group != from.Name {
			s.name(from.Group)
		}
		s.note(separated(from.Local), "local-part")
	}
	s.subject(m.Subject)
	s.body(pass.Artifact)
	if n, ok := catalogue.owner[sender]; ok && !open {
		s.facts(n).at("domain")
	}
	for _, n := range s.order {
		f := s.seen[n]
		if len(f.Where) == 0 {
			continue
		}
		b := &catalogue.brands[n]
		f.Brand, f.Group, f.Common, f.FromSite = b.name, b.group, b.common, sender
		if !open {
			f.FromOwn = b.owns(sender)
			f.FromBrand = catalogue.ownerOf(sender)
		}
		f.ReplyOwn = !slices.ContainsFunc(m.ReplyTo, func(r sekisho.Mailbox) bool { return !b.owns(site(r.Domain)) })
		f.Speaks = speaks(f)
		s.links(f, b)
		pass.Report(f, s.spans(m, f)...)
	}
	if s.cut {
		return errLimit
	}
	return nil
}

// speaks is the definition of the package comment.
func speaks(f *Facts) bool {
	has := func(where string) bool { return slices.Contains(f.Where, where) }
	dressed := has("signature") || has("copyright") || has("alt") || has("local-part")
	if f.Common {
		return f.SenderNamed || has("from-name") && (has("subject") || dressed) || has("subject") && has("signature") && has("copyright")
	}
	return has("from-name") || has("subject") && (dressed || f.Mentions >= oftenNamed) ||
		has("signature") && has("copyright") || has("opening") && (has("signature") || has("copyright"))
}

// spans quotes the display name and the subject that put the brand forward.
func (s *sighting) spans(m *sekisho.Mail, f *Facts) []sekisho.Span {
	var spans []sekisho.Span
	if slices.Contains(f.Where, "from-name") || slices.Contains(f.Where, "local-part") {
		for _, from := range m.From {
			spans = append(spans, sekisho.Quote("From", from.Name+" <"+from.Address+">"))
		}
	}
	if slices.Contains(f.Where, "subject") {
		spans = append(spans, sekisho.Quote("Subject", m.Subject))
	}
	return spans
}

// senderOf is the registrable domain of the first From address that has one.
func senderOf(m *sekisho.Mail) string {
	for _, from := range m.From {
		if s := site(from.Domain); s != "" {
			return s
		}
	}
	return ""
}

// isOpen reports whether the first From is at a domain that gives addresses to anybody, which says nothing about who
// writes. What stands under such a domain is its owner's: mail.smt.docomo.ne.jp.
func isOpen(intel *sekisho.Intel, m *sekisho.Mail) bool {
	for _, from := range m.From {
		if from.Domain != "" {
			entry, ok := intel.Host("freemail", from.Domain)
			return ok && entry == from.Domain
		}
	}
	return false
}

func site(domain string) string {
	if domain == "" {
		return ""
	}
	s, _, _ := host.Site(domain)
	return s
}

// separated puts a space where a local part separates words.
func separated(local string) string {
	return strings.Map(func(r rune) rune {
		if r == '.' || r == '-' || r == '_' || r == '+' {
			return ' '
		}
		return r
	}, local)
}
