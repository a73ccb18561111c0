package record

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/sekisho/sekisho/record/postgrestest"
)

// cluster is the PostgreSQL of this test binary, started once.
var cluster struct {
	once   sync.Once
	server *postgrestest.Server
	empty  string // a database with the tables, which others are copied from
	err    error
}

func TestMain(m *testing.M) {
	if run := os.Getenv("RECORD_TEST_CHILD"); run != "" {
		child(run)
		return
	}
	code := m.Run()
	if cluster.server != nil {
		_ = cluster.server.Close()
	}
	os.Exit(code)
}

// newPostgres returns the address of a new database, or skips the test.
func newPostgres(t testing.TB) string {
	t.Helper()
	if testing.Short() {
		t.Skip("PostgreSQL is left out of short tests")
	}
	cluster.once.Do(func() { cluster.err = startPostgres(context.Background(), t.TempDir()) })
	if errors.Is(cluster.err, postgrestest.ErrNotInstalled) {
		t.Skip(cluster.err)
	}
	if cluster.err != nil {
		t.Fatal(cluster.err)
	}
	address, err := cluster.server.Copy(context.Background(), cluster.empty)
	if err != nil {
		t.Fatal(err)
	}
	return address
}

func startPostgres(ctx context.Context, folder string) (err error) {
	if cluster.server, err = postgrestest.Start(ctx, "fsync=off"); err != nil {
		return err
	}
	if cluster.empty, err = cluster.server.Database(ctx); err != nil {
		return err
	}
	s, err := Open(ctx, Config{URL: cluster.empty, Keys: filepath.Join(folder, "keys")})
	if err != nil {
		return err
	}
	return s.Close()
}
