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
	for h := range shinglesOf(text) {
		n++
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

// hashOf goes on hashing behind h by FNV-1a, which is the same in every process and for all time, and begins with hashBegin.
func hashOf[T string | []byte](h uint64, s T) uint64 {
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 0x100000001b3
	}
	return h
}

const hashBegin = 0xcbf29ce484222325

// shinglesOf yields the hashes of the shingles of a text.
func shinglesOf(text string) func(func(uint64) bool) {
	words, runes := telling(text)
	return func(yield func(uint64) bool) {
		for i := 0; i+shingleWords <= len(words); i++ {
			h := hashOf(hashBegin, words[i])
			for _, word := range words[i+1 : i+shingleWords] {
				h = hashOf(hashOf(h, " "), word)
			}
			if !yield(h) {
				return
			}
		}
		var buf [shingleRunes * utf8.UTFMax]byte
		for i := 0; i+shingleRunes <= len(runes); i++ {
			shingle := buf[:0]
			for _, r := range runes[i : i+shingleRunes] {
				shingle = utf8.AppendRune(shingle, r)
			}
			if !yield(hashOf(hashBegin, shingle)) {
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
		if isLetters(bare) { // as most are, which folding only makes small
			words = append(words, strings.ToLower(bare))
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

// isLetters reports whether a word is of ASCII letters alone.
func isLetters(word string) bool {
	for i := range len(word) {
		if c := word[i] | 0x20; c < 'a' || c > 'z' {
			return false
		}
	}
	return true
}
