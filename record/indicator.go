package record

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"
)

// The kinds of indicator.
const (
	IndicatorSender      = "sender"      // a mail address, in lower case
	IndicatorDomain      = "domain"      // a host name in ASCII: of senders, links, texts
	IndicatorURL         = "url"         // a link's target, normalised
	IndicatorHash        = "hash"        // SHA-256 of a file, in hexadecimal
	IndicatorAddress     = "address"     // chain:address, canonical
	IndicatorPersona     = "persona"     // a name under which somebody wrote, folded
	IndicatorFingerprint = "fingerprint" // of a secret, keyed
	IndicatorText        = "text"        // a digest of a text's words, the same for small changes of names and numbers
)

// An Indicator is something by which an attack can be told again.
type Indicator struct {
	Kind    string    `json:"kind"`
	Value   string    `json:"value"`
	First   time.Time `json:"first,omitzero"`
	Last    time.Time `json:"last,omitzero"`
	Seen    int       `json:"seen,omitempty"` // in how many passages
	Blocked bool      `json:"blocked,omitempty"`
	Reason  string    `json:"reason,omitempty"` // why it is blocked
	By      string    `json:"by,omitempty"`     // who blocked it
}

// A Sighting is one place in which an indicator was seen.
type Sighting struct {
	Passage  Passage `json:"passage"`
	Artifact string  `json:"artifact"` // place in the tree
	Via      string  `json:"via"`      // what led to it: From, href, attachment ...
}

const indicatorColumns = `indicator.kind, indicator.value, indicator.first, indicator.last, indicator.seen, indicator.blocked, indicator.reason, indicator.author`

func scanIndicator(r row) (Indicator, error) {
	var i Indicator
	var first, last, blocked int64
	err := r.Scan(&i.Kind, &i.Value, &first, &last, &i.Seen, &blocked, &i.Reason, &i.By)
	i.First, i.Blocked = moment(first), blocked != 0
	if i.Seen > 0 {
		i.Last = moment(last)
	}
	return i, err
}

// Indicators returns the indicators asked for, the one seen last first.
func (s *Store) Indicators(ctx context.Context, q Query) (Page[Indicator], error) {
	page, next := Page[Indicator]{Items: []Indicator{}}, []string{}
	err := s.Read(ctx, func(ctx context.Context, t *Tx) error {
		var c clause
		if q.After != "" {
			rank, err := unranked(q.After, 0, 2)
			if err != nil {
				return err
			}
			c.add("(indicator.last, indicator.n) < (?, ?)", rank...)
		}
		if q.State != "" {
			c.add("indicator.blocked = ?", truth(q.State == "blocked"))
		}
		if !q.Since.IsZero() {
			c.add("indicator.last >= ?", q.Since.UnixMicro())
		}
		if !q.Until.IsZero() {
			c.add("indicator.first < ?", q.Until.UnixMicro())
		}
		if err := t.matching(ctx, &c, spaceIndicator, "indicator.n", q.Text); err != nil {
			return err
		}
		c.args = append(c.args, q.limit()+1)
		return t.each(ctx, func(r row) error {
			var last, n int64
			i, err := scanIndicator(behind{r, []any{&last, &n}})
			page.Items, next = append(page.Items, i), append(next, ranked(last, n))
			return err
		}, `SELECT indicator.last, indicator.n, `+indicatorColumns+` FROM indicator`+c.where()+`
			ORDER BY indicator.last DESC, indicator.n DESC LIMIT ?`+strconv.Itoa(len(c.args)), c.args...)
	})
	page.cut(q.limit(), func(Indicator) string { return next[q.limit()-1] })
	return page, err
}

// Indicator returns an indicator and everything it was ever seen in, newest first, or ErrNotFound. after is the Next of the page
// before.
func (s *Store) Indicator(ctx context.Context, kind, value, after string) (Indicator, Page[Sighting], error) {
	page := Page[Sighting]{Items: []Sighting{}}
	found, err := normal(Indicator{Kind: kind, Value: value})
	if err != nil {
		return found, page, err
	}
	before := int64(math.MaxInt64)
	if after != "" {
		if before, err = parseID(idPassage, after); err != nil {
			return found, page, fmt.Errorf("after %q: %w", after, ErrInvalid)
		}
	}
	err = s.Read(ctx, func(ctx context.Context, t *Tx) error {
		var n int64
		found, err = scanIndicator(behind{t.QueryRow(ctx, `SELECT n, `+indicatorColumns+` FROM indicator WHERE key = ?1`, indicatorKey(kind, found.Value)), []any{&n}})
		if errors.Is(err, sql.ErrNoRows) {
			return notFound(kind + ":" + value)
		}
		if err != nil {
			return err
		}
		return t.each(ctx, func(r row) error {
			var one Sighting
			_, one.Passage, err = scanPassage(behind{r, []any{&one.Artifact, &one.Via}})
			page.Items = append(page.Items, one)
			return err
		}, `SELECT sighting.artifact, sighting.via, `+passageColumns+` FROM sighting JOIN passage ON passage.n = sighting.passage
			WHERE sighting.indicator = ?1 AND sighting.passage < ?2 ORDER BY sighting.passage DESC LIMIT ?3`, n, before, pageDefault+1)
	})
	page.cut(pageDefault, func(s Sighting) string { return s.Passage.ID })
	return found, page, err
}
