package record

import (
	"context"
	"time"

	"github.com/sekisho/sekisho"
)

// A RuleFigure is how a rule has done since a moment.
type RuleFigure struct {
	Rule        string    `json:"rule"`
	Held        int       `json:"held"`         // passages in which it held
	Confirmed   int       `json:"confirmed"`    // of those, in cases a person confirmed
	FalseAlarms int       `json:"false_alarms"` // of those, in cases a person called a false alarm
	Last        time.Time `json:"last"`
}

// RuleFigures returns the figures of every rule that held since then.
func (s *Store) RuleFigures(ctx context.Context, since time.Time) ([]RuleFigure, error) {
	figures := []RuleFigure{}
	err := s.Read(ctx, func(ctx context.Context, t *Tx) error {
		places := map[string]int{}
		err := t.each(ctx, func(r row) error {
			var f RuleFigure
			var last int64
			err := r.Scan(&f.Rule, &f.Held, &last)
			f.Last = moment(last >> 12) // a passage's number says its moment
			places[f.Rule] = len(figures)
			figures = append(figures, f)
			return err
		}, `SELECT rule, count(*), max(passage) FROM finding WHERE passage >= ?1 GROUP BY rule ORDER BY rule`, firstOf(since))
		if err != nil {
			return err
		}
		for _, judged := range []string{judgedConfirmed, judgedFalseAlarm} {
			err := t.each(ctx, func(r row) error {
				var rule string
				var n int
				err := r.Scan(&rule, &n)
				if at, ok := places[rule]; ok && judged == judgedConfirmed {
					figures[at].Confirmed = n
				} else if ok {
					figures[at].FalseAlarms = n
				}
				return err
			}, `SELECT finding.rule, count(*) FROM passage JOIN finding ON finding.passage = passage.n
				WHERE passage.case_n IN (SELECT n FROM campaign WHERE judged <> '' AND judged = ?1) AND passage.case_n > 0 AND passage.n >= ?2 GROUP BY finding.rule`,
				judged, firstOf(since))
			if err != nil {
				return err
			}
		}
		return nil
	})
	return figures, err
}

// Today is the state of things since a moment.
type Today struct {
	Open       int            `json:"open"`       // cases that need a person, of all time
	Waiting    int            `json:"waiting"`    // releases that need a second person
	Held       int            `json:"held"`       // passages kept back and not released, of all time
	Passages   map[string]int `json:"passages"`   // by action, since then
	Reports    int            `json:"reports"`    // by people, since then
	Decisions  []Decision     `json:"decisions"`  // newest first, up to 20, since then
	Gaps       []GapCount     `json:"gaps"`       // what could not be looked at, since then, most frequent first, up to 20
	Unfinished int            `json:"unfinished"` // passages whose act was interrupted, since then
}

// A GapCount is a kind of gap and how many passages had it.
type GapCount struct {
	By    string `json:"by"`
	Class string `json:"class"`
	Count int    `json:"count"`
}

const todayLimit = 20 // decisions and kinds of gap

// Today returns the state of things since a moment.
func (s *Store) Today(ctx context.Context, since time.Time) (Today, error) {
	now := Today{Passages: map[string]int{}, Decisions: []Decision{}, Gaps: []GapCount{}}
	at := since.UnixMicro()
	err := s.Read(ctx, func(ctx context.Context, t *Tx) error {
		counts := []struct {
			into  *int
			query string
			args  []any
		}{
			{&now.Open, `SELECT count(*) FROM campaign WHERE state = 'open'`, nil},
			{&now.Waiting, `SELECT count(*) FROM release WHERE state = 'asked'`, nil},
			{&now.Held, `SELECT count(*) FROM passage WHERE act = 'hold' AND released = 0`, nil},
			{&now.Unfinished, `SELECT count(*) FROM passage WHERE outcome = 'interrupted' AND time >= ?1`, []any{at}},
		}
		for _, c := range counts {
			if err := t.QueryRow(ctx, c.query, c.args...).Scan(c.into); err != nil {
				return err
			}
		}
		err := t.each(ctx, func(r row) error {
			var action, passages, reports int
			err := r.Scan(&action, &passages, &reports)
			now.Passages[sekisho.Action(action).String()] = passages
			now.Reports += reports
			return err
		}, `SELECT action, count(*), sum(CASE WHEN reporter <> '' THEN 1 ELSE 0 END) FROM passage WHERE time >= ?1 GROUP BY action`, at)
		if err != nil {
			return err
		}
		err = t.each(ctx, func(r row) error {
			d, err := scanDecision(r)
			now.Decisions = append(now.Decisions, d)
			return err
		}, `SELECT `+decisionColumns+` FROM decision WHERE time >= ?1 ORDER BY time DESC, n DESC LIMIT ?2`, at, todayLimit)
		if err != nil {
			return err
		}
		return t.each(ctx, func(r row) error {
			var g GapCount
			err := r.Scan(&g.By, &g.Class, &g.Count)
			now.Gaps = append(now.Gaps, g)
			return err
		}, `SELECT author, class, count(*) AS passages FROM gap WHERE passage >= ?1 GROUP BY author, class ORDER BY passages DESC, author, class LIMIT ?2`, firstOf(since), todayLimit)
	})
	return now, err
}
