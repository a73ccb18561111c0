package persona

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/fold"
)

// An index finds the organisation's people in a text. It is made once and only read.
type index struct {
	org       *sekisho.Org
	words     lexicon            // titles, honorifics, the organisation's names
	tokens    map[string]bool    // every word of a person's name, which is then no title and ends in no honorific
	full      map[string][]entry // whole names in the common romanisation, without spaces, in each order
	forms     map[string][]form  // whole names as the profile writes them, without spaces
	families  map[string][]int   // people by family name in the common romanisation
	skeletons map[string][]int   // people by what their Latin name looks like, in each order
	offices   map[string][]int   // people by title
	initials  [][]byte           // by person: first letters of the given name
	owner     map[string][]int   // people by address
	first     [256]bool          // the first bytes of names, to pass over most words at once
	longest   int                // bytes of the longest name
	affixes   []string           // words that are written onto a name in an address
}

// An entry is a person under a whole name.
type entry struct {
	person int
	words  int  // of the name
	alias  bool // the name is an alias, or leaves out a middle name
}

// A form is a way in which the profile writes a person's name.
type form struct {
	person int
	match  string
}

// prepare builds the index, nil when the profile names nobody and nothing.
func prepare(org *sekisho.Org, _ *sekisho.Intel) (any, error) {
	if len(org.People) == 0 && org.Name == (sekisho.Text{}) {
		return (*index)(nil), nil
	}
	x := &index{org: org, words: officeLexicon(), tokens: map[string]bool{}, full: map[string][]entry{}, forms: map[string][]form{},
		families: map[string][]int{}, skeletons: map[string][]int{}, offices: map[string][]int{}, owner: map[string][]int{},
		initials: make([][]byte, len(org.People))}
	for i, p := range org.People {
		x.person(i, p)
	}
	x.lexicon()
	builtin := officeLexicon()
	builtin.addAll(roleTitle, "vice president", "副社長", "副会長") // longer than the office inside them
	builtin.sort()
	for i, p := range org.People {
		x.hold(i, p, builtin)
	}
	return x, nil
}

// A spelling is a name in one script, split.
type spelling struct {
	raw, roman []string // the words
	family     int      // which of them is the family name
}

func (x *index) person(i int, p sekisho.Person) {
	for _, address := range p.Addresses {
		x.owner[strings.ToLower(address)] = append(x.owner[strings.ToLower(address)], i)
	}
	var families, givens []string
	for k, written := range []string{p.Name.En, p.Name.Ja, p.Name.Kana} {
		s, ok := x.split(written)
		if !ok {
			continue
		}
		if k == 0 {
			s.family = len(s.raw) - 1
			x.skeleton(i, s)
		}
		x.form(i, s, "exact", "reordered")
		x.name(s.roman, entry{person: i, words: len(s.roman)})
		if len(s.raw) < 2 {
			continue
		}
		family, given := s.roman[s.family], without(s.roman, s.family)
		families, givens = append(families, family), append(givens, strings.Join(given, ""))
		x.families[family] = add(x.families[family], i)
		if k == 0 || k == 2 && len(x.initials[i]) == 0 {
			x.initials[i] = append(x.initials[i], given[0][0], without(s.raw, s.family)[0][0])
		}
		if len(given) > 1 {
			x.name([]string{given[0], family}, entry{person: i, words: 2, alias: true})
		}
	}
	for _, family := range families {
		for _, given := range givens {
			x.name([]string{family, given}, entry{person: i, words: 2})
			x.name([]string{given, family}, entry{person: i, words: 2})
		}
	}
	for _, alias := range p.Aliases {
		if s, ok := x.split(alias); ok {
			s.family = len(s.raw) - 1
			x.form(i, s, "alias", "alias")
			x.skeleton(i, s)
			x.name(s.roman, entry{person: i, words: len(s.roman), alias: true})
			x.name(rotate(s.roman), entry{person: i, words: len(s.roman), alias: true})
		}
	}
}

// split reads a name of the profile. Its words are told apart by spaces, not by script, so that 美つ子 is one.
func (x *index) split(written string) (spelling, bool) {
	var s spelling
	var r reading
	for _, word := range strings.FieldsFunc(fold.Text(written), func(c rune) bool { return scriptOf(c) == separator && !apostrophe(c) && c != '-' }) {
		r.read(word, nil, nil)
		if len(r.roman) == 0 {
			continue
		}
		s.raw, s.roman = append(s.raw, string(r.raw)), append(s.roman, string(r.roman))
		for _, t := range r.tokens {
			x.tokens[r.text[t.text[0]:t.text[1]]] = true
		}
	}
	return s, len(s.raw) > 0
}

func (x *index) form(i int, s spelling, straight, reversed string) {
	whole := strings.Join(s.raw, "")
	x.forms[whole] = append(x.forms[whole], form{person: i, match: straight})
	turned := rotate(s.raw)
	if s.family == 0 {
		turned = append(slices.Clone(s.raw[1:]), s.raw[0])
	}
	whole = strings.Join(turned, "")
	x.forms[whole] = append(x.forms[whole], form{person: i, match: reversed})
}

func (x *index) name(words []string, e entry) {
	whole := strings.Join(words, "")
	for _, key := range []string{whole, string(appendRoman(nil, whole))} {
		if !slices.ContainsFunc(x.full[key], func(old entry) bool { return old == e || old.person == e.person && !old.alias }) {
			x.full[key] = append(x.full[key], e)
		}
		x.first[key[0]] = true
		x.longest = max(x.longest, len(key))
	}
}

// skeleton adds what a name of several Latin words looks like.
func (x *index) skeleton(i int, s spelling) {
	if len(s.raw) < 2 || scriptOf(rune(s.raw[0][0])) != alphabet {
		return
	}
	for _, words := range [][]string{s.raw, rotate(s.raw)} {
		key := squeeze(fold.Skeleton(strings.Join(words, " ")))
		x.skeletons[key] = add(x.skeletons[key], i)
	}
}

// lexicon gathers the phrases that are no names. Words of somebody's name are left out.
func (x *index) lexicon() {
	x.words.addAll(roleTitle, ranks...)
	x.words.addAll(roleHonorific, honorifics...)
	x.words.addAll(roleFiller, fillers...)
	for _, name := range []string{x.org.Name.En, x.org.Name.Ja} {
		name = fold.Text(name)
		x.words.addAll(roleOrganisation, name)
		if tight := squeeze(name); tight != name {
			x.words.addAll(roleOrganisation, tight, strings.ReplaceAll(name, " ", "-"))
		}
	}
	for _, p := range x.org.People {
		for _, title := range []string{p.Role, p.Title.En, p.Title.Ja} {
			title = fold.Text(title)
			x.words.add(phrase{text: title, role: roleTitle, offices: []string{"title " + title}})
		}
	}
	for first, phrases := range x.words {
		x.words[first] = slices.DeleteFunc(phrases, func(p phrase) bool { return p.role != roleOrganisation && x.tokens[p.text] })
	}
	x.words.sort()
	x.affixes = []string{"ceo", "cfo", "cto", "coo", "office", "official", "private", "mail", "mr", "ms", "dr", "real", "japan",
		"tokyo", "jp", "inc", squeeze(fold.Text(x.org.Name.En))}
	if first, _, more := strings.Cut(fold.Text(x.org.Name.En), " "); more {
		x.affixes = append(x.affixes, first)
	}
	x.affixes = slices.DeleteFunc(x.affixes, func(s string) bool { return s == "" })
}

// hold notes which offices the person holds: their titles as the profile writes them, and those inside.
func (x *index) hold(i int, p sekisho.Person, builtin lexicon) {
	for _, title := range []string{p.Role, p.Title.En, p.Title.Ja} {
		title = fold.Text(title)
		if title == "" {
			continue
		}
		held := []string{"title " + title}
		var r reading
		r.read(title, builtin, nil)
		for _, t := range r.tokens {
			held = append(held, t.offices...)
		}
		for _, office := range held {
			x.offices[office] = add(x.offices[office], i)
		}
	}
}

func add(people []int, i int) []int {
	if slices.Contains(people, i) {
		return people
	}
	return append(people, i)
}

func without(words []string, i int) []string {
	return append(slices.Clone(words[:i]), words[i+1:]...)
}

// rotate puts the last word first: Mori Aoi for Aoi Mori.
func rotate(words []string) []string {
	last := len(words) - 1
	return append([]string{words[last]}, words[:last]...)
}

// squeeze removes what separates words.
func squeeze(s string) string {
	return strings.Map(func(r rune) rune {
		if scriptOf(r) == separator {
			return -1
		}
		return r
	}, s)
}

// at returns person i of the profile.
func (x *index) at(i int) *sekisho.Person { return &x.org.People[i] }

// label is the name by which facts call a person.
func (x *index) label(i int) string {
	if name := x.at(i).Name; name.En != "" {
		return name.En
	} else if name.Ja != "" {
		return name.Ja
	}
	return x.at(i).Name.Kana
}

// initial reports whether a single letter is the person's given name's.
func (x *index) initial(i int, letter []byte) bool {
	return len(letter) == 1 && letter[0] < utf8.RuneSelf && slices.Contains(x.initials[i], letter[0])
}
