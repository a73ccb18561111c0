// Package postgrestest starts a private PostgreSQL for tests and measurements: its own cluster in a folder of its own, on a port of
// this machine only, with the user sekisho and without passwords. The system's own PostgreSQL is neither used nor touched.
package postgrestest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
)

// ErrNotInstalled says that there is no PostgreSQL here.
var ErrNotInstalled = errors.New("PostgreSQL is not installed")

// startTime is how long PostgreSQL may take until it answers.
const startTime = 20 * time.Second

// A Server is a PostgreSQL that runs.
type Server struct {
	dir     string
	url     string // without the name of a database
	process *exec.Cmd
	count   atomic.Int64
}

// Start starts PostgreSQL with the settings ("fsync=off") and returns when it answers. Whoever calls it closes the server.
func Start(ctx context.Context, settings ...string) (_ *Server, err error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return nil, ErrNotInstalled
	}
	bin := filepath.Dir(slices.Max(found))
	dir, err := os.MkdirTemp("", "postgres")
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(dir))
		}
	}()
	if os.Getuid() == 0 { // it refuses to run as root
		if err := exec.CommandContext(ctx, "chown", "postgres", dir).Run(); err != nil {
			return nil, fmt.Errorf("PostgreSQL needs the user postgres: %w", err)
		}
	}
	data := filepath.Join(dir, "data")
	initdb := command(dir, filepath.Join(bin, "initdb"), "-D", data, "-U", "sekisho", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	s := &Server{dir: dir, url: (&url.URL{Scheme: "postgres", User: url.User("sekisho"), Host: "127.0.0.1:" + port}).String()}
	args := []string{filepath.Join(bin, "postgres"), "-D", data, "-p", port}
	for _, setting := range append(settings, "listen_addresses=127.0.0.1", "unix_socket_directories="+dir, "max_connections=300", "log_min_messages=fatal") {
		args = append(args, "-c", setting)
	}
	s.process = command(dir, args...)
	if err := s.process.Start(); err != nil {
		return nil, err
	}
	for deadline := time.Now().Add(startTime); ; time.Sleep(50 * time.Millisecond) {
		conn, err := pgx.Connect(ctx, s.url+"/postgres")
		if err == nil {
			return s, conn.Close(ctx)
		}
		if time.Now().After(deadline) {
			return nil, errors.Join(fmt.Errorf("PostgreSQL does not answer: %w", err), s.Close())
		}
	}
}

// command returns a command that runs in the folder, as the user postgres when this one is root.
func command(dir string, args ...string) *exec.Cmd {
	if os.Getuid() == 0 {
		args = append([]string{"setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"}, args...)
	}
	c := exec.Command(args[0], args[1:]...)
	c.Dir = dir
	return c
}

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port), l.Close()
}

// Database makes an empty database and returns its address.
func (s *Server) Database(ctx context.Context) (string, error) { return s.database(ctx, "") }

// Copy makes a database that holds what the one at the address does, to which nobody may be connected, and returns its address.
func (s *Server) Copy(ctx context.Context, address string) (string, error) {
	return s.database(ctx, " TEMPLATE "+path.Base(address))
}

func (s *Server) database(ctx context.Context, like string) (string, error) {
	conn, err := pgx.Connect(ctx, s.url+"/postgres")
	if err != nil {
		return "", err
	}
	name := fmt.Sprintf("record%d", s.count.Add(1))
	_, err = conn.Exec(ctx, "CREATE DATABASE "+name+like)
	return s.url + "/" + name, errors.Join(err, conn.Close(ctx))
}

// Close stops PostgreSQL and removes its folder.
func (s *Server) Close() error {
	err := s.process.Process.Signal(os.Interrupt)
	if err == nil {
		_ = s.process.Wait() // it was interrupted
	}
	return errors.Join(err, os.RemoveAll(s.dir))
}
