package brand

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/fold"
	"github.com/sekisho/sekisho/term"
)

var errLimit = fmt.Errorf("%w: more than %d bytes of text or %d links", sekisho.ErrLimit, textLimit, linkLimit)

// A sighting gathers what one mail shows of each brand.
type sighting struct {
	*catalogue
	seen  map[int]*Facts
	order []int
	urls  []*sekisho.Link
	left  int
	cut   bool
}

func (s *sighting) facts(n int) *Facts {
	f, ok := s.seen[n]
	if !ok {
		f = &Facts{}
		s.seen[n] = f
		s.order = append(s.order, n)
	}
	return f
}

func (f *Facts) at(where string) {
	if !slices.Contains(f.Where, where) {
		f.Where = append(f.Where, where)
	}
}

// name reads a display name, without the names of our people in it: they are nobody's brand.
func (s *sighting) name(display string) {
	for _, person := range s.people {
		if at := strings.Index(strings.ToLower(display), person); at >= 0 && len(strings.ToLower(display)) == len(display) {
			display = display[:at] + " " + display[at+len(person):]
		}
	}
	looks := fold.Skeleton(joined(display))
	if rearranged(display) {
		looks = partRole(looks)
	}
	for m, n := range s.looking(looks, display) {
		f := s.facts(n)
		f.at("from-name")
		f.SenderNamed = f.SenderNamed || onlyRole(looks[:m.Start]+" "+looks[m.End:])
		f.Masked = f.Masked || rearranged(display) || !s.writes(display, n)
	}
}

func (s *sighting) subject(subject string) {
	looks := fold.Skeleton(joined(subject))
	for m, n := range s.looking(looks, subject) {
		if warned(looks[m.End:]) {
			continue
		}
		f := s.facts(n)
		f.at("subject")
		f.Masked = f.Masked || rearranged(subject) || !s.writes(subject, n)
	}
}

// note states that a short text names brands.
func (s *sighting) note(text, where string) {
	for _, n := range s.looking(fold.Skeleton(text), text) {
		s.facts(n).at(where)
	}
}

// looking yields the brands whose names a skeleton holds. Where the text it is the skeleton of does not write the name
// out, it must be disguised: Aoi only looks like AOL.
func (s *sighting) looking(looks, text string) iter.Seq2[term.Match, int] {
	return func(yield func(term.Match, int) bool) {
		for m := range s.looks.index.All(looks) {
			if cut(looks, m.Start, m.End) {
				continue
			}
			for _, n := range s.looks.brand[m.Term] {
				if size := m.End - m.Start; size < plainLen && (size < looksLen || !disguised(text)) && !s.writes(text, n) {
					continue
				}
				if !yield(m, n) {
					return
				}
			}
		}
	}
}

// cutLen is the longest name, in bytes, that is met by accident inside a word in katakana, which has no spaces around it.
const cutLen = 12

// cut reports whether text[start:end] is a short part of a longer word in katakana: テム of システム.
func cut(text string, start, end int) bool {
	if end-start > cutLen {
		return false
	}
	first, _ := utf8.DecodeRuneInString(text[start:end])
	before, _ := utf8.DecodeLastRuneInString(text[:start])
	last, _ := utf8.DecodeLastRuneInString(text[start:end])
	after, _ := utf8.DecodeRuneInString(text[end:])
	return katakana(first) && katakana(before) || katakana(last) && katakana(after)
}

func katakana(r rune) bool { return r >= 0x30A1 && r <= 0x30FA || r == 0x30FC }

// disguised reports whether a text has what disguises take, apart from letters that any text has: letters of another
// script than ASCII, digits among the letters of a word, marks, spaces between letters.
func disguised(text string) bool {
	var last rune
	for _, r := range text {
		if r >= unicode.MaxASCII && !ideographic(r) || unicode.IsDigit(r) && unicode.IsLetter(last) || unicode.IsLetter(r) && unicode.IsDigit(last) {
			return true
		}
		last = r
	}
	return joined(text) != text || rearranged(text)
}

// ideographic reports whether r is of a script that nobody takes for Latin, or punctuation that goes with one.
func ideographic(r rune) bool {
	return r >= 0x2E80 && r < 0xA000 || r >= 0xAC00 && r < 0xD800 || r >= 0x2000 && r < 0x2070 || r >= 0x1F000
}

// writes reports whether the text writes one of the brand's names out.
func (s *sighting) writes(text string, n int) bool {
	for m := range s.plain.index.All(fold.Text(text)) {
		if slices.Contains(s.plain.brand[m.Term], n) {
			return true
		}
	}
	return false
}

// body reads the texts, pages and links below a mail, without those of mails inside it.
func (s *sighting) body(a *sekisho.Artifact) {
	s.left = textLimit
	var walk func(*sekisho.Artifact)
	walk = func(a *sekisho.Artifact) {
		switch form := a.Form.(type) {
		case *sekisho.TextForm:
			s.text(form.Folded)
		case *sekisho.Page:
			for _, alt := range form.Alts {
				s.note(alt[:min(len(alt), 200)], "alt")
			}
		case *sekisho.Link:
			s.link(form)
		}
		for _, part := range a.Parts {
			if part.Kind != sekisho.KindMail && part.Via != "attachment" && part.Via != "entry" {
				walk(part)
			}
		}
	}
	walk(a)
}

// text counts names in one folded text and tells where they stand. A second version of the same text (plain and HTML)
// does not add up: the larger count stays.
func (s *sighting) text(folded string) {
	if len(folded) > s.left {
		s.cut = true
		folded = folded[:max(s.left, 0)]
	}
	s.left -= len(folded)
	counts := map[int]int{}
	for m := range s.plain.index.All(folded) {
		if cut(folded, m.Start, m.End) {
			continue
		}
		for _, n := range s.plain.brand[m.Term] {
			before, after := around(folded, m.Start, m.End, 48)
			if addressed(before, strings.TrimLeft(after, " ")) {
				continue
			}
			f := s.facts(n)
			counts[n]++
			if m.Start < openingLen {
				f.at("opening")
			}
			if copyrighted(before, after) {
				f.at("copyright")
			} else if len(folded)-m.End < closingLen && signed(before, after) || teamOf(before, after) {
				f.at("signature")
			}
		}
	}
	for n, count := range counts {
		f := s.facts(n)
		f.Mentions = max(f.Mentions, count)
	}
}

func around(text string, start, end, reach int) (before, after string) {
	return text[max(0, start-reach):start], text[end:min(len(text), end+reach)]
}

func copyrighted(before, after string) bool {
	for _, mark := range []string{"©", "(c) ", "copyright", "all rights reserved"} {
		if strings.Contains(before, mark) {
			return true
		}
	}
	return strings.Contains(after, "all rights reserved") || strings.Contains(after, "tous droits reserves") ||
		strings.Contains(after, "todos os direitos reservados") || strings.Contains(after, "alle rechte vorbehalten") ||
		strings.Contains(after, "todos los derechos reservados")
}

// signed reports whether a name near the end of a text closes it.
func signed(before, after string) bool {
	return slices.ContainsFunc(closings, func(c string) bool { return strings.Contains(before, c) }) || teamOf(before, after)
}

// teamOf reports whether the name is that of a team: "the Binance team", "team MetaMask", 「コインチェック カスタマーサポート」.
func teamOf(before, after string) bool {
	after = strings.TrimLeft(after, " ")
	return strings.HasSuffix(before, "team ") || strings.HasSuffix(before, "株式会社") || strings.HasSuffix(before, "equipe ") ||
		slices.ContainsFunc(teams, func(t string) bool { return strings.HasPrefix(after, t) })
}

// politeLen is how far behind a name its form of address stands, in bytes: 楓取引所 カスタマーサポート 御中.
const politeLen = 36

// addressed reports whether the name is whom the mail is written to.
func addressed(before, after string) bool {
	for _, greeting := range []string{"dear ", "hi ", "hello ", "to: ", "to the ", "attn ", "attention ", "attn: "} {
		if strings.HasSuffix(before, greeting) {
			return true
		}
	}
	head := after[:min(len(after), politeLen)]
	if end := strings.IndexAny(head, "。、,.!"); end >= 0 {
		head = head[:end]
	}
	for _, polite := range []string{"様", "御中", "さま", "各位", "ご担当", "の皆さま"} {
		if strings.Contains(head, polite) {
			return true
		}
	}
	return false
}

// warned reports whether what follows a name in a skeleton tells of others who pose as it: 「MetaMaskをかたるフィッシング」.
func warned(after string) bool {
	after = strings.TrimLeft(after, " 」』\"'")
	return slices.ContainsFunc(warnings, func(words string) bool { return strings.HasPrefix(after, words) })
}

func (s *sighting) link(l *sekisho.Link) {
	switch l.Element {
	case "a", "area", "form", "refresh", "text", "qr":
	default:
		return
	}
	if l.Scheme != "http" && l.Scheme != "https" {
		return
	}
	if len(s.urls) == linkLimit {
		s.cut = true
		return
	}
	s.urls = append(s.urls, l)
	if shown := l.Shown; shown != "" {
		for m := range s.plain.index.All(fold.Text(shown[:min(len(shown), 200)])) {
			for _, n := range s.plain.brand[m.Term] {
				if !s.brands[n].owns(l.Site) {
					s.facts(n).at("link-text")
				}
			}
		}
	}
}

// links states where the mail's links lead, as seen from the brand.
func (s *sighting) links(f *Facts, b *brand) {
	f.Links = len(s.urls)
	for _, l := range s.urls {
		switch {
		case b.owns(l.Site):
			f.LinksOwn++
		case l.Site == f.FromSite:
			f.LinksSender++
		case len(f.Elsewhere) < siteLimit && !slices.Contains(f.Elsewhere, l.Site):
			f.Elsewhere = append(f.Elsewhere, l.Site)
		}
	}
}

// rearranged reports whether a text stands there otherwise than it is read: letters apart, or turned around.
func rearranged(text string) bool {
	return fold.Joined(text) != text || strings.ContainsRune(text, '\u202E')
}

// joined joins letters that are written apart, and drops the marks on those that have none.
func joined(s string) string { return fold.Joined(unmarked(s)) }

// unmarked drops combining marks behind ASCII letters, where no language that writes brands has them.
func unmarked(s string) string {
	var last rune
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) && 'A' <= last&^0x20 && last&^0x20 <= 'Z' {
			return -1
		}
		last = r
		return r
	}, s)
}
