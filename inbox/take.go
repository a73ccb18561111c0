package inbox

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/effect/answer"
	"github.com/sekisho/sekisho/record"
	"github.com/sekisho/sekisho/report"
)

var (
	errUntold  = errors.New("the reporter could not be told")
	errUnclear = errors.New("it is not known whether the answer went out")
)

// take judges a mail: it is recorded, then its reporter is told. Whatever was done before is not done again. The error wraps errUntold
// when the answer will not be sent; after any other the mail is to be taken again. patient allows for that when only the answer failed.
func (d *Door) take(ctx context.Context, l letter, patient bool) error {
	root, cut := l.artifact()
	opened := d.Checkpoint.Inspect(ctx, root)
	m, ok := root.Form.(*sekisho.Mail)
	if !ok {
		m = &sekisho.Mail{}
	}
	if answer.IsOwn(m.MessageID, d.from()) && automatic(m) {
		return nil // one of our answers came back
	}
	who := d.whose(m)
	list, said := []Reported{itself(root)}, ""
	if who.reports {
		list, said = d.split(root)
		list[0].Gaps = append(list[0].Gaps, gapsAround(opened, list[0])...)
	}
	list[0].Gaps = append(list[0].Gaps, cut...)
	digest := sha256.Sum256(l.raw)
	key := hex.EncodeToString(digest[:])
	pace := paceAnswer
	if who.told {
		pace = d.pace.take(who.address, key, d.perHour(), time.Now())
	}
	passages, err := d.pass(ctx, list, arrival{who: who, key: key, answers: who.told && pace != paceSilent})
	if err != nil {
		return err
	}
	outcome := "done"
	if who.told && pace != paceSilent {
		err = d.tell(ctx, telling{mail: m, who: who, langs: d.langs(m, who, said), passages: passages, list: list, busy: pace == paceNote})
		switch {
		case err != nil && patient && !errors.Is(err, answer.ErrRefused) && !errors.Is(err, errUnclear):
			return fmt.Errorf("the reporter is told later: %w", err)
		case err != nil:
			outcome = "the reporter could not be told: " + err.Error()
			err = fmt.Errorf("%w: %w", errUntold, err)
		}
	}
	for _, p := range passages {
		if failed := d.Record.Complete(ctx, p.ID, outcome); failed != nil {
			return failed
		}
	}
	return err
}

// artifact returns the mail as it is judged, and a gap when not all of it was read.
func (l letter) artifact() (root *sekisho.Artifact, cut []sekisho.Gap) {
	if read := int64(len(l.raw)); l.size > read || read > mailLimit {
		cut = []sekisho.Gap{gap(sekisho.ErrLimit, fmt.Sprintf("a mail of %d bytes, the first %d were read", l.size, read))}
	}
	return &sekisho.Artifact{Kind: sekisho.KindMail, Blob: bytes.NewReader(l.raw), Size: int64(len(l.raw))}, cut
}

func (d *Door) perHour() int {
	if d.Config.PerHour <= 0 {
		return 20
	}
	return d.Config.PerHour
}

// split is Split such that no report can end the process: one that Split fails on is judged itself.
func (d *Door) split(root *sekisho.Artifact) (list []Reported, said string) {
	defer func() {
		if v := recover(); v != nil {
			d.log().Error("inbox: split", "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
			one := itself(root)
			one.Gaps = []sekisho.Gap{gap(errors.New("failed"), "the report could not be told from what it reports")}
			list, said = []Reported{one}, ""
		}
	}()
	return Split(root)
}

// gapsAround returns what of the report could not be read, since what it reports may have been there.
func gapsAround(opened sekisho.Verdict, first Reported) (gaps []sekisho.Gap) {
	if first.How == HowItself {
		return nil // it will be said of the mail itself
	}
	for _, g := range opened.Gaps {
		if g.Artifact == "0" && g.By == "mail" {
			gaps = append(gaps, sekisho.Gap{Artifact: "0", By: Name, Why: g.Why + " (in the report)"})
		}
	}
	return gaps
}

// An arrival is what all that one mail brings has in common.
type arrival struct {
	who     reporter
	key     string
	answers bool
}

// pass judges and records what a mail asks about, each by itself.
func (d *Door) pass(ctx context.Context, list []Reported, a arrival) ([]*sekisho.Passage, error) {
	from := a.who.address
	if from == "" {
		from = d.Config.Server.User
	}
	var passages []*sekisho.Passage
	for i, one := range list {
		p, err := d.Checkpoint.Pass(ctx, sekisho.Arrival{
			Door: Name, From: from, Reporter: a.who.address, Artifact: one.Root, Gaps: one.Gaps,
			Key: fmt.Sprintf("%s:%s:%s:%d", Name, d.Config.Server.User[:min(len(d.Config.Server.User), 80)], a.key, i),
			Decide: func(sekisho.Verdict) sekisho.Act {
				act := sekisho.Act{Do: sekisho.DoPass, Keep: a.who.address != ""}
				if a.answers {
					act.Do = sekisho.DoAnswer
				}
				return act
			},
		})
		if err != nil {
			return nil, err
		}
		passages = append(passages, p)
	}
	return passages, nil
}

// A telling is what a reporter is going to be told.
type telling struct {
	mail     *sekisho.Mail
	who      reporter
	langs    []sekisho.Lang
	passages []*sekisho.Passage
	list     []Reported
	busy     bool
}

// tell answers the reporter, once for each mail.
func (d *Door) tell(ctx context.Context, t telling) error {
	a := answer.Answer{
		ID: t.passages[0].ID, From: d.from(), To: t.who.address, Time: time.Now(), Subject: t.mail.Subject, InReplyTo: t.mail.MessageID,
		References: t.mail.References, Langs: t.langs, Contact: d.Config.Contact,
	}
	if !t.who.reports { // the mail that was moved is no mail of theirs to be answered
		a.InReplyTo, a.References = "", nil
	}
	for i, p := range t.passages {
		verdict := report.Withhold(p.Verdict)
		if m, ok := verdict.Root.Form.(*sekisho.Mail); ok && m.Subject == report.Withheld {
			a.Subject = report.Withheld // the report's own repeats it
		}
		if t.busy {
			continue
		}
		others, err := d.others(ctx, p.Case, t.who.address)
		if err != nil {
			return err
		}
		how := t.list[i].How
		a.Items = append(a.Items, answer.Item{Case: p.Case, Verdict: verdict, Others: others, Inline: how == HowInline, Itself: how == HowItself && t.who.reports})
	}
	ran, err := d.Record.Once(ctx, "answer", a.ID, func(ctx context.Context) error {
		return d.Config.Relay.Send(ctx, d.from(), t.who.address, a.Bytes())
	})
	if ran || err != nil {
		return err
	}
	return d.sent(ctx, a.ID)
}

// sent returns nil when an answer that was tried before went out. One that a process began and did not survive may have: it is not sent
// twice, and people are shown that. One that another process is sending is looked at again.
func (d *Door) sent(ctx context.Context, id string) error {
	effects, err := d.Record.Effects(ctx, id)
	for _, e := range effects {
		if e.Name == "answer" && e.State == "unclear" {
			return fmt.Errorf("%w: it was interrupted at %s", errUnclear, e.Time.UTC().Format(time.DateTime))
		}
		if e.Name == "answer" && e.State != "done" {
			return fmt.Errorf("the answer is %s", e.State)
		}
	}
	return err
}

// others counts the other people who reported a case.
func (d *Door) others(ctx context.Context, id, address string) (int, error) {
	if id == "" {
		return 0, nil
	}
	detail, err := d.Record.Case(ctx, id)
	if errors.Is(err, record.ErrNotFound) {
		return 0, nil
	}
	people := map[string]bool{}
	for _, p := range detail.Seen {
		if p.Reporter != "" && p.Reporter != address {
			people[p.Reporter] = true
		}
	}
	return len(people), err
}

// What a pace allows.
const (
	paceAnswer = iota
	paceNote   // say once that no more is said
	paceSilent
)

// A pace bounds the answers to one reporter within an hour, so that a program that forwards, or a joke, floods nobody.
type pace struct {
	mutex sync.Mutex
	given map[string][]given
}

type given struct {
	key  string
	at   time.Time
	what int
}

// take notes a report and returns how it is answered: as before, if it was noted before.
func (p *pace) take(address, key string, perHour int, now time.Time) int {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.given == nil || len(p.given) > 10_000 {
		p.given = map[string][]given{}
	}
	kept := p.given[address][:0]
	answers, notes, found := 0, 0, -1
	for _, g := range p.given[address] {
		if now.Sub(g.at) >= time.Hour {
			continue
		}
		kept = append(kept, g)
		switch {
		case g.key == key:
			found = g.what
		case g.what == paceAnswer:
			answers++
		case g.what == paceNote:
			notes++
		}
	}
	p.given[address] = kept
	switch {
	case found >= 0:
		return found
	case answers < perHour:
		found = paceAnswer
	case notes == 0:
		found = paceNote
	default:
		return paceSilent
	}
	p.given[address] = append(kept, given{key, now, found})
	return found
}
