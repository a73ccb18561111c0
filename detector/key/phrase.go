package key

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"hash/crc32"
	"strings"

	"github.com/sekisho/sekisho/derive"
	"github.com/sekisho/sekisho/secret"
)

// A setting is how words that may be a phrase stand in the text.
type setting int

const (
	apart setting = iota // by themselves: a series, or a part of it that its layout cuts off
	named                // at an end of a series, where the surroundings must speak of a phrase
	prose                // a sentence goes on around them
)

// phrase reports all as a phrase if its checksum holds and its layout, or its surroundings, are those of a phrase. It
// returns whether it did. A checksum alone is weak: one in 16 series of 12 words passes by chance.
func (t *text) phrase(all []token, lang language, in setting) bool {
	list, order := t.wordsOf(all)
	m, strong := t.verify(list, lang)
	if m.Format == "" && order != nil {
		list = order
		m, strong = t.verify(list, lang)
	}
	if m.Format == "" || ascending(list) {
		return false
	}
	if t.window.stopped() {
		return false // deriving addresses takes milliseconds
	}
	start, end := all[0].start, all[len(all)-1].end
	switch near := in != prose && beside(t.data, start, end, phraseContext); {
	case strong, near:
	case in == named:
		return false
	case in == apart && !(t.stands(start, end) && t.uniform(all) && (lang != monero || t.small(all))):
		return false
	}
	text := []byte(strings.Join(list, " "))
	defer clear(text)
	if !strong && (distinct(list)*3 < len(list)*2 || in == prose && distinct(list)*8 < len(list)*7) && !t.window.scanner.isPublished(text) {
		return false // a table of values
	}
	m.Kind, m.Words, m.Checked = "phrase", len(all), true
	t.several = in != apart
	defer func() { t.several = false }()
	switch m.Format {
	case "bip39":
		m.Addresses, _ = t.window.scanner.derive(string(text)) // a phrase always has a seed
	case "electrum standard", "electrum segwit":
		m.Addresses, _ = derive.Electrum(string(text), strings.TrimPrefix(m.Format, "electrum "))
	}
	t.report(m, start, end, secret.New(text))
	return true
}

// wordsOf returns the words as written, folded, and in the order of the numbers before them when those are 1 to n in
// another order: columns.
func (t *text) wordsOf(all []token) (list, order []string) {
	list = make([]string, len(all))
	numbered := make([]string, len(all))
	filled := 0
	for i, tok := range all {
		list[i] = foldWord(string(t.data[tok.start:tok.end]))
		from := max(0, tok.start-12)
		if i > 0 {
			from = max(from, all[i-1].end)
		}
		gap := t.data[from:tok.start]
		gap = gap[bytes.LastIndexByte(gap, '\n')+1:]
		if n, ok := lastNumber(gap); ok && n >= 1 && n <= len(all) && numbered[n-1] == "" {
			numbered[n-1] = list[i]
			filled++
		}
	}
	if filled == len(all) {
		order = numbered
	}
	return list, order
}

// verify names the format whose checksum holds, and rewrites list as the standard writes it. strong says that the
// checksum is enough by itself.
func (t *text) verify(list []string, lang language) (m Match, strong bool) {
	if lang == monero {
		if moneroChecks(list) {
			m.Format, m.Language = "monero", "english"
		}
		return m, false
	}
	d := t.window.scanner.dictionary
	numbers := make([]int, len(list))
	for i, word := range list {
		n, ok := d.index[lang][word]
		if !ok {
			return m, false
		}
		numbers[i] = n
		list[i] = d.words[lang][n]
	}
	m.Language = languageNames[lang]
	switch {
	case lang == shares:
		if rs1024(numbers) {
			m.Format = "slip39"
		}
		return m, true
	case len(list)%3 == 0 && bip39Checks(numbers):
		m.Format = "bip39"
	case lang == english:
		m.Format = electrum(strings.Join(list, " "))
	}
	return m, false
}

// bip39Checks is the checksum of BIP-39.
func bip39Checks(numbers []int) bool {
	packed := make([]byte, 0, 34)
	acc, bits := 0, 0
	for _, n := range numbers {
		acc, bits = acc<<11|n, bits+11
		for bits >= 8 {
			bits -= 8
			packed = append(packed, byte(acc>>bits))
			acc &= 1<<bits - 1
		}
	}
	size := len(numbers) / 3
	if bits > 0 {
		packed = append(packed, byte(acc<<(8-bits)))
	}
	sum := sha256.Sum256(packed[:size*4])
	return packed[size*4]>>(8-size) == sum[0]>>(8-size)
}

// electrum returns the kind of an Electrum 2 seed: its version is the head of an HMAC.
func electrum(text string) string {
	if n := strings.Count(text, " ") + 1; n > 13 {
		return ""
	}
	mac := hmac.New(sha512.New, []byte("Seed version"))
	mac.Write([]byte(text))
	sum := hex.EncodeToString(mac.Sum(nil)[:2])
	switch {
	case strings.HasPrefix(sum, "01"):
		return "electrum standard"
	case strings.HasPrefix(sum, "100"):
		return "electrum segwit"
	case strings.HasPrefix(sum, "101"), strings.HasPrefix(sum, "102"):
		return "electrum 2fa"
	}
	return ""
}

// rs1024 is the checksum of SLIP-39, for both of its customization strings.
func rs1024(numbers []int) bool {
	generators := [10]uint32{0xE0E040, 0x1C1C080, 0x3838100, 0x7070200, 0xE0E0009, 0x1C0C2412, 0x38086C24, 0x3090FC48, 0x21B1F890, 0x3F3F120}
	step := func(sum uint32, v int) uint32 {
		top := sum >> 20
		sum = sum&0xFFFFF<<10 ^ uint32(v)
		for i, g := range generators {
			if top>>i&1 == 1 {
				sum ^= g
			}
		}
		return sum
	}
	for _, custom := range []string{"shamir", "shamir_extendable"} {
		sum := uint32(1)
		for _, c := range []byte(custom) {
			sum = step(sum, int(c))
		}
		for _, n := range numbers {
			sum = step(sum, n)
		}
		if sum == 1 {
			return true
		}
	}
	return false
}

// moneroChecks is the checksum of a Monero seed in English: the last word repeats the one that the CRC-32 of the first
// three letters of the 24 before it points at.
func moneroChecks(list []string) bool {
	if len(list) != 25 {
		return false
	}
	var heads []byte
	for _, word := range list[:24] {
		heads = append(heads, word[:3]...)
	}
	return distinct(list) >= 18 && list[24] == list[crc32.ChecksumIEEE(heads)%24]
}

func distinct(list []string) int {
	different := map[string]bool{}
	for _, word := range list {
		different[word] = true
	}
	return len(different)
}

// ascending reports a list in alphabetical order: no phrase made by chance is.
func ascending(list []string) bool {
	for i := 1; i < len(list); i++ {
		if list[i] <= list[i-1] {
			return false
		}
	}
	return true
}

// stands reports whether data[start:end] stands by itself: no other word of the same sentence touches it.
func (t *text) stands(start, end int) bool {
	left, right := start, end
	for left > 0 && start-left < 24 && bytes.IndexByte([]byte(" \t0123456789.)#-*"), t.data[left-1]) >= 0 {
		left--
	}
	for right < len(t.data) && right-end < 24 && (t.data[right] == ' ' || t.data[right] == '\t') {
		right++
	}
	return (left == 0 || closes(t.data[left-1]) || left > 1 && t.data[left-2] == '\\') && (right == len(t.data) || closes(t.data[right]))
}

func closes(c byte) bool { return !isLetter(c) && !(c >= '0' && c <= '9') && c != '_' }

// small reports words in small letters or parted by spaces: the tokens of source maps are capitals parted by commas.
func (t *text) small(all []token) bool {
	for i, tok := range all {
		if t.data[tok.start+1] < 'a' && i > 0 && bytes.IndexByte(t.data[all[i-1].end:tok.start], ',') >= 0 {
			return false
		}
	}
	return true
}

// uniform reports whether the gaps between words are all of one layout, or of two as in a table, without the marks of code.
func (t *text) uniform(all []token) bool {
	shapes := map[string]int{}
	for i := 1; i < len(all); i++ {
		gap := t.data[all[i-1].end:all[i].start]
		shape := make([]byte, 0, 16)
		for k, c := range gap {
			switch {
			case c >= '0' && c <= '9':
				c = '0'
			case k > 0 && gap[k-1] == '\\' && (c == 'n' || c == 'r' || c == 't'):
				continue
			case c == '\t' || c == '\r':
				c = ' '
			case c < 0x80 && bytes.IndexByte([]byte(" \n,\"'`|.)#:;-\v\\*[]>"), c) < 0:
				return false
			}
			if n := len(shape); n == 0 || shape[n-1] != c || c != '0' && c != ' ' && c != '\v' && c != '-' {
				shape = append(shape, c)
			}
		}
		shapes[string(shape)]++
		if len(shapes) > 3 {
			return false
		}
	}
	return true
}
