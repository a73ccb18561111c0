package api

import (
	"encoding/json"
	"slices"
	"strconv"

	"github.com/sekisho/sekisho/record"
)

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

func (s *server) mayAsk(work string) bool { return slices.Contains(s.Work, work) }

// jobKey is the key under which a job is asked for once while it waits.
func (s *server) jobKey(c *call) string {
	key := c.r.Header.Get(repeatKey)
	if key == "" {
		return ""
	}
	return "api:" + c.token.ID + ":" + digest(key, c.r.URL.EscapedPath(), string(c.bodySum()))
}
