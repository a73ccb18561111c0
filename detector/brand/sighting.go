package brand

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/fold"
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

// name reads a display name.
func (s *sighting) name(display string) {
	looks := fold.Skeleton(joined(display))
	folded := fold.Text(display)
	s.note(looks, "from-name")
	for m := range s.looks.index.All(looks) {
		for _, n := range s.looks.brand[m.Term] {
			f := s.facts(n)
			f.SenderNamed = f.SenderNamed || onlyRole(looks[:m.Start]+" "+looks[m.End:])
			f.Masked = f.Masked || !s.writes(folded, n)
		}
	}
}

func (s *sighting) subject(subject string) {
	looks := fold.Skeleton(joined(subject))
	folded := fold.Text(subject)
	s.note(looks, "subject")
	for m := range s.looks.index.All(looks) {
		for _, n := range s.looks.brand[m.Term] {
			f := s.facts(n)
			f.Masked = f.Masked || !s.writes(folded, n)
		}
	}
}

// note states that a skeleton holds names of brands.
func (s *sighting) note(looks, where string) {
	for m := range s.looks.index.All(looks) {
		for _, n := range s.looks.brand[m.Term] {
			s.facts(n).at(where)
		}
	}
}

// writes reports whether the folded text writes one of the brand's names out.
func (s *sighting) writes(folded string, n int) bool {
	for m := range s.plain.index.All(folded) {
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
				s.note(fold.Skeleton(alt[:min(len(alt), 200)]), "alt")
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
		for _, n := range s.plain.brand[m.Term] {
			f := s.facts(n)
			counts[n]++
			if m.Start < openingLen {
				f.at("opening")
			}
			before, after := around(folded, m.Start, m.End, 48)
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

// joined takes the spaces out of runs of single characters, and marks off letters that have none: "c o i n b a s e" is
// one word to a reader.
func joined(s string) string {
	s = unmarked(s)
	words := strings.Fields(s)
	single := 0
	for _, w := range words {
		if utf8.RuneCountInString(w) == 1 {
			single++
		}
	}
	if single < 4 {
		return s
	}
	var b strings.Builder
	last := false
	for i, w := range words {
		one := utf8.RuneCountInString(w) == 1
		if i > 0 && !(one && last) {
			b.WriteByte(' ')
		}
		b.WriteString(w)
		last = one
	}
	return b.String()
}

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
