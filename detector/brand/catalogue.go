package brand

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/fold"
	"github.com/sekisho/sekisho/term"
)

// A catalogue is every name that may be put forward, indexed. It is not changed after prepare.
type catalogue struct {
	brands []brand
	plain  names          // by folded name, for running text
	looks  names          // by skeleton, for display names, subjects and local parts
	owner  map[string]int // the brand of a registrable domain
	people []string       // the names of our people, in lower case
}

type brand struct {
	name, group string
	common      bool
	domains     []string
}

// owns reports whether the registrable domain is the brand's.
func (b *brand) owns(site string) bool { return site != "" && slices.Contains(b.domains, site) }

// ownerOf returns the name of the brand whose registrable domain it is, or "".
func (c *catalogue) ownerOf(site string) string {
	if n, ok := c.owner[site]; ok {
		return c.brands[n].name
	}
	return ""
}

// names finds names and tells whose they are.
type names struct {
	index *term.Index
	texts []string
	brand [][]int // by term
}

func prepare(org *sekisho.Org, intel *sekisho.Intel) (any, error) {
	c := &catalogue{owner: map[string]int{}}
	own := sekisho.Brand{Name: org.Name.En, Names: []string{org.Name.Ja}, Group: "own", Domains: org.Domains}
	if own.Name == "" {
		own.Name = org.Name.Ja
	}
	c.add(own)
	for _, p := range org.People {
		for _, name := range append([]string{p.Name.En, p.Name.Ja}, p.Aliases...) {
			if name != "" {
				c.people = append(c.people, strings.ToLower(name))
			}
		}
	}
	for _, p := range org.Partners {
		c.add(sekisho.Brand{Name: p.Name, Group: "partner", Domains: p.Domains})
	}
	for _, b := range intel.Brands {
		c.add(b)
	}
	for _, n := range []*names{&c.plain, &c.looks} {
		var err error
		if n.index, err = term.NewIndex(n.texts); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func (c *catalogue) add(b sekisho.Brand) {
	if b.Name == "" {
		return
	}
	n := len(c.brands)
	entry := brand{name: b.Name, group: b.Group, common: b.Common}
	for _, domain := range b.Domains {
		s := site(strings.ToLower(domain))
		entry.domains = append(entry.domains, s)
		if _, ok := c.owner[s]; !ok {
			c.owner[s] = n
		}
	}
	c.brands = append(c.brands, entry)
	for _, name := range append([]string{b.Name}, b.Names...) {
		folded := fold.Text(name)
		if tooShort(folded) {
			continue
		}
		for _, text := range []string{folded, strings.ReplaceAll(folded, " ", "")} {
			c.plain.add(text, n)
			c.looks.add(fold.Skeleton(text), n)
		}
	}
}

// tooShort reports whether a folded name is met by accident: less than three letters, or two in Chinese characters.
func tooShort(name string) bool {
	return len(name) < 3 || utf8.RuneCountInString(name) < 2
}

func (n *names) add(text string, brand int) {
	i := slices.Index(n.texts, text)
	if i < 0 {
		i = len(n.texts)
		n.texts = append(n.texts, text)
		n.brand = append(n.brand, nil)
	}
	if !slices.Contains(n.brand[i], brand) {
		n.brand[i] = append(n.brand[i], brand)
	}
}
