package api

import (
	"strconv"
	"time"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/record"
)

// wanted returns the query of a list.
func (c *call) wanted() record.Query {
	q := record.Query{Text: c.query.Get("q"), State: c.query.Get("state"), Door: c.query.Get("door"), Rule: c.query.Get("rule"),
		Since: c.moment("since"), Until: c.moment("until"), After: c.query.Get("after"), Limit: int(c.number("limit", 0))}
	if least := c.query.Get("least"); least != "" {
		q.Least, _ = sekisho.ParseAction(least) // the parameter's values are the actions' names
	}
	return q
}

// moment returns a parameter that the query was checked to have as a time.
func (c *call) moment(name string) time.Time {
	t, _ := time.Parse(time.RFC3339, c.query.Get(name))
	return t
}

// number returns a parameter that the query was checked to have as a number.
func (c *call) number(name string, otherwise int64) int64 {
	if n, err := strconv.ParseInt(c.query.Get(name), 10, 64); err == nil {
		return n
	}
	return otherwise
}

func passages(s *server, c *call) (any, error) { return s.Record.Passages(c.r.Context(), c.wanted()) }

func passage(s *server, c *call) (any, error) {
	return s.Record.Passage(c.r.Context(), c.path["id"])
}

// original answers with bytes that an attacker wrote. No browser shows them: they are a download of an unknown type, under a name
// made here.
func original(s *server, c *call) (any, error) {
	p, err := s.Record.Passage(c.r.Context(), c.path["id"])
	if err != nil {
		return nil, err
	}
	data, err := s.Record.Original(c.r.Context(), p.ID, c.by())
	if err != nil {
		return nil, err
	}
	name := "passage-" + safeName(p.ID) + ".bin"
	if p.Kind == sekisho.KindMail {
		name = "passage-" + safeName(p.ID) + ".eml"
	}
	return download{name, data}, nil
}

// safeName keeps of an ID what is safe in a header and in a file's name on every system.
func safeName(id string) string {
	safe := []byte(id)
	for i, b := range safe {
		if (b < '0' || b > '9') && (b < 'a' || b > 'z') && (b < 'A' || b > 'Z') && b != '-' {
			safe[i] = '-'
		}
	}
	return string(safe[:min(len(safe), 80)])
}

func cases(s *server, c *call) (any, error) { return s.Record.Cases(c.r.Context(), c.wanted()) }

func oneCase(s *server, c *call) (any, error) { return s.Record.Case(c.r.Context(), c.path["id"]) }

// RuleFigures is how rules have done.
type RuleFigures struct {
	Since   time.Time           `json:"since"`
	Figures []record.RuleFigure `json:"figures" doc:"one for each rule that held since then"`
}

// figuresSince is how far back figures of rules go when nothing else is asked for.
const figuresSince = 30 * 24 * time.Hour

func ruleFigures(s *server, c *call) (any, error) {
	since := c.moment("since")
	if since.IsZero() {
		since = time.Now().UTC().Add(-figuresSince).Truncate(time.Hour)
	}
	figures, err := s.Record.RuleFigures(c.r.Context(), since)
	return RuleFigures{since, figures}, err
}

// A Health says that the process lives or works.
type Health struct {
	Status string `json:"status" enum:"ok" doc:"always ok: otherwise the answer is a problem"`
}

func healthz(*server, *call) (any, error) { return Health{"ok"}, nil }

// A readiness remembers for a moment whether the record can be written: anybody may ask.
type readiness struct {
	place chan struct{}
	err   error
	until time.Time
}

// readyFor is how long it is remembered.
const readyFor = time.Second

func readyz(s *server, c *call) (any, error) {
	select {
	case s.ready.place <- struct{}{}:
		defer func() { <-s.ready.place }()
	case <-c.r.Context().Done():
		return nil, c.r.Context().Err()
	}
	if now := time.Now(); now.After(s.ready.until) {
		s.ready.err, s.ready.until = s.Record.Healthy(c.r.Context()), now.Add(readyFor)
	}
	if s.ready.err != nil {
		return nil, &refusal{fault: notReady, retry: readyFor, cause: s.ready.err}
	}
	return Health{"ok"}, nil
}

func describe(s *server, _ *call) (any, error) { return s.description, nil }
