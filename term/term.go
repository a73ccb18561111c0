// Package term finds any of many terms in folded text in one pass.
//
// An [Index] is an Aho-Corasick automaton over bytes. The shallow states and those that branch have a table of all transitions,
// the others, which are nearly all, a few children and a link to the longest suffix: some twenty bytes for each byte of the
// terms, and a few megabytes. It is built once and read by many goroutines.
package term

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// stateLimit bounds the automaton: the states of one index, which are at most the bytes of its terms.
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
	tables []table
	first  []int32 // the first entry of ends for a state, -1 for none
	ends   []end
	hits   []uint64 // a bit for each state: whether it has a hit. All of them fit the cache that the states do not
}

type state struct {
	child int32 // the first; the last is before the child of the next state
	fail  int32 // the state of the longest proper suffix
	hit   int32 // the longest suffix, itself included, that ends a term; 0 for none
	table int32 // of a shallow state or one with several children, -1 for none
}

// A table holds the state after each byte.
type table [256]int32

// A state has a table when it is one of the shallowest, where most of a text leads, or has several children.
const (
	tableStates   = 4096
	tableChildren = 4
)

// An end is a term that ends in a state.
type end struct {
	term        int32
	length      int32
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
	x := &Index{}
	if err := x.grow(terms, bare, order); err != nil {
		return nil, err
	}
	x.hits = make([]uint64, len(x.states)/64+1)
	x.tables = make([]table, 0, min(len(x.states), tableStates))
	for s := range len(x.states) - 1 {
		x.link(int32(s))
	}
	return x, nil
}

// grow makes the trie. The terms below a state are a range of the sorted terms, those that end in it first.
func (x *Index) grow(terms, bare []string, order []int) error {
	type below struct{ from, to, depth int }
	queue := []below{{0, len(order), 0}}
	x.label = []byte{0}
	for s := 0; s < len(queue); s++ {
		b := queue[s]
		x.states = append(x.states, state{child: int32(len(queue)), table: -1})
		x.first = append(x.first, -1)
		for ; b.from < b.to && len(bare[order[b.from]]) == b.depth; b.from++ {
			x.end(s, order[b.from], terms[order[b.from]], bare[order[b.from]])
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
	x.states = append(x.states, state{child: int32(len(queue))})
	return nil
}

func (x *Index) end(s, n int, t, bare string) {
	head, _ := utf8.DecodeRuneInString(bare)
	tail, _ := utf8.DecodeLastRuneInString(bare)
	x.ends = append(x.ends, end{
		term: int32(n), length: int32(len(bare)),
		left:  spaced(head) && t[0] != '*',
		right: spaced(tail) && t[len(t)-1] != '*',
		more:  x.first[s],
	})
	x.first[s] = int32(len(x.ends) - 1)
}

// link completes a state, all shallower ones being complete: the links of its children and its table, if it gets one.
func (x *Index) link(s int32) {
	st := &x.states[s]
	if x.first[s] >= 0 {
		st.hit = s
	} else {
		st.hit = x.states[st.fail].hit
	}
	if st.hit != 0 {
		x.hits[s>>6] |= 1 << (s & 63)
	}
	last := x.states[s+1].child
	for c := st.child; c < last && s != 0; c++ {
		x.states[c].fail = x.step(st.fail, x.label[c])
	}
	if s >= tableStates && last-st.child < tableChildren {
		return
	}
	var all table
	switch above := x.states[st.fail].table; {
	case s == 0:
	case above >= 0:
		all = x.tables[above]
	default:
		for b := range all {
			all[b] = x.step(st.fail, byte(b))
		}
	}
	for c := st.child; c < last; c++ {
		all[x.label[c]] = c
	}
	st.table = int32(len(x.tables))
	x.tables = append(x.tables, all)
}

// step returns the state after byte b. The root has a table, which ends the search.
func (x *Index) step(s int32, b byte) int32 {
	for {
		st := x.states[s]
		if st.table >= 0 {
			return x.tables[st.table][b]
		}
		for c := st.child; c < x.states[s+1].child; c++ {
			if x.label[c] == b {
				return c
			}
		}
		s = st.fail
	}
}

// All yields every occurrence of every term, also those that overlap, in the order of their ends.
func (x *Index) All(text string) iter.Seq[Match] {
	return func(yield func(Match) bool) {
		if len(x.states) == 0 {
			return
		}
		s := int32(0)
		for i := 0; i < len(text); i++ {
			if s < tableStates { // the table of a shallow state has its number
				s = x.tables[s][text[i]]
			} else {
				s = x.step(s, text[i])
			}
			if x.hits[s>>6]>>(s&63)&1 == 0 {
				continue
			}
			for at := x.states[s].hit; at != 0; at = x.states[x.states[at].fail].hit {
				for e := x.first[at]; e >= 0; e = x.ends[e].more {
					m := Match{Term: int(x.ends[e].term), Start: i + 1 - int(x.ends[e].length), End: i + 1}
					if x.ends[e].stands(text, m) && !yield(m) {
						return
					}
				}
			}
		}
	}
}

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
