package record

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sekisho/sekisho"
)

// What people decide.
const (
	DecideConfirm    = "confirm"     // it is an attack; closes the case
	DecideFalseAlarm = "false-alarm" // it is not; closes the case
	DecideRelease    = "release"     // deliver a held passage; not of a case that is confirmed
	DecideBlock      = "block"       // an indicator: what shows it is held from now on
	DecideUnblock    = "unblock"
	DecideComment    = "comment"
	DecideReopen     = "reopen"
)

// A Decision is what a person decided, and why.
type Decision struct {
	ID        string     `json:"id"`
	Time      time.Time  `json:"time"`
	By        string     `json:"by"` // the person's name in the record, never empty
	Do        string     `json:"do"`
	Reason    string     `json:"reason"` // wanted for everything but a comment, where it is the comment; up to 2,000 bytes
	Case      string     `json:"case,omitempty"`
	Passage   string     `json:"passage,omitempty"`
	Indicator *Indicator `json:"indicator,omitempty"`
	Waits     bool       `json:"waits,omitempty"` // a release that a second person has to ask for, too
}

// What people say of a case.
const (
	judgedConfirmed  = "confirmed"
	judgedFalseAlarm = "false-alarm"
)

// The states of a release.
const (
	releaseAsked   = "asked"   // by one of two people
	releaseDecided = "decided" // and not carried out
	releaseBegun   = "begun"   // by a process
	releaseFailed  = "failed"  // which frees it to be asked for again
	releaseDone    = "done"
)

const decisionColumns = `n, time, author, act, reason, case_n, passage, kind, value, waits`

func scanDecision(r row) (Decision, error) {
	var d Decision
	var n, at, campaign, passage, waits int64
	var kind, value string
	err := r.Scan(&n, &at, &d.By, &d.Do, &d.Reason, &campaign, &passage, &kind, &value, &waits)
	d.ID, d.Time, d.Case, d.Passage, d.Waits = formatID(idDecision, n), moment(at), formatID(idCase, campaign), formatID(idPassage, passage), waits != 0
	if kind != "" {
		d.Indicator = &Indicator{Kind: kind, Value: value}
	}
	return d, err
}

// Decide records a decision and what follows from it, in one transaction: a closed case, a blocked indicator and the Work named
// "retrohunt" with {"indicator": ...} that looks it up in the past, or the Work named "release" with {"passage": ID} when enough
// people asked for it. It returns the decision with ID, Time and Waits set, or ErrNotFound, ErrInvalid, ErrConflict, ErrForbidden.
func (s *Store) Decide(ctx context.Context, d Decision) (Decision, error) {
	if err := d.check(); err != nil {
		return d, err
	}
	d.Time = s.now()
	n := s.ids.next(d.Time)
	d.ID = formatID(idDecision, n)
	decided := d
	err := s.Write(ctx, func(ctx context.Context, t *Tx) error {
		decided = d // as it was, if this runs again
		return t.decide(ctx, n, &decided)
	})
	if err == nil && decided.Indicator != nil {
		err = s.loadBlocked(ctx)
	}
	return decided, err
}

// check says what is wrong with a decision whatever the record holds.
func (d *Decision) check() error {
	d.Reason, d.By = strings.TrimSpace(d.Reason), strings.TrimSpace(d.By)
	switch {
	case d.By == "":
		return fmt.Errorf("a decision by nobody: %w", ErrInvalid)
	case d.Reason == "" || len(d.Reason) > shownLimit:
		return fmt.Errorf("a decision wants a reason of up to %d bytes: %w", shownLimit, ErrInvalid)
	}
	d.Reason, d.By = plain(d.Reason, shownLimit), plain(d.By, nameLimit)
	switch d.Do {
	case DecideConfirm, DecideFalseAlarm, DecideReopen:
		if d.Case == "" {
			return fmt.Errorf("%s wants a case: %w", d.Do, ErrInvalid)
		}
	case DecideRelease:
		if d.Passage == "" {
			return fmt.Errorf("%s wants a passage: %w", d.Do, ErrInvalid)
		}
	case DecideComment:
		if d.Case == "" && d.Passage == "" {
			return fmt.Errorf("%s wants a case or a passage: %w", d.Do, ErrInvalid)
		}
	case DecideBlock, DecideUnblock:
		if d.Indicator == nil {
			return fmt.Errorf("%s wants an indicator: %w", d.Do, ErrInvalid)
		}
		i, err := normal(*d.Indicator)
		d.Indicator = &i
		return err
	default:
		return fmt.Errorf("%q is nothing to decide: %w", d.Do, ErrInvalid)
	}
	return nil
}

func (t *Tx) decide(ctx context.Context, n int64, d *Decision) error {
	if err := t.lock(ctx); err != nil {
		return err
	}
	campaign, passage, err := t.subject(ctx, d)
	if err != nil {
		return err
	}
	switch d.Do {
	case DecideConfirm, DecideFalseAlarm, DecideReopen:
		err = t.judge(ctx, campaign, d)
	case DecideRelease:
		err = t.release(ctx, campaign, passage, d)
	case DecideBlock:
		err = t.block(ctx, d)
	case DecideUnblock:
		err = t.unblock(ctx, d)
	}
	if err != nil {
		return err
	}
	kind, value, ref := "", "", d.ID
	if i := d.Indicator; i != nil {
		kind, value, ref = i.Kind, i.Value, i.Kind+":"+i.Value
	}
	if d.Passage != "" {
		ref = d.Passage
	}
	if d.Case != "" {
		ref = d.Case
	}
	one := newRows(`INSERT INTO decision (n, time, author, act, reason, case_n, passage, kind, value, waits) VALUES `, 10)
	one.add(n, d.Time.UnixMicro(), d.By, d.Do, d.Reason, campaign, passage, kind, value, truth(d.Waits))
	if err := one.insert(ctx, t, ``); err != nil {
		return err
	}
	return t.Note(entryDecision, d.By, ref, d)
}

// subject finds what a decision is about, and fills in the case of its passage.
func (t *Tx) subject(ctx context.Context, d *Decision) (campaign, passage int64, err error) {
	if d.Passage != "" {
		if passage, err = parseID(idPassage, d.Passage); err != nil {
			return 0, 0, err
		}
		_, p, err := t.passage(ctx, passage)
		if err != nil {
			return 0, 0, err
		}
		if d.Case != "" && p.Case != d.Case {
			return 0, 0, fmt.Errorf("passage %s of case %s: %w", d.Passage, d.Case, ErrNotFound)
		}
		d.Case = p.Case
	}
	if d.Case == "" {
		return 0, passage, nil
	}
	if campaign, err = parseID(idCase, d.Case); err != nil {
		return 0, 0, err
	}
	var one int
	err = t.QueryRow(ctx, `SELECT 1 FROM campaign WHERE n = ?1`, campaign).Scan(&one)
	if errors.Is(err, sql.ErrNoRows) {
		err = notFound(d.Case)
	}
	return campaign, passage, err
}

// judge closes or opens a case.
func (t *Tx) judge(ctx context.Context, campaign int64, d *Decision) error {
	from, state, judged, closed := StateOpen, StateClosed, judgedConfirmed, d.Time.UnixMicro()
	switch d.Do {
	case DecideFalseAlarm:
		judged = judgedFalseAlarm
	case DecideReopen:
		from, state, judged, closed = StateClosed, StateOpen, "", 0
	}
	changed, err := t.Exec(ctx, `UPDATE campaign SET state = ?1, judged = ?2, closed = ?3 WHERE n = ?4 AND state = ?5`, state, judged, closed, campaign, from)
	if err == nil && changed == 0 {
		return fmt.Errorf("case %s is not %s: %w", d.Case, from, ErrConflict)
	}
	return err
}

// release asks for a held passage to be let go, and enqueues that when enough people did.
func (t *Tx) release(ctx context.Context, campaign, passage int64, d *Decision) error {
	_, p, err := t.passage(ctx, passage)
	if err != nil {
		return err
	}
	var judged string
	err = t.QueryRow(ctx, `SELECT judged FROM campaign WHERE n = ?1`, campaign).Scan(&judged)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if judged == judgedConfirmed {
		return fmt.Errorf("case %s was confirmed as an attack, reopen it first: %w", d.Case, ErrConflict)
	}
	var state, asked string
	err = t.QueryRow(ctx, `SELECT state, asked FROM release WHERE passage = ?1`, passage).Scan(&state, &asked)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	switch {
	case p.Do != sekisho.DoHold || slices.Contains([]string{releaseDecided, releaseBegun, releaseDone}, state):
		return fmt.Errorf("passage %s is not held, or was released: %w", d.Passage, ErrConflict)
	case !p.Kept:
		return fmt.Errorf("passage %s: its original is %w", d.Passage, ErrGone)
	case state == releaseAsked && strings.EqualFold(asked, d.By):
		return fmt.Errorf("%s asked already, and a second person is needed: %w", d.By, ErrForbidden)
	}
	next := releaseDecided
	if t.store.config.Releasers > 1 && state != releaseAsked {
		next, d.Waits = releaseAsked, true
	}
	_, err = t.Exec(ctx, `INSERT INTO release (passage, case_n, state, asked, process, time) VALUES (?1, ?2, ?3, ?4, '', ?5)
		ON CONFLICT (passage) DO UPDATE SET state = excluded.state, asked = excluded.asked, process = '', time = excluded.time`,
		passage, campaign, next, d.By, d.Time.UnixMicro())
	if err != nil || d.Waits {
		return err
	}
	_, err = t.enqueue(ctx, "release", d.By, "", map[string]string{"passage": d.Passage})
	return err
}
