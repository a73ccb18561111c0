package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"time"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/report"
	"golang.org/x/term"
)

type inspectCmd struct {
	engine
	Paths  []string `arg:"" name:"path" help:"A mail, an mbox, a Maildir, a source repository, a folder, any file, or - for standard input."`
	As     string   `help:"What the paths are, when they are not to be told by themselves: repository." enum:",repository" default:"" placeholder:"repository"`
	Lang   string   `help:"The language of the reasons." enum:"en,ja" default:"en"`
	Format string   `help:"text, json, jsonl, sarif or html." enum:"text,json,jsonl,sarif,html" default:"text"`
	FailOn string   `help:"Exit with 1 when a verdict is this strict: warn, hold or reject." enum:"warn,hold,reject" default:"hold"`
}

// Run inspects the paths and reports.
func (c *inspectCmd) Run(ctx context.Context, t terminal) error {
	cp, stop, err := c.start(ctx, false)
	if err != nil {
		return err
	}
	defer stop()
	out := bufio.NewWriter(t.out)
	writer, err := report.New(out, report.Options{Format: c.Format, Lang: sekisho.Lang(c.Lang), Color: colorful(t.out), Width: columnsOf(t.out)})
	if err != nil {
		return err
	}
	var summary report.Summary
	progress := newProgress(t.err, c.Paths)
	start := time.Now()
	run := pipeline{walkPaths(c.Paths, t), c.jobs(), cp.Inspect}
	if c.As == "repository" {
		run.walk = walkRepositories(c.Paths, t)
	}
	walked := run.run(ctx, func(v sekisho.Verdict) error {
		summary.Add(v)
		progress.clear()
		err := writer.Verdict(v)
		if isTerminal(t.out) || c.Format == "jsonl" {
			err = errors.Join(err, out.Flush())
		}
		progress.add(v.Root.Size)
		return err
	})
	progress.clear()
	summary.Took = time.Since(start)
	if err := errors.Join(walked, writer.Close(summary), out.Flush()); err != nil {
		return err
	}
	failOn, err := sekisho.ParseAction(c.FailOn)
	if err != nil {
		return err
	}
	if summary.Inspected == 0 {
		return hinted{errors.New("nothing to inspect in the paths given"), "the folders are empty"}
	}
	if summary.Strictest >= failOn {
		return errFound
	}
	return nil
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// colorful follows https://no-color.org.
func colorful(w io.Writer) bool { return isTerminal(w) && os.Getenv("NO_COLOR") == "" }

func columnsOf(w io.Writer) int {
	if f, ok := w.(*os.File); ok {
		if columns, _, err := term.GetSize(int(f.Fd())); err == nil {
			return max(60, min(columns, 140))
		}
	}
	return 100
}
