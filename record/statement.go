package record

import (
	"context"
	"database/sql"
	"sync"
)

// statements are prepared once for the one connection that writes to SQLite: parsing them is a fifth of what recording a passage
// costs. PostgreSQL's driver does the same by itself. A transaction cannot prepare one for those behind it, so that a statement that was
// met is prepared after the transaction it was met in.
type statements struct {
	mutex    sync.Mutex
	prepared map[string]*sql.Stmt // nil for one that was met
	wanted   []string
}

const statementsLimit = 300

func newStatements() *statements { return &statements{prepared: map[string]*sql.Stmt{}} }

// get returns the prepared statement, or nil and notes that it was met.
func (s *statements) get(text string) *sql.Stmt {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	stmt, met := s.prepared[text]
	if !met && len(s.prepared) < statementsLimit {
		s.prepared[text] = nil
		s.wanted = append(s.wanted, text)
	}
	return stmt
}

// prepare prepares what was met since it was last called. What cannot be prepared now is run as it is.
func (s *statements) prepare(ctx context.Context, db *sql.DB) {
	s.mutex.Lock()
	wanted := s.wanted
	s.wanted = nil
	s.mutex.Unlock()
	for _, text := range wanted {
		stmt, err := db.PrepareContext(ctx, text)
		if err != nil {
			continue
		}
		s.mutex.Lock()
		s.prepared[text] = stmt
		s.mutex.Unlock()
	}
}

// A preparedSession runs statements of a SQLite transaction by the prepared ones.
type preparedSession struct {
	*sql.Tx
	statements *statements
}

func (p preparedSession) ExecContext(ctx context.Context, text string, args ...any) (sql.Result, error) {
	if stmt := p.statements.get(text); stmt != nil {
		return p.Tx.StmtContext(ctx, stmt).ExecContext(ctx, args...)
	}
	return p.Tx.ExecContext(ctx, text, args...)
}

func (p preparedSession) QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	if stmt := p.statements.get(text); stmt != nil {
		return p.Tx.StmtContext(ctx, stmt).QueryContext(ctx, args...)
	}
	return p.Tx.QueryContext(ctx, text, args...)
}

func (p preparedSession) QueryRowContext(ctx context.Context, text string, args ...any) *sql.Row {
	if stmt := p.statements.get(text); stmt != nil {
		return p.Tx.StmtContext(ctx, stmt).QueryRowContext(ctx, args...)
	}
	return p.Tx.QueryRowContext(ctx, text, args...)
}
