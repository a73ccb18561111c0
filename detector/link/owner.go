package link

import (
	"slices"
	"strings"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/host"
)

// An owner is whom a domain belongs to.
type owner struct {
	name string
	own  bool // the organisation
}

// An index finds the owners of a domain, the one who is known by it first.
type index struct {
	domains map[string][]*owner
	intel   *sekisho.Intel
}

func newIndex(org *sekisho.Org, intel *sekisho.Intel) index {
	x := index{domains: map[string][]*owner{}, intel: intel}
	x.add(&owner{name: org.Name.In(sekisho.English), own: true}, org.Domains)
	for _, p := range org.Partners {
		x.add(&owner{name: p.Name}, p.Domains)
	}
	brands := make([]*owner, len(intel.Brands))
	for i, b := range intel.Brands {
		brands[i] = &owner{name: b.Name}
		x.add(brands[i], b.Domains[:min(1, len(b.Domains))])
	}
	for i, b := range intel.Brands {
		if len(b.Domains) > 1 {
			x.add(brands[i], b.Domains[1:])
		}
	}
	return x
}

func (x index) add(o *owner, domains []string) {
	for _, domain := range domains {
		x.domains[domain] = append(x.domains[domain], o)
	}
}

// owners returns whose the host is. What stands under a domain where anyone can have a name is nobody's.
func (x index) owners(name string) []*owner {
	if entry, ok := x.intel.Host("hosting", name); ok && entry != name {
		return nil
	}
	site, suffix, shared := host.Site(name)
	if shared && name == suffix {
		return x.domains[name]
	}
	for {
		if o := x.domains[name]; o != nil {
			return o
		}
		_, parent, ok := strings.Cut(name, ".")
		if !ok || len(parent) < len(site) {
			return nil
		}
		name = parent
	}
}

// share reports whether somebody stands in both.
func share(a, b []*owner) bool {
	for _, o := range a {
		if slices.Contains(b, o) {
			return true
		}
	}
	return false
}
