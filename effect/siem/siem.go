// Package siem hands the record's log on to a security information system: every verdict, every act and decision, every sign-in,
// as one JSON object of the Elastic Common Schema (ECS) 8.17, in a file of JSON lines or by syslog (RFC 5424).
//
// The log is followed from where the last run stopped. Each entry arrives at least once and in order; after a stop the last ones
// may come twice, with the same event.id. When the other side cannot be reached, Sekisho waits and goes on; nothing is skipped,
// since the record keeps it.
//
// No content of a mail leaves: no subject, no file name, no reason that quotes, unless Config.Content asks for it. Objects are
// plain ASCII and bounded: what is too long is cut, and sekisho.cut says so.
package siem

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"github.com/sekisho/sekisho/record"
)

// Config says where to. Both, one or none may be given.
type Config struct {
	File    string  `yaml:"file" doc:"the path of a file that one JSON object a line is appended to; it may be rotated by renaming; none when empty" example:"/var/log/sekisho/siem.jsonl"`
	Syslog  *Syslog `yaml:"syslog" doc:"a syslog server; none when not given"`
	Content bool    `yaml:"content" doc:"also send the subject, the names of files and the reasons, which quote what senders wrote"`
}

// Syslog is a server that takes RFC 5424.
type Syslog struct {
	Address  string `yaml:"address" doc:"host and port" example:"siem.kaede-ex.jp:6514"`
	Protocol string `yaml:"protocol" doc:"tls (RFC 5425), tcp (RFC 6587, octet counting) or udp (RFC 5426), which may lose messages; tls when empty" example:"tls"`
	CA       string `yaml:"ca" doc:"tls: a PEM file of the authorities that are believed; the system's when empty" example:"/etc/sekisho/siem-ca.pem"`
}

const (
	batch    = 200 // entries read at once
	pollIdle = time.Second
	backMin  = time.Second     // after the first failure; doubled after each
	backMax  = 2 * time.Minute // the longest wait
)

// A Follower sends the log on. It is for one process of those that share a record: two would send everything twice.
type Follower struct {
	store   *record.Store
	log     *slog.Logger
	content bool
	poll    time.Duration // between looks at a log that has not grown
	back    time.Duration // the first wait after a failure
	sinks   []*following
}

// A sink takes lines. send returns nil when it has taken all of them, as far as can be told.
type sink interface {
	send(ctx context.Context, lines []line) error
	limit() int // the most bytes of a line
	close() error
}

// A line is an entry as it is sent.
type line struct {
	time     time.Time
	kind     string
	severity int // of syslog
	json     []byte
}

// A following is a sink with how far it has come.
type following struct {
	name   string
	sink   sink
	cursor cursor
	mutex  sync.Mutex
	err    error // of the last try
}

// New returns a follower that keeps its places in the folder. Nothing is opened before Run.
func New(c Config, folder string, store *record.Store, log *slog.Logger) (*Follower, error) {
	f := &Follower{store: store, log: log, content: c.Content, poll: pollIdle, back: backMin}
	if c.File != "" {
		f.add("file", folder, &file{path: c.File})
	}
	if c.Syslog != nil {
		s, err := newSyslog(*c.Syslog)
		if err != nil {
			return nil, fmt.Errorf("syslog: %w", err)
		}
		f.add("syslog", folder, s)
	}
	return f, nil
}

func (f *Follower) add(name, folder string, s sink) {
	f.sinks = append(f.sinks, &following{name: name, sink: s, cursor: cursor{path: filepath.Join(folder, "siem-"+name+".json")}})
}

// Run follows the log until the context is done, and returns then. A sink that fails keeps no other from being served.
func (f *Follower) Run(ctx context.Context) error {
	var group sync.WaitGroup
	errs := make([]error, len(f.sinks))
	for i, s := range f.sinks {
		group.Go(func() {
			f.follow(ctx, s)
			errs[i] = s.sink.close()
		})
	}
	group.Wait()
	return errors.Join(errs...)
}

// Failing returns what cannot be served at the moment and why, one clause each; it is empty when all is well.
func (f *Follower) Failing() []string {
	var failing []string
	for _, s := range f.sinks {
		s.mutex.Lock()
		if s.err != nil {
			failing = append(failing, "siem "+s.name+": "+s.err.Error())
		}
		s.mutex.Unlock()
	}
	return failing
}

func (f *Follower) follow(ctx context.Context, s *following) {
	wait := f.back
	for ctx.Err() == nil {
		sent, err := f.step(ctx, s)
		if ctx.Err() != nil {
			return
		}
		f.report(s, err)
		switch {
		case err != nil:
			pause(ctx, wait)
			wait = min(2*wait, backMax)
		case sent < batch:
			wait = f.back
			pause(ctx, f.poll)
		default:
			wait = f.back
		}
	}
}

// report logs when a sink fails, and when it is back.
func (f *Follower) report(s *following, err error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	switch {
	case err != nil && s.err == nil:
		f.log.Warn("siem: cannot send; will try again", "sink", s.name, "error", err)
	case err == nil && s.err != nil:
		f.log.Info("siem: sending again", "sink", s.name)
	}
	s.err = err
}

// step sends the next entries and moves the place behind them, and returns how many entries it read.
func (f *Follower) step(ctx context.Context, s *following) (int, error) {
	if err := f.place(ctx, s); err != nil {
		return 0, err
	}
	entries, err := f.store.Entries(ctx, s.cursor.next, batch)
	if err != nil || len(entries) == 0 {
		return 0, err
	}
	var lines []line
	for _, e := range entries {
		if l, ok := f.line(e, s.sink.limit()); ok {
			lines = append(lines, l)
		}
	}
	if len(lines) > 0 {
		if err := s.sink.send(ctx, lines); err != nil {
			return 0, err
		}
	}
	return len(entries), s.cursor.move(entries[len(entries)-1])
}

// place reads where the sink was, once. A place that does not fit the log is of another record, which is then sent from its
// start.
func (f *Follower) place(ctx context.Context, s *following) error {
	if s.cursor.read {
		return nil
	}
	if err := s.cursor.load(); err != nil {
		return err
	}
	if s.cursor.next == 0 {
		s.cursor.read = true
		return nil
	}
	before, err := f.store.Entries(ctx, s.cursor.next-1, 1)
	if err != nil {
		return err
	}
	if len(before) != 1 || before[0].Digest != s.cursor.digest {
		f.log.Warn("siem: the place noted is not in this record; sending from its start", "sink", s.name, "place", s.cursor.next)
		s.cursor.next = 0
	}
	s.cursor.read = true
	return nil
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
