package record

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

const statementLimit = 30 * time.Second // for what nobody waits for with a context of their own

// A database is SQLite or PostgreSQL.
type database struct {
	postgres bool
	write    *sql.DB       // SQLite: one connection, so that writers wait in line instead of failing
	read     *sql.DB       // PostgreSQL: the same as write
	tidy     *sql.DB       // SQLite: one connection that moves the WAL into the file
	pool     *pgxpool.Pool // PostgreSQL: what write and read take connections of

	statements *statements // SQLite: prepared for write
	rewritten  sync.Map    // PostgreSQL: statements by how they are written here
}

// pragmas are the settings of every connection to a SQLite file.
var pragmas = []string{
	"journal_mode(WAL)",  // readers and the writer do not wait for each other
	"synchronous(FULL)",  // a commit that returned survives a loss of power
	"busy_timeout(5000)", // for what happens outside of our lock: a backup, a checkpoint of the WAL
	"foreign_keys(1)",
	"temp_store(2)",                // sorting never leaves a trace of content in a file elsewhere
	"secure_delete(1)",             // what is erased is overwritten
	"cache_size(-32768)",           // KiB
	"wal_autocheckpoint(20000)",    // pages: 80 MB; checkpoint comes before
	"journal_size_limit(67108864)", // bytes the WAL is cut back to
}

func openDatabase(ctx context.Context, address string) (*database, error) {
	if strings.HasPrefix(address, "postgres://") || strings.HasPrefix(address, "postgresql://") {
		return openPostgres(ctx, address)
	}
	return openSQLite(ctx, address)
}

func openSQLite(ctx context.Context, path string) (*database, error) {
	if path == "" {
		return nil, errors.New("no file is named (hint: set the record's url to a path or to postgres://...)")
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	// SQLite would make the file readable by everybody, and gives the WAL the file's mode.
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := file.Close(); err != nil {
		return nil, err
	}
	db := &database{statements: newStatements()}
	if db.write, err = sql.Open("sqlite", dataSource(path, "immediate")); err != nil {
		return nil, err
	}
	if db.read, err = sql.Open("sqlite", dataSource(path, "deferred")); err != nil {
		return nil, errors.Join(err, db.write.Close())
	}
	if db.tidy, err = sql.Open("sqlite", dataSource(path, "immediate")); err != nil {
		return nil, errors.Join(err, db.write.Close(), db.read.Close())
	}
	db.tidy.SetMaxOpenConns(1)
	db.write.SetMaxOpenConns(1)
	db.read.SetMaxOpenConns(max(4, runtime.NumCPU()))
	db.read.SetMaxIdleConns(max(4, runtime.NumCPU()))
	if err := db.write.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), db.close())
	}
	return db, nil
}

func dataSource(path, lock string) string {
	q := url.Values{"_txlock": {lock}, "_pragma": pragmas}
	if lock == "deferred" {
		q.Set("_query_only", "1")
	}
	return (&url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: q.Encode()}).String()
}

func openPostgres(ctx context.Context, address string) (*database, error) {
	config, err := pgxpool.ParseConfig(address)
	if err != nil {
		return nil, err
	}
	config.MaxConns = max(config.MaxConns, 12) // readers, the writer, River's own
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	db := &database{postgres: true, pool: pool, write: stdlib.OpenDBFromPool(pool)}
	db.read = db.write
	if err := db.write.PingContext(ctx); err != nil {
		return nil, errors.Join(err, db.close())
	}
	return db, nil
}

func (db *database) close() error {
	err := db.write.Close()
	if db.pool != nil {
		db.pool.Close()
		return err
	}
	return errors.Join(err, db.tidy.Close(), db.read.Close())
}

const checkpointEvery = 500 * time.Millisecond

// checkpoint moves what was committed from the WAL into the file of SQLite, so that no commit has to, until done is closed. It waits for
// nobody and nobody waits for it: what is in use is moved the next time.
func (db *database) checkpoint(done <-chan struct{}) {
	tick := time.NewTicker(checkpointEvery)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return
		case <-tick.C:
			_, err := db.tidy.Exec(`PRAGMA wal_checkpoint(PASSIVE)`)
			if err != nil {
				slog.Warn("record", "error", fmt.Errorf("checkpoint: %w", err))
			}
		}
	}
}
