package api

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/people"
	"github.com/sekisho/sekisho/report"
)

// A server answers requests.
type server struct {
	Config
	endpoints   []endpoint
	description document
	wallets     map[string]string // the organisation's, by chain and canonical address
	inspections chan struct{}     // a place for each that is under way
	meters      *meters
	underWay    sync.Map // idempotency keys of requests that are
	ready       readiness
}

// A call is one request on its way through an endpoint.
type call struct {
	r        *http.Request
	w        http.ResponseWriter
	id       string // of the request
	endpoint *endpoint
	path     map[string]string
	query    url.Values
	token    people.Token
	body     []byte // of JSON
	whole    bool   // the body arrived
	status   int
	after    func(error) // run when the answer was sent, or could not be
}

// by is the name under which the token's doings stand in the record.
func (c *call) by() string { return "token:" + c.token.Name }

// ServeHTTP implements http.Handler.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	c := &call{r: r, w: w, id: strings.ToLower(rand.Text()[:16])}
	h := w.Header()
	h.Set("X-Request-Id", c.id)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Vary", "Accept-Language, Authorization")
	body, err := s.answer(c)
	if err != nil {
		refusal := refusalOf(err)
		c.status = refusal.status
		c.giveUp()
		refusal.write(w, c.id)
	} else if sent := c.send(body); c.after != nil {
		c.after(sent)
	}
	s.log(c, err, time.Since(start))
}

// answer runs the request through the checks that every endpoint has, and then the endpoint.
func (s *server) answer(c *call) (body []byte, err error) {
	defer func() {
		if r := recover(); r != nil {
			body, err = nil, fmt.Errorf("panic: %T at %s", r, debug.Stack()) // its text may be a sender's
		}
	}()
	if c.endpoint, c.path, err = s.route(c.r); err != nil {
		return nil, err
	}
	if c.endpoint.scope != "" {
		end, err := s.admit(c)
		if err != nil {
			return nil, err
		}
		defer end()
	}
	if err := c.readQuery(); err != nil {
		return nil, err
	}
	if !c.endpoint.takesBody() {
		if c.r.ContentLength != 0 {
			return nil, refuse(invalid, "the endpoint takes no body")
		}
	} else if err := c.limitBody(s.bodyLimit(c.endpoint.limit), s.Limits.Arrive); err != nil {
		return nil, err
	}
	c.status = orElse(c.endpoint.status, http.StatusOK)
	answer, err := c.endpoint.serve(s, c)
	if err != nil {
		return nil, err
	}
	return c.render(answer), nil
}

func (s *server) bodyLimit(size bodySize) int64 {
	switch size {
	case fileBody:
		return s.Limits.File
	case listBody:
		return 8 * s.Limits.JSON
	}
	return s.Limits.JSON
}

// secretLimit is the most bytes of an Authorization header that are looked at.
const secretLimit = 200

// admit holds the request against its token: that it stands, has the scope, and does not ask too often.
func (s *server) admit(c *call) (end func(), err error) {
	headers := c.r.Header.Values("Authorization")
	if len(headers) != 1 || len(headers[0]) > secretLimit {
		return nil, refuse(unauthorized, "send one header: Authorization: Bearer and the token")
	}
	scheme, secret, _ := strings.Cut(headers[0], " ")
	if !strings.EqualFold(scheme, "Bearer") || secret == "" {
		return nil, refuse(unauthorized, "send one header: Authorization: Bearer and the token")
	}
	switch c.token, err = s.People.Token(c.r.Context(), secret, c.endpoint.scope); {
	case errors.Is(err, people.ErrToken):
		return nil, refuse(unauthorized, "the token is unknown, expired or revoked")
	case errors.Is(err, people.ErrForbidden):
		return nil, &refusal{fault: forbidden, detail: "the token lacks the scope " + string(c.endpoint.scope), scope: string(c.endpoint.scope)}
	case err != nil:
		return nil, &refusal{fault: notReady, retry: readyFor, cause: err}
	}
	if wait, ok := s.meters.begin(c.token.ID, time.Now()); !ok {
		return nil, &refusal{fault: tooMany, detail: "the token asks too often, or too much at once", retry: wait}
	}
	return func() { s.meters.end(c.token.ID) }, nil
}

// A download is an answer that is bytes for a file.
type download struct {
	name  string // made here, never the sender's
	bytes []byte
}

// A document is an answer that is JSON already.
type document []byte

// render returns what an answer is on the wire, and says so in the headers. No answer is nil.
func (c *call) render(answer any) []byte {
	h := c.w.Header()
	switch a := answer.(type) {
	case nil:
		return nil
	case download:
		h.Set("Content-Type", "application/octet-stream")
		h.Set("Content-Disposition", `attachment; filename="`+a.name+`"`)
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		return a.bytes
	case document:
		h.Set("Content-Type", "application/json")
		return a
	}
	body := encode(filled(answer))
	h.Set("Content-Type", "application/json")
	return body
}

// send answers and returns when the answer has left.
func (c *call) send(body []byte) error {
	out := http.NewResponseController(c.w)
	_ = ignoreUnsupported(out.SetWriteDeadline(time.Now().Add(2 * time.Minute)))
	if c.status != http.StatusNoContent {
		c.w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	}
	c.w.WriteHeader(c.status)
	if len(body) > 0 {
		if _, err := c.w.Write(body); err != nil {
			return err
		}
	}
	return ignoreUnsupported(out.Flush())
}

// log writes one line: which endpoint, not which path, for paths hold what senders wrote.
func (s *server) log(c *call, err error, took time.Duration) {
	at, pattern := slog.LevelInfo, "none"
	if c.endpoint != nil {
		pattern = c.endpoint.path
	}
	attrs := []slog.Attr{slog.String("request", c.id), slog.String("method", cleanName(c.r.Method)), slog.String("endpoint", pattern),
		slog.Int("status", c.status), slog.String("token", c.token.ID), slog.Float64("took_ms", float64(took.Microseconds())/1000)}
	if err != nil && c.status >= 500 {
		if c.r.Context().Err() == nil { // otherwise the client went away
			at = slog.LevelError
		}
		attrs = append(attrs, slog.String("error", report.Clean(err.Error(), 2000)))
	}
	s.Log.LogAttrs(context.WithoutCancel(c.r.Context()), at, "request", attrs...)
}

// lang returns the language the client reads, by the order of Accept-Language.
func (c *call) lang() sekisho.Lang {
	best, quality := sekisho.English, 0.0
	for part := range strings.SplitSeq(c.r.Header.Get("Accept-Language"), ",") {
		tag, q := languageRange(part)
		primary, _, _ := strings.Cut(strings.ToLower(tag), "-")
		if lang := sekisho.Lang(primary); (lang == sekisho.English || lang == sekisho.Japanese) && q > quality {
			best, quality = lang, q
		}
	}
	return best
}
