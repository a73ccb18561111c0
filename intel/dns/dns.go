// Package dns asks the domain name system for detectors, within bounds, and never mistakes a dead resolver for an
// answer.
//
// A question takes at most 2 seconds. Answers, and that there is none, are kept for five minutes, at most 4,096 of them.
// Callers tell apart by [net.DNSError] what happened: IsNotFound is an answer; everything else has IsTemporary set,
// and means that nothing is known.
//
// A resolver that stops answering must not cost every mail its time, and one that denies every name (a captive
// portal, a network without a way out) must not make every sender a forger. So a time-out, and a denial by a resolver
// that has not answered anything lately, are followed by a question that every working resolver can answer.
package dns

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/sekisho/sekisho"
)

const (
	queryTime = 2 * time.Second  // for one question
	probeTime = time.Second      // for the question that every resolver can answer
	pauseTime = 30 * time.Second // that a silent resolver is left alone
	proofTime = time.Minute      // that an answer makes a denial credible
	aliveTime = 5 * time.Second  // that an answer makes a time-out the fault of the name asked for
	keepTime  = 5 * time.Minute  // that an answer is kept: net.Resolver does not tell its TTL
	keepCount = 4096             // answers kept
)

// Resolver is a stub resolver with a cache. It is safe for concurrent use.
type Resolver struct {
	net    *net.Resolver
	answer cache
	health health
}

// New returns the resolver that spec names: "off" (nil: nothing may be asked), "system" for the resolver of the
// operating system, or HOST:PORT of a recursive resolver.
func New(spec string) (sekisho.Resolver, error) {
	switch spec {
	case "off":
		return nil, nil
	case "system":
		return newResolver(&net.Resolver{PreferGo: true}), nil
	}
	hostname, port, err := net.SplitHostPort(spec)
	if err != nil || hostname == "" || port == "" {
		return nil, fmt.Errorf("resolver %q: want off, system or HOST:PORT, such as 192.0.2.53:53", spec)
	}
	var dialer net.Dialer
	return newResolver(&net.Resolver{
		PreferGo: true,
		Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return dialer.DialContext(ctx, network, spec)
		},
	}), nil
}

func newResolver(r *net.Resolver) *Resolver { return &Resolver{net: r} }

// LookupTXT returns the TXT records of name, the strings of each joined.
func (r *Resolver) LookupTXT(ctx context.Context, name string) ([]string, error) {
	return lookup(ctx, r, question{"TXT", name}, func(ctx context.Context) ([]string, error) {
		return r.net.LookupTXT(ctx, rooted(name))
	})
}

// LookupMX returns the MX records of name, sorted by preference.
func (r *Resolver) LookupMX(ctx context.Context, name string) ([]*net.MX, error) {
	return lookup(ctx, r, question{"MX", name}, func(ctx context.Context) ([]*net.MX, error) {
		return r.net.LookupMX(ctx, rooted(name))
	})
}

// LookupIPAddr returns the addresses of host.
func (r *Resolver) LookupIPAddr(ctx context.Context, host string) ([]net.IPAddr, error) {
	return lookup(ctx, r, question{"A", host}, func(ctx context.Context) ([]net.IPAddr, error) {
		return r.net.LookupIPAddr(ctx, rooted(host))
	})
}

// LookupAddr returns the names that addr, an IP address, points back to.
func (r *Resolver) LookupAddr(ctx context.Context, addr string) ([]string, error) {
	return lookup(ctx, r, question{"PTR", addr}, func(ctx context.Context) ([]string, error) {
		return r.net.LookupAddr(ctx, addr)
	})
}

// rooted keeps the search list of the system out of it.
func rooted(name string) string {
	if name == "" || strings.HasSuffix(name, ".") {
		return name
	}
	return name + "."
}

// lookup answers from the cache, or asks and remembers. The slices it returns are shared and must not be changed.
func lookup[T any](ctx context.Context, r *Resolver, q question, ask func(context.Context) ([]T, error)) ([]T, error) {
	q.name = strings.ToLower(q.name)
	if kept, err, ok := r.answer.get(q, time.Now()); ok {
		records, _ := kept.([]T)
		return records, err
	}
	if r.health.silent(time.Now()) {
		return nil, temporary(q.name, "the resolver does not answer")
	}
	asking, cancel := context.WithTimeout(ctx, queryTime)
	records, err := ask(asking)
	cancel()

	var failure *net.DNSError
	switch {
	case err == nil:
		r.health.answered(time.Now())
	case errors.As(err, &failure) && failure.IsNotFound:
		if !r.vouched(ctx, proofTime) {
			return nil, temporary(q.name, "the resolver denies names that exist")
		}
	default:
		if !timedOut(err) {
			return nil, temporary(q.name, "the resolver refused or failed")
		}
		if ctx.Err() == nil {
			r.vouched(ctx, aliveTime)
		}
		return nil, temporary(q.name, "no answer in time")
	}
	r.answer.put(q, kept{records: records, err: err, at: time.Now()})
	return records, err
}

// vouched reports whether the resolver answered something within the last d, and asks for the servers of com. if it did
// not. When that question goes without an answer, the resolver is left alone for a while.
func (r *Resolver) vouched(ctx context.Context, d time.Duration) bool {
	if r.health.answeredSince(time.Now().Add(-d)) {
		return true
	}
	probing, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	_, err := r.net.LookupNS(probing, "com.")
	switch {
	case err == nil:
		r.health.answered(time.Now())
	case timedOut(err) && ctx.Err() == nil:
		r.health.pause(time.Now())
	}
	return err == nil
}

func timedOut(err error) bool {
	var failure *net.DNSError
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &failure) && failure.IsTimeout
}

// temporary is the error for everything that is not an answer. why is the same each time, and leaves out the ports and
// servers that net names, so that a verdict can be compared with its replay.
func temporary(name, why string) error {
	return &net.DNSError{Err: why, Name: name, IsTemporary: true}
}
