package record

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
)

// A scheduler hands jobs out to the processes that share the record.
type scheduler interface {
	insert(ctx context.Context, t *Tx, job int64) (river int64, err error)
	cancel(ctx context.Context, t *Tx, river int64) error
	start(ctx context.Context) error
	stop(ctx context.Context) error
}

// A task is River's job: the number of ours. What there is to do stands in our table.
type task struct {
	Job int64 `json:"job"`
}

// Kind is the name under which River knows it.
func (task) Kind() string { return "work" }

// A riverOf is River on one of the databases, whose transactions are of type T.
type riverOf[T any] struct {
	client *river.Client[T]
	of     func(*Tx) T
}

func (r riverOf[T]) insert(ctx context.Context, t *Tx, job int64) (int64, error) {
	result, err := r.client.InsertTx(ctx, r.of(t), task{job}, &river.InsertOpts{MaxAttempts: jobAttempts})
	if err != nil {
		return 0, err
	}
	return result.Job.ID, nil
}

func (r riverOf[T]) cancel(ctx context.Context, t *Tx, id int64) error {
	_, err := r.client.JobCancelTx(ctx, r.of(t), id)
	if errors.Is(err, river.ErrNotFound) {
		return nil // it ended so long ago that River forgot it
	}
	return err
}

func (r riverOf[T]) start(ctx context.Context) error { return r.client.Start(ctx) }
func (r riverOf[T]) stop(ctx context.Context) error  { return r.client.StopAndCancel(ctx) }

// newScheduler returns River on the database; with n of 0 it only takes jobs in.
func (s *Store) newScheduler(n int, work river.Worker[task]) (scheduler, error) {
	config := &river.Config{
		Logger:               slog.New(quiet{slog.Default().Handler()}),
		MaxAttempts:          jobAttempts,
		JobTimeout:           -1,             // a sweep takes as long as it takes
		RescueStuckJobsAfter: 24 * time.Hour, // settle gives jobs of dead processes back long before
	}
	if n > 0 {
		config.Queues = map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: n}}
		config.Workers = river.NewWorkers()
		if err := river.AddWorkerSafely(config.Workers, work); err != nil {
			return nil, err
		}
	}
	if s.db.postgres {
		client, err := river.NewClient(riverpgxv5.New(s.db.pool), config)
		return riverOf[pgx.Tx]{client, func(t *Tx) pgx.Tx { return t.pg }}, err
	}
	client, err := river.NewClient(riversqlite.New(s.db.write), config)
	return riverOf[*sql.Tx]{client, func(t *Tx) *sql.Tx { return t.lite }}, err
}

// quiet leaves out what River says of jobs that fail, which stands in our table.
type quiet struct{ slog.Handler }

// Enabled reports whether a message of the level is written.
func (q quiet) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelError && q.Handler.Enabled(ctx, level)
}

// migrateRiver brings River's own tables up to date.
func (db *database) migrateRiver(ctx context.Context) error {
	if db.postgres {
		return migrateRiver(ctx, riverpgxv5.New(db.pool))
	}
	return migrateRiver(ctx, riversqlite.New(db.write))
}

func migrateRiver[T any](ctx context.Context, driver riverdriver.Driver[T]) error {
	migrator, err := rivermigrate.New(driver, &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("bring the tables of jobs up to date: %w", err)
	}
	return nil
}

// Start does the work in the background, n jobs at a time, until the store is closed. The record's own work, "retention", is added.
func (s *Store) Start(ctx context.Context, n int, work []Work) error {
	w := &worker{store: s, work: map[string]Work{}}
	work = append([]Work{{Name: "retention", Every: time.Hour, Run: s.retain}}, work...)
	for _, one := range work {
		if _, twice := w.work[one.Name]; twice || one.Name == "" || one.Run == nil {
			return fmt.Errorf("work %q: %w", one.Name, ErrInvalid)
		}
		w.work[one.Name] = one
	}
	workers, err := s.newScheduler(max(n, 1), w)
	if err != nil {
		return err
	}
	if !s.workers.CompareAndSwap(nil, &workers) {
		return fmt.Errorf("work was started: %w", ErrConflict)
	}
	if err := workers.start(context.WithoutCancel(ctx)); err != nil {
		s.workers.Store(nil) // so that it can be tried again
		return err
	}
	s.wait.Go(func() {
		tick := time.NewTicker(refreshEvery)
		defer tick.Stop()
		for {
			s.tend(func(ctx context.Context) error { return s.schedule(ctx, work) })
			select {
			case <-s.closing:
				return
			case <-tick.C:
			}
		}
	})
	return nil
}

// A worker does jobs.
type worker struct {
	river.WorkerDefaults[task]
	store *Store
	work  map[string]Work
}

// Work does one job. River calls it again later when it returns an error.
func (w *worker) Work(ctx context.Context, r *river.Job[task]) error {
	id := r.Args.Job
	name, args, ok, err := w.store.claim(ctx, id)
	if err != nil || !ok {
		return err
	}
	work, known := w.work[name]
	if !known { // another process does it
		return errors.Join(w.store.ended(id, jobWaiting, nil), river.JobSnooze(10*time.Second))
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go w.store.watch(ctx, id, cancel)
	p := &progress{store: w.store, id: id}
	failed := run(ctx, work, &Job{ID: id, Args: args, note: p.note})
	p.flush()
	state := jobDone
	if failed != nil {
		state = jobWaiting
		if r.Attempt >= r.MaxAttempts {
			state = jobFailed
		}
	}
	return errors.Join(w.store.ended(id, state, failed), failed)
}

const watchEvery = time.Second

// watch stops a job that somebody cancelled. River's word of it does not always arrive.
func (s *Store) watch(ctx context.Context, id int64, stop func()) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			s.tend(func(ctx context.Context) error {
				return s.Read(ctx, func(ctx context.Context, t *Tx) error {
					var state string
					err := t.QueryRow(ctx, `SELECT state FROM job WHERE id = ?1`, id).Scan(&state)
					if state == jobCancelled {
						stop()
					}
					return err
				})
			})
		}
	}
}

func run(ctx context.Context, work Work, job *Job) (err error) {
	defer func() {
		if panicked := recover(); panicked != nil {
			slog.Error("work panicked", "work", work.Name, "panic", panicked, "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", panicked)
		}
	}()
	return work.Run(ctx, job)
}

// progress writes how far a job is, once a second.
type progress struct {
	store       *Store
	id          int64
	mutex       sync.Mutex
	written     time.Time
	done, total int64
	text        string
	unwritten   bool
}

func (p *progress) note(done, total int64, text string) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.done, p.total, p.text, p.unwritten = done, total, plain(text, shownLimit), true
	if time.Since(p.written) >= time.Second {
		p.write()
	}
}

func (p *progress) flush() {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.unwritten {
		p.write()
	}
}

func (p *progress) write() {
	p.written, p.unwritten = time.Now(), false
	p.store.tend(func(ctx context.Context) error {
		return p.store.Write(ctx, func(ctx context.Context, t *Tx) error {
			_, err := t.Exec(ctx, `UPDATE job SET done = ?1, total = ?2, note = ?3 WHERE id = ?4 AND state = 'running'`, p.done, p.total, p.text, p.id)
			return err
		})
	})
}
