package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
	_ "time/tzdata" // time zones on machines that have none

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/checkpoint"
	"github.com/sekisho/sekisho/config"
	"github.com/sekisho/sekisho/console"
	"github.com/sekisho/sekisho/people"
	"github.com/sekisho/sekisho/record"
)

type serveCmd struct {
	Org    string `help:"The organisation's profile, see 'sekisho org init'." type:"existingfile" placeholder:"FILE"`
	Config string `help:"How to run, see 'sekisho config'; without one every key has its default." type:"existingfile" placeholder:"FILE"`
	Data   string `help:"The folder of the record and its keys, instead of the one of the configuration." type:"path" placeholder:"DIR"`
}

// Run starts every door and the console, says what listens where, and serves until it is told to end. On SIGHUP it reads the
// configuration, the profile and the rules again.
func (c *serveCmd) Run(ctx context.Context, t terminal) error {
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGHUP)
	defer signal.Stop(asked)
	for {
		again, err := c.serve(ctx, t, asked)
		if err != nil || !again {
			return err
		}
	}
}

// serve serves once. It reports whether it ended because everything is to be read again.
func (c *serveCmd) serve(ctx context.Context, t terminal, asked <-chan os.Signal) (again bool, err error) {
	conf, err := readConfig(c.Config, c.Data)
	if err != nil {
		return false, err
	}
	s, err := newServing(ctx, conf, c.Org, t)
	if err != nil {
		return false, err
	}
	defer s.close()
	services, err := s.services(ctx)
	if err != nil {
		return false, err
	}
	s.noteStart(ctx, c.Config)
	if err := s.welcome(ctx, services); err != nil {
		return false, err
	}
	s.running = services
	s.log.Info("started", "version", version(), "services", namesOf(services), "record", s.recordName(), "profile", c.Org, "rules", len(s.parts.Judge.Rules()))
	serving, end := context.WithCancel(ctx)
	defer end()
	defer context.AfterFunc(ctx, func() { s.log.Info("stopping") })()
	reloaded := make(chan bool, 1)
	go func() { reloaded <- c.awaitReload(serving, s, asked, end) }()
	runServices(serving, services, s.log)
	end()
	again = <-reloaded && ctx.Err() == nil
	s.close()
	s.log.Info("stopped", "again", again)
	return again, nil
}

// awaitReload ends the serving, and reports true, when it is asked to read everything again and everything can be used. While
// something is wrong the serving goes on as it was.
func (c *serveCmd) awaitReload(ctx context.Context, s *serving, asked <-chan os.Signal, end func()) bool {
	for {
		select {
		case <-ctx.Done():
			return false
		case <-asked:
		}
		if err := c.check(ctx); err != nil {
			s.log.Error("not read again: everything goes on as it was", "error", err)
			continue
		}
		s.log.Info("read again: every door closes and opens")
		end()
		return true
	}
}

// check reads what a start reads and keeps nothing open.
func (c *serveCmd) check(ctx context.Context) error {
	conf, err := readConfig(c.Config, c.Data)
	if err != nil {
		return err
	}
	parts, stop, err := engineOf(conf, c.Org).parts(ctx, false)
	if err != nil {
		return err
	}
	defer stop()
	if conf.HTTP.Cert != "" {
		if _, err := openCertificate(conf.HTTP); err != nil {
			return err
		}
	}
	_, err = checkpoint.New(parts)
	return err
}

// readConfig reads the file, if one is named, with the data folder replaced, if one is named.
func readConfig(path, data string) (*config.Config, error) {
	if data != "" {
		folder, err := filepath.Abs(data)
		if err != nil {
			return nil, err
		}
		data = folder
	}
	conf, err := config.Load(path, data)
	if err != nil {
		return nil, hinted{err, "'sekisho config' prints every key with what it is"}
	}
	return conf, nil
}

// A serving is everything that one process of `sekisho serve` has open.
type serving struct {
	config  *config.Config
	profile string // path, empty for none
	t       terminal
	log     *slog.Logger
	metrics *meter
	parts   checkpoint.Config
	lists   *shelf
	store   *record.Store
	book    *people.Book
	signing []byte // the key of mail that goes out and comes back through the milter
	check   *checkpoint.Checkpoint
	pages   *console.Console
	running []*service // set before any of them runs

	certificate *certificate // of the console and the API, nil for none
	stops       []func() error
}

// newServing opens the record, the lists, the people and the checkpoint.
func newServing(ctx context.Context, conf *config.Config, profile string, t terminal) (_ *serving, err error) {
	s := &serving{config: conf, profile: profile, t: t, log: newLog(t.err, conf.Log), metrics: newMeter()}
	slog.SetDefault(s.log) // what libraries say is JSON, too
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	if err := os.MkdirAll(conf.Data, 0o700); err != nil {
		return nil, err
	}
	if s.lists, err = openShelf(conf.Data); err != nil {
		return nil, fmt.Errorf("lists: %w", err)
	}
	parts, stop, err := engineOf(conf, profile).parts(ctx, false)
	if err != nil {
		return nil, err
	}
	s.stops = append(s.stops, func() error { stop(); return nil })
	s.parts = parts
	if s.store, err = openRecord(ctx, conf, parts.Org, parts.Intel, caseWork); err != nil {
		return nil, err
	}
	s.stops = append(s.stops, s.store.Close)
	if s.book, err = openPeople(s.store, conf); err != nil {
		return nil, err
	}
	if s.signing, err = ownKey(conf.Record.Keys, "release.key"); err != nil {
		return nil, err
	}
	s.parts.Intel.Labels, s.parts.Intel.Contacts, s.parts.Intel.Blocked = s.lists, s.store, blockedBy(s.store)
	s.parts.Record, s.parts.Now = s.metrics.recording(s.store.Record), time.Now
	s.check, err = checkpoint.New(s.parts)
	return s, err
}

// engineOf returns the engine that the configuration describes.
func engineOf(conf *config.Config, profile string) engine {
	return engine{Org: profile, Rules: conf.Rules, DNS: conf.DNS, Data: conf.Data, Yara: conf.Yara, Jobs: conf.Jobs}
}

// caseWork is the work that is asked for when a case opens or grows stricter.
var caseWork = []string{workNotify}

// close closes what is open, the last opened first.
func (s *serving) close() {
	for i := len(s.stops) - 1; i >= 0; i-- {
		if err := s.stops[i](); err != nil {
			s.log.Error("close", "error", err)
		}
	}
	s.stops = nil
}

func newLog(w io.Writer, level string) *slog.Logger {
	var least slog.Level
	if err := least.UnmarshalText([]byte(level)); err != nil {
		least = slog.LevelInfo
	}
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: least}))
}

// openRecord opens the record that the configuration names.
func openRecord(ctx context.Context, conf *config.Config, profile *sekisho.Org, known *sekisho.Intel, work []string) (*record.Store, error) {
	at := conf.Record.URL
	if conf.Postgres() && conf.Record.Password != "" {
		password, err := conf.Record.Password.Read()
		if err != nil {
			return nil, fmt.Errorf("record.password_file: %w", err)
		}
		u, err := url.Parse(at)
		if err != nil {
			return nil, errors.New("record.url is not a URL")
		}
		u.User = url.UserPassword(u.User.Username(), password)
		at = u.String()
	}
	store, err := record.Open(ctx, record.Config{URL: at, Keys: conf.Record.Keys, Process: processName(),
		Retention: time.Duration(conf.Record.Retention), Releasers: conf.Record.Releasers, Org: profile, Intel: known, CaseWork: work})
	if err != nil {
		return nil, fmt.Errorf("open the record: %w", err)
	}
	return store, nil
}

// processName tells this process from the others that share a record.
func processName() string {
	host, err := os.Hostname()
	if err != nil {
		host = "host"
	}
	return fmt.Sprintf("%s/%d", host, os.Getpid())
}

// openPeople opens the people of the record, who sign in at the console's URL.
func openPeople(store *record.Store, conf *config.Config) (*people.Book, error) {
	at, err := url.Parse(conf.HTTP.URL)
	if err != nil {
		return nil, err
	}
	key, err := ownKey(conf.Record.Keys, "people.key")
	if err != nil {
		return nil, err
	}
	return people.Open(store, people.Config{RPID: at.Hostname(), Origins: []string{at.Scheme + "://" + at.Host}, SealKey: key})
}

// ownKey returns 32 random bytes that lie in a file of the folder of keys, which is made when it is missing.
func ownKey(folder, name string) ([]byte, error) {
	path := filepath.Join(folder, name)
	text, err := config.File(path).Read()
	if errors.Is(err, os.ErrNotExist) {
		if err := makeKey(path); err != nil {
			return nil, err
		}
		text, err = config.File(path).Read()
	}
	if err != nil {
		return nil, err
	}
	key, err := hex.DecodeString(text)
	if err != nil || len(key) != 32 {
		return nil, hinted{fmt.Errorf("%s does not hold 64 hexadecimal digits", path), "restore it from the backup of the keys"}
	}
	return key, nil
}

// makeKey writes a key that is whole when it appears. Of processes that start at once, one makes it and the others take it.
func makeKey(path string) error {
	folder := filepath.Dir(path)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	file, err := os.CreateTemp(folder, ".key") // with mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	_, err = file.WriteString(hex.EncodeToString(random(32)) + "\n")
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := os.Link(file.Name(), path); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	return nil
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return b
}

// blockedBy looks indicators up in what people blocked.
func blockedBy(store *record.Store) sekisho.BlockedFunc {
	return func(kind, value string) (sekisho.Block, bool) {
		i, ok := store.Blocked(kind, value)
		return sekisho.Block{Reason: i.Reason, By: i.By}, ok
	}
}
