package milter

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/mail"
	"net/smtp"
	"net/textproto"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	gosmtp "github.com/emersion/go-smtp"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/effect/release"
	"github.com/sekisho/sekisho/milter/postfixtest"
	"github.com/sekisho/sekisho/record"
)

// A sink is the mail server behind Postfix.
type sink struct {
	address string
	mu      sync.Mutex
	mails   []delivered
}

type delivered struct {
	from string
	to   []string
	data []byte
}

func newSink(t testing.TB) *sink {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &sink{address: l.Addr().String()}
	server := gosmtp.NewServer(gosmtp.BackendFunc(func(*gosmtp.Conn) (gosmtp.Session, error) { return &sinkSession{sink: s}, nil }))
	server.Domain, server.EnableSMTPUTF8, server.MaxMessageBytes, server.MaxLineLength = "sink.example", true, 200<<20, 1<<20
	go func() { _ = server.Serve(l) }() // ends when it is closed
	t.Cleanup(func() { _ = server.Close() })
	return s
}

type sinkSession struct {
	sink *sink
	mail delivered
}

func (s *sinkSession) Mail(from string, _ *gosmtp.MailOptions) error { s.mail.from = from; return nil }
func (s *sinkSession) Rcpt(to string, _ *gosmtp.RcptOptions) error {
	s.mail.to = append(s.mail.to, to)
	return nil
}
func (s *sinkSession) Data(r io.Reader) (err error) {
	if s.mail.data, err = io.ReadAll(r); err != nil {
		return err
	}
	s.sink.mu.Lock()
	defer s.sink.mu.Unlock()
	s.sink.mails = append(s.sink.mails, s.mail)
	return nil
}
func (s *sinkSession) Reset()        { s.mail = delivered{} }
func (s *sinkSession) Logout() error { return nil }

func (s *sink) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.mails)
}

// next waits for the nth mail, from 0.
func (s *sink) next(t testing.TB, n int) delivered {
	t.Helper()
	await(t, fmt.Sprintf("mail %d", n), func() bool { return s.count() > n })
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mails[n]
}

// below returns what was sent: the mail below the Received header, which Postfix adds.
func (d delivered) below(t testing.TB) string {
	t.Helper()
	text := string(d.data)
	if !strings.HasPrefix(text, "Received: ") {
		t.Fatalf("no Received header on top: %.200q", text)
	}
	for {
		i := strings.Index(text, "\r\n")
		text = text[i+2:]
		if !strings.HasPrefix(text, "\t") && !strings.HasPrefix(text, " ") {
			return text
		}
	}
}

// post sends a mail and returns the server's code, 250 when it was taken.
func post(t testing.TB, address, from string, to []string, data string) int {
	t.Helper()
	err := smtp.SendMail(address, nil, from, to, []byte(data))
	var said *textproto.Error
	switch {
	case err == nil:
		return 250
	case errors.As(err, &said):
		return said.Code
	}
	t.Fatal(err)
	return 0
}

func wrote(subject string) string {
	return "From: Tanaka <a@custody.example>\r\nTo: aoi.mori@kaede-ex.jp\r\nSubject: " + subject + "\r\nDate: Sat, 21 Nov 2026 09:00:00 +0900\r\n" +
		"Message-ID: <1@custody.example>\r\nX-Sekisho-Verdict: pass\r\nMIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n<html><body>日本語の本文</body></html>\r\n"
}

var someone = []string{"aoi.mori@kaede-ex.jp"}

// start starts a Postfix that asks a door, and returns the door's address.
func start(t *testing.T, network string, options map[string]string) (server *postfixtest.Server, behind *sink, address net.Addr) {
	t.Helper()
	behind = newSink(t)
	d := &testDoor{Door: &Door{}}
	address, stop := d.serve(t, network)
	stop() // the address is free again, for the doors of the test
	name := "{ inet:" + address.String() + ", connect_timeout=5s, command_timeout=10s, content_timeout=60s, default_action=tempfail }"
	if network == "unix" {
		name = "unix:" + address.String()
	}
	return postfixtest.Run(t, postfixtest.Config{Milter: name, Next: behind.address, Options: options}), behind, address
}

// TestPostfix: each action from end to end, in shadow and in force, over both kinds of socket.
func TestPostfix(t *testing.T) {
	t.Parallel()
	first := newDoor(t, Policy{})
	for _, network := range []string{"tcp", "unix"} {
		t.Run(network, func(t *testing.T) {
			server, behind, address := start(t, network, nil)
			for _, tt := range []struct {
				name    string
				policy  Policy
				subject string
				code    int
				headers map[string]string // of the delivered mail, empty for none of that name
				body    string            // begins so; empty for unchanged
				hold    bool              // in Postfix's hold queue
				kept    bool
			}{
				{"nothing found", Policy{}, "hello", 250, map[string]string{"Subject": "hello", "X-Sekisho-Verdict": ""}, "", false, false},
				{"note", Policy{Tag: true, Banner: true}, "NOTE", 250, map[string]string{"Subject": "NOTE", "X-Sekisho-Verdict": "note; gaps=1; by=mx.kaede-ex.jp", "X-Sekisho-Reason": "subject-says-note"}, "", false, false},
				{"warn", Policy{Tag: true, Banner: true}, "=?ISO-2022-JP?B?GyRCRnxLXBsoQg==?= WARN", 250, map[string]string{"Subject": "[CAUTION] =?ISO-2022-JP?B?GyRCRnxLXBsoQg==?= WARN",
					"X-Sekisho-Verdict": "warn; gaps=1; by=mx.kaede-ex.jp"}, "<html><body><div", false, false},
				{"hold", Policy{}, "HOLD", 250, nil, "", false, true},
				{"reject", Policy{}, "REJECT", 550, nil, "", false, false},
				{"hold by Postfix", Policy{Incoming: Table{Hold: Quarantine}}, "HOLD", 250, nil, "", true, false},
				{"reject for now", Policy{Incoming: Table{Reject: Tempfail}}, "REJECT", 451, nil, "", false, false},
				{"warn in shadow", Policy{Shadow: true, Tag: true, Banner: true}, "WARN", 250, map[string]string{"Subject": "WARN", "X-Sekisho-Verdict": "pass", "X-Sekisho-Id": ""}, "", false, false},
				{"hold in shadow", Policy{Shadow: true}, "HOLD", 250, map[string]string{"Subject": "HOLD", "X-Sekisho-Verdict": "pass"}, "", false, false},
				{"reject in shadow", Policy{Shadow: true}, "REJECT", 250, map[string]string{"Subject": "REJECT"}, "", false, false},
			} {
				if network == "unix" && tt.code == 250 && !tt.kept && !tt.policy.Banner {
					continue // the socket does not matter to them
				}
				t.Run(tt.name, func(t *testing.T) {
					d := first.again(tt.policy)
					_, stop := d.serveAt(t, network, address.String())
					defer stop()
					had := behind.count()
					sent := wrote(tt.subject)
					if code := post(t, server.Address, "a@custody.example", someone, sent); code != tt.code {
						t.Fatalf("code %d, want %d", code, tt.code)
					}
					if passage := d.newest(t); passage.Kept != tt.kept {
						t.Errorf("kept %t", passage.Kept)
					}
					if tt.hold {
						await(t, "the hold queue", func() bool { held, err := server.Queue("hold"); return err == nil && len(held) == 1 })
					}
					if tt.headers == nil {
						return
					}
					got := behind.next(t, had)
					checkDelivered(t, got, sent, tt.headers, tt.body)
					if tt.policy.Shadow && got.below(t) != sent {
						t.Errorf("changed in shadow mode: %q", got.below(t))
					}
				})
			}
		})
	}
}

func checkDelivered(t *testing.T, got delivered, sent string, headers map[string]string, body string) {
	t.Helper()
	read, err := mail.ReadMessage(bytes.NewReader(got.data))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range headers {
		values := read.Header[name]
		if want == "" && len(values) > 0 || want != "" && !slices.Equal(values, []string{want}) {
			t.Errorf("%s is %q, want %q", name, values, want)
		}
	}
	_, original, _ := strings.Cut(sent, "\r\n\r\n")
	delivered, err := io.ReadAll(read.Body)
	if err != nil {
		t.Fatal(err)
	}
	if body == "" && string(delivered) != original || !strings.HasPrefix(string(delivered), body) {
		t.Errorf("body %q", delivered)
	}
	if _, rest, _ := strings.Cut(original, "<body>"); !strings.HasSuffix(string(delivered), rest) {
		t.Errorf("the text is lost: %q", delivered)
	}
}

// TestPostfixKeepsBytes: what a client sent is what is held, whatever it is.
func TestPostfixKeepsBytes(t *testing.T) {
	t.Parallel()
	server, _, address := start(t, "tcp", nil)
	d := newDoor(t, Policy{})
	d.serveAt(t, "tcp", address.String())
	for _, tt := range []struct {
		name, data string
		from       string
		to         []string
	}{
		{"folded and odd headers", "Subject:HOLD\r\n\t folded\r\nX-Empty:\r\nX-Trailing: x  \r\nx-CASE: y\r\nFrom: a@custody.example\r\n\r\n\r\n\r\nbody \r\n.dot\r\n\tx\r\n", "a@custody.example", someone},
		{"the null sender and many recipients", "Subject: HOLD\r\nFrom: a@custody.example\r\n\r\nx\r\n", "", []string{"a@kaede-ex.jp", "b@kaede-ex.jp", "c@kaede-ex.jp"}},
		{"SMTPUTF8", "Subject: HOLD 緊急\r\nFrom: 田中 <田中@custody.example>\r\n\r\n本文\r\n", "田中@custody.example", []string{"葵@kaede-ex.jp"}},
		{"long lines", "Subject: HOLD\r\nFrom: a@custody.example\r\nX-Long: " + strings.Repeat("y", 50_000) + "\r\n\r\n" + strings.Repeat("z", 100_000) + "\r\n", "a@custody.example", someone},
		{"eight bits", "Subject: HOLD\r\nFrom: a@custody.example\r\n\r\nx\xff\xfe\r\n", "a@custody.example", someone},
		{"no body", "Subject: HOLD\r\nFrom: a@custody.example\r\n\r\n", "a@custody.example", someone},
		{"a header that is none", "Subject: HOLD\r\nFrom: a@custody.example\r\nthis is no header\r\nmore\r\n", "a@custody.example", someone},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if code := post(t, server.Address, tt.from, tt.to, tt.data); code != 250 {
				t.Fatalf("code %d", code)
			}
			passage := d.newest(t)
			original, err := d.Record.Original(t.Context(), passage.ID, "test")
			if err != nil {
				t.Fatal(err)
			}
			want := tt.data
			if tt.name == "a header that is none" { // Postfix begins the body there
				want = strings.Replace(want, "this is", "\r\nthis is", 1)
			}
			if string(original) != want {
				t.Errorf("%d bytes, want %d: %.300q", len(original), len(want), original)
			}
			envelope, err := release.Kept(t.Context(), d.Record, passage.ID)
			if err != nil || envelope.From != tt.from || !slices.Equal(envelope.To, tt.to) {
				t.Errorf("envelope %+v, %v", envelope, err)
			}
		})
	}
}

// TestPostfixCutsForBoth: what Postfix cuts off a mail, nobody gets, so that nothing is delivered that was not looked at.
func TestPostfixCutsForBoth(t *testing.T) {
	t.Parallel()
	server, behind, address := start(t, "tcp", nil)
	d := newDoor(t, Policy{})
	d.serveAt(t, "tcp", address.String())
	for i, data := range []string{
		"Subject: HOLD\r\nX-A: a\x00b\r\nFrom: a@custody.example\r\n\r\nx\x00y\r\n",
		"Subject: HOLD\r\nX-A: " + strings.Repeat("y", 300_000) + "\r\nX-B: " + strings.Repeat("z ", 1000) + "\r\nFrom: a@custody.example\r\n\r\nx\r\n",
		"Subject: HOLD\r\nFrom: a@custody.example\r\n\r\nx\ry\nz\r\n",
	} {
		for _, subject := range []string{"HOLD", "hold"} {
			if code := post(t, server.Address, "a@custody.example", someone, strings.Replace(data, "HOLD", subject, 1)); code != 250 {
				t.Fatalf("code %d", code)
			}
		}
		delivered := strings.Replace(behind.next(t, i).below(t), "hold", "HOLD", 1)
		delivered = strings.ReplaceAll(delivered, "\r\n ", "") // lines are folded on their way out
		await(t, "the held mail", func() bool { return subjects(t, d)["HOLD"] == sekisho.DoHold })
		page, err := d.Record.Passages(t.Context(), record.Query{Limit: 2})
		if err != nil || len(page.Items) != 2 {
			t.Fatal(len(page.Items), err)
		}
		original, err := d.Record.Original(t.Context(), page.Items[1].ID, "test")
		if err != nil {
			t.Fatal(err)
		}
		if string(original) != delivered {
			t.Errorf("looked at %d bytes, delivered %d: %.200q and %.200q", len(original), len(delivered), original, delivered)
		}
	}
}

// TestPostfixLargeMail: thirty megabytes pass unchanged; what is above the limit is refused.
func TestPostfixLargeMail(t *testing.T) {
	t.Parallel()
	server, behind, address := start(t, "tcp", nil)
	d := newDoor(t, Policy{})
	d.MaxBytes = 40 << 20
	d.serveAt(t, "tcp", address.String())
	large := func(size int) string {
		var b strings.Builder
		b.WriteString("From: a@custody.example\r\nTo: aoi.mori@kaede-ex.jp\r\nSubject: large\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n")
		line := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7, 11, 13}, 19)) + "\r\n"
		for b.Len() < size {
			b.WriteString(line)
		}
		return b.String()
	}
	data := large(30 << 20)
	if code := post(t, server.Address, "a@custody.example", someone, data); code != 250 {
		t.Fatalf("code %d", code)
	}
	if got := behind.next(t, 0).below(t); sha256.Sum256([]byte(got)) != sha256.Sum256([]byte(data)) {
		t.Errorf("%d bytes, want %d", len(got), len(data))
	}
	if code := post(t, server.Address, "a@custody.example", someone, large(41<<20)); code != 552 || d.Stats().Large != 1 {
		t.Errorf("code %d, %+v", code, d.Stats())
	}
}

// TestPostfixConnectionDrops: a client that goes away within its mail leaves nothing, and the next is served.
func TestPostfixConnectionDrops(t *testing.T) {
	t.Parallel()
	server, behind, address := start(t, "tcp", nil)
	d := newDoor(t, Policy{})
	d.serveAt(t, "tcp", address.String())
	for range 3 {
		client, err := smtp.Dial(server.Address)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(client.Mail("a@custody.example"), client.Rcpt(someone[0])); err != nil {
			t.Fatal(err)
		}
		data, err := client.Data()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(data, wrote("REJECT")[:200]); err != nil {
			t.Fatal(err)
		}
		_ = client.Close()
	}
	if code := post(t, server.Address, "a@custody.example", someone, wrote("hello")); code != 250 {
		t.Errorf("code %d", code)
	}
	behind.next(t, 0)
	page, err := d.Record.Passages(t.Context(), record.Query{})
	if err != nil || len(page.Items) != 1 {
		t.Errorf("%d passages, %v", len(page.Items), err)
	}
}

// TestPostfixWithoutSekisho: nobody listens, the disk is full: clients keep their mails, and what is accepted by choice is delivered.
func TestPostfixWithoutSekisho(t *testing.T) {
	t.Parallel()
	server, behind, address := start(t, "tcp", nil)
	if code := post(t, server.Address, "a@custody.example", someone, wrote("hello")); code != 451 {
		t.Errorf("nobody listens: code %d", code)
	}
	d := newDoor(t, Policy{})
	d.failing.Store(true)
	_, stop := d.serveAt(t, "tcp", address.String())
	if code := post(t, server.Address, "a@custody.example", someone, wrote("hello")); code != 451 {
		t.Errorf("the record fails: code %d", code)
	}
	d.failing.Store(false)
	if code := post(t, server.Address, "a@custody.example", someone, wrote("hello")); code != 250 {
		t.Errorf("the record works again: code %d", code)
	}
	behind.next(t, 0)
	stop()
	accepting := newDoor(t, Policy{OnFailure: Accept})
	accepting.failing.Store(true)
	accepting.serveAt(t, "tcp", address.String())
	if code := post(t, server.Address, "a@custody.example", someone, wrote("REJECT")); code != 250 {
		t.Errorf("accepted by choice: code %d", code)
	}
	behind.next(t, 1)
}

// TestPostfixWhileSekishoRestarts: under load, every mail that a client was told is taken is in the record, and delivered or held;
// the others are told to come again.
func TestPostfixWhileSekishoRestarts(t *testing.T) {
	t.Parallel()
	server, behind, address := start(t, "tcp", nil)
	d := newDoor(t, Policy{})
	_, stop := d.serveAt(t, "tcp", address.String())
	var mu sync.Mutex
	taken, later := map[string]bool{}, 0
	done := make(chan struct{})
	var senders sync.WaitGroup
	for sender := range 4 {
		senders.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-done:
					return
				default:
				}
				subject := fmt.Sprintf("mail %d-%d", sender, i)
				if i%3 == 0 {
					subject += " HOLD"
				}
				err := smtp.SendMail(server.Address, nil, "a@custody.example", someone, []byte(wrote(subject)))
				var said *textproto.Error
				mu.Lock()
				switch {
				case err == nil:
					taken[subject] = true
				case errors.As(err, &said) && said.Code/100 == 4:
					later++
				default:
					t.Error(err)
				}
				mu.Unlock()
			}
		})
	}
	for range 3 {
		time.Sleep(400 * time.Millisecond)
		stop()
		time.Sleep(200 * time.Millisecond)
		_, stop = d.serveAt(t, "tcp", address.String())
	}
	time.Sleep(400 * time.Millisecond)
	close(done)
	senders.Wait()
	t.Logf("%d mails taken, %d told to come again", len(taken), later)
	recorded := subjects(t, d)
	held := 0
	for subject := range taken {
		if recorded[subject] == "" {
			t.Errorf("%s was taken and is not recorded", subject)
		}
		if recorded[subject] == sekisho.DoHold {
			held++
		}
	}
	await(t, "every mail that was taken and not held", func() bool { return behind.count() >= len(taken)-held })
}

// subjects returns what was done with every mail of the record.
func subjects(t *testing.T, d *testDoor) map[string]string {
	t.Helper()
	all := map[string]string{}
	query := record.Query{Limit: 500}
	for {
		page, err := d.Record.Passages(t.Context(), query)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range page.Items {
			all[p.Subject] = p.Do
		}
		if query.After = page.Next; query.After == "" {
			return all
		}
	}
}

// TestPostfixRelease: a held mail that a person releases comes back through the same Postfix and is delivered as it was; one that
// only looks so is judged.
func TestPostfixRelease(t *testing.T) {
	t.Parallel()
	server, behind, address := start(t, "tcp", nil)
	d := newDoor(t, Policy{})
	d.serveAt(t, "tcp", address.String())
	work, err := release.New(release.Config{Record: d.Record, Address: server.Address, Key: testKey})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Record.Start(t.Context(), 1, []record.Work{work}); err != nil {
		t.Fatal(err)
	}
	sent := strings.Replace(wrote("HOLD"), "X-Sekisho-Verdict: pass\r\n", "", 1)
	to := []string{"aoi.mori@kaede-ex.jp", "kenji.ono@kaede-ex.jp"}
	if code := post(t, server.Address, "a@custody.example", to, sent); code != 250 {
		t.Fatalf("code %d", code)
	}
	passage := d.newest(t)
	if _, err := d.Record.Decide(t.Context(), record.Decision{By: "Shin Konno", Do: record.DecideRelease, Reason: "it is the auditor's", Passage: passage.ID, Case: passage.Case}); err != nil {
		t.Fatal(err)
	}
	got := behind.next(t, 0)
	if got.below(t) != sent || got.from != "a@custody.example" || !slices.Equal(got.to, to) {
		t.Errorf("from %q to %q: %q", got.from, got.to, got.below(t))
	}
	await(t, "the release on the record", func() bool { return !d.newest(t).Released.IsZero() })
	if stats := d.Stats(); stats.Released != 1 || stats.Forged != 0 {
		t.Errorf("%+v", stats)
	}
	again := release.HeaderName + ": " + release.Sign(testKey, passage.ID, []byte(sent), time.Now()) + "\r\n" + sent
	for name, forged := range map[string]string{
		"again":           again,
		"other bytes":     again + "more\r\n",
		"another's key":   release.HeaderName + ": " + release.Sign(bytes.Repeat([]byte("x"), 32), passage.ID, []byte(sent), time.Now()) + "\r\n" + sent,
		"no signature":    release.HeaderName + ": x\r\n" + sent,
		"another passage": release.HeaderName + ": " + release.Sign(testKey, "p", []byte(sent), time.Now()) + "\r\n" + sent,
	} {
		before := d.Stats()
		if code := post(t, server.Address, "a@custody.example", to, forged); code != 250 {
			t.Errorf("%s: code %d", name, code)
		}
		if after := d.Stats(); after.Forged != before.Forged+1 || after.Did[sekisho.DoHold] != before.Did[sekisho.DoHold]+1 {
			t.Errorf("%s: %+v", name, after)
		}
	}
	if behind.count() != 1 {
		t.Error("a forged release was delivered")
	}
}

// TestPostfixOwnMail: a notification that quotes what is held comes through to whom it was signed for, without the signature, and to
// nobody else.
func TestPostfixOwnMail(t *testing.T) {
	t.Parallel()
	server, behind, address := start(t, "tcp", nil)
	d := newDoor(t, Policy{})
	d.serveAt(t, "tcp", address.String())
	quoting := strings.Replace(wrote("HOLD"), "X-Sekisho-Verdict: pass\r\n", "", 1)
	to := []string{"ciso@kaede-ex.jp"}
	signed := string(release.SignOwn(testKey, to, []byte(quoting), time.Now()))
	if code := post(t, server.Address, "sekisho@kaede-ex.jp", to, signed); code != 250 {
		t.Fatalf("code %d", code)
	}
	if got := behind.next(t, 0); got.below(t) != quoting {
		t.Errorf("arrived: %q", got.below(t))
	}
	if code := post(t, server.Address, "sekisho@kaede-ex.jp", []string{"aoi.mori@kaede-ex.jp"}, signed); code != 250 {
		t.Fatalf("code %d", code)
	}
	await(t, "sent to another it is held", func() bool { return d.Stats().Did[sekisho.DoHold] == 1 })
	if behind.count() != 1 {
		t.Error("signed for one, it was delivered to another")
	}
}

// TestPostfixSwaks: another client, by XCLIENT from elsewhere, whose address is what is recorded.
func TestPostfixSwaks(t *testing.T) {
	t.Parallel()
	program, err := exec.LookPath("swaks")
	if err != nil {
		t.Skip("swaks is not installed")
	}
	server, behind, address := start(t, "tcp", nil)
	d := newDoor(t, Policy{})
	d.serveAt(t, "tcp", address.String())
	out, err := exec.CommandContext(t.Context(), program, "--server", server.Address, "--xclient-addr", "203.0.113.9", "--xclient-name", "mail.custody.example",
		"--xclient-helo", "mail.custody.example", "--from", "a@custody.example", "--to", someone[0], "--header", "Subject: NOTE", "--body", "hello").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if got := behind.next(t, 0); !bytes.Contains(got.data, []byte("X-Sekisho-Verdict: note")) {
		t.Errorf("%s", got.data)
	}
	if passage := d.newest(t); passage.From != "203.0.113.9" {
		t.Errorf("from %q", passage.From)
	}
}

// TestPostfixLocalMail: what a program of this machine sends passes the checkpoint, too.
func TestPostfixLocalMail(t *testing.T) {
	t.Parallel()
	server, behind, address := start(t, "tcp", map[string]string{"non_smtpd_milters": "$smtpd_milters"})
	program, err := exec.LookPath("/usr/sbin/sendmail")
	if err != nil {
		t.Skip("sendmail is not installed")
	}
	d := newDoor(t, Policy{})
	d.serveAt(t, "tcp", address.String())
	for i, subject := range []string{"hello", "HOLD"} {
		send := exec.CommandContext(t.Context(), program, "-C", server.Dir+"/etc", "-i", "-f", "shin.konno@kaede-ex.jp", someone[0])
		send.Stdin = strings.NewReader(wrote(subject))
		if out, err := send.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		await(t, "the passage", func() bool { return len(subjects(t, d)) == i+1 })
	}
	behind.next(t, 0)
	if passage := d.newest(t); passage.Do != sekisho.DoHold || passage.From != "127.0.0.1" {
		t.Errorf("%s from %q", passage.Do, passage.From)
	}
}
