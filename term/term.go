// Package term finds any of many terms in folded text in one pass.
//
// An [Index] is a trie, and a filter of the first three bytes of every term: most places of a text begin no term, and the
// filter passes them by. It takes some ten bytes for each byte of the terms, is built once and read by many goroutines. The
// time taken is that of the text, and at worst that times the length of the longest term.
package term

import (
	"fmt"
	"iter"
	"math/bits"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// stateLimit bounds the trie: the states of one index, which are at most the bytes of its terms.
const stateLimit = 1 << 20

// A Match is one occurrence of a term.
type Match struct {
	Term       int // index into the terms given to NewIndex
	Start, End int // byte offsets in the text
}

// An Index finds terms. The zero value finds none.
type Index struct {
	states []state // breadth first, so that children stand together; and one more, whose child is the end of the last
	label  []byte  // the byte that leads to a state
	ends   []end
	tables []table
	starts *[filterBits / 4]uint8 // the filter: for each hash of three bytes two bits, of which there are four to a byte
	jumps  []jump                 // the state after three bytes, a hash table
	short  bool                   // a term has fewer bytes
}

type state struct {
	child int32 // the first; the last is before the child of the next state
	end   int32 // the first entry of ends, -1 for none
	table int32 // of a state with many children, -1 for none
}

// A table holds the state after each byte, 0 for none.
type table [256]int32

// tableChildren is how many children a state has at least to get a table.
const tableChildren = 6

// A jump leads from the root to the state after three bytes, 0 for an empty place.
type jump struct {
	head  uint32
	state int32
}

// The bits of the filter: a term begins with these bytes that may stand anywhere, or one that wants a word boundary before it.
const (
	anywhere = 1 << iota
	atWord
)

// headLen is the number of bytes the filter knows of a term.
const headLen = 3

// An end is a term that ends in a state, or with what the rest of it says behind one: a state below which there is one term
// alone has no children.
type end struct {
	rest        string
	term        int32
	left, right bool  // wants a word boundary there
	more        int32 // the next entry for the same state, -1 for none
}

// NewIndex builds an index of terms, which the caller has folded as it folds the text. In scripts that put spaces
// between words a term matches whole words: * at its end stands for any ending, * at its start for any beginning.
// Chinese, Japanese, Korean and Thai terms match anywhere. A term without a character is an error.
func NewIndex(terms []string) (*Index, error) {
	bare := make([]string, len(terms))
	order := make([]int, len(terms))
	for i, t := range terms {
		bare[i] = strings.TrimPrefix(strings.TrimSuffix(t, "*"), "*")
		if strings.TrimSpace(bare[i]) == "" {
			return nil, fmt.Errorf("term %d, %q: no characters", i, t)
		}
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return strings.Compare(bare[a], bare[b]) })
	x := &Index{starts: new([filterBits / 4]uint8)}
	if err := x.grow(terms, bare, order); err != nil {
		return nil, err
	}
	for s := range len(x.states) - 1 {
		x.tabulate(int32(s))
	}
	x.shorten()
	return x, nil
}

// grow makes the trie. The terms below a state are a range of the sorted terms, those that end in it first.
func (x *Index) grow(terms, bare []string, order []int) error {
	type below struct{ from, to, depth int }
	queue := []below{{0, len(order), 0}}
	x.label = []byte{0}
	for s := 0; s < len(queue); s++ {
		b := queue[s]
		x.states = append(x.states, state{child: int32(len(queue)), end: -1, table: -1})
		for ; b.from < b.to && (len(bare[order[b.from]]) == b.depth || b.to-b.from == 1 && b.depth >= headLen); b.from++ {
			x.end(s, order[b.from], terms[order[b.from]], bare[order[b.from]])
			x.ends[len(x.ends)-1].rest = bare[order[b.from]][b.depth:]
		}
		for next := b.from; b.from < b.to; b.from = next {
			c := bare[order[b.from]][b.depth]
			for next < b.to && bare[order[next]][b.depth] == c {
				next++
			}
			queue = append(queue, below{b.from, next, b.depth + 1})
			x.label = append(x.label, c)
		}
		if len(queue) > stateLimit {
			return fmt.Errorf("the terms take more than %d states", stateLimit)
		}
	}
	x.states = append(x.states, state{child: int32(len(queue)), end: -1, table: -1})
	return nil
}

func (x *Index) end(s, n int, t, bare string) {
	head, _ := utf8.DecodeRuneInString(bare)
	tail, _ := utf8.DecodeLastRuneInString(bare)
	e := end{
		term:  int32(n),
		left:  spaced(head) && t[0] != '*',
		right: spaced(tail) && t[len(t)-1] != '*',
		more:  x.states[s].end,
	}
	x.ends = append(x.ends, e)
	x.states[s].end = int32(len(x.ends) - 1)
	if e.left {
		x.let(bare, atWord)
	} else {
		x.let(bare, anywhere)
	}
}

// tabulate gives a state a table if it has many children.
func (x *Index) tabulate(s int32) {
	first, last := x.states[s].child, x.states[s+1].child
	if last-first < tableChildren {
		return
	}
	var next table
	for c := first; c < last; c++ {
		next[x.label[c]] = c
	}
	x.states[s].table = int32(len(x.tables))
	x.tables = append(x.tables, next)
}

// let opens the filter for what begins as the term does, or with all of a term that is shorter.
func (x *Index) let(bare string, bit uint8) {
	x.short = x.short || len(bare) < headLen
	var least uint32
	for i := range headLen {
		least <<= 8
		if i < len(bare) {
			least |= uint32(bare[i])
		}
	}
	for more := range uint32(1) << (8 * max(headLen-len(bare), 0)) {
		h := hash(least + more)
		x.starts[h>>2] |= bit << (h & 3 * 2)
	}
}

// filterBits is the size of the filter, in heads.
const filterBits = 1 << 17

// hash takes the three bytes of a head to their place in the filter.
func hash(head uint32) uint32 { return head * 0x9E3779B1 >> 15 }

// shorten fills the table of the states after three bytes.
func (x *Index) shorten() {
	below := func(s int32) (from, to int32) { return x.states[s].child, x.states[s+1].child }
	var all []jump
	for a, last := below(0); a < last; a++ {
		for b, last := below(a); b < last; b++ {
			for c, last := below(b); c < last; c++ {
				all = append(all, jump{uint32(x.label[a])<<16 | uint32(x.label[b])<<8 | uint32(x.label[c]), c})
			}
		}
	}
	x.jumps = make([]jump, 1<<bits.Len(uint(2*len(all))))
	for _, j := range all {
		*x.jump(j.head) = j
	}
}

// jump returns the place of three bytes in the hash table, or the empty one where they would be.
func (x *Index) jump(head uint32) *jump {
	for i := int(hash(head)); ; i++ {
		if j := &x.jumps[i&(len(x.jumps)-1)]; j.head == head || j.state == 0 {
			return j
		}
	}
}

// All yields every occurrence of every term, also those that overlap, in the order of their ends, and of those with one end
// the longest first.
func (x *Index) All(text string) iter.Seq[Match] {
	return func(yield func(Match) bool) {
		if len(x.states) == 0 {
			return
		}
		var room [8]Match
		w := waiting{list: room[:0]}
		var head uint32 // the three bytes from at on
		for i := range min(headLen-1, len(text)) {
			head = head<<8 | uint32(text[i])
		}
		at := 0
		for ; at+headLen <= len(text); at++ {
			head = (head<<8 | uint32(text[at+headLen-1])) & (1<<(8*headLen) - 1)
			h := hash(head)
			open := x.starts[h>>2] >> (h & 3 * 2) & (anywhere | atWord)
			if open == 0 || open == atWord && at > 0 && inWord[text[at-1]] {
				continue
			}
			if !w.release(at, yield) {
				return
			}
			if x.short {
				x.walk(text, at, at, 0, &w)
			} else {
				x.walk(text, at, at+headLen, x.jump(head).state, &w)
			}
		}
		for ; at < len(text) && x.short; at++ {
			x.walk(text, at, at, 0, &w)
		}
		w.release(len(text), yield)
	}
}

// walk finds the terms that stand at a place of the text, of which the bytes before i lead to a state, 0 for none but at the
// place itself.
func (x *Index) walk(text string, at, i int, s int32, w *waiting) {
	for ; s != 0 || i == at; i++ {
		for n := x.states[s].end; n >= 0; n = x.ends[n].more {
			e := &x.ends[n]
			if !strings.HasPrefix(text[i:], e.rest) {
				continue
			}
			if m := (Match{Term: int(e.term), Start: at, End: i + len(e.rest)}); e.stands(text, m) {
				w.add(m)
			}
		}
		if i == len(text) {
			return
		}
		s = x.step(s, text[i])
	}
}

// step returns the state after byte b, 0 for none.
func (x *Index) step(s int32, b byte) int32 {
	if t := x.states[s].table; t >= 0 {
		return x.tables[t][b]
	}
	for c := x.states[s].child; c < x.states[s+1].child; c++ {
		if x.label[c] == b {
			return c
		}
	}
	return 0
}

// waiting holds matches that end behind the place that is looked at, in the order in which they are yielded.
type waiting struct{ list []Match }

// add keeps a match, which starts no earlier than those before.
func (w *waiting) add(m Match) {
	w.list = append(w.list, m)
	for i := len(w.list) - 1; i > 0 && w.list[i-1].End > m.End; i-- {
		w.list[i-1], w.list[i] = m, w.list[i-1]
	}
}

// release yields the matches that end at the place or before it, and reports whether more are wanted.
func (w *waiting) release(at int, yield func(Match) bool) bool {
	n := 0
	for n < len(w.list) && w.list[n].End <= at {
		if !yield(w.list[n]) {
			return false
		}
		n++
	}
	if n > 0 {
		w.list = append(w.list[:0], w.list[n:]...)
	}
	return true
}

// inWord holds the ASCII characters that are part of a word.
var inWord = func() (table [256]bool) {
	for c := range rune(utf8.RuneSelf) {
		table[c] = spaced(c)
	}
	return table
}()

// stands reports whether the match has the word boundaries that its term wants.
func (e *end) stands(text string, m Match) bool {
	if e.left && m.Start > 0 {
		if r, _ := utf8.DecodeLastRuneInString(text[:m.Start]); spaced(r) {
			return false
		}
	}
	if e.right && m.End < len(text) {
		if r, _ := utf8.DecodeRuneInString(text[m.End:]); spaced(r) {
			return false
		}
	}
	return true
}

// spaced reports whether r is part of a word in a script that puts spaces between words.
func spaced(r rune) bool {
	if r < utf8.RuneSelf {
		return 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || 'A' <= r && r <= 'Z'
	}
	return (unicode.IsLetter(r) || unicode.IsDigit(r)) &&
		!unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai) && r != 'ー'
}
