package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/sekisho/sekisho/api"
	"github.com/sekisho/sekisho/config"
	"github.com/sekisho/sekisho/dossier"
	"github.com/sekisho/sekisho/effect/notify"
	"github.com/sekisho/sekisho/effect/release"
	"github.com/sekisho/sekisho/effect/siem"
	"github.com/sekisho/sekisho/inbox"
	"github.com/sekisho/sekisho/intel/feed"
	"github.com/sekisho/sekisho/record"
)

// The names of the work that is wired here. Others bring their own.
const (
	workNotify    = notify.WorkCase
	workRetrohunt = "retrohunt"
	workPull      = "pull"
	workVerify    = "verify"
	workRelease   = "release"
)

// jobsAtOnce is how many jobs one process does at a time: enough that a slow one keeps no other waiting.
const jobsAtOnce = 4

// workService does the jobs of the record.
func (s *serving) workService(context.Context) ([]*service, error) {
	work := []record.Work{
		{Name: workRetrohunt, Run: s.retrohunt},
		{Name: workPull, Every: time.Duration(s.config.Pull), Run: s.pull},
		api.Indicators(s.store),
		dossier.Work(s.store, filepath.Join(s.config.Data, "export")),
	}
	if s.config.Inbox.Server != "" {
		sweep := &inbox.Sweep{Server: s.mailbox(), Checkpoint: s.check, Record: s.store, Users: s.config.Inbox.Users}
		work = append(work, sweep.Work())
	}
	told, err := s.notifications()
	if err != nil {
		return nil, err
	}
	work = append(work, told...)
	released, err := s.releases()
	if err != nil {
		return nil, err
	}
	work = append(work, released...)
	begun := false // jobs go on when the service has to start again
	return []*service{{name: "work", where: "jobs of the record", run: func(ctx context.Context) error {
		if !begun {
			all := append(slices.Clone(work), s.pages.Work()...)
			for i, one := range all {
				all[i].Run = s.told(one)
			}
			if err := s.store.Start(ctx, jobsAtOnce, all); err != nil {
				return err
			}
			begun = true
		}
		return s.watchLists(ctx)
	}}}, nil
}

// told says in the log, and counts, that a job failed.
func (s *serving) told(w record.Work) func(context.Context, *record.Job) error {
	return func(ctx context.Context, job *record.Job) error {
		err := w.Run(ctx, job)
		if err != nil && ctx.Err() == nil {
			s.metrics.jobs.WithLabelValues(w.Name).Inc()
			why := err.Error()
			if w.Name == workRelease && !errors.Is(err, errNoServer) { // a mail server's refusal names who the mail is for
				why = "the page Jobs says why"
			}
			s.log.Error("a job failed", "work", w.Name, "job", job.ID, "error", why)
		}
		return err
	}
}

// retrohunt looks a blocked indicator up in the past.
func (s *serving) retrohunt(ctx context.Context, job *record.Job) error {
	var args struct {
		Indicator record.Indicator `json:"indicator"`
	}
	if err := json.Unmarshal(job.Args, &args); err != nil {
		return fmt.Errorf("read the job: %w", err)
	}
	found, err := s.store.Retrohunt(ctx, args.Indicator)
	if err != nil {
		return err
	}
	job.Progress(1, 1, cmp.Or(found, "never seen"))
	return nil
}

// pull fetches the lists that are fetched without being named.
func (s *serving) pull(ctx context.Context, job *record.Job) error {
	library := &feed.Library{Folder: s.config.Data, Now: time.Now(), Client: &http.Client{Timeout: 15 * time.Minute}}
	sources, err := feed.Catalogue(library.Folder)
	if err != nil {
		return err
	}
	if sources, err = chosen(sources, nil); err != nil {
		return err
	}
	var failed []error
	for i, source := range sources {
		job.Progress(int64(i), int64(len(sources)), source.Name)
		if _, err := library.Pull(ctx, source); err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", source.Name, err))
		}
	}
	job.Progress(int64(len(sources)), int64(len(sources)), fmt.Sprintf("%d not fetched", len(failed)))
	return errors.Join(append(failed, s.lists.reopen())...)
}

// watchLists opens the lists again now and then, since `sekisho intel pull` may have changed them.
func (s *serving) watchLists(ctx context.Context) error {
	every := time.NewTicker(time.Minute)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-every.C:
			if err := s.lists.reopen(); err != nil {
				s.log.Error("lists not opened again", "error", err)
			}
		}
	}
}

func (s *serving) notifications() ([]record.Work, error) {
	c := s.config.Notify
	settings := notify.Config{Console: s.config.HTTP.URL, Zone: c.Zone, Sign: s.signOwn}
	for _, channel := range c.Channels {
		settings.Channels = append(settings.Channels, s.channelOf(channel))
	}
	notifier, err := notify.New(settings, s.store, s.health)
	if err != nil {
		return nil, fmt.Errorf("notify: %w", err)
	}
	return notifier.Work(), nil
}

// signOwn signs a mail of our own, so that the milter neither holds it nor marks it for what it quotes.
func (s *serving) signOwn(to []string, mail []byte) []byte {
	return release.SignOwn(s.signing, to, mail, time.Now())
}

func (s *serving) channelOf(c config.Channel) notify.Channel {
	all := s.config.Notify
	out := notify.Channel{Name: c.Name, Lang: c.Lang, Least: all.Least, Hourly: all.PerHour, Digest: all.Digest}
	at := notify.Secret{File: string(c.URL)}
	switch c.Kind {
	case "slack":
		out.Slack = &notify.Slack{URL: at}
	case "teams":
		out.Teams = &notify.Teams{URL: at}
	case "webhook":
		out.Webhook = &notify.Webhook{URL: at, Key: notify.Secret{File: string(c.Key)}}
	case "mail":
		server := s.config.SMTP
		out.Mail = &notify.Mail{Server: server.Server, From: server.From, To: c.To, User: server.User, Password: notify.Secret{File: string(server.Password)}}
	}
	return out
}

// health is what the digest says could not be checked.
func (s *serving) health(context.Context) notify.Health {
	health := notify.Health{Lists: s.lists.Stale(time.Now())}
	for _, door := range s.running {
		if state, detail := door.state(); state == "failed" {
			health.Doors = append(health.Doors, door.name+": "+detail)
		}
	}
	if s.certificate != nil {
		if ending := s.certificate.ending(time.Now()); ending != "" {
			health.Doors = append(health.Doors, ending)
		}
	}
	return health
}

// errNoServer is why a release has to wait.
var errNoServer = errors.New("neither release.server nor smtp.server is set: the mail stays held until one is")

// releases delivers held mail that people released. Without a server to deliver it to, the page Jobs says so.
func (s *serving) releases() ([]record.Work, error) {
	server := cmp.Or(s.config.Release.Server, s.config.SMTP.Server)
	if server == "" {
		return []record.Work{{Name: workRelease, Run: func(context.Context, *record.Job) error { return errNoServer }}}, nil
	}
	work, err := release.New(release.Config{Record: s.store, Address: server, Key: s.signing})
	if err != nil {
		return nil, err
	}
	return []record.Work{work}, nil
}

// siemServices sends the entries of the record on, when there is somewhere to.
func (s *serving) siemServices(context.Context) ([]*service, error) {
	c := s.config.SIEM
	if c.File == "" && c.Syslog == "" {
		return nil, nil
	}
	settings := siem.Config{File: c.File, Content: c.Content}
	if c.Syslog != "" {
		protocol, address, _ := strings.Cut(c.Syslog, "://")
		settings.Syslog = &siem.Syslog{Address: address, Protocol: protocol, CA: c.CA}
	}
	follower, err := siem.New(settings, s.config.Data, s.store, s.log)
	if err != nil {
		return nil, fmt.Errorf("siem: %w", err)
	}
	return []*service{{name: "siem", where: strings.TrimSpace(c.File + " " + c.Syslog), run: follower.Run}}, nil
}
