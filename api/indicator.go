package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/sekisho/sekisho/coin"
	"github.com/sekisho/sekisho/record"
)

// IndicatorRequest is what is decided about indicators.
type IndicatorRequest struct {
	Do         string         `json:"do" doc:"block: what shows one is held from now on, and looked up in the past; hunt: only looked up" enum:"block,unblock,hunt"`
	Reason     string         `json:"reason" doc:"why, and where they come from" limit:"2000"`
	Indicators []IndicatorKey `json:"indicators" doc:"the indicators" limit:"10000" least:"1"`
}

// An IndicatorKey names an indicator.
type IndicatorKey struct {
	Kind  string `json:"kind" doc:"what it is" enum:"sender,domain,url,hash,address,persona,fingerprint,text"`
	Value string `json:"value" doc:"a mail address, a host name, a link as browsers normalise it, SHA-256 in hexadecimal, chain:address ..." limit:"2000"`
}

// canonical returns the indicator with an address in the one spelling by which addresses are compared.
func (k IndicatorKey) canonical() (IndicatorKey, error) {
	if k.Kind != record.IndicatorAddress {
		return k, nil
	}
	name, written, _ := strings.Cut(k.Value, ":")
	chain, known := coin.Chain(name)
	for _, a := range coin.Parse(written) {
		if known && a.Chain == chain && a.Checksum != coin.Invalid {
			return IndicatorKey{k.Kind, a.Chain + ":" + a.Canonical}, nil
		}
	}
	return k, fmt.Errorf("address %q, want chain:address: %w", k.Value, record.ErrInvalid)
}

// IndicatorAnswer is what came of it.
type IndicatorAnswer struct {
	Decisions []record.Decision `json:"decisions" doc:"one for each indicator that was decided on at once"`
	Already   []IndicatorKey    `json:"already" doc:"those that were so before"`
	Job       int64             `json:"job,omitempty" doc:"the job that does it, when they are many or are to be hunted"`
}

// fewIndicators is how many are decided on while the client waits. More are a job.
const fewIndicators = 20

// decideIndicators decides at once about a few, and hands many to a job. Asking again is safe: what is so already is told and
// no fault.
func decideIndicators(s *server, c *call, in IndicatorRequest) (any, error) {
	for i, key := range in.Indicators {
		var err error
		if in.Indicators[i], err = key.canonical(); err != nil {
			return nil, fmt.Errorf("indicators[%d]: %w", i, err)
		}
	}
	var out IndicatorAnswer
	var err error
	if in.Do == doHunt || len(in.Indicators) > fewIndicators {
		c.status = http.StatusAccepted
		out.Job, err = s.Record.Enqueue(c.r.Context(), IndicatorWork, c.by(), s.jobKey(c), indicatorArgs{c.by(), in})
		return out, err
	}
	for i, key := range in.Indicators {
		d, err := s.Record.Decide(c.r.Context(), key.decision(in, c.by()))
		switch {
		case errors.Is(err, record.ErrConflict):
			out.Already = append(out.Already, key)
		case err != nil:
			return nil, fmt.Errorf("indicators[%d], those before it are decided: %w", i, err)
		default:
			out.Decisions = append(out.Decisions, d)
		}
	}
	return out, nil
}

func (k IndicatorKey) decision(in IndicatorRequest, by string) record.Decision {
	return record.Decision{By: by, Do: in.Do, Reason: in.Reason, Indicator: &record.Indicator{Kind: k.Kind, Value: k.Value}}
}

// doHunt looks indicators up in the past and decides nothing.
const doHunt = "hunt"

// IndicatorWork is the name of the work on many indicators.
const IndicatorWork = "indicators"

type indicatorArgs struct {
	By string `json:"by"`
	IndicatorRequest
}

// Indicators returns the Work that does what many indicators were handed in for. Blocking one that is blocked and looking one up
// again change nothing, so it may be done again.
func Indicators(store *record.Store) record.Work {
	return record.Work{Name: IndicatorWork, Run: func(ctx context.Context, job *record.Job) error {
		var args indicatorArgs
		if err := json.Unmarshal(job.Args, &args); err != nil {
			return fmt.Errorf("read the job: %w", err)
		}
		return args.run(ctx, store, job)
	}}
}

// run goes on after an indicator that is refused, and says at the end how many were.
func (a indicatorArgs) run(ctx context.Context, store *record.Store, job *record.Job) error {
	seen, already, refused := 0, 0, 0
	for i, key := range a.Indicators {
		if err := ctx.Err(); err != nil {
			return err
		}
		id, err := a.one(ctx, store, key)
		switch {
		case errors.Is(err, record.ErrConflict):
			already++
		case errors.Is(err, record.ErrInvalid):
			refused++
		case err != nil:
			return err
		case id != "":
			seen++
		}
		job.Progress(int64(i+1), int64(len(a.Indicators)), fmt.Sprintf("%d seen in the past, %d were so already, %d refused", seen, already, refused))
	}
	return nil
}

// one returns the case of what an indicator that is hunted was seen in.
func (a indicatorArgs) one(ctx context.Context, store *record.Store, key IndicatorKey) (caseID string, err error) {
	if a.Do == doHunt {
		return store.Retrohunt(ctx, record.Indicator{Kind: key.Kind, Value: key.Value})
	}
	_, err = store.Decide(ctx, key.decision(a.IndicatorRequest, a.By))
	return "", err
}

func indicators(s *server, c *call) (any, error) {
	return s.Record.Indicators(c.r.Context(), c.wanted())
}

// An IndicatorDetail is an indicator and what it was seen in.
type IndicatorDetail struct {
	Indicator record.Indicator             `json:"indicator"`
	Sightings record.Page[record.Sighting] `json:"sightings" doc:"everything it was ever seen in, newest first"`
}

func indicator(s *server, c *call) (any, error) {
	key := IndicatorKey{c.path["kind"], c.path["value"]}
	if spelt, err := key.canonical(); err == nil {
		key = spelt
	}
	i, sightings, err := s.Record.Indicator(c.r.Context(), key.Kind, key.Value, c.query.Get("after"))
	return IndicatorDetail{i, sightings}, err
}
