package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/report"
)

// isHonest tells the folders of mails that deserve no alarm. Every other folder is a class that does.
func isHonest(label string) bool { return label == "ham" || label == "honest" }

type evalCmd struct {
	engine
	Dir    string `arg:"" help:"A folder with one folder a label: ham or honest is honest mail, any other is to be caught." type:"existingdir"`
	Misses int    `help:"How many misses and false alarms to print of each label." default:"20" placeholder:"N"`
}

// A tally is what happened to the mails of one label.
type tally struct {
	label   string
	total   int
	actions map[sekisho.Action]int
	wrong   []string // missed, or alarmed about for nothing
	gaps    int
}

// atLeast returns how many verdicts were a or stricter.
func (t tally) atLeast(a sekisho.Action) int {
	n := 0
	for action, count := range t.actions {
		if action >= a {
			n += count
		}
	}
	return n
}

// An evaluation is the tallies of all labels and the hits of each rule.
type evaluation struct {
	tallies []tally
	rules   map[string]*ruleTally
	took    []time.Duration
	wall    time.Duration
}

type ruleTally struct {
	hits  map[string]int // verdicts by label
	alone map[string]int // verdicts at warn or above that no other rule brought there
}

// Run inspects every label and prints recall, false alarms, the rules and the misses.
func (c *evalCmd) Run(ctx context.Context, t terminal) error {
	cp, stop, err := c.start(ctx, true)
	if err != nil {
		return err
	}
	defer stop()
	folders, err := os.ReadDir(c.Dir)
	if err != nil {
		return err
	}
	e := evaluation{rules: map[string]*ruleTally{}}
	start := time.Now()
	for _, folder := range folders {
		if info, err := os.Stat(filepath.Join(c.Dir, folder.Name())); err != nil || !info.IsDir() {
			continue
		}
		counted := tally{label: folder.Name(), actions: map[sekisho.Action]int{}}
		progress := newProgress(t.err, []string{filepath.Join(c.Dir, folder.Name())})
		run := pipeline{walkPaths([]string{filepath.Join(c.Dir, folder.Name())}, t), c.jobs(), cp.Inspect}
		err := run.run(ctx, func(v sekisho.Verdict) error {
			e.count(&counted, v)
			progress.add(v.Root.Size)
			return nil
		})
		progress.clear()
		if err != nil {
			return err
		}
		e.tallies = append(e.tallies, counted)
	}
	e.wall = time.Since(start)
	if len(e.took) == 0 {
		return hinted{fmt.Errorf("%s holds nothing to measure", c.Dir), "put mails into DIR/phish and DIR/ham"}
	}
	stop() // workers are waited for, so that their processor time is counted
	return errors.Join(e.table(t.out), e.ruleTable(t.out), e.speed(t.out), e.wrong(t.out, c.Misses))
}

func (e *evaluation) count(t *tally, v sekisho.Verdict) {
	t.total++
	t.actions[v.Action]++
	e.took = append(e.took, v.Took)
	if len(v.Gaps) > 0 {
		t.gaps++
	}
	caught := v.Action >= sekisho.ActionWarn
	if caught == (isHonest(t.label)) {
		t.wrong = append(t.wrong, wrongLine(v))
	}
	hits := map[string]sekisho.Action{}
	warning := map[string]bool{}
	for _, f := range v.Findings {
		hits[f.Rule] = max(hits[f.Rule], f.Ask)
		if f.Ask >= sekisho.ActionWarn {
			warning[f.Rule] = true
		}
	}
	for id := range hits {
		r := e.rules[id]
		if r == nil {
			r = &ruleTally{map[string]int{}, map[string]int{}}
			e.rules[id] = r
		}
		r.hits[t.label]++
		if warning[id] && len(warning) == 1 {
			r.alone[t.label]++
		}
	}
}

func wrongLine(v sekisho.Verdict) string {
	v = report.Withhold(v)
	var rules []string
	for _, f := range v.Findings {
		if !slices.Contains(rules, f.Rule) {
			rules = append(rules, f.Rule)
		}
	}
	subject := ""
	if m, ok := v.Root.Form.(*sekisho.Mail); ok {
		subject = report.Clean(m.Subject, 70)
	}
	return fmt.Sprintf("%-5s %s  %q  %s", v.Action, report.Clean(v.Root.Name, 120), subject, strings.Join(rules, " "))
}

func (e *evaluation) table(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "label\tmails\tpass\tnote\twarn\thold\treject\twarn or above\thold or above\twith gaps\t")
	for _, t := range e.tallies {
		fmt.Fprintf(w, "%s\t%d\t", t.label, t.total)
		for a := sekisho.ActionPass; a <= sekisho.ActionReject; a++ {
			fmt.Fprintf(w, "%d\t", t.actions[a])
		}
		fmt.Fprintf(w, "%.2f %%\t%.2f %%\t%d\t\n", percent(t.atLeast(sekisho.ActionWarn), t.total), percent(t.atLeast(sekisho.ActionHold), t.total), t.gaps)
	}
	return w.Flush()
}

func percent(n, of int) float64 {
	if of == 0 {
		return 0
	}
	return 100 * float64(n) / float64(of)
}

// ruleTable prints, for each rule, in how many verdicts of each label it held, and in how many it alone made the
// difference between silence and a warning.
func (e *evaluation) ruleTable(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprint(w, "\nrule")
	for _, t := range e.tallies {
		fmt.Fprintf(w, "\t%s (alone)", t.label)
	}
	fmt.Fprintln(w)
	for _, id := range slices.Sorted(maps.Keys(e.rules)) {
		fmt.Fprint(w, id)
		for _, t := range e.tallies {
			fmt.Fprintf(w, "\t%d (%d)", e.rules[id].hits[t.label], e.rules[id].alone[t.label])
		}
		fmt.Fprintln(w)
	}
	return w.Flush()
}

func (e *evaluation) wrong(out io.Writer, most int) error {
	for _, t := range e.tallies {
		what := "missed"
		if isHonest(t.label) {
			what = "false alarms"
		}
		if _, err := fmt.Fprintf(out, "\n%s: %d %s\n", t.label, len(t.wrong), what); err != nil {
			return err
		}
		for _, line := range t.wrong[:min(most, len(t.wrong))] {
			if _, err := fmt.Fprintln(out, " ", line); err != nil {
				return err
			}
		}
	}
	return nil
}

// speed prints the run's own figures: they depend on the machine and on what else it does.
func (e *evaluation) speed(out io.Writer) error {
	slices.Sort(e.took)
	at := func(q float64) float64 {
		return float64(e.took[min(len(e.took)-1, int(q*float64(len(e.took))))].Microseconds()) / 1000
	}
	n := len(e.took)
	used := resources()
	_, err := fmt.Fprintf(out, "\n%d mails in %.1f s: %.0f a second, %.2f ms of processor time a mail; one mail p50 %.2f, p95 %.2f, p99 %.2f ms; peak memory %d MB, largest worker %d MB\n",
		n, e.wall.Seconds(), float64(n)/e.wall.Seconds(), used.cpu.Seconds()*1000/float64(n), at(0.50), at(0.95), at(0.99), used.peak>>20, used.workerPeak>>20)
	return err
}
