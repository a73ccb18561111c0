package inbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/checkpoint"
	"github.com/sekisho/sekisho/record"
)

// SweepName is the name of the work of a [Sweep], and the door of its arrivals.
const SweepName = "sweep"

// A Sweep judges all mails of a folder, as a job: what lies in a mailbox from before there was a checkpoint, or what a new rule should
// have seen. Mails are read without being marked; nothing is moved, and nobody is answered. A sweep that was interrupted goes on
// behind the last hundred mails that were judged; what was recorded of them is not recorded again. Its fields do not change once it
// is in use.
type Sweep struct {
	Server     Server
	Checkpoint *checkpoint.Checkpoint
	Record     *record.Store

	// Users is the account by which the mailbox of another is read, with {user} for its address and the Password or Token of Server:
	// "{user}*sweeper" for a master user of Dovecot, "{user}" where a token is good for all. Empty leaves only the mailbox of Server.
	Users string

	PerSecond int // the most mails, default 20
}

// SweepArgs are the arguments of the work.
type SweepArgs struct {
	User   string `json:"user,omitempty"`   // whose mailbox, default the one of Server
	Folder string `json:"folder,omitempty"` // default INBOX
	Since  string `json:"since,omitempty"`  // only mails that arrived on this day or later, RFC 3339 full-date
}

const sweepStep = 100 // mails between two notes of how far a sweep is

// Work returns the work, to be started by the record.
func (s *Sweep) Work() record.Work { return record.Work{Name: SweepName, Run: s.run} }

// plan reads the arguments: where to sign in, and which mails are wanted.
func (s *Sweep) plan(data json.RawMessage) (args SweepArgs, server Server, criteria *imap.SearchCriteria, err error) {
	server, criteria = s.Server, &imap.SearchCriteria{NotFlag: []imap.Flag{imap.FlagDeleted}}
	if err := json.Unmarshal(data, &args); err != nil {
		return args, server, nil, fmt.Errorf("%w: arguments of a sweep: %w", record.ErrInvalid, err)
	}
	if args.Since != "" {
		since, err := time.Parse(time.DateOnly, args.Since)
		if err != nil {
			return args, server, nil, fmt.Errorf("%w: since %q is no day such as 2026-11-21", record.ErrInvalid, args.Since)
		}
		criteria.Since = since
	}
	if args.User != "" && !strings.EqualFold(args.User, server.User) {
		if s.Users == "" {
			return args, server, nil, fmt.Errorf("%w: this sweep signs in to %s only", record.ErrForbidden, server.User)
		}
		if strings.ContainsAny(args.User, "*{}%\x00\r\n\" ") {
			return args, server, nil, fmt.Errorf("%w: %q is no mailbox", record.ErrInvalid, args.User)
		}
		server.User = strings.ReplaceAll(s.Users, "{user}", args.User)
	}
	return args, server, criteria, nil
}

func (s *Sweep) run(ctx context.Context, job *record.Job) error {
	args, server, criteria, err := s.plan(job.Args)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	in, err := server.connect(ctx)
	if err != nil {
		return err
	}
	defer in.logout()
	folder, err := in.folderThere(either(args.Folder, "INBOX"))
	if err != nil {
		return err
	}
	validity, err := in.choose(folder, true)
	if err != nil {
		return err
	}
	uids, err := in.search(criteria)
	if err != nil {
		return err
	}
	w := walk{Sweep: s, session: in, job: job, whose: either(args.User, s.Server.User), validity: validity}
	return w.all(ctx, uids)
}

// folderThere returns the server's name for a folder, which is not made when it is missing.
func (s *session) folderThere(name string) (full string, err error) {
	err = s.within(commandTime, func() error {
		if full = name; !strings.EqualFold(name, "INBOX") {
			full = s.serverName(name)
		}
		return nil
	})
	return full, err
}

// A walk is a sweep under way.
type walk struct {
	*Sweep
	*session
	job      *record.Job
	whose    string
	validity uint32
	warned   int // mails at warn or stricter
}

func (w *walk) all(ctx context.Context, uids []imap.UID) error {
	perSecond := w.PerSecond
	if perSecond <= 0 {
		perSecond = 20
	}
	tick := time.NewTicker(time.Second / time.Duration(perSecond))
	defer tick.Stop()
	for start := 0; start < len(uids); start += sweepStep {
		step := uids[start:min(start+sweepStep, len(uids))]
		ref := fmt.Sprintf("sweep-%d-%d-%d-%d", w.job.ID, w.validity, step[0], step[len(step)-1])
		if done, err := w.noted(ctx, ref); err != nil || done {
			if err != nil {
				return err
			}
			continue
		}
		for i, uid := range step {
			if err := w.one(ctx, uid); err != nil {
				return err
			}
			w.job.Progress(int64(start+i+1), int64(len(uids)), fmt.Sprintf("%d at warn or stricter", w.warned))
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-tick.C:
			}
		}
		if _, err := w.Record.Once(ctx, SweepName, ref, func(context.Context) error { return nil }); err != nil {
			return err
		}
	}
	w.job.Progress(int64(len(uids)), int64(len(uids)), fmt.Sprintf("%d at warn or stricter", w.warned))
	return nil
}

// noted reports whether the mails up to a note were judged before.
func (w *walk) noted(ctx context.Context, ref string) (bool, error) {
	effects, err := w.Record.Effects(ctx, ref)
	if errors.Is(err, record.ErrNotFound) {
		return false, nil
	}
	for _, e := range effects {
		if e.Name == SweepName && e.State == "done" {
			return true, nil
		}
	}
	return false, err
}

func (w *walk) one(ctx context.Context, uid imap.UID) error {
	l, ok, err := w.fetch(uid)
	if err != nil || !ok {
		return err
	}
	root, cut := l.artifact()
	p, err := w.Checkpoint.Pass(ctx, sekisho.Arrival{
		Door: SweepName, From: w.whose, Artifact: root, Gaps: cut, Key: fmt.Sprintf("sweep:%d:%d:%d", w.job.ID, w.validity, uid),
	})
	if err != nil {
		return err
	}
	if p.Verdict.Action >= sekisho.ActionWarn {
		w.warned++
	}
	return nil
}
