package release

import (
	"bytes"
	"context"
	"io"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/record"
)

var key = bytes.Repeat([]byte("k"), 32)

func TestSign(t *testing.T) {
	now := time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)
	original := []byte("Subject: x\r\n\r\nbody\r\n")
	value := Sign(key, "p1", original, now)
	for _, tt := range []struct {
		name, value string
		key         []byte
		original    string
		now         time.Time
		want        bool
	}{
		{"as signed", value, key, string(original), now, true},
		{"with the line ends of a file", value, key, "Subject: x\n\nbody\n", now, true},
		{"without the last line end", value, key, "Subject: x\r\n\r\nbody", now, true},
		{"a day later", value, key, string(original), now.Add(24*time.Hour + time.Second), false},
		{"other bytes", value, key, string(original) + ".", now, false},
		{"a line split", value, key, "Subject: x\r\n\r\nbo\r\ndy\r\n", now, false},
		{"another key", value, bytes.Repeat([]byte("x"), 32), string(original), now, false},
		{"no key", value, nil, string(original), now, false},
		{"another passage", strings.Replace(value, "p1", "p2", 1), key, string(original), now, false},
		{"longer believed", strings.Replace(value, " 17", " 18", 1), key, string(original), now, false},
		{"not hexadecimal", "p1 1795305600 x", key, string(original), now, false},
		{"empty", "", key, string(original), now, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			passage, ok := Verify(tt.key, tt.value, []byte(tt.original), tt.now)
			if ok != tt.want || ok != (passage == "p1") {
				t.Errorf("%q, %t", passage, ok)
			}
		})
	}
}

func TestNew(t *testing.T) {
	for _, bad := range []Config{{Address: "127.0.0.1:25", Key: []byte("short")}, {Address: "127.0.0.1", Key: key}} {
		if _, err := New(bad); err == nil {
			t.Errorf("%+v is taken", bad)
		}
	}
}

// A server is a mail server that answers recipients by their names.
type server struct {
	mu       sync.Mutex
	attempts int
	from     string
	to       []string
	data     []byte
	mails    int
}

// session is one mail of a server's.
type session struct {
	*server
	from string
	to   []string
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.attempts++
	s.from, s.to = from, nil
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch local, _, _ := strings.Cut(to, "@"); {
	case local == "gone":
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user"}
	case local == "full" && s.attempts == 1:
		return &smtp.SMTPError{Code: 452, EnhancedCode: smtp.EnhancedCode{4, 2, 2}, Message: "mailbox full"}
	}
	s.to = append(s.to, to)
	return nil
}

func (s *session) Data(r io.Reader) error {
	data, err := io.ReadAll(r)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.server.from, s.server.to, s.data = s.from, s.to, data
	s.mails++
	return err
}

func (s *session) Reset()        {}
func (s *session) Logout() error { return nil }

func listen(t *testing.T, address string) (*server, string) {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	s := &server{}
	behind := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &session{server: s}, nil }))
	behind.Domain, behind.EnableSMTPUTF8 = "sink.example", true
	go func() { _ = behind.Serve(l) }() // ends when it is closed
	t.Cleanup(func() { _ = behind.Close() })
	return s, l.Addr().String()
}

const original = "From: a@custody.example\r\nSubject: x\r\n\r\n.dot\r\n\xff\r\n"

// hold records a held mail and returns its passage.
func hold(t *testing.T, e Envelope) (*record.Store, string) {
	t.Helper()
	folder := t.TempDir()
	store, err := record.Open(t.Context(), record.Config{URL: filepath.Join(folder, "record.db"), Keys: filepath.Join(folder, "keys"), Process: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	root := &sekisho.Artifact{ID: "0", Kind: sekisho.KindMail, Blob: strings.NewReader(original), Size: int64(len(original)), Form: &sekisho.Mail{Subject: "x"}}
	passage := &sekisho.Passage{Time: time.Now(), Arrival: sekisho.Arrival{Door: "milter", Artifact: root},
		Verdict: sekisho.Verdict{Root: root, Action: sekisho.ActionHold}, Act: sekisho.Act{Do: sekisho.DoHold, Keep: true}}
	if err := store.Record(t.Context(), passage); err != nil {
		t.Fatal(err)
	}
	if err := Keep(t.Context(), store, passage.ID, e); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Decide(t.Context(), record.Decision{By: "Shin Konno", Do: record.DecideRelease, Reason: "wanted", Passage: passage.ID}); err != nil {
		t.Fatal(err)
	}
	return store, passage.ID
}

func TestRelease(t *testing.T) {
	for _, tt := range []struct {
		name     string
		envelope Envelope
		delivers []string // nil for nobody
		fails    bool     // the first time
	}{
		{"everybody", Envelope{From: "a@custody.example", To: []string{"aoi@kaede-ex.jp", "葵@kaede-ex.jp"}}, []string{"aoi@kaede-ex.jp", "葵@kaede-ex.jp"}, false},
		{"the null sender", Envelope{To: []string{"aoi@kaede-ex.jp"}}, []string{"aoi@kaede-ex.jp"}, false},
		{"one is gone", Envelope{From: "a@custody.example", To: []string{"gone@kaede-ex.jp", "aoi@kaede-ex.jp"}}, []string{"aoi@kaede-ex.jp"}, false},
		{"all are gone", Envelope{From: "a@custody.example", To: []string{"gone@kaede-ex.jp"}}, nil, true},
		{"one is refused for now", Envelope{From: "a@custody.example", To: []string{"aoi@kaede-ex.jp", "full@kaede-ex.jp"}}, []string{"aoi@kaede-ex.jp", "full@kaede-ex.jp"}, true},
		{"nobody is named", Envelope{From: "a@custody.example"}, nil, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			behind, address := listen(t, "127.0.0.1:0")
			store, passage := hold(t, tt.envelope)
			c := Config{Record: store, Address: address, Key: key}
			err := attempt(t, c, passage)
			if (err != nil) != tt.fails {
				t.Fatalf("the first attempt: %v", err)
			}
			if tt.fails && tt.delivers != nil {
				if behind.mails != 0 {
					t.Fatal("somebody got a mail that is tried again")
				}
				err = attempt(t, c, passage)
			}
			if tt.delivers == nil {
				if behind.mails != 0 || err == nil {
					t.Errorf("%d mails, %v", behind.mails, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if err := attempt(t, c, passage); err != nil || behind.mails != 1 { // it is over
				t.Errorf("once more: %d mails, %v", behind.mails, err)
			}
			header, rest, _ := strings.Cut(string(behind.data), "\r\n")
			signed, ok := Verify(key, strings.TrimPrefix(header, HeaderName+": "), []byte(rest), time.Now())
			if rest != original || !ok || signed != passage {
				t.Errorf("%s\n%q", header, rest)
			}
			if behind.from != tt.envelope.From || !slices.Equal(behind.to, tt.delivers) {
				t.Errorf("from %q to %q", behind.from, behind.to)
			}
		})
	}
}

// attempt carries the release out as the job does.
func attempt(t *testing.T, c Config, passage string) error {
	t.Helper()
	return c.release(t.Context(), passage, func(string) {})
}

// TestOtherMachinesTakeTLS: a mail never leaves this machine in plain text.
func TestOtherMachinesTakeTLS(t *testing.T) {
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range addresses {
		network, ok := a.(*net.IPNet)
		if !ok || network.IP.IsLoopback() || network.IP.To4() == nil {
			continue
		}
		behind, address := listen(t, net.JoinHostPort(network.IP.String(), "0"))
		store, passage := hold(t, Envelope{From: "a@custody.example", To: []string{"aoi@kaede-ex.jp"}})
		work, err := New(Config{Record: store, Address: address, Key: key})
		if err != nil || work.Name != "release" {
			t.Fatal(work.Name, err)
		}
		if err := attempt(t, Config{Record: store, Address: address, Key: key}, passage); err == nil || behind.attempts != 0 || !strings.Contains(err.Error(), "STARTTLS") {
			t.Errorf("%d attempts, %v", behind.attempts, err)
		}
		return
	}
	t.Skip("this machine has no address but its own")
}

// TestNobodyListens is an error that can be tried again.
func TestNobodyListens(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	_ = l.Close()
	store, passage := hold(t, Envelope{From: "a@custody.example", To: []string{"aoi@kaede-ex.jp"}})
	for range 2 {
		if err := attempt(t, Config{Record: store, Address: address, Key: key}, passage); err == nil {
			t.Error("it was delivered to nobody")
		}
	}
	if _, _, err := store.BeginRelease(context.WithoutCancel(t.Context()), passage); err != nil {
		t.Errorf("it cannot be tried again: %v", err)
	}
}
