package sekisho

import (
	"encoding/json"
	"fmt"
)

// An Action is what a rule asks for and a verdict decides. They are ordered: a later one is stricter.
type Action int

// The actions, from the mildest.
const (
	ActionPass   Action = iota // nothing was found
	ActionNote                 // worth knowing, nothing to do
	ActionWarn                 // deliver, with a warning
	ActionHold                 // keep back until a person decides
	ActionReject               // refuse
)

var actionNames = []string{"pass", "note", "warn", "hold", "reject"}

// String returns the action's name.
func (a Action) String() string {
	if a < 0 || int(a) >= len(actionNames) {
		return fmt.Sprintf("action(%d)", int(a))
	}
	return actionNames[a]
}

// ParseAction returns the action of that name.
func ParseAction(name string) (Action, error) {
	for i, n := range actionNames {
		if n == name {
			return Action(i), nil
		}
	}
	return ActionPass, fmt.Errorf("unknown action %q: want pass, note, warn, hold or reject", name)
}

// MarshalText writes the action's name.
func (a Action) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads an action's name.
func (a *Action) UnmarshalText(text []byte) error {
	parsed, err := ParseAction(string(text))
	*a = parsed
	return err
}

// A Status says how far a rule is trusted. Only a stable rule may hold or reject.
type Status string

// The statuses of a rule. Experimental rules run only in `sekisho rules test` and `sekisho eval`.
const (
	StatusExperimental Status = "experimental"
	StatusTest         Status = "test"
	StatusStable       Status = "stable"
	StatusDeprecated   Status = "deprecated"
)

// A Rule is judgement as data: on this kind, when these facts hold, ask for this action, and say why. When and Say are
// CEL; Say holds one expression of type string for each language.
type Rule struct {
	ID       string    // lowercase words joined by hyphens, unique
	Title    Text      // a few words
	Status   Status    // who may rely on it
	On       Kind      // the kind of artifact it judges
	When     string    // CEL, of type bool
	Ask      Action    // what it asks for
	Say      Text      // CEL, of type string: why, quoting the facts
	Control  []string  // the countermeasures of official guidance it serves: "npa-2022-n2"
	Attack   []string  // MITRE ATT&CK techniques: "T1566.002"
	Covers   []string  // rules whose findings, here and below, this one says better: they are left out beside it
	Source   []string  // where the judgement comes from: a report, an RFC, a case
	Examples []Example // at least one that matches and one that does not
	File     string    // the file it was read from, for errors
	Line     int       // the line where it starts
}

// An Example shows what a rule matches, or does not.
type Example struct {
	Name  string
	Match bool
	It    json.RawMessage              // the artifact's form
	Seen  map[string][]json.RawMessage // facts by detector, or by "above.detector" and "below.detector"
	Gap   []Gap
}

// A Condition is a named, typed piece of judgement that rules share.
type Condition struct {
	Name string // an identifier of CEL, unique among conditions and detectors
	Doc  string // one sentence
	On   Kind   // the kind whose form it reads as `it`; empty when it reads none
	When string // CEL, of type bool
	File string
	Line int
}
