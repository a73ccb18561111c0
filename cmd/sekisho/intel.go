package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/intel/feed"
	"github.com/sekisho/sekisho/intel/label"
	"github.com/sekisho/sekisho/intel/ruleset"
	"github.com/sekisho/sekisho/report"
)

type intelCmd struct {
	Pull   intelPullCmd   `cmd:"" help:"Fetch lists, and sets of YARA rules that are named, over HTTPS and say what changed."`
	Import intelImportCmd `cmd:"" help:"Read a list from a file."`
	Status intelStatusCmd `cmd:"" help:"Which lists and sets of YARA rules are there, how old each is, where it comes from."`
	List   intelListCmd   `cmd:"" help:"The sources that can be pulled; add your own in catalogue.yaml, or ruleset.yaml for YARA rules, in the data folder."`
}

// libraryFolder returns the folder that --data names, or the user's.
func libraryFolder(flag string) (string, error) {
	if flag != "" {
		return flag, nil
	}
	if home := os.Getenv("XDG_DATA_HOME"); home != "" {
		return filepath.Join(home, "sekisho"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", hinted{err, "name the data folder with --data"}
	}
	return filepath.Join(home, ".local", "share", "sekisho"), nil
}

func openLibrary(data string, now time.Time) (*feed.Library, error) {
	folder, err := libraryFolder(data)
	if err != nil {
		return nil, err
	}
	return &feed.Library{Folder: folder, Now: now, Client: &http.Client{Timeout: 15 * time.Minute}}, nil
}

// openLabels opens the lists of the data folder. Without one, the built-in facts are known.
func openLabels(data string) (*label.Store, error) {
	folder, err := libraryFolder(data)
	if err != nil {
		return label.Builtin(), nil // no home, no lists
	}
	return label.OpenStore((&feed.Library{Folder: folder}).Lists())
}

type intelPullCmd struct {
	Names []string `arg:"" optional:"" name:"name" help:"Sources of the catalogue; by default those that are not optional."`
	Data  string   `help:"The data folder." type:"path" placeholder:"DIR"`
	Force bool     `help:"Take a list over although it shrank by more than a fifth, or holds less than it plausibly can."`
}

// Run fetches each source. One that fails leaves its list as it was, and the others are fetched all the same.
func (c *intelPullCmd) Run(ctx context.Context, t terminal) error {
	library, err := openLibrary(c.Data, time.Now())
	if err != nil {
		return err
	}
	library.Force = c.Force
	sources, err := feed.Catalogue(library.Folder)
	if err != nil {
		return err
	}
	sets, names, err := chosenSets(library.Folder, c.Names)
	if err != nil {
		return err
	}
	if sources, err = chosen(sources, names); err != nil {
		return err
	}
	if len(sets) > 0 && len(names) == 0 {
		sources = nil
	}
	failed, hits := 0, 0
	for _, s := range sources {
		outcome, err := library.Pull(ctx, s)
		hits += len(outcome.Hits)
		if err != nil {
			failed++
			fmt.Fprintf(t.err, "%s: %v; the version before stays in use\n", s.Name, err)
			continue
		}
		printOutcome(t, outcome)
	}
	failed += pullSets(ctx, library, sets, t)
	switch {
	case hits > 0:
		return errFound
	case failed > 0:
		return hinted{fmt.Errorf("%d of %d lists and rule sets could not be fetched", failed, len(sources)+len(sets)), "'sekisho intel status' says how old each is; --force takes over one that shrank"}
	}
	return nil
}

// chosen returns the sources named, or those that are fetched without being named.
func chosen(all []feed.Source, names []string) ([]feed.Source, error) {
	var some []feed.Source
	for _, name := range names {
		i := slices.IndexFunc(all, func(s feed.Source) bool { return s.Name == name })
		if i < 0 || all[i].URL == "" {
			return nil, hinted{fmt.Errorf("no source is called %q", name), "'sekisho intel list' lists them"}
		}
		some = append(some, all[i])
	}
	if len(names) > 0 {
		return some, nil
	}
	for _, s := range all {
		if !s.Optional && s.URL != "" {
			some = append(some, s)
		}
	}
	return some, nil
}

func printOutcome(t terminal, o feed.Outcome) {
	if o.Unchanged {
		fmt.Fprintf(t.out, "%s: unchanged\n", o.Name)
		return
	}
	fmt.Fprintf(t.out, "%s: %d (before %d): %d added, %d removed, %d changed\n", o.Name, o.Diff.After, o.Diff.Before, o.Diff.Added, o.Diff.Removed, o.Diff.Changed)
	if o.Unread > 0 {
		fmt.Fprintf(t.out, "  %d entries are no address and were left out\n", o.Unread)
	}
	for _, h := range o.Hits {
		fmt.Fprintf(t.out, "  NEW: %s %s, screened on %s, is on this list now\n", h.Chain, report.Clean(h.Address, 200), h.Seen)
	}
}

type intelImportCmd struct {
	File     string        `arg:"" help:"The file." type:"existingfile"`
	Format   string        `help:"csv, json, plain, ofac-xml, ofac-csv, tagpack, stix, misp, eth-phishing or polkadot-phishing." required:"" placeholder:"FORMAT"`
	Name     string        `help:"The list's name; by default the file's." placeholder:"NAME"`
	Category string        `help:"What entries are that say it not themselves: sanction, theft, scam, exchange ..." default:"reported" placeholder:"CATEGORY"`
	Chain    string        `help:"The chain or currency of entries that say it not themselves." placeholder:"CHAIN"`
	Source   string        `help:"Who says so." placeholder:"TEXT"`
	Every    time.Duration `help:"How often the list is renewed: after three times that it is a gap; 0 for never." default:"0" placeholder:"DURATION"`
	Remember bool          `help:"Keep what is taken off the list, with the date."`
	Force    bool          `help:"Take the list over although it shrank by more than a fifth."`
	Data     string        `help:"The data folder." type:"path" placeholder:"DIR"`
}

// Run reads the file into the list of that name.
func (c *intelImportCmd) Run(ctx context.Context, t terminal) error {
	library, err := openLibrary(c.Data, time.Now())
	if err != nil {
		return err
	}
	library.Force = c.Force
	s := feed.Source{Name: c.Name, Publisher: c.Source, Format: c.Format, Chain: c.Chain, Category: c.Category, Every: c.Every, Remember: c.Remember}
	if s.Name == "" {
		s.Name = nameOf(c.File)
	}
	if s.Publisher == "" {
		s.Publisher = filepath.Base(c.File)
	}
	outcome, err := library.Import(ctx, s, c.File)
	switch {
	case errors.Is(err, feed.ErrSuspicious):
		return hinted{fmt.Errorf("%s: %w; the version before stays in use", c.File, err), "--force takes it over"}
	case errors.Is(err, sekisho.ErrMalformed), errors.Is(err, sekisho.ErrLimit):
		return hinted{fmt.Errorf("%s: %w; nothing was changed", c.File, err), "is --format " + c.Format + " the file's?"}
	case err != nil:
		return err
	}
	printOutcome(t, outcome)
	if len(outcome.Hits) > 0 {
		return errFound
	}
	return nil
}

// nameOf makes a list's name of a file's.
func nameOf(file string) string {
	base := strings.ToLower(strings.TrimSuffix(filepath.Base(file), filepath.Ext(file)))
	words := strings.FieldsFunc(base, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	if len(words) == 0 {
		return "imported"
	}
	name := strings.Join(words, "-")
	return strings.Trim(name[:min(len(name), 60)], "-")
}

type intelStatusCmd struct {
	Data string `help:"The data folder." type:"path" placeholder:"DIR"`
}

// Run prints one line a list, and what is wrong with any.
func (c *intelStatusCmd) Run(t terminal) error {
	store, err := openLabels(c.Data)
	if err != nil {
		return err
	}
	defer store.Close()
	now := time.Now()
	w := tabwriter.NewWriter(t.out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "list\tlabels\tformerly\tage\tpublished\tsource\tlicence")
	for _, info := range store.Lists() {
		published := "-"
		if !info.Published.IsZero() {
			published = info.Published.Format(time.DateOnly)
		}
		age := label.Age(now.Sub(info.Checked))
		if info.Stale(now) {
			age += " STALE"
		}
		fmt.Fprintf(w, "%s\t%d\t%d\t%s\t%s\t%s\t%s\n", info.Name, info.Active, info.Delisted, age, published, report.Clean(info.Source, 60), report.Clean(info.Licence, 40))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, line := range store.Stale(now) {
		fmt.Fprintf(t.out, "gap: %s\n", line)
	}
	if len(store.Lists()) == 0 {
		fmt.Fprintln(t.out, "no list was pulled or imported: only the built-in facts are known")
	}
	return printSets(c.Data, now, t)
}

type intelListCmd struct {
	Data string `help:"The data folder." type:"path" placeholder:"DIR"`
}

// Run prints the catalogue.
func (c *intelListCmd) Run(t terminal) error {
	folder, err := libraryFolder(c.Data)
	if err != nil {
		return err
	}
	sources, err := feed.Catalogue(folder)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(t.out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "source\tformat\tevery\tpulled\tlicence\turl")
	for _, s := range sources {
		pulled := "by default"
		if s.Optional {
			pulled = "when named"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", s.Name, s.Format, s.Every, pulled, report.Clean(s.Licence, 40), s.URL)
	}
	sets, err := ruleset.Catalogue(folder)
	if err != nil {
		return err
	}
	for _, s := range sets {
		fmt.Fprintf(w, "%s\tyara\t%s\twhen named\t%s\t%s\n", s.Name, s.Every, report.Clean(s.Licence, 40), s.URL)
	}
	return w.Flush()
}
