// Package link opens links and domains: it reads a target as browsers do, by the WHATWG URL standard, and finds the host,
// the document inside a data URL, and the next target of a redirect that is written in the URL itself.
//
// It fetches nothing. A target that no browser opens because it leads nowhere (empty, an anchor, a relative path in a
// mail) is left with an empty URL; one that looks like a URL and that browsers refuse is a gap of class malformed.
// Defanged schemes (hxxp, hxxps) are read as the ones they stand for. Of a data URL, [sekisho.Link] holds the media
// type only; its content becomes a part.
package link

import (
	"context"
	"fmt"
	"strings"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/host"
)

// Opener reads links and domains.
var Opener = &sekisho.Opener{
	Name: "link",
	Doc: "Links and domains.\n\nTargets are read as browsers read them. The host, the address of a mailto URL, the content of a data URL and " +
		"the target that a redirecting URL carries become parts. Nothing is fetched.",
	Kinds: []sekisho.Kind{sekisho.KindLink, sekisho.KindDomain},
	Run:   run,
}

const (
	hrefLimit     = 64 << 10 // bytes of a target that is not a data URL; browsers stop at 2 MB, servers at 8 KB
	redirectLimit = 4        // targets read from one URL
	redirectDepth = 3        // redirects in redirects
)

func run(_ context.Context, a *sekisho.Artifact, b *sekisho.Budget) error {
	if a.Kind == sekisho.KindDomain {
		if a.Form == nil {
			a.Form = domain(a.Name)
		}
		return nil
	}
	form, ok := a.Form.(*sekisho.Link)
	if !ok || form.URL != "" {
		return nil
	}
	if head, ok := dataURL(form.Href); ok {
		return openData(a, form, head, b)
	}
	if len(form.Href) > hrefLimit {
		return fmt.Errorf("%w: a target of %d bytes", sekisho.ErrLimit, len(form.Href))
	}
	u, err := parse(complete(form.Href))
	if err == errScheme {
		return nil
	}
	fill(form, &u)
	if err != nil {
		return fmt.Errorf("%w: %w", sekisho.ErrMalformed, err)
	}
	form.URL = u.String()
	if err := addHost(a, &u, b); err != nil {
		return err
	}
	return addRedirects(a, &u, b)
}

// complete gives a target the scheme that mail programs and address bars give it when it has none.
func complete(href string) string {
	s := strings.TrimFunc(href, func(r rune) bool { return r <= ' ' })
	if len(s) > 1 && slash(s[0]) && slash(s[1]) {
		return "https:" + s
	}
	scheme, rest, ok := cutScheme(s)
	if ok {
		switch scheme {
		case "hxxp", "hxxps":
			return "http" + scheme[len("hxxp"):] + ":" + rest
		}
		if !strings.Contains(scheme, ".") {
			return href
		}
	}
	name, _ := cutAny(s, `/\?#`)
	name, port, _ := strings.Cut(name, ":")
	if strings.Trim(port, "0123456789") != "" {
		return href
	}
	if ascii, ok := host.ASCII(name); ok && (host.Public(ascii) || strings.HasPrefix(ascii, "www.")) {
		return "https://" + s
	}
	return href
}

func fill(form *sekisho.Link, u *url) {
	form.Scheme, form.Host, form.Port, form.User = u.scheme, u.host, u.port, u.user
	form.Path, form.Query, form.Fragment = u.path, u.query, u.fragment
	form.IP, form.Odd = u.ip, u.odd
	form.Unicode = host.Unicode(u.host)
	if _, ok := special(u.scheme); ok {
		form.Site, _, _ = host.Site(u.host)
	}
}

// addHost adds the name that the link leads to: the host, or the domain of a mail address.
func addHost(a *sekisho.Artifact, u *url, b *sekisho.Budget) error {
	name, via := u.host, "host"
	switch _, special := special(u.scheme); {
	case u.scheme == "mailto":
		name, via = mailDomain(u.path), "mailto"
	case !special || u.ip:
		return nil
	}
	if name == "" {
		return nil
	}
	form := domain(name)
	return b.Add(a, &sekisho.Artifact{Kind: sekisho.KindDomain, Name: form.Name, Via: via, Form: form})
}

// mailDomain returns the domain of the first address of a mailto URL's path.
func mailDomain(path string) string {
	address, _, _ := strings.Cut(unescape(path), ",")
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return ""
	}
	return strings.TrimSpace(address[at+1:])
}

func domain(name string) *sekisho.Domain {
	ascii, _ := host.ASCII(name)
	site, suffix, shared := host.Site(ascii)
	return &sekisho.Domain{Name: ascii, Unicode: host.Unicode(ascii), Site: site, Suffix: suffix, Shared: shared}
}

// addRedirects adds the targets that the URL carries.
func addRedirects(a *sekisho.Artifact, u *url, b *sekisho.Budget) error {
	depth := 0
	for up := a; up != nil && up.Kind == sekisho.KindLink && up.Via == "redirect"; up = up.Up {
		depth++
	}
	targets := redirects(u)
	if len(targets) == 0 {
		return nil
	}
	if depth >= redirectDepth {
		return fmt.Errorf("%w: more than %d redirects inside one URL", sekisho.ErrLimit, redirectDepth)
	}
	for _, target := range targets {
		form := &sekisho.Link{Href: target, Element: "redirect"}
		if err := b.Add(a, &sekisho.Artifact{Kind: sekisho.KindLink, Name: target, Via: "redirect", Form: form}); err != nil {
			return err
		}
	}
	return nil
}
