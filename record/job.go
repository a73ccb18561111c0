package record

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Work is bulk work that is done outside of verdicts: a mailbox sweep, a retro-hunt, a list pull, a delivery. One process of those
// that share the record does each job; a job whose process died is done again by another, so Run is safe to repeat.
type Work struct {
	Name  string
	Every time.Duration // how often it is done by itself, 0 for only when enqueued
	Run   func(context.Context, *Job) error
}

// A Job is one piece of work under way.
type Job struct {
	ID   int64
	Args json.RawMessage
	note func(done, total int64, note string)
}

// Progress says how far the job is; total 0 when that is not known. People watch it.
func (j *Job) Progress(done, total int64, note string) { j.note(done, total, note) }

// JobState is a job as people see it.
type JobState struct {
	ID       int64     `json:"id"`
	Name     string    `json:"name"`
	State    string    `json:"state"` // waiting, running, done, failed, cancelled
	By       string    `json:"by"`    // who asked for it
	Done     int64     `json:"done"`
	Total    int64     `json:"total"`
	Note     string    `json:"note"`
	Error    string    `json:"error,omitempty"`
	Created  time.Time `json:"created"`
	Finished time.Time `json:"finished,omitzero"`
}

// The states of a job.
const (
	jobWaiting   = "waiting"
	jobRunning   = "running"
	jobDone      = "done"
	jobFailed    = "failed"
	jobCancelled = "cancelled"
)

const (
	jobsLimit   = 500  // in a list
	jobsKept    = 2000 // that ended
	argsLimit   = 64 << 10
	jobAttempts = 8 // times a job is tried, over two and a half hours
)

// Enqueue asks for work. args is marshalled as JSON. key, if not empty, makes it one job however often it is asked for while it waits.
func (s *Store) Enqueue(ctx context.Context, name, by, key string, args any) (int64, error) {
	var id int64
	err := s.Write(ctx, func(ctx context.Context, t *Tx) (err error) {
		id, err = t.enqueue(ctx, name, by, key, args)
		return err
	})
	return id, err
}

// enqueue is Enqueue in a transaction.
func (t *Tx) enqueue(ctx context.Context, name, by, key string, args any) (int64, error) {
	data, err := json.Marshal(args)
	if err != nil {
		return 0, fmt.Errorf("work %s: %w", name, err)
	}
	if name == "" || len(name) > nameLimit || len(key) > shownLimit || len(data) > argsLimit {
		return 0, fmt.Errorf("work %q with %d bytes: %w", name, len(data), ErrInvalid)
	}
	if err := t.lock(ctx); err != nil { // numbers are given one after the other
		return 0, err
	}
	if key = plain(key, shownLimit); key != "" {
		var id int64
		err := t.QueryRow(ctx, `SELECT id FROM job WHERE key = ?1 AND state = 'waiting' AND name = ?2`, key, name).Scan(&id)
		if !errors.Is(err, sql.ErrNoRows) {
			return id, err
		}
	}
	var id int64
	if err := t.QueryRow(ctx, `SELECT COALESCE(max(id), 0) + 1 FROM job`).Scan(&id); err != nil {
		return 0, err
	}
	river, err := t.store.jobs.insert(ctx, t, id)
	if err != nil {
		return 0, fmt.Errorf("work %s: %w", name, err)
	}
	one := newRows(`INSERT INTO job (id, river, name, key, author, args, state, process, done, total, note, error, created, finished) VALUES `, 14)
	one.add(id, river, name, key, plain(by, nameLimit), plain(string(data), argsLimit), jobWaiting, "", 0, 0, "", "", t.store.now().UnixMicro(), 0)
	return id, one.insert(ctx, t, ``)
}

// Jobs returns the newest jobs.
func (s *Store) Jobs(ctx context.Context, limit int) ([]JobState, error) {
	if limit < 1 || limit > jobsLimit {
		limit = jobsLimit
	}
	jobs := []JobState{}
	err := s.Read(ctx, func(ctx context.Context, t *Tx) error {
		return t.each(ctx, func(r row) error {
			var j JobState
			var created, finished int64
			err := r.Scan(&j.ID, &j.Name, &j.State, &j.By, &j.Done, &j.Total, &j.Note, &j.Error, &created, &finished)
			j.Created, j.Finished = moment(created), moment(finished)
			jobs = append(jobs, j)
			return err
		}, `SELECT id, name, state, author, done, total, note, error, created, finished FROM job ORDER BY id DESC LIMIT ?1`, limit)
	})
	return jobs, err
}

// Cancel stops a job that waits or runs.
func (s *Store) Cancel(ctx context.Context, id int64) error {
	return s.Write(ctx, func(ctx context.Context, t *Tx) error {
		var river int64
		err := t.QueryRow(ctx, `SELECT river FROM job WHERE id = ?1`, id).Scan(&river)
		if errors.Is(err, sql.ErrNoRows) {
			return notFound(fmt.Sprint("job ", id))
		}
		if err != nil {
			return err
		}
		changed, err := t.Exec(ctx, `UPDATE job SET state = 'cancelled', finished = ?1 WHERE id = ?2 AND state IN ('waiting', 'running')`, s.now().UnixMicro(), id)
		if err != nil {
			return err
		}
		if changed == 0 {
			return fmt.Errorf("job %d has ended: %w", id, ErrConflict)
		}
		return s.jobs.cancel(ctx, t, river)
	})
}

// claim takes a job for this process; ok is false when there is nothing left to do of it.
func (s *Store) claim(ctx context.Context, id int64) (name string, args json.RawMessage, ok bool, err error) {
	err = s.Write(ctx, func(ctx context.Context, t *Tx) error {
		var text string
		taken, err := t.Exec(ctx, `UPDATE job SET state = 'running', process = ?1 WHERE id = ?2 AND state = 'waiting'`, s.me(), id)
		if ok = taken == 1; err != nil || !ok {
			return err
		}
		err = t.QueryRow(ctx, `SELECT name, args FROM job WHERE id = ?1`, id).Scan(&name, &text)
		args = json.RawMessage(text)
		return err
	})
	return name, args, ok, err
}

// ended says how a job that this process claimed ended. It stays cancelled when somebody cancelled it.
func (s *Store) ended(id int64, state string, failed error) error {
	ctx, cancel := context.WithTimeout(context.Background(), statementLimit)
	defer cancel()
	text, finished := "", int64(0)
	if failed != nil {
		text = plain(failed.Error(), shownLimit)
	}
	if slices.Contains([]string{jobDone, jobFailed}, state) {
		finished = s.now().UnixMicro()
	}
	return s.Write(ctx, func(ctx context.Context, t *Tx) error {
		_, err := t.Exec(ctx, `UPDATE job SET state = ?1, error = ?2, finished = ?3, process = '' WHERE id = ?4 AND state = 'running' AND process = ?5`,
			state, text, finished, id, s.me())
		return err
	})
}

// schedule enqueues what is done by itself and is due.
func (s *Store) schedule(ctx context.Context, work []Work) error {
	for _, w := range work {
		if w.Every <= 0 {
			continue
		}
		key, due := "every:"+w.Name, s.now().Add(-w.Every).UnixMicro()
		isDue := func(ctx context.Context, t *Tx) (bool, error) {
			var since int64
			err := t.QueryRow(ctx, `SELECT count(*) FROM job WHERE name = ?1 AND created > ?2 AND key = ?3`, w.Name, due, key).Scan(&since)
			return since == 0, err
		}
		again := false
		err := s.Read(ctx, func(ctx context.Context, t *Tx) (err error) {
			again, err = isDue(ctx, t)
			return err
		})
		if err != nil {
			return err
		}
		if !again {
			continue
		}
		err = s.Write(ctx, func(ctx context.Context, t *Tx) error {
			if err := t.lock(ctx); err != nil {
				return err
			}
			if due, err := isDue(ctx, t); err != nil || !due { // another process was first
				return err
			}
			_, err := t.enqueue(ctx, w.Name, s.config.Process, key, struct{}{})
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
