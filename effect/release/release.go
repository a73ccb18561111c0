// Package release delivers held mail that people decided to release: by SMTP, to a mail server of the organisation, with the
// envelope it came with and its bytes unchanged below one header, by which package milter knows it again.
//
// One process carries a release out, and says in the record how it ended. What fails is tried again by the job, later and later,
// and is seen by people meanwhile. A recipient that is refused for good is left out and named; when one is refused for now,
// nobody gets the mail and all are tried again. When the connection breaks behind the mail's last line, nobody can know whether
// it was taken: it is sent again, since a mail that comes twice does less harm than one that is lost.
package release

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/sekisho/sekisho/record"
)

// Config says where released mail goes.
type Config struct {
	Record  *record.Store
	Address string        // host:port of the mail server; plain text to this machine, STARTTLS to any other
	Key     []byte        // signs the header, at least 32 bytes, the same as the milter's
	Hello   string        // the name given in EHLO, default localhost
	TLS     *tls.Config   // nil verifies the server's name by the system's authorities
	Timeout time.Duration // of one delivery, default 5 minutes
}

// New returns the work named "release" that does what the record asks for with {"passage": ID}.
func New(c Config) (record.Work, error) {
	host, _, err := net.SplitHostPort(c.Address)
	if err != nil {
		return record.Work{}, fmt.Errorf("release: %w", err)
	}
	if len(c.Key) < 32 {
		return record.Work{}, fmt.Errorf("release: a key of %d bytes, want at least 32", len(c.Key))
	}
	if c.TLS == nil {
		c.TLS = &tls.Config{ServerName: host}
	}
	return record.Work{Name: "release", Run: c.run}, nil
}

func (c Config) run(ctx context.Context, job *record.Job) error {
	var args struct {
		Passage string `json:"passage"`
	}
	if err := json.Unmarshal(job.Args, &args); err != nil {
		return fmt.Errorf("release: %w", err)
	}
	return c.release(ctx, args.Passage, func(note string) { job.Progress(0, 0, note) })
}

// release carries one release out. People read what it notes.
func (c Config) release(ctx context.Context, passage string, note func(string)) error {
	original, _, err := c.Record.BeginRelease(ctx, passage)
	if errors.Is(err, record.ErrConflict) {
		note("another process has it, or it was delivered")
		return nil
	}
	if errors.Is(err, record.ErrGone) {
		if held, lost := c.Record.Passage(ctx, passage); lost == nil && !held.Released.IsZero() {
			note("it was delivered before")
			return nil
		}
	}
	if err != nil {
		return fmt.Errorf("release %s: %w", passage, err)
	}
	refused, failed := c.deliver(ctx, passage, original)
	// How it ended is told even when the job was cancelled meanwhile.
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	if err := c.Record.EndRelease(ending, passage, failed); err != nil {
		return fmt.Errorf("release %s: %w", passage, errors.Join(failed, err))
	}
	if failed != nil {
		return fmt.Errorf("release %s: %w", passage, failed)
	}
	if len(refused) == 0 {
		return nil
	}
	note(fmt.Sprintf("delivered; %d recipients were refused", len(refused)))
	if err := c.Record.Note(ending, "undelivered", "release", passage, refused); err != nil {
		return fmt.Errorf("release %s: %w", passage, err)
	}
	return nil
}

// deliver sends the mail to every recipient that the server takes, and returns why it took the others not.
func (c Config) deliver(ctx context.Context, passage string, original []byte) (refused map[string]string, err error) {
	envelope, err := Kept(ctx, c.Record, passage)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(max(c.Timeout, 0), 5*time.Minute))
	defer cancel()
	client, err := c.connect(ctx)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	refused, err = address(client, envelope, int64(len(original)))
	if err != nil {
		return nil, err
	}
	if err := send(client, HeaderName+": "+Sign(c.Key, passage, original, time.Now()), original); err != nil {
		return nil, err
	}
	_ = client.Quit() // it has the mail
	return refused, nil
}

// connect returns a client whose connection ends with ctx.
func (c Config) connect(ctx context.Context) (*smtp.Client, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", c.Address)
	if err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, func() { _ = conn.Close() })
	if deadline, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(deadline); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
	}
	client := smtp.NewClient(conn)
	if remote, ok := conn.RemoteAddr().(*net.TCPAddr); !ok || !remote.IP.IsLoopback() {
		if client, err = smtp.NewClientStartTLS(conn, c.TLS); err != nil {
			return nil, fmt.Errorf("%s: %w", c.Address, err)
		}
	}
	if err := client.Hello(cmp.Or(c.Hello, "localhost")); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", c.Address, err), client.Close())
	}
	return client, nil
}

// address says the envelope. It fails when nobody is left, or somebody is refused only for now.
func address(client *smtp.Client, e Envelope, size int64) (refused map[string]string, err error) {
	if err := client.Mail(e.From, &smtp.MailOptions{Size: size, UTF8: e.international()}); err != nil {
		return nil, fmt.Errorf("sender: %w", err)
	}
	for _, to := range e.To {
		err := client.Rcpt(to, nil)
		var said *smtp.SMTPError
		switch {
		case err == nil:
			continue
		case !errors.As(err, &said) || said.Temporary():
			return nil, fmt.Errorf("recipient %s: %w", to, err)
		}
		if refused == nil {
			refused = map[string]string{}
		}
		refused[to] = said.Error()
	}
	if len(refused) > 0 && len(refused) == len(e.To) {
		return nil, fmt.Errorf("every recipient is refused, %s: %s", e.To[0], refused[e.To[0]])
	}
	return refused, nil
}

func send(client *smtp.Client, header string, original []byte) error {
	data, err := client.Data()
	if err != nil {
		return err
	}
	for _, part := range [][]byte{[]byte(header + "\r\n"), original} {
		if _, err := bytes.NewReader(part).WriteTo(data); err != nil {
			return fmt.Errorf("the mail: %w", err)
		}
	}
	if err := data.Close(); err != nil {
		return fmt.Errorf("the mail: %w", err)
	}
	return nil
}
