package yara

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/sekisho/sekisho"
)

// A Problem is something in the rules that was left out: a rule, a line outside rules, or a whole file.
type Problem struct {
	File   string
	Line   int    // 0 when it is the whole file
	Rule   string // empty when it is no rule
	Reason string
}

// String returns the problem on one line: FILE:LINE: rule NAME: REASON.
func (p Problem) String() string {
	s := p.File
	if p.Line > 0 {
		s += ":" + strconv.Itoa(p.Line)
	}
	if p.Rule != "" {
		s += ": rule " + p.Rule
	}
	return s + ": " + p.Reason
}

// A Report says what became of rules.
type Report struct {
	Files    int // that were read
	Rules    int // that run
	Problems []Problem
}

const (
	compileTime   = 5 * time.Minute
	compileRounds = 6 // attempts; in the last, files with anything wrong are left out whole
)

// externals are the variables that rules of scanners expect beside YARA's own. What is scanned here has no path.
var externals = []string{"filename", "filepath", "extension", "filetype", "filemd5", "owner"}

// Compile compiles the sources. What is wrong is left out and named in the report; the rest runs. It may be called
// once.
func (e *Engine) Compile(ctx context.Context, sources []Source) (Report, error) {
	if e.rules != 0 {
		return Report{}, errors.New("rules are compiled already")
	}
	ctx, cancel := context.WithTimeout(ctx, compileTime)
	defer cancel()
	report := Report{Files: len(sources)}
	sources = append([]Source(nil), sources...)
	var err error
	fault := e.guarded(func() {
		for round := 1; err == nil && e.rules == 0; round++ {
			var failed []failedSource
			if failed, err = e.attempt(ctx, sources); err == nil && len(failed) > 0 {
				report.leaveOut(sources, failed, round)
			}
		}
	})
	if err = errors.Join(fault, err); err != nil {
		if ctx.Err() != nil {
			err = fmt.Errorf("%w: rules are not compiled in time", sekisho.ErrTimeout)
		}
		return report, fmt.Errorf("compile YARA rules: %w", err)
	}
	for _, s := range sources {
		report.Rules += len(rulesIn(s.Text))
	}
	e.values.keep()
	e.rested = e.main.Memory().Size()
	return report, nil
}

// A failedSource is a source with errors, of which the engine tells the line.
type failedSource struct {
	source int
	errors []located
}

type located struct {
	line, column int // from 1; 0 when not told
	reason       string
}

// attempt compiles the sources, and makes them those that run if none fails.
func (e *Engine) attempt(ctx context.Context, sources []Source) ([]failedSource, error) {
	compiler := e.result(ctx, "compiler_new")
	defer e.invoke(ctx, "__wbg_compiler_free", compiler, 0)
	for _, name := range externals {
		at, size := e.write(ctx, name)
		if err := e.outcome(ctx, e.invoke(ctx, "compiler_defineGlobal", compiler, at, size, e.values.add(""))); err != nil {
			return nil, err
		}
	}
	var failed []failedSource
	told := 0
	for i, s := range sources {
		if s.Text == "" {
			continue
		}
		at, size := e.write(ctx, s.Name)
		if err := e.outcome(ctx, e.invoke(ctx, "compiler_newNamespace", compiler, at, size)); err != nil {
			return nil, err
		}
		at, size = e.write(ctx, s.Text)
		err := e.outcome(ctx, e.invoke(ctx, "compiler_addSource", compiler, at, size))
		if err == nil {
			continue
		}
		f := failedSource{source: i}
		all := e.errors(ctx, compiler)
		for _, message := range all[min(told, len(all)):] {
			f.errors = append(f.errors, locate(message))
		}
		told = len(all)
		if len(f.errors) == 0 {
			f.errors = []located{locate(err.Error())}
		}
		failed = append(failed, f)
	}
	if len(failed) > 0 {
		return failed, nil
	}
	return nil, e.build(ctx, compiler)
}

func (e *Engine) build(ctx context.Context, compiler uint64) error {
	r := e.invoke(ctx, "compiler_build", compiler)
	if len(r) != 3 {
		return errors.New("the YARA engine builds rules in a way unknown here")
	}
	if err := e.outcome(ctx, r[1:]); err != nil {
		return err
	}
	e.rules = r[0]
	e.scanner = e.result(ctx, "scanner_new", e.rules)
	e.invoke(ctx, "scanner_setMaxMatchesPerPattern", e.scanner, patternMatches)
	e.invoke(ctx, "scanner_setTimeoutMs", e.scanner, uint64(ScanTime.Milliseconds()))
	return nil
}

// outcome reads the answer of a call that returns an error or nothing.
func (e *Engine) outcome(ctx context.Context, r []uint64) error {
	if len(r) != 2 {
		return errors.New("the YARA engine answers in a way unknown here")
	}
	if uint32(r[1]) == 0 {
		return nil
	}
	return errors.New(strings.TrimPrefix(display(e.taken(ctx, r[0])), "Error: "))
}

// errors returns every error the compiler met.
func (e *Engine) errors(ctx context.Context, compiler uint64) []string {
	r := e.invoke(ctx, "compiler_errors", compiler)
	if len(r) != 4 || uint32(r[3]) != 0 {
		return nil
	}
	at, n := uint64(uint32(r[0])), uint64(uint32(r[1]))
	list := make([]string, n)
	for i := range list {
		entry := binary.LittleEndian.Uint32(e.read(at+4*uint64(i), 4))
		list[i] = display(e.values.get(e.ref(ctx, uint64(entry))))
	}
	e.invoke(ctx, "__externref_drop_slice_command_export", at, n)
	e.invoke(ctx, "__wbindgen_free_command_export", at, 4*n, 4)
	return list
}

// locate reads an error as YARA-X writes it:
//
//	error[E009]: unknown identifier `foo`
//	 --> line:3:13
//	  |
//	3 |  condition: foo }
//	  |             ^^^ this identifier has not been declared
func locate(message string) located {
	var at located
	title, rest, _ := strings.Cut(message, "\n")
	if _, after, ok := strings.Cut(title, "]: "); ok && strings.HasPrefix(title, "error") {
		title = after
	}
	at.reason = title
	for line := range strings.Lines(rest) {
		line = strings.TrimSpace(line)
		if place, ok := strings.CutPrefix(line, "--> line:"); ok && at.line == 0 {
			number, column, _ := strings.Cut(place, ":")
			at.line, _ = strconv.Atoi(number)
			at.column, _ = strconv.Atoi(column)
		}
		if label, ok := strings.CutPrefix(line, "|"); ok && strings.HasPrefix(strings.TrimSpace(label), "^") {
			if label = strings.TrimLeft(label, " ^"); label != "" {
				at.reason += ": " + label
			}
			break
		}
	}
	return at
}

// leaveOut blanks what failed and reports it.
func (r *Report) leaveOut(sources []Source, failed []failedSource, round int) {
	for _, f := range failed {
		s := &sources[f.source]
		if round >= compileRounds {
			r.Problems = append(r.Problems, Problem{File: s.Name, Reason: "the rest of the file is left out: " + f.errors[0].reason})
			s.Text = ""
			continue
		}
		rules := rulesIn(s.Text)
		before := s.Text
		reported := map[int]bool{}
		for _, at := range f.errors {
			start, end := lineAt(before, at.line)
			problem := Problem{File: s.Name, Line: at.line, Reason: at.reason}
			if rule, ok := ruleAt(rules, min(start+max(at.column-1, 0), end)); ok {
				start, end, problem.Rule = rule.start, rule.end, rule.name
			}
			s.Text = blank(s.Text, start, end)
			if !reported[start] {
				reported[start] = true
				r.Problems = append(r.Problems, problem)
			}
		}
		if s.Text == before { // nothing to blank: another attempt would fail the same way
			s.Text = ""
		}
	}
}

// ruleAt returns the rule that an error at a point is about. What is wrong with the first word of a rule is that the
// rule before does not end.
func ruleAt(rules []place, point int) (place, bool) {
	for i, rule := range rules {
		if rule.start == point && i > 0 {
			return rules[i-1], true
		}
		if rule.start <= point && point < rule.end {
			return rule, true
		}
	}
	return place{}, false
}

// lineAt returns where a line starts and ends; an empty place at the end for one that is not there.
func lineAt(text string, line int) (start, end int) {
	for n := 1; line > 0; n++ {
		size := strings.IndexByte(text[start:], '\n')
		if n == line {
			if size < 0 {
				size = len(text) - start
			}
			return start, start + size
		}
		if size < 0 {
			break
		}
		start += size + 1
	}
	return len(text), len(text)
}
