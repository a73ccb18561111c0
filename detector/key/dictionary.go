package key

import (
	_ "embed"
	"math/bits"
	"strings"
	"sync"

	"github.com/tyler-smith/go-bip39/wordlists"
	"golang.org/x/text/unicode/norm"
)

// portuguese is the BIP-39 list that the module of the other nine lacks, generated from the npm package @scure/bip39 2.4.0
// (MIT); SHA-256 2685e9c194c82ae67e10ba59d9ea5345a23dc093e92276fc5361f6667d79cd3f, as the BIP's own file.
//
//go:embed list/portuguese.txt
var portuguese string

// slip39 is the list of SLIP-39, generated from the npm package slip39 0.1.9 (MIT); SHA-256
// bcc4555340332d169718aed8bf31dd9d5248cb7da6e5d355140ef4f1e601eec3, as the SLIP's own file.
//
//go:embed list/slip39.txt
var slip39 string

// A language is the number of a word list, and its bit in a set of lists.
type language int

const (
	english     language = 0
	simplified  language = 3
	traditional language = 4
	shares      language = 10 // SLIP-39
	monero      language = 11 // any lower-case word: its list is not needed to check a seed
	languages            = 11
	setEnglish           = uint16(1) << english
)

var languageNames = [...]string{"english", "japanese", "korean", "chinese_simplified", "chinese_traditional", "french",
	"italian", "spanish", "czech", "portuguese", "english", "english"}

// A dictionary answers which lists a word is in. It is built once and read by every scanner.
type dictionary struct {
	bloom [1 << 11]uint64 // a filter that fits the first-level cache, before narrow
	keys  []uint64        // narrow words, packed, in an open hash table
	sets  []uint16        // the lists of each
	wide  map[string]uint16
	words [languages][]string
	index [languages]map[string]int
}

// words builds the dictionary at its first use.
var words = sync.OnceValue(func() *dictionary {
	d := &dictionary{keys: make([]uint64, 1<<16), sets: make([]uint16, 1<<16), wide: map[string]uint16{}}
	d.words = [languages][]string{wordlists.English, wordlists.Japanese, wordlists.Korean, wordlists.ChineseSimplified,
		wordlists.ChineseTraditional, wordlists.French, wordlists.Italian, wordlists.Spanish, wordlists.Czech,
		strings.Fields(portuguese), strings.Fields(slip39)}
	for lang, list := range d.words {
		d.index[lang] = make(map[string]int, len(list))
		for i, word := range list {
			folded := foldWord(word)
			d.index[lang][folded] = i
			if packed, ok := pack(folded); ok {
				d.add(packed, 1<<lang)
			} else {
				d.wide[folded] |= 1 << lang
			}
		}
	}
	return d
})

func hashWord(packed uint64) uint64 { return packed * 0x9E3779B97F4A7C15 }

func (d *dictionary) add(packed uint64, set uint16) {
	h := hashWord(packed)
	d.bloom[h>>53] |= 1 << (h >> 47 & 63)
	i := h >> 48
	for d.keys[i] != 0 && d.keys[i] != packed {
		i = (i + 1) & (1<<16 - 1)
	}
	d.keys[i] = packed
	d.sets[i] |= set
}

// narrow returns the lists of a packed word.
func (d *dictionary) narrow(packed uint64) uint16 {
	h := hashWord(packed)
	if d.bloom[h>>53]>>(h>>47&63)&1 == 0 {
		return 0
	}
	for i := h >> 48; ; i = (i + 1) & (1<<16 - 1) {
		switch d.keys[i] {
		case packed:
			return d.sets[i]
		case 0:
			return 0
		}
	}
}

// lists returns the lists of a folded word.
func (d *dictionary) lists(folded string) uint16 {
	if packed, ok := pack(folded); ok {
		return d.narrow(packed)
	}
	return d.wide[folded]
}

// longest is the length of the longest word in ASCII.
const longest = 12

// pack puts lower-case letters into one number: the last eight of them. Longer words that end alike are told apart by
// their number in the list.
func pack(word string) (uint64, bool) {
	if len(word) < 3 || len(word) > longest {
		return 0, false
	}
	var packed uint64
	for i := range len(word) {
		if word[i] < 'a' || word[i] > 'z' {
			return 0, false
		}
		packed = packed<<8 | uint64(word[i])
	}
	return packed, true
}

// foldWord is BIP-39's NFKD, in lower case, with the accents of Latin letters dropped, which people leave out; the voicing
// marks of Japanese stay.
func foldWord(word string) string {
	return strings.Map(func(r rune) rune {
		if r >= 0x300 && r <= 0x36F {
			return -1
		}
		return r
	}, strings.ToLower(norm.NFKD.String(word)))
}

// first returns the first list of a set.
func first(set uint16) language { return language(bits.TrailingZeros16(set)) }
