package record

import (
	"context"
	"errors"
	"time"

	"github.com/sekisho/sekisho"
)

// The states of a case.
const (
	StateOpen   = "open"   // needs a person
	StateClosed = "closed" // was decided
)

// A Case is one campaign: passages that share a sender, a site, a persona, an attachment or a text, and what people decided
// about them.
type Case struct {
	ID       string         `json:"id"`
	Title    string         `json:"title"` // the first passage's subject or name
	State    string         `json:"state"`
	Judged   string         `json:"judged,omitempty"` // what a person said of it: confirmed, false-alarm; empty when nobody did
	Action   sekisho.Action `json:"action"`           // the strictest of its passages
	Opened   time.Time      `json:"opened"`
	Last     time.Time      `json:"last"`
	Passages int            `json:"passages"`
	Held     int            `json:"held"`            // passages kept back and not released
	Reports  int            `json:"reports"`         // by people
	Rules    []string       `json:"rules"`           // that held in it, strictest first, up to ten
	Asked    string         `json:"asked,omitempty"` // who asked for a release that waits for a second person
}

// A CaseDetail is a case with what happened in it.
type CaseDetail struct {
	Case
	Seen      []Passage   `json:"seen"` // newest first, up to 200
	Decisions []Decision  `json:"decisions"`
	Related   []Related   `json:"related"`
	Joined    []Indicator `json:"joined"` // by what its passages were joined
}

// Related is a case that shares an indicator.
type Related struct {
	Case Case      `json:"case"`
	By   Indicator `json:"by"`
}

// Cases returns the cases asked for: open ones first, the strictest and newest first among them.
func (s *Store) Cases(ctx context.Context, q Query) (Page[Case], error) {
	return Page[Case]{}, errors.ErrUnsupported
}

// Case returns one case, or ErrNotFound.
func (s *Store) Case(ctx context.Context, id string) (CaseDetail, error) {
	return CaseDetail{}, errors.ErrUnsupported
}

// What people decide.
const (
	DecideConfirm    = "confirm"     // it is an attack; closes the case
	DecideFalseAlarm = "false-alarm" // it is not; closes the case
	DecideRelease    = "release"     // deliver a held passage
	DecideBlock      = "block"       // an indicator: what shows it is held from now on
	DecideUnblock    = "unblock"
	DecideComment    = "comment"
	DecideReopen     = "reopen"
)

// A Decision is what a person decided, and why.
type Decision struct {
	ID        string     `json:"id"`
	Time      time.Time  `json:"time"`
	By        string     `json:"by"` // the person's name in the record, never empty
	Do        string     `json:"do"`
	Reason    string     `json:"reason"` // wanted for everything but a comment, where it is the comment; up to 2,000 bytes
	Case      string     `json:"case,omitempty"`
	Passage   string     `json:"passage,omitempty"`
	Indicator *Indicator `json:"indicator,omitempty"`
	Waits     bool       `json:"waits,omitempty"` // a release that a second person has to ask for, too
}

// Decide records a decision and what follows from it, in one transaction: a closed case, a blocked indicator and the Work named
// "retrohunt" with {"indicator": ...} that looks it up in the past, or the Work named "release" with {"passage": ID} when enough
// people asked for it. It returns the decision with ID, Time and Waits set, or ErrNotFound, ErrInvalid, ErrConflict, ErrForbidden.
func (s *Store) Decide(ctx context.Context, d Decision) (Decision, error) {
	return d, errors.ErrUnsupported
}

// BeginRelease claims a release that was decided, so that one process carries it out; ErrConflict when another has, or it was
// carried out. The bytes are the original's.
func (s *Store) BeginRelease(ctx context.Context, passage string) (original []byte, p Passage, err error) {
	return nil, Passage{}, errors.ErrUnsupported
}

// EndRelease says how a release ended: delivered, or not, which frees it to be tried again.
func (s *Store) EndRelease(ctx context.Context, passage string, failed error) error {
	return errors.ErrUnsupported
}

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
