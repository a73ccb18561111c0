package persona

import (
	"strings"

	"github.com/sekisho/sekisho/host"
)

// addressIn returns the first address or domain of ours written inside a folded display name, and the person whose
// address it is, -1 if it is nobody's.
func (x *index) addressIn(folded string) (inside string, owner int) {
	for start := 0; start < len(folded); {
		if !addressByte(folded[start]) {
			start++
			continue
		}
		end := start
		for end < len(folded) && addressByte(folded[end]) {
			end++
		}
		if word := strings.Trim(folded[start:end], ".-@"); strings.Contains(word, ".") {
			at := strings.LastIndexByte(word, '@')
			domain, _ := host.ASCII(word[at+1:])
			if at > 0 {
				if people := x.owner[word[:at+1]+domain]; len(people) > 0 {
					return word, people[0]
				}
			}
			if x.ours(domain) {
				return word, -1
			}
		}
		start = end
	}
	return "", -1
}

// addressByte reports whether c is part of an address or a domain; letters of other scripts are, for domains in them.
func addressByte(c byte) bool {
	return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c >= 0x80 || strings.IndexByte(".-_+@", c) >= 0
}
