package org

import (
	"cmp"
	"fmt"
	"slices"
)

// A Severity says whether a profile can be used in spite of a problem.
type Severity string

// The severities of a problem.
const (
	SeverityError   Severity = "error"   // the profile is not used
	SeverityWarning Severity = "warning" // it is used, and sees less than it could
)

// A Problem is something wrong with a profile. It is an error that reads "file:line: what it means (hint: what to do)".
type Problem struct {
	File     string
	Line     int // from 1; 0 when the whole file is meant
	Severity Severity
	What     string
	Hint     string
}

// Error returns the problem in one line, without its severity.
func (p Problem) Error() string {
	at := p.File
	if p.Line > 0 {
		at = fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	if p.Hint == "" {
		return at + ": " + p.What
	}
	return at + ": " + p.What + " (hint: " + p.Hint + ")"
}

// problemLimit keeps the answer to a hostile file readable.
const problemLimit = 100

func (r *reader) problem(p Problem) {
	if len(r.problems) > problemLimit {
		return
	}
	if len(r.problems) == problemLimit {
		p = Problem{Line: p.Line, Severity: SeverityError, What: "too many problems, the rest is not shown", Hint: "mend these first"}
	}
	p.File = r.file
	r.problems = append(r.problems, p)
}

func (r *reader) fail(line int, hint, format string, args ...any) {
	r.problem(Problem{Line: line, Severity: SeverityError, What: fmt.Sprintf(format, args...), Hint: hint})
}

func (r *reader) warn(line int, hint, format string, args ...any) {
	r.problem(Problem{Line: line, Severity: SeverityWarning, What: fmt.Sprintf(format, args...), Hint: hint})
}

func (r *reader) sort() {
	slices.SortStableFunc(r.problems, func(a, b Problem) int { return cmp.Compare(a.Line, b.Line) })
}
