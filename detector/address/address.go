// Package address states what is known of blockchain addresses, and of the sites that links and mail addresses name:
// whether an address is one of the organisation's wallets, what lists say of it, whether its checksum is right, and
// whether it resembles another address.
//
// One observation is made for each label of a list, and one without a label when no list says anything. A link or a domain
// is stated only when a list says something of its host or of a domain above it.
//
// Lists that are out of date are a gap, stated once an inspection: what is not found in them may be on them by now. No
// lists at all are none: nothing was asked for.
package address

import (
	"fmt"
	"strings"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/coin"
)

// Detector states what is known of addresses.
var Detector = &sekisho.Detector{
	Name: "address",
	Doc: "What is known of blockchain addresses and of sites.\n\nWhose wallet, what lists say, the checksum, and whether it begins and ends " +
		"like a wallet of the organisation or like another address in the same mail.",
	Kinds:   []sekisho.Kind{sekisho.KindAddress, sekisho.KindLink, sekisho.KindDomain},
	Facts:   Facts{},
	Prepare: prepare,
	Run:     run,
}

// Facts is what is known of one address, by one label.
type Facts struct {
	Chain     string   `json:"chain" doc:"the chain it is read on: the one a label or a wallet is about, otherwise the likeliest; domain for the host of a link or a mail address"`
	Chains    []string `json:"chains" doc:"every chain it fits, the likeliest first; empty for a host"`
	Canonical string   `json:"canonical" doc:"its canonical spelling on chain; the listed host or domain"`
	Type      string   `json:"type" doc:"p2pkh, account, program ...; empty for a host"`
	Network   string   `json:"network" doc:"mainnet, testnet, or which chain of a family; empty for a host"`
	Checksum  string   `json:"checksum" doc:"valid, absent or invalid; empty for a host"`
	Invalid   bool     `json:"invalid" doc:"its checksum is wrong: mistyped, cut or altered"`

	Ours     string `json:"ours" doc:"the organisation's wallet it belongs to, by the profile; empty if none"`
	OursKind string `json:"ours_kind" doc:"cold, warm or hot, when it is the organisation's"`

	Label       string `json:"label" doc:"what the list calls it and whose it is: sanction, Lazarus Group; empty when no list says anything"`
	Category    string `json:"category" doc:"sanction, theft, mixer, scam, phishing, ransomware, exchange ... as the list says; empty when none does"`
	Entity      string `json:"entity" doc:"whose it is, as the source names it"`
	Source      string `json:"source" doc:"who says so"`
	Date        string `json:"date" doc:"since when, as YYYY-MM-DD, empty when the source does not say"`
	Delisted    string `json:"delisted" doc:"when the source took it back, as YYYY-MM-DD: it was listed formerly; empty while it stands"`
	Confidence  string `json:"confidence" doc:"the source's own word for how sure it is"`
	List        string `json:"list" doc:"the name of the list"`
	ListAgeDays int    `json:"list_age_days" doc:"days since the list was last known to be current, 0 without a label"`
	Stale       bool   `json:"stale" doc:"some list is older than it should be, so that what is not found may be listed"`

	Resembles      string `json:"resembles" doc:"another address of the same chain with the same first four and last four characters after its prefix; empty if none"`
	ResemblesWhose string `json:"resembles_whose" doc:"the organisation's wallet that the other one belongs to, empty when it is only another address in the same tree"`
}

// An owned address is one of the organisation's.
type owned struct {
	chain, canonical string
	wallet           *sekisho.Wallet
}

// book is the organisation's addresses.
type book struct {
	exact map[string]owned   // by chain and canonical address
	near  map[string][]owned // by what stays of an address at a glance
}

func prepare(org *sekisho.Org, _ *sekisho.Intel) (any, error) {
	b := &book{exact: map[string]owned{}, near: map[string][]owned{}}
	for i := range org.Wallets {
		w := &org.Wallets[i]
		chain, _ := coin.Chain(w.Chain)
		for _, written := range w.Addresses {
			bare, _ := coin.Trim(written)
			for n, a := range coin.Parse(bare) {
				if a.Chain != chain && (chain != "" || n > 0) {
					continue
				}
				o := owned{a.Chain, a.Canonical, w}
				b.exact[a.Chain+" "+a.Canonical] = o
				if at := glance(a.Chain, a.Canonical); at != "" {
					b.near[at] = append(b.near[at], o)
				}
			}
		}
	}
	return b, nil
}

func run(pass *sekisho.Pass) error {
	switch form := pass.Artifact.Form.(type) {
	case *sekisho.AddressForm:
		return address(pass, form)
	case *sekisho.Link:
		if !form.IP && (form.Scheme == "http" || form.Scheme == "https") {
			site(pass, form.Host, form.Site)
		}
	case *sekisho.Domain:
		site(pass, form.Name, form.Site)
	}
	return nil
}

func address(pass *sekisho.Pass, form *sekisho.AddressForm) error {
	read := coin.Parse(form.Written)
	if len(read) == 0 {
		return nil
	}
	b, _ := pass.Prepared.(*book)
	at := read[0]
	facts := Facts{}
	for _, a := range read {
		facts.Chains = append(facts.Chains, a.Chain)
	}
	for _, a := range read {
		if o, ok := b.exact[a.Chain+" "+a.Canonical]; ok {
			facts.Ours, facts.OursKind, at = o.wallet.Name, o.wallet.Kind, a
			break
		}
	}
	first := true
	if facts.Ours == "" {
		first = facts.resemble(pass, b, at)
	} else {
		first = isFirst(pass.Artifact)
	}
	stale := staleLists(pass.Intel)
	facts.Stale = len(stale) > 0
	labelled := false
	if pass.Intel.Labels != nil {
		for _, a := range read {
			for _, l := range pass.Intel.Labels.Labels(a.Chain, a.Canonical) {
				labelled = true
				facts.of(a).labelled(pass, l)
			}
		}
	}
	if !labelled {
		report(pass, facts.of(at))
	}
	if first && facts.Stale {
		return fmt.Errorf("%w: lists of addresses are out of date: %s", sekisho.ErrUnavailable, strings.Join(stale[:min(len(stale), 8)], "; "))
	}
	return nil
}

// of returns the facts as they are on the chain of one reading.
func (f Facts) of(a coin.Address) *Facts {
	f.Chain, f.Canonical, f.Type, f.Network = a.Chain, a.Canonical, a.Type, a.Network
	f.Checksum, f.Invalid = string(a.Checksum), a.Checksum == coin.Invalid
	return &f
}

// labelled reports the facts with one label.
func (f *Facts) labelled(pass *sekisho.Pass, l sekisho.Label) {
	f.Category, f.Entity, f.Source, f.Date, f.Delisted, f.Confidence, f.List = l.Category, l.Entity, l.Source, l.Date, l.Delisted, l.Confidence, l.List
	f.Label = strings.Trim(l.Category+", "+l.Entity, ", ")
	if !l.Listed.IsZero() {
		f.ListAgeDays = max(0, int(pass.Intel.Now.Sub(l.Listed).Hours()/24))
	}
	report(pass, f)
}

func report(pass *sekisho.Pass, f *Facts) {
	where, written := "text", pass.Artifact.Name
	if pass.Artifact.Via != "" {
		where = pass.Artifact.Via
	}
	if l, ok := pass.Artifact.Form.(*sekisho.Link); ok {
		written = l.Href
	}
	pass.Report(f, sekisho.Quote(where, written))
}

func staleLists(intel *sekisho.Intel) []string {
	if intel.Labels == nil {
		return nil
	}
	return intel.Labels.Stale(intel.Now)
}

// resemble notes another address that a person would take for this one: first of the organisation's, then in the same
// tree. It reports whether the artifact is the first address of its tree.
func (f *Facts) resemble(pass *sekisho.Pass, b *book, a coin.Address) (first bool) {
	at := glance(a.Chain, a.Canonical)
	if at == "" {
		return isFirst(pass.Artifact)
	}
	for _, o := range b.near[at] {
		if o.canonical != a.Canonical {
			f.Resembles, f.ResemblesWhose = o.canonical, o.wallet.Name
			break
		}
	}
	var earliest *sekisho.Artifact
	for other := range pass.Artifact.Root().All() {
		form, ok := other.Form.(*sekisho.AddressForm)
		if !ok {
			continue
		}
		if earliest == nil {
			earliest = other
		}
		if f.Resembles == "" && form.Chain == a.Chain && sameTail(form.Canonical, a.Canonical) && form.Canonical != a.Canonical && glance(form.Chain, form.Canonical) == at {
			f.Resembles = form.Canonical
		}
		if f.Resembles != "" {
			break
		}
	}
	return earliest == pass.Artifact
}

func isFirst(a *sekisho.Artifact) bool {
	for other := range a.Root().All() {
		if other.Kind == sekisho.KindAddress {
			return other == a
		}
	}
	return false
}

// ends is how many characters people compare at each end of an address, and wallets show.
const ends = 4

// glance returns what a person sees of a canonical address at a glance: chain, first and last characters after what all
// addresses of its type share. It is empty for an address too short to be told by them.
func glance(chain, canonical string) string {
	body := canonical
	switch colon, one := strings.IndexByte(body, ':'), strings.IndexByte(body, '1'); {
	case strings.HasPrefix(body, "0x"):
		body = strings.ToLower(body[2:])
	case colon >= 0:
		body = body[min(colon+2, len(body)):]
	case one > 0 && body == strings.ToLower(body):
		body = body[min(one+2, len(body)):] // Bech32: the prefix, and the version or type
	default:
		body = body[1:] // base58: the first character is the version
	}
	if len(body) < 20 {
		return ""
	}
	return chain + " " + body[:ends] + body[len(body)-ends:]
}

// sameTail is a quick test that nearly every other address fails.
func sameTail(a, b string) bool {
	return len(a) > ends && len(b) > ends && strings.EqualFold(a[len(a)-ends:], b[len(b)-ends:])
}

// site reports what lists say of a host, or of the nearest domain above it, up to the registrable one.
func site(pass *sekisho.Pass, host, registrable string) {
	if pass.Intel.Labels == nil {
		return
	}
	for name := host; name != ""; {
		labels := pass.Intel.Labels.Labels("domain", name)
		for _, l := range labels {
			(&Facts{Chain: "domain", Canonical: name}).labelled(pass, l)
		}
		if len(labels) > 0 || name == registrable {
			return
		}
		_, name, _ = strings.Cut(name, ".")
	}
}
