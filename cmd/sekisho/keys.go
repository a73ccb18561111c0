package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"slices"
	"time"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/checkpoint"
	"github.com/sekisho/sekisho/detector"
	"github.com/sekisho/sekisho/detector/key"
	"github.com/sekisho/sekisho/judge"
	"github.com/sekisho/sekisho/opener"
	"github.com/sekisho/sekisho/org"
	"github.com/sekisho/sekisho/report"
	"github.com/sekisho/sekisho/source"
	"github.com/sekisho/sekisho/worker"
)

type keysCmd struct {
	Paths         []string `arg:"" optional:"" name:"path" help:"Files, folders, archives, documents; - for standard input. With --git and --staged, repositories; the current folder when none is given."`
	Git           bool     `help:"Read every blob of a repository's history, each once." xor:"what"`
	Staged        bool     `help:"Read what is about to be committed." xor:"what"`
	Baseline      string   `help:"Leave out the keys in this file, see --write-baseline." placeholder:"FILE" type:"existingfile"`
	WriteBaseline string   `help:"Write the fingerprints of all keys found to this file." placeholder:"FILE"`
	All           bool     `help:"Report also files in which nothing was found."`
	Org           string   `help:"The organisation's profile: a key of one of your wallets is another alarm." type:"existingfile" placeholder:"FILE"`
	Lang          string   `help:"The language of the reasons." enum:"en,ja" default:"en"`
	Format        string   `help:"text, jsonl, sarif or html." enum:"text,jsonl,sarif,html" default:"text"`
	FailOn        string   `help:"Exit with 1 when a verdict is this strict: note, warn or hold." enum:"note,warn,hold" default:"warn"`
	Jobs          int      `help:"Files read at once; 0 for one a processor." default:"0" placeholder:"N"`
}

// keysTime bounds one file: a disk image of some terabytes.
const keysTime = 12 * time.Hour

// keysEntry bounds what is opened whole, in bytes: an archive, a document, a file inside one. Plain files have no bound.
const keysEntry = 512 << 20

// Run looks for keys.
func (c *keysCmd) Run(ctx context.Context, t terminal) error {
	if len(c.Paths) == 0 {
		if !c.Git && !c.Staged {
			return hinted{errors.New("no path given"), "name files or folders, or use --git or --staged in a repository"}
		}
		c.Paths = []string{"."}
	}
	base, err := readBaseline(c.Baseline)
	if err != nil {
		return err
	}
	scan, err := c.scan(base)
	if err != nil {
		return err
	}
	defer scan.stop()
	out := bufio.NewWriter(t.out)
	writer, err := report.New(out, report.Options{Format: c.Format, Lang: sekisho.Lang(c.Lang), Color: colorful(t.out), Width: columnsOf(t.out)})
	if err != nil {
		return err
	}
	var summary report.Summary
	progress := newProgress(t.err, c.measured())
	start := time.Now()
	run := pipeline{c.walk(t.in), engine{Jobs: c.Jobs}.jobs(), scan.inspect}
	walked := run.run(ctx, func(v sekisho.Verdict) error {
		summary.Add(v)
		progress.add(v.Root.Size)
		if !c.All && len(v.Findings) == 0 && len(v.Gaps) == 0 {
			return nil
		}
		progress.clear()
		return writer.Verdict(v)
	})
	progress.clear()
	summary.Took = time.Since(start)
	if errors.Is(walked, context.Canceled) {
		walked = errors.New("stopped before the end: what was found so far is above")
	}
	if err := errors.Join(writer.Close(summary), out.Flush(), walked); err != nil {
		return err
	}
	if summary.Inspected == 0 && !c.Git && !c.Staged {
		return hinted{errors.New("nothing to read in the paths given"), "the folders are empty"}
	}
	if c.WriteBaseline != "" {
		if err := base.write(c.WriteBaseline); err != nil {
			return err
		}
	}
	failOn, err := sekisho.ParseAction(c.FailOn)
	if err != nil {
		return err
	}
	if summary.Strictest >= failOn {
		return errFound
	}
	return nil
}

// measured returns the paths whose size the progress bar goes by.
func (c *keysCmd) measured() []string {
	if c.Git || c.Staged {
		return nil
	}
	return c.Paths
}

// walk returns what calls its argument for every file to be read.
func (c *keysCmd) walk(stdin io.Reader) func(context.Context, func(source.Item) error) error {
	each := func(walk func(context.Context, string, func(source.Item) error) error) func(context.Context, func(source.Item) error) error {
		return func(ctx context.Context, found func(source.Item) error) error {
			for _, path := range c.Paths {
				if err := walk(ctx, path, found); err != nil {
					return err
				}
			}
			return nil
		}
	}
	switch {
	case c.Git:
		return each(source.Blobs)
	case c.Staged:
		return each(source.Staged)
	}
	return func(ctx context.Context, found func(source.Item) error) error {
		return source.Files(ctx, c.Paths, stdin, found)
	}
}

// A keyScan is the checkpoint with the one detector. Most files are read as they lie; what must be opened first goes
// through the openers.
type keyScan struct {
	plain, deep *checkpoint.Checkpoint
	stop        func()
}

func (c *keysCmd) scan(base *baseline) (*keyScan, error) {
	profile := &sekisho.Org{}
	if c.Org != "" {
		var err error
		if profile, err = org.Load(c.Org); err != nil {
			return nil, hinted{err, "'sekisho org check " + c.Org + "' lists every problem"}
		}
	}
	profile.FingerprintKey = base.Key
	j, err := keyJudge()
	if err != nil {
		return nil, err
	}
	pool := worker.New(engine{Jobs: c.Jobs}.jobs(), worker.Limits{})
	config := checkpoint.Config{Detectors: []*sekisho.Detector{base.watch(key.Detector)}, Judge: j, Org: profile,
		Limits: sekisho.Limits{Time: keysTime, Entry: keysEntry, Bytes: 4 * keysEntry}, Isolate: pool.Open}
	plain, err := checkpoint.New(config)
	if err != nil {
		return nil, err
	}
	config.Openers = opener.All
	deep, err := checkpoint.New(config)
	if err != nil {
		return nil, err
	}
	return &keyScan{plain: plain, deep: deep, stop: pool.Close}, nil
}

// keyJudge compiles the rules that lie beside the detector of keys, and no other: that is most of the time to start.
func keyJudge() (*judge.Judge, error) {
	set, err := loadRules("", false)
	if err != nil {
		return nil, err
	}
	set.Rules = slices.DeleteFunc(set.Rules, func(r sekisho.Rule) bool { return r.File != key.Detector.Name+"/rule.yaml" })
	return judge.Compile(set.Rules, nil, detector.All)
}

func (s *keyScan) inspect(ctx context.Context, a *sekisho.Artifact) sekisho.Verdict {
	head := make([]byte, min(a.Size, 8<<10))
	n, err := a.Blob.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return sekisho.Verdict{Root: a, Gaps: sekisho.Gaps(a, "source", err)}
	}
	if source.IsContainer(a.Name, head[:n]) {
		if source.IsMail(a.Name, head[:n]) {
			a.Kind, a.Form = sekisho.KindMail, nil
		}
		return s.deep.Inspect(ctx, a)
	}
	return s.plain.Inspect(ctx, a)
}
