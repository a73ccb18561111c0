package notify

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/record"
)

const (
	summaryEvery = 5 * time.Minute
	summaryAfter = 2 * time.Minute // after the hour's end, so that what is being told at its end is in
	summaryBack  = 48              // hours that are looked at, for the time nobody was running
	summaryCases = 8               // cases that a summary names
)

// hourRef is what the effects of a channel's hour refer to: its slots, what was left, the summary.
func hourRef(ch *channel, hour time.Time) string {
	return "notify " + ch.name + " " + hour.UTC().Format("2006-01-02T15Z")
}

// slots returns how many cases of that strictness the channel takes in an hour. Half is kept for what is held or rejected: a
// flood of warnings keeps no attack from being told.
func (ch *channel) slots(a sekisho.Action) int {
	if a >= sekisho.ActionHold {
		return ch.hourly
	}
	return (ch.hourly + 1) / 2
}

// inSlot carries do out in a free slot of the channel's present hour, and reports whether there was one. A slot is an effect:
// several processes never share one, and a slot whose delivery failed is free again. last says that the slot is the hour's last.
func (n *Notifier) inSlot(ctx context.Context, ch *channel, a sekisho.Action, do func(ctx context.Context, last bool) error) (bool, error) {
	ref := hourRef(ch, n.now())
	effects, err := n.store.Effects(ctx, ref)
	if err != nil {
		return false, fmt.Errorf("read the hour: %w", err)
	}
	taken := map[string]bool{}
	for _, e := range effects {
		taken[e.Name] = e.State != "failed"
	}
	slots := ch.slots(a)
	for i := 1; i <= slots; i++ {
		name := fmt.Sprintf("slot %d", i)
		if taken[name] {
			continue
		}
		ran, err := n.store.Once(ctx, name, ref, func(ctx context.Context) error { return do(ctx, i == slots) })
		if ran || err != nil {
			return true, err
		}
	}
	return false, nil
}

// leave keeps a case for the hour's summary. The hour is told first: were it the case, a stop between the two would lose it.
func (n *Notifier) leave(ctx context.Context, ch *channel, c record.Case) error {
	nothing := func(context.Context) error { return nil }
	action := c.Action.String()
	if _, err := n.store.Once(ctx, stateLeft+" "+action+" "+c.ID, hourRef(ch, n.now()), nothing); err != nil {
		return err
	}
	_, err := n.store.Once(ctx, ch.effect(action, stateLeft), c.ID, nothing)
	return err
}

// summarise tells what was left in hours that are over, one message an hour of a channel.
func (n *Notifier) summarise(ctx context.Context) error {
	var failed []error
	newest := n.now().Add(-summaryAfter).Truncate(time.Hour).Add(-time.Hour)
	for _, ch := range n.channels {
		for i := summaryBack - 1; i >= 0; i-- {
			if err := n.summariseHour(ctx, ch, newest.Add(-time.Duration(i)*time.Hour)); err != nil {
				failed = append(failed, fmt.Errorf("channel %s: %w", ch.name, err))
			}
		}
	}
	return errors.Join(failed...)
}

// A left case is one that waits for the summary.
type left struct {
	Case   string         `json:"case"`
	Action sekisho.Action `json:"action"`
	Link   string         `json:"link,omitempty"`
}

func (n *Notifier) summariseHour(ctx context.Context, ch *channel, hour time.Time) error {
	ref := hourRef(ch, hour)
	effects, err := n.store.Effects(ctx, ref)
	if err != nil {
		return fmt.Errorf("read the hour: %w", err)
	}
	var cases []left
	strict := sekisho.ActionReject
	for ; strict >= sekisho.ActionPass; strict-- {
		for _, e := range effects {
			if id, ok := strings.CutPrefix(e.Name, stateLeft+" "+strict.String()+" "); ok {
				cases = append(cases, left{id, strict, n.caseLink(id)})
			}
		}
	}
	if len(cases) == 0 {
		return nil
	}
	_, err = n.store.Once(ctx, "summary", ref, func(ctx context.Context) error {
		m, err := n.summaryMessage(ctx, ch, hour, cases)
		if err != nil {
			return err
		}
		return ch.service.send(ctx, m)
	})
	return err
}

// summaryMessage names the first of the cases, which are the strictest, and counts the rest.
func (n *Notifier) summaryMessage(ctx context.Context, ch *channel, hour time.Time, cases []left) (message, error) {
	m := message{id: identity("summary", ch.name, hour.UTC().Format("2006-01-02T15Z")), kind: "summary", time: n.now().UTC()}
	if n.console != "" {
		m.link = n.console + "/cases"
	}
	named := cases[:min(len(cases), summaryCases)]
	titles := map[string]string{}
	for _, l := range named {
		c, err := n.store.Case(ctx, l.Case)
		if err != nil && !errors.Is(err, record.ErrNotFound) {
			return m, fmt.Errorf("read case %s: %w", l.Case, err)
		}
		titles[l.Case] = show(c.Title, nameLimit)
	}
	from, to := hour.In(n.zone).Format("15:04"), hour.Add(time.Hour).In(n.zone).Format("15:04")
	for _, lang := range ch.langs {
		p := part{lang: lang, title: say(lang, "summary", len(cases), from, to), open: say(lang, "open-cases")}
		for _, l := range named {
			p.lines = append(p.lines, line{say(lang, l.Action.String()), titles[l.Case] + " (" + l.Case + ")"})
		}
		if more := len(cases) - len(named); more > 0 {
			p.lines = append(p.lines, line{"", say(lang, "and-more", more)})
		}
		m.parts = append(m.parts, p)
	}
	m.data = struct {
		Hour  time.Time `json:"hour"`
		Count int       `json:"count"`
		Cases []left    `json:"cases"` // the strictest first, up to 200
	}{hour.UTC(), len(cases), cases[:min(len(cases), 200)]}
	return m, nil
}
