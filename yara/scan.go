package yara

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sekisho/sekisho"
)

// The bounds of one scan.
const (
	ScanBytes       = 64 << 20         // of data; what comes after is not looked at
	ScanTime        = 10 * time.Second // of one scan
	patternMatches  = 4096             // of one pattern that the engine counts
	stringsReported = 16               // places of one pattern that a match tells
	matchesReported = 256              // rules that one scan tells
)

// Scan returns the rules that match the data, in the order of the rules. It takes at most ScanTime. An error that wraps
// ErrLimit beside matches says that there are more. Others wrap ErrTimeout, ErrLimit or ErrUnavailable, and the engine
// must be closed.
func (e *Engine) Scan(ctx context.Context, data []byte) (matches []sekisho.Match, err error) {
	if e.scanner == 0 {
		return nil, errors.New("scan before rules are compiled")
	}
	ctx, cancel := context.WithTimeout(ctx, ScanTime)
	defer cancel()
	e.data = data
	e.scans++
	fault := e.guarded(func() { matches, err = e.scan(ctx, data) })
	e.data = nil
	for i := len(e.opened) - 1; i >= 0; i-- {
		e.opened[i].Close(ctx)
	}
	e.opened = e.opened[:0]
	e.values.drop()
	if fault != nil {
		switch {
		case errors.Is(fault, sekisho.ErrLimit):
		case ctx.Err() != nil:
			fault = fmt.Errorf("%w: scan not done in time, %v at most", sekisho.ErrTimeout, ScanTime)
		default:
			fault = fmt.Errorf("%w: the YARA engine failed: %w", sekisho.ErrUnavailable, fault)
		}
		return nil, broken{fault}
	}
	return matches, err
}

// A broken error leaves the engine in a state that nobody knows.
type broken struct{ error }

func (b broken) Unwrap() error { return b.error }

func (e *Engine) scan(ctx context.Context, data []byte) ([]sekisho.Match, error) {
	at, size := e.writeBytes(ctx, data)
	r := e.invoke(ctx, "scanner_scan", e.scanner, at, size)
	if len(r) != 3 {
		return nil, errors.New("the YARA engine answers a scan in a way unknown here")
	}
	if uint32(r[2]) != 0 {
		reason := display(e.taken(ctx, r[1]))
		return nil, fmt.Errorf("scan: %s", firstLine(reason))
	}
	answer, ok := e.taken(ctx, r[0]).(*object)
	if !ok {
		return nil, errors.New("the YARA engine answers a scan in a way unknown here")
	}
	return matchesOf(answer)
}

// matchesOf reads the answer to a scan.
func matchesOf(answer *object) ([]sekisho.Match, error) {
	if list, ok := answer.get("errors").(*array); ok && len(list.items) > 0 {
		return nil, fmt.Errorf("scan: %s", firstLine(display(list.items[0])))
	}
	list, _ := answer.get("matches").(*array)
	if list == nil {
		return nil, errors.New("the YARA engine answers a scan without matches")
	}
	var matches []sekisho.Match
	for _, item := range list.items {
		rule, ok := item.(*object)
		if !ok || rule.get("isPrivate") == any(true) {
			continue
		}
		if len(matches) == matchesReported {
			return matches, fmt.Errorf("%w: more than %d rules match", sekisho.ErrLimit, matchesReported)
		}
		matches = append(matches, matchOf(rule))
	}
	return matches, nil
}

func matchOf(rule *object) sekisho.Match {
	m := sekisho.Match{Rule: text(rule, "identifier"), Namespace: text(rule, "namespace")}
	for _, tag := range items(rule, "tags") {
		m.Tags = append(m.Tags, display(tag))
	}
	for _, item := range items(rule, "metadata") {
		if meta, ok := item.(*object); ok {
			m.Meta = append(m.Meta, sekisho.Meta{Name: text(meta, "identifier"), Value: display(meta.get("value"))})
		}
	}
	for _, item := range items(rule, "patterns") {
		pattern, ok := item.(*object)
		if !ok || pattern.get("isPrivate") == any(true) {
			continue
		}
		name, places := text(pattern, "identifier"), items(pattern, "matches")
		for _, place := range places[:min(len(places), stringsReported)] {
			if at, ok := place.(*object); ok {
				m.Strings = append(m.Strings, sekisho.MatchedString{Name: name, Offset: number(at, "offset"), Length: number(at, "length")})
			}
		}
		m.Count += len(places)
	}
	return m
}

func text(o *object, name string) string {
	s, _ := o.get(name).(string)
	return s
}

func number(o *object, name string) int64 {
	switch n := o.get(name).(type) {
	case float64:
		return int64(n)
	case bigint:
		return int64(n)
	}
	return 0
}

func items(o *object, name string) []any {
	if a, ok := o.get(name).(*array); ok {
		return a.items
	}
	return nil
}
