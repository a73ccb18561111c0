// Package sender reads who a mail says it is from, to whom it says it goes, and where these disagree. It asks nobody:
// all it states stands in the headers and in what the receiving server saw. Whether the sender is who he says is for
// detector auth.
package sender

import (
	"strings"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/fold"
	"github.com/sekisho/sekisho/host"
)

// Facts is what the headers of a mail say of its sender. Two domains are "elsewhere" when their registrable domains
// differ.
type Facts struct {
	Direction   string `json:"direction" doc:"inbound, outbound or internal, by what From and the recipients claim; unknown when the profile has no domains or the mail no From"`
	FromAddress string `json:"from_address" doc:"the first address of From, in lower case"`
	FromName    string `json:"from_name" doc:"its display name"`
	FromDomain  string `json:"from_domain" doc:"its domain"`
	FromSite    string `json:"from_site" doc:"its registrable domain"`
	Own         bool   `json:"own" doc:"its domain is one of the organisation's"`
	Freemail    bool   `json:"freemail" doc:"its domain gives addresses to anybody"`

	NameAddress string  `json:"name_address" doc:"an address written in the display name, on another registrable domain than the real one; empty if none"`
	NameDomain  string  `json:"name_domain" doc:"the domain of name_address, or a domain written in the display name, on another registrable domain than the real address; empty if none"`
	Department  string  `json:"department" doc:"a department's name, folded, that is the whole display name; empty if it is anything else"`
	NameIsSite  bool    `json:"name_is_site" doc:"the display name holds the name of its own registrable domain, as Momiji Store at momiji-store.example"`
	RandomLocal float64 `json:"random_local" doc:"share of the part before @ that is digits or runs of four and more consonants, 0 to 1; 0 below eight characters"`

	SeveralFrom bool `json:"several_from" doc:"From holds mailboxes of several domains, or the header stands there several times"`
	GroupFrom   bool `json:"group_from" doc:"From uses the group syntax of RFC 5322 §3.4"`
	NoFrom      bool `json:"no_from" doc:"there is no From, or no address in it"`

	ReplyToAddress      string `json:"reply_to_address" doc:"the first address of Reply-To, in lower case; empty if none"`
	ReplyToDomain       string `json:"reply_to_domain" doc:"its domain"`
	ReplyToElsewhere    bool   `json:"reply_to_elsewhere" doc:"replies go to another registrable domain than From's"`
	ReplyFreemail       bool   `json:"reply_freemail" doc:"replies go to a domain that gives addresses to anybody"`
	SenderAddress       string `json:"sender_address" doc:"the address of Sender, in lower case; empty if none"`
	SenderElsewhere     bool   `json:"sender_elsewhere" doc:"Sender is on another registrable domain than From"`
	OnBehalf            bool   `json:"on_behalf" doc:"Sender is another address than From: written on behalf of From"`
	ReturnPathDomain    string `json:"return_path_domain" doc:"the domain of the envelope sender; empty when null or unknown"`
	ReturnPathElsewhere bool   `json:"return_path_elsewhere" doc:"the envelope sender is on another registrable domain than From"`
	MessageIDDomain     string `json:"message_id_domain" doc:"the right side of Message-ID; empty if none"`
	MessageIDElsewhere  bool   `json:"message_id_elsewhere" doc:"Message-ID is of another registrable domain than From"`

	MailingList bool   `json:"mailing_list" doc:"came through a list that people post to: List-Post, Mailman, or List-Id with Precedence: list"`
	ListID      string `json:"list_id" doc:"List-Id; empty if none"`
	Bulk        bool   `json:"bulk" doc:"sent to many by its own headers: List-Unsubscribe, Feedback-ID, Precedence: bulk, or List-Id"`
	Auto        bool   `json:"auto" doc:"written by a program: Auto-Submitted, a null return path, or a report"`
	Bounce      bool   `json:"bounce" doc:"a delivery report: multipart/report"`
	Mailer      string `json:"x_mailer" doc:"X-Mailer or User-Agent; empty if none"`

	Recipients            int    `json:"recipients" doc:"addresses in To and Cc"`
	ToSelf                bool   `json:"to_self" doc:"the only recipient in To is the address of From"`
	NoTo                  bool   `json:"no_to" doc:"no address in To and Cc, as with undisclosed recipients"`
	RecipientInSubject    string `json:"recipient_in_subject" doc:"address, local or domain: which part of a recipient's address stands in the subject; empty if none"`
	RecipientDomainInName string `json:"recipient_domain_in_name" doc:"a recipient's domain, or the name in it, that stands in the display name of a sender elsewhere; empty if none"`

	SubjectPrefix    string   `json:"subject_prefix" doc:"reply or forward, by the subject; empty if neither"`
	FakeReply        bool     `json:"fake_reply" doc:"the subject says reply, and neither References nor In-Reply-To says to what"`
	MissingMessageID bool     `json:"missing_message_id" doc:"there is no Message-ID"`
	MissingDate      bool     `json:"missing_date" doc:"there is no readable Date"`
	Defects          []string `json:"defects" doc:"what is wrong with the form of the mail, as its opener says"`
}

// Detector states what the headers say of the sender.
var Detector = &sekisho.Detector{
	Name: "sender",
	Doc: `What a mail says of its sender, and where it disagrees with itself
Addresses, display name, replies, envelope, lists, recipients, standard headers. It reads only what the mail and its
envelope hold; anybody can write these, so that rules believe what speaks against the sender and check what speaks for
him.`,
	Kinds: []sekisho.Kind{sekisho.KindMail},
	Facts: Facts{},
	Run:   run,
}

func run(pass *sekisho.Pass) error {
	mail, ok := pass.Artifact.Form.(*sekisho.Mail)
	if !ok {
		return nil
	}
	from := firstAddress(mail.From)
	f := &Facts{
		FromAddress: strings.ToLower(from.Address), FromName: from.Name, FromDomain: from.Domain, FromSite: site(from.Domain),
		Own: within(from.Domain, pass.Org.Domains), NoFrom: from.Address == "",
		Mailer: first(mail.Value("X-Mailer"), mail.Value("User-Agent")), Defects: mail.Defects,
		MissingMessageID: mail.MessageID == "", MissingDate: mail.Date.IsZero(), RandomLocal: random(from.Local),
	}
	_, f.Freemail = pass.Intel.Host("freemail", from.Domain)
	if name := fold.Text(from.Name); name != "" {
		if _, ok := pass.Intel.Lists["department"].Entries[name]; ok {
			f.Department = name
		}
	}
	f.readFrom(mail, fold.Text(from.Name))
	f.readOthers(mail, pass.Intel)
	f.readLists(mail)
	f.readRecipients(mail, pass.Org)
	f.readSubject(mail)
	pass.Report(f, spans(mail, f)...)
	return nil
}

func spans(mail *sekisho.Mail, f *Facts) []sekisho.Span {
	var at []sekisho.Span
	for _, name := range []string{"From", "Reply-To", "Sender"} {
		if value := mail.Value(name); value != "" {
			at = append(at, sekisho.Quote(name, value))
		}
	}
	if f.SubjectPrefix != "" || f.RecipientInSubject != "" {
		at = append(at, sekisho.Quote("Subject", mail.Subject))
	}
	return at
}

func (f *Facts) readFrom(mail *sekisho.Mail, name string) {
	headers := 0
	for _, h := range mail.Headers {
		if strings.EqualFold(h.Name, "From") {
			headers++
		}
	}
	f.SeveralFrom = headers > 1
	for _, box := range mail.From {
		f.GroupFrom = f.GroupFrom || box.Group != ""
		f.SeveralFrom = f.SeveralFrom || box.Domain != "" && f.FromDomain != "" && elsewhere(box.Domain, f.FromDomain)
	}
	if address, domain := written(name); domain != "" && elsewhere(domain, f.FromDomain) {
		f.NameAddress, f.NameDomain = address, domain
	}
	f.NameIsSite = bears(name, f.FromDomain)
}

func (f *Facts) readOthers(mail *sekisho.Mail, intel *sekisho.Intel) {
	if reply := firstAddress(mail.ReplyTo); reply.Address != "" {
		f.ReplyToAddress, f.ReplyToDomain = strings.ToLower(reply.Address), reply.Domain
		f.ReplyToElsewhere = elsewhere(reply.Domain, f.FromDomain)
		_, f.ReplyFreemail = intel.Host("freemail", reply.Domain)
	}
	if sender := firstAddress(mail.Sender); sender.Address != "" {
		f.SenderAddress = strings.ToLower(sender.Address)
		f.SenderElsewhere = elsewhere(sender.Domain, f.FromDomain)
		f.OnBehalf = f.SenderAddress != f.FromAddress
	}
	f.ReturnPathDomain = domainOf(mail.ReturnPath)
	f.ReturnPathElsewhere = elsewhere(f.ReturnPathDomain, f.FromDomain)
	f.MessageIDDomain = domainOf(mail.MessageID)
	f.MessageIDElsewhere = elsewhere(f.MessageIDDomain, f.FromDomain)
}

func (f *Facts) readLists(mail *sekisho.Mail) {
	f.ListID = mail.Value("List-Id")
	precedence := strings.ToLower(strings.TrimSpace(mail.Value("Precedence")))
	post := mail.Value("List-Post")
	f.MailingList = post != "" && !strings.EqualFold(strings.TrimSpace(post), "no") || f.ListID != "" && precedence == "list" ||
		has(mail, "X-Mailman-Version", "X-Beenthere", "Mailing-List")
	f.Bulk = f.ListID != "" || precedence == "bulk" || has(mail, "List-Unsubscribe", "Feedback-Id")
	kind := strings.ToLower(mail.Value("Content-Type"))
	f.Bounce = strings.HasPrefix(strings.TrimSpace(kind), "multipart/report")
	submitted := strings.ToLower(strings.TrimSpace(mail.Value("Auto-Submitted")))
	f.Auto = f.Bounce || submitted != "" && !strings.HasPrefix(submitted, "no") ||
		strings.TrimSpace(mail.Value("Return-Path")) == "<>" || precedence == "auto_reply"
}

func has(mail *sekisho.Mail, names ...string) bool {
	for _, name := range names {
		if mail.Value(name) != "" {
			return true
		}
	}
	return false
}

func firstAddress(boxes []sekisho.Mailbox) sekisho.Mailbox {
	for _, box := range boxes {
		if box.Address != "" {
			return box
		}
	}
	if len(boxes) > 0 {
		return boxes[0]
	}
	return sekisho.Mailbox{}
}

// domainOf returns the domain of an address or a message id in ASCII, or "".
func domainOf(address string) string {
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return ""
	}
	domain, ok := host.ASCII(strings.TrimRight(address[at+1:], "> "))
	if !ok {
		return ""
	}
	return domain
}

func site(domain string) string {
	s, _, _ := host.Site(domain)
	return s
}

// elsewhere reports whether both are known and differ in their registrable domain.
func elsewhere(a, b string) bool {
	return a != "" && b != "" && a != b && site(a) != site(b)
}

func within(domain string, own []string) bool {
	for _, o := range own {
		if host.Within(domain, o) {
			return true
		}
	}
	return false
}

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}
