package sender

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sekisho/sekisho/host"
	"golang.org/x/text/unicode/norm"
)

// written finds the first address in a folded display name, or else the first domain.
func written(name string) (address, domain string) {
	if !strings.ContainsAny(name, ".@") {
		return "", ""
	}
	for _, word := range strings.FieldsFunc(name, outsideAddress) {
		word = strings.Trim(word, ".-")
		at := strings.LastIndexByte(word, '@')
		d, ok := host.ASCII(word[at+1:])
		if !ok || !host.Public(d) {
			continue
		}
		if at > 0 {
			return word, d
		}
		if domain == "" && at < 0 {
			domain = d
		}
	}
	return "", domain
}

func outsideAddress(r rune) bool {
	switch r {
	case '@', '.', '-', '_', '+':
		return false
	}
	return !unicode.IsLetter(r) && !unicode.IsDigit(r)
}

// holds reports whether text holds word with no Latin letter or digit right before or after it where the word itself
// begins or ends with one. Both are folded.
func holds(text, word string) bool {
	if word == "" {
		return false
	}
	for start := 0; ; {
		i := strings.Index(text[start:], word)
		if i < 0 {
			return false
		}
		i += start
		before, _ := utf8.DecodeLastRuneInString(text[:i])
		after, _ := utf8.DecodeRuneInString(text[i+len(word):])
		if !(latin(before) && latin(rune(word[0]))) && !(latin(after) && latin(rune(word[len(word)-1]))) {
			return true
		}
		start = i + 1
	}
}

func latin(r rune) bool { return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' }

// random measures how little the local part of an address looks like a word: the share of it that is digits or runs of
// at least four consonants. People and role addresses stay near 0.
func random(local string) float64 {
	if len(local) < 8 {
		return 0
	}
	count, run := 0, 0
	for i := 0; i <= len(local); i++ {
		c := byte(0)
		if i < len(local) {
			c = local[i] | 0x20
		}
		if c >= 'a' && c <= 'z' && !strings.ContainsRune("aeiouy", rune(c)) {
			run++
			continue
		}
		if run >= 4 {
			count += run
		}
		run = 0
		if i < len(local) && local[i] >= '0' && local[i] <= '9' {
			count++
		}
	}
	return float64(count) / float64(len(local))
}

// bears reports whether a folded name holds the name that its own domain was registered under, spaces and hyphens left
// out. The name of a service where anybody has an address is nobody's.
func bears(name, domain string) bool {
	site, suffix, _ := host.Site(domain)
	label := squeeze(strings.TrimSuffix(site, "."+suffix))
	return len(label) >= 3 && site != suffix && strings.Contains(squeeze(name), label)
}

// squeeze drops what joins the words of a name, and the accents of its letters.
func squeeze(s string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case ' ', '-', '_', '.', '\'':
			return -1
		}
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(s))
}
