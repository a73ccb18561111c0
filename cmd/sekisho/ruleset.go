package main

import (
	"context"
	"fmt"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/sekisho/sekisho/intel/feed"
	"github.com/sekisho/sekisho/intel/label"
	"github.com/sekisho/sekisho/intel/ruleset"
	"github.com/sekisho/sekisho/report"
	"github.com/sekisho/sekisho/yara"
)

// chosenSets returns the sets of YARA rules among the names, and the other names.
func chosenSets(folder string, names []string) (sets []ruleset.Source, others []string, err error) {
	if len(names) == 0 {
		return nil, nil, nil
	}
	all, err := ruleset.Catalogue(folder)
	if err != nil {
		return nil, nil, err
	}
	for _, name := range names {
		if i := slices.IndexFunc(all, func(s ruleset.Source) bool { return s.Name == name }); i >= 0 {
			sets = append(sets, all[i])
		} else {
			others = append(others, name)
		}
	}
	return sets, others, nil
}

// pullSets fetches each set, and returns how many failed. Those leave the version before as it was.
func pullSets(ctx context.Context, lists *feed.Library, sets []ruleset.Source, t terminal) (failed int) {
	library := ruleset.Library{Folder: lists.Folder, Client: lists.Client, Now: lists.Now, Force: lists.Force}
	for _, s := range sets {
		out, err := library.Pull(ctx, s)
		switch {
		case err != nil:
			failed++
			fmt.Fprintf(t.err, "%s: %v; the version before stays in use\n", s.Name, err)
		case out.Unchanged:
			fmt.Fprintf(t.out, "%s: unchanged\n", s.Name)
		default:
			printSet(t, out)
		}
	}
	return failed
}

func printSet(t terminal, o ruleset.Outcome) {
	fmt.Fprintf(t.out, "%s: %d YARA rules in %d files (before %d), licence %s\n", o.Name, o.Rules, o.Files, o.Before, report.Clean(o.Licence, 100))
	fmt.Fprintf(t.out, "  from %s\n  fetched %s, SHA-256 %s\n", o.URL, o.Fetched.Format(time.DateOnly), o.SHA256)
	if o.Skipped > 0 {
		fmt.Fprintf(t.out, "  %d files are too long or of no usable name and were left out\n", o.Skipped)
	}
	fmt.Fprintln(t.out, "  'sekisho yara check' names the rules that do not compile; 'sekisho inspect --yara' uses the others")
}

// printSets prints one line a set that was pulled, and a gap for each that is old.
func printSets(data string, now time.Time, t terminal) error {
	folder, err := libraryFolder(data)
	if err != nil {
		return nil // no home, no sets
	}
	library := ruleset.Library{Folder: folder}
	names, err := library.Names()
	if err != nil || len(names) == 0 {
		return err
	}
	w := tabwriter.NewWriter(t.out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "YARA rules\trules\tfiles\tage\tfetched\tsource\tlicence")
	var stale []string
	for _, name := range names {
		set, err := library.Open(name)
		if err != nil {
			fmt.Fprintf(t.err, "%v; pull it again\n", err)
			continue
		}
		if set.Stale(now) {
			stale = append(stale, fmt.Sprintf("gap: the YARA rules of %s are %s old, and are published anew every %s", name, label.Age(now.Sub(set.Checked)), set.Every))
		}
		fmt.Fprintf(w, "%s\t%d\t%d\t%s\t%s\t%s\t%s\n", name, set.Rules, set.Files, label.Age(now.Sub(set.Checked)), set.Fetched.Format(time.DateOnly), report.Clean(set.Publisher, 60), report.Clean(set.Licence, 60))
		set.Close()
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, line := range stale {
		fmt.Fprintln(t.out, line)
	}
	return nil
}

// pulledRules returns the rules of the sets that were pulled, each file under the name of its set. A set that cannot be read
// is a problem.
func pulledRules(data string) ([]yara.Source, []yara.Problem, error) {
	folder, err := libraryFolder(data)
	if err != nil {
		return nil, nil, nil // no home, no sets
	}
	library := ruleset.Library{Folder: folder}
	names, err := library.Names()
	if err != nil {
		return nil, nil, err
	}
	var sources []yara.Source
	var problems []yara.Problem
	for _, name := range names {
		set, err := library.Open(name)
		if err != nil {
			problems = append(problems, yara.Problem{File: name, Reason: err.Error()})
			continue
		}
		of, unread, err := yara.Folder(set.FS)
		set.Close()
		if err != nil {
			return nil, nil, fmt.Errorf("rule set %s: %w", name, err)
		}
		for i := range of {
			of[i].Name = name + "/" + of[i].Name
		}
		for i := range unread {
			unread[i].File = name + "/" + unread[i].File
		}
		sources, problems = append(sources, of...), append(problems, unread...)
	}
	return sources, problems, nil
}
