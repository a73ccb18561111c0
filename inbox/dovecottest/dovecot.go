//go:build unix

// Package dovecottest runs a Dovecot of a test's own: a configuration in a temporary folder, ports on loopback, Maildir. It touches no
// service of the machine. It needs Dovecot installed and root, which Dovecot wants to give its processes users.
package dovecottest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// Password is that of every account; any name signs in.
const Password = "kaede-test"

// A Server is a Dovecot with a folder of mail, which outlives restarts.
type Server struct {
	Plain string      // HOST:PORT without TLS
	TLS   string      // HOST:PORT with TLS from the start
	Trust *tls.Config // trusts its certificate

	t      testing.TB
	dir    string
	config string
	cmd    *exec.Cmd
}

// configuration wants the folder, the user and the group of the mail, the ports without and with TLS, the password, and what a test adds.
const configuration = `
base_dir = %[1]s/run
state_dir = %[1]s/state
log_path = %[1]s/log
protocols = imap
listen = 127.0.0.1
disable_plaintext_auth = no
ssl = yes
ssl_cert = <%[1]s/cert.pem
ssl_key = <%[1]s/key.pem
mail_location = maildir:%[1]s/mail/%%u
mail_uid = %[2]d
mail_gid = %[3]d
first_valid_uid = 1
first_valid_gid = 1
mail_fsync = never
imap_idle_notify_interval = 1s
service imap-login {
  inet_listener imap {
    port = %[4]s
  }
  inet_listener imaps {
    port = %[5]s
    ssl = yes
  }
}
service stats {
  unix_listener stats-writer {
    mode = 0666
  }
}
passdb {
  driver = static
  args = password=%[6]s
}
userdb {
  driver = static
  args = uid=%[2]d gid=%[3]d home=%[1]s/mail/%%u
}
namespace inbox {
  inbox = yes
}
%[7]s
`

// New starts a server, or skips the test by name when that is not possible here. Extra is configuration of the test's own.
func New(t testing.TB, extra string) *Server {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a Dovecot")
	}
	if _, err := exec.LookPath("/usr/sbin/dovecot"); err != nil {
		t.Skip("dovecot is not installed")
	}
	if os.Getuid() != 0 {
		t.Skip("dovecot wants root")
	}
	dir, err := os.MkdirTemp("", "dc") // short: the paths of sockets are
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{t: t, dir: dir, config: filepath.Join(dir, "dovecot.conf")}
	t.Cleanup(func() {
		s.Stop()
		os.RemoveAll(dir)
	})
	owner, err := user.Lookup("mail")
	if err != nil {
		t.Skip("there is no user mail")
	}
	uid, _ := strconv.Atoi(owner.Uid)
	gid, _ := strconv.Atoi(owner.Gid)
	must(t, os.Chmod(dir, 0o755))
	must(t, os.Mkdir(filepath.Join(dir, "mail"), 0o700))
	must(t, os.Chown(filepath.Join(dir, "mail"), uid, gid))
	s.certificate()
	plain, secure := freePort(t), freePort(t)
	s.Plain, s.TLS = "127.0.0.1:"+plain, "127.0.0.1:"+secure
	must(t, os.WriteFile(s.config, fmt.Appendf(nil, configuration, dir, uid, gid, plain, secure, Password, extra), 0o644))
	s.Start()
	return s
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func freePort(t testing.TB) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer listener.Close()
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	return port
}

// certificate makes a certificate for 127.0.0.1.
func (s *Server) certificate() {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(s.t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "dovecottest"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	must(s.t, err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	must(s.t, err)
	must(s.t, os.WriteFile(filepath.Join(s.dir, "cert.pem"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o644))
	must(s.t, os.WriteFile(filepath.Join(s.dir, "key.pem"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600))
	certificate, err := x509.ParseCertificate(der)
	must(s.t, err)
	pool := x509.NewCertPool()
	pool.AddCert(certificate)
	s.Trust = &tls.Config{RootCAs: pool}
}

// Start starts the server, again after Stop.
func (s *Server) Start() {
	s.t.Helper()
	said, err := os.Create(filepath.Join(s.dir, "said")) // a file, not a pipe, which the processes of the server would hold open
	must(s.t, err)
	defer said.Close()
	s.cmd = exec.Command("/usr/sbin/dovecot", "-F", "-c", s.config)
	s.cmd.Stdout, s.cmd.Stderr = said, said
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	must(s.t, s.cmd.Start())
	for range 200 {
		if conn, err := net.Dial("tcp", s.Plain); err == nil {
			conn.Close()
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	wrote, _ := os.ReadFile(said.Name())
	s.t.Fatalf("dovecot does not start: %s%s", wrote, s.Log())
}

// Stop ends the server and every connection to it.
func (s *Server) Stop() {
	if s.cmd == nil || s.cmd.Process == nil {
		return
	}
	syscall.Kill(-s.cmd.Process.Pid, syscall.SIGTERM) // its processes, too: they would serve on for a while
	done := make(chan struct{})
	go func() {
		s.cmd.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(5 * time.Second):
	}
	syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL)
	<-done
	s.cmd = nil
}

// Log returns what the server wrote.
func (s *Server) Log() string {
	log, _ := os.ReadFile(filepath.Join(s.dir, "log"))
	return string(log)
}

// Folder returns the Maildir of an account.
func (s *Server) Folder(account string) string { return filepath.Join(s.dir, "mail", account) }

// As returns a client signed in as an account; the test closes it.
func (s *Server) As(account string) *imapclient.Client {
	s.t.Helper()
	client, err := imapclient.DialInsecure(s.Plain, nil)
	must(s.t, err)
	must(s.t, client.Login(account, Password).Wait())
	return client
}

// Deliver puts mails into a folder, as somebody who moves them there does.
func (s *Server) Deliver(account, folder string, mails ...string) {
	s.t.Helper()
	client := s.As(account)
	defer client.Close()
	for _, mail := range mails {
		cmd := client.Append(folder, int64(len(mail)), nil)
		_, err := cmd.Write([]byte(mail))
		must(s.t, err)
		must(s.t, cmd.Close())
		_, err = cmd.Wait()
		must(s.t, err)
	}
}

// Count returns how many mails a folder holds, and how many of them are marked by the keyword; -1 when there is no such folder.
func (s *Server) Count(account, folder, keyword string) (mails, marked int) {
	s.t.Helper()
	client := s.As(account)
	defer client.Close()
	data, err := client.Select(folder, &imap.SelectOptions{ReadOnly: true}).Wait()
	if err != nil {
		return -1, -1
	}
	found, err := client.UIDSearch(&imap.SearchCriteria{Flag: []imap.Flag{imap.Flag(keyword)}}, nil).Wait()
	must(s.t, err)
	return int(data.NumMessages), len(found.AllUIDs())
}
