package record

import (
	"context"
	"encoding/json"
	"fmt"
	"math"

	"github.com/sekisho/sekisho"
)

// What a passage's Outcome says beside what went wrong.
const (
	outcomeDone        = "done"
	outcomeInterrupted = "interrupted"
)

// Record keeps a passage. It sets p.ID and p.Case, opens or joins a case (when the verdict is warn or stricter, or a person
// reported it), keeps its original when p.Act.Keep says so, extends the log and enqueues Config.CaseWork, all in one transaction. An
// arrival whose Key is recorded sets p.ID and p.Case of that passage and changes nothing. Many calls at once share transactions. It is a
// checkpoint.Record.
//
// What opens or joins a case can be searched for at once, by words and by indicators, and everything else about a second later. What a
// mail teaches of who writes to whom is known then, too. A passage that is let through unchanged is done when it is recorded: nothing is
// left that could be interrupted.
func (s *Store) Record(ctx context.Context, p *sekisho.Passage) error {
	d, err := s.draft(p)
	if err != nil {
		return fmt.Errorf("record: %w", err)
	}
	var passage, campaign int64
	err = s.share(ctx, func(ctx context.Context, t *Tx) error {
		var err error
		passage, campaign, err = t.keep(ctx, d)
		return err
	})
	if err != nil {
		return fmt.Errorf("record: %w", err)
	}
	p.ID, p.Case = formatID(idPassage, passage), formatID(idCase, campaign)
	select {
	case s.unindexed <- struct{}{}:
	default: // somebody is on the way
	}
	return nil
}

// keep writes a passage and everything that follows from it.
func (t *Tx) keep(ctx context.Context, d *draft) (passage, campaign int64, err error) {
	if d.key != nil {
		added, err := t.Exec(ctx, `INSERT INTO arrival (key, passage) VALUES (?1, ?2) ON CONFLICT DO NOTHING`, d.key, d.n)
		if err != nil {
			return 0, 0, err
		}
		if added == 0 {
			err := t.QueryRow(ctx, `SELECT n, case_n FROM passage WHERE n = (SELECT passage FROM arrival WHERE key = ?1)`, d.key).Scan(&passage, &campaign)
			return passage, campaign, err
		}
	}
	if d.suspect {
		if campaign, err = t.enter(ctx, d); err != nil {
			return 0, 0, fmt.Errorf("case: %w", err)
		}
	}
	seq := t.next()
	if err := t.note(entryPassage, t.store.config.Process, d.passage.ID, d.withCase(formatID(idCase, campaign))); err != nil {
		return 0, 0, err
	}
	if err := t.insertPassage(ctx, d, seq, campaign); err != nil {
		return 0, 0, fmt.Errorf("passage: %w", err)
	}
	if d.suspect {
		if err := t.writeTraces(ctx, []trace{d.trace}); err != nil {
			return 0, 0, fmt.Errorf("index: %w", err)
		}
		if err := t.index(ctx, spaceCase, campaign, d.tokens); err != nil {
			return 0, 0, fmt.Errorf("words: %w", err)
		}
	}
	if d.sealed != nil {
		until := t.store.now().Add(t.store.config.Retention).UnixMicro()
		if _, err := t.Exec(ctx, `INSERT INTO original (passage, until, sealed) VALUES (?1, ?2, ?3)`, d.n, until, d.sealed); err != nil {
			return 0, 0, fmt.Errorf("original: %w", err)
		}
	}
	return d.n, campaign, nil
}

func (t *Tx) insertPassage(ctx context.Context, d *draft, seq, campaign int64) error {
	p := &d.passage
	to, err := json.Marshal(p.To)
	if err != nil {
		return err
	}
	one := newRows(`INSERT INTO passage (n, seq, time, case_n, process, door, client, reporter, kind, name, sender, recipients, subject, message_id,
		action, act, would, outcome, kept, released, took) VALUES `, 21)
	one.add(d.n, seq, p.Time.UnixMicro(), campaign, t.store.me(), p.Door, p.From, p.Reporter, string(p.Kind), p.Name, p.Sender,
		string(to), p.Subject, p.MessageID, int64(p.Action), p.Do, p.Would, p.Outcome, truth(p.Kept), 0, int64(math.Round(p.TookMS*1000)))
	if err := one.insert(ctx, t, ``); err != nil {
		return err
	}
	findings := newRows(`INSERT INTO finding (rule, passage) VALUES `, 2)
	for _, rule := range d.rules {
		findings.add(rule, d.n)
	}
	if err := findings.insert(ctx, t, ``); err != nil {
		return err
	}
	gaps := newRows(`INSERT INTO gap (passage, author, class) VALUES `, 3)
	for _, g := range classesOf(d.gaps) {
		gaps.add(d.n, g.By, g.Class)
	}
	return gaps.insert(ctx, t, ``)
}

// classesOf returns each kind of gap once.
func classesOf(gaps []sekisho.Gap) []GapCount {
	var kinds []GapCount
	known := map[GapCount]bool{}
	for _, g := range gaps {
		kind := GapCount{By: g.By, Class: g.Class()}
		if !known[kind] {
			known[kind] = true
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

func truth(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// Complete says how the door's act ended: "done", or what went wrong. A passage that acts and was never completed is shown as
// interrupted. What is said last stands; to say again what stands changes nothing. What is let through unchanged is done when it is
// recorded, and completed only when that went wrong.
func (s *Store) Complete(ctx context.Context, passage, outcome string) error {
	n, err := parseID(idPassage, passage)
	if err != nil {
		return err
	}
	outcome = plain(outcome, shownLimit)
	if outcome == "" {
		return fmt.Errorf("an empty outcome: %w", ErrInvalid)
	}
	return s.share(ctx, func(ctx context.Context, t *Tx) error { return t.complete(ctx, n, outcome) })
}

func (t *Tx) complete(ctx context.Context, n int64, outcome string) error {
	changed, err := t.Exec(ctx, `UPDATE passage SET outcome = ?1 WHERE n = ?2 AND outcome <> ?1`, outcome, n)
	if err != nil {
		return err
	}
	if changed == 0 {
		_, _, err := t.passage(ctx, n)
		return err
	}
	return t.Note(entryOutcome, t.store.config.Process, formatID(idPassage, n), outcomeBody{outcome})
}

// An outcomeBody is the body of an outcome's entry.
type outcomeBody struct {
	Outcome string `json:"outcome"`
}
