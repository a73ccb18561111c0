package record

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/sekisho/sekisho"
)

const huntLimit = 5000 // passages put into a case at once; the newest

// entryHunt is the kind of the entry that tells what a look into the past found.
const entryHunt = "retrohunt"

// A huntBody is the body of its entry.
type huntBody struct {
	Indicator Indicator `json:"indicator"`
	Passages  []hunted  `json:"passages"` // put into the case
}

// A hunted passage is one, with what its case is told of it.
type hunted struct {
	ID       string         `json:"id"`
	Title    string         `json:"title"`
	Time     time.Time      `json:"time"`
	Action   sekisho.Action `json:"action"`
	Do       string         `json:"do"`
	Reporter string         `json:"reporter,omitempty"`
}

func (h hunted) passage() Passage {
	return Passage{ID: h.ID, Time: h.Time, Action: h.Action, Do: h.Do, Reporter: h.Reporter}
}

// Retrohunt looks an indicator up in the past and raises a case for what it was seen in; it returns the case's ID, empty when it
// was never seen. Passages that are in a case stay there; the others join the newest open one of those, or a new one.
func (s *Store) Retrohunt(ctx context.Context, i Indicator) (string, error) {
	i, err := normal(i)
	if err != nil {
		return "", err
	}
	if err := s.catchUp(ctx); err != nil { // most of it without holding the log
		return "", err
	}
	id := ""
	err = s.Write(ctx, func(ctx context.Context, t *Tx) error {
		id = ""
		if err := t.lock(ctx); err != nil {
			return err
		}
		if err := t.catchUp(ctx); err != nil {
			return err
		}
		var loose []Passage
		var inCase string
		err := t.each(ctx, func(r row) error {
			var state sql.NullString
			_, p, err := scanPassage(behind{r, []any{&state}})
			switch {
			case p.Case == "":
				loose = append(loose, p)
			case inCase == "" || state.String == StateOpen && id == "":
				inCase = p.Case
				if state.String == StateOpen {
					id = p.Case
				}
			}
			return err
		}, `SELECT campaign.state, `+passageColumns+` FROM indicator JOIN sighting ON sighting.indicator = indicator.n JOIN passage ON passage.n = sighting.passage
			LEFT JOIN campaign ON campaign.n = passage.case_n WHERE indicator.key = ?1 ORDER BY passage.n DESC LIMIT ?2`, indicatorKey(i.Kind, i.Value), huntLimit)
		if err != nil {
			return err
		}
		if len(loose) == 0 {
			id = inCase
			return nil
		}
		id, err = t.gather(ctx, i, id, loose)
		return err
	})
	return id, err
}

// gather puts passages into a case, a new one when id is empty.
func (t *Tx) gather(ctx context.Context, i Indicator, id string, loose []Passage) (string, error) {
	n, err := int64(0), error(nil)
	if id != "" {
		if n, err = parseID(idCase, id); err != nil {
			return "", err
		}
	}
	opened := n == 0
	body := huntBody{Indicator: i}
	for at := len(loose) - 1; at >= 0; at-- { // the oldest first
		p := loose[at]
		d := &draft{passage: p, title: titleOf(p)}
		if n == 0 {
			n = t.store.ids.next(t.store.now())
			err = t.openCase(ctx, n, d)
		} else {
			_, err = t.growCase(ctx, n, d)
		}
		if err != nil {
			return "", err
		}
		if err := t.move(ctx, n, p.ID); err != nil {
			return "", err
		}
		body.Passages = append(body.Passages, hunted{p.ID, d.title, p.Time, p.Action, p.Do, p.Reporter})
	}
	id = formatID(idCase, n)
	_, err = t.Exec(ctx, `INSERT INTO campaignkey (key, case_n, passages) VALUES (?1, ?2, ?3) ON CONFLICT (key, case_n) DO UPDATE SET passages = campaignkey.passages + excluded.passages`,
		indicatorKey(i.Kind, i.Value), n, len(loose))
	if err != nil {
		return "", err
	}
	if err := t.Note(entryHunt, t.store.config.Process, id, body); err != nil {
		return "", err
	}
	if !opened {
		return id, nil
	}
	return id, t.caseWork(ctx, id)
}

// move puts a passage into a case.
func (t *Tx) move(ctx context.Context, campaign int64, id string) error {
	n, err := parseID(idPassage, id)
	if err != nil {
		return err
	}
	if _, err := t.Exec(ctx, `UPDATE passage SET case_n = ?1 WHERE n = ?2`, campaign, n); err != nil {
		return err
	}
	var tokens [][]byte
	err = t.each(ctx, func(r row) error {
		var text string
		err := r.Scan(&text)
		tokens = append(tokens, tokenBytesOf([]string{text})...)
		return err
	}, `SELECT sender FROM passage WHERE n = ?1 UNION SELECT subject FROM passage WHERE n = ?1 UNION
		SELECT indicator.value FROM sighting JOIN indicator ON indicator.n = sighting.indicator WHERE sighting.passage = ?1 AND indicator.kind IN ('sender', 'domain', 'hash', 'address')`, n)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	return t.index(ctx, spaceCase, campaign, tokens[:min(len(tokens), tokenLimit)])
}
