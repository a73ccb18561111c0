package record

import (
	"context"
	"errors"
	"time"
)

// A RuleFigure is how a rule has done since a moment.
type RuleFigure struct {
	Rule        string    `json:"rule"`
	Held        int       `json:"held"`         // passages in which it held
	Confirmed   int       `json:"confirmed"`    // of those, in cases a person confirmed
	FalseAlarms int       `json:"false_alarms"` // of those, in cases a person called a false alarm
	Last        time.Time `json:"last"`
}

// RuleFigures returns the figures of every rule that held since then.
func (s *Store) RuleFigures(ctx context.Context, since time.Time) ([]RuleFigure, error) {
	return nil, errors.ErrUnsupported
}

// Today is the state of things since a moment.
type Today struct {
	Open       int            `json:"open"`       // cases that need a person, of all time
	Waiting    int            `json:"waiting"`    // releases that need a second person
	Held       int            `json:"held"`       // passages kept back and not released, of all time
	Passages   map[string]int `json:"passages"`   // by action, since then
	Reports    int            `json:"reports"`    // by people, since then
	Decisions  []Decision     `json:"decisions"`  // newest first, up to 20, since then
	Gaps       []GapCount     `json:"gaps"`       // what could not be looked at, since then, most frequent first, up to 20
	Unfinished int            `json:"unfinished"` // passages whose act was interrupted, since then
}

// A GapCount is a kind of gap and how many passages had it.
type GapCount struct {
	By    string `json:"by"`
	Class string `json:"class"`
	Count int    `json:"count"`
}

// Today returns the state of things since a moment.
func (s *Store) Today(ctx context.Context, since time.Time) (Today, error) {
	return Today{}, errors.ErrUnsupported
}
