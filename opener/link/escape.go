package link

import (
	"fmt"
	"net/netip"
	"strings"
	"unicode/utf8"
)

// A set says which ASCII bytes are percent-encoded; all others beyond ASCII always are (§1.3).
type set [utf8.RuneSelf]bool

func newSet(chars string) *set {
	var s set
	for c := range byte(0x20) {
		s[c] = true
	}
	s[0x7F] = true
	for i := 0; i < len(chars); i++ {
		s[chars[i]] = true
	}
	return &s
}

// The percent-encode sets of §1.3, each the C0 control set and more.
var (
	controlSet      = newSet("")
	fragmentSet     = newSet(" \"<>`")
	querySet        = newSet(" \"#<>")
	specialQuerySet = newSet(" \"#<>'")
	pathSet         = newSet(" \"#<>?^`{}")
	userSet         = newSet(" \"#<>?^`{}/:;=@[\\]|")
)

const upperHex = "0123456789ABCDEF"

// escape percent-encodes s. Bytes that are not UTF-8 become U+FFFD, as they do when a browser decodes the page.
func escape(s string, in *set) string {
	i := 0
	for i < len(s) && s[i] < utf8.RuneSelf && !in[s[i]] {
		i++
	}
	if i == len(s) {
		return s
	}
	s = strings.ToValidUTF8(s, "\uFFFD")
	var b strings.Builder
	b.Grow(len(s) + len(s)/2)
	b.WriteString(s[:i])
	for ; i < len(s); i++ {
		c := s[i]
		if c < utf8.RuneSelf && !in[c] {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(upperHex[c>>4])
		b.WriteByte(upperHex[c&15])
	}
	return b.String()
}

// unescape percent-decodes s; what is not an escape stays.
func unescape(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			high, low := hex(s[i+1]), hex(s[i+2])
			if high >= 0 && low >= 0 {
				b = append(b, byte(high<<4|low))
				i += 2
				continue
			}
		}
		b = append(b, s[i])
	}
	return string(b)
}

func hex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}

// specialPath returns the path of a special URL, in which a backslash is a slash and which is never empty.
func specialPath(s string) string { return dotless(s, true) }

// dotless resolves "." and ".." segments, plain or percent-encoded, and percent-encodes the rest (§4.4, path state).
func dotless(s string, special bool) string {
	if special {
		if strings.Contains(s, `\`) {
			s = strings.ReplaceAll(s, `\`, "/")
		}
		if !strings.HasPrefix(s, "/") {
			s = "/" + s
		}
	}
	if !strings.Contains(s, "/.") && !strings.Contains(s, "/%2") {
		return escape(s, pathSet)
	}
	segments := strings.Split(s[1:], "/")
	kept := segments[:0]
	for i, segment := range segments {
		last := i == len(segments)-1
		switch strings.ToLower(segment) {
		case ".", "%2e":
			if last {
				kept = append(kept, "")
			}
		case "..", ".%2e", "%2e.", "%2e%2e":
			kept = kept[:max(len(kept)-1, 0)]
			if last {
				kept = append(kept, "")
			}
		default:
			kept = append(kept, segment)
		}
	}
	return escape("/"+strings.Join(kept, "/"), pathSet)
}

// opaquePath encodes a path that is no list of segments. A space at its end would be lost when the query is removed.
func opaquePath(s string, more bool) string {
	s = escape(s, controlSet)
	if more && strings.HasSuffix(s, " ") {
		s = s[:len(s)-1] + "%20"
	}
	return s
}

// ipv6 reads an IPv6 address in brackets and writes it as §3.6 does: never with an IPv4 tail.
func ipv6(s string) (string, bool) {
	if len(s) < 4 || s[len(s)-1] != ']' {
		return "", false
	}
	address, err := netip.ParseAddr(s[1 : len(s)-1])
	if err != nil || !address.Is6() || address.Zone() != "" {
		return "", false
	}
	if !address.Is4In6() {
		return address.String(), true
	}
	b := address.As16()
	return fmt.Sprintf("::ffff:%x:%x", uint16(b[12])<<8|uint16(b[13]), uint16(b[14])<<8|uint16(b[15])), true
}
