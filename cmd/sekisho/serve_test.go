package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-message/textproto"
	"github.com/emersion/go-milter"
	"github.com/sekisho/sekisho/config"
	"github.com/sekisho/sekisho/record"
)

// A running is a `sekisho serve` in this process.
type running struct {
	web, metrics, milter string // addresses
	config               string
	out                  *lockedText
	stop                 func() int
}

type lockedText struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lockedText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lockedText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// serveHere runs `sekisho serve` over the data folder with the lines added to its configuration.
func serveHere(t *testing.T, data, lines string) *running {
	t.Helper()
	r := &running{web: freeAddress(t), metrics: freeAddress(t), milter: freeAddress(t), out: &lockedText{}}
	r.config = filepath.Join(t.TempDir(), "sekisho.yaml")
	text := fmt.Sprintf("data: %s\ndns: \"off\"\nhttp: {listen: '%s', url: 'http://localhost:1', metrics: '%s'}\n%s\n", data, r.web, r.metrics,
		strings.ReplaceAll(lines, "MILTER", r.milter))
	if err := os.WriteFile(r.config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"serve", "--org", "../../examples/organisation.yaml", "--config", r.config}, terminal{strings.NewReader(""), r.out, r.out})
	}()
	r.stop = sync.OnceValue(func() int {
		cancel()
		select {
		case code := <-ended:
			return code
		case <-time.After(30 * time.Second):
			t.Error("serve does not end")
			return -1
		}
	})
	t.Cleanup(func() {
		r.stop()
		if t.Failed() {
			t.Log(r.out.String())
		}
	})
	r.await(t, "http://"+r.metrics+"/readyz", "ok")
	return r
}

// await asks until the answer holds the text.
func (r *running) await(t *testing.T, url, text string) string {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		answer, err := http.Get(url)
		if err == nil {
			body, err := io.ReadAll(answer.Body)
			answer.Body.Close()
			if err == nil && strings.Contains(string(body), text) {
				return string(body)
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s does not say %q (%v)\n%s", url, text, err, r.out)
		}
	}
}

// phishing is a mail that the built-in rules hold.
const phishing = "Please verify your recovery phrase within 24 hours or you will lose your assets: http://metamask.io.wallet-check.example/verify\r\n"

// send hands a mail to the milter as a mail server does, and returns what it is told to do.
func (r *running) send(t *testing.T, subject, body string) *milter.Action {
	t.Helper()
	session, err := milter.NewDefaultClient("tcp", r.milter).Session()
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	step := func(action *milter.Action, err error) *milter.Action {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return action
	}
	step(session.Conn("mail.wallet-check.example", milter.FamilyInet, 25, "192.0.2.1"))
	step(session.Helo("mail.wallet-check.example"))
	step(session.Mail("support@wallet-check.example", nil))
	step(session.Rcpt("aoi.mori@kaede-ex.jp", nil))
	var h textproto.Header
	for _, field := range [][2]string{{"To", "aoi.mori@kaede-ex.jp"}, {"Subject", subject}, {"From", "MetaMask Support <support@wallet-check.example>"}} {
		h.Add(field[0], field[1])
	}
	step(session.Header(h))
	modify, action, err := session.BodyReadFrom(strings.NewReader(body))
	_ = modify
	return step(action, err)
}

func TestServeInForceAndAgain(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	r := serveHere(t, data, "milter: {listen: 'MILTER', mode: enforce}")
	link := regexp.MustCompile(`http://localhost:1/join/([A-Za-z0-9_-]+)`).FindStringSubmatch(r.out.String())
	if link == nil {
		t.Fatalf("no link for the first administrator:\n%s", r.out)
	}
	r.await(t, "http://"+r.web+"/join/"+link[1], "<form")
	r.await(t, "http://"+r.web+"/healthz", "")
	if !strings.Contains(r.out.String(), "smtpd_milters = { inet:"+r.milter+",") {
		t.Errorf("nothing of how Postfix is connected:\n%s", r.out)
	}
	if action := r.send(t, "Your wallet is suspended", phishing); action.Code != milter.ActDiscard {
		t.Errorf("the milter answers %q, want discard: the mail is held", action.Code)
	}
	if action := r.send(t, "Lunch", "Shall we meet at noon?\r\n"); action.Code != milter.ActContinue {
		t.Errorf("the milter answers %q, want continue", action.Code)
	}
	r.await(t, "http://"+r.metrics+"/metrics", `sekisho_passages_total{action="hold",do="hold",door="milter"} 1`)
	if code := r.stop(); code != exitClean {
		t.Fatalf("serve ended with %d", code)
	}
	var out lockedText
	if code := run(t.Context(), []string{"record", "verify", "--config", r.config}, terminal{strings.NewReader(""), &out, &out}); code != exitClean {
		t.Errorf("record verify ended with %d:\n%s", code, &out)
	}
	again := serveHere(t, data, "milter: {listen: 'MILTER'}")
	if entries := startedEntries(t, r.config); entries != 2 {
		t.Errorf("%d starts are recorded, want 2", entries)
	}
	again.await(t, "http://"+again.metrics+"/metrics", "sekisho_passages_held 1")
	if action := again.send(t, "Your wallet is suspended", phishing); action.Code != milter.ActContinue {
		t.Errorf("in shadow mode the milter answers %q, want continue", action.Code)
	}
}

func TestServeSaysWhatIsWrong(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for name, test := range map[string]struct{ lines, want string }{
		"an unknown key":   {"miltr: {}", `the file has no key "miltr"`},
		"a port in use":    {"milter: {listen: '" + taken.Addr().String() + "'}", "is another process listening there?"},
		"a missing folder": {"watch: [{folder: nowhere}]", "is no folder"},
		"a missing secret": {"inbox: {server: 'imap.example:993', user: u, password_file: nowhere}", "inbox: open "},
		"no such rules":    {"rules: nowhere", "nowhere"},
		"no YARA rules":    {"yara: nowhere", "YARA engine"},
	} {
		t.Run(name, func(t *testing.T) {
			config := filepath.Join(t.TempDir(), "sekisho.yaml")
			text := "data: " + t.TempDir() + "\ndns: \"off\"\nhttp: {listen: '127.0.0.1:0', metrics: ''}\n" + test.lines + "\n"
			if !strings.Contains(test.lines, "milter:") {
				text += "milter: {listen: ''}\n"
			}
			if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			var out lockedText
			if code := run(ctx, []string{"serve", "--config", config}, terminal{strings.NewReader(""), &out, &out}); code != exitError || !strings.Contains(out.String(), test.want) {
				t.Errorf("ended with %d and\n%s\nwant %q", code, &out, test.want)
			}
		})
	}
}

// TestProcessesMakeOneKey: those that start at once over one folder have the same.
func TestProcessesMakeOneKey(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "keys")
	var all sync.WaitGroup
	keys := make([][]byte, 8)
	for i := range keys {
		all.Go(func() {
			key, err := ownKey(folder, "people.key")
			if err != nil {
				t.Error(err)
			}
			keys[i] = key
		})
	}
	all.Wait()
	for _, key := range keys {
		if len(key) != 32 || !bytes.Equal(key, keys[0]) {
			t.Errorf("the keys differ: %x", keys)
			break
		}
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) != 1 {
		t.Errorf("in the folder: %v, %v", left, err)
	}
}

// TestAReleaseWithoutAServerSaysSo, instead of waiting in silence.
func TestAReleaseWithoutAServerSaysSo(t *testing.T) {
	s := &serving{config: &config.Config{}}
	work, err := s.releases()
	if err != nil || len(work) != 1 || work[0].Name != workRelease {
		t.Fatalf("work %+v, %v", work, err)
	}
	if err := work[0].Run(t.Context(), &record.Job{}); !errors.Is(err, errNoServer) {
		t.Errorf("it ends with %v", err)
	}
}

// startedEntries counts the entries of starts.
func startedEntries(t *testing.T, configFile string) (n int) {
	t.Helper()
	store, err := recordFlags{Config: configFile}.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	entries, err := store.Entries(t.Context(), 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Kind == "started" {
			n++
		}
	}
	return n
}
