package record

import (
	"context"
	"encoding/json"
	"errors"
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

// Start does the work in the background, n jobs at a time, until the store is closed.
func (s *Store) Start(ctx context.Context, n int, work []Work) error { return errors.ErrUnsupported }

// Enqueue asks for work. args is marshalled as JSON. key, if not empty, makes it one job however often it is asked for while it waits.
func (s *Store) Enqueue(ctx context.Context, name, by, key string, args any) (int64, error) {
	return 0, errors.ErrUnsupported
}

// Jobs returns the newest jobs.
func (s *Store) Jobs(ctx context.Context, limit int) ([]JobState, error) {
	return nil, errors.ErrUnsupported
}

// Cancel stops a job that waits or runs.
func (s *Store) Cancel(ctx context.Context, id int64) error { return errors.ErrUnsupported }

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
	return false, errors.ErrUnsupported
}

// Effects returns the effects of a reference, oldest first.
func (s *Store) Effects(ctx context.Context, ref string) ([]Effect, error) {
	return nil, errors.ErrUnsupported
}

func (t *Tx) enqueue(ctx context.Context, name, by, key string, args any) (int64, error) {
	return 0, nil
}
