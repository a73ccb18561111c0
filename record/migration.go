package record

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/pressly/goose/v3"
)

//go:embed migration/*.sql
var migrations embed.FS

// A dialect is the folder of migrations as SQLite wants them. They are written for PostgreSQL; what SQLite only does when it is told in
// words of its own, which are half as many pages to write for a passage, is said here: a key of whole numbers is the row's number, and
// what stands in /* sqlite: */ is meant for it.
type dialect struct{ fs.FS }

// ReadFile makes it an fs.ReadFileFS.
func (d dialect) ReadFile(name string) ([]byte, error) {
	data, err := fs.ReadFile(d.FS, name)
	text := strings.ReplaceAll(string(data), "BIGINT PRIMARY KEY", "INTEGER PRIMARY KEY")
	return []byte(strings.ReplaceAll(text, "/* sqlite: WITHOUT ROWID */", "WITHOUT ROWID")), err
}

// Open opens a file as ReadFile reads it.
func (d dialect) Open(name string) (fs.File, error) {
	file, err := d.FS.Open(name)
	if err != nil {
		return nil, err
	}
	if info, err := file.Stat(); err != nil || info.IsDir() {
		return file, err
	}
	data, err := d.ReadFile(name)
	return translated{file, bytes.NewReader(data)}, err
}

// translated is a file of a dialect.
type translated struct {
	fs.File
	text *bytes.Reader
}

// Read reads the text of the dialect.
func (t translated) Read(b []byte) (int, error) { return t.text.Read(b) }

const versionTable = "record_version"

// lockMigrate is the advisory lock of PostgreSQL that is held while tables are changed.
const lockMigrate = 0x73656b6973686f

// migrate brings the tables up to date. Tables of a newer version than this program knows are an error.
func (db *database) migrate(ctx context.Context) error {
	if !db.postgres {
		return db.migrateLocked(ctx)
	}
	conn, err := db.write.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, `SELECT pg_advisory_lock($1)`, int64(lockMigrate)); err != nil {
		return err
	}
	err = db.migrateLocked(ctx)
	_, unlocked := conn.ExecContext(ctx, `SELECT pg_advisory_unlock($1)`, int64(lockMigrate))
	return errors.Join(err, unlocked)
}

func (db *database) migrateLocked(ctx context.Context) error {
	files, err := fs.Sub(migrations, "migration")
	if err != nil {
		return err
	}
	name := goose.DialectPostgres
	if !db.postgres {
		name, files = goose.DialectSQLite3, dialect{files}
	}
	provider, err := goose.NewProvider(name, db.write, files, goose.WithTableName(versionTable))
	if err != nil {
		return err
	}
	current, known, err := provider.GetVersions(ctx)
	if err != nil {
		return err
	}
	if current > known {
		return fmt.Errorf("the record has version %d and this program knows %d: it was written by a newer one (hint: run the newer program, or restore the backup made before)", current, known)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("bring the tables up to date: %w", err)
	}
	return db.migrateRiver(ctx)
}
