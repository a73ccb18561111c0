package record

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// The index is what passages are found by: words, indicators with where they were seen, and who writes to whom. It is most of what is
// written of a passage, and nobody needs it to act on a verdict that opens no case. Such a passage is recorded without; its entry in the
// log has everything the index needs, and what was recorded is indexed soon after, many passages in one transaction. The table indexed
// says how far that is, so that another process, or the next, goes on where one was killed.

const (
	indexDelay = 200 * time.Millisecond // in which more to index comes together
	indexBatch = 32                     // entries in a transaction, for which others wait some milliseconds
)

// A trace is what the index holds of a passage.
type trace struct {
	n      int64
	at     time.Time
	seen   []sighting
	tokens [][]byte
	taught *lesson
}

// writeTraces writes what passages are found by.
func (t *Tx) writeTraces(ctx context.Context, traces []trace) error {
	if err := t.sight(ctx, traces); err != nil {
		return err
	}
	var words words
	for _, one := range traces {
		words.add(spacePassage, one.n, one.tokens)
	}
	if err := words.insert(ctx, t); err != nil {
		return err
	}
	for _, one := range traces {
		if err := t.learn(ctx, one.taught); err != nil {
			return err
		}
	}
	return nil
}

// indexBehind indexes what was recorded, until the store is closed. A tick finds what another process left.
func (s *Store) indexBehind() {
	tick := time.NewTicker(refreshEvery)
	defer tick.Stop()
	for {
		select {
		case <-s.closing:
			return
		case <-tick.C:
		case <-s.unindexed:
			select {
			case <-s.closing:
				return
			case <-time.After(indexDelay):
			}
		}
		s.tend(func(ctx context.Context) error {
			for {
				if next, mine, err := s.indexNext(ctx); err != nil || !mine || next.to == next.size {
					return err
				}
			}
		})
	}
}

// catchUp indexes everything that was recorded before it was called.
func (s *Store) catchUp(ctx context.Context) error {
	for size := int64(-1); ; {
		next, _, err := s.indexNext(ctx)
		if size < 0 {
			size = next.size
		}
		if err != nil || next.from >= size {
			return err
		}
	}
}

// indexNext indexes the next stretch, which is not mine when another process did it first. It is read before the transaction begins, for
// which others wait.
func (s *Store) indexNext(ctx context.Context) (next stretch, mine bool, err error) {
	err = s.Read(ctx, func(ctx context.Context, t *Tx) error {
		next, err = t.unindexed(ctx)
		return err
	})
	if err != nil || next.from >= next.to {
		return next, false, err
	}
	return next, mine, s.Write(ctx, func(ctx context.Context, t *Tx) error {
		mine, err = t.indexStretch(ctx, next)
		return err
	})
}

// catchUp indexes what is left while this transaction holds the log.
func (t *Tx) catchUp(ctx context.Context) error {
	for {
		next, err := t.unindexed(ctx)
		if err != nil || next.from >= next.to {
			return err
		}
		if _, err := t.indexStretch(ctx, next); err != nil {
			return err
		}
	}
}

// A stretch of the log is indexed in one go.
type stretch struct {
	from, to int64
	size     int64 // of the log
	traces   []trace
}

// unindexed reads what is to be indexed next.
func (t *Tx) unindexed(ctx context.Context) (next stretch, err error) {
	if err := t.QueryRow(ctx, `SELECT indexed.seq, loghead.size FROM indexed, loghead`).Scan(&next.from, &next.size); err != nil {
		return next, err
	}
	if next.from > next.size {
		return next, fmt.Errorf("the index is said to be of %d entries and the log has %d (hint: sekisho record verify)", next.from, next.size)
	}
	next.to = min(next.size, next.from+indexBatch)
	if next.from >= next.to {
		return next, nil
	}
	return next, t.each(ctx, func(r row) error {
		var body []byte
		if err := r.Scan(&body); err != nil {
			return err
		}
		if one, ok := traceOf(body); ok {
			next.traces = append(next.traces, one)
		}
		return nil
	}, `SELECT body FROM entry WHERE seq >= ?1 AND seq < ?2 AND kind = 'passage' ORDER BY seq`, next.from, next.to)
}

// indexStretch writes the index of a stretch, unless somebody else has. The row it changes first is held until all is written.
func (t *Tx) indexStretch(ctx context.Context, s stretch) (mine bool, err error) {
	changed, err := t.Exec(ctx, `UPDATE indexed SET seq = ?1 WHERE id = 1 AND seq = ?2`, s.to, s.from)
	if err != nil || changed == 0 {
		return false, err
	}
	return true, t.writeTraces(ctx, s.traces)
}

// traceOf reads from the body of a passage's entry what was left for later. What cannot be read is skipped: Verify names it.
func traceOf(body []byte) (trace, bool) {
	var w struct {
		Passage
		Findings  []struct{ Rule string }
		Indicator []struct{ Kind, Value string } `json:"indicators"`
		Seen      []place
		Later     bool
		Taught    *lesson
	}
	if json.Unmarshal(body, &w) != nil || !w.Later || len(w.Seen) != len(w.Indicator) {
		return trace{}, false
	}
	n, err := parseID(idPassage, w.ID)
	if err != nil {
		return trace{}, false
	}
	one := trace{n: n, at: w.Time, taught: w.Taught}
	for i, indicator := range w.Indicator {
		one.seen = append(one.seen, sighting{indicator.Kind, indicator.Value, w.Seen[i].Artifact, w.Seen[i].Via})
	}
	rules := []string{}
	for _, f := range w.Findings {
		rules = append(rules, f.Rule)
	}
	one.tokens = passageTokens(&w.Passage, rules, one.seen)
	return one, true
}
