package milter

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/checkpoint"
	"github.com/sekisho/sekisho/effect/release"
)

// Why a mail could not be checked.
var (
	errBusy  = errors.New("busy: too many mails are judged at once")
	errTime  = errors.New("out of time")
	errPanic = errors.New("panic")
)

// What the MTA's client is told. Nothing of the mail is in it.
const (
	replyFailure  = "451 4.7.1 The mail cannot be checked right now, please try again later"
	replyTempfail = "451 4.7.1 The mail is not accepted for now; reference %s"
	replyReject   = "550 5.7.1 The mail is refused by the security policy; reference %s"
	replyLarge    = "552 5.3.4 The mail is too large to be checked"
	replyLargeNow = "451 4.3.4 The mail is too large to be checked"
)

// A settlement is what remains to be done for a mail once its answer was written, or could not be.
type settlement struct {
	complete func(written error) // nil when there is nothing to complete
	lent     bool                // the mail is not ours to close
}

// settle decides about a mail that is all there and says it in a; it is recorded when settle returns.
func (d *Door) settle(ctx context.Context, m *message, a *answer) settlement {
	d.counters.mails.Add(1)
	if m.err != nil {
		d.refuseUnread(m, a)
		return settlement{}
	}
	if passage, ok := d.released(ctx, m); ok {
		d.counters.released.Add(1)
		d.removeOwn(m, a)
		a.say(answerContinue)
		return settlement{complete: func(written error) { d.noteRelease(ctx, m, passage, written) }}
	}
	start := time.Now()
	passage, lent, err := d.judge(ctx, m)
	d.counters.time(time.Since(start))
	if err != nil {
		d.fail(m, a, err)
		return settlement{lent: lent}
	}
	if passage.Act.Keep {
		if err := d.keepEnvelope(ctx, m, passage); err != nil {
			d.fail(m, a, fmt.Errorf("%w: the envelope: %w", checkpoint.ErrNotRecorded, err))
			return settlement{complete: func(error) { d.complete(passage.ID, "not done: the envelope could not be recorded") }}
		}
	}
	d.carryOut(m, a, passage)
	return settlement{complete: func(written error) {
		switch {
		case written != nil:
			d.counters.dropped.Add(1)
			d.complete(passage.ID, "the connection ended before the mail server was told: "+written.Error())
		case passage.Act.Do != sekisho.DoPass: // which was done when it was recorded
			d.complete(passage.ID, "done")
		}
	}}
}

// keepEnvelope records where a held mail was to go.
func (d *Door) keepEnvelope(ctx context.Context, m *message, p *sekisho.Passage) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return release.Keep(ctx, d.Record, p.ID, release.Envelope{From: m.envelope.From, To: m.envelope.To})
}

// refuseUnread answers for a mail of which bytes are missing. It is no passage, for nobody looked at it.
func (d *Door) refuseUnread(m *message, a *answer) {
	if !errors.Is(m.err, errTooLarge) {
		d.fail(m, a, m.err)
		return
	}
	d.counters.large.Add(1)
	d.log().Warn("milter: mail refused", "queue", m.queue, "client", m.envelope.Client, "reason", m.err)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	note := map[string]string{"client": m.envelope.Client, "reason": m.err.Error(), "queue": m.queue}
	switch err := d.Record.Note(ctx, "refused", "milter", m.queue, note); {
	case d.Policy.Shadow && err == nil:
		// Nothing is changed in shadow mode, and the note says that nobody looked at it.
		a.say(answerContinue)
	case err != nil:
		d.fail(m, a, err)
	case d.Policy.TooLarge == Tempfail:
		a.reply(replyLargeNow)
	default:
		a.reply(replyLarge)
	}
}

// fail answers for a mail that could not be checked, or whose passage could not be recorded.
func (d *Door) fail(m *message, a *answer, err error) {
	reason := "spool"
	switch {
	case errors.Is(err, errBusy):
		reason = "busy"
	case errors.Is(err, errTime):
		reason = "time"
	case errors.Is(err, errPanic):
		reason = "panic"
	case errors.Is(err, checkpoint.ErrNotRecorded):
		reason = "record"
	}
	d.counters.fail(reason)
	accepted := d.Policy.OnFailure == Accept
	d.log().Error("milter: mail not checked", "reason", reason, "accepted", accepted, "queue", m.queue, "client", m.envelope.Client, "error", err)
	if accepted {
		d.counters.unchecked.Add(1)
		a.say(answerContinue)
		return
	}
	a.reply(replyFailure)
}

// carryOut says what was decided.
func (d *Door) carryOut(m *message, a *answer, p *sekisho.Passage) {
	d.counters.did(p.Act.Do)
	if d.Policy.Shadow {
		a.say(answerContinue)
		return
	}
	choice := d.Policy.choose(m.outgoing(d.Networks), p.Verdict.Action)
	switch choice {
	case Hold:
		a.say(answerDiscard)
		return
	case Reject:
		a.reply(fmt.Sprintf(replyReject, p.ID))
		return
	case Tempfail:
		a.reply(fmt.Sprintf(replyTempfail, p.ID))
		return
	}
	d.removeOwn(m, a)
	switch choice {
	case Quarantine:
		a.say(answerQuarantine, "Sekisho "+p.ID, "\x00")
	case Header, Mark:
		d.mark(m, a, p, choice == Mark)
	}
	a.say(answerContinue)
}

// removeOwn removes the X-Sekisho headers that came with the mail, the last one first: an MTA may count again behind each.
func (d *Door) removeOwn(m *message, a *answer) {
	for i := len(m.own) - 1; i >= 0; i-- {
		a.header(answerChangeHeader, m.own[i].index, m.own[i].name, "")
	}
}
