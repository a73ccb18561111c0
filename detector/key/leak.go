package key

import (
	"bytes"
	"math"
	"math/bits"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/viper"
	"github.com/zricethezav/gitleaks/v8/config"

	"github.com/sekisho/sekisho/secret"
)

// tooGeneral are gitleaks' rules that are left out: they go by words like "key" or by shapes that are no secret by
// themselves, name what is public, or tell what is told here more exactly.
var tooGeneral = []string{"generic-api-key", "private-key", "jwt", "jwt-base64", "curl-auth-header", "curl-auth-user",
	"kubernetes-secret-yaml", "hashicorp-tf-password", "pkcs12-file", "nuget-config-password", "sidekiq-secret",
	"sidekiq-sensitive-url", "sourcegraph-access-token", "age-secret-key", "flutterwave-public-key",
	"adobe-client-id", "asana-client-id", "bitbucket-client-id", "discord-client-id", "linkedin-client-id",
	"looker-client-id", "plaid-client-id", "mailgun-pub-key", "lob-pub-api-key", "messagebird-client-id",
	"sumologic-access-id", "sendbird-access-id", "alibaba-access-key-id"}

// leaks are the rules of gitleaks by keyword. They are tried only around tokens that look random and have a keyword near,
// which is what makes 190 regular expressions affordable: a source tree has a few such places in a megabyte.
type leaks struct {
	pairs    pairs          // those that slots knows
	slots    [1 << 16]uint8 // where in keywords those are that begin with two letters, 0 for none
	keywords [][]keyword
	rules    []config.Rule
	allow    []*config.Allowlist
}

type keyword struct {
	text string
	rule int
}

// rules reads gitleaks' rules at their first use.
var rules = sync.OnceValue(func() *leaks {
	l := &leaks{keywords: make([][]keyword, 1)}
	v := viper.New()
	v.SetConfigType("toml")
	var raw config.ViperConfig
	if err := v.ReadConfig(strings.NewReader(config.DefaultConfig)); err != nil {
		panic(err) // the module's own constant
	}
	if err := v.Unmarshal(&raw); err != nil {
		panic(err)
	}
	all, err := raw.Translate()
	if err != nil {
		panic(err)
	}
	l.allow = all.Allowlists
	for _, rule := range all.GetOrderedRules() {
		if rule.Regex == nil || slices.Contains(tooGeneral, rule.RuleID) {
			continue
		}
		for _, word := range rule.Keywords {
			word = strings.ToLower(word)
			if len(word) == 2 && word[1] == '.' {
				continue // vault's old tokens "s." are in every minified program
			}
			pair := uint16(word[0])<<8 | uint16(word[1])
			if l.slots[pair] == 0 {
				l.slots[pair] = uint8(len(l.keywords)) // there are about a hundred
				l.keywords = append(l.keywords, nil)
			}
			l.pairs.add(word[0], word[1])
			slot := l.slots[pair]
			l.keywords[slot] = append(l.keywords[slot], keyword{word, len(l.rules)})
		}
		l.rules = append(l.rules, rule)
	}
	return l
})

// How far around a token a rule's regular expression looks, in bytes. Keywords stand before the token or in it.
const (
	nearBefore = 80
	nearAfter  = 40
)

// random tells tokens made by a random generator from names, paths and words: letters and digits that often change.
func random(b []byte) bool {
	if len(b) > 300 || b[0] == 's' && bytes.HasPrefix(b, []byte("sha")) {
		return false
	}
	if b[0] == '0' && b[1]|0x20 == 'x' || len(b) < 32 && isHex(b) {
		return false // a number
	}
	if len(b) == 20 && b[0] == 'A' && (b[3] == 'A') {
		return true // AWS access keys have few digits
	}
	changes, before := 0, byte(0)
	var seen uint64
	digits := 0
	for _, c := range b {
		k := kinds[c]
		if k == 3 {
			digits++
		}
		seen |= 1 << (c & 63)
		if k != before {
			changes++
		}
		before = k
	}
	return digits > 1 && changes*10 >= len(b)*3 && digits*10 <= len(b)*9 && bits.OnesCount64(seen) >= 9 ||
		changes*10 >= len(b)*4 && bits.OnesCount64(seen) >= 14
}

// kinds are small letters, capitals, digits and joints.
var kinds = func() (table [256]byte) {
	for c := range 256 {
		switch {
		case c >= 'a' && c <= 'z':
			table[c] = 1
		case c >= 'A' && c <= 'Z':
			table[c] = 2
		case c >= '0' && c <= '9':
			table[c] = 3
		}
	}
	return table
}()

// apiSecret looks at a token that looks random: is it the secret of an API?
func (t *text) apiSecret(start, end int) {
	if t.exchange(start, end) {
		return
	}
	data := t.data
	from, to := max(0, start-nearBefore), min(len(data), end+nearAfter)
	var buf [nearBefore + 300]byte
	folded := lower(buf[:0], data[from:end])
	l := rules()
	var tried [8]int
	count := 0
	for i := 0; i+1 < len(folded); i++ {
		pair := uint16(folded[i])<<8 | uint16(folded[i+1])
		if !l.pairs.has(folded[i], folded[i+1]) {
			continue
		}
		for _, k := range l.keywords[l.slots[pair]] {
			if !bytes.HasPrefix(folded[i:], []byte(k.text)) || slices.Contains(tried[:count], k.rule) {
				continue
			}
			if t.leak(l, l.rules[k.rule], from, to, start, end) {
				return
			}
			if count < len(tried) {
				tried[count] = k.rule
				count++
			}
		}
	}
}

// leak tries one rule on data[from:to]; its secret must overlap the token data[start:end].
func (t *text) leak(l *leaks, rule config.Rule, from, to, start, end int) bool {
	at := rule.Regex.FindSubmatchIndex(t.data[from:to])
	if at == nil {
		return false
	}
	s, e := at[0], at[1]
	group := rule.SecretGroup
	for g := 1; group == 0 && g < len(at)/2; g++ {
		if at[2*g] >= 0 && at[2*g] < at[2*g+1] {
			group = g
		}
	}
	if group > 0 && group < len(at)/2 && at[2*group] >= 0 {
		s, e = at[2*group], at[2*group+1]
	}
	s, e = s+from, e+from
	if s >= end || e <= start {
		return false
	}
	value := string(t.data[s:e])
	if entropy(value) <= rule.Entropy || filler(value) {
		return false
	}
	match := string(t.data[at[0]+from : at[1]+from])
	line := string(t.line(s))
	for _, a := range append(slices.Clone(rule.Allowlists), l.allow...) {
		target := value
		switch a.RegexTarget {
		case "match":
			target = match
		case "line":
			target = line
		}
		if stop, _ := a.ContainsStopWord(value); stop || a.RegexAllowed(target) {
			return false
		}
	}
	service, format := rule.RuleID, rule.RuleID
	for _, tail := range []string{"-api", "-access", "-token", "-secret", "-pat", "-app", "-bot", "-personal", "-service", "-user", "-legacy", "-fine", "-oauth", "-org"} {
		service, _, _ = strings.Cut(service, tail)
	}
	t.report(Match{Kind: "api secret", Format: format, Service: service}, s, e, secret.New([]byte(value)))
	return true
}

// line returns the line around p, at most 200 bytes each way.
func (t *text) line(p int) []byte {
	from, to := max(0, p-200), min(len(t.data), p+200)
	if i := bytes.LastIndexByte(t.data[from:p], '\n'); i >= 0 {
		from += i + 1
	}
	if i := bytes.IndexByte(t.data[p:to], '\n'); i >= 0 {
		to = p + i
	}
	return t.data[from:to]
}

// filler tells placeholders and examples from secrets.
func filler(value string) bool {
	folded := strings.ToLower(value)
	for _, word := range []string{"example", "xxxx", "your", "0000000", "1234567", "abcdef", "placeholder", "changeme", "dummy", "sample", "redacted", "aaaaaa", "deadbeef"} {
		if strings.Contains(folded, word) {
			return true
		}
	}
	return false
}

// entropy is Shannon's, in bits a byte.
func entropy(s string) float64 {
	var counts [256]int
	for i := range len(s) {
		counts[s[i]]++
	}
	sum := 0.0
	for _, n := range counts {
		if n > 0 {
			p := float64(n) / float64(len(s))
			sum -= p * math.Log2(p)
		}
	}
	return sum
}
