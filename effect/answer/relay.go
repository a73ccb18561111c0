package answer

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// A Relay is the mail server that takes answers. Its fields do not change once it is in use.
type Relay struct {
	Server   string                 // HOST:PORT; TLS from the start on port 465, STARTTLS on any other, none to this machine
	User     string                 // empty for none
	Password func() (string, error) // read at each sign-in
	TLS      *tls.Config            // nil for the system's authorities
	Timeout  time.Duration          // of one mail, default 1 minute

	// Sign returns a mail to these recipients as it goes out: signed, so that the milter knows it again. Nil leaves it as it is.
	Sign func(to []string, mail []byte) []byte
}

// ErrRefused says that the server refuses a mail for good.
var ErrRefused = errors.New("the mail server refuses it")

// Send hands a mail over. The error wraps ErrRefused when trying again would not help.
func (r *Relay) Send(ctx context.Context, from, to string, mail []byte) error {
	timeout := r.Timeout
	if timeout <= 0 {
		timeout = time.Minute
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	client, err := r.dial(ctx)
	if err != nil {
		return fmt.Errorf("mail server %s: %w", r.Server, err)
	}
	defer client.Close()
	stop := context.AfterFunc(ctx, func() { client.Close() })
	defer stop()
	if err := r.hand(client, address(from), address(to), mail); err != nil {
		var refused *smtp.SMTPError
		if errors.As(err, &refused) && !refused.Temporary() {
			return fmt.Errorf("mail server %s: %w: %w", r.Server, ErrRefused, err)
		}
		return fmt.Errorf("mail server %s: %w", r.Server, err)
	}
	client.Quit() // it has the mail, whatever it says now
	return nil
}

func (r *Relay) dial(ctx context.Context) (*smtp.Client, error) {
	host, port, err := net.SplitHostPort(r.Server)
	if err != nil {
		return nil, err
	}
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", r.Server)
	if err != nil {
		return nil, err
	}
	if deadline, ok := ctx.Deadline(); ok {
		conn.SetDeadline(deadline)
	}
	config := &tls.Config{}
	if r.TLS != nil {
		config = r.TLS.Clone()
	}
	if config.ServerName == "" {
		config.ServerName = host
	}
	switch {
	case port == "465":
		secure := tls.Client(conn, config)
		if err := secure.HandshakeContext(ctx); err != nil {
			conn.Close()
			return nil, err
		}
		return smtp.NewClient(secure), nil
	case Loopback(host):
		return smtp.NewClient(conn), nil
	}
	client, err := smtp.NewClientStartTLS(conn, config)
	if err != nil {
		conn.Close()
		return nil, err
	}
	return client, nil
}

func (r *Relay) hand(client *smtp.Client, from, to string, mail []byte) error {
	if r.User != "" {
		password, err := r.Password()
		if err != nil {
			return err
		}
		if err := client.Auth(sasl.NewPlainClient("", r.User, password)); err != nil {
			return fmt.Errorf("sign in as %s: %w", r.User, err)
		}
	}
	if r.Sign != nil {
		mail = r.Sign([]string{to}, mail)
	}
	return client.SendMail(from, []string{to}, bytes.NewReader(mail))
}

// Loopback reports whether a host is this machine by its name or address alone.
func Loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
