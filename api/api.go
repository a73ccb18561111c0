// Package api is the HTTP door: programs hand in mail, files, texts, links and addresses and get a verdict, screen addresses, and
// read and decide what is in the record.
//
//	curl -H "Authorization: Bearer $TOKEN" --data-binary @mail.eml -H "Content-Type: message/rfc822" https://.../v1/inspect/mail
//
// [New] makes the handler, [Server] a server with the limits that a handler cannot set. Everything is under /v1; /healthz says
// that the process lives and /readyz that the record can be written. /v1/openapi.json describes all of it, and is made of the
// same table by which requests are routed and checked.
//
// Every request but those three carries a token with the scope of its endpoint in the Authorization header. Cookies are not
// looked at, so that no page can have a browser ask in a person's name, and no CORS header is sent. An error is a problem of
// RFC 9457, which says what is wrong with the request and nothing of the inside.
//
// No record, no verdict: what cannot be recorded is answered with 503 and nothing else. A request with Idempotency-Key can be sent
// again without being recorded again.
package api

import (
	"log/slog"
	"net/http"
	"runtime"
	"time"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/checkpoint"
	"github.com/sekisho/sekisho/intel/label"
	"github.com/sekisho/sekisho/people"
	"github.com/sekisho/sekisho/record"
)

// Config is what the API works with.
type Config struct {
	Checkpoint *checkpoint.Checkpoint // with a record
	Record     *record.Store
	People     *people.Book
	Org        *sekisho.Org // nil for no profile

	// Intel returns what is known outside the artifacts at the moment.
	Intel func() *sekisho.Intel

	// Labels lends the lists of addresses at the moment: they stay open until use returns.
	Labels func(use func(*label.Store) error) error

	// Work names the Work that tokens may ask for. Nothing is on it that decides or delivers.
	Work []string

	// TokensRelease lets a token stand for the person who made it where held mail is released.
	TokensRelease bool

	Spool  string // the folder for large bodies, empty for the system's temporary one
	Limits Limits
	Log    *slog.Logger // one line a request, without anything that senders wrote; nil for none
}

// Limits bound what clients may use. The zero value of a field means its default, never "no limit".
type Limits struct {
	File        int64         // bytes of a mail or file, default 64 MiB
	JSON        int64         // bytes of a JSON body, default 1 MiB; eight times as much for lists of indicators
	Arrive      time.Duration // within which a body is there, default 60 s
	Rate        float64       // requests a second of one token, default 50
	Burst       int           // requests of one token after a rest, default 100
	Parallel    int           // requests of one token at once, default 8
	Inspections int           // under way at once, default four a processor
	Wait        time.Duration // for one of these to end, default 10 s
}

func (l Limits) withDefaults() Limits {
	l.File = orElse(l.File, 64<<20)
	l.JSON = orElse(l.JSON, 1<<20)
	l.Arrive = orElse(l.Arrive, time.Minute)
	l.Rate = orElse(l.Rate, 50)
	l.Burst = orElse(l.Burst, 100)
	l.Parallel = orElse(l.Parallel, 8)
	l.Inspections = orElse(l.Inspections, 4*runtime.GOMAXPROCS(0))
	l.Wait = orElse(l.Wait, 10*time.Second)
	return l
}

func orElse[N int | int64 | float64 | time.Duration](n, otherwise N) N {
	if n <= 0 {
		return otherwise
	}
	return n
}

// New returns the handler of /v1, /healthz and /readyz.
func New(c Config) http.Handler {
	if c.Org == nil {
		c.Org = &sekisho.Org{}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	c.Limits = c.Limits.withDefaults()
	return &server{
		Config:      c,
		endpoints:   endpoints(),
		description: document(OpenAPI()),
		ready:       readiness{place: make(chan struct{}, 1)},
		wallets:     walletNames(c.Org),
		inspections: make(chan struct{}, c.Limits.Inspections),
		meters:      &meters{rate: c.Limits.Rate, burst: float64(c.Limits.Burst), parallel: c.Limits.Parallel, of: map[string]*meter{}},
	}
}

// Server returns a server of the handler with the limits that a handler cannot set: 16 KiB of headers within ten seconds, a body
// within two minutes unless the handler says otherwise, read or not, an answer within four minutes of the request, idle connections
// for two.
func Server(h http.Handler) *http.Server {
	return &http.Server{
		Handler:           inTime(h),
		ReadHeaderTimeout: 10 * time.Second,
		WriteTimeout:      4 * time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(slog.DiscardHandler, slog.LevelError), // it quotes what clients send
	}
}

// bodyWithin is how long a body may take that no handler set a time for.
const bodyWithin = 2 * time.Minute

// inTime bounds the time of bodies, those that nobody reads as well: net/http reads a part of them before it answers, for as long as
// the client likes. ReadTimeout would bound what handlers do afterwards, too.
func inTime(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength != 0 {
			_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyWithin)) // recorders of tests have none
		}
		h.ServeHTTP(w, r)
	})
}
