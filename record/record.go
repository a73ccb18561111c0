// Package record is the store: every verdict with the reasons it rests on, what was done about it, every indicator with where it
// was seen, the cases, and what people decided. It is SQLite in one file by default and PostgreSQL by a connection string;
// several processes may share one PostgreSQL.
//
// Everything that happens is an entry of one append-only log, which is a Merkle tree in the form of Go's checksum database
// (golang.org/x/mod/sumdb/tlog); its head is signed, and kept beside the keys as well, so that a database that was put back is told. What
// the tables of passages, indicators, cases, decisions, releases and effects say can be told from the entries. [Store.Verify] finds an
// entry that was changed, is missing or was moved, and a row that does not say what its entry says.
//
// What a door was told is kept: [Store.Record] returns when the passage is on disk, and not before.
//
// Secrets never reach it: a verdict is recorded as report.Withhold shows it, and so are names, headers, targets and facts that repeat a
// part of the secret. The bytes of held mail are sealed with a key that lies outside the database; of anything else only what findings
// quote is kept.
//
// A process that dies leaves nothing half done: what it did not finish is settled by the next that opens the record, or by one that
// shares it, within half a minute.
package record

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sekisho/sekisho"
)

// Config says where the record is and how long what is kept.
type Config struct {
	URL  string // the path of a SQLite file, which is made when missing, or postgres://...
	Keys string // the folder of the keys, outside the database: seal.key, log.key; made with mode 0600 when missing

	Process   string        // names this process in entries and jobs, unique among those that share the record
	Retention time.Duration // how long original bytes are kept, default 90 days
	Releasers int           // how many people a release takes, 1 (default) or 2

	Org   *sekisho.Org   // whose mail is whose; nil for nothing known
	Intel *sekisho.Intel // lists of hosts that thousands share, which join no cases; nil for nothing known

	CaseWork []string         // the names of the Work enqueued, with {"case": ID}, when a case opens or grows stricter
	Now      func() time.Time // nil for time.Now
}

// Errors callers branch on.
var (
	ErrNotFound  = errors.New("not found")
	ErrConflict  = errors.New("conflict")  // somebody else was first, or the state does not allow it
	ErrForbidden = errors.New("forbidden") // the same person twice where two are needed
	ErrInvalid   = errors.New("not valid") // a decision without a reason, an unknown kind
	ErrGone      = errors.New("not kept")  // the original's time is over, or it never was kept
)

// A Store is an open record. It is safe for concurrent use.
type Store struct {
	config Config
	db     *database
	keys   *keys
	heads  *heads
	own    *ours
	ids    ids
	run    string // tells this run of the process from the one before

	queue   chan *change
	closing chan struct{}

	unindexed chan struct{} // told when something was recorded
	stopped   chan struct{} // closed when the last change was made
	once      sync.Once
	wait      sync.WaitGroup // the goroutines
	blocks    atomic.Pointer[map[string]Indicator]
	jobs      scheduler // which only takes jobs in
	workers   atomic.Pointer[scheduler]
	known     *acquaintance
}

const (
	defaultRetention = 90 * 24 * time.Hour
	refreshEvery     = 3 * time.Second // of what is kept in memory of what other processes write
)

// Open opens or makes the record, brings its tables up to date, and settles what a process that ended without closing left
// half done.
func Open(ctx context.Context, c Config) (*Store, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Retention <= 0 {
		c.Retention = defaultRetention
	}
	if c.Releasers < 1 {
		c.Releasers = 1
	}
	if c.Process == "" {
		c.Process = "sekisho"
	}
	if c.Org == nil {
		c.Org = &sekisho.Org{}
	}
	if c.Intel == nil {
		c.Intel = &sekisho.Intel{}
	}
	db, err := openDatabase(ctx, c.URL)
	if err != nil {
		return nil, fmt.Errorf("open record: %w", err)
	}
	s := &Store{config: c, db: db, own: newOurs(c.Org, c.Intel), known: newAcquaintance(), run: random(8), queue: make(chan *change, batchLimit), unindexed: make(chan struct{}, 1), closing: make(chan struct{}), stopped: make(chan struct{})}
	if err := s.prepare(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open record: %w", err), db.close())
	}
	s.wait.Go(s.writeBatches)
	s.wait.Go(s.refresh)
	s.wait.Go(s.indexBehind)
	if !db.postgres {
		s.wait.Go(func() { db.checkpoint(s.closing) })
	}
	return s, nil
}

// prepare is what has to be done before the record can be used.
func (s *Store) prepare(ctx context.Context) error {
	if err := s.db.migrate(ctx); err != nil {
		return err
	}
	if err := s.loadKeys(ctx); err != nil {
		return err
	}
	var err error
	if s.jobs, err = s.newScheduler(0, nil); err != nil {
		return err
	}
	if err := s.beat(ctx); err != nil {
		return err
	}
	if err := s.settle(ctx); err != nil {
		return fmt.Errorf("settle what was left half done: %w", err)
	}
	return s.loadBlocked(ctx)
}

// refresh keeps up with what other processes do, and says that this one lives.
func (s *Store) refresh() {
	tick := time.NewTicker(refreshEvery)
	defer tick.Stop()
	for {
		select {
		case <-s.closing:
			return
		case <-tick.C:
			s.tend(s.loadBlocked)
			s.tend(s.beat)
			s.tend(s.settle)
			s.tend(func(context.Context) error { return s.heads.flush() })
		}
	}
}

// Close waits for what is being written and for jobs to stop, and closes the record.
func (s *Store) Close() error {
	var err error
	s.once.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), statementLimit)
		defer cancel()
		if workers := s.workers.Load(); workers != nil {
			err = (*workers).stop(ctx)
		}
		close(s.closing)
		s.wait.Wait()
		left := s.Write(ctx, func(ctx context.Context, t *Tx) error {
			_, err := t.Exec(ctx, `DELETE FROM process WHERE run = ?1`, s.me())
			return err
		})
		err = errors.Join(err, left, s.heads.flush(), s.db.close())
	})
	return err
}

// Healthy returns nil when the record can be written.
func (s *Store) Healthy(ctx context.Context) error {
	return s.Write(ctx, func(ctx context.Context, t *Tx) error {
		_, err := t.Exec(ctx, `UPDATE process SET seen = ?1 WHERE run = ?2`, time.Now().UnixMicro(), s.me())
		return err
	})
}

// now is the moment as the record keeps it.
func (s *Store) now() time.Time { return s.config.Now().UTC().Truncate(time.Microsecond) }

// micros returns a moment as the tables keep it, 0 for none.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func moment(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micros).UTC()
}
