// Package host reads host names as browsers resolve them and as people read them.
//
// A name in a mail or a page may be written in full-width letters, in upper case, in Unicode or in punycode, and an
// address in octal. [ASCII] and [IPv4] give the one form in which hosts are compared; [Unicode] gives what a person
// reads; [Site] says who answers for a name.
package host

import (
	"net/netip"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// lookup is "domain to ASCII" of the WHATWG URL standard §3.3 with beStrict false.
var lookup = idna.New(
	idna.MapForLookup(),
	idna.Transitional(false),
	idna.StrictDomainName(false),
	idna.CheckHyphens(false),
	idna.CheckJoiners(true),
	idna.BidiRule(),
	idna.VerifyDNSLength(false),
)

// nameLimit is far above what DNS can carry (253 bytes) and keeps hostile names cheap.
const nameLimit = 2048

// ASCII returns name as it is looked up: UTS #46 non-transitional mapping as in browsers (full-width letters and
// dots become ASCII ones), punycode, lower case, no trailing dot. Percent-escapes are the URL parser's business.
//
// It is false for what no browser looks up: an empty name, a code point or label that UTS #46 refuses, a forbidden
// domain code point (space, slash, @ ...), more than 2,048 bytes. The name then comes back in lower case and is good
// for display and comparison only. Underscores are accepted, and so is ASCII that only looks like punycode: Chrome looks
// it up, and shared hosting hands out such names.
func ASCII(name string) (string, bool) {
	mapped, ok := lower(name), true
	if len(name) > nameLimit || strings.Contains(mapped, "\uFFFD") {
		return mapped, false
	}
	if !plain(mapped) {
		out, err := lookup.ToASCII(name)
		switch {
		case err == nil && isASCII(out):
			mapped = out
		case !isASCII(mapped):
			return strings.TrimRight(mapped, "."), false
		}
	}
	mapped = strings.TrimRight(mapped, ".")
	if mapped == "" {
		ok = false
	}
	for i := 0; i < len(mapped) && ok; i++ {
		ok = !Forbidden(mapped[i])
	}
	return mapped, ok
}

// Unicode returns the name as a person reads it: punycode labels decoded where they are valid, kept as they are where
// not. ascii is the result of [ASCII].
func Unicode(ascii string) string {
	if len(ascii) > nameLimit || !strings.Contains(ascii, "xn--") {
		return ascii
	}
	labels := strings.Split(ascii, ".")
	for i, label := range labels {
		if !strings.HasPrefix(label, "xn--") {
			continue
		}
		if decoded, err := lookup.ToUnicode(label); err == nil {
			labels[i] = decoded
		}
	}
	return strings.Join(labels, ".")
}

// Site returns the registrable domain of a name, which is its public suffix and one label, and that suffix. shared
// says that the suffix is in the private part of the public suffix list (github.io, pages.dev): anyone can have a name
// under it. A name that is itself a suffix, and a name without a dot, is its own site. An IP address is its own site
// and has no suffix. ascii is the result of [ASCII] or [IPv4].
func Site(ascii string) (site, suffix string, shared bool) {
	if IsIP(ascii) || ascii == "" {
		return ascii, "", false
	}
	suffix, icann := publicsuffix.PublicSuffix(ascii)
	shared = !icann && strings.Contains(suffix, ".")
	if len(ascii) <= len(suffix)+1 {
		return ascii, suffix, shared
	}
	rest := ascii[:len(ascii)-len(suffix)-1]
	return ascii[strings.LastIndexByte(rest, '.')+1:], suffix, shared
}

// Public reports whether the name ends in a suffix of the ICANN part of the public suffix list and has a label before
// it: whether someone could have registered it. ascii is the result of [ASCII].
func Public(ascii string) bool {
	site, suffix, shared := Site(ascii)
	if suffix == "" || site == suffix {
		return false
	}
	if shared {
		return true
	}
	_, icann := publicsuffix.PublicSuffix(ascii)
	return icann
}

// Within reports whether name is domain or a name under it. Both are results of [ASCII]; an empty domain holds nothing.
func Within(name, domain string) bool {
	if domain == "" || !strings.HasSuffix(name, domain) {
		return false
	}
	return len(name) == len(domain) || name[len(name)-len(domain)-1] == '.'
}

// IsIP reports whether s is an IPv4 address in dotted decimal or an IPv6 address, with or without brackets.
func IsIP(s string) bool {
	if s == "" {
		return false
	}
	if c := s[len(s)-1]; (c < '0' || c > '9') && !strings.Contains(s, ":") {
		return false
	}
	_, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(s, "["), "]"))
	return err == nil
}

// Forbidden reports whether c is a forbidden domain code point of the WHATWG URL standard §3.1.
func Forbidden(c byte) bool {
	if c <= ' ' || c == 0x7F {
		return true
	}
	return strings.IndexByte(`#%/:<>?@[\]^|`, c) >= 0
}

// plain reports whether UTS #46 leaves a lower-case name as it is.
func plain(name string) bool {
	return isASCII(name) && !strings.Contains(name, "xn--")
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func lower(s string) string {
	return strings.ToLower(strings.ToValidUTF8(s, "\uFFFD"))
}
