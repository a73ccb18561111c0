package record

import (
	"slices"
	"strings"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/fold"
	"github.com/sekisho/sekisho/host"
)

// ours knows what belongs to the organisation, to those it deals with, or to everybody, so that sharing it means nothing.
type ours struct {
	org       *sekisho.Org
	intel     *sekisho.Intel
	addresses map[string]bool // of people, in lower case
	people    map[string]string
	wallets   map[string]bool
	brands    map[string]bool // registrable domains
}

// everybodys are the lists of hosts at which anyone can have something.
var everybodys = []string{"freemail", "hosting", "shortener", "redirector", "gateway", "esp", "formhosting", "filehosting", "codehosting", "messenger", "meeting", "ddns"}

func newOurs(org *sekisho.Org, intel *sekisho.Intel) *ours {
	o := &ours{org: org, intel: intel, addresses: map[string]bool{}, people: map[string]string{}, wallets: map[string]bool{}, brands: map[string]bool{}}
	for _, p := range org.People {
		for _, address := range p.Addresses {
			o.addresses[strings.ToLower(address)] = true
		}
		for _, name := range slices.Concat([]string{p.Name.En, p.Name.Ja, p.Name.Kana}, p.Aliases) {
			if folded := foldName(name); folded != "" {
				o.people[folded] = foldName(personName(p))
			}
		}
	}
	for _, w := range org.Wallets {
		for _, address := range w.Addresses {
			o.wallets[strings.ToLower(address)] = true
		}
	}
	for _, b := range intel.Brands {
		for _, domain := range b.Domains {
			o.brands[domain] = true
		}
	}
	return o
}

func personName(p sekisho.Person) string {
	if p.Name.En != "" {
		return p.Name.En
	}
	return p.Name.Ja
}

// foldName folds a name; spaces are not kept where they say nothing, between kanji.
func foldName(name string) string {
	folded := fold.Text(name)
	if strings.IndexFunc(folded, isHan) >= 0 {
		folded = strings.ReplaceAll(folded, " ", "")
	}
	return folded
}

// own reports whether a host is the organisation's.
func (o *ours) own(name string) bool {
	return slices.ContainsFunc(o.org.Domains, func(domain string) bool { return host.Within(name, domain) })
}

// trusted reports whether a host is the organisation's or of those it deals with.
func (o *ours) trusted(name string) bool {
	return o.own(name) || slices.ContainsFunc(o.org.Partners, func(p sekisho.Partner) bool {
		return slices.ContainsFunc(p.Domains, func(domain string) bool { return host.Within(name, domain) })
	})
}

// shared reports whether a host is everybody's, so that two who use it have nothing in common.
func (o *ours) shared(name string) bool {
	for _, list := range everybodys {
		if _, ok := o.intel.Host(list, name); ok {
			return true
		}
	}
	return false
}

// telling reports whether two who use the site belong together.
func (o *ours) telling(site string) bool {
	return site != "" && !o.trusted(site) && !o.shared(site) && !o.brands[site]
}
