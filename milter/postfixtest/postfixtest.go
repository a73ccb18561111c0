// Package postfixtest starts a private Postfix for tests and measurements: its own configuration, queue and data in a folder of
// its own, on a port of this machine only. The system's own Postfix is neither used nor touched.
//
// It takes root, as Postfix does, which drops its rights itself.
package postfixtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Reasons for which Postfix cannot be started here.
var (
	ErrNotInstalled = errors.New("postfix is not installed")
	ErrNotRoot      = errors.New("postfix takes root")
)

// startTime is how long Postfix may take until it answers.
const startTime = 20 * time.Second

// Config says what the Postfix is like. The zero value takes every mail and throws it away.
type Config struct {
	Milter  string            // inet:127.0.0.1:8890 or unix:/path; empty for none
	Next    string            // host:port where mail is delivered to; empty throws it away
	Options map[string]string // of main.cf, over the ones set here
	Smtpd   []string          // further options of the SMTP server, as in master.cf behind -o
}

// A Server is a Postfix that runs.
type Server struct {
	Address string // host:port of its SMTP server
	Dir     string // its folder: etc, spool and data

	cmd  *exec.Cmd
	done chan struct{}
	log  lockedBuffer
}

// Run starts Postfix for a test and stops it at its end. The test is skipped where Postfix cannot run.
func Run(t testing.TB, c Config) *Server {
	t.Helper()
	if testing.Short() {
		t.Skip("postfix is left out of short tests")
	}
	s, err := Start(t.Context(), c)
	if errors.Is(err, ErrNotInstalled) || errors.Is(err, ErrNotRoot) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Log(s.Log())
		}
	})
	return s
}

// Start starts Postfix and returns when it answers. Whoever calls it closes the server.
func Start(ctx context.Context, c Config) (*Server, error) {
	program, err := exec.LookPath("postfix")
	if err != nil {
		if program, err = exec.LookPath("/usr/sbin/postfix"); err != nil {
			return nil, ErrNotInstalled
		}
	}
	if os.Geteuid() != 0 {
		return nil, ErrNotRoot
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	s := &Server{Address: net.JoinHostPort("127.0.0.1", port), done: make(chan struct{})}
	if s.Dir, err = os.MkdirTemp("", "postfix"); err != nil {
		return nil, err
	}
	if err := s.configure(c, port); err != nil {
		return nil, errors.Join(err, os.RemoveAll(s.Dir))
	}
	s.cmd = exec.Command(program, "-c", filepath.Join(s.Dir, "etc"), "start-fg")
	s.cmd.Stdout, s.cmd.Stderr = &s.log, &s.log
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := s.cmd.Start(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(s.Dir))
	}
	go func() {
		_ = s.cmd.Wait() // Close tells whether it ended as it should
		close(s.done)
	}()
	if err := s.await(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("%w\n%s", err, s.Log()), s.Close())
	}
	return s, nil
}

// Log returns what Postfix has said so far.
func (s *Server) Log() string { return s.log.String() }

// Queue returns the names of the mails in one of its queues: active, deferred, hold, incoming.
func (s *Server) Queue(name string) ([]string, error) {
	var found []string
	err := filepath.WalkDir(filepath.Join(s.Dir, "spool", name), func(path string, entry os.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			found = append(found, entry.Name())
		}
		if errors.Is(err, os.ErrNotExist) { // delivered while we looked
			return nil
		}
		return err
	})
	return found, err
}

// Reconfigure changes options of main.cf and lets Postfix read them again.
func (s *Server) Reconfigure(options map[string]string) error {
	args := []string{"-c", filepath.Join(s.Dir, "etc"), "-e"}
	for name, value := range options {
		args = append(args, name+"="+value)
	}
	if out, err := exec.Command("postconf", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("postconf: %w: %s", err, out)
	}
	if out, err := exec.Command("postfix", "-c", filepath.Join(s.Dir, "etc"), "reload").CombinedOutput(); err != nil {
		return fmt.Errorf("postfix reload: %w: %s", err, out)
	}
	return nil
}

// Close stops Postfix and removes its folder.
func (s *Server) Close() error {
	select {
	case <-s.done:
	default:
		if pid, err := s.master(); err == nil {
			_ = syscall.Kill(pid, syscall.SIGTERM) // it may have ended meanwhile
		}
	}
	var late error
	select {
	case <-s.done:
	case <-time.After(10 * time.Second):
		late = errors.New("postfix did not stop in time")
		_ = syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL) // the group is its own
	}
	return errors.Join(late, os.RemoveAll(s.Dir))
}

// master returns the process that the others belong to.
func (s *Server) master() (int, error) {
	text, err := os.ReadFile(filepath.Join(s.Dir, "spool", "pid", "master.pid"))
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(string(text)))
}

func (s *Server) await(ctx context.Context) error {
	deadline := time.Now().Add(startTime)
	for time.Now().Before(deadline) {
		conn, err := net.DialTimeout("tcp", s.Address, time.Second)
		if err == nil {
			greeting := make([]byte, 4)
			_ = conn.SetDeadline(time.Now().Add(5 * time.Second)) // what follows fails if it could not be set
			n, _ := conn.Read(greeting)
			_ = conn.Close()
			if string(greeting[:n]) == "220 " {
				return nil
			}
		}
		select {
		case <-s.done:
			return errors.New("postfix ended")
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
	return errors.New("postfix does not answer")
}

// configure writes main.cf and master.cf and makes the folders.
func (s *Server) configure(c Config, port string) error {
	if err := os.Chmod(s.Dir, 0o755); err != nil { // its daemons are not root
		return err
	}
	account, err := user.Lookup("postfix")
	if err != nil {
		return ErrNotInstalled
	}
	uid, _ := strconv.Atoi(account.Uid) // on Unix both are numbers
	gid, _ := strconv.Atoi(account.Gid)
	for _, name := range []string{"etc", "spool", "data"} {
		if err := os.Mkdir(filepath.Join(s.Dir, name), 0o755); err != nil {
			return err
		}
	}
	if err := os.Chown(filepath.Join(s.Dir, "data"), uid, gid); err != nil {
		return err
	}
	options := s.options(c)
	var main strings.Builder
	for _, name := range slices.Sorted(maps.Keys(options)) {
		fmt.Fprintf(&main, "%s = %s\n", name, options[name])
	}
	if err := os.WriteFile(filepath.Join(s.Dir, "etc", "main.cf"), []byte(main.String()), 0o644); err != nil {
		return err
	}
	master := services
	smtpd := "127.0.0.1:" + port + " inet n - n - - smtpd\n"
	for _, option := range c.Smtpd {
		smtpd += "  -o " + option + "\n"
	}
	return os.WriteFile(filepath.Join(s.Dir, "etc", "master.cf"), []byte(smtpd+master), 0o644)
}

func (s *Server) options(c Config) map[string]string {
	options := map[string]string{
		"compatibility_level": "3.6", "queue_directory": filepath.Join(s.Dir, "spool"), "data_directory": filepath.Join(s.Dir, "data"),
		"maillog_file": "/dev/stdout", "myhostname": "mx.kaede-ex.jp", "mydestination": "", "inet_interfaces": "loopback-only", "inet_protocols": "ipv4",
		"mynetworks": "127.0.0.0/8", "relay_domains": "kaede-ex.jp", "smtpd_relay_restrictions": "permit_mynetworks, reject_unauth_destination",
		"smtpd_recipient_restrictions": "", "smtputf8_enable": "yes", "message_size_limit": "104857600", "mailbox_size_limit": "0",
		"queue_minfree": "0", "smtp_dns_support_level": "disabled", "disable_dns_lookups": "yes", "smtpd_peername_lookup": "no", "alias_maps": "", "alias_database": "",
		"local_recipient_maps": "", "default_transport": "discard:", "relay_transport": "discard:", "smtpd_authorized_xclient_hosts": "127.0.0.0/8",
		"smtpd_client_connection_count_limit": "0", "smtpd_client_connection_rate_limit": "0", "in_flow_delay": "0", "smtpd_milters": c.Milter,
		"milter_default_action": "tempfail", "milter_connect_timeout": "5s", "milter_command_timeout": "10s", "milter_content_timeout": "60s",
		"local_header_rewrite_clients": "", "bounce_queue_lifetime": "1h", "maximal_queue_lifetime": "1h", "minimal_backoff_time": "1s", "maximal_backoff_time": "2s", "queue_run_delay": "1s",
	}
	if c.Next != "" {
		host, port, _ := net.SplitHostPort(c.Next)
		next := "smtp:[" + host + "]:" + port
		options["default_transport"], options["relay_transport"] = next, next
	}
	maps.Copy(options, c.Options)
	return options
}

// services are the daemons of master.cf beside the SMTP server, none in a chroot.
const services = `cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
pickup unix n - n 60 1 pickup
postlog unix-dgram n - n - 1 postlogd
`

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}

// A lockedBuffer takes a process's output while it is read.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
