package record

import (
	"context"
	"database/sql"
	"errors"
)

// A Tx is a transaction of the record's database. Statements are written once for both databases: parameters are ?1, ?2 ...,
// moments are BIGINT microseconds since 1970, bytes BYTEA, everything else TEXT or BIGINT.
type Tx struct{}

// Exec runs a statement and returns how many rows it touched.
func (t *Tx) Exec(ctx context.Context, statement string, args ...any) (int64, error) { return 0, errors.ErrUnsupported }

// Query runs a query; the caller closes the rows.
func (t *Tx) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) { return nil, errors.ErrUnsupported }

// QueryRow runs a query for one row.
func (t *Tx) QueryRow(ctx context.Context, query string, args ...any) *sql.Row { return nil }

// Note adds an entry to the log, as Store.Note does, when the transaction is committed.
func (t *Tx) Note(kind, by, ref string, body any) error { return errors.ErrUnsupported }

// Write runs do in a transaction that may write, and commits it when do returns nil. do may be run again when the database
// asks for it, so it changes nothing else.
func (s *Store) Write(ctx context.Context, do func(context.Context, *Tx) error) error { return errors.ErrUnsupported }

// Read runs do in a transaction that reads one state of the database.
func (s *Store) Read(ctx context.Context, do func(context.Context, *Tx) error) error { return errors.ErrUnsupported }
