// Package milter is the door for mail servers: Postfix and Sendmail ask it about each mail before they accept it, by the
// milter protocol (versions 2 to 6).
//
// A mail is judged whole, with its envelope and the client's address, at its end. The passage is recorded first; then the
// MTA is told to let it through, to mark it, to refuse it, or to leave it to Sekisho, which keeps it until a person decides.
// In shadow mode everything is judged and recorded, and nothing is changed.
//
// A mail is never let through because it was too much: what is larger than [Door.MaxBytes], or has more recipients or
// headers than are read, is refused with a reason. When a mail cannot be judged or recorded (the disk is full, time is over,
// the door is busy) the MTA is told to try later, unless the policy accepts it. When there is no Sekisho to ask, the MTA does
// what its milter_default_action says.
package milter

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/checkpoint"
	"github.com/sekisho/sekisho/record"
)

// A Door serves mail servers. Its fields must not change once it serves.
type Door struct {
	Checkpoint *checkpoint.Checkpoint
	Record     *record.Store
	Policy     Policy
	Name       string         // the server's name in X-Sekisho headers: mx.kaede-ex.jp
	Lang       sekisho.Lang   // of the tag, and of what stands first in the banner; English when empty
	Networks   []netip.Prefix // the organisation's own: what comes from them goes out
	Key        []byte         // under which package release signs; empty believes no release

	MaxBytes    int64         // of a mail, header and body, default 64 MiB
	Spool       string        // the folder for large mails while they are judged, default the system's for temporary files
	Connections int           // at once, default 1,000; further ones are closed
	Judged      int           // mails judged and recorded at once, default 16 a processor, an eighth of them large; further ones wait
	Timeout     time.Duration // for waiting, judging and recording, default 60 s; below milter_content_timeout

	Log *slog.Logger // default slog.Default; no content of mails

	counters counters
	outcomes outcomes
	once     sync.Once
	turns    chan struct{} // one for each mail being judged
	large    chan struct{} // one for each of those that is too large for memory while it comes in
}

// Serve answers mail servers until ctx is done. Then mails that are being judged are judged and answered; those still coming
// in are cut off, for which their clients are told to try again. The listener is closed. Several listeners may be served at once.
func (d *Door) Serve(ctx context.Context, l net.Listener) error {
	if err := d.valid(); err != nil {
		return errors.Join(err, l.Close())
	}
	d.start()
	stop := context.AfterFunc(ctx, func() { _ = l.Close() }) // the error of Accept is what is seen
	defer stop()
	var sessions sync.WaitGroup
	defer d.writeOutcomes()
	defer sessions.Wait()
	for {
		conn, err := l.Accept()
		switch {
		case ctx.Err() != nil:
			if err == nil {
				_ = conn.Close()
			}
			return nil
		case errors.Is(err, net.ErrClosed):
			return fmt.Errorf("milter: %w", err)
		case err != nil: // no descriptors left, for one: those that end give theirs back
			d.log().Error("milter: accept", "error", err)
			select {
			case <-ctx.Done():
			case <-time.After(100 * time.Millisecond):
			}
			continue
		}
		if open := d.counters.open.Add(1); open > int64(cmp.Or(d.Connections, 1000)) {
			d.counters.open.Add(-1)
			d.counters.turned.Add(1)
			d.log().Error("milter: too many connections, one is closed", "open", open-1)
			_ = conn.Close()
			continue
		}
		sessions.Go(func() { d.serve(ctx, conn) })
	}
}

func (d *Door) valid() error {
	if strings.ContainsFunc(d.Name, func(r rune) bool { return r <= ' ' || r >= 0x7F }) {
		return fmt.Errorf("milter: the name %q cannot stand in a header", d.Name)
	}
	return d.Policy.Validate()
}

func (d *Door) start() {
	d.once.Do(func() {
		d.turns = make(chan struct{}, cmp.Or(max(d.Judged, 0), 16*runtime.GOMAXPROCS(0)))
		d.large = make(chan struct{}, max(1, cap(d.turns)/8))
	})
}

// turn waits until fewer mails are worked on than may be, each of which may be read into memory. It returns nil when ctx ended
// first, and otherwise what ends the turn.
func (d *Door) turn(ctx context.Context, m *message) (end func()) {
	taken := []chan struct{}{d.turns}
	if m.file != nil {
		taken = []chan struct{}{d.large, d.turns}
	}
	for i, turns := range taken {
		select {
		case turns <- struct{}{}:
		case <-ctx.Done():
			for _, had := range taken[:i] {
				<-had
			}
			return nil
		}
	}
	return func() {
		for _, turns := range taken {
			<-turns
		}
	}
}

func (d *Door) timeout() time.Duration { return cmp.Or(max(d.Timeout, 0), time.Minute) }

func (d *Door) log() *slog.Logger { return cmp.Or(d.Log, slog.Default()) }

func (d *Door) maxBytes() int64 { return cmp.Or(max(d.MaxBytes, 0), 64<<20) }

// serve serves one connection. A panic costs the connection, and with it the mail a temporary refusal.
func (d *Door) serve(ctx context.Context, conn net.Conn) {
	defer d.counters.open.Add(-1)
	defer conn.Close()
	s := &session{door: d, ctx: ctx, conn: conn}
	defer func() {
		if r := recover(); r != nil {
			d.counters.panics.Add(1)
			d.log().Error("milter: panic", "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
		}
	}()
	if err := s.run(); err != nil {
		d.counters.broken.Add(1)
		d.log().Warn("milter: connection ended", "error", err)
	}
}

// judge passes the mail through the checkpoint within the door's time. lent says that time was over and the checkpoint still
// reads the mail, which is closed when it is done.
func (d *Door) judge(ctx context.Context, m *message) (passage *sekisho.Passage, lent bool, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), d.timeout())
	end := d.turn(ctx, m)
	if end == nil {
		cancel()
		return nil, false, errBusy
	}
	type result struct {
		passage *sekisho.Passage
		err     error
	}
	done := make(chan result, 1)
	go func() {
		defer end()
		var r result
		defer func() {
			if p := recover(); p != nil {
				d.log().Error("milter: panic", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
				r = result{err: errPanic}
			}
			done <- r
		}()
		r.passage, r.err = d.Checkpoint.Pass(ctx, m.arrival(d))
	}()
	select {
	case r := <-done:
		cancel()
		if r.err != nil && ctx.Err() != nil && errors.Is(r.err, context.DeadlineExceeded) {
			r.err = fmt.Errorf("%w: %w", errTime, r.err)
		}
		return r.passage, false, r.err
	case <-ctx.Done():
	}
	go func() {
		defer cancel()
		defer m.close()
		if r := <-done; r.passage != nil {
			d.complete(r.passage.ID, "not done: time was over before it was judged")
		}
	}()
	return nil, true, errTime
}
