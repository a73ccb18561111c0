package sekisho

import "time"

// A Finding is a rule that held, with the observations it read.
type Finding struct {
	Rule     string
	Title    Text
	Ask      Action
	Why      Text // what was seen, in sentences that quote the evidence
	Artifact string
	Evidence []Observation // the facts that were enough for the rule to hold
	Control  []string
	Attack   []string
	Covers   []string // the rules whose findings were left out beside this one
}

// A Verdict is the strictest action that any rule asked for, with all findings and all gaps.
type Verdict struct {
	Root     *Artifact
	Action   Action
	Findings []Finding // strictest first
	Gaps     []Gap
	Took     time.Duration
}
