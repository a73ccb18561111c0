package link

import (
	"strings"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/host"
)

// shownLimit is how much of the text is searched for an address.
const shownLimit = 2048

// shown compares what the text shows with where the link leads.
func (f *Facts) shown(x index, form *sekisho.Link, targets []*sekisho.Link) {
	url, name := address(form.Shown)
	if name == "" {
		return
	}
	f.ShownURL, f.ShownHost = url, name
	f.ShownSite, _, _ = host.Site(name)
	owners := x.owners(name)
	if len(owners) > 0 {
		f.ShownBrand = owners[0].name
	}
	if form.Site == "" || f.SchemeClass != "web" {
		return
	}
	for _, target := range append(targets, form) {
		if target.Site == f.ShownSite || share(owners, x.owners(target.Host)) {
			return
		}
	}
	f.Mismatch = true
}

// address finds the URL or host name that a text shows: the first word with a web scheme or that begins with "www.",
// or the text itself when it is nothing but a host name and perhaps a path.
func address(text string) (url, name string) {
	text = strings.TrimSpace(text[:min(len(text), shownLimit)])
	for word := range strings.FieldsFuncSeq(text, separates) {
		lower := strings.ToLower(word)
		rest, scheme := strings.CutPrefix(lower, "https://")
		if !scheme {
			rest, scheme = strings.CutPrefix(lower, "http://")
		}
		bare := !scheme && !strings.HasPrefix(lower, "www.")
		if bare && (len(word) != len(text) || file(lower)) {
			continue
		}
		if name := hostOf(rest); name != "" && (!bare || registrable(name)) {
			return word, name
		}
	}
	return "", ""
}

func separates(r rune) bool {
	switch r {
	case '<', '>', '(', ')', '[', ']', '{', '}', '"', '\'', '|', ',', ';', '「', '」', '『', '』', '（', '）', '【', '】', '、', '。', '：', '“', '”', '→', '\u00a0', '\u3000':
		return true
	}
	return r <= ' '
}

// hostOf returns the host at the start of s, or "".
func hostOf(s string) string {
	if end := strings.IndexAny(s, "/?#\\"); end >= 0 {
		s = s[:end]
	}
	if at := strings.LastIndexByte(s, '@'); at >= 0 {
		return ""
	}
	if colon := strings.IndexByte(s, ':'); colon >= 0 {
		s = s[:colon]
	}
	s = strings.TrimRight(s, ".!…")
	if !strings.Contains(s, ".") {
		return ""
	}
	name, ok := host.ASCII(s)
	if !ok {
		return ""
	}
	return name
}

// registrable reports whether somebody can have the name: what stands without a scheme may be no host at all.
func registrable(name string) bool { return host.IsIP(name) || host.Public(name) }

// file reports whether a bare word is rather the name of a file than a host, for endings that are both.
func file(word string) bool {
	dot := strings.LastIndexByte(word, '.')
	if dot < 0 || strings.Contains(word, "/") || strings.Count(word, ".") > 1 {
		return false
	}
	switch word[dot+1:] {
	case "zip", "mov", "md", "py", "sh", "pl", "rs", "so", "cab", "ps":
		return true
	}
	return false
}

// reads reports whether what stands before an @ reads as a host name.
func reads(user string) bool {
	user, _, _ = strings.Cut(user, ":")
	return len(user) <= 253 && registrable(hostOf(strings.ToLower(user)))
}
