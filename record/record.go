// Package record is the store: every verdict with the reasons it rests on, what was done about it, every indicator with where it
// was seen, the cases, and what people decided. It is SQLite in one file by default and PostgreSQL by a connection string;
// several processes may share one PostgreSQL.
//
// Everything that happens is an entry of one append-only log, which is a Merkle tree in the form of Go's checksum database
// (golang.org/x/mod/sumdb/tlog); its head is signed. Every other table can be told from the entries. [Store.Verify] finds an entry
// that was changed, is missing or was moved, and a row that does not say what its entry says.
//
// What a door was told is kept: [Store.Record] returns when the passage is on disk, and not before.
//
// Secrets never reach it: a verdict is recorded as report.Withhold shows it. The bytes of held mail are sealed with a key that lies
// outside the database; bodies of anything else are not kept.
package record

import (
	"context"
	"errors"
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
type Store struct{}

// Open opens or makes the record, brings its tables up to date, and settles what a process that ended without closing left
// half done.
func Open(ctx context.Context, c Config) (*Store, error) { return nil, errors.ErrUnsupported }

// Close waits for what is being written and closes the record.
func (s *Store) Close() error { return nil }

// Healthy returns nil when the record can be written.
func (s *Store) Healthy(ctx context.Context) error { return nil }

// Record keeps a passage. It sets p.ID and p.Case, opens or joins a case (when the verdict is warn or stricter, or a person
// reported it), indexes its indicators, keeps its original when p.Act.Keep says so, extends the log and enqueues Config.CaseWork,
// all in one transaction. An arrival whose Key is recorded sets p.ID and p.Case of that passage and changes nothing. Many calls at
// once share transactions. It is a checkpoint.Record.
func (s *Store) Record(ctx context.Context, p *sekisho.Passage) error { return errors.ErrUnsupported }

// Complete says how the door's act ended: "done", or what went wrong. A passage that acts and was never completed is shown as
// interrupted.
func (s *Store) Complete(ctx context.Context, passage, outcome string) error { return nil }

// Note adds an entry for something that happened beside verdicts: a sign-in, an export, a changed profile. Kind is one word; body is
// marshalled as JSON and must hold no secret and no mail content.
func (s *Store) Note(ctx context.Context, kind, by, ref string, body any) error { return nil }
