package siem

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
)

const (
	syslogLine  = 8 << 10 // bytes of the JSON; RFC 5424 §6.1 leaves the most to the receiver, and common ones take this
	facility    = 13      // log audit
	connectFor  = 10 * time.Second
	writeFor    = 10 * time.Second
	settleFor   = 50 * time.Millisecond // in which a peer that refuses what it got says so
	severityErr = 3
	severityWrn = 4
	severityNot = 5
	severityInf = 6
)

// A syslog is a server that takes RFC 5424, by TLS (RFC 5425) or TCP (RFC 6587 §3.4.1) in frames that begin with their length, or
// in UDP datagrams (RFC 5426). Syslog has no receipts: what a server had taken and lost when it stopped is not sent again.
type syslog struct {
	address, protocol string
	settings          *tls.Config
	host              string // of this machine
	conn              net.Conn
}

func newSyslog(c Syslog) (*syslog, error) {
	s := &syslog{address: c.Address, protocol: c.Protocol}
	host, _, err := net.SplitHostPort(c.Address)
	if err != nil || host == "" {
		return nil, fmt.Errorf("address %q: want host and port", c.Address)
	}
	switch c.Protocol {
	case "", "tls":
		s.protocol = "tls"
		s.settings = &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
		if c.CA != "" {
			pem, err := os.ReadFile(c.CA)
			if err != nil {
				return nil, err
			}
			s.settings.RootCAs = x509.NewCertPool()
			if !s.settings.RootCAs.AppendCertsFromPEM(pem) {
				return nil, fmt.Errorf("%s holds no certificate", c.CA)
			}
		}
	case "tcp", "udp":
		if c.CA != "" {
			return nil, fmt.Errorf("ca is for tls, not %s", c.Protocol)
		}
	default:
		return nil, fmt.Errorf("protocol %q: want tls, tcp or udp", c.Protocol)
	}
	name, err := os.Hostname()
	if err != nil {
		name = ""
	}
	s.host = field(name, 255)
	return s, nil
}

func (s *syslog) limit() int { return syslogLine }

func (s *syslog) send(ctx context.Context, lines []line) (err error) {
	if s.conn == nil {
		if s.conn, err = s.connect(ctx); err != nil {
			return fmt.Errorf("connect to %s: %w", s.address, err)
		}
	} else if s.protocol != "udp" && gone(s.conn, time.Millisecond) {
		return errors.Join(fmt.Errorf("%s closed the connection", s.address), s.close())
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	if err := s.conn.SetWriteDeadline(time.Now().Add(writeFor)); err != nil {
		return err
	}
	if s.protocol == "udp" {
		for _, l := range lines {
			if _, err := s.conn.Write(s.message(l)); err != nil {
				return err
			}
		}
		return nil
	}
	var b bytes.Buffer
	for _, l := range lines {
		message := s.message(l)
		b.WriteString(strconv.Itoa(len(message)) + " ")
		b.Write(message)
	}
	if _, err := s.conn.Write(b.Bytes()); err != nil {
		return err
	}
	if gone(s.conn, settleFor) {
		return fmt.Errorf("%s closed the connection", s.address)
	}
	return nil
}

func (s *syslog) connect(ctx context.Context) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, connectFor)
	defer cancel()
	switch s.protocol {
	case "tls":
		return (&tls.Dialer{Config: s.settings}).DialContext(ctx, "tcp", s.address)
	default:
		return (&net.Dialer{}).DialContext(ctx, s.protocol, s.address)
	}
}

// gone reports whether the peer has ended the connection. A syslog server says nothing else; what it says is read past.
func gone(conn net.Conn, within time.Duration) bool {
	if err := conn.SetReadDeadline(time.Now().Add(within)); err != nil {
		return true
	}
	_, err := io.CopyN(io.Discard, conn, 4096)
	var timeout net.Error
	return err != nil && !(errors.As(err, &timeout) && timeout.Timeout())
}

// message returns the line as RFC 5424 §6 writes it. The JSON is ASCII, so there is no byte order mark to write.
func (s *syslog) message(l line) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "<%d>1 %s %s sekisho %d %s - ", facility*8+l.severity, l.time.UTC().Format("2006-01-02T15:04:05.000000Z"), s.host, os.Getpid(), field(l.kind, 32))
	b.Write(l.json)
	return b.Bytes()
}

// field returns s as a field of the header: printable ASCII without spaces, "-" for nothing.
func field(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' {
			return -1
		}
		return r
	}, s)
	if s == "" {
		return "-"
	}
	return s[:min(len(s), limit)]
}

func (s *syslog) close() error {
	if s.conn == nil {
		return nil
	}
	err := s.conn.Close()
	s.conn = nil
	return err
}
