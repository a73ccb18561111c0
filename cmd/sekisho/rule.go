package main

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/detector"
	"github.com/sekisho/sekisho/judge"
)

type rulesCmd struct {
	List rulesListCmd `cmd:"" help:"Every rule in a line: what it asks for, on what, its title."`
	Show rulesShowCmd `cmd:"" help:"One rule whole: what it reads, what it says, its examples."`
	Test rulesTestCmd `cmd:"" help:"Run the examples of every rule, also of your own."`
}

type rulesListCmd struct {
	Rules string `help:"A folder of rules of your own." type:"existingdir" placeholder:"DIR"`
	Lang  string `help:"The language of the titles." enum:"en,ja" default:"en"`
}

// Run lists the rules.
func (c *rulesListCmd) Run(t terminal) error {
	set, err := loadRules(c.Rules, true)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(t.out, 0, 4, 2, ' ', 0)
	for _, r := range set.Rules {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", r.Ask, r.On, r.Status, r.ID, r.Title.In(sekisho.Lang(c.Lang)))
	}
	return w.Flush()
}

type rulesShowCmd struct {
	Rules string `help:"A folder of rules of your own." type:"existingdir" placeholder:"DIR"`
	ID    string `arg:"" help:"The rule's id."`
}

// Run shows one rule.
func (c *rulesShowCmd) Run(ctx context.Context, t terminal) error {
	j, err := compileRules(c.Rules, true)
	if err != nil {
		return err
	}
	for _, r := range j.Rules() {
		if r.ID == c.ID {
			showRule(t, r, j.Reads(r.ID))
			for _, o := range j.Examples(ctx) {
				if o.Rule == r.ID && o.Got {
					fmt.Fprintf(t.out, "  it says, of %q:\n    %s\n    %s\n", o.Example, o.Said.En, o.Said.Ja)
				}
			}
			return nil
		}
	}
	return hinted{fmt.Errorf("no rule has the id %q", c.ID), "'sekisho rules list' lists them"}
}

func showRule(t terminal, r sekisho.Rule, reads []string) {
	fmt.Fprintf(t.out, "%s (%s, %s)\n  %s\n  %s\n", r.ID, r.Status, r.File, r.Title.En, r.Title.Ja)
	fmt.Fprintf(t.out, "  on a %s, asks for %s\n  reads %s\n  when\n", r.On, r.Ask, strings.Join(reads, ", "))
	for line := range strings.Lines(strings.TrimSpace(r.When)) {
		fmt.Fprintf(t.out, "    %s\n", strings.TrimRight(line, "\n"))
	}
	fmt.Fprintf(t.out, "  serves %s\n", strings.Join(append(r.Control, r.Attack...), ", "))
	for _, s := range r.Source {
		fmt.Fprintf(t.out, "  source: %s\n", s)
	}
	for _, e := range r.Examples {
		fmt.Fprintf(t.out, "  example %q: match %t\n", e.Name, e.Match)
	}
}

type rulesTestCmd struct {
	Rules string `help:"A folder of rules of your own." type:"existingdir" placeholder:"DIR"`
}

// Run runs the examples of every rule and reports those that fail.
func (c *rulesTestCmd) Run(ctx context.Context, t terminal) error {
	set, err := loadRules(c.Rules, true)
	if err != nil {
		return err
	}
	j, err := judge.Compile(set.Rules, set.Conditions, detector.All)
	if err != nil {
		return hinted{err, "'sekisho facts' lists what rules can read"}
	}
	outcomes := j.Examples(ctx)
	failed := 0
	for _, o := range outcomes {
		if o.OK() {
			continue
		}
		failed++
		fmt.Fprintf(t.out, "FAIL  %s: %s: match is %t, want %t", o.Rule, o.Example, o.Got, o.Want)
		if o.Err != nil {
			fmt.Fprintf(t.out, ": %v", o.Err)
		}
		fmt.Fprintln(t.out)
	}
	fmt.Fprintf(t.out, "%d rules, %d examples, %d failed\n", len(set.Rules), len(outcomes), failed)
	if failed > 0 {
		return errFound
	}
	return nil
}
