package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/api"
	"github.com/sekisho/sekisho/checkpoint"
	"github.com/sekisho/sekisho/config"
	"github.com/sekisho/sekisho/console"
	"github.com/sekisho/sekisho/detector"
	"github.com/sekisho/sekisho/inbox"
	"github.com/sekisho/sekisho/judge"
	"github.com/sekisho/sekisho/milter"
	"github.com/sekisho/sekisho/rules"
	"github.com/sekisho/sekisho/watch"
	"golang.org/x/net/netutil"
)

// services makes every service that the configuration asks for. What cannot listen is an error now, not later.
func (s *serving) services(ctx context.Context) ([]*service, error) {
	var all []*service
	makers := []func(context.Context) ([]*service, error){s.milterDoor, s.watchDoors, s.inboxDoor, s.siemServices, s.metricsServer, s.workService}
	for _, make := range makers {
		made, err := make(ctx)
		if err != nil {
			return nil, err
		}
		all = append(all, made...)
	}
	// Last, since the console shows the others.
	web, err := s.webServer(all)
	if err != nil {
		return nil, err
	}
	return append([]*service{web}, all...), nil
}

// listening returns a function that gives a listener each time it is called, the first of which listens already.
func listening(address string) (func() (net.Listener, error), error) {
	open := func() (net.Listener, error) {
		if path, ok := strings.CutPrefix(address, "unix:"); ok {
			return listenUnix(path)
		}
		return net.Listen("tcp", address)
	}
	first, err := open()
	if err != nil {
		return nil, hinted{err, "is another process listening there? another address can be set, see 'sekisho config'"}
	}
	var kept atomic.Pointer[net.Listener]
	kept.Store(&first)
	return func() (net.Listener, error) {
		if l := kept.Swap(nil); l != nil {
			return *l, nil
		}
		return open()
	}, nil
}

// listenUnix listens on a socket that only the owner and the group may use. A socket that nobody answers on is left from before.
func listenUnix(path string) (net.Listener, error) {
	if info, err := os.Lstat(path); err == nil && info.Mode()&fs.ModeSocket != 0 {
		if conn, err := net.DialTimeout("unix", path, time.Second); err == nil {
			return nil, errors.Join(fmt.Errorf("%s is in use", path), conn.Close())
		}
		if err := os.Remove(path); err != nil {
			return nil, err
		}
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, err
	}
	return l, os.Chmod(path, 0o660)
}

func (s *serving) milterDoor(context.Context) ([]*service, error) {
	c := s.config.Milter
	if c.Listen == "" {
		return nil, nil
	}
	door := &milter.Door{Checkpoint: s.check, Record: s.store, Policy: policyOf(c), Name: c.Name, Lang: sekisho.Lang(c.Lang), Key: s.signing,
		MaxBytes: int64(c.Bytes), Timeout: time.Duration(c.Timeout), Log: s.log}
	if door.Name == "" && s.parts.Org != nil && len(s.parts.Org.Domains) > 0 {
		door.Name = s.parts.Org.Domains[0]
	}
	for _, network := range c.Internal {
		prefix, err := netip.ParsePrefix(network)
		if err != nil {
			return nil, fmt.Errorf("milter.internal: %w", err)
		}
		door.Networks = append(door.Networks, prefix)
	}
	if err := door.Policy.Validate(); err != nil {
		return nil, err
	}
	open, err := listening(c.Listen)
	if err != nil {
		return nil, fmt.Errorf("milter: %w", err)
	}
	s.metrics.watchMilter(door)
	return []*service{{name: "milter", where: c.Listen, shadow: door.Policy.Shadow,
		run: func(ctx context.Context) error {
			l, err := open()
			if err != nil {
				return err
			}
			return door.Serve(ctx, l)
		},
		seen: func() (int64, time.Time) { return door.Stats().Mails, time.Time{} }}}, nil
}

func policyOf(c config.Milter) milter.Policy {
	return milter.Policy{Shadow: c.Mode == "shadow", Incoming: milter.Table(c.Incoming), Outgoing: milter.Table(c.Outgoing),
		Tag: c.Tag, Banner: c.Banner, KeepDKIM: c.KeepDKIM, OnFailure: c.OnFailure}
}

func (s *serving) watchDoors(context.Context) ([]*service, error) {
	var all []*service
	for _, c := range s.config.Watch {
		if info, err := os.Stat(c.Folder); err != nil || !info.IsDir() {
			return nil, hinted{fmt.Errorf("watch: %s is no folder", c.Folder), "make it, or take it out of the configuration"}
		}
		door := &watch.Door{Checkpoint: s.check, Record: s.store, Log: s.log, Folder: c.Folder, Settle: time.Duration(c.Settle),
			MoveTo: c.MoveTo, Present: c.Present}
		all = append(all, &service{name: "watch", where: c.Folder, shadow: c.MoveTo == "", run: door.Run,
			seen: func() (int64, time.Time) { status := door.Status(); return int64(status.Judged), status.Last },
			ill:  func() string { return door.Status().Err }})
	}
	return all, nil
}

func (s *serving) metricsServer(context.Context) ([]*service, error) {
	address := s.config.HTTP.Metrics
	if address == "" {
		return nil, nil
	}
	s.metrics.watchRecord(s.store)
	s.metrics.watchLists(s.lists.ages)
	s.metrics.watchServices(func() []*service { return s.running })
	open, err := listening(address)
	if err != nil {
		return nil, fmt.Errorf("metrics: %w", err)
	}
	return []*service{{name: "metrics", where: "http://" + address + "/metrics", run: func(ctx context.Context) error {
		return serveHTTP(ctx, open, api.Server(s.metrics.handler(s.store)), nil)
	}}}, nil
}

// webServer serves the console and the API under one address.
func (s *serving) webServer(doors []*service) (*service, error) {
	c := s.config.HTTP
	pages, err := console.New(console.Config{Record: s.store, People: s.book, Checkpoint: s.check, Rules: s.parts.Judge.Rules(), Org: s.parts.Org,
		Replay: s.replay, Lists: s.consoleLists, Doors: func() []console.Door { return consoleDoors(doors) },
		URL: c.URL, Proxy: c.Proxy, Releasers: s.config.Record.Releasers, Zone: zoneOf(s.config.Notify.Zone), Log: s.log})
	if err != nil {
		return nil, err
	}
	s.pages = pages
	mux := http.NewServeMux()
	mux.Handle("/", pages)
	programs := api.New(api.Config{Checkpoint: s.check, Record: s.store, People: s.book, Org: s.parts.Org, Labels: s.lists.lend,
		Intel: func() *sekisho.Intel { return s.parts.Intel }, Work: []string{workPull, workVerify, inbox.SweepName}, Log: s.log})
	for _, path := range []string{"/v1/", "/healthz", "/readyz"} {
		mux.Handle(path, programs)
	}
	var secure *tls.Config
	if c.Cert != "" {
		if s.certificate, err = openCertificate(c); err != nil {
			return nil, err
		}
		s.metrics.watchCertificate(s.certificate)
		secure = s.certificate.config()
	}
	open, err := listening(c.Listen)
	if err != nil {
		return nil, fmt.Errorf("http: %w", err)
	}
	return &service{name: "console and API", where: c.URL, ill: s.ended, run: func(ctx context.Context) error {
		return serveHTTP(ctx, open, api.Server(mux), secure)
	}}, nil
}

// ended says that the certificate is not valid any more.
func (s *serving) ended() string {
	if s.certificate == nil {
		return ""
	}
	return s.certificate.ended(time.Now())
}

// webConnections is how many connections of browsers and programs are open at once; further ones wait.
const webConnections = 1000

// serveHTTP serves until ctx is done, and then lets requests under way end within half a minute.
func serveHTTP(ctx context.Context, open func() (net.Listener, error), server *http.Server, secure *tls.Config) error {
	l, err := open()
	if err != nil {
		return err
	}
	l = netutil.LimitListener(l, webConnections)
	if secure != nil {
		l = tls.NewListener(l, secure)
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	return server.Shutdown(last)
}

// replay returns a checkpoint that judges by the rules in the text alone.
func (s *serving) replay(text string) (*checkpoint.Checkpoint, []sekisho.Rule, error) {
	set, err := rules.Parse("rules", []byte(text))
	if err != nil {
		return nil, nil, err
	}
	joined, err := rules.Load(rules.Joined)
	if err != nil {
		return nil, nil, err
	}
	j, err := judge.Compile(set.Rules, append(joined.Conditions, set.Conditions...), detector.All)
	if err != nil {
		return nil, nil, err
	}
	parts := s.parts
	parts.Judge, parts.Record = j, nil
	cp, err := checkpoint.New(parts)
	return cp, set.Rules, err
}

func (s *serving) consoleLists() []console.List {
	var all []console.List
	for _, l := range s.lists.lists() {
		all = append(all, console.List{Name: l.Name, Doc: sekisho.Text{En: l.Title}, Source: l.Source, Date: l.Checked, Entries: l.Active, Stale: l.Stale(time.Now())})
	}
	for _, l := range s.parts.Intel.Lists {
		date, _ := time.Parse(time.DateOnly, l.Date)
		all = append(all, console.List{Name: l.Name, Doc: sekisho.Text{En: l.Doc}, Source: l.Source, Date: date, Entries: len(l.Entries)})
	}
	return all
}

func consoleDoors(all []*service) []console.Door {
	var doors []console.Door
	for _, s := range all {
		state, detail := s.state()
		door := console.Door{Name: s.name, Listen: strings.TrimPrefix(s.where, "http://"), State: state, Detail: detail, Shadow: s.shadow}
		if s.seen != nil {
			door.Count, door.Last = s.seen()
		}
		doors = append(doors, door)
	}
	return doors
}

func zoneOf(name string) *time.Location {
	zone, err := time.LoadLocation(cmp.Or(name, "Local"))
	if err != nil {
		return time.Local
	}
	return zone
}
