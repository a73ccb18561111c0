// Package address opens texts and links: the blockchain addresses in them become parts, of kind address.
//
// Visible, hidden and quoted text are read, and the targets of links: payment URIs and the pages of explorers. What
// counts as an address in running text is package coin's to say ([coin.Scan]). Each spelling counts once in a text, and
// a text gives at most 200.
package address

import (
	"context"
	"fmt"
	"unicode/utf8"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/coin"
	"github.com/sekisho/sekisho/fold"
)

// Opener finds addresses. Types has it run after the opener of texts, which makes the form this one reads.
var Opener = &sekisho.Opener{
	Name: "address",
	Doc: "Blockchain addresses in texts and links.\n\nEach spelling once a text, at most 200. One that fails its checksum counts where its " +
		"shape or the words before it tell that an address was meant.",
	Kinds: []sekisho.Kind{sekisho.KindText, sekisho.KindLink},
	Types: []string{"text/plain"},
	Run:   run,
}

const (
	addressLimit = 200 // addresses of one text
	contextChars = 40  // characters before an address
)

func run(_ context.Context, a *sekisho.Artifact, b *sekisho.Budget) error {
	f := finder{up: a, budget: b}
	switch form := a.Form.(type) {
	case *sekisho.TextForm:
		f.text(form.Content, "text")
		f.text(form.Hidden, "hidden")
		f.text(form.Quoted, "quoted")
	case *sekisho.Link:
		if form.Element != "text" { // what stands in the text is found there
			f.text(form.Href, "href")
		}
	}
	return f.err
}

// A finder gathers the addresses of one text.
type finder struct {
	up     *sekisho.Artifact
	budget *sekisho.Budget
	seen   map[string]bool
	err    error
}

func (f *finder) text(text, via string) {
	if f.err != nil {
		return
	}
	coin.Scan(text, func(start, end int, all []coin.Address) bool {
		written := text[start:end]
		if f.seen[written] {
			return true
		}
		if len(f.seen) >= addressLimit {
			f.err = fmt.Errorf("%w: a text with more than %d addresses", sekisho.ErrLimit, addressLimit)
			return false
		}
		if f.seen == nil {
			f.seen = map[string]bool{}
		}
		f.seen[written] = true
		form := formOf(written, all)
		form.Context = before(text[:start])
		f.err = f.budget.Add(f.up, &sekisho.Artifact{Kind: sekisho.KindAddress, Name: written, Via: via, Form: form})
		return f.err == nil
	})
}

func formOf(written string, all []coin.Address) *sekisho.AddressForm {
	first := all[0]
	form := &sekisho.AddressForm{Written: written, Chain: first.Chain, Canonical: first.Canonical, Type: first.Type,
		Network: first.Network, Checksum: string(first.Checksum)}
	for _, a := range all {
		form.Chains = append(form.Chains, a.Chain)
	}
	return form
}

// before returns the last characters of text, folded.
func before(text string) string {
	from := len(text)
	for n := 0; from > 0 && n < contextChars; n++ {
		_, size := utf8.DecodeLastRuneInString(text[:from])
		from -= size
	}
	return fold.Text(text[from:])
}
