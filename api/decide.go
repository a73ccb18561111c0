package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"github.com/sekisho/sekisho/record"
)

// A CaseDecision is what is decided about a case.
type CaseDecision struct {
	Do     string `json:"do" doc:"confirm: it is an attack; false-alarm: it is not; both close the case" enum:"confirm,false-alarm,comment,reopen"`
	Reason string `json:"reason" doc:"why; of a comment, the comment" limit:"2000"`
}

// A PassageDecision is what is decided about a passage that is held.
type PassageDecision struct {
	Do     string `json:"do" doc:"release: deliver it" enum:"release"`
	Reason string `json:"reason" doc:"why" limit:"2000"`
}

func decideCase(s *server, c *call, in CaseDecision) (any, error) {
	return s.Record.Decide(c.r.Context(), record.Decision{By: c.by(), Do: in.Do, Reason: in.Reason, Case: c.path["id"]})
}

// decidePassage releases. It is for people: a token that is stolen must not deliver what was held, nor be the second person.
func decidePassage(s *server, c *call, in PassageDecision) (any, error) {
	if !s.TokensRelease {
		return nil, &refusal{fault: forbidden, detail: "held mail is released by people; tokens may only where that is configured", cause: record.ErrForbidden}
	}
	return s.Record.Decide(c.r.Context(), record.Decision{By: c.by(), Do: in.Do, Reason: in.Reason, Passage: c.path["id"]})
}

// IndicatorRequest is what is decided about indicators.
type IndicatorRequest struct {
	Do         string         `json:"do" doc:"block: what shows one is held from now on, and it is looked up in the past; unblock; hunt: it is only looked up in the past" enum:"block,unblock,hunt"`
	Reason     string         `json:"reason" doc:"why, and where they come from" limit:"2000"`
	Indicators []IndicatorKey `json:"indicators" doc:"the indicators" limit:"10000" least:"1"`
}

// An IndicatorKey names an indicator.
type IndicatorKey struct {
	Kind  string `json:"kind" doc:"what it is" enum:"sender,domain,url,hash,address,persona,fingerprint,text"`
	Value string `json:"value" doc:"as the record has it: senders and domains in lower case, hashes SHA-256 in hexadecimal, addresses as chain:address" limit:"2000"`
}

// IndicatorAnswer is what came of it.
type IndicatorAnswer struct {
	Decisions []record.Decision `json:"decisions" doc:"one for each indicator, when they were few"`
	Job       int64             `json:"job,omitempty" doc:"the job that does it, when they were many or are to be hunted"`
}

// fewIndicators is how many are decided on while the client waits. More are a job.
const fewIndicators = 20

// decideIndicators decides at once about a few, and hands many to a job.
func decideIndicators(s *server, c *call, in IndicatorRequest) (any, error) {
	var out IndicatorAnswer
	if in.Do == record.DecideBlock || in.Do == record.DecideUnblock {
		if len(in.Indicators) <= fewIndicators {
			for _, key := range in.Indicators {
				d, err := s.Record.Decide(c.r.Context(), key.decision(in, c.by()))
				if err != nil {
					return nil, fmt.Errorf("%s %s after %d decisions: %w", key.Kind, key.Value, len(out.Decisions), err)
				}
				out.Decisions = append(out.Decisions, d)
			}
			return out, nil
		}
	}
	id, err := s.Record.Enqueue(c.r.Context(), IndicatorWork, c.by(), s.jobKey(c), indicatorArgs{c.by(), in})
	out.Job = id
	c.status = http.StatusAccepted
	return out, err
}

func (k IndicatorKey) decision(in IndicatorRequest, by string) record.Decision {
	return record.Decision{By: by, Do: in.Do, Reason: in.Reason, Indicator: &record.Indicator{Kind: k.Kind, Value: k.Value}}
}

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
	refused, raised := 0, 0
	var last error
	for i, key := range a.Indicators {
		if err := ctx.Err(); err != nil {
			return err
		}
		id, err := a.one(ctx, store, key)
		if err != nil {
			refused, last = refused+1, err
		}
		if id != "" {
			raised++
		}
		job.Progress(int64(i+1), int64(len(a.Indicators)), fmt.Sprintf("%d cases raised, %d refused", raised, refused))
	}
	if refused > 0 {
		return fmt.Errorf("%d of %d indicators were refused, the last one: %w", refused, len(a.Indicators), last)
	}
	return nil
}

func (a indicatorArgs) one(ctx context.Context, store *record.Store, key IndicatorKey) (caseID string, err error) {
	if a.Do == "hunt" {
		return store.Retrohunt(ctx, record.Indicator{Kind: key.Kind, Value: key.Value, Reason: a.Reason, By: a.By})
	}
	_, err = store.Decide(ctx, key.decision(a.IndicatorRequest, a.By))
	return "", err
}

// Jobs are the newest jobs.
type Jobs struct {
	Jobs []record.JobState `json:"jobs" doc:"newest first"`
}

// A JobRequest asks for work.
type JobRequest struct {
	Name string          `json:"name" doc:"the work's name; only what is configured for tokens" limit:"60"`
	Args json.RawMessage `json:"args,omitempty" doc:"what the work takes"`
}

// A JobAnswer names a job.
type JobAnswer struct {
	Job int64 `json:"job" doc:"the job's number"`
}

func jobs(s *server, c *call) (any, error) {
	list, err := s.Record.Jobs(c.r.Context(), min(500, int(c.number("limit", 50))))
	return Jobs{list}, err
}

// startJob enqueues only what is configured: a job named release would go past the people it takes.
func startJob(s *server, c *call, in JobRequest) (any, error) {
	if !s.mayAsk(in.Name) {
		return nil, &refusal{fault: forbidden, detail: "this work is none that tokens may ask for"}
	}
	id, err := s.Record.Enqueue(c.r.Context(), in.Name, c.by(), s.jobKey(c), in.Args)
	return JobAnswer{id}, err
}

func cancelJob(s *server, c *call) (any, error) {
	id, err := strconv.ParseInt(c.path["id"], 10, 64)
	if err != nil {
		return nil, &refusal{fault: notFound, detail: "jobs have numbers"}
	}
	list, err := s.Record.Jobs(c.r.Context(), 500)
	if err != nil {
		return nil, err
	}
	for _, j := range list {
		if j.ID == id && (s.mayAsk(j.Name) || j.Name == IndicatorWork) {
			return nil, s.Record.Cancel(c.r.Context(), id)
		}
	}
	return nil, &refusal{fault: notFound, detail: "there is no such job among the newest that tokens may ask for"}
}

func (s *server) mayAsk(work string) bool {
	for _, name := range s.Work {
		if name == work {
			return true
		}
	}
	return false
}

// jobKey is the key under which a job is asked for once while it waits.
func (s *server) jobKey(c *call) string {
	key := c.r.Header.Get(repeatKey)
	if key == "" {
		return ""
	}
	return "api:" + c.token.ID + ":" + digest(key, c.r.URL.EscapedPath(), string(c.bodySum()))
}
