package key

import "bytes"

// pairs is a set of two bytes each, with which words begin: few places of a text have one. It fits the first-level cache.
type pairs [1 << 10]uint64

func (p *pairs) add(a, b byte) { p[uint16(a)<<2|uint16(b)>>6] |= 1 << (b & 63) }

func (p *pairs) has(a, b byte) bool { return p[uint16(a)<<2|uint16(b)>>6]>>(b&63)&1 == 1 }

// A wordSet finds any of a few words of two bytes and more.
type wordSet struct {
	heads pairs
	words [][]byte
}

func newWordSet(words [][]byte) *wordSet {
	s := &wordSet{words: words}
	for _, w := range words {
		s.heads.add(w[0], w[1])
	}
	return s
}

// in reports whether data holds a word of the set.
func (s *wordSet) in(data []byte) bool {
	for i := 0; i+1 < len(data); i++ {
		if !s.heads.has(data[i], data[i+1]) {
			continue
		}
		for _, w := range s.words {
			if bytes.HasPrefix(data[i:], w) {
				return true
			}
		}
	}
	return false
}
