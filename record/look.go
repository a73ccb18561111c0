package record

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"slices"
	"strings"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/fold"
	"github.com/sekisho/sekisho/host"
	"github.com/sekisho/sekisho/report"
)

const (
	indicatorLimit = 500 // of a passage
	joinLimit      = 100 // keys by which a passage joins a case
	sumLimit       = 1 << 30
	telltaleBytes  = 64 // a file this small is nobody's
)

// A sighting is an indicator in one place.
type sighting struct{ kind, value, artifact, via string }

// A look collects what an attack can be told by.
type look struct {
	ours  *ours
	hide  *curtain
	seen  []sighting
	known map[string]bool
	joins []string
}

// look looks through what a passage is about.
func (s *Store) look(p *sekisho.Passage, focus *sekisho.Artifact, sum func(*sekisho.Artifact) string, hide *curtain) *look {
	l := &look{ours: s.own, hide: hide, known: map[string]bool{}}
	l.facts(p.Verdict)
	var text string
	for a := range focus.All() {
		switch form := a.Form.(type) {
		case *sekisho.Mail:
			l.mail(a, form)
		case *sekisho.Link:
			l.link(a, form)
		case *sekisho.Domain:
			l.domain(a, form.Name, a.Via, a == focus)
		case *sekisho.AddressForm:
			l.address(a, form)
		case *sekisho.TextForm:
			if len(form.Content) > len(text) && ownText(a, focus) {
				text = form.Content
			}
		}
		if a.Kind == sekisho.KindFile || a.Kind == sekisho.KindArchive {
			l.file(a, sum(a))
		}
	}
	for _, band := range likeness(text) {
		l.add(IndicatorText, band, focus.ID, "body", true)
	}
	return l
}

// ownText reports whether a text is what the focus itself says, and nothing attached to it does.
func ownText(a, focus *sekisho.Artifact) bool {
	if a != focus && a.Via != "body" && a.Via != "content" {
		return false
	}
	for up := a.Up; up != nil && a != focus; a, up = up, up.Up {
		if up != focus && up.Kind != sekisho.KindPage && up.Kind != sekisho.KindText {
			return false
		}
	}
	return true
}

// add notes an indicator, and whether it joins.
func (l *look) add(kind, value, artifact, via string, joins bool) {
	value = plain(value, shownLimit)
	if value == "" || l.known[kind+" "+value] || l.hide != nil && kind != IndicatorFingerprint && l.hide.hides(value) {
		return
	}
	if joins {
		l.join(kind + ":" + value)
	}
	if len(l.seen) < indicatorLimit {
		l.known[kind+" "+value] = true
		l.seen = append(l.seen, sighting{kind, value, artifact, plain(via, nameLimit)})
	}
}

func (l *look) join(key string) {
	if len(l.joins) < joinLimit && !slices.Contains(l.joins, key) {
		l.joins = append(l.joins, key)
	}
}

// facts notes what findings rest on: secrets by their fingerprints.
func (l *look) facts(v sekisho.Verdict) {
	for _, f := range v.Findings {
		for _, o := range f.Evidence {
			if secret, ok := o.Facts.(report.Fingerprinted); ok && o.Artifact != nil {
				l.add(IndicatorFingerprint, secret.SecretFingerprint(), o.Artifact.ID, "key", true)
			}
		}
	}
}

func (l *look) mail(a *sekisho.Artifact, m *sekisho.Mail) {
	for _, boxes := range []struct {
		via  string
		list []sekisho.Mailbox
	}{{"From", m.From}, {"Sender", m.Sender}, {"Reply-To", m.ReplyTo}} {
		for _, box := range boxes.list[:min(len(boxes.list), 20)] {
			l.sender(a, strings.ToLower(box.Local)+"@"+box.Domain, box.Domain, boxes.via)
			l.persona(a, box, boxes.via)
		}
	}
	if at := strings.LastIndexByte(m.ReturnPath, '@'); at > 0 {
		l.sender(a, strings.ToLower(m.ReturnPath), strings.ToLower(m.ReturnPath[at+1:]), "Return-Path")
	}
}

func (l *look) sender(a *sekisho.Artifact, address, domain, via string) {
	if domain == "" || strings.HasPrefix(address, "@") {
		return
	}
	// A return path is often of a service that sends for many, and new for every mail.
	strong := via != "Return-Path"
	own := l.ours.own(domain) || l.ours.addresses[address]
	l.add(IndicatorSender, address, a.ID, via, strong && !own)
	l.domain(a, domain, via, strong)
}

// domain notes a host and the site it belongs to, by which passages are joined.
func (l *look) domain(a *sekisho.Artifact, name, via string, strong bool) {
	if name == "" || len(name) > 253 {
		return
	}
	site, _, _ := host.Site(name)
	strong = strong && l.ours.telling(site) && l.ours.telling(name)
	l.add(IndicatorDomain, name, a.ID, via, strong && site == name)
	if site != name {
		l.add(IndicatorDomain, site, a.ID, via, strong)
	}
}

// persona notes a display name of one of our people on an address that is not theirs.
func (l *look) persona(a *sekisho.Artifact, box sekisho.Mailbox, via string) {
	person, ok := l.ours.people[foldName(box.Name)]
	if !ok || l.ours.own(box.Domain) || l.ours.addresses[strings.ToLower(box.Local)+"@"+box.Domain] {
		return
	}
	l.add(IndicatorPersona, fold.Text(box.Name), a.ID, via, false)
	// The name alone is borrowed by many; from the same service it is one who opens account after account.
	l.join(IndicatorPersona + ":" + person + "\x00" + box.Domain)
}

func (l *look) link(a *sekisho.Artifact, link *sekisho.Link) {
	if link.Scheme != "http" && link.Scheme != "https" || link.Host == "" || l.ours.own(link.Host) {
		return
	}
	l.domain(a, link.Host, a.Via, true)
	if link.URL == "" {
		return
	}
	// Where everybody has something, the whole address says whose it is.
	named := len(link.Path)+len(link.Query) > 6
	l.add(IndicatorURL, link.URL, a.ID, a.Via, named && l.ours.shared(link.Host) && !l.ours.trusted(link.Host))
}

func (l *look) address(a *sekisho.Artifact, form *sekisho.AddressForm) {
	if form.Canonical == "" {
		return
	}
	own := l.ours.wallets[strings.ToLower(form.Canonical)] || l.ours.wallets[strings.ToLower(form.Written)]
	l.add(IndicatorAddress, form.Chain+":"+form.Canonical, a.ID, a.Via, !own)
}

// file notes a file. Only what a sender attached joins: the parts of a document are those of any other, and so are pictures of
// signatures.
func (l *look) file(a *sekisho.Artifact, sum string) {
	attached := a.Up == nil || a.Up.Kind == sekisho.KindMail || a.Up.Kind == sekisho.KindArchive
	if form, ok := a.Form.(*sekisho.File); ok && (form.Inline || strings.HasPrefix(form.Type, "image/")) {
		attached = false
	}
	if sum != "" && a.Size > 0 {
		l.add(IndicatorHash, sum, a.ID, a.Via, attached && a.Size >= telltaleBytes)
	}
}

// sums returns a function that tells the SHA-256 of artifacts in hexadecimal, empty when it cannot be told.
func sums() func(*sekisho.Artifact) string {
	known := map[*sekisho.Artifact]string{}
	left := int64(sumLimit)
	return func(a *sekisho.Artifact) string {
		if sum, ok := known[a]; ok {
			return sum
		}
		if a.Blob == nil || a.Size > left {
			return ""
		}
		left -= a.Size
		hash := sha256.New()
		sum := ""
		if n, err := io.Copy(hash, io.NewSectionReader(a.Blob, 0, a.Size)); err == nil && n == a.Size {
			sum = hex.EncodeToString(hash.Sum(nil))
		}
		known[a] = sum
		return sum
	}
}
