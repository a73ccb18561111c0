package record

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"strings"
	"unicode"

	"github.com/sekisho/sekisho/fold"
)

// The spaces of the word table.
const (
	spacePassage   = 1
	spaceCase      = 2
	spaceIndicator = 3
)

const (
	tokenLimit = 120 // tokens of a passage
	tokenBytes = 64
	queryLimit = 16 // tokens of a query
	prefixFrom = 3  // bytes of a word from which on it is looked up by its beginning
)

// Tokens are folded words. Chinese, Japanese and Korean have no spaces: there every two characters in a row are a token, and the last
// of a run alone, so that any part of a run is found and every character begins a token.

func isHan(r rune) bool {
	return r >= 0x1100 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul) || r == 'ー'
}

// A token of a query matches tokens that are equal, or begin with it.
type token struct {
	text   string
	prefix bool
}

// tokensOf returns the tokens of a text, for writing or for a query.
func tokensOf(text string, query bool) []token {
	var tokens []token
	add := func(text string, prefix bool) {
		t := token{plain(text, tokenBytes), prefix}
		if t.text != "" && !slices.Contains(tokens, t) {
			tokens = append(tokens, t)
		}
	}
	for _, run := range runsOf(fold.Text(text)) {
		if first := []rune(run)[0]; !isHan(first) {
			add(run, len(run) >= prefixFrom)
			continue
		}
		runes := []rune(run)
		for i := range len(runes) - 1 {
			add(string(runes[i:i+2]), false)
		}
		if !query || len(runes) == 1 {
			add(string(runes[len(runes)-1:]), true)
		}
	}
	return tokens
}

// runsOf splits a folded text into words and into runs of characters without spaces.
func runsOf(text string) []string {
	var runs []string
	start, han := -1, false
	for i, r := range text {
		inside := unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || isHan(r)
		if start >= 0 && (!inside || isHan(r) != han) {
			runs = append(runs, text[start:i])
			start = -1
		}
		if inside && start < 0 {
			start, han = i, isHan(r)
		}
	}
	if start >= 0 {
		runs = append(runs, text[start:])
	}
	return runs
}

// passageTokens returns the tokens by which a passage is found.
func passageTokens(p *Passage, rules []string, sightings []sighting) [][]byte {
	texts := []string{p.Sender, p.Subject, p.Name, p.Reporter, strings.Join(rules, " ")}
	for _, kind := range []string{IndicatorSender, IndicatorDomain, IndicatorAddress, IndicatorHash, IndicatorPersona} {
		for _, seen := range sightings {
			if seen.kind == kind {
				texts = append(texts, seen.value)
			}
		}
	}
	texts = append(texts, p.To...)
	return tokenBytesOf(texts)
}

func tokenBytesOf(texts []string) [][]byte {
	known := map[string]bool{}
	var tokens [][]byte
	for _, text := range texts {
		for _, t := range tokensOf(text, false) {
			if !known[t.text] && len(tokens) < tokenLimit {
				known[t.text] = true
				tokens = append(tokens, []byte(t.text))
			}
		}
	}
	return tokens
}

// words are by what something is found.
type words struct{ all []word }

type word struct {
	token []byte
	space int
	n     int64
}

// add makes n of a space findable by the tokens.
func (w *words) add(space int, n int64, tokens [][]byte) {
	for _, token := range tokens {
		w.all = append(w.all, word{token, space, n})
	}
}

// insert writes them, one page of the table after the other.
func (w *words) insert(ctx context.Context, t *Tx) error {
	slices.SortFunc(w.all, func(a, b word) int {
		return cmp.Or(cmp.Compare(a.space, b.space), bytes.Compare(a.token, b.token), cmp.Compare(a.n, b.n))
	})
	r := newRows(`INSERT INTO word (token, space, n) VALUES `, 3)
	for _, one := range w.all {
		r.add(one.token, one.space, one.n)
	}
	return r.insert(ctx, t, ` ON CONFLICT DO NOTHING`)
}

// index makes n of a space findable by the tokens.
func (t *Tx) index(ctx context.Context, space int, n int64, tokens [][]byte) error {
	var w words
	w.add(space, n, tokens)
	return w.insert(ctx, t)
}

// A clause is a part of a WHERE with its parameters.
type clause struct {
	args []any
	all  []string
}

// add adds a condition, in which each ? is the next of the values.
func (c *clause) add(condition string, values ...any) {
	var b strings.Builder
	for _, part := range strings.SplitAfter(condition, "?") {
		b.WriteString(part)
		if strings.HasSuffix(part, "?") {
			b.WriteString(places(len(c.args)+1, 1)[1:])
			c.args, values = append(c.args, values[0]), values[1:]
		}
	}
	c.all = append(c.all, b.String())
}

func (c *clause) where() string {
	if len(c.all) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(c.all, " AND ")
}

// matching restricts column to those of the space in which all words of the text are. The rarest leads: the others are looked up in what
// it has.
func (t *Tx) matching(ctx context.Context, c *clause, space int, column, text string) error {
	tokens := tokensOf(text, true)
	tokens = tokens[:min(len(tokens), queryLimit)]
	if len(tokens) == 0 {
		if strings.TrimSpace(text) != "" {
			c.add("1 = 0") // signs only
		}
		return nil
	}
	rarest, fewest := 0, int64(rareEnough+1)
	for i, token := range tokens {
		var n int64
		one := clause{}
		token.add(&one, "word")
		one.add("space = ?", space)
		query := `SELECT count(*) FROM (SELECT 1 FROM word` + one.where() + ` LIMIT ` + rareText + `) AS few`
		if err := t.QueryRow(ctx, query, one.args...).Scan(&n); err != nil {
			return err
		}
		if n < fewest {
			rarest, fewest = i, n
		}
	}
	for i, token := range tokens {
		inner := clause{args: c.args}
		token.add(&inner, "w")
		inner.add("w.space = ?", space)
		if i == rarest && fewest <= rareEnough/2 {
			c.all = append(c.all, column+` IN (SELECT w.n FROM word AS w`+inner.where()+`)`)
		} else {
			// Not EXISTS: PostgreSQL would look all of them up at once, and the newest few are wanted.
			c.all = append(c.all, `(SELECT 1 FROM word AS w`+inner.where()+` AND w.n = `+column+` LIMIT 1) = 1`)
		}
		c.args = inner.args
	}
	return nil
}

// Up to half of rareEnough rows are looked up one by one; words that are in more are looked for in the newest.
const (
	rareEnough = 4000
	rareText   = "4000"
)

func (t token) add(c *clause, table string) {
	if t.prefix {
		c.add(table+".token >= ?", []byte(t.text))
		c.add(table+".token < ?", append([]byte(t.text), 0xff))
		return
	}
	c.add(table+".token = ?", []byte(t.text))
}
