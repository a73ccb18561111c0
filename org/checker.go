package org

import (
	"slices"
	"strings"
	"unicode"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/fold"
	"github.com/sekisho/sekisho/host"
)

// A place is where in the profile something stands.
type place struct {
	what string
	line int
}

func (p place) under(key string) string {
	if p.what == "the profile" {
		return key
	}
	return key + " of " + p.what
}

// A checker turns a read profile into the organisation that detectors know.
type checker struct {
	*reader
	domains []string         // the organisation's own
	owner   map[string]place // of a mail address
	names   map[string]place // of people, folded
	wallets map[string]place // by chain and address
}

func (c *checker) org(p *profile) *sekisho.Org {
	o := &sekisho.Org{Name: sekisho.Text{En: p.Organisation.Name.En.Value, Ja: p.Organisation.Name.Ja.Value}}
	if o.Name.En == "" && o.Name.Ja == "" && len(c.problems) == 0 {
		c.fail(1, "write organisation: {name: {en: ..., ja: ...}}", "the organisation has no name")
	}
	if kana := p.Organisation.Name.Kana; kana.Value != "" {
		c.fail(kana.Line, "remove it", "kana is for people's names")
	}
	c.domains = c.hosts(p.Organisation.Domains, "the organisation")
	o.Domains = c.domains
	o.AuthservIDs = values(p.Organisation.AuthservIDs)
	if len(o.Domains) == 0 && len(c.problems) == 0 {
		c.warn(1, "add organisation.domains", "the organisation has no domains: mail in its name cannot be told from its own")
	}
	for i := range p.People {
		o.People = append(o.People, c.person(&p.People[i]))
	}
	taken := map[string]place{}
	for i := range p.Partners {
		o.Partners = append(o.Partners, c.partner(&p.Partners[i], taken))
	}
	for i := range p.Wallets {
		o.Wallets = append(o.Wallets, c.wallet(&p.Wallets[i]))
	}
	return o
}

func (c *checker) person(p *person) sekisho.Person {
	found := sekisho.Person{
		Name:    sekisho.Name{En: p.Name.En.Value, Ja: p.Name.Ja.Value, Kana: p.Name.Kana.Value},
		Aliases: values(p.Aliases),
		Role:    p.Role.Value,
		Title:   sekisho.Text{En: p.Title.En.Value, Ja: p.Title.Ja.Value},
	}
	at := place{what: found.Name.En, line: p.Line}
	if at.what == "" {
		at.what = found.Name.Ja
	}
	if at.what == "" {
		c.fail(p.Line, "write name: {en: Aoi Mori, ja: 森 葵, kana: モリ アオイ}", "a person without a name")
		return found
	}
	if kana := p.Title.Kana; kana.Value != "" {
		c.fail(kana.Line, "remove it", "kana is for the name of %s, not for the title", at.what)
	}
	c.name(p, at)
	found.Addresses = c.addresses(p.Addresses, at)
	if len(found.Addresses) == 0 {
		c.warn(p.Line, "list every address they write from, private ones too", "%s has no addresses: any mail in this name will be told", at.what)
	}
	for service, handle := range p.Accounts {
		if found.Accounts == nil {
			found.Accounts = map[string]string{}
		}
		found.Accounts[strings.ToLower(service)] = strings.TrimPrefix(handle.Value, "@")
	}
	return found
}

func (c *checker) name(p *person, at place) {
	for _, written := range []text{p.Name.En, p.Name.Ja} {
		if written.Value == "" {
			continue
		}
		folded := fold.Text(written.Value)
		if first, twice := c.names[folded]; twice {
			c.warn(written.Line, "give one of them an alias or a middle name", "%q is also the name of the person in line %d: mail cannot tell them apart", written.Value, first.line)
		}
		c.names[folded] = at
	}
	if en := p.Name.En; en.Value != "" && !strings.Contains(fold.Text(en.Value), " ") {
		c.warn(en.Line, "write given name and family name", "%q is a single word, which names too many people to match on", en.Value)
	}
	ja, kana := p.Name.Ja, p.Name.Kana
	if ja.Value == "" {
		return
	}
	parts := strings.Count(fold.Text(ja.Value), " ")
	if parts == 0 {
		c.warn(ja.Line, "write 森 葵, with a space", "%q has no space between family name and given name: they cannot be matched apart", ja.Value)
	}
	switch {
	case !kanji(ja.Value):
	case kana.Value == "":
		c.warn(ja.Line, "add kana: the reading in katakana", "%s has no kana: mail that writes the name by its reading is not recognised", at.what)
	case !isKana(kana.Value):
		c.fail(kana.Line, "write モリ アオイ", "%q is not kana", kana.Value)
	case strings.Count(fold.Text(kana.Value), " ") != parts:
		c.warn(kana.Line, "put the space where the name has it", "%q and %q do not have the same parts", kana.Value, ja.Value)
	}
}

func (c *checker) addresses(written []text, at place) []string {
	var found []string
	for _, w := range written {
		address, ok := mailAddress(w.Value)
		if !ok {
			c.fail(w.Line, "write local@domain, without a name and without < >", "%q is not a mail address", w.Value)
			continue
		}
		first, twice := c.owner[address]
		switch {
		case twice && first == at:
			c.warn(w.Line, "remove one", "%s is listed twice for %s", address, at.what)
			continue
		case twice && c.own(address):
			c.warn(w.Line, "list a shared mailbox for nobody", "%s is listed for %s and for %s", address, first.what, at.what)
		case twice:
			c.fail(w.Line, "an address outside the organisation belongs to one person: remove it from the other", "%s is listed for %s and for %s", address, first.what, at.what)
		}
		c.owner[address] = at
		found = append(found, address)
	}
	return found
}

func (c *checker) own(address string) bool {
	domain := address[strings.LastIndexByte(address, '@')+1:]
	return slices.ContainsFunc(c.domains, func(own string) bool { return host.Within(domain, own) })
}

func (c *checker) partner(p *partner, taken map[string]place) sekisho.Partner {
	found := sekisho.Partner{Name: p.Name.Value}
	if found.Name == "" {
		c.fail(p.Line, "add name", "a partner without a name")
		return found
	}
	found.Domains = c.hosts(p.Domains, found.Name)
	if len(found.Domains) == 0 {
		c.warn(p.Line, "add domains", "%s has no domains: a domain that looks like theirs is not recognised", found.Name)
	}
	for _, domain := range found.Domains {
		if slices.Contains(c.domains, domain) {
			c.fail(p.Line, "list it in one place", "%s is a domain of the organisation and of %s", domain, found.Name)
		} else if other, twice := taken[domain]; twice {
			c.warn(p.Line, "list it in one place", "%s is a domain of %s and of %s", domain, other.what, found.Name)
		}
		taken[domain] = place{what: found.Name, line: p.Line}
	}
	return found
}

// hosts returns the domains in the form that mail and links are compared in.
func (c *checker) hosts(written []text, whose string) []string {
	var found []string
	for _, w := range written {
		name, ok := host.ASCII(w.Value)
		site, suffix, _ := host.Site(name)
		switch {
		case !ok || !hostName(name) || host.IsIP(name):
			c.fail(w.Line, "write a domain alone: kaede-ex.jp", "%q, a domain of %s, is not a domain", w.Value, whose)
		case site == suffix || !strings.Contains(name, "."):
			c.fail(w.Line, "write the whole domain: kaede-ex.jp", "%q, a domain of %s, is a public suffix that anybody can have a name under", w.Value, whose)
		case slices.Contains(found, name):
			c.warn(w.Line, "remove one", "%s is listed twice for %s", name, whose)
		default:
			found = append(found, name)
		}
	}
	return found
}

// mailAddress returns the address in lower case with its domain in ASCII.
func mailAddress(written string) (string, bool) {
	at := strings.LastIndexByte(written, '@')
	if at <= 0 || len(written) > 254 || strings.ContainsFunc(written, unicode.IsSpace) || strings.ContainsAny(written, "<>,;:\"()") {
		return "", false
	}
	domain, ok := host.ASCII(written[at+1:])
	if !ok || !hostName(domain) || strings.Contains(written[:at], "@") {
		return "", false
	}
	return strings.ToLower(written[:at]) + "@" + domain, true
}

// hostName reports whether name has the preferred syntax of RFC 1123 §2.1.
func hostName(name string) bool {
	if len(name) > 253 {
		return false
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for i := range len(label) {
			if c := label[i]; c != '-' && (c < '0' || c > '9') && (c < 'a' || c > 'z') {
				return false
			}
		}
	}
	return true
}

func kanji(s string) bool { return strings.ContainsFunc(s, isHan) }

func isHan(r rune) bool { return unicode.Is(unicode.Han, r) }

func isKana(s string) bool {
	for _, r := range fold.Text(s) {
		if !unicode.In(r, unicode.Katakana, unicode.Hiragana) && r != ' ' && r != 'ー' && r != '・' {
			return false
		}
	}
	return true
}

func values(texts []text) []string {
	var found []string
	for _, t := range texts {
		if t.Value != "" {
			found = append(found, t.Value)
		}
	}
	return found
}
