package record

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/sekisho/sekisho"
)

const (
	pageDefault = 50
	pageLimit   = 500
)

func (q Query) limit() int {
	if q.Limit < 1 {
		return pageDefault
	}
	return min(q.Limit, pageLimit)
}

// passageColumns are what scanPassage reads, of the table passage.
const passageColumns = `passage.n, passage.seq, passage.time, passage.case_n, passage.door, passage.client, passage.reporter, passage.kind, passage.name,
	passage.sender, passage.recipients, passage.subject, passage.message_id, passage.action, passage.act, passage.would, passage.outcome, passage.kept,
	passage.released, passage.took`

func scanPassage(r row) (n int64, p Passage, err error) {
	var at, campaign, action, kept, released, took int64
	var kind, to string
	err = r.Scan(&n, &p.Seq, &at, &campaign, &p.Door, &p.From, &p.Reporter, &kind, &p.Name, &p.Sender, &to, &p.Subject, &p.MessageID,
		&action, &p.Do, &p.Would, &p.Outcome, &kept, &released, &took)
	if err != nil {
		return 0, p, err
	}
	p.ID, p.Case, p.Time, p.Kind, p.Action = formatID(idPassage, n), formatID(idCase, campaign), moment(at), sekisho.Kind(kind), sekisho.Action(action)
	p.Kept, p.Released, p.TookMS = kept != 0, moment(released), float64(took)/1000
	return n, p, json.Unmarshal([]byte(to), &p.To)
}

// Passages returns the passages asked for.
func (s *Store) Passages(ctx context.Context, q Query) (Page[Passage], error) {
	page := Page[Passage]{Items: []Passage{}}
	err := s.Read(ctx, func(ctx context.Context, t *Tx) error {
		var c clause
		if q.After != "" {
			n, err := parseID(idPassage, q.After)
			if err != nil {
				return fmt.Errorf("after %q: %w", q.After, ErrInvalid)
			}
			c.add("passage.n < ?", n)
		}
		if q.Least >= sekisho.ActionWarn {
			c.add("passage.action >= 2") // which an index is for
		}
		if q.Least > sekisho.ActionPass {
			c.add("passage.action >= ?", int64(q.Least))
		}
		if q.Door != "" {
			c.add("passage.door = ?", q.Door)
		}
		if !q.Since.IsZero() {
			c.add("passage.n >= ?", firstOf(q.Since))
		}
		if !q.Until.IsZero() {
			c.add("passage.n < ?", firstOf(q.Until))
		}
		if q.State != "" {
			c.add("EXISTS (SELECT 1 FROM campaign WHERE campaign.n = passage.case_n AND campaign.state = ?)", q.State)
		}
		if q.Rule != "" {
			c.add("passage.n IN (SELECT finding.passage FROM finding WHERE finding.rule = ?)", q.Rule)
		}
		if err := t.matching(ctx, &c, spacePassage, "passage.n", q.Text); err != nil {
			return err
		}
		c.args = append(c.args, q.limit()+1)
		return t.each(ctx, func(r row) error {
			_, p, err := scanPassage(r)
			page.Items = append(page.Items, p)
			return err
		}, `SELECT `+passageColumns+` FROM passage`+c.where()+` ORDER BY passage.n DESC LIMIT ?`+strconv.Itoa(len(c.args)), c.args...)
	})
	page.cut(q.limit(), func(p Passage) string { return p.ID })
	return page, err
}

// cut drops what is more than was asked for, and sets Next if that was anything.
func (p *Page[T]) cut(limit int, after func(T) string) {
	if len(p.Items) > limit {
		p.Items = p.Items[:limit]
		p.Next = after(p.Items[limit-1])
	}
}

// Passage returns one passage with what it rests on, or ErrNotFound.
func (s *Store) Passage(ctx context.Context, id string) (Detail, error) {
	n, err := parseID(idPassage, id)
	if err != nil {
		return Detail{}, err
	}
	var d Detail
	err = s.Read(ctx, func(ctx context.Context, t *Tx) error {
		_, p, err := t.passage(ctx, n)
		if err != nil {
			return err
		}
		var body []byte
		if err := t.QueryRow(ctx, `SELECT body FROM entry WHERE seq = ?1`, p.Seq).Scan(&body); err != nil {
			return err
		}
		if len(body) > 0 {
			if err := json.Unmarshal(body, &d); err != nil {
				return fmt.Errorf("entry %d: %w", p.Seq, err)
			}
		}
		d.Passage = p
		return t.placed(ctx, n, &d)
	})
	return d, err
}

func (t *Tx) passage(ctx context.Context, n int64) (int64, Passage, error) {
	n, p, err := scanPassage(t.QueryRow(ctx, `SELECT `+passageColumns+` FROM passage WHERE n = ?1`, n))
	if errors.Is(err, sql.ErrNoRows) {
		return 0, p, notFound(formatID(idPassage, n))
	}
	return n, p, err
}

// placed fills in what is known of the passage's indicators beyond it, once they are indexed.
func (t *Tx) placed(ctx context.Context, n int64, d *Detail) error {
	var indexed []Indicator
	defer func() {
		if len(indexed) > 0 {
			d.Indicator = indexed
		}
	}()
	return t.each(ctx, func(r row) error {
		i, err := scanIndicator(r)
		indexed = append(indexed, i)
		return err
	}, `SELECT `+indicatorColumns+` FROM sighting JOIN indicator ON indicator.n = sighting.indicator
		WHERE sighting.passage = ?1 ORDER BY indicator.kind, indicator.value`, n)
}

// ranked is the place of a case in the order of the list.
func ranked(parts ...any) string {
	texts := make([]string, len(parts))
	for i, part := range parts {
		texts[i] = fmt.Sprint(part)
	}
	return strings.Join(texts, ".")
}

// place takes a rank apart: words first, then numbers.
func unranked(text string, words, numbers int) ([]any, error) {
	parts := strings.Split(text, ".")
	if len(parts) != words+numbers {
		return nil, fmt.Errorf("after %q: %w", text, ErrInvalid)
	}
	values := make([]any, len(parts))
	for i, part := range parts {
		values[i] = part
		if i >= words {
			n, err := strconv.ParseInt(part, 10, 64)
			if err != nil {
				return nil, fmt.Errorf("after %q: %w", text, ErrInvalid)
			}
			values[i] = n
		}
	}
	return values, nil
}

// Unfinished returns the passages whose act was recorded and never completed, by any process that is not running.
func (s *Store) Unfinished(ctx context.Context) ([]Passage, error) {
	var passages []Passage
	err := s.Read(ctx, func(ctx context.Context, t *Tx) error {
		return t.each(ctx, func(r row) error {
			_, p, err := scanPassage(r)
			passages = append(passages, p)
			return err
		}, `SELECT `+passageColumns+` FROM passage WHERE outcome = 'interrupted' ORDER BY n DESC LIMIT ?1`, pageLimit)
	})
	return passages, err
}
