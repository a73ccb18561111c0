// Package term finds any of many terms in folded text in one pass.
//
// An [Index] is an Aho-Corasick automaton over bytes with a full transition table: one look-up for each byte of text,
// whatever the number of terms. It is built once and read by many goroutines.
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
	class  [256]uint8 // the column of a byte; 0 for bytes that no term holds
	width  int
	next   []int32 // the row of the next state, by row of the state and column of the byte
	first  []int32 // the first entry of ends for a state, -1 for none
	ends   []end
	suffix []int32 // the longest proper suffix of a state that ends a term, 0 for none
}

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
	x := &Index{width: 1}
	for _, t := range terms {
		for i := 0; i < len(t); i++ {
			if x.class[t[i]] == 0 {
				x.class[t[i]] = uint8(x.width)
				x.width++
			}
		}
	}
	bare := make([]string, len(terms))
	for i, t := range terms {
		bare[i] = strings.TrimPrefix(strings.TrimSuffix(t, "*"), "*")
	}
	states := stateCount(bare)
	if states > stateLimit {
		return nil, fmt.Errorf("%d states of terms: more than %d", states, stateLimit)
	}
	x.next = make([]int32, 0, states*x.width)
	x.first = make([]int32, 0, states)
	x.addState()
	for i, t := range terms {
		if err := x.add(i, t, bare[i]); err != nil {
			return nil, err
		}
	}
	x.link()
	return x, nil
}

// stateCount is how many states the terms take, or a few more: their distinct prefixes.
func stateCount(terms []string) int {
	sorted := slices.Clone(terms)
	slices.Sort(sorted)
	n, last := 1, ""
	for _, t := range sorted {
		same := 0
		for same < min(len(t), len(last)) && t[same] == last[same] {
			same++
		}
		n += len(t) - same
		last = t
	}
	return n
}

func (x *Index) addState() int32 {
	row := int32(len(x.next))
	x.next = x.next[:len(x.next)+x.width]
	x.first = append(x.first, -1)
	return row
}

func (x *Index) add(n int, t, bare string) error {
	if strings.TrimSpace(bare) == "" {
		return fmt.Errorf("term %d, %q: no characters", n, t)
	}
	row := int32(0)
	for i := 0; i < len(bare); i++ {
		at := row + int32(x.class[bare[i]])
		if x.next[at] == 0 {
			x.next[at] = x.addState()
		}
		row = x.next[at]
	}
	head, _ := utf8.DecodeRuneInString(bare)
	tail, _ := utf8.DecodeLastRuneInString(bare)
	state := row / int32(x.width)
	x.ends = append(x.ends, end{
		term: int32(n), length: int32(len(bare)),
		left:  spaced(head) && t[0] != '*',
		right: spaced(tail) && t[len(t)-1] != '*',
		more:  x.first[state],
	})
	x.first[state] = int32(len(x.ends) - 1)
	return nil
}

// link completes the trie: every missing transition becomes that of the longest proper suffix, breadth first.
func (x *Index) link() {
	width := int32(x.width)
	fail := make([]int32, len(x.first))
	x.suffix = make([]int32, len(x.first))
	queue := make([]int32, 0, len(x.first))
	for c := range width {
		if row := x.next[c]; row != 0 {
			queue = append(queue, row)
		}
	}
	for len(queue) > 0 {
		row := queue[0]
		queue = queue[1:]
		f := fail[row/width]
		if x.first[f/width] >= 0 {
			x.suffix[row/width] = f
		} else {
			x.suffix[row/width] = x.suffix[f/width]
		}
		for c := range width {
			if child := x.next[row+c]; child != 0 {
				fail[child/width] = x.next[f+c]
				queue = append(queue, child)
			} else {
				x.next[row+c] = x.next[f+c]
			}
		}
	}
}

// All yields every occurrence of every term, also those that overlap, in the order of their ends.
func (x *Index) All(text string) iter.Seq[Match] {
	return func(yield func(Match) bool) {
		if len(x.first) == 0 {
			return
		}
		row, width := int32(0), int32(x.width)
		for i := 0; i < len(text); i++ {
			row = x.next[row+int32(x.class[text[i]])]
			if row == 0 {
				continue
			}
			for at := row; at != 0; at = x.suffix[at/width] {
				for e := x.first[at/width]; e >= 0; e = x.ends[e].more {
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
