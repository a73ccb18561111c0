// Package notify tells people about cases: in Slack, in Microsoft Teams, by mail, or by a signed webhook.
//
// A case is told once in each channel when it opens, and once more each time it grows stricter. A message is short: what was
// decided, who wrote, under which subject, up to three reasons, how many mails, and a link to the case in the console. When more
// cases arise in an hour than a channel takes, the rest come together in one summary. Once a day a digest of at most ten lines
// says what needs a person and what could not be checked.
//
// Whatever a sender wrote is cleaned and defanged before it is told: nothing of it can be clicked, nobody is called by it, and no
// markup of it is obeyed. Nothing of a mail's body is told beyond what a reason quotes.
//
// Deliveries are work of the record, so that one process of those that share it makes each, one that fails is tried again later,
// and one that was made is not made again. The addresses of webhooks and the keys are secrets: they are read from files or the
// environment and stand in no log, no error and no record.
package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/sekisho/sekisho/record"
)

// The names of the work.
const (
	WorkCase    = "notify"         // {"case": ID}: tell the case; what record.Config.CaseWork names
	WorkSummary = "notify-summary" // periodic: tell the cases that were too many for their hour
	WorkDigest  = "digest"         // periodic: tell the digest when its time has come
)

// Health is what the digest says could not be checked beside the gaps of verdicts. Each text is one clause.
type Health struct {
	Lists []string // lists that are older than they should be
	Doors []string // doors that are down
}

// A Notifier tells the channels. It is safe for concurrent use.
type Notifier struct {
	store    *record.Store
	health   func(context.Context) Health
	console  string
	zone     *time.Location
	now      func() time.Time
	channels []*channel
}

// New reads the secrets and returns a notifier, or an error that names every setting that is wrong and shows no secret. health
// may be nil.
func New(c Config, store *record.Store, health func(context.Context) Health) (*Notifier, error) {
	n := &Notifier{store: store, health: health, now: c.Now}
	if n.now == nil {
		n.now = time.Now
	}
	if n.health == nil {
		n.health = func(context.Context) Health { return Health{} }
	}
	var problems []error
	var err error
	if n.console, err = consoleAddress(c.Console); err != nil {
		problems = append(problems, err)
	}
	if n.zone, err = zone(c.Zone); err != nil {
		problems = append(problems, err)
	}
	names := map[string]bool{}
	for i, ch := range c.Channels {
		opened, err := openChannel(ch, n.now, c.Sign)
		switch {
		case err != nil:
			problems = append(problems, fmt.Errorf("channel %d: %w", i+1, err))
		case names[ch.Name]:
			problems = append(problems, fmt.Errorf("channel %d: the name %q is taken", i+1, ch.Name))
		default:
			names[ch.Name] = true
			n.channels = append(n.channels, opened)
		}
	}
	return n, errors.Join(problems...)
}

// Work returns the work that [record.Store.Start] has to be given.
func (n *Notifier) Work() []record.Work {
	return []record.Work{
		{Name: WorkCase, Run: n.runCase},
		{Name: WorkSummary, Every: summaryEvery, Run: func(ctx context.Context, _ *record.Job) error { return n.summarise(ctx) }},
		{Name: WorkDigest, Every: digestEvery, Run: func(ctx context.Context, _ *record.Job) error { return n.digest(ctx) }},
	}
}

func (n *Notifier) runCase(ctx context.Context, job *record.Job) error {
	var args struct {
		Case string `json:"case"`
	}
	if err := json.Unmarshal(job.Args, &args); err != nil {
		return fmt.Errorf("read the job: %w", err)
	}
	return n.Case(ctx, args.Case)
}

// Case tells a case in every channel in which it was not told at its present strictness. A channel that fails does not keep the
// others from being told; the error then asks for another try. A case that is closed, or gone, is not told.
func (n *Notifier) Case(ctx context.Context, id string) error {
	c, err := n.store.Case(ctx, id)
	if errors.Is(err, record.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read case %s: %w", id, err)
	}
	if c.State == record.StateClosed {
		return nil
	}
	var failed []error
	for _, ch := range n.channels {
		if c.Action < ch.least {
			continue
		}
		if err := n.tell(ctx, ch, c); err != nil {
			failed = append(failed, fmt.Errorf("channel %s: %w", ch.name, err))
		}
	}
	return errors.Join(failed...)
}

// tell tells one channel, or leaves the case for the summary when the channel's hour is full. The effect of a case that is left
// has another name, so that the record does not say that it was told.
func (n *Notifier) tell(ctx context.Context, ch *channel, c record.CaseDetail) error {
	told, grown, err := n.told(ctx, ch, c)
	if err != nil || told {
		return err
	}
	free, err := n.inSlot(ctx, ch, c.Action, func(ctx context.Context, last bool) error {
		m, err := n.caseMessage(ctx, ch, c, grown)
		if err != nil {
			return err
		}
		if last {
			m.warnFull(n.now().In(n.zone))
		}
		_, err = n.store.Once(ctx, ch.effect(c.Action.String()), c.ID, func(ctx context.Context) error { return ch.service.send(ctx, m) })
		return err
	})
	if free || err != nil {
		return err
	}
	return n.leave(ctx, ch, c.Case)
}

// told reports whether the channel was told the case at its strictness, or has it coming in a summary, and whether it was told
// before that the case was milder.
func (n *Notifier) told(ctx context.Context, ch *channel, c record.CaseDetail) (told, grown bool, err error) {
	effects, err := n.store.Effects(ctx, c.ID)
	if err != nil {
		return false, false, fmt.Errorf("read what was told: %w", err)
	}
	for _, e := range effects {
		if e.State == "failed" {
			continue
		}
		switch action, ok := ch.tellsOf(e.Name); {
		case !ok:
		case action == c.Action.String():
			told = true
		default:
			grown = true
		}
	}
	return told, grown, nil
}
