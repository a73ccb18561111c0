package persona

import (
	"slices"
	"strings"

	"github.com/sekisho/sekisho/fold"
)

// A match is a person seen in a reading.
type match struct {
	person       int    // index in the profile, -1 for a title or an organisation without a person
	how          string // the value of Facts.Match
	from, to     int    // tokens
	organisation bool
}

// strength orders the ways to match, the surest first.
var strength = []string{"exact", "reordered", "alias", "script", "romanisation", "confusable", "family-title",
	"family-organisation", "initial", "title-only", "organisation", "address"}

func stronger(a, b string) bool { return slices.Index(strength, a) < slices.Index(strength, b) }

// windowLimit is the most tokens a name spans, titles between its words included.
const windowLimit = 8

// find returns the people seen in r, each once, in the surest way. alone says that the reading is a name and nothing
// else is expected in it: then single names, initials and titles without a name are looked for too.
func (x *index) find(r *reading, alone bool) []match {
	var found []match
	organisation := r.has(roleOrganisation)
	keep := func(m match) {
		m.organisation = organisation
		for i := range found {
			if found[i].person == m.person {
				if stronger(m.how, found[i].how) {
					found[i] = m
				}
				return
			}
		}
		found = append(found, m)
	}
	for i, t := range r.tokens {
		if t.role != roleName || !x.first[r.roman[t.roman[0]]] {
			continue
		}
		x.windows(r, i, alone, keep)
		x.family(r, i, keep)
	}
	if alone {
		x.initialed(r, keep)
		if len(found) == 0 {
			x.office(r, keep)
		}
	}
	return found
}

// windows looks up every run of tokens from i on as a whole name.
func (x *index) windows(r *reading, i int, alone bool, keep func(match)) {
	start, words := r.tokens[i].roman[0], 0
	for j := i; j < len(r.tokens) && j < i+windowLimit; j++ {
		t := r.tokens[j]
		if j > i && t.broken || t.roman[1]-start > x.longest {
			return
		}
		if t.role != roleName {
			continue
		}
		words++
		for _, e := range x.full[string(r.roman[start:t.roman[1]])] {
			if words == 1 && !x.certain(r, i, e, alone) {
				continue
			}
			keep(match{person: e.person, how: x.how(r, i, j+1, e), from: i, to: j + 1})
		}
	}
}

// certain reports whether a single token is enough to stand for the name: a name of several words written as one must be long enough
// not to be another word, and a name of one word must stand alone.
func (x *index) certain(r *reading, i int, e entry, alone bool) bool {
	t := r.tokens[i]
	if e.words > 1 {
		return t.script != alphabet || t.roman[1]-t.roman[0] >= 6
	}
	_, others := r.rest(i, i+1)
	return alone && others == 0
}

// how says in which way the tokens write the name.
func (x *index) how(r *reading, from, to int, e entry) string {
	best := ""
	for _, f := range x.forms[string(r.raw[r.tokens[from].raw[0]:r.tokens[to-1].raw[1]])] {
		if f.person == e.person && (best == "" || stronger(f.match, best)) {
			best = f.match
		}
	}
	switch {
	case best != "":
		return best
	case e.alias:
		return "alias"
	}
	for _, t := range r.tokens[from:to] {
		if t.role == roleName && t.script != alphabet {
			return "script"
		}
	}
	return "romanisation"
}

// family looks for a family name right beside a title that the person holds, or beside the organisation's name. With
// another word on its other side it is somebody else's: President Mori Taro.
func (x *index) family(r *reading, i int, keep func(match)) {
	t := r.tokens[i]
	people := x.families[string(r.roman[t.roman[0]:t.roman[1]])]
	if len(people) == 0 || x.crowded(r, i) {
		return
	}
	for _, beside := range []int{x.beside(r, i, -1), x.beside(r, i, +1)} {
		if beside < 0 {
			continue
		}
		from, to := min(i, beside), max(i, beside)+1
		for _, person := range people {
			switch mark := r.tokens[beside]; {
			case mark.role == roleOrganisation:
				keep(match{person: person, how: "family-organisation", from: from, to: to})
			case slices.ContainsFunc(mark.offices, func(o string) bool { return slices.Contains(x.offices[o], person) }):
				keep(match{person: person, how: "family-title", from: from, to: to})
			}
		}
	}
}

// beside returns the title or the organisation next to token i, honorifics and の passed over, or -1.
func (x *index) beside(r *reading, i, step int) int {
	for j := i + step; j >= 0 && j < len(r.tokens); j += step {
		switch r.tokens[j].role {
		case roleTitle:
			if len(r.tokens[j].offices) > 0 {
				return j
			}
		case roleOrganisation:
			return j
		case roleName:
			return -1
		}
	}
	return -1
}

// crowded reports whether a word that could be a given name stands right beside token i.
func (x *index) crowded(r *reading, i int) bool {
	if i > 0 && !r.tokens[i].broken {
		if t := r.tokens[i-1]; t.role == roleName && t.script != hiragana {
			return true
		}
	}
	if i+1 < len(r.tokens) && !r.tokens[i+1].broken {
		t := r.tokens[i+1]
		return t.role == roleName && (t.script != hiragana || !particle(r.text[t.text[0]:t.text[1]]))
	}
	return false
}

// particles are what may follow a name in a sentence; any other hiragana may be a given name.
var particles = []string{"です", "でございます", "より", "から", "と", "が", "は", "も", "へ", "に", "を", "で"}

func particle(s string) bool {
	return slices.ContainsFunc(particles, func(p string) bool { return s == p || len(p) > 3 && strings.HasPrefix(s, p) })
}

// initialed looks for A. Mori and Mori A., with no other word beside. With a title that the person holds it is as good as
// the family name with that title: A. Mori, CEO.
func (x *index) initialed(r *reading, keep func(match)) {
	var names []int
	for i, t := range r.tokens {
		if t.role == roleName {
			names = append(names, i)
		}
	}
	if len(names) != 2 {
		return
	}
	for k, i := range names {
		letter, family := r.tokens[i], r.tokens[names[1-k]]
		for _, person := range x.families[string(r.roman[family.roman[0]:family.roman[1]])] {
			if x.initial(person, r.raw[letter.raw[0]:letter.raw[1]]) {
				how := "initial"
				if x.holds(r, person) {
					how = "family-title"
				}
				keep(match{person: person, how: how, from: names[0], to: names[1] + 1})
			}
		}
	}
}

// holds reports whether the reading has a title of the person's.
func (x *index) holds(r *reading, person int) bool {
	for _, t := range r.tokens {
		for _, o := range t.offices {
			if slices.Contains(x.offices[o], person) {
				return true
			}
		}
	}
	return false
}

// office looks for a title of ours beside the organisation's name, and for the organisation's name, without a name.
func (x *index) office(r *reading, keep func(match)) {
	if !r.has(roleOrganisation) {
		return
	}
	m := match{person: -1, how: "organisation"}
	var holders []int
	for _, t := range r.tokens {
		for _, o := range t.offices {
			for _, person := range x.offices[o] {
				holders = add(holders, person)
			}
		}
	}
	if _, others := r.rest(0, 0); others == 0 && len(holders) > 0 {
		m.how = "title-only"
		if len(holders) == 1 {
			m.person = holders[0]
		}
	}
	keep(m)
}

// lookalike looks for a name whose letters are exchanged for ones that look the same.
func (x *index) lookalike(r *reading, written string) []match {
	var found []match
	r.read(fold.Skeleton(written), nil, nil)
	for i, t := range r.tokens {
		for j := i + 1; j < len(r.tokens) && j < i+4 && !r.tokens[j].broken; j++ {
			for _, person := range x.skeletons[string(r.raw[t.raw[0]:r.tokens[j].raw[1]])] {
				found = append(found, match{person: person, how: "confusable", from: i, to: j + 1})
			}
		}
	}
	return found
}
