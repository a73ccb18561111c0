// Package lookalike compares domain names with those that attackers borrow: the organisation's own, its partners' and
// the brands of intel.
//
// Names are compared through [fold.Skeleton], so that characters of other scripts, digits for letters and joined
// letters fall together, and through an index of deletions, so that one wrong, missing, added or swapped letter is
// found without producing permutations. The brand is looked for in every label: the registered one in every way, the
// labels under it only whole or as the real domain written out.
//
// Nothing is reported for a name that really belongs to a brand, a partner or the organisation. A brand inside another
// word (pineapple) is not a match: what stands beside it must be joined by a hyphen or be a word of intel's list
// "lure" or digits. Names of four letters and less, and names that are everyday words (intel's list "word", and
// brands marked common), match in fewer ways.
package lookalike

import (
	"strings"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/host"
)

// Facts is one resemblance of a domain name.
type Facts struct {
	Name     string `json:"name" doc:"the host name as a person reads it"`
	Site     string `json:"site" doc:"its registrable domain in ASCII"`
	Brand    string `json:"brand" doc:"whom it resembles: the brand, the partner or the organisation"`
	Group    string `json:"group" doc:"the brand's group: exchange, wallet, bank and so on; empty for the organisation and partners"`
	Whose    string `json:"whose" doc:"organisation, partner or brand"`
	Of       string `json:"of" doc:"the real domain it resembles"`
	How      string `json:"how" doc:"the strongest way it does: written-out (the real domain inside the name), punycode, homoglyph, other-tld, www, split (over dots), hyphenation, repetition, transposition, omission, plural, bitsquatting, vowel-swap, replacement, insertion, added-word, subdomain"`
	Part     string `json:"part" doc:"the part of the name that matched, as a person reads it"`
	Distance int    `json:"distance" doc:"edits between that part and the real name, 0 when they look the same"`
	Common   bool   `json:"common" doc:"the real name is also an everyday word"`
}

// Detector finds names that resemble known ones.
var Detector = &sekisho.Detector{
	Name: "lookalike",
	Doc: `Names that resemble ours, a partner's or a brand's.
Sees other characters that look the same, one wrong letter, added words, the name under another domain or ending, and
the real domain written into a longer name. Does not see names that only mean the same.`,
	Kinds:   []sekisho.Kind{sekisho.KindDomain},
	Facts:   Facts{},
	Prepare: prepare,
	Run:     run,
}

// nameLimit is what DNS can carry: RFC 1035 §2.3.4.
const nameLimit = 253

func prepare(org *sekisho.Org, intel *sekisho.Intel) (any, error) {
	return newIndex(org, intel), nil
}

func run(p *sekisho.Pass) error {
	domain, ok := p.Artifact.Form.(*sekisho.Domain)
	x, _ := p.Prepared.(*index)
	if !ok || x == nil || domain.Name == "" || len(domain.Name) > nameLimit || host.IsIP(domain.Name) {
		return nil
	}
	seen := newName(x, domain)
	if seen == nil {
		return nil
	}
	for _, m := range seen.matches() {
		k := m.key
		p.Report(&Facts{Name: domain.Unicode, Site: domain.Site, Brand: k.brand, Group: k.group, Whose: k.whose.String(), Of: k.of,
			How: m.how.String(), Part: m.part, Distance: m.distance, Common: k.common}, sekisho.Quote("name", domain.Unicode))
	}
	return nil
}

// newName takes a host name apart. It is nil when the name really is a known one.
func newName(x *index, domain *sekisho.Domain) *name {
	base := domain.Suffix
	if entry, ok := x.shared(domain.Name); ok && len(entry) > len(base) {
		base = entry
	}
	if domain.Name == base || x.owned(domain.Name, base) {
		return nil
	}
	unicode := domain.Unicode
	if unicode == "" {
		unicode = domain.Name
	}
	n := &name{index: x, punycode: strings.Contains(domain.Name, "xn--"), suffix: base}
	n.labels = strings.Split(unicode, ".")
	n.under = max(1, len(n.labels)-labels(base))
	n.known = x.names[domain.Site]
	return n
}

func labels(name string) int {
	if name == "" {
		return 0
	}
	return strings.Count(name, ".") + 1
}
