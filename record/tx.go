package record

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// A Tx is a transaction of the record's database. Statements are written once for both databases: parameters are ?1, ?2 ...,
// moments are BIGINT microseconds since 1970, bytes BYTEA, everything else TEXT or BIGINT.
type Tx struct {
	store   *Store
	session session
	lite    *sql.Tx // SQLite's transaction
	pg      pgx.Tx  // PostgreSQL's, of the connection that session is
	pgConn  *sql.Conn
	notes   []remark
	head    *head    // of the log, once this transaction holds it
	after   []func() // what is done when it was committed
}

// A session runs statements.
type session interface {
	ExecContext(context.Context, string, ...any) (sql.Result, error)
	QueryContext(context.Context, string, ...any) (*sql.Rows, error)
	QueryRowContext(context.Context, string, ...any) *sql.Row
}

// A remark is an entry that is going to be appended.
type remark struct {
	time          time.Time
	kind, by, ref string
	body          []byte
}

// Exec runs a statement and returns how many rows it touched.
func (t *Tx) Exec(ctx context.Context, statement string, args ...any) (int64, error) {
	result, err := t.session.ExecContext(ctx, t.dialect(statement), args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// Query runs a query; the caller closes the rows.
func (t *Tx) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return t.session.QueryContext(ctx, t.dialect(query), args...)
}

// QueryRow runs a query for one row.
func (t *Tx) QueryRow(ctx context.Context, query string, args ...any) *sql.Row {
	return t.session.QueryRowContext(ctx, t.dialect(query), args...)
}

// each runs a query and scan for every row.
func (t *Tx) each(ctx context.Context, scan func(row) error, query string, args ...any) error {
	rows, err := t.Query(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// A row is what can be scanned.
type row interface{ Scan(...any) error }

// Note adds an entry to the log, as Store.Note does, when the transaction is committed.
func (t *Tx) Note(kind, by, ref string, body any) error {
	data, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("entry %s: %w", kind, err)
	}
	return t.note(kind, by, ref, data)
}

func (t *Tx) note(kind, by, ref string, body []byte) error {
	switch {
	case kind == "" || len(kind) > 40 || strings.ContainsAny(kind, " \n"):
		return fmt.Errorf("kind %q of an entry: %w", kind, ErrInvalid)
	case len(body) > bodyLimit:
		return fmt.Errorf("entry %s of %d bytes: %w", kind, len(body), ErrInvalid)
	}
	t.notes = append(t.notes, remark{t.store.now(), kind, plain(by, nameLimit), plain(ref, nameLimit), body})
	return nil
}

// dialect turns ?1 into $1 for PostgreSQL.
func (t *Tx) dialect(statement string) string {
	if !t.store.db.postgres {
		return statement
	}
	if known, ok := t.store.db.rewritten.Load(statement); ok {
		return known.(string)
	}
	ours := strings.ReplaceAll(statement, "?", "$")
	if len(statement) < 2000 { // long ones are made of many rows, with as many variants
		t.store.db.rewritten.Store(statement, ours)
	}
	return ours
}

const retryLimit = 5 // times a transaction is run that the database asks to run again

// Write runs do in a transaction that may write, and commits it when do returns nil. do may be run again when the database
// asks for it, so it changes nothing else.
func (s *Store) Write(ctx context.Context, do func(context.Context, *Tx) error) error {
	for try := 1; ; try++ {
		err := s.writeOnce(ctx, do)
		var pgErr *pgconn.PgError
		if try < retryLimit && errors.As(err, &pgErr) && (pgErr.Code == "40001" || pgErr.Code == "40P01") {
			continue
		}
		return err
	}
}

func (s *Store) writeOnce(ctx context.Context, do func(context.Context, *Tx) error) (err error) {
	t, err := s.begin(ctx)
	if err != nil {
		return err
	}
	committed := false
	defer func() {
		if !committed {
			err = errors.Join(err, t.end(context.WithoutCancel(ctx), false))
		}
	}()
	if err := do(ctx, t); err != nil {
		return err
	}
	if err := t.append(ctx); err != nil {
		return err
	}
	committed = true
	if err := t.end(ctx, true); err != nil {
		return err
	}
	for _, do := range t.after {
		do()
	}
	if t.lite != nil {
		s.db.statements.prepare(ctx, s.db.write)
	}
	return nil
}

func (s *Store) begin(ctx context.Context) (*Tx, error) {
	t := &Tx{store: s}
	if !s.db.postgres {
		tx, err := s.db.write.BeginTx(ctx, nil)
		t.session, t.lite = preparedSession{tx, s.db.statements}, tx
		return t, err
	}
	// The transaction is pgx's own, so that River can take part in it; the statements go through the same connection.
	conn, err := s.db.write.Conn(ctx)
	if err != nil {
		return nil, err
	}
	err = conn.Raw(func(driver any) error {
		t.pg, err = driver.(*stdlib.Conn).Conn().Begin(ctx)
		return err
	})
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	t.session, t.pgConn = conn, conn
	return t, nil
}

// end commits or rolls back.
func (t *Tx) end(ctx context.Context, commit bool) error {
	if t.lite != nil {
		if commit {
			return t.lite.Commit()
		}
		if err := t.lite.Rollback(); !errors.Is(err, sql.ErrTxDone) {
			return err
		}
		return nil
	}
	err := t.pgConn.Raw(func(any) error {
		if commit {
			return t.pg.Commit(ctx)
		}
		if err := t.pg.Rollback(ctx); !errors.Is(err, pgx.ErrTxClosed) {
			return err
		}
		return nil
	})
	return errors.Join(err, t.pgConn.Close())
}

// Read runs do in a transaction that reads one state of the database.
func (s *Store) Read(ctx context.Context, do func(context.Context, *Tx) error) error {
	options := &sql.TxOptions{ReadOnly: true}
	if s.db.postgres {
		options.Isolation = sql.LevelRepeatableRead
	}
	tx, err := s.db.read.BeginTx(ctx, options)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // there is nothing to lose
	return do(ctx, &Tx{store: s, session: tx})
}
