package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/smtp"
	"regexp"
	"strings"
	"sync"
	"time"

	gosmtp "github.com/emersion/go-smtp"
)

// load sends mail, each with a number of its own, and remembers which were accepted.
type load struct {
	address string

	mu       sync.Mutex
	next     int
	accepted map[string]bool
	deferred int
}

// texts are the mails that are sent: an ordinary one, and one that the built-in rules hold.
var texts = []string{
	"From: Hana Sato <hana@custody.example>\r\nTo: ops@kaede-ex.jp\r\nSubject: fees %s\r\nMessage-ID: <%s@torture.example>\r\nDate: Mon, 5 Oct 2026 09:00:00 +0900\r\n\r\nThe fees of last month are on the usual page.\r\n",
	"From: MetaMask Support <support@wallet-check.example>\r\nTo: ops@kaede-ex.jp\r\nSubject: Your wallet is suspended %s\r\nMessage-ID: <%s@torture.example>\r\nDate: Mon, 5 Oct 2026 09:00:00 +0900\r\nContent-Type: text/html\r\n\r\n" +
		"<p>Your wallet is suspended. Verify your recovery phrase within 24 hours or you will lose your assets.</p><a href=\"http://metamask.io.wallet-check.example/verify\">https://metamask.io/verify</a>\r\n",
}

// during sends mail over some connections at once while do runs.
func (l *load) during(ctx context.Context, clients int, do func() error) error {
	sending, stop := context.WithCancel(ctx)
	var senders sync.WaitGroup
	for range clients {
		senders.Go(func() { l.run(sending) })
	}
	err := do()
	stop()
	senders.Wait()
	return err
}

// run sends one mail after the other until ctx is done.
func (l *load) run(ctx context.Context) {
	for ctx.Err() == nil {
		l.mu.Lock()
		n := l.next
		l.next++
		l.mu.Unlock()
		id := fmt.Sprintf("n%06d", n)
		err := sendMail(l.address, fmt.Sprintf(texts[n%len(texts)], id, id))
		l.mu.Lock()
		if err == nil {
			l.accepted[id] = true
		} else {
			l.deferred++
		}
		l.mu.Unlock()
		if err != nil {
			time.Sleep(20 * time.Millisecond)
		}
	}
}

// sendMail returns nil when the server has said that it took the mail.
func sendMail(address, text string) error {
	conn, err := net.DialTimeout("tcp", address, 5*time.Second)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		return err
	}
	client, err := smtp.NewClient(conn, "localhost")
	if err != nil {
		return err
	}
	if err := client.Mail("hana@custody.example"); err != nil {
		return err
	}
	if err := client.Rcpt("ops@kaede-ex.jp"); err != nil {
		return err
	}
	body, err := client.Data()
	if err != nil {
		return err
	}
	if _, err := io.WriteString(body, text); err != nil {
		return err
	}
	return body.Close()
}

// A sink takes every mail and remembers which it got, and how often.
type sink struct {
	address string
	server  *gosmtp.Server

	mu  sync.Mutex
	got map[string]int
}

func newSink() (*sink, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &sink{address: l.Addr().String(), got: map[string]int{}}
	s.server = gosmtp.NewServer(gosmtp.BackendFunc(func(*gosmtp.Conn) (gosmtp.Session, error) { return arrival{s}, nil }))
	s.server.Domain, s.server.MaxMessageBytes = "sink.example", 64<<20
	go func() { _ = s.server.Serve(l) }() // ends with close
	return s, nil
}

func (s *sink) close() { _ = s.server.Close() }

var number = regexp.MustCompile(`<(n\d{6})@torture\.example>`)

type arrival struct{ *sink }

// Reset implements smtp.Session.
func (arrival) Reset() {}

// Logout implements smtp.Session.
func (arrival) Logout() error { return nil }

// Mail implements smtp.Session.
func (arrival) Mail(string, *gosmtp.MailOptions) error { return nil }

// Rcpt implements smtp.Session.
func (arrival) Rcpt(string, *gosmtp.RcptOptions) error { return nil }

// Data implements smtp.Session.
func (a arrival) Data(r io.Reader) error {
	var text strings.Builder
	if _, err := io.Copy(&text, r); err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if m := number.FindStringSubmatch(text.String()); m != nil {
		a.got[m[1]]++
	}
	return nil
}
