package lookalike

import (
	"strings"

	"github.com/sekisho/sekisho/fold"
)

// A how is a way in which one name resembles another, the strongest first.
type how int

const (
	writtenOut how = iota
	punycode
	homoglyph
	otherTLD
	www
	hyphenation
	split
	repetition
	transposition
	omission
	plural
	bitsquatting
	vowelSwap
	replacement
	insertion
	addedWord
	subdomain
)

var hows = [...]string{"written-out", "punycode", "homoglyph", "other-tld", "www", "hyphenation", "split", "repetition", "transposition",
	"omission", "plural", "bitsquatting", "vowel-swap", "replacement", "insertion", "added-word", "subdomain"}

func (h how) String() string { return hows[h] }

// A match is one key that a name resembles.
type match struct {
	key      *key
	how      how
	part     string
	distance int
}

// A name is a host name under inspection.
type name struct {
	index    *index
	labels   []string // as people read them, the suffix too
	under    int      // how many stand before the suffix
	suffix   string
	punycode bool
	known    bool // its site is a service of its own
	best     [owners]match
}

// matches returns the strongest match for the organisation, for partners and for brands, as far as there is one.
func (n *name) matches() []match {
	n.writtenOut()
	last := n.under - 1
	if !n.known {
		n.registered(n.labels[last])
	}
	for _, label := range n.labels[:last] {
		n.subdomain(label)
	}
	n.split()
	var found []match
	for _, m := range n.best {
		if m.key != nil {
			found = append(found, m)
		}
	}
	return found
}

// keep keeps the match if it is stronger than what is known: by the way, then by the length of the name.
func (n *name) keep(m match) {
	old := &n.best[m.key.whose]
	if old.key == nil || m.how < old.how || m.how == old.how && len(m.key.text) > len(old.key.text) {
		*old = m
	}
}

// writtenOut finds a real domain inside the name, its dots kept or written as hyphens.
func (n *name) writtenOut() {
	plain := strings.Join(n.labels, ".")
	full := strings.ReplaceAll(plain, "-", ".")
	for start := 0; start < len(full)-len(n.suffix); {
		end, dots := start, 0
		for ; end <= len(full) && dots < 5; end++ {
			if end < len(full) && full[end] != '.' {
				continue
			}
			if k := n.index.domains[full[start:end]]; k != nil && dots > 0 {
				n.domain(k, plain, start, end)
			}
			dots++
		}
		next := strings.IndexByte(full[start:], '.')
		if next < 0 {
			return
		}
		start += next + 1
	}
}

// domain keeps the real domain that stands at full[start:end]. At the end of the name it is a real domain cut by a dot
// where it has a hyphen; after a hyphen it is another name with an added word.
func (n *name) domain(k *key, full string, start, end int) {
	m := match{key: k, how: writtenOut, part: full[start:end]}
	if end == len(full) {
		if start > 0 && full[start-1] == '-' {
			return
		}
		m.how = split
	}
	n.keep(m)
}

// registered looks at the label that somebody chose and registered.
func (n *name) registered(label string) {
	text := squeeze(label)
	if text == "" {
		return
	}
	if k := n.index.exact[text]; k != nil {
		n.keep(match{key: k, how: n.sameText(label, k), part: label})
	}
	if rest := strings.TrimLeft(text, "w"); len(text)-len(rest) >= 2 {
		if k := n.index.exact[rest]; k != nil && !k.common {
			n.keep(match{key: k, how: www, part: label})
		}
	}
	if _, everyday := n.index.word[text]; everyday {
		return
	}
	skeleton := fold.Skeleton(text)
	n.looks(label, text, skeleton)
	n.edits(label, text, skeleton)
	n.words(label)
	n.beside(text)
}

// sameText tells the brand with another ending from the brand with a hyphen put in.
func (n *name) sameText(label string, k *key) how {
	if strings.Contains(label, "-") && !strings.Contains(k.of, label+".") {
		return hyphenation
	}
	return otherTLD
}

// looks finds a name that looks the same and is written otherwise.
func (n *name) looks(label, text, skeleton string) bool {
	k := n.index.looks[skeleton]
	if k == nil && strings.Contains(skeleton, "cl") {
		k = n.index.looks[strings.ReplaceAll(skeleton, "cl", "d")]
	}
	if k == nil || k.text == text || k.short() && !n.punycode {
		return k != nil
	}
	m := match{key: k, how: homoglyph, part: label}
	if n.punycode && !isASCII(text) {
		m.how = punycode
	}
	n.keep(m)
	return true
}

// edits finds a name one letter away.
func (n *name) edits(label, text, skeleton string) {
	var buf [64]byte
	if len(skeleton) < 4 || len(skeleton) > len(buf) {
		return
	}
	n.near(n.index.deletions[skeleton], label, text, skeleton)
	for i := range len(skeleton) {
		if i > 0 && skeleton[i] == skeleton[i-1] {
			continue
		}
		without := append(append(buf[:0], skeleton[:i]...), skeleton[i+1:]...)
		n.near(n.index.deletions[string(without)], label, text, skeleton)
	}
}

func (n *name) near(keys []*key, label, text, skeleton string) {
	for _, k := range keys {
		if k.text == text || k.skeleton == skeleton {
			continue
		}
		h, ok := edit(text, k.text)
		if !ok {
			h, ok = edit(skeleton, k.skeleton)
		}
		// Everyday words are a letter away from most names of five letters.
		if !ok || len(k.skeleton) < 6 && (h >= replacement || h == omission || text[0] != k.text[0]) {
			continue
		}
		n.keep(match{key: k, how: h, part: label, distance: 1})
	}
}

// words finds a brand among the words of a label that hyphens join.
func (n *name) words(label string) {
	if !strings.Contains(label, "-") {
		return
	}
	words := strings.Split(label, "-")
	for i := range words {
		joined := ""
		for j := i; j < len(words) && j < i+4; j++ {
			if joined += words[j]; len(joined) > n.index.longest+2 {
				break
			}
			if i == 0 && j == len(words)-1 {
				break
			}
			n.word(label, joined, i, j)
		}
	}
}

func (n *name) word(label, text string, i, j int) {
	if len(text) < 3 {
		return
	}
	lure := n.lured(label, i, j)
	if k := n.index.exact[text]; k != nil {
		if lure || !k.short() && !k.common {
			n.keep(match{key: k, how: addedWord, part: text})
		}
		return
	}
	skeleton := fold.Skeleton(text)
	if n.looks(text, text, skeleton) || !lure || len(skeleton) < 6 {
		return
	}
	if _, everyday := n.index.word[text]; !everyday {
		n.edits(text, text, skeleton)
	}
}

// lured reports whether one of the words of the label, but those from i to j, is one that stands beside a brand.
func (n *name) lured(label string, i, j int) bool {
	at := 0
	for word := range strings.SplitSeq(label, "-") {
		if at < i || at > j {
			if n.isLure(word) {
				return true
			}
		}
		at++
	}
	return false
}

// beside finds a brand with words before or after it and nothing between.
func (n *name) beside(text string) {
	for cut := 3; cut <= len(text)-1; cut++ {
		if cut <= n.index.longest {
			n.joined(text[:cut], text[cut:])
		}
		if len(text)-cut <= n.index.longest && len(text)-cut >= 3 {
			n.joined(text[cut:], text[:cut])
		}
	}
}

func (n *name) joined(text, rest string) {
	k := n.index.exact[text]
	if k == nil {
		return
	}
	switch {
	case k.whose != brand && len(k.text) >= 6:
	case k.short() && (len(rest) < 4 || len(k.text) < 4):
		return
	case !n.isLure(rest) && (k.common || !digits(rest)):
		return
	}
	n.keep(match{key: k, how: addedWord, part: text})
}

// isLure reports whether text is one or two words that stand beside a brand, or one and digits.
func (n *name) isLure(text string) bool {
	if _, ok := n.index.lure[text]; ok {
		return true
	}
	for cut := 2; cut <= len(text)-2; cut++ {
		if _, ok := n.index.lure[text[:cut]]; !ok {
			continue
		}
		if _, ok := n.index.lure[text[cut:]]; ok || digits(text[cut:]) {
			return true
		}
	}
	return false
}

// subdomain looks at a label under the registered one: anyone can write anything there, so only whole names count.
func (n *name) subdomain(label string) {
	text := squeeze(label)
	if k := n.index.exact[text]; k != nil {
		if !k.common && len(k.text) > 3 {
			n.keep(match{key: k, how: subdomain, part: label})
		}
		return
	}
	skeleton := fold.Skeleton(text)
	if len(text) >= 5 && n.looks(label, text, skeleton) {
		return
	}
	n.words(label)
}

// split finds a name that dots cut: bin.ance.com, metama.sk.
func (n *name) split() {
	for start := range n.under {
		joined := n.labels[start]
		for end := start + 1; end < n.under+1 && end < start+4 && end < len(n.labels) && len(joined) < n.index.longest; end++ {
			joined += n.labels[end]
			k := n.index.exact[squeeze(joined)]
			if k != nil && !k.common && len(k.text) >= 6 {
				n.keep(match{key: k, how: split, part: strings.Join(n.labels[start:end+1], ".")})
			}
		}
	}
}

func digits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
