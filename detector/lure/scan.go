package lure

import (
	"cmp"
	"slices"
	"strings"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/term"
)

// The most that one fact quotes and counts.
const (
	termLimit    = 4   // quotes
	quoteLimit   = 80  // bytes of one
	varietyLimit = 100 // terms told apart
)

// A hit is one occurrence of a group's term.
type hit struct {
	group, language int
	start, end      int
}

// A telling is a theme seen in one text, and where each of its terms stands.
type telling struct {
	Facts
	spans []sekisho.Span
}

// scan reads one folded text with a head in front and returns a telling for each theme whose condition holds.
func (t *themes) scan(head, body string) []telling {
	if head != "" {
		body = head + ". " + body
	}
	text, masked := t.unmask(plain(body))
	s := t.scanner()
	defer t.scanners.Put(s)
	for m := range t.index.All(text) {
		s.see(m)
	}
	slices.SortFunc(s.hits, func(a, b hit) int { return cmp.Or(a.start-b.start, b.end-a.end) })
	slices.SortFunc(s.held, func(a, b holding) int { return a.theme - b.theme })
	told := make([]telling, 0, len(s.held))
	for _, h := range s.held {
		told = append(told, s.tell(h, text, len(head), masked))
	}
	return told
}

// scanner returns one for a text, with the room of one that is done.
func (t *themes) scanner() *scanner {
	s, ok := t.scanners.Get().(*scanner)
	if !ok {
		s = &scanner{themes: t, last: make([]int, len(t.groups)*len(t.languages))}
	}
	s.hits, s.held = s.hits[:0], s.held[:0]
	for i := range s.last {
		s.last[i] = -1
	}
	return s
}

// A scanner follows the matches of one text.
type scanner struct {
	*themes
	hits []hit
	last []int // where each group last started in each language, -1 for not yet
	held []holding
}

// A holding is a theme whose condition holds, and by which alternatives.
type holding struct {
	theme        int
	alternatives []int
}

// see takes the next match, which ends no earlier than those before.
func (s *scanner) see(m term.Match) {
	for _, at := range s.terms[m.Term].listed {
		s.hits = append(s.hits, hit{group: at.group, language: at.language, start: m.Start, end: m.End})
		s.last[at.group*len(s.languages)+at.language] = m.Start
		for _, a := range s.groups[at.group].asks {
			if s.together(a, at.language, m.End) {
				s.hold(a)
			}
		}
	}
}

// together reports whether every group of the alternative was seen within the theme's reach before end, in the
// language or in words of any language. After a word of any language the others decide.
func (s *scanner) together(a ask, language, end int) bool {
	if language != 0 {
		return s.inLanguage(a, language, end)
	}
	for language := range s.languages {
		if s.inLanguage(a, language, end) {
			return true
		}
	}
	return false
}

func (s *scanner) inLanguage(a ask, language, end int) bool {
	t := &s.list[a.theme]
	for _, g := range t.alternatives[a.alternative] {
		last := s.last[g*len(s.languages):][:len(s.languages)]
		if at := max(last[0], last[language]); at < 0 || end-at > t.near {
			return false
		}
	}
	return true
}

func (s *scanner) hold(a ask) {
	i := slices.IndexFunc(s.held, func(h holding) bool { return h.theme == a.theme })
	if i < 0 {
		s.held = append(s.held, holding{theme: a.theme, alternatives: []int{a.alternative}})
	} else if !slices.Contains(s.held[i].alternatives, a.alternative) {
		s.held[i].alternatives = append(s.held[i].alternatives, a.alternative)
	}
}

// tell describes a theme that holds. s.hits are in the order of their starts, the longest first, so that a hit inside
// another ("verify" in "verify your") comes behind it and is not counted.
func (s *scanner) tell(h holding, text string, head int, masked []span) telling {
	t := &s.list[h.theme]
	f := telling{Facts: Facts{Theme: t.name, Family: t.family}}
	var held []int // groups
	for _, a := range h.alternatives {
		for _, g := range t.alternatives[a] {
			if !slices.Contains(held, g) {
				held = append(held, g)
				f.Groups = append(f.Groups, s.groups[g].name)
			}
		}
	}
	slices.Sort(f.Groups)
	languages := make([]int, len(s.languages))
	var quotes []span
	var seen []string
	end := 0
	for _, hit := range s.hits {
		if hit.end <= end || !slices.Contains(held, hit.group) {
			continue
		}
		if last := len(quotes) - 1; last >= 0 && hit.start <= end+1 && hit.end-quotes[last].start <= quoteLimit && (hit.start < head) == (quotes[last].start < head) {
			quotes[last].end = hit.end
		} else {
			quotes = append(quotes, span{hit.start, hit.end})
		}
		end = hit.end
		f.Count++
		languages[hit.language]++
		if term := text[hit.start:hit.end]; len(seen) < varietyLimit && !slices.Contains(seen, term) {
			seen = append(seen, term)
		}
		f.Subject = f.Subject || hit.start < head
		f.Masked = f.Masked || slices.ContainsFunc(masked, func(m span) bool { return hit.start < m.end && m.start < hit.end })
	}
	f.Variety = len(seen)
	f.quote(text, head, quotes)
	f.Language = s.mostly(languages)
	return f
}

// quote keeps the longest stretches of the text, none that stands in another.
func (t *telling) quote(text string, head int, at []span) {
	slices.SortStableFunc(at, func(a, b span) int { return (b.end - b.start) - (a.end - a.start) })
	for _, q := range at {
		if len(t.Terms) == termLimit {
			return
		}
		words := text[q.start:q.end]
		if slices.ContainsFunc(t.Terms, func(kept string) bool { return strings.Contains(kept, words) }) {
			continue
		}
		where := "text"
		if q.start < head {
			where = "Subject"
		}
		t.Terms = append(t.Terms, strings.Clone(words))
		t.spans = append(t.spans, sekisho.Span{Where: where})
	}
}

// spell writes the terms as the sources do, where capitals are all that differs, and quotes them.
func (t *telling) spell(sources []source) {
	for i, term := range t.Terms {
		for _, s := range sources {
			if at := strings.Index(s.small, term); at >= 0 {
				t.Terms[i] = strings.Clone(s.written[at : at+len(term)])
				break
			}
		}
		t.spans[i] = sekisho.Quote(t.spans[i].Where, t.Terms[i])
	}
}

// A source is what was read as it is written, and the same with small letters for its ASCII capitals.
type source struct{ written, small string }

// spellLimit is how many bytes of a source are searched for terms.
const spellLimit = 64 << 10

func newSource(written string) source {
	written = written[:min(len(written), spellLimit)]
	small := []byte(written)
	for i, c := range small {
		if 'A' <= c && c <= 'Z' {
			small[i] = c | 0x20
		}
	}
	return source{written, string(small)}
}

// mostly returns the code of the language with the most hits, empty if all are of any language.
func (s *scanner) mostly(hits []int) string {
	best := 0
	for language := 1; language < len(hits); language++ {
		if hits[language] > 0 && (best == 0 || hits[language] > hits[best]) {
			best = language
		}
	}
	if best == 0 {
		return ""
	}
	return s.languages[best]
}
