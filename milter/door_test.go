package milter

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/checkpoint"
	"github.com/sekisho/sekisho/detector/auth"
	"github.com/sekisho/sekisho/intel"
	"github.com/sekisho/sekisho/judge"
	"github.com/sekisho/sekisho/opener"
	"github.com/sekisho/sekisho/record"
)

var testKey = bytes.Repeat([]byte("k"), 32)

// A testDoor is a door with everything behind it, whose rules ask for what the subject says: NOTE, WARN, HOLD, REJECT.
type testDoor struct {
	*Door
	*faults
	log *lockedLog
}

// faults are what goes wrong behind a door.
type faults struct {
	failing atomic.Bool  // the record cannot be written
	slow    atomic.Int64 // nanoseconds that recording waits
}

// again returns a new door of another policy, with the same behind it and no faults.
func (d *testDoor) again(policy Policy) *testDoor {
	d.failing.Store(false)
	d.slow.Store(0)
	log := &lockedLog{}
	return &testDoor{&Door{Checkpoint: d.Checkpoint, Record: d.Record, Policy: policy, Name: d.Name, Key: d.Key, Spool: d.Spool,
		Log: slog.New(slog.NewTextHandler(log, nil))}, d.faults, log}
}

func newDoor(t testing.TB, policy Policy) *testDoor {
	t.Helper()
	var ruleSet []sekisho.Rule
	for _, ask := range []string{"note", "warn", "hold", "reject"} {
		action, _ := sekisho.ParseAction(ask)
		ruleSet = append(ruleSet, sekisho.Rule{ID: "subject-says-" + ask, Status: sekisho.StatusStable, On: sekisho.KindMail, Ask: action,
			Title: sekisho.Text{En: "The subject says " + ask, Ja: "件名が" + ask + "です"}, When: `it.subject.contains("` + strings.ToUpper(ask) + `")`,
			Say: sekisho.Text{En: `"e"`, Ja: `"j"`}})
	}
	detectors := []*sekisho.Detector{auth.Detector}
	compiled, err := judge.Compile(ruleSet, nil, detectors)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	org := &sekisho.Org{Domains: []string{"kaede-ex.jp"}}
	known := intel.Builtin()
	known.Now = time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)
	store, err := record.Open(t.Context(), record.Config{URL: filepath.Join(folder, "record.db"), Keys: filepath.Join(folder, "keys"), Process: "test", Org: org, Intel: known})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	d := &testDoor{faults: &faults{}}
	cp, err := checkpoint.New(checkpoint.Config{Openers: opener.All, Detectors: detectors, Judge: compiled, Org: org, Intel: known,
		Record: func(ctx context.Context, p *sekisho.Passage) error {
			if d.failing.Load() {
				return errors.New("no space left on device")
			}
			select {
			case <-time.After(time.Duration(d.slow.Load())):
			case <-ctx.Done():
				return ctx.Err()
			}
			return store.Record(ctx, p)
		}})
	if err != nil {
		t.Fatal(err)
	}
	d.Door = &Door{Checkpoint: cp, Record: store, Name: "mx.kaede-ex.jp", Key: testKey, Spool: folder}
	return d.again(policy)
}

// serve opens the door and returns its address and what closes it, which the test's end does, too.
func (d *testDoor) serve(t testing.TB, network string) (net.Addr, func()) {
	t.Helper()
	address := "127.0.0.1:0"
	if network == "unix" {
		folder, err := os.MkdirTemp("", "milter") // Postfix must get to it, and a socket's path is short
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.RemoveAll(folder) })
		if err := os.Chmod(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		address = filepath.Join(folder, "s")
	}
	return d.serveAt(t, network, address)
}

func (d *testDoor) serveAt(t testing.TB, network, address string) (net.Addr, func()) {
	t.Helper()
	l, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	if network == "unix" {
		if err := os.Chmod(address, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	var serving sync.WaitGroup
	serving.Go(func() {
		if err := d.Serve(ctx, l); err != nil {
			t.Error(err)
		}
	})
	stop := sync.OnceFunc(func() {
		cancel()
		serving.Wait()
	})
	t.Cleanup(stop)
	return l.Addr(), stop
}

// newest returns the passage recorded last.
func (d *testDoor) newest(t testing.TB) record.Detail {
	t.Helper()
	page, err := d.Record.Passages(t.Context(), record.Query{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	if len(page.Items) == 0 {
		t.Fatal("nothing is recorded")
	}
	detail, err := d.Record.Passage(t.Context(), page.Items[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	return detail
}

// await waits until the condition holds.
func await(t testing.TB, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if condition() {
			return
		}
	}
	t.Fatalf("not within 20 seconds: %s", what)
}

// A lockedLog takes what the door logs.
type lockedLog struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lockedLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *lockedLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

var _ io.Writer = (*lockedLog)(nil)
