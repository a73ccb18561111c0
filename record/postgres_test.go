package record

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// cluster is the PostgreSQL of this test binary: started once on loopback, in a folder of its own.
var cluster struct {
	once  sync.Once
	url   string // of a database, without its name
	skip  string
	stop  func()
	count atomic.Int64
}

func TestMain(m *testing.M) {
	if run := os.Getenv("RECORD_TEST_CHILD"); run != "" {
		child(run)
		return
	}
	code := m.Run()
	if cluster.stop != nil {
		cluster.stop()
	}
	os.Exit(code)
}

// newPostgres returns the address of a new database, or skips the test.
func newPostgres(t testing.TB) string {
	t.Helper()
	if testing.Short() {
		t.Skip("PostgreSQL is not started in short mode")
	}
	cluster.once.Do(func() {
		if err := startPostgres(); err != nil {
			cluster.skip = err.Error()
		}
	})
	if cluster.skip != "" {
		t.Skip(cluster.skip)
	}
	name := "record" + strconv.FormatInt(cluster.count.Add(1), 10)
	conn, err := pgx.Connect(context.Background(), cluster.url+"/postgres")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(context.Background(), "CREATE DATABASE "+name+" TEMPLATE empty"); err != nil {
		t.Fatal(err)
	}
	return cluster.url + "/" + name
}

func startPostgres() error {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		return fmt.Errorf("PostgreSQL is not installed")
	}
	bin := filepath.Dir(found[len(found)-1])
	dir, err := os.MkdirTemp("", "record-postgres-")
	if err != nil {
		return err
	}
	user := []string{}
	if os.Getuid() == 0 { // it refuses to run as root
		if err := exec.Command("chown", "postgres", dir).Run(); err != nil {
			return fmt.Errorf("PostgreSQL needs a user postgres: %w", err)
		}
		user = []string{"setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"}
	}
	run := func(args ...string) *exec.Cmd {
		args = append(append([]string{}, user...), args...)
		command := exec.Command(args[0], args[1:]...)
		command.Dir = dir
		return command
	}
	data := filepath.Join(dir, "data")
	if out, err := run(filepath.Join(bin, "initdb"), "-D", data, "-U", "sekisho", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N").CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	port := listener.Addr().(*net.TCPAddr).Port
	if err := listener.Close(); err != nil {
		return err
	}
	server := run(filepath.Join(bin, "postgres"), "-D", data, "-c", "listen_addresses=127.0.0.1", "-p", strconv.Itoa(port), "-c", "unix_socket_directories="+dir, "-c", "max_connections=300", "-c", "log_min_messages=fatal", "-c", "fsync=off")
	if err := server.Start(); err != nil {
		return err
	}
	cluster.stop = func() {
		_ = server.Process.Signal(os.Interrupt)
		_ = server.Wait()
		_ = os.RemoveAll(dir)
	}
	cluster.url = (&url.URL{Scheme: "postgres", User: url.User("sekisho"), Host: "127.0.0.1:" + strconv.Itoa(port)}).String()
	for range 100 {
		if conn, err := pgx.Connect(context.Background(), cluster.url+"/postgres"); err == nil {
			if _, err := conn.Exec(context.Background(), "CREATE DATABASE empty"); err != nil {
				return err
			}
			if err := conn.Close(context.Background()); err != nil {
				return err
			}
			s, err := Open(context.Background(), Config{URL: cluster.url + "/empty", Keys: filepath.Join(dir, "keys")})
			if err != nil {
				return err
			}
			return s.Close()
		}
		time.Sleep(50 * time.Millisecond)
	}
	return fmt.Errorf("PostgreSQL did not start")
}
