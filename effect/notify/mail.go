package notify

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"mime"
	"net"
	"net/mail"
	"strings"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// letter tells by mail: plain text alone, since a program that shows HTML is one more that a sender's text could reach.
type letter struct {
	server, host string
	from         string
	to           []string
	user         string
	password     string
	now          func() time.Time
	sign         signer // nil for none
}

// String keeps the password out of everything that is formatted.
func (l *letter) String() string { return "(mail by " + l.server + ")" }

// GoString does what String does.
func (l *letter) GoString() string { return l.String() }

func newMail(c Mail, now func() time.Time, sign signer) (service, error) {
	l := &letter{server: c.Server, from: c.From, to: c.To, user: c.User, now: now, sign: sign}
	host, _, err := net.SplitHostPort(c.Server)
	if err != nil || host == "" {
		return nil, fmt.Errorf("server %q: want a name and a port", c.Server)
	}
	l.host = host
	if len(c.To) < 1 || len(c.To) > 20 {
		return nil, fmt.Errorf("to: %d addresses: want 1 to 20", len(c.To))
	}
	for _, address := range append([]string{c.From}, c.To...) {
		parsed, err := mail.ParseAddress(address)
		if err != nil || parsed.Address != address {
			return nil, fmt.Errorf("address %q: want one such as soc@kaede-ex.jp", address)
		}
	}
	if c.User != "" {
		if l.password, err = c.Password.read(); err != nil {
			return nil, fmt.Errorf("password: %w", err)
		}
	}
	return l, nil
}

// send hands the mail to the server. A password is not sent without TLS.
func (l *letter) send(ctx context.Context, m message) error {
	ctx, cancel := context.WithTimeout(ctx, 2*tryFor)
	defer cancel()
	client, err := l.connect(ctx)
	if err != nil {
		return fmt.Errorf("connect to %s: %w", l.server, err)
	}
	defer client.Close()
	if l.user != "" {
		if _, safe := client.TLSConnectionState(); !safe && !loopback(l.host) {
			return errors.New("the password is not sent without TLS")
		}
		if err := client.Auth(sasl.NewPlainClient("", l.user, l.password)); err != nil {
			return fmt.Errorf("sign in to %s: %w", l.server, err)
		}
	}
	mail := l.compose(m)
	if l.sign != nil {
		mail = l.sign(l.to, mail)
	}
	if err := client.SendMail(l.from, l.to, bytes.NewReader(mail)); err != nil {
		return fmt.Errorf("send by %s: %w", l.server, err)
	}
	// The server has taken the mail; how the parting goes changes nothing.
	_ = client.Quit()
	return nil
}

func (l *letter) connect(ctx context.Context) (*smtp.Client, error) {
	conn, err := (&net.Dialer{Timeout: 10 * time.Second}).DialContext(ctx, "tcp", l.server)
	if err != nil {
		return nil, err
	}
	if deadline, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(deadline); err != nil {
			return nil, err
		}
	}
	settings := &tls.Config{ServerName: l.host, MinVersion: tls.VersionTLS12}
	var client *smtp.Client
	switch {
	case strings.HasSuffix(l.server, ":465"):
		client = smtp.NewClient(tls.Client(conn, settings))
	case loopback(l.host):
		client = smtp.NewClient(conn)
	default:
		if client, err = smtp.NewClientStartTLS(conn, settings); err != nil {
			conn.Close()
			return nil, err
		}
	}
	client.CommandTimeout, client.SubmissionTimeout = tryFor, tryFor
	return client, nil
}

// compose writes the mail. Its headers hold nothing that a sender wrote, and say that no answer is wanted (RFC 3834).
func (l *letter) compose(m message) []byte {
	domain := l.from[strings.LastIndexByte(l.from, '@')+1:]
	var b bytes.Buffer
	header := func(name, value string) { fmt.Fprintf(&b, "%s: %s\r\n", name, value) }
	header("From", "Sekisho <"+l.from+">")
	header("To", strings.Join(l.to, ",\r\n "))
	header("Subject", mime.BEncoding.Encode("utf-8", "[Sekisho] "+m.title()))
	header("Date", l.now().Format("Mon, 02 Jan 2006 15:04:05 -0700"))
	header("Message-ID", "<"+m.id+"@"+domain+">")
	header("Auto-Submitted", "auto-generated")
	header("MIME-Version", "1.0")
	header("Content-Type", "text/plain; charset=utf-8")
	header("Content-Transfer-Encoding", "base64")
	b.WriteString("\r\n")
	encoded := base64.StdEncoding.EncodeToString([]byte(plain(m)))
	for len(encoded) > 76 {
		b.WriteString(encoded[:76] + "\r\n")
		encoded = encoded[76:]
	}
	b.WriteString(encoded + "\r\n")
	return b.Bytes()
}

// plain writes the message as text, its languages one below the other.
func plain(m message) string {
	var b strings.Builder
	for i, p := range m.parts {
		if i > 0 {
			b.WriteString("\r\n----\r\n\r\n")
		}
		b.WriteString(p.title + "\r\n\r\n")
		for _, l := range p.lines {
			b.WriteString(l.String() + "\r\n")
		}
		if m.link != "" {
			b.WriteString("\r\n" + p.open + ": " + m.link + "\r\n")
		}
	}
	return b.String()
}
