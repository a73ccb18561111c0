package api

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/sekisho/sekisho/checkpoint"
	"github.com/sekisho/sekisho/record"
	"github.com/sekisho/sekisho/report"
)

// A Problem is what every error is answered with, RFC 9457.
type Problem struct {
	Type    string `json:"type" doc:"the kind of problem, a URI reference that names it and leads nowhere" example:"/problems/not-found"`
	Title   string `json:"title" doc:"the kind of problem in words"`
	Status  int    `json:"status" doc:"the HTTP status"`
	Detail  string `json:"detail,omitempty" doc:"what is wrong with this request; empty for problems of the server"`
	Request string `json:"request" doc:"the request's id, which the server's log knows, too"`
}

// A fault is a kind of problem.
type fault struct {
	name   string // the last part of the type
	status int
	title  string
	doc    string
}

// The kinds of problem.
var (
	invalid       = &fault{"invalid", http.StatusBadRequest, "The request is not valid", "A parameter or the body is not as described."}
	unauthorized  = &fault{"unauthorized", http.StatusUnauthorized, "A valid token is needed", "There is no token, or it is unknown, expired or revoked."}
	forbidden     = &fault{"forbidden", http.StatusForbidden, "The token may not do this", "The token lacks the scope, or only a person may do it."}
	notFound      = &fault{"not-found", http.StatusNotFound, "There is no such thing", "Nothing is under this path."}
	wrongMethod   = &fault{"method-not-allowed", http.StatusMethodNotAllowed, "The method is not allowed here", "Allow names those that are."}
	timedOut      = &fault{"timeout", http.StatusRequestTimeout, "The request took too long to arrive", "The body did not arrive in time."}
	conflict      = &fault{"conflict", http.StatusConflict, "The state does not allow it", "Somebody else was first, or the same request is under way."}
	gone          = &fault{"gone", http.StatusGone, "It is not kept", "The time of the original is over, or it never was kept."}
	tooLarge      = &fault{"too-large", http.StatusRequestEntityTooLarge, "The body is too large", "The body passes the endpoint's limit."}
	wrongType     = &fault{"unsupported-media-type", http.StatusUnsupportedMediaType, "The body's type is not supported", "Content-Type or Content-Encoding is none that the endpoint takes."}
	reused        = &fault{"key-reused", http.StatusUnprocessableEntity, "The idempotency key stands for another request", "The key was used with another body, path or parameter."}
	tooMany       = &fault{"too-many-requests", http.StatusTooManyRequests, "Too many requests", "The token's rate or number of requests at once is passed; Retry-After says when to try again."}
	internal      = &fault{"internal", http.StatusInternalServerError, "The server failed", "The server's log says why under the request's id."}
	busy          = &fault{"busy", http.StatusServiceUnavailable, "The server is busy", "All inspections are under way; Retry-After says when to try again."}
	notRecorded   = &fault{"not-recorded", http.StatusServiceUnavailable, "The verdict could not be recorded", "Without a record there is no verdict. Hold what was to be inspected and try again."}
	notReady      = &fault{"not-ready", http.StatusServiceUnavailable, "The record cannot be used", "The process lives, and can do nothing until the record is back."}
	everyEndpoint = []*fault{invalid, unauthorized, forbidden, tooMany, internal, notReady}
)

// A refusal is a problem with one request. It is an error.
type refusal struct {
	*fault
	detail string        // for the client
	retry  time.Duration // 0 for no Retry-After
	allow  string        // methods, for wrongMethod
	scope  string        // the one that is missing, for forbidden
	cause  error         // for the log only
}

// Error implements error.
func (r *refusal) Error() string {
	if r.cause != nil {
		return fmt.Sprintf("%s: %v", r.name, r.cause)
	}
	return r.name + ": " + r.detail
}

// Unwrap returns the cause.
func (r *refusal) Unwrap() error { return r.cause }

func refuse(f *fault, format string, args ...any) error {
	return &refusal{fault: f, detail: fmt.Sprintf(format, args...)}
}

// refusalOf turns an error of the packages below into what the client is told. What is not the client's doing is told
// without a detail.
func refusalOf(err error) *refusal {
	var known *refusal
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &large):
		return &refusal{fault: tooLarge, detail: fmt.Sprintf("at most %d bytes", large.Limit), cause: err}
	case errors.Is(err, checkpoint.ErrNotRecorded):
		return &refusal{fault: notRecorded, retry: 5 * time.Second, cause: err}
	}
	for _, c := range []struct {
		is error
		to *fault
	}{{record.ErrNotFound, notFound}, {record.ErrInvalid, invalid}, {record.ErrForbidden, forbidden}, {record.ErrConflict, conflict}, {record.ErrGone, gone}} {
		if errors.Is(err, c.is) {
			return &refusal{fault: c.to, detail: report.Clean(err.Error(), 300), cause: err}
		}
	}
	return &refusal{fault: internal, cause: err}
}

// write answers with the problem.
func (r *refusal) write(w http.ResponseWriter, request string) {
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	switch r.status {
	case http.StatusUnauthorized:
		h.Set("WWW-Authenticate", `Bearer realm="sekisho", error="invalid_token"`)
	case http.StatusForbidden:
		challenge := `Bearer realm="sekisho", error="insufficient_scope"`
		if r.scope != "" {
			challenge += `, scope="` + r.scope + `"`
		}
		h.Set("WWW-Authenticate", challenge)
	case http.StatusMethodNotAllowed:
		h.Set("Allow", r.allow)
	}
	if r.retry > 0 {
		h.Set("Retry-After", strconv.Itoa(max(1, int((r.retry+time.Second-1)/time.Second))))
	}
	w.WriteHeader(r.status)
	_, _ = w.Write(encode(Problem{Type: "/problems/" + r.name, Title: r.title, Status: r.status, Detail: r.detail, Request: request})) // a client that is gone is no fault
}
