// Package link states what one link is: where it leads, what is shown for it, what kind of place that is, and in which
// ways it is written.
//
// What a place is comes from the lists of intel, and whose it is from the brands and the profile; each fact holds the
// list's entry that matched. A target inside another link (a click tracker, a link-rewriting gateway) is a link of its
// own below it, with facts of its own.
package link

import (
	"strings"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/host"
)

// Facts describes one link.
type Facts struct {
	Data        bool   `json:"data" doc:"it stands in a page or an archive of a source tree, which tools read and people come upon by chance"`
	Element     string `json:"element" doc:"where it stands: a, area, form, img, script, refresh, text, qr, header, redirect"`
	Scheme      string `json:"scheme" doc:"its scheme in lower case"`
	SchemeClass string `json:"scheme_class" doc:"web, mail, phone, data, script, file (also of other machines), or app for any other program that answers it"`
	HTTPS       bool   `json:"https" doc:"the scheme is https"`
	Host        string `json:"host" doc:"the host in ASCII, empty if it has none"`
	Site        string `json:"site" doc:"the registrable domain, or the IP address"`
	Depth       int    `json:"depth" doc:"labels of the host"`
	Length      int    `json:"length" doc:"bytes of the target as written"`
	Port        string `json:"port" doc:"the port when it is not the scheme's default"`
	User        string `json:"user" doc:"what stands before the @ of the authority"`
	UserHost    bool   `json:"user_host" doc:"that reads as a host name: https://bank.example@other.example"`
	IP          bool   `json:"ip" doc:"the host is an IP address"`
	Punycode    bool   `json:"punycode" doc:"the host has a punycode label"`
	Odd         bool   `json:"odd" doc:"written in a way that people and simple parsers misread"`

	ShownURL   string `json:"shown_url" doc:"the URL or host name that is shown for it, empty if the text shows none"`
	ShownHost  string `json:"shown_host" doc:"the host of what is shown, in ASCII"`
	ShownSite  string `json:"shown_site" doc:"the registrable domain of what is shown"`
	ShownBrand string `json:"shown_brand" doc:"whose domain is shown: a brand, a partner or the organisation; empty if nobody's known"`
	Mismatch   bool   `json:"mismatch" doc:"what is shown is of another site than the target and than every target inside it, and not of the same brand"`

	Redirect    bool   `json:"redirect" doc:"its URL carries another URL, which stands below it"`
	Brand       string `json:"brand" doc:"whose real domain the host is: a brand, a partner or the organisation; empty if nobody's known"`
	Own         bool   `json:"own" doc:"the host is the organisation's"`
	SenderSite  bool   `json:"sender_site" doc:"the site is the one the mail above says it is from, or of the same brand"`
	MailerSite  bool   `json:"mailer_site" doc:"the site is that of the envelope sender or of Message-ID of the mail above: whoever sent it out, a newsletter service for one"`
	Gateway     string `json:"gateway" doc:"entry of the list of link-rewriting mail gateways"`
	Redirector  string `json:"redirector" doc:"entry of the list of click trackers and redirectors"`
	Shortener   string `json:"shortener" doc:"entry of the list of URL shorteners"`
	Hosting     string `json:"hosting" doc:"entry of the list of services where anyone can put a page"`
	Formhosting string `json:"formhosting" doc:"entry of the list of services where anyone can put a form"`
	Filehosting string `json:"filehosting" doc:"entry of the list of services where anyone can leave a file"`
	Codehosting string `json:"codehosting" doc:"entry of the list of services where anyone can publish code"`
	Messenger   string `json:"messenger" doc:"entry of the list of messengers"`
	Meeting     string `json:"meeting" doc:"entry of the list of meeting and booking services"`
	DDNS        string `json:"ddns" doc:"entry of the list of dynamic DNS services"`
	TLD         string `json:"tld" doc:"entry of the list of top-level domains with a high share of abuse"`

	Download       string   `json:"download" doc:"class of file the path ends in: program, script, archive, image (of a disk), shortcut, macro; empty for others"`
	Extension      string   `json:"extension" doc:"the extension the path ends in, in lower case without the dot"`
	Random         float64  `json:"random" doc:"how machine-made the host's own labels look, from 0 to 1: the greatest share, over labels of 8 characters and more, of characters in runs of four consonants and more or beside a change between letter and digit"`
	RecipientInURL bool     `json:"recipient_in_url" doc:"an address that the mail above is sent to stands in the URL, as it is, percent-encoded or in base64"`
	PathWords      []string `json:"path_words" doc:"words of the path that ask for a sign-in, a confirmation or a payment, at most 8"`
}

// Detector states what a link is.
var Detector = &sekisho.Detector{
	Name: "link",
	Doc: `Where a link leads, what is shown for it, and how it is written.
Sees the text that names another site, disguises in the URL, what kind of place the target is by lists, downloads, and
the recipient's address in the URL. Follows nothing: what a short URL leads to is not known.`,
	Kinds:   []sekisho.Kind{sekisho.KindLink},
	Facts:   Facts{},
	Prepare: func(org *sekisho.Org, intel *sekisho.Intel) (any, error) { return newIndex(org, intel), nil },
	Run:     run,
}

func run(p *sekisho.Pass) error {
	form, ok := p.Artifact.Form.(*sekisho.Link)
	x, _ := p.Prepared.(index)
	if !ok || form.Scheme == "" || form.Scheme == "cid" || form.Scheme == "about" {
		return nil
	}
	f := &Facts{Data: isData(p.Artifact), Element: form.Element, Scheme: form.Scheme, SchemeClass: class(form.Scheme), HTTPS: form.Scheme == "https",
		Host: form.Host, Site: form.Site, Length: len(form.Href), Port: form.Port, User: form.User, IP: form.IP, Odd: form.Odd}
	f.Punycode = strings.HasPrefix(form.Host, "xn--") || strings.Contains(form.Host, ".xn--")
	f.UserHost = reads(form.User)
	if form.Host != "" {
		f.Depth = strings.Count(form.Host, ".") + 1
		f.place(p.Intel, form)
		f.whose(x, form)
	}
	targets := redirects(p.Artifact)
	f.Redirect = len(targets) > 0
	f.shown(x, form, targets)
	if f.SchemeClass == "web" {
		f.Download, f.Extension = download(form.Path)
		f.PathWords = pathWords(p.Intel.Lists["pathword"], form.Path)
	}
	if mail := p.Artifact.Above(sekisho.KindMail); mail != nil {
		if m, ok := mail.Form.(*sekisho.Mail); ok {
			f.SenderSite = sender(x, m, form)
			f.MailerSite = mailer(m, form.Site)
			f.RecipientInURL = f.SchemeClass == "web" && names(form, recipients(m))
		}
	}
	at := []sekisho.Span{sekisho.Quote("href", form.Href)}
	if form.Shown != "" {
		at = append(at, sekisho.Quote("shown", form.Shown))
	}
	p.Report(f, at...)
	return nil
}

// isData reports whether the link stands in a page or an archive of a source tree.
func isData(a *sekisho.Artifact) bool {
	inside := false
	for up := a.Up; up != nil; up = up.Up {
		if up.Via == "tree" {
			return inside
		}
		inside = inside || up.Kind == sekisho.KindPage || up.Kind == sekisho.KindArchive
	}
	return false
}

// mailer reports whether the site is that of the mail's envelope sender or Message-ID.
func mailer(m *sekisho.Mail, link string) bool {
	for _, address := range []string{m.ReturnPath, m.MessageID} {
		at := strings.LastIndexByte(address, '@')
		if domain, ok := host.ASCII(strings.Trim(address[at+1:], "<> ")); at >= 0 && ok && link != "" {
			if site, _, _ := host.Site(domain); site == link {
				return true
			}
		}
	}
	return false
}

// class sorts schemes by what answers them.
func class(scheme string) string {
	switch scheme {
	case "http", "https", "ws", "wss", "ftp", "ftps":
		return "web"
	case "mailto":
		return "mail"
	case "tel", "sms", "callto", "sip", "facetime":
		return "phone"
	case "data", "blob":
		return "data"
	case "javascript", "vbscript", "livescript":
		return "script"
	case "file", "smb", "webdav", "dav", "search-ms", "search":
		return "file"
	}
	return "app"
}

// place looks the host up in the lists.
func (f *Facts) place(intel *sekisho.Intel, form *sekisho.Link) {
	for _, l := range [...]struct {
		list  string
		entry *string
	}{
		{"gateway", &f.Gateway}, {"redirector", &f.Redirector}, {"shortener", &f.Shortener}, {"hosting", &f.Hosting},
		{"formhosting", &f.Formhosting}, {"filehosting", &f.Filehosting}, {"codehosting", &f.Codehosting},
		{"messenger", &f.Messenger}, {"meeting", &f.Meeting}, {"ddns", &f.DDNS}, {"tld", &f.TLD},
	} {
		*l.entry, _ = intel.Host(l.list, form.Host)
	}
	if !form.IP {
		f.Random = random(form.Host)
	}
}

func (f *Facts) whose(x index, form *sekisho.Link) {
	if owners := x.owners(form.Host); len(owners) > 0 {
		f.Brand, f.Own = owners[0].name, owners[0].own
	}
}

// redirects returns the targets inside the link, however deep.
func redirects(a *sekisho.Artifact) []*sekisho.Link {
	var targets []*sekisho.Link
	for _, part := range a.Parts {
		if form, ok := part.Form.(*sekisho.Link); ok && part.Via == "redirect" && len(targets) < 16 {
			targets = append(append(targets, form), redirects(part)...)
		}
	}
	return targets
}

// sender reports whether the link leads to the site of the mail's first From.
func sender(x index, m *sekisho.Mail, form *sekisho.Link) bool {
	if len(m.From) == 0 || form.Site == "" || m.From[0].Domain == "" {
		return false
	}
	site, _, _ := host.Site(m.From[0].Domain)
	return site == form.Site || share(x.owners(m.From[0].Domain), x.owners(form.Host))
}
