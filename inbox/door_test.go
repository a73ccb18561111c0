//go:build unix

package inbox_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"net"
	netmail "net/mail"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/tyler-smith/go-bip39"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/effect/answer"
	"github.com/sekisho/sekisho/inbox"
	"github.com/sekisho/sekisho/inbox/dovecottest"
	"github.com/sekisho/sekisho/record"
)

// A sink is a mail server that keeps what it is given.
type sink struct {
	addr  string
	mutex sync.Mutex
	mails []string
	fail  error // of DATA
}

func newSink(t *testing.T) *sink {
	t.Helper()
	s := &sink{}
	server := smtp.NewServer(s)
	server.Domain, server.AllowInsecureAuth = "sink.example", true
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.addr = listener.Addr().String()
	go server.Serve(listener)
	t.Cleanup(func() { server.Close() })
	return s
}

func (s *sink) NewSession(*smtp.Conn) (smtp.Session, error) { return &sinking{sink: s}, nil }
func (s *sink) relay() *answer.Relay                        { return &answer.Relay{Server: s.addr} }
func (s *sink) refuse(err error)                            { s.mutex.Lock(); defer s.mutex.Unlock(); s.fail = err }
func (s *sink) got() []string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return append([]string(nil), s.mails...)
}

type sinking struct {
	*sink
	to string
}

func (s *sinking) Mail(string, *smtp.MailOptions) error      { return nil }
func (s *sinking) Rcpt(to string, _ *smtp.RcptOptions) error { s.to = to; return nil }
func (s *sinking) Reset()                                    {}
func (s *sinking) Logout() error                             { return nil }
func (s *sinking) Data(r io.Reader) error {
	data, err := io.ReadAll(r)
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.fail != nil {
		return s.fail
	}
	if err != nil {
		return err
	}
	s.mails = append(s.mails, "To: "+s.to+"\n"+words(data))
	return nil
}

// words returns the text of an answer.
func words(data []byte) string {
	m, err := netmail.ReadMessage(bytes.NewReader(data))
	if err != nil {
		return err.Error()
	}
	body, _ := io.ReadAll(base64.NewDecoder(base64.StdEncoding, m.Body))
	subject, _ := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	return "Subject: " + subject + "\n" + string(body)
}

func openRecord(t *testing.T, folder string) *record.Store {
	t.Helper()
	store, err := record.Open(context.Background(), record.Config{URL: filepath.Join(folder, "record.db"), Keys: filepath.Join(folder, "keys"), Process: "test", Org: kaede})
	if err != nil {
		t.Fatal(err)
	}
	return store
}

// A desk is everything a report passes.
type desk struct {
	*dovecottest.Server
	*sink
	store  *record.Store
	door   *inbox.Door
	folder string
}

const account = "report@kaede-ex.jp"

func password() (string, error) { return dovecottest.Password, nil }

func newDesk(t *testing.T, extra string) *desk {
	t.Helper()
	d := &desk{Server: dovecottest.New(t, extra), sink: newSink(t), folder: t.TempDir()}
	d.open(t)
	t.Cleanup(func() { d.store.Close() })
	return d
}

func (d *desk) open(t *testing.T) {
	t.Helper()
	d.store = openRecord(t, d.folder)
	d.door = &inbox.Door{
		Checkpoint: newCheckpoint(t, d.store.Record), Record: d.store, Org: kaede,
		Config: inbox.Config{Server: inbox.Server{Address: d.TLS, User: account, Password: password, TLS: d.Trust}, Contact: "内線110", Relay: d.relay(), PerHour: 10_000},
	}
}

// run watches the mailbox until the test, or what it returns, ends it.
func (d *desk) run(t *testing.T) (stop func()) {
	t.Helper()
	t.Cleanup(func() {
		if t.Failed() {
			log := d.Log()
			t.Logf("status %+v\n%s", d.door.Status(), log[max(0, len(log)-4000):])
		}
	})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := d.door.Run(ctx); err != nil {
			t.Error(err)
		}
	}()
	stop = sync.OnceFunc(func() {
		cancel()
		<-done
	})
	t.Cleanup(stop)
	return stop
}

func (d *desk) passages(t *testing.T) []record.Passage {
	t.Helper()
	page, err := d.store.Passages(context.Background(), record.Query{Limit: 500})
	if err != nil {
		t.Fatal(err)
	}
	return page.Items
}

// until waits for something, and says what did not happen.
func until(t *testing.T, limit time.Duration, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(limit); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("not within %v: %s", limit, what)
}

// reportBy returns a report that is one of a kind.
func reportBy(who, id, mail string) string {
	return strings.NewReplacer("Hanako Sato <sato@kaede-ex.jp>", who, "report-1@", id+"@").Replace(report("mixed", text("これは本物ですか？"), attachedMail(mail)))
}

func TestReportIsAnswered(t *testing.T) {
	d := newDesk(t, "")
	d.run(t)
	until(t, 10*time.Second, "connected and idle", func() bool { s := d.door.Status(); return !s.Connected.IsZero() && s.Idle })
	began := time.Now()
	d.Deliver(account, "INBOX", reportBy("Hanako Sato <sato@kaede-ex.jp>", "r1", attack))
	until(t, 20*time.Second, "an answer", func() bool { return len(d.got()) == 1 })
	t.Logf("answered after %v", time.Since(began).Round(time.Millisecond))
	mail := d.got()[0]
	for _, want := range []string{"To: sato@kaede-ex.jp", "確認したもの", "support[@]kaede-support[.]example", "内線110"} {
		if !strings.Contains(mail, want) {
			t.Errorf("the answer lacks %q:\n%s", want, mail)
		}
	}
	passages := d.passages(t)
	if len(passages) != 1 || passages[0].Reporter != "sato@kaede-ex.jp" || !strings.Contains(passages[0].Sender, attacker) || passages[0].Case == "" || passages[0].Door != "inbox" {
		t.Fatalf("recorded %+v", passages)
	}
	until(t, 10*time.Second, "moved", func() bool {
		done, _ := d.Count(account, "Sekisho.Done", inbox.Keyword)
		left, _ := d.Count(account, "INBOX", inbox.Keyword)
		return done == 1 && left == 0
	})

	d.Deliver(account, "INBOX", reportBy("Jun Hara <hara@kaede-ex.jp>", "r2", attack))
	until(t, 20*time.Second, "a second answer", func() bool { return len(d.got()) == 2 })
	if mail := d.got()[1]; !strings.Contains(mail, "To: hara@kaede-ex.jp") || !strings.Contains(mail, "ほかに同じものを報告した方：1 名") {
		t.Errorf("the second answer does not count the first:\n%s", mail)
	}
	if p := d.passages(t); len(p) != 2 || p[0].Case != p[1].Case {
		t.Errorf("two reports of one mail are %+v", p)
	}
	for _, p := range d.passages(t) {
		if p.Outcome != "done" {
			t.Errorf("outcome %q", p.Outcome)
		}
	}
}

func TestNobodyElseIsAnswered(t *testing.T) {
	d := newDesk(t, "")
	auth := "Authentication-Results: mx.kaede-ex.jp; dmarc=pass header.from=kaede-ex.jp\r\n"
	for i, mail := range []string{
		attack, // moved, or sent by the attacker
		strings.ReplaceAll(reportBy("Eve <eve@evil.example>", "o1", attack), "header.from=kaede-ex.jp", "header.from=evil.example"),
		strings.ReplaceAll(reportBy("Hanako Sato <sato@kaede-ex.jp>", "o2", attack), auth, ""),
		strings.ReplaceAll(reportBy("Hanako Sato <sato@kaede-ex.jp>", "o3", attack), "dmarc=pass", "dmarc=fail"),
		strings.ReplaceAll(reportBy("Hanako Sato <sato@kaede-ex.jp>", "o4", attack), "mx.kaede-ex.jp;", "mx.evil.example;"),
		"Auto-Submitted: auto-replied\r\n" + reportBy("Hanako Sato <sato@kaede-ex.jp>", "o5", attack),
		"Return-Path: <>\r\n" + reportBy("Hanako Sato <sato@kaede-ex.jp>", "o6", attack),
		"List-Id: <all.kaede-ex.jp>\r\n" + reportBy("Hanako Sato <sato@kaede-ex.jp>", "o7", attack),
		"Precedence: bulk\r\n" + reportBy("Hanako Sato <sato@kaede-ex.jp>", "o8", attack),
		"From: second@kaede-ex.jp\r\n" + reportBy("Hanako Sato <sato@kaede-ex.jp>", "o9", attack),
		"\r\n", "x", "\xff\xfe garbage",
	} {
		d.Deliver(account, "INBOX", strings.Replace(mail, "attack-1", fmt.Sprint("attack-", i), 1))
	}
	d.run(t)
	until(t, 60*time.Second, "all judged", func() bool { left, _ := d.Count(account, "INBOX", inbox.Keyword); return left == 0 })
	if got := d.got(); len(got) != 0 {
		t.Errorf("answered %q", got)
	}
	if n := len(d.passages(t)); n != 13 {
		t.Errorf("%d passages recorded, want 13", n)
	}
}

func TestRestartsInBetween(t *testing.T) {
	d := newDesk(t, "")
	stop := d.run(t)
	d.Deliver(account, "INBOX", reportBy("Hanako Sato <sato@kaede-ex.jp>", "r1", attack))
	until(t, 20*time.Second, "an answer", func() bool { return len(d.got()) == 1 })
	d.Server.Stop()
	until(t, 10*time.Second, "the door notices", func() bool { s := d.door.Status(); return s.Connected.IsZero() && s.Error != "" })
	d.Server.Start()
	d.Deliver(account, "INBOX", reportBy("Jun Hara <hara@kaede-ex.jp>", "r2", attack))
	until(t, 30*time.Second, "an answer after the server's restart", func() bool { return len(d.got()) == 2 })
	until(t, 10*time.Second, "moved", func() bool { left, _ := d.Count(account, "INBOX", inbox.Keyword); return left == 0 })
	stop()

	// The same bytes come again, under other UIDs and another UIDVALIDITY, as after a crash before the mail was moved.
	d.Server.Stop()
	files, _ := filepath.Glob(filepath.Join(d.Folder(account), "dovecot*"))
	if len(files) == 0 {
		t.Fatal("Dovecot keeps no list of UIDs where it did")
	}
	for _, name := range files {
		os.Remove(name)
	}
	d.Server.Start()
	d.store.Close()
	d.open(t)
	d.Deliver(account, "INBOX", reportBy("Hanako Sato <sato@kaede-ex.jp>", "r1", attack), reportBy("Jun Hara <hara@kaede-ex.jp>", "r2", attack))
	d.run(t)
	until(t, 30*time.Second, "moved again", func() bool { left, _ := d.Count(account, "INBOX", inbox.Keyword); return left == 0 })
	if n, answers := len(d.passages(t)), len(d.got()); n != 2 || answers != 2 {
		t.Errorf("%d passages and %d answers, want 2 of each", n, answers)
	}
}

// TestCrashWhileAnswering holds that an answer of which nobody knows whether it went out is not sent again, and that people are shown that.
func TestCrashWhileAnswering(t *testing.T) {
	d := newDesk(t, "")
	d.refuse(&smtp.SMTPError{Code: 451, Message: "later"})
	stop := d.run(t)
	d.Deliver(account, "INBOX", reportBy("Hanako Sato <sato@kaede-ex.jp>", "r1", attack))
	until(t, 20*time.Second, "recorded", func() bool { return strings.Contains(d.door.Status().Error, "later") })
	stop()
	err := d.store.Write(context.Background(), func(ctx context.Context, tx *record.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE effect SET state = 'unclear' WHERE name = 'answer'`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	d.refuse(nil)
	d.run(t)
	until(t, 30*time.Second, "put aside", func() bool { failed, _ := d.Count(account, "Sekisho.Failed", inbox.Keyword); return failed == 1 })
	if p := d.passages(t); len(d.got()) != 0 || len(p) != 1 || !strings.Contains(p[0].Outcome, "not known whether") {
		t.Errorf("%d answers, recorded %+v", len(d.got()), p)
	}
}

func TestCrashBetweenRecordAndAnswer(t *testing.T) {
	d := newDesk(t, "")
	d.refuse(&smtp.SMTPError{Code: 451, Message: "later"})
	stop := d.run(t)
	d.Deliver(account, "INBOX", reportBy("Hanako Sato <sato@kaede-ex.jp>", "r1", attack))
	until(t, 20*time.Second, "recorded", func() bool { return len(d.passages(t)) == 1 && strings.Contains(d.door.Status().Error, "later") })
	stop()
	d.store.Close()
	d.refuse(nil)
	d.open(t)
	d.run(t)
	until(t, 30*time.Second, "the answer after all", func() bool {
		left, _ := d.Count(account, "INBOX", inbox.Keyword)
		return len(d.got()) == 1 && left == 0
	})
	if p := d.passages(t); len(p) != 1 || p[0].Outcome != "done" {
		t.Errorf("recorded %+v", p)
	}
}

func TestAnswerThatIsRefused(t *testing.T) {
	d := newDesk(t, "")
	d.refuse(&smtp.SMTPError{Code: 550, Message: "no"})
	d.run(t)
	d.Deliver(account, "INBOX", reportBy("Hanako Sato <sato@kaede-ex.jp>", "r1", attack))
	until(t, 20*time.Second, "put aside", func() bool { failed, _ := d.Count(account, "Sekisho.Failed", inbox.Keyword); return failed == 1 })
	if p := d.passages(t); len(p) != 1 || !strings.Contains(p[0].Outcome, "could not be told") {
		t.Errorf("recorded %+v", p)
	}
}

func TestServerThatCannotMove(t *testing.T) {
	d := newDesk(t, "imap_capability = IMAP4rev1 LITERAL+ SASL-IR LOGIN-REFERRALS ID ENABLE IDLE AUTH=PLAIN\n")
	d.run(t)
	d.Deliver(account, "INBOX", reportBy("Hanako Sato <sato@kaede-ex.jp>", "r1", attack))
	until(t, 20*time.Second, "marked", func() bool { all, marked := d.Count(account, "INBOX", inbox.Keyword); return all == 1 && marked == 1 })
	if len(d.got()) != 1 {
		t.Errorf("%d answers", len(d.got()))
	}
}

func TestServerWithoutIdle(t *testing.T) {
	d := newDesk(t, "imap_capability = IMAP4rev1 LITERAL+ SASL-IR MOVE UIDPLUS AUTH=PLAIN\n")
	d.door.Config.Poll = 200 * time.Millisecond
	d.run(t)
	until(t, 10*time.Second, "connected", func() bool { return !d.door.Status().Connected.IsZero() })
	d.Deliver(account, "INBOX", reportBy("Hanako Sato <sato@kaede-ex.jp>", "r1", attack))
	until(t, 20*time.Second, "an answer", func() bool { return len(d.got()) == 1 })
}

func TestLargeMailAndManyMails(t *testing.T) {
	d := newDesk(t, "")
	many := 500
	if raceDetector {
		many = 40
	}
	large := report("mixed", text("大きいです。"), attachedMail("Message-ID: <large@evil.example>\r\nFrom: a@evil.example\r\nSubject: large\r\nMIME-Version: 1.0\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n"+
		strings.Repeat(strings.Repeat("QUJD", 19)+"\r\n", 800*many)))
	mails := []string{large}
	for i := range many {
		mails = append(mails, reportBy("Hanako Sato <sato@kaede-ex.jp>", fmt.Sprint("m", i), attack))
	}
	d.Deliver(account, "INBOX", mails...)
	began := time.Now()
	d.run(t)
	until(t, 5*time.Minute, "all answered", func() bool { return len(d.got()) == many+1 })
	t.Logf("%d mails, one of %d MB, in %v", len(mails), len(large)>>20, time.Since(began).Round(time.Millisecond))
	until(t, 10*time.Second, "all moved", func() bool { left, _ := d.Count(account, "INBOX", inbox.Keyword); return left == 0 })
}

func TestOneReporterIsNotFlooded(t *testing.T) {
	d := newDesk(t, "")
	d.door.Config.PerHour = 3
	for i := range 8 {
		d.Deliver(account, "INBOX", reportBy("Hanako Sato <sato@kaede-ex.jp>", fmt.Sprint("m", i), attack))
	}
	d.run(t)
	until(t, 30*time.Second, "all judged", func() bool { left, _ := d.Count(account, "INBOX", inbox.Keyword); return left == 0 })
	got := d.got()
	if len(got) != 4 || !strings.Contains(got[3], "多数のご報告") {
		t.Errorf("%d answers: %q", len(got), got)
	}
	if n := len(d.passages(t)); n != 8 {
		t.Errorf("%d passages", n)
	}
}

func TestPasswordIsRefused(t *testing.T) {
	d := newDesk(t, "")
	d.door.Config.Server.Password = func() (string, error) { return "wrong", nil }
	d.run(t)
	until(t, 10*time.Second, "an error", func() bool { return strings.Contains(d.door.Status().Error, "sign in to") })
	if strings.Contains(d.door.Status().Error, "wrong") {
		t.Errorf("the error holds the password: %s", d.door.Status().Error)
	}
}

func TestPlaintextStaysOnThisMachine(t *testing.T) {
	door := &inbox.Door{Config: inbox.Config{Server: inbox.Server{Address: "192.0.2.1:143", User: account, Password: password, Plain: true}}}
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	door.Run(ctx)
	if s := door.Status(); !strings.Contains(s.Error, "only this machine") {
		t.Errorf("status %+v", s)
	}
}

func TestOneMailHoldsNothingUp(t *testing.T) {
	d := newDesk(t, "")
	d.door.Checkpoint = newCheckpoint(t, func(ctx context.Context, p *sekisho.Passage) error {
		if p.Verdict.Root.Form.(*sekisho.Mail).MessageID == "attack-bad@kaede-support.example" {
			return record.ErrInvalid
		}
		return d.store.Record(ctx, p)
	})
	d.Deliver(account, "INBOX", reportBy("Hanako Sato <sato@kaede-ex.jp>", "r1", strings.Replace(attack, "attack-1", "attack-bad", 1)), reportBy("Hanako Sato <sato@kaede-ex.jp>", "r2", attack))
	d.run(t)
	until(t, 20*time.Second, "the other is answered", func() bool { return len(d.got()) == 1 })
	until(t, 20*time.Second, "the one is left", func() bool {
		left, _ := d.Count(account, "INBOX", inbox.Keyword)
		return left == 1 && strings.Contains(d.door.Status().Error, "not recorded")
	})
}

func TestPhraseIsNotRepeated(t *testing.T) {
	entropy := sha256.Sum256([]byte("a phrase of no wallet"))
	phrase, err := bip39.NewMnemonic(entropy[:16])
	if err != nil {
		t.Fatal(err)
	}
	d := newDesk(t, "")
	mail := strings.ReplaceAll(attack, "Urgent: confirm your wallet", "my recovery phrase: "+phrase)
	d.Deliver(account, "INBOX", strings.Replace(reportBy("Hanako Sato <sato@kaede-ex.jp>", "r1", mail), "Fwd: Urgent: confirm your wallet", "Fwd: my recovery phrase: "+phrase, 1))
	d.run(t)
	until(t, 20*time.Second, "an answer", func() bool { return len(d.got()) == 1 })
	if strings.Contains(d.got()[0], strings.Fields(phrase)[3]+" "+strings.Fields(phrase)[4]) {
		t.Errorf("the answer repeats the phrase:\n%s", d.got()[0])
	}
}
