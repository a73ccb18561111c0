package record

import (
	"encoding/binary"
	"encoding/hex"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sekisho/sekisho/fold"
)

// The likeness of a text is told by MinHash over its shingles: three words in a row, or five characters in a row where words are not
// separated. What a sender exchanges from mail to mail is left out before: words with digits, addresses, links, and words that begin
// with a capital inside a sentence, which are mostly names. Of twelve hash functions each keeps its least value, and three of those
// values make one of four bands. Two texts of which nine tenths of the shingles are the same share a band in 99 of 100 cases; of which
// one tenth is, in 4 of 1,000. Texts of fewer than 20 shingles have no likeness: too many say "please see attached".
const (
	bandCount    = 4
	bandRows     = 3
	shingleWords = 3
	shingleRunes = 5
	shinglesMin  = 20
	likenessMax  = 32 << 10 // bytes of a text that are read
)

// likeness returns the bands of a text, or nil.
func likeness(text string) []string {
	if len(text) > likenessMax {
		text = text[:likenessMax]
	}
	var least [bandCount * bandRows]uint64
	for i := range least {
		least[i] = math.MaxUint64
	}
	n := 0
	for shingle := range shinglesOf(text) {
		n++
		h := hashOf(shingle)
		for i := range least {
			// Each function is another odd multiplier, and a shift that brings the high bits down.
			v := (h ^ uint64(i+1)*0x9e3779b97f4a7c15) * (uint64(i)*0xd6e8feb86659fd93<<1 | 1)
			v ^= v >> 32
			v *= 0xd6e8feb86659fd93
			least[i] = min(least[i], v)
		}
	}
	if n < shinglesMin {
		return nil
	}
	bands := make([]string, bandCount)
	for i := range bands {
		var b [8]byte
		sum := uint64(i) + 1
		for _, v := range least[i*bandRows : (i+1)*bandRows] {
			sum = (sum ^ v) * 0xff51afd7ed558ccd
			sum ^= sum >> 33
		}
		binary.BigEndian.PutUint64(b[:], sum)
		bands[i] = string('a'+byte(i)) + hex.EncodeToString(b[:])
	}
	return bands
}

// hashOf is FNV-1a: the same in every process and for all time.
func hashOf(s string) uint64 {
	h := uint64(0xcbf29ce484222325)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 0x100000001b3
	}
	return h
}

// shinglesOf yields the shingles of a text.
func shinglesOf(text string) func(func(string) bool) {
	words, runes := telling(text)
	return func(yield func(string) bool) {
		for i := 0; i+shingleWords <= len(words); i++ {
			if !yield(strings.Join(words[i:i+shingleWords], " ")) {
				return
			}
		}
		for i := 0; i+shingleRunes <= len(runes); i++ {
			if !yield(string(runes[i : i+shingleRunes])) {
				return
			}
		}
	}
}

// telling returns the words of a text that tell it again, and the characters of scripts that do not separate words.
func telling(text string) (words []string, runes []rune) {
	begins := true // a sentence
	for _, field := range strings.Fields(text) {
		starts := begins
		last, _ := utf8.DecodeLastRuneInString(field)
		begins = strings.ContainsRune(".!?:。！？>-*", last)
		if strings.ContainsAny(field, "@/\\") || strings.Contains(field, "www.") {
			continue
		}
		bare := strings.TrimFunc(field, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		first, _ := utf8.DecodeRuneInString(bare)
		if bare == "" || !starts && unicode.IsUpper(first) {
			continue
		}
		folded := fold.Text(bare)
		if strings.IndexFunc(folded, isHan) < 0 {
			if strings.IndexFunc(folded, unicode.IsDigit) < 0 {
				words = append(words, folded)
			}
			continue
		}
		for _, r := range folded {
			if isHan(r) {
				runes = append(runes, r)
			}
		}
	}
	return words, runes
}
