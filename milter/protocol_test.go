package milter

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	gomilter "github.com/emersion/go-milter"

	"github.com/sekisho/sekisho"
)

// Everything an MTA of today offers.
const (
	allActions  = gomilter.OptAction(0x1FF)
	allProtocol = gomilter.OptProtocol(0x1FFFFF)
)

// A letter is a mail as an MTA tells it.
type letter struct {
	from    string
	to      []string
	headers [][2]string
	body    string
}

func about(subject string) letter {
	return letter{from: "a@custody.example", to: []string{"aoi.mori@kaede-ex.jp"}, body: "hello\r\n",
		headers: [][2]string{{"From", " a@custody.example"}, {"To", " aoi.mori@kaede-ex.jp"}, {"Subject", " " + subject}}}
}

func dial(t testing.TB, address net.Addr, actions gomilter.OptAction, protocol gomilter.OptProtocol) *gomilter.ClientSession {
	t.Helper()
	client := gomilter.NewClientWithOptions(address.Network(), address.String(), gomilter.ClientOptions{
		ReadTimeout: 20 * time.Second, WriteTimeout: 20 * time.Second, ActionMask: actions, ProtocolMask: protocol})
	session, err := client.Session()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = session.Close() })
	if _, err := session.Conn("mail.custody.example", gomilter.FamilyInet, 25, "192.0.2.1"); err != nil {
		t.Fatal(err)
	}
	if _, err := session.Helo("mail.custody.example"); err != nil {
		t.Fatal(err)
	}
	return session
}

// tell tells the mail up to its end.
func tell(t testing.TB, s *gomilter.ClientSession, l letter) {
	t.Helper()
	check := func(a *gomilter.Action, err error) {
		t.Helper()
		if err != nil || a.Code != gomilter.ActContinue {
			t.Fatalf("%+v, %v", a, err)
		}
	}
	check(s.Mail(l.from, nil))
	for _, to := range l.to {
		check(s.Rcpt(to, nil))
	}
	for _, h := range l.headers {
		check(s.HeaderField(h[0], h[1]))
	}
	check(s.HeaderEnd())
	for body := l.body; len(body) > 0; {
		n := min(len(body), chunk)
		check(s.BodyChunk([]byte(body[:n])))
		body = body[n:]
	}
}

// outcome returns what the door says of a mail, one line each.
func outcome(t testing.TB, s *gomilter.ClientSession) []string {
	t.Helper()
	changes, action, err := s.End()
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, c := range changes {
		lines = append(lines, strings.TrimRight(fmt.Sprintf("%c %d %s %s%s%s", c.Code, c.HeaderIndex, c.HeaderName, c.HeaderValue, c.Reason, c.Body), " "))
	}
	return append(lines, strings.TrimRight(fmt.Sprintf("%c %d %s", action.Code, action.SMTPCode, action.SMTPText), " 0"))
}

func TestActions(t *testing.T) {
	behind := newDoor(t, Policy{})
	for _, tt := range []struct {
		name    string
		policy  Policy
		subject string
		want    []string // beginnings of what is said, in order
		do      string
		would   string
	}{
		{"nothing found", Policy{}, "hello", []string{"c"}, sekisho.DoPass, ""},
		{"note", Policy{}, "NOTE", []string{"i 0 X-Sekisho-ID  ", "i 0 X-Sekisho-Reason  subject-says-note", "i 0 X-Sekisho-Verdict  note", "c"}, sekisho.DoMark, ""},
		{"warn", Policy{Tag: true, Banner: true}, "WARN", []string{"m 1 Subject  [CAUTION] WARN", "i 0 X-Sekisho-ID  ", "i 0 X-Sekisho-Reason  subject-says-warn",
			"i 0 X-Sekisho-Verdict  warn", "b 0  -----", "c"}, sekisho.DoMark, ""},
		{"hold", Policy{}, "HOLD", []string{"d"}, sekisho.DoHold, ""},
		{"reject", Policy{}, "REJECT", []string{"y 550 5.7.1 The mail is refused"}, sekisho.DoReject, ""},
		{"the strictest", Policy{}, "WARN REJECT NOTE", []string{"y 550"}, sekisho.DoReject, ""},
		{"hold by the MTA", Policy{Incoming: Table{Hold: Quarantine}}, "HOLD", []string{"q 0  Sekisho ", "c"}, sekisho.DoHold, ""},
		{"reject for now", Policy{Incoming: Table{Reject: Tempfail}}, "REJECT", []string{"y 451 4.7.1"}, sekisho.DoDefer, ""},
		{"shadow warn", Policy{Shadow: true, Tag: true, Banner: true}, "WARN", []string{"c"}, sekisho.DoPass, sekisho.DoMark},
		{"shadow reject", Policy{Shadow: true}, "REJECT", []string{"c"}, sekisho.DoPass, sekisho.DoReject},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := behind.again(tt.policy)
			address, _ := d.serve(t, "tcp")
			for _, spoken := range []gomilter.OptProtocol{allProtocol, 0} { // an MTA of today, and one that wants every answer
				s := dial(t, address, allActions, spoken)
				l := about(tt.subject)
				if spoken == 0 { // which takes the space before a value away and adds it by itself
					for i := range l.headers {
						l.headers[i][1] = strings.TrimPrefix(l.headers[i][1], " ")
					}
				}
				tell(t, s, l)
				got := outcome(t, s)
				if len(got) != len(tt.want) {
					t.Fatalf("said %q, want %q", got, tt.want)
				}
				for i, want := range tt.want {
					if spoken == 0 {
						want = strings.ReplaceAll(want, "  ", " ")
						got[i] = strings.ReplaceAll(got[i], "  ", " ")
					}
					if !strings.HasPrefix(got[i], want) {
						t.Errorf("said %q, want %q", got[i], want)
					}
				}
			}
			passage := d.newest(t)
			if passage.Do != tt.do || passage.Would != tt.would || passage.Kept != (tt.want[0] == "d") {
				t.Errorf("recorded %s, would %s, kept %t", passage.Do, passage.Would, passage.Kept)
			}
			await(t, "the outcome", func() bool { return d.newest(t).Outcome == "done" || tt.do == sekisho.DoPass })
		})
	}
}

// TestBytesAreRebuilt: what is inspected is the mail, byte for byte.
func TestBytesAreRebuilt(t *testing.T) {
	d := newDoor(t, Policy{})
	address, _ := d.serve(t, "unix")
	s := dial(t, address, allActions, allProtocol)
	large := strings.Repeat("0123456789abcdef\r\n", 60_000) // goes to a file
	l := letter{from: "", to: []string{"アオイ@kaede-ex.jp", "b@kaede-ex.jp"}, body: large, headers: [][2]string{
		{"Subject", " HOLD\n\t=?UTF-8?B?5pel?="}, {"X-None", ""}, {"X-Tight", "x"}, {"X-Spaces", "   y "}, {"件名", " 日本"}}}
	tell(t, s, l)
	if got := outcome(t, s); got[0] != "d" {
		t.Fatal(got)
	}
	passage := d.newest(t)
	original, err := d.Record.Original(t.Context(), passage.ID, "test")
	if err != nil {
		t.Fatal(err)
	}
	want := "Subject: HOLD\r\n\t=?UTF-8?B?5pel?=\r\nX-None:\r\nX-Tight:x\r\nX-Spaces:   y \r\n件名: 日本\r\n\r\n" + large
	if string(original) != want {
		t.Errorf("%d bytes, want %d: %.200q", len(original), len(want), original)
	}
	if !slices.Equal(passage.To, l.to) || passage.From != "192.0.2.1" {
		t.Errorf("to %q, from %q", passage.To, passage.From)
	}
}

// TestSeveralMailsAConnection: what one leaves, the next does not have.
func TestSeveralMailsAConnection(t *testing.T) {
	d := newDoor(t, Policy{})
	address, _ := d.serve(t, "tcp")
	s := dial(t, address, allActions, allProtocol)
	if err := s.Macros(gomilter.CodeMail, "i", "QUEUE1", "{auth_authen}", "aoi"); err != nil {
		t.Fatal(err)
	}
	tell(t, s, about("WARN"))
	if got := outcome(t, s); len(got) != 1 || d.newest(t).From != "192.0.2.1 (aoi)" {
		t.Errorf("a mail that goes out: %q, from %q", got, d.newest(t).From)
	}
	if _, err := s.Mail("cut@custody.example", nil); err != nil {
		t.Fatal(err)
	}
	if _, err := s.HeaderField("Subject", " REJECT"); err != nil {
		t.Fatal(err)
	}
	if err := s.Abort(); err != nil {
		t.Fatal(err)
	}
	tell(t, s, about("WARN"))
	if got := outcome(t, s); len(got) != 4 {
		t.Errorf("a mail from outside: %q", got)
	}
	if passage := d.newest(t); passage.From != "192.0.2.1" || len(passage.To) != 1 {
		t.Errorf("from %q to %q", passage.From, passage.To)
	}
	if n := d.Stats().Mails; n != 2 {
		t.Errorf("%d mails", n)
	}
}

func TestOwnNetworksGoOut(t *testing.T) {
	d := newDoor(t, Policy{})
	d.Networks = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
	address, _ := d.serve(t, "tcp")
	s := dial(t, address, allActions, allProtocol)
	tell(t, s, about("WARN"))
	if got := outcome(t, s); len(got) != 1 {
		t.Errorf("%q", got)
	}
}

// TestOwnHeadersAreRemoved: what outsiders write under the checkpoint's name is gone, the last first.
func TestOwnHeadersAreRemoved(t *testing.T) {
	d := newDoor(t, Policy{})
	address, _ := d.serve(t, "tcp")
	s := dial(t, address, allActions, allProtocol)
	l := about("hello")
	l.headers = append(l.headers, [2]string{"X-Sekisho-Verdict", " pass"}, [2]string{"x-sekisho-verdict", " pass"}, [2]string{"X-SEKISHO-Release", " x"})
	tell(t, s, l)
	want := []string{"m 1 x-sekisho-release", "m 2 x-sekisho-verdict", "m 1 x-sekisho-verdict", "c"}
	if got := outcome(t, s); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if d.Stats().Forged != 0 { // it does not stand on top
		t.Error("a header in the middle was looked at as a release")
	}
}

// TestTooMuchIsNeverAPass: what is not read is refused.
func TestTooMuchIsNeverAPass(t *testing.T) {
	behind := newDoor(t, Policy{})
	many := about("hello")
	many.to = slices.Repeat(many.to, recipientLimit+1)
	large := about("hello")
	large.body = strings.Repeat("x", 100_000)
	own := about("hello")
	own.headers = slices.Repeat([][2]string{{"X-Sekisho-A", " x"}}, ownLimit+1)
	for _, tt := range []struct {
		name   string
		letter letter
		policy Policy
		want   string
	}{
		{"body", large, Policy{}, "y 552 5.3.4"},
		{"body, for now", large, Policy{TooLarge: Tempfail}, "y 451 4.3.4"},
		{"body, in shadow", large, Policy{Shadow: true}, "c"},
		{"recipients", many, Policy{}, "y 552"},
		{"own headers", own, Policy{}, "y 552"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := behind.again(tt.policy)
			d.MaxBytes = 80_000
			address, _ := d.serve(t, "unix")
			s := dial(t, address, allActions, allProtocol)
			tell(t, s, tt.letter)
			if got := outcome(t, s); !strings.HasPrefix(got[0], tt.want) {
				t.Errorf("%q", got)
			}
			if d.Stats().Large != 1 {
				t.Error("not counted")
			}
		})
	}
}

// TestWhenSekishoFails: without a verdict on the record nothing is let through, unless the policy says so.
func TestWhenSekishoFails(t *testing.T) {
	behind := newDoor(t, Policy{})
	for _, tt := range []struct {
		name, reason, want string
		policy             Policy
		failing            func(*testDoor)
	}{
		{"the disk is full", "record", "y 451 4.7.1", Policy{}, func(d *testDoor) { d.failing.Store(true) }},
		{"the disk is full, accepted", "record", "c", Policy{OnFailure: Accept}, func(d *testDoor) { d.failing.Store(true) }},
		{"time is over", "time", "y 451 4.7.1", Policy{}, func(d *testDoor) { d.slow.Store(int64(time.Hour)); d.Timeout = 200 * time.Millisecond }},
		{"the door is busy", "busy", "y 451 4.7.1", Policy{}, func(d *testDoor) {
			d.Judged, d.Timeout = 1, 50*time.Millisecond
			d.start()
			d.turns <- struct{}{}
		}},
		{"nowhere to spool", "spool", "y 451 4.7.1", Policy{}, func(d *testDoor) { d.Spool = "/nowhere" }},
		{"a panic", "panic", "y 451 4.7.1", Policy{}, func(d *testDoor) { d.Checkpoint = nil }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := behind.again(tt.policy)
			tt.failing(d)
			address, _ := d.serve(t, "tcp")
			s := dial(t, address, allActions, allProtocol)
			l := about("HOLD")
			l.body = strings.Repeat("x", memoryLimit+1)
			tell(t, s, l)
			if got := outcome(t, s); len(got) != 1 || !strings.HasPrefix(got[0], tt.want) {
				t.Errorf("%q", got)
			}
			if stats := d.Stats(); stats.Failures[tt.reason] != 1 || stats.Unchecked != int64(strings.Count(tt.want, "c")) {
				t.Errorf("%+v", stats)
			}
			if !strings.Contains(d.log.String(), "reason="+tt.reason) || strings.Contains(d.log.String(), "HOLD") {
				t.Errorf("logged %s", d.log.String())
			}
		})
	}
}

// TestAnswerThatNobodyHears is on the record: the MTA was not told, and its client tries again.
func TestAnswerThatNobodyHears(t *testing.T) {
	d := newDoor(t, Policy{})
	d.slow.Store(int64(300 * time.Millisecond))
	address, _ := d.serve(t, "tcp")
	conn, err := net.Dial(address.Network(), address.String())
	if err != nil {
		t.Fatal(err)
	}
	offer := binary.BigEndian.AppendUint32(nil, 6)
	offer = binary.BigEndian.AppendUint32(offer, uint32(allActions))
	offer = binary.BigEndian.AppendUint32(offer, uint32(allProtocol))
	say := encoded("O"+string(offer), "M<a@custody.example>\x00", "R<aoi.mori@kaede-ex.jp>\x00", "LSubject\x00 HOLD\x00", "N", "E")
	if _, err := conn.Write(say); err != nil {
		t.Fatal(err)
	}
	if err := conn.(*net.TCPConn).SetLinger(0); err != nil { // a reset, at once
		t.Fatal(err)
	}
	time.Sleep(50 * time.Millisecond) // what was said arrives first
	_ = conn.Close()
	await(t, "the outcome", func() bool {
		return d.Stats().Dropped == 1 && strings.Contains(d.newest(t).Outcome, "connection ended")
	})
}

// TestClosingLetsMailsEnd: what is being judged is answered; who is idle is cut off at once.
func TestClosingLetsMailsEnd(t *testing.T) {
	d := newDoor(t, Policy{})
	d.slow.Store(int64(300 * time.Millisecond))
	address, stop := d.serve(t, "tcp")
	dial(t, address, allActions, allProtocol) // idle
	s := dial(t, address, allActions, allProtocol)
	tell(t, s, about("REJECT"))
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		await(t, "the mail", func() bool { return d.Stats().Mails == 1 })
		stop()
	}()
	if got := outcome(t, s); !strings.HasPrefix(got[0], "y 550") {
		t.Errorf("%q", got)
	}
	select {
	case <-stopped:
	case <-time.After(10 * time.Second):
		t.Error("it does not stop")
	}
}

// TestNonsenseEndsTheConnection, and nothing else.
func TestNonsenseEndsTheConnection(t *testing.T) {
	d := newDoor(t, Policy{})
	address, _ := d.serve(t, "tcp")
	offer := "O\x00\x00\x00\x06\x00\x00\x01\xff\x00\x1f\xff\xff"
	for name, say := range map[string][]byte{
		"no options": encoded("Hx\x00"), "options twice": encoded(offer, offer), "a short offer": encoded("O\x00"), "too old": encoded("O\x00\x00\x00\x01\x00\x00\x01\xff\x00\x1f\xff\xff"),
		"an MTA that can do nothing": encoded("O\x00\x00\x00\x06\x00\x00\x00\x00\x00\x1f\xff\xff"),
		"an unknown command":         encoded(offer, "Z"), "a header outside of a mail": encoded(offer, "LA\x00b\x00"), "an end of no mail": encoded(offer, "E"),
		"a header in the body": encoded(offer, "M<>\x00", "N", "LA\x00b\x00"), "a header with a NUL": encoded(offer, "M<>\x00", "LA\x00b\x00c\x00"),
		"a large packet": {0x7F, 0, 0, 0, 'B'},
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := net.Dial(address.Network(), address.String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
				t.Fatal(err)
			}
			if _, err := conn.Write(say); err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, conn); err != nil && os.IsTimeout(err) {
				t.Error("the connection stays open")
			}
		})
	}
	s := dial(t, address, allActions, allProtocol)
	tell(t, s, about("hello"))
	if got := outcome(t, s); got[0] != "c" {
		t.Errorf("%q", got)
	}
}

func TestConnectionsAreBounded(t *testing.T) {
	d := newDoor(t, Policy{})
	d.Connections = 1
	address, _ := d.serve(t, "tcp")
	s := dial(t, address, allActions, allProtocol)
	more, err := net.Dial(address.Network(), address.String())
	if err != nil {
		t.Fatal(err)
	}
	defer more.Close()
	if err := more.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := more.Read(make([]byte, 1)); err == nil || os.IsTimeout(err) {
		t.Errorf("a second connection: %v", err)
	}
	tell(t, s, about("hello"))
	if got := outcome(t, s); got[0] != "c" || d.Stats().Turned != 1 {
		t.Errorf("%q, %+v", got, d.Stats())
	}
}

// TestServeRefusesABadPolicy before it takes a mail.
func TestServeRefusesABadPolicy(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range []*Door{{Policy: Policy{OnFailure: "pass"}}, {Name: "mx\nSubject: x"}} {
		if err := d.Serve(context.Background(), l); err == nil {
			t.Error("it serves")
		}
	}
}

// FuzzSessionAnswersOrEnds: whatever an MTA says, the session neither panics nor hangs, and sees no mail where there was none.
func FuzzSessionAnswersOrEnds(f *testing.F) {
	offer := "O\x00\x00\x00\x06\x00\x00\x01\xff\x00\x1f\xff\xff"
	f.Add(encoded(offer, "Cmail\x004\x00\x19192.0.2.1\x00", "Hmail\x00", "DM{auth_authen}\x00aoi\x00", "M<a@b.example>\x00", "R<c@kaede-ex.jp>\x00", "T", "LSubject\x00 WARN\x00", "N", "Bx\r\n", "E", "A", "Q"))
	f.Add(encoded("O\x00\x00\x00\x02\x00\x00\x00\x3f\x00\x00\x00\x7f", "M<>\x00", "LX-Sekisho-Release\x00p 1 00\x00", "E", "K", "U"))
	door := newDoor(f, Policy{Tag: true, Banner: true})
	door.start()
	f.Fuzz(func(t *testing.T, said []byte) {
		ours, theirs := net.Pipe()
		mails := door.Stats().Mails
		go func() {
			_, _ = theirs.Write(said) // it may not be read to its end
			_ = theirs.Close()
		}()
		go func() { _, _ = io.Copy(io.Discard, theirs) }()
		door.counters.open.Add(1)
		door.Door.serve(t.Context(), ours)
		stats := door.Stats()
		if stats.Panics > 0 || stats.Failures["panic"] > 0 {
			t.Fatal(door.log.String())
		}
		if stats.Mails-mails > int64(len(said)/5) {
			t.Fatalf("%d mails out of %d bytes", stats.Mails-mails, len(said))
		}
	})
}
