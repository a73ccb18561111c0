// Package text opens texts: it tells what is written now from what is quoted, and finds the web addresses, the mail
// addresses and the links to apps in it.
//
// A plain text of a mail or file arrives as bytes and gets its [sekisho.TextForm] here. A text that a page was made
// into arrives with its form; there, an address counts only when the page does not already link it or show it for a link.
//
// Found are http, https and their defanged forms, www., the schemes of messengers, meetings, wallets and Windows, and
// names without a scheme when they have a public suffix and a path or stand in angle brackets. Japanese text directly
// around an address does not belong to it. Mail addresses become the domain they are at, via "address".
package text

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/charset"
	"github.com/sekisho/sekisho/fold"
	"github.com/sekisho/sekisho/host"
)

// Opener reads texts.
var Opener = &sekisho.Opener{
	Name: "text",
	Doc: "Texts.\n\nQuoted earlier mails are kept apart. Web addresses, links to apps and the domains of mail addresses in the text become parts; " +
		"names without a scheme only when they have a path or stand in angle brackets.",
	Kinds: []sekisho.Kind{sekisho.KindText},
	Run:   run,
}

const (
	contentLimit = 8 << 20 // bytes that are read as text
	linkLimit    = 500     // links of one text
	domainLimit  = 200     // domains of mail addresses in one text
)

func run(_ context.Context, a *sekisho.Artifact, b *sekisho.Budget) error {
	form, ok := a.Form.(*sekisho.TextForm)
	var err error
	if !ok {
		if a.Blob == nil {
			return nil
		}
		form, err = read(a)
		a.Form = form
	} else if spelt := tagged(form.Content); spelt != "" {
		form.Hidden = strings.TrimSpace(form.Hidden + "\n" + spelt)
	}
	return errors.Join(err, addFound(a, form, b))
}

// read makes the form of a text from its bytes.
func read(a *sekisho.Artifact) (*sekisho.TextForm, error) {
	var err error
	if a.Size > contentLimit {
		err = fmt.Errorf("%w: a text of %d bytes", sekisho.ErrLimit, a.Size)
	}
	data := make([]byte, min(a.Size, contentLimit))
	n, readErr := a.Blob.ReadAt(data, 0)
	if readErr != nil && readErr != io.EOF {
		err = errors.Join(err, fmt.Errorf("read text: %w", readErr))
	}
	data = data[:n]
	if int64(n) < a.Size {
		data = whole(data)
	}
	decoded, _ := charset.Decode(charset.Guess(data), data)
	content, quoted := split(decoded)
	return &sekisho.TextForm{Content: content, Folded: fold.Text(content), Hidden: tagged(decoded), Quoted: quoted}, err
}

// whole cuts a character of UTF-8 off that the end of data splits, lest it speak for another charset.
func whole(data []byte) []byte {
	for i := len(data) - 1; i >= max(0, len(data)-utf8.UTFMax); i-- {
		if utf8.RuneStart(data[i]) {
			if data[i] >= utf8.RuneSelf && !utf8.FullRune(data[i:]) {
				return data[:i]
			}
			break
		}
	}
	return data
}

// tagged returns what Unicode tag characters spell, which no reader shows.
func tagged(s string) string {
	const prefix = "\xF3\xA0" // of U+E0000 to U+E0FFF
	if !strings.Contains(s, prefix) {
		return ""
	}
	var b strings.Builder
	for _, r := range s {
		if r >= 0xE0020 && r <= 0xE007E {
			b.WriteByte(byte(r - 0xE0000))
		}
	}
	return b.String()
}

// addFound adds the links and domains in the text.
func addFound(a *sekisho.Artifact, form *sekisho.TextForm, b *sekisho.Budget) error {
	known := linked(a)
	var limit error
	links, domains := 0, 0
	for found := range scan(form.Content) {
		if known[found] {
			continue
		}
		known[found] = true
		part := &sekisho.Artifact{Kind: sekisho.KindLink, Name: found.text, Via: "href", Form: &sekisho.Link{Href: found.text, Shown: found.text, Element: "text"}}
		if found.address {
			part = &sekisho.Artifact{Kind: sekisho.KindDomain, Name: found.text, Via: "address"}
			domains++
		} else {
			links++
		}
		if links > linkLimit || domains > domainLimit {
			limit = fmt.Errorf("%w: a text with more than %d links or %d domains", sekisho.ErrLimit, linkLimit, domainLimit)
			break
		}
		if err := b.Add(a, part); err != nil {
			return err
		}
	}
	return limit
}

// linked returns what the page around the text already links, and what it shows for those links.
func linked(a *sekisho.Artifact) map[found]bool {
	known := map[found]bool{}
	if a.Up == nil || a.Via != "content" {
		return known
	}
	for _, sibling := range a.Up.Parts {
		link, ok := sibling.Form.(*sekisho.Link)
		if !ok {
			continue
		}
		known[found{text: link.Href}] = true
		for shown := range scan(link.Shown) {
			if !shown.address {
				known[shown] = true
			}
		}
	}
	return known
}

// mailHost returns the domain of a mail address, or false when it is none.
func mailHost(address string) (string, bool) {
	local, domain, ok := strings.Cut(address, "@")
	if !ok || local == "" {
		return "", false
	}
	ascii, ok := host.ASCII(domain)
	if !ok || !strings.Contains(ascii, ".") || host.Numeric(ascii) {
		return "", false
	}
	return ascii, true
}
