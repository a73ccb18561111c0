package notify

import (
	"encoding/base64"
	"errors"
	"io"
	"net"
	"net/mail"
	"strings"
	"testing"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// A postOffice is an SMTP server that keeps what it gets.
type postOffice struct{ got chan string }

func (p *postOffice) NewSession(*smtp.Conn) (smtp.Session, error) { return &counter{post: p}, nil }

type counter struct {
	post *postOffice
	to   []string
	user string
}

func (c *counter) AuthMechanisms() []string { return []string{sasl.Plain} }

func (c *counter) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != "sekisho" || password != "a SECRET word" {
			return errors.New("wrong password")
		}
		c.user = user
		return nil
	}), nil
}

func (c *counter) Mail(string, *smtp.MailOptions) error { return nil }

func (c *counter) Rcpt(to string, _ *smtp.RcptOptions) error {
	c.to = append(c.to, to)
	return nil
}

func (c *counter) Data(r io.Reader) error {
	data, err := io.ReadAll(r)
	c.post.got <- c.user + "|" + strings.Join(c.to, ",") + "|" + string(data)
	return err
}

func (*counter) Reset() {}

func (*counter) Logout() error { return nil }

func servePost(t *testing.T) (string, *postOffice) {
	t.Helper()
	post := &postOffice{got: make(chan string, 10)}
	server := smtp.NewServer(post)
	server.AllowInsecureAuth = true
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return listener.Addr().String(), post
}

func TestMailIsSent(t *testing.T) {
	address, post := servePost(t)
	c := Mail{Server: address, From: "sekisho@kaede-ex.jp", To: []string{"soc@kaede-ex.jp", "ciso@kaede-ex.jp"}, User: "sekisho", Password: secretFile(t, "a SECRET word")}
	l, err := newMail(c, (&clock{at: moment}).now, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.send(t.Context(), hostileMessage("至急 https://evil.example\r\nBcc: x@evil.example")); err != nil {
		t.Fatal(err)
	}
	user, rest, _ := strings.Cut(<-post.got, "|")
	to, text, _ := strings.Cut(rest, "|")
	if user != "sekisho" || to != "soc@kaede-ex.jp,ciso@kaede-ex.jp" {
		t.Errorf("by %q to %q", user, to)
	}
	parsed, err := mail.ReadMessage(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, parsed.Body))
	if err != nil {
		t.Fatal(err)
	}
	if id := parsed.Header.Get("Message-Id"); id != "<sekisho.c1.hold.soc@kaede-ex.jp>" {
		t.Errorf("Message-ID %q", id)
	}
	for _, want := range []string{"差出人: 至急 hxxps://evil[.]example  Bcc: x[@]evil[.]example", "関所で事案を開く: https://sekisho.example/cases/c1", "HELD: a new case"} {
		if !strings.Contains(string(body), want) {
			t.Errorf("%q is not in:\n%s", want, body)
		}
	}
}

func TestAPasswordStaysSecret(t *testing.T) {
	address, _ := servePost(t)
	l, err := newMail(Mail{Server: address, From: "a@b.example", To: []string{"c@d.example"}, User: "sekisho", Password: secretFile(t, "another SECRET")}, (&clock{}).now, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.send(t.Context(), hostileMessage("x")); err == nil || strings.Contains(err.Error(), "SECRET") || strings.Contains(err.Error(), base64.StdEncoding.EncodeToString([]byte("another"))) {
		t.Errorf("error %v", err)
	}
}

func TestMailSettings(t *testing.T) {
	good := func() Mail {
		return Mail{Server: "smtp.kaede-ex.jp:587", From: "a@kaede-ex.jp", To: []string{"b@kaede-ex.jp"}}
	}
	for name, change := range map[string]func(*Mail){
		"server":      func(m *Mail) { m.Server = "smtp.kaede-ex.jp" },
		"from":        func(m *Mail) { m.From = "a@b.example\r\nBcc: x@y.example" },
		"name":        func(m *Mail) { m.From = "A <a@b.example>" },
		"nobody":      func(m *Mail) { m.To = nil },
		"to":          func(m *Mail) { m.To = []string{"b"} },
		"no password": func(m *Mail) { m.User = "x" },
	} {
		m := good()
		if _, err := newMail(m, nil, nil); err != nil {
			t.Fatal(err)
		}
		change(&m)
		if _, err := newMail(m, nil, nil); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
