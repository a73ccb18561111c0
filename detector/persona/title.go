package persona

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// A role is what a word says of a token that is not part of a name.
type role uint8

const (
	roleName         role = iota // any other word: perhaps a name
	roleTitle                    // an office: CEO, 代表取締役
	roleHonorific                // Mr., 様
	roleOrganisation             // the organisation's own name
	roleFiller                   // 株式会社, Inc., a number, の
)

// A phrase is a run of folded text with a role.
type phrase struct {
	text    string
	role    role
	offices []string // for titles: what is held, "ceo" or a title of the profile; none for ranks that many hold
}

// offices are the titles that one person of a business holds, in the words people sign with.
var offices = map[string][]string{
	"ceo":  {"ceo", "chief executive officer", "chief executive", "president", "社長", "代表取締役社長", "代表取締役", "代表執行役", "最高経営責任者"},
	"cfo":  {"cfo", "chief financial officer", "finance director", "最高財務責任者", "財務責任者"},
	"cto":  {"cto", "chief technology officer", "chief technical officer", "最高技術責任者"},
	"coo":  {"coo", "chief operating officer", "最高執行責任者"},
	"cio":  {"cio", "chief information officer", "最高情報責任者"},
	"ciso": {"ciso", "chief information security officer", "最高情報セキュリティ責任者"},
	"cco":  {"cco", "chief compliance officer", "最高コンプライアンス責任者"},
	"head": {"chairman", "chairperson", "chair", "会長", "取締役会長", "代表取締役会長"},
}

// ranks are titles that many people hold: they do not tell who is meant.
var ranks = []string{"director", "executive director", "managing director", "vice president", "vp", "svp", "evp", "manager",
	"general manager", "chief", "executive", "officer", "head", "founder", "co founder", "cofounder", "cpa", "phd", "mba", "esq",
	"取締役", "代表", "副社長", "専務", "常務", "専務取締役", "常務取締役", "執行役員", "監査役", "部長", "課長", "係長", "次長", "室長", "本部長",
	"主任", "主査", "担当", "創業者", "共同創業者"}

var honorifics = []string{"mr", "mrs", "ms", "miss", "dr", "prof", "sir", "san", "sama", "先生", "殿"}

var fillers = []string{"株式会社", "有限会社", "合同会社", "(株)", "(有)", "inc", "ltd", "llc", "co", "corp", "corporation", "limited",
	"company", "kk", "k.k"}

// suffixes are honorifics written onto a name without a space.
var suffixes = []string{"様", "氏", "殿", "君", "さま", "さん", "くん", "ちゃん"}

// A lexicon finds phrases by their first character, the longest first.
type lexicon map[rune][]phrase

func (l lexicon) add(p phrase) {
	if p.text = unified(p.text); p.text == "" {
		return
	}
	first, _ := utf8.DecodeRuneInString(p.text)
	l[first] = append(l[first], p)
}

// officeLexicon returns the titles of offices, not yet sorted.
func officeLexicon() lexicon {
	l := lexicon{}
	for office, texts := range offices {
		for _, text := range texts {
			l.add(phrase{text: text, role: roleTitle, offices: []string{office}})
		}
	}
	return l
}

func (l lexicon) addAll(r role, texts ...string) {
	for _, text := range texts {
		l.add(phrase{text: text, role: r})
	}
}

// sort puts longer phrases first, and joins what is said twice of the same text. A word of the organisation or an office
// outweighs a rank.
func (l lexicon) sort() {
	for first, phrases := range l {
		slices.SortStableFunc(phrases, func(a, b phrase) int {
			return cmp.Or(cmp.Compare(len(b.text), len(a.text)), strings.Compare(a.text, b.text))
		})
		joined := phrases[:0]
		for _, p := range phrases {
			if n := len(joined); n > 0 && joined[n-1].text == p.text {
				for _, office := range p.offices {
					if !slices.Contains(joined[n-1].offices, office) {
						joined[n-1].offices = append(slices.Clip(joined[n-1].offices), office)
					}
				}
				continue
			}
			joined = append(joined, p)
		}
		l[first] = joined
	}
}

// at returns the phrase that stands at s[i:], nil if none does. A phrase that ends in a letter of an alphabet ends where
// the word ends.
func (l lexicon) at(s string, i int) *phrase {
	first, _ := utf8.DecodeRuneInString(s[i:])
	phrases := l[first]
	for k := range phrases {
		p := &phrases[k]
		if !strings.HasPrefix(s[i:], p.text) {
			continue
		}
		end := i + len(p.text)
		if last, _ := utf8.DecodeLastRuneInString(p.text); scriptOf(last) == alphabet && end < len(s) {
			if next, _ := utf8.DecodeRuneInString(s[end:]); scriptOf(next) == alphabet {
				continue
			}
		}
		return p
	}
	return nil
}
