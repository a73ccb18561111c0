// Package inbox is the door to which staff report: a mailbox to which they forward a suspicious mail, or into which they move it.
// What they report is judged and recorded like anything else, and the verdict comes back to them in plain words.
//
// The mailbox is read by IMAP (RFC 9051 and RFC 3501), with IDLE where the server has it. A mail that was judged is moved to a folder
// of its own; nothing is deleted and nothing is marked as read. A mail that was recorded and not moved, because a process or a server
// died in between, is recognised by its bytes: it is neither recorded nor answered again, whatever UIDs the server gives out.
//
// A mail by a member of staff to the mailbox is a report: [Split] tells the mails attached to it, or the mail forwarded inside its
// text, from the report around them, and only they are judged. Any other mail is judged itself. That somebody is staff has to be
// shown by the mail server, as [Config.Proof] says, so that the mailbox tells nobody else what would pass the checkpoint and sends no
// answers to addresses that somebody made up. Mail that a program sent is never answered.
//
// [Sweep] walks a whole folder of a mailbox as a job.
package inbox

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-imap/v2"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/checkpoint"
	"github.com/sekisho/sekisho/effect/answer"
	"github.com/sekisho/sekisho/record"
)

// Name is the door's name in the record.
const Name = "inbox"

// Config says which mailbox is watched and how reports are answered. Zero fields are the strict choice.
type Config struct {
	Server Server
	Folder string        // that is watched, default INBOX
	Done   string        // where mail goes that was judged, default Sekisho/Done; folders are written with slashes
	Failed string        // where mail goes whose reporter could not be told, default Sekisho/Failed
	Poll   time.Duration // how often the folder is looked at when the server has no IDLE, default 1 minute

	// Addresses are those of the mailbox. The account is one of them when it is an address.
	Addresses []string

	// Proof says how the mail server shows that a mail of the organisation's own is what it says it is. Empty wants an
	// Authentication-Results header of Org.AuthservIDs with dmarc=pass, or DKIM or SPF that pass for the sender's domain.
	// "NAME: VALUE" wants that header, which the server must remove from mail of outside, as Exchange does with
	// "X-MS-Exchange-Organization-AuthAs: Internal". "from" believes From, which is right where the server refuses mail of
	// outside that claims a domain of the organisation.
	Proof string

	// Delivered is the header by which the server says to whom it delivered a mail, the top one counting: Delivered-To. It tells
	// who moved a mail into the folder. Empty leaves that unknown, and mail that was moved unanswered.
	Delivered string

	From    string        // the sender of the answers, default the account
	Contact string        // whom the answers say to call: a name and an extension
	PerHour int           // the most answers one reporter gets, default 20
	Relay   *answer.Relay // what takes the answers; nil for none
	GiveUp  time.Duration // how long an answer is tried, default 1 hour
}

// A Door is the report mailbox. Its fields do not change once it runs.
type Door struct {
	Config     Config
	Checkpoint *checkpoint.Checkpoint
	Record     *record.Store
	Org        *sekisho.Org
	Log        *slog.Logger // nil for none; gets no mail content

	pace   pace
	mutex  sync.Mutex
	status Status
}

// A Status is how the door is doing.
type Status struct {
	Account   string    `json:"account"`
	Connected time.Time `json:"connected,omitzero"` // since when; zero when it is not
	Idle      bool      `json:"idle"`               // the server tells of new mail by itself
	LastMail  time.Time `json:"last_mail,omitzero"`
	Judged    int       `json:"judged"`  // mails since the start
	Waiting   int       `json:"waiting"` // mails in the folder that were not judged
	Error     string    `json:"error,omitempty"`
	ErrorTime time.Time `json:"error_time,omitzero"`
}

// Status returns how the door is doing.
func (d *Door) Status() Status {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	return d.status
}

func (d *Door) update(change func(*Status)) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	d.status.Account = d.Config.Server.User
	change(&d.status)
}

func (d *Door) log() *slog.Logger {
	if d.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return d.Log
}

// Pauses between attempts to connect.
const (
	firstPause  = time.Second
	longPause   = 2 * time.Minute
	signInPause = time.Minute // servers lock accounts that sign in wrongly again and again
)

// Run watches the mailbox until ctx ends. It connects again whenever it has to.
func (d *Door) Run(ctx context.Context) error {
	pause := firstPause
	for {
		began := time.Now()
		err := d.watch(ctx)
		d.update(func(s *Status) { s.Connected, s.Idle = time.Time{}, false })
		if ctx.Err() != nil {
			return nil
		}
		d.failed("the connection ended", err)
		if time.Since(began) > longPause {
			pause = firstPause
		}
		wait := pause/2 + rand.N(pause/2+1)
		if errors.Is(err, errSignIn) {
			wait = max(wait, signInPause)
		}
		pause = min(2*pause, longPause)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
	}
}

func (d *Door) failed(what string, err error) {
	if err == nil {
		return
	}
	d.log().Warn("inbox: "+what, "account", d.Config.Server.User, "error", err)
	d.update(func(s *Status) { s.Error, s.ErrorTime = err.Error(), time.Now() })
}

// A watching is one connection's view of the folder.
type watching struct {
	*session
	done, failed string
	later        map[imap.UID]attempt // mails that could not be recorded, or whose answer did not go out
}

// An attempt is a mail that is tried again.
type attempt struct{ first, next time.Time }

// watch connects, judges what waits, and waits for more.
func (d *Door) watch(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	in, err := d.Config.Server.connect(ctx)
	if err != nil {
		return err
	}
	defer in.logout()
	w := &watching{session: in, later: map[imap.UID]attempt{}}
	if err := d.folders(w); err != nil {
		return err
	}
	d.update(func(s *Status) { s.Connected, s.Idle, s.Error, s.ErrorTime = time.Now(), in.idles, "", time.Time{} })
	d.log().Info("inbox: watching", "account", d.Config.Server.User, "idle", in.idles, "moves", in.canMv)
	for {
		if err := d.clear(ctx, w); err != nil {
			return err
		}
		if err := w.rest(ctx, d.until(w)); err != nil {
			return err
		}
	}
}

func (d *Door) folders(w *watching) (err error) {
	if w.canMv {
		if w.done, err = w.folder(either(d.Config.Done, "Sekisho/Done")); err != nil {
			return err
		}
		if w.failed, err = w.folder(either(d.Config.Failed, "Sekisho/Failed")); err != nil {
			return err
		}
	}
	_, err = w.choose(either(d.Config.Folder, "INBOX"), false)
	return err
}

func either(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// until returns how long to wait for news.
func (d *Door) until(w *watching) time.Duration {
	wait := idleTime
	if !w.idles {
		if wait = d.Config.Poll; wait <= 0 {
			wait = time.Minute
		}
	}
	for _, a := range w.later {
		wait = min(wait, max(time.Until(a.next), time.Second))
	}
	return wait
}

// clear judges what waits, oldest first, until nothing is left but what is tried again later.
func (d *Door) clear(ctx context.Context, w *watching) error {
	for {
		uids, err := w.waiting()
		if err != nil {
			return err
		}
		taken := 0
		for i, uid := range uids {
			d.update(func(s *Status) { s.Waiting = len(uids) - i })
			if a, ok := w.later[uid]; ok && time.Now().Before(a.next) {
				continue
			}
			if err := d.takeOne(ctx, w, uid); err != nil {
				return err
			}
			taken++
		}
		d.update(func(s *Status) { s.Waiting = len(w.later) })
		if taken == 0 {
			return nil
		}
	}
}

// takeOne judges one mail and puts it away, or notes that it is taken again. The error ends the connection.
func (d *Door) takeOne(ctx context.Context, w *watching, uid imap.UID) error {
	l, ok, err := w.fetch(uid)
	if err != nil {
		return err
	}
	if !ok { // somebody else took it out of the folder
		delete(w.later, uid)
		return nil
	}
	folder := w.done
	switch err := d.take(ctx, l, d.patience(w, uid)); {
	case errors.Is(err, errUntold):
		d.failed("an answer is given up", err)
		folder = w.failed
	case err != nil && ctx.Err() != nil:
		return err
	case err != nil: // the others go on: one mail that cannot be recorded holds nothing up
		d.failed("a mail is taken again later", err)
		w.again(uid)
		return nil
	}
	delete(w.later, uid)
	d.update(func(s *Status) { s.LastMail, s.Judged = time.Now(), s.Judged+1 })
	return w.put(uid, folder)
}

// again notes that a mail is taken again, after a pause that grows.
func (w *watching) again(uid imap.UID) {
	a := w.later[uid]
	if a.first.IsZero() {
		a.first = time.Now()
	}
	a.next = time.Now().Add(min(longPause, 5*time.Second+time.Since(a.first)))
	w.later[uid] = a
}

// patience reports whether an answer may be tried again later.
func (d *Door) patience(w *watching, uid imap.UID) bool {
	limit := d.Config.GiveUp
	if limit <= 0 {
		limit = time.Hour
	}
	a, ok := w.later[uid]
	return !ok || time.Since(a.first) < limit
}

// own reports whether an address is one of the mailbox.
func (d *Door) own(address string) bool {
	for _, one := range append([]string{d.Config.Server.User, d.Config.From}, d.Config.Addresses...) {
		if strings.Contains(one, "@") && strings.EqualFold(one, address) {
			return true
		}
	}
	return false
}

// from returns the address that answers come from.
func (d *Door) from() string { return either(d.Config.From, d.Config.Server.User) }
