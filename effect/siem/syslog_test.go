package siem

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/pem"
	"io"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// form is RFC 5424 with the facility log audit.
var form = regexp.MustCompile(`^<1(0[4-9]|1[01])>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z \S+ sekisho \d+ (passage|decision|outcome) - \{.*\}$`)

// readFrames reads messages that begin with their length.
func readFrames(r io.Reader, got chan<- string) {
	in := bufio.NewReader(r)
	for {
		length, err := in.ReadString(' ')
		if err != nil {
			return
		}
		n, err := strconv.Atoi(strings.TrimSpace(length))
		if err != nil {
			got <- "not a length: " + length
			return
		}
		message := make([]byte, n)
		if _, err := io.ReadFull(in, message); err != nil {
			return
		}
		got <- string(message)
	}
}

func listen(t *testing.T, settings *tls.Config) (net.Listener, chan string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if settings != nil {
		listener = tls.NewListener(listener, settings)
	}
	t.Cleanup(func() { _ = listener.Close() })
	got := make(chan string, 1000)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				readFrames(conn, got)
			}()
		}
	}()
	return listener, got
}

func receive(t *testing.T, got <-chan string) string {
	t.Helper()
	select {
	case m := <-got:
		return m
	case <-time.After(5 * time.Second):
		t.Fatal("nothing came")
		return ""
	}
}

func TestSyslog(t *testing.T) {
	t.Parallel()
	// The certificate of httptest is for 127.0.0.1 and signs itself.
	certificates := httptest.NewUnstartedServer(nil)
	certificates.StartTLS()
	defer certificates.Close()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificates.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	plain, plainGot := listen(t, nil)
	secure, secureGot := listen(t, &tls.Config{Certificates: certificates.TLS.Certificates})
	packets, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer packets.Close()
	packetsGot := make(chan string, 10)
	go func() {
		buffer := make([]byte, 64<<10)
		for {
			n, _, err := packets.ReadFrom(buffer)
			if err != nil {
				return
			}
			packetsGot <- string(buffer[:n])
		}
	}()
	for _, tt := range []struct {
		config Syslog
		got    <-chan string
	}{
		{Syslog{Address: plain.Addr().String(), Protocol: "tcp"}, plainGot},
		{Syslog{Address: secure.Addr().String(), CA: ca}, secureGot},
		{Syslog{Address: packets.LocalAddr().String(), Protocol: "udp"}, packetsGot},
	} {
		t.Run(tt.config.Protocol, func(t *testing.T) {
			store := openStore(t)
			f := follower(t, Config{Syslog: &tt.config}, store, t.TempDir())
			for i := range 3 {
				arrive(t, store, i)
				drain(t, f)
				m := receive(t, tt.got)
				if !form.MatchString(m) || !strings.Contains(m, `"sequence":`+strconv.Itoa(i)) {
					t.Errorf("message %q", m)
				}
			}
			if err := f.sinks[0].sink.close(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestSyslogBelievesNobodyItDoesNotKnow(t *testing.T) {
	t.Parallel()
	certificates := httptest.NewUnstartedServer(nil)
	certificates.StartTLS()
	defer certificates.Close()
	secure, got := listen(t, &tls.Config{Certificates: certificates.TLS.Certificates})
	store := openStore(t)
	arrive(t, store, 1)
	f := follower(t, Config{Syslog: &Syslog{Address: secure.Addr().String()}}, store, t.TempDir())
	if _, err := f.step(t.Context(), f.sinks[0]); err == nil || len(got) > 0 {
		t.Errorf("sent to a server whose certificate nobody signed: %v", err)
	}
}

// TestRunGoesOnWhenTheServerIsBack is served by a server that hangs up after each batch, and is away in between.
func TestRunGoesOnWhenTheServerIsBack(t *testing.T) {
	t.Parallel()
	store := openStore(t)
	arrive(t, store, 1)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	_ = listener.Close()
	f := follower(t, Config{Syslog: &Syslog{Address: address, Protocol: "tcp"}}, store, t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- f.Run(ctx) }()
	deadline := time.Now().Add(5 * time.Second)
	for len(f.Failing()) == 0 {
		if time.Now().After(deadline) {
			t.Fatal("that it fails is not said")
		}
		time.Sleep(5 * time.Millisecond)
	}
	if said := f.Failing(); !strings.Contains(said[0], "siem syslog") {
		t.Errorf("failing: %q", said)
	}
	if listener, err = net.Listen("tcp", address); err != nil {
		t.Skip("the port was taken meanwhile")
	}
	defer listener.Close()
	got := make(chan string, 10)
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		readFrames(conn, got)
	}()
	if m := receive(t, got); !form.MatchString(m) {
		t.Errorf("message %q", m)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestSyslogSettings(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]Syslog{
		"no port":     {Address: "siem.kaede-ex.jp"},
		"protocol":    {Address: "siem.kaede-ex.jp:514", Protocol: "http"},
		"ca of tcp":   {Address: "siem.kaede-ex.jp:514", Protocol: "tcp", CA: "x"},
		"no ca":       {Address: "siem.kaede-ex.jp:6514", CA: filepath.Join(t.TempDir(), "none")},
		"ca of bytes": {Address: "siem.kaede-ex.jp:6514", CA: os.Args[0]},
	} {
		if _, err := newSyslog(c); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
