// Package feed fetches lists of labelled addresses and web sites, reads the formats they come in, and puts them into the
// store of package label.
//
// A [Library] is a data folder. [Library.Pull] fetches a [Source] of the catalogue over HTTPS, [Library.Import] reads a
// file. Either writes the list whole and then puts it in the place of the version before, or changes nothing: a list that
// cannot be read to its end, that is an HTML page, that holds less than it plausibly can, or that shrank by more than a
// fifth leaves the version before as it was, and says why.
//
// Formats:
//
//	ofac-xml           the SDN list of OFAC, sdn.xml or sdn_advanced.xml
//	ofac-csv           the SDN list of OFAC, sdn.csv
//	plain              one address a line
//	csv                a table with a header that names its columns, or without one when a column holds addresses;
//	                   commas, semicolons, tabs or bars; UTF-8, UTF-16 or Shift_JIS
//	json               an array of addresses, web sites, or of objects with the columns of csv
//	tagpack            a GraphSense TagPack, up to 32 MiB
//	stix               a STIX 2.1 bundle: wallet objects, domain names, and indicators with patterns on these
//	misp               a MISP event: attributes btc, xmr, dash, cryptocurrency objects, domain, hostname
//	eth-phishing       MetaMask's eth-phishing-detect
//	polkadot-phishing  web sites or addresses of polkadot-js/phishing
//
// Everything but TagPacks is read as a stream: memory stays bounded for files of any size.
package feed

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/coin"
	"github.com/sekisho/sekisho/host"
	"github.com/sekisho/sekisho/intel/label"
)

// An item is one thing a list says, as written there.
type item struct {
	address  string
	chain    string // a name or currency code, empty when not said
	site     bool   // address is a web site
	category string
	label    sekisho.Label // Entity, Source, SourceURL, Date, Confidence
}

// errNoAddress is returned for a list in which nothing is an address.
var errNoAddress = errors.New("nothing in it is an address or a web site")

// A sink puts items on a list.
type sink struct {
	source Source
	draft  *label.Draft
	kept   int
	unread int // items that are no address
}

// add puts one item on the list. What package coin cannot read is kept as written, so that it is found as written.
func (s *sink) add(i item) error {
	if i.site {
		return s.addSite(i)
	}
	bare, hint := coin.Trim(i.address)
	if bare == "" || len(bare) > 512 || strings.ContainsAny(bare, " \t\r\n") {
		s.unread++
		return nil
	}
	chain := hint
	for _, name := range [...]string{i.chain, s.source.Chain} {
		if chain == "" {
			chain, _ = coin.Chain(name)
		}
	}
	read := coin.Parse(bare)
	at := 0
	for n, a := range read {
		if a.Chain == chain {
			at = n
			break
		}
	}
	if len(read) == 0 {
		if !plausible(bare) {
			s.unread++
			return nil
		}
		return s.keep(label.Unknown, bare, i)
	}
	return s.keep(read[at].Chain, read[at].Canonical, i)
}

// plausible tells an address of a chain that package coin does not know from words and headings.
func plausible(s string) bool {
	digit := false
	for i := range len(s) {
		c := s[i]
		digit = digit || '0' <= c && c <= '9'
		if c <= ' ' || c >= 0x7F || strings.IndexByte(`"'<>(){}[],;`, c) >= 0 {
			return false
		}
	}
	return digit && len(s) >= 20
}

func (s *sink) addSite(i item) error {
	name := strings.ToLower(strings.TrimSpace(i.address))
	if _, rest, ok := strings.Cut(name, "://"); ok {
		name = rest
	}
	name, path, _ := strings.Cut(name, "/")
	name = strings.TrimPrefix(name, "*.")
	if before, _, ok := strings.Cut(name, ":"); ok {
		name = before
	}
	ascii, ok := host.ASCII(name)
	// A page on a site says nothing of the site's other pages.
	if !ok || path != "" || !strings.Contains(ascii, ".") {
		s.unread++
		return nil
	}
	return s.keep(label.Domain, ascii, i)
}

func (s *sink) keep(chain, address string, i item) error {
	l := i.label
	l.Category = category(i.category)
	if l.Category == "" {
		l.Category = s.source.Category
	}
	if l.Entity == "" {
		l.Entity = s.source.Entity
	}
	if l.Confidence == "" {
		l.Confidence = s.source.Confidence
	}
	if l.SourceURL == "" {
		l.SourceURL = s.source.Home
	}
	s.kept++
	return s.draft.Add(chain, address, l)
}

// categories maps the words of lists to the categories rules know. Other words stay as they are.
var categories = map[string]string{
	"sanctions": "sanction", "sanctioned": "sanction", "ofac": "sanction", "terrorism": "sanction",
	"hack": "theft", "hacks": "theft", "stolen": "theft", "stolen_funds": "theft", "exploit": "theft", "exploiter": "theft", "heist": "theft",
	"service_hack": "theft", "thief": "theft", "hacker": "theft", "盗難": "theft", "ハッキング": "theft",
	"mixing_service": "mixer", "mixing": "mixer", "tumbler": "mixer", "coinjoin": "mixer", "ミキサー": "mixer",
	"fraud": "scam", "scams": "scam", "ponzi_scheme": "scam", "ponzi": "scam", "investment_scam": "scam", "詐欺": "scam",
	"phish": "phishing", "phish_hack": "phishing", "フィッシング": "phishing",
	"cex": "exchange", "dex": "exchange", "取引所": "exchange",
}

// category returns the category that a list's word stands for.
func category(word string) string {
	word = strings.ToLower(strings.TrimSpace(word))
	plain := strings.NewReplacer(" ", "_", "-", "_").Replace(word)
	if known, ok := categories[plain]; ok {
		return known
	}
	return word
}

// malformed wraps an error of a reader: what is wrong with the list, and where.
func malformed(where string, err error) error {
	if errors.Is(err, sekisho.ErrLimit) || errors.Is(err, context.Canceled) {
		return fmt.Errorf("%s: %w", where, err)
	}
	return fmt.Errorf("%w: %s: %w", sekisho.ErrMalformed, where, err)
}
