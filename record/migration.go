package record

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

//go:embed migration/*.sql
var migrations embed.FS

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
	dialect := goose.DialectSQLite3
	if db.postgres {
		dialect = goose.DialectPostgres
	}
	provider, err := goose.NewProvider(dialect, db.write, files, goose.WithTableName("record_version"))
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
