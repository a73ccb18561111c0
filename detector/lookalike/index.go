package lookalike

import (
	"strings"
	"unicode/utf8"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/fold"
	"github.com/sekisho/sekisho/host"
)

// An owner says whose a name is, the nearest to us first.
type owner int

const (
	organisation owner = iota
	partner
	brand
	owners
)

func (o owner) String() string { return [...]string{"organisation", "partner", "brand"}[o] }

// A key is a name that others may resemble.
type key struct {
	text     string // without dots, hyphens and spaces, in lower case
	skeleton string
	brand    string
	group    string
	of       string
	whose    owner
	common   bool
}

// short reports whether the name is too short for comparing with wrong letters.
func (k *key) short() bool { return len(k.skeleton) <= 4 }

// An index finds keys by what is seen. It is built once and then only read.
type index struct {
	own       map[string]bool   // real domains of anybody known
	names     map[string]bool   // names that intel lists as a service of its own: none of them is somebody's lookalike
	domains   map[string]*key   // real domains, hyphens written as dots
	exact     map[string]*key   // by text
	looks     map[string]*key   // by skeleton
	deletions map[string][]*key // by the skeleton, and by the skeleton with any one byte deleted
	longest   int               // bytes of the longest text
	lure      map[string]string // words that stand beside a brand
	word      map[string]string // everyday words
	intel     *sekisho.Intel
}

func newIndex(org *sekisho.Org, intel *sekisho.Intel) *index {
	x := &index{own: map[string]bool{}, names: map[string]bool{}, domains: map[string]*key{}, exact: map[string]*key{},
		looks: map[string]*key{}, deletions: map[string][]*key{}, lure: intel.Lists["lure"].Entries, word: intel.Lists["word"].Entries, intel: intel}
	for list, l := range intel.Lists {
		if list == "lure" || list == "word" || list == "tld" {
			continue
		}
		for entry := range l.Entries {
			x.names[entry] = true
		}
	}
	x.add(organisation, []sekisho.Brand{{Name: org.Name.En, Names: []string{org.Name.Ja}, Domains: org.Domains}})
	partners := make([]sekisho.Brand, len(org.Partners))
	for i, p := range org.Partners {
		partners[i] = sekisho.Brand{Name: p.Name, Domains: p.Domains}
	}
	x.add(partner, partners)
	x.add(brand, intel.Brands)
	return x
}

// add indexes the names of owners: the domains people know first, then their names, then their other domains. What is
// added first keeps a name that several have.
func (x *index) add(whose owner, brands []sekisho.Brand) {
	for _, b := range brands {
		for _, domain := range b.Domains[:min(1, len(b.Domains))] {
			x.addDomain(whose, b, domain)
		}
	}
	for _, b := range brands {
		if len(b.Domains) == 0 {
			continue
		}
		for _, name := range append([]string{b.Name}, b.Names...) {
			if k := x.newKey(whose, b, fold.Text(name)); utf8.RuneCountInString(k.text) >= 3 {
				x.put(k)
			}
		}
		for _, domain := range b.Domains[1:] {
			x.addDomain(whose, b, domain)
		}
	}
}

func (x *index) addDomain(whose owner, b sekisho.Brand, domain string) {
	x.own[domain] = true
	k := x.newKey(whose, b, registered(domain))
	if k.of = domain; len(k.text) < 3 {
		return
	}
	if dotted := strings.ReplaceAll(domain, "-", "."); x.domains[dotted] == nil && (len(k.text) > 3 || !k.common) {
		x.domains[dotted] = k
	}
	// A brand's further domains may be anything (go.com, blog.google): only those that bear its name stand for it.
	if whose != brand || domain == b.Domains[0] || bears(k.text, b) {
		x.put(k)
	}
}

func bears(label string, b sekisho.Brand) bool {
	for _, name := range append([]string{b.Name, registered(b.Domains[0])}, b.Names...) {
		if name = squeeze(fold.Text(name)); len(name) >= 3 && strings.Contains(label, name) {
			return true
		}
	}
	return false
}

func (x *index) newKey(whose owner, b sekisho.Brand, name string) *key {
	k := &key{text: squeeze(name), brand: b.Name, group: b.Group, of: b.Domains[0], whose: whose}
	_, everyday := x.word[k.text]
	k.common = whose == brand && (b.Common || everyday)
	return k
}

func (x *index) put(k *key) {
	if x.exact[k.text] != nil {
		return
	}
	k.skeleton = fold.Skeleton(k.text)
	x.exact[k.text] = k
	x.longest = max(x.longest, len(k.text))
	if x.looks[k.skeleton] != nil {
		return
	}
	x.looks[k.skeleton] = k
	if k.short() || !isASCII(k.skeleton) || k.common && len(k.skeleton) < 6 {
		return
	}
	x.deletions[k.skeleton] = append(x.deletions[k.skeleton], k)
	for i := range k.skeleton {
		if i > 0 && k.skeleton[i] == k.skeleton[i-1] {
			continue // the same string as for i-1
		}
		without := k.skeleton[:i] + k.skeleton[i+1:]
		x.deletions[without] = append(x.deletions[without], k)
	}
}

// owned reports whether the name, or one it stands under, really is somebody's. A domain under which anyone can have a
// name, base, owns only itself.
func (x *index) owned(name, base string) bool {
	for {
		if x.own[name] {
			return true
		}
		_, parent, ok := strings.Cut(name, ".")
		if !ok || parent == base {
			return false
		}
		name = parent
	}
}

// shared returns the service under which anyone can have the name.
func (x *index) shared(name string) (string, bool) {
	if entry, ok := x.intel.Host("hosting", name); ok {
		return entry, true
	}
	return x.intel.Host("ddns", name)
}

// registered returns what stands before a domain's public suffix: "bank" of bank.example.
func registered(domain string) string {
	site, suffix, _ := host.Site(domain)
	if site == suffix {
		label, _, _ := strings.Cut(site, ".")
		return label
	}
	return host.Unicode(strings.TrimSuffix(site, "."+suffix))
}

// squeeze drops what joins the words of a name.
func squeeze(name string) string {
	if !strings.ContainsAny(name, " -_.'’&!+・") {
		return name
	}
	return strings.Map(func(r rune) rune {
		switch r {
		case ' ', '-', '_', '.', '\'', '’', '&', '!', '+', '・':
			return -1
		}
		return r
	}, name)
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
