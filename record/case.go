package record

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/sekisho/sekisho"
)

// The states of a case.
const (
	StateOpen   = "open"   // needs a person
	StateClosed = "closed" // was decided
)

// A Case is one campaign: passages that share a sender, a site, a persona, an attachment or a text, and what people decided
// about them.
type Case struct {
	ID       string         `json:"id"`
	Title    string         `json:"title"` // the first passage's subject or name
	State    string         `json:"state"`
	Judged   string         `json:"judged,omitempty"` // what a person said of it: confirmed, false-alarm; empty when nobody did
	Action   sekisho.Action `json:"action"`           // the strictest of its passages
	Opened   time.Time      `json:"opened"`
	Last     time.Time      `json:"last"`
	Passages int            `json:"passages"`
	Held     int            `json:"held"`            // passages kept back and not released
	Reports  int            `json:"reports"`         // by people
	Rules    []string       `json:"rules"`           // that held in it, strictest first, up to ten
	Asked    string         `json:"asked,omitempty"` // who asked for a release that waits for a second person
}

// A CaseDetail is a case with what happened in it.
type CaseDetail struct {
	Case
	Seen      []Passage   `json:"seen"` // newest first, up to 200
	Decisions []Decision  `json:"decisions"`
	Related   []Related   `json:"related"`
	Joined    []Indicator `json:"joined"` // by what its passages were joined
}

// Related is a case that shares an indicator.
type Related struct {
	Case Case      `json:"case"`
	By   Indicator `json:"by"`
}

// campaignColumns are what scanCase reads, of the table campaign.
const campaignColumns = `campaign.n, campaign.title, campaign.state, campaign.judged, campaign.action, campaign.opened, campaign.last, campaign.passages,
	campaign.held, campaign.reports, campaign.rules,
	COALESCE((SELECT release.asked FROM release WHERE release.state = 'asked' AND release.case_n = campaign.n ORDER BY release.passage LIMIT 1), '')`

func scanCase(r row) (n int64, c Case, err error) {
	var action, opened, last int64
	var rules string
	if err := r.Scan(&n, &c.Title, &c.State, &c.Judged, &action, &opened, &last, &c.Passages, &c.Held, &c.Reports, &rules, &c.Asked); err != nil {
		return 0, c, err
	}
	c.ID, c.Action, c.Opened, c.Last, c.Rules = formatID(idCase, n), sekisho.Action(action), moment(opened), moment(last), []string{}
	var named []string
	if err := json.Unmarshal([]byte(rules), &named); err != nil {
		return 0, c, fmt.Errorf("rules of case %s: %w", c.ID, err)
	}
	for _, rule := range named {
		c.Rules = append(c.Rules, rule[1:]) // behind the digit of what it asks for
	}
	return n, c, nil
}

// Cases returns the cases asked for: open ones first, the strictest and newest first among them.
func (s *Store) Cases(ctx context.Context, q Query) (Page[Case], error) {
	page := Page[Case]{Items: []Case{}}
	err := s.Read(ctx, func(ctx context.Context, t *Tx) error {
		var c clause
		if q.After != "" {
			rank, err := unranked(q.After, 1, 3)
			if err != nil {
				return err
			}
			c.add("(campaign.state, campaign.action, campaign.last, campaign.n) < (?, ?, ?, ?)", rank...)
		}
		if q.Least > sekisho.ActionPass {
			c.add("campaign.action >= ?", int64(q.Least))
		}
		if q.State != "" {
			c.add("campaign.state = ?", q.State)
		}
		if q.Door != "" {
			c.add("EXISTS (SELECT 1 FROM passage WHERE passage.case_n = campaign.n AND passage.case_n > 0 AND passage.door = ?)", q.Door)
		}
		if q.Rule != "" {
			c.add("campaign.n IN (SELECT passage.case_n FROM finding JOIN passage ON passage.n = finding.passage WHERE finding.rule = ?)", q.Rule)
		}
		if !q.Since.IsZero() {
			c.add("campaign.last >= ?", q.Since.UnixMicro())
		}
		if !q.Until.IsZero() {
			c.add("campaign.opened < ?", q.Until.UnixMicro())
		}
		if err := t.matching(ctx, &c, spaceCase, "campaign.n", q.Text); err != nil {
			return err
		}
		c.args = append(c.args, q.limit()+1)
		return t.each(ctx, func(r row) error {
			_, one, err := scanCase(r)
			page.Items = append(page.Items, one)
			return err
		}, `SELECT `+campaignColumns+` FROM campaign`+c.where()+`
			ORDER BY campaign.state DESC, campaign.action DESC, campaign.last DESC, campaign.n DESC LIMIT ?`+strconv.Itoa(len(c.args)), c.args...)
	})
	page.cut(q.limit(), func(c Case) string {
		n, _ := parseID(idCase, c.ID) // it was made from the number
		return ranked(c.State, int(c.Action), c.Last.UnixMicro(), n)
	})
	return page, err
}

const (
	seenLimit    = 200
	relatedLimit = 20
)

// Case returns one case, or ErrNotFound.
func (s *Store) Case(ctx context.Context, id string) (CaseDetail, error) {
	n, err := parseID(idCase, id)
	if err != nil {
		return CaseDetail{}, err
	}
	d := CaseDetail{Seen: []Passage{}, Decisions: []Decision{}, Related: []Related{}, Joined: []Indicator{}}
	err = s.Read(ctx, func(ctx context.Context, t *Tx) error {
		_, d.Case, err = scanCase(t.QueryRow(ctx, `SELECT `+campaignColumns+` FROM campaign WHERE n = ?1`, n))
		if errors.Is(err, sql.ErrNoRows) {
			return notFound(id)
		}
		if err != nil {
			return err
		}
		err := t.each(ctx, func(r row) error {
			_, p, err := scanPassage(r)
			d.Seen = append(d.Seen, p)
			return err
		}, `SELECT `+passageColumns+` FROM passage WHERE case_n = ?1 AND case_n > 0 ORDER BY n DESC LIMIT ?2`, n, seenLimit)
		if err != nil {
			return err
		}
		err = t.each(ctx, func(r row) error {
			one, err := scanDecision(r)
			d.Decisions = append(d.Decisions, one)
			return err
		}, `SELECT `+decisionColumns+` FROM decision WHERE case_n = ?1 AND case_n > 0 ORDER BY n DESC LIMIT ?2`, n, seenLimit)
		if err != nil {
			return err
		}
		if err := t.joined(ctx, n, &d); err != nil {
			return err
		}
		return t.related(ctx, n, &d)
	})
	return d, err
}

// joined tells by what more than one passage of the case belongs to it.
func (t *Tx) joined(ctx context.Context, n int64, d *CaseDetail) error {
	return t.each(ctx, func(r row) error {
		var key []byte
		var passages int
		err := r.Scan(&key, &passages)
		kind, value, _ := strings.Cut(string(key), ":")
		value, _, _ = strings.Cut(value, "\x00") // a person's name, before the service it was borrowed at
		d.Joined = append(d.Joined, Indicator{Kind: kind, Value: value, Seen: passages})
		return err
	}, `SELECT key, passages FROM campaignkey WHERE case_n = ?1 AND passages > 1 ORDER BY passages DESC, key LIMIT ?2`, n, relatedLimit)
}

// related finds other cases with a key of this one.
func (t *Tx) related(ctx context.Context, n int64, d *CaseDetail) error {
	known := map[int64]bool{}
	return t.each(ctx, func(r row) error {
		var key []byte
		other, c, err := scanCase(behind{r, []any{&key}})
		if err != nil || known[other] || len(known) >= relatedLimit {
			return err
		}
		known[other] = true
		kind, value, _ := strings.Cut(string(key), ":")
		value, _, _ = strings.Cut(value, "\x00")
		d.Related = append(d.Related, Related{Case: c, By: Indicator{Kind: kind, Value: value}})
		return nil
	}, `SELECT k.key, `+campaignColumns+` FROM campaignkey AS mine JOIN campaignkey AS k ON k.key = mine.key AND k.case_n <> mine.case_n
		JOIN campaign ON campaign.n = k.case_n WHERE mine.case_n = ?1 ORDER BY campaign.last DESC LIMIT ?2`, n, relatedLimit*5)
}

// behind is a row that begins with other columns.
type behind struct {
	row
	first []any
}

func (b behind) Scan(into ...any) error { return b.row.Scan(append(b.first, into...)...) }
