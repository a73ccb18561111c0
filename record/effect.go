package record

import (
	"context"
	"fmt"
	"time"
)

// Effect is the outcome of something carried out once: a notification of a case, an answer to a reporter.
type Effect struct {
	Name   string    `json:"name"`
	Ref    string    `json:"ref"`
	State  string    `json:"state"` // begun, done, failed, unclear: begun by a process that died, so it may have been carried out
	Detail string    `json:"detail,omitempty"`
	Time   time.Time `json:"time"`
}

// Once carries an effect out once for (name, ref), whatever restarts and however many processes: it notes that it begins, runs do, and
// notes how it ended. An effect that was done, or is unclear, is not run again; ran says whether do was called.
func (s *Store) Once(ctx context.Context, name, ref string, do func(context.Context) error) (ran bool, err error) {
	if name == "" || len(name) > nameLimit || len(ref) > nameLimit {
		return false, fmt.Errorf("effect %q of %q: %w", name, ref, ErrInvalid)
	}
	err = s.share(ctx, func(ctx context.Context, t *Tx) error {
		n, err := t.Exec(ctx, `INSERT INTO effect (name, ref, state, detail, process, time) VALUES (?1, ?2, 'begun', '', ?3, ?4)
			ON CONFLICT (ref, name) DO UPDATE SET state = 'begun', detail = '', process = excluded.process, time = excluded.time WHERE effect.state = 'failed'`,
			name, ref, s.me(), s.now().UnixMicro())
		if ran = n == 1; err != nil || !ran {
			return err
		}
		return t.Note(entryEffect, s.config.Process, ref, effectBody{name, effectBegun, ""})
	})
	if err != nil || !ran {
		return false, err
	}
	failed := do(ctx)
	state, detail := effectDone, ""
	if failed != nil {
		state, detail = effectFailed, plain(failed.Error(), shownLimit)
	}
	err = s.share(context.WithoutCancel(ctx), func(ctx context.Context, t *Tx) error {
		return t.endEffect(ctx, name, ref, state, detail)
	})
	if failed != nil {
		return true, failed
	}
	return true, err
}

// The states of an effect.
const (
	effectBegun   = "begun"
	effectDone    = "done"
	effectFailed  = "failed"
	effectUnclear = "unclear"
)

// An effectBody is the body of an effect's entry.
type effectBody struct {
	Name   string `json:"name"`
	State  string `json:"state"`
	Detail string `json:"detail,omitempty"`
}

func (t *Tx) endEffect(ctx context.Context, name, ref, state, detail string) error {
	_, err := t.Exec(ctx, `UPDATE effect SET state = ?1, detail = ?2, time = ?3 WHERE ref = ?4 AND name = ?5`, state, detail, t.store.now().UnixMicro(), ref, name)
	if err != nil {
		return err
	}
	return t.Note(entryEffect, t.store.config.Process, ref, effectBody{name, state, detail})
}

// Effects returns the effects of a reference, oldest first.
func (s *Store) Effects(ctx context.Context, ref string) ([]Effect, error) {
	effects := []Effect{}
	err := s.Read(ctx, func(ctx context.Context, t *Tx) error {
		return t.each(ctx, func(r row) error {
			var e Effect
			var at int64
			err := r.Scan(&e.Name, &e.Ref, &e.State, &e.Detail, &at)
			e.Time = moment(at)
			effects = append(effects, e)
			return err
		}, `SELECT name, ref, state, detail, time FROM effect WHERE ref = ?1 ORDER BY time, name`, ref)
	})
	return effects, err
}
