package inbox

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-sasl"

	"github.com/sekisho/sekisho/effect/answer"
)

// A Server is an IMAP server and how to sign in to it. Its fields do not change once it is in use.
type Server struct {
	Address  string                 // HOST:PORT; TLS from the start, STARTTLS on port 143
	User     string                 // the account
	Password func() (string, error) // read at each sign-in; nil when there is a Token
	Token    func() (string, error) // an OAuth 2.0 access token, read at each sign-in
	Plain    bool                   // no TLS, which is for a server on this machine only
	TLS      *tls.Config            // nil for the system's authorities
}

const (
	commandTime = time.Minute      // for an answer to a command
	literalTime = 10 * time.Minute // for a whole mail
)

// errSignIn says that the server does not let us in: trying again soon would lock the account.
var errSignIn = errors.New("sign-in")

// A session is a connection to a server, signed in. One goroutine uses it.
type session struct {
	client *imapclient.Client
	conn   net.Conn
	news   chan struct{} // something was said about new mails
	canMv  bool
	idles  bool
}

// connect dials and signs in. The connection is closed when ctx ends.
func (s *Server) connect(ctx context.Context) (*session, error) {
	dialing, cancel := context.WithTimeout(ctx, commandTime)
	defer cancel()
	conn, client, news, err := s.dial(dialing)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", s.Address, err)
	}
	context.AfterFunc(ctx, func() { conn.Close() })
	in := &session{client: client, conn: conn, news: news}
	if err := in.within(commandTime, func() error { return s.signIn(client) }); err != nil {
		in.close()
		return nil, fmt.Errorf("sign in to %s as %s: %w", s.Address, s.User, err)
	}
	caps := client.Caps()
	in.canMv = caps.Has(imap.CapMove) || caps.Has(imap.CapUIDPlus) // without either, moving would expunge what others deleted
	in.idles = caps.Has(imap.CapIdle)
	return in, nil
}

func (s *Server) dial(ctx context.Context) (net.Conn, *imapclient.Client, chan struct{}, error) {
	host, port, err := net.SplitHostPort(s.Address)
	if err != nil {
		return nil, nil, nil, err
	}
	if s.Plain && !answer.Loopback(host) {
		return nil, nil, nil, errors.New("without TLS only this machine is spoken to")
	}
	conn, err := (&net.Dialer{KeepAlive: 30 * time.Second}).DialContext(ctx, "tcp", s.Address)
	if err != nil {
		return nil, nil, nil, err
	}
	deadline, _ := ctx.Deadline()
	conn.SetDeadline(deadline)
	news := make(chan struct{}, 1)
	options := &imapclient.Options{TLSConfig: s.config(host), UnilateralDataHandler: &imapclient.UnilateralDataHandler{
		Mailbox: func(data *imapclient.UnilateralDataMailbox) {
			if data.NumMessages != nil {
				select {
				case news <- struct{}{}:
				default:
				}
			}
		},
	}}
	if !s.Plain && port == "143" {
		client, err := imapclient.NewStartTLS(conn, options)
		if err != nil {
			conn.Close()
			return nil, nil, nil, err
		}
		conn.SetDeadline(time.Time{})
		return conn, client, news, nil
	}
	if !s.Plain {
		secure := tls.Client(conn, options.TLSConfig)
		if err := secure.HandshakeContext(ctx); err != nil {
			conn.Close()
			return nil, nil, nil, err
		}
		conn = secure
	}
	client := imapclient.New(conn, options)
	if err := client.WaitGreeting(); err != nil {
		conn.Close()
		return nil, nil, nil, err
	}
	conn.SetDeadline(time.Time{})
	return conn, client, news, nil
}

func (s *Server) config(host string) *tls.Config {
	config := &tls.Config{}
	if s.TLS != nil {
		config = s.TLS.Clone()
	}
	if config.ServerName == "" {
		config.ServerName = host
	}
	return config
}

// signIn takes the way the server offers that never shows the password to more than it must.
func (s *Server) signIn(client *imapclient.Client) error {
	caps := client.Caps()
	if s.Token != nil {
		token, err := s.Token()
		if err != nil {
			return err
		}
		var mechanism sasl.Client = bearer{s.User, token}
		if !caps.Has(imap.AuthCap("XOAUTH2")) && caps.Has(imap.AuthCap("OAUTHBEARER")) {
			mechanism = sasl.NewOAuthBearerClient(&sasl.OAuthBearerOptions{Username: s.User, Token: token})
		}
		return refused(client.Authenticate(mechanism))
	}
	password, err := s.Password()
	if err != nil {
		return err
	}
	if caps.Has(imap.AuthCap("PLAIN")) {
		return refused(client.Authenticate(sasl.NewPlainClient("", s.User, password)))
	}
	if caps.Has(imap.CapLoginDisabled) {
		return fmt.Errorf("%w: the server takes no password here", errSignIn)
	}
	return refused(client.Login(s.User, password).Wait())
}

func refused(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", errSignIn, err)
}

// A bearer is the SASL mechanism XOAUTH2, which Google and Microsoft speak.
type bearer struct{ user, token string }

// Start returns the initial response.
func (b bearer) Start() (mechanism string, response []byte, err error) {
	return "XOAUTH2", []byte("user=" + b.user + "\x01auth=Bearer " + b.token + "\x01\x01"), nil
}

// Next gets what is wrong with the token.
func (b bearer) Next(challenge []byte) ([]byte, error) {
	var wrong struct {
		Status string `json:"status"`
	}
	if err := json.Unmarshal(challenge, &wrong); err != nil {
		return nil, errors.New("the token is refused")
	}
	return nil, fmt.Errorf("the token is refused with status %.20q: it may be over, or for another scope", wrong.Status)
}

// within runs do and closes the connection when it takes longer: the client waits for answers without end.
func (s *session) within(limit time.Duration, do func() error) error {
	timer := time.AfterFunc(limit, func() { s.conn.Close() })
	err := do()
	if !timer.Stop() {
		return fmt.Errorf("no answer in %v", limit)
	}
	return err
}

func (s *session) close() {
	s.conn.Close()
	<-s.client.Closed()
}

// logout says goodbye, for what it is worth.
func (s *session) logout() {
	_ = s.within(5*time.Second, func() error { return s.client.Logout().Wait() })
	s.close()
}

// folder returns the server's name for a folder written with slashes, and makes it when it is missing.
func (s *session) folder(name string) (string, error) {
	var full string
	err := s.within(commandTime, func() error {
		if full = s.serverName(name); strings.EqualFold(name, "INBOX") {
			return nil
		}
		found, err := s.client.List("", full, nil).Collect()
		if err != nil || len(found) > 0 {
			return err
		}
		var exists *imap.Error
		if err := s.client.Create(full, nil).Wait(); err != nil && (!errors.As(err, &exists) || exists.Code != imap.ResponseCodeAlreadyExists) {
			return err
		}
		_ = s.client.Subscribe(full).Wait() // mail programs show it without, or people find it
		return nil
	})
	if err != nil {
		return "", fmt.Errorf("folder %s: %w", name, err)
	}
	return full, nil
}

// serverName returns the name with the server's prefix and separator.
func (s *session) serverName(name string) string {
	separator, prefix := "/", ""
	if top, err := s.client.List("", "", nil).Collect(); err == nil && len(top) > 0 && top[0].Delim != 0 {
		separator = string(top[0].Delim)
	}
	if s.client.Caps().Has(imap.CapNamespace) {
		if spaces, err := s.client.Namespace().Wait(); err == nil && len(spaces.Personal) > 0 {
			prefix = spaces.Personal[0].Prefix
		}
	}
	if name = strings.ReplaceAll(name, "/", separator); strings.HasPrefix(name, prefix) {
		return name
	}
	return prefix + name
}
