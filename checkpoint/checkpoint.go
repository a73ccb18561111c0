// Package checkpoint runs the flow on one artifact: open, inspect, judge. It knows no opener, detector or rule by name;
// it is given lists.
package checkpoint

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/judge"
)

// A Checkpoint takes artifacts apart and judges them. Its fields must not change once it is in use; it is safe for
// concurrent use.
type Checkpoint struct {
	openers   []*sekisho.Opener
	detectors []detector
	judge     *judge.Judge
	org       *sekisho.Org
	intel     *sekisho.Intel
	limits    sekisho.Limits
	isolate   Isolate
	record    Record
	now       func() time.Time
}

type detector struct {
	*sekisho.Detector
	prepared any
}

// An Isolate runs an opener marked Isolated where its failure harms nothing else, and adds what it finds to the
// artifact through the budget.
type Isolate func(context.Context, *sekisho.Opener, *sekisho.Artifact, *sekisho.Budget) error

// A Record keeps a passage before anything is done about it, and fills in what is not known before: the passage's ID and Case.
// When it returns nil the passage is kept, whatever happens to this process.
type Record func(context.Context, *sekisho.Passage) error

// Config is what a Checkpoint is made of.
type Config struct {
	Openers   []*sekisho.Opener
	Detectors []*sekisho.Detector
	Judge     *judge.Judge
	Org       *sekisho.Org   // nil for no profile
	Intel     *sekisho.Intel // nil for nothing known
	Limits    sekisho.Limits
	Isolate   Isolate // nil runs every opener in this process
	Record    Record  // nil for a checkpoint that only inspects

	Now func() time.Time // the moment of each inspection; nil leaves Intel.Now as it is
}

// New prepares every detector and returns the checkpoint.
func New(c Config) (*Checkpoint, error) {
	cp := &Checkpoint{openers: byBreadth(c.Openers), judge: c.Judge, org: c.Org, intel: c.Intel, limits: c.Limits, isolate: c.Isolate, record: c.Record, now: c.Now}
	if cp.org == nil {
		cp.org = &sekisho.Org{}
	}
	if cp.intel == nil {
		cp.intel = &sekisho.Intel{}
	}
	for _, d := range c.Detectors {
		prepared := any(nil)
		if d.Prepare != nil {
			var err error
			if prepared, err = d.Prepare(cp.org, cp.intel); err != nil {
				return nil, fmt.Errorf("prepare detector %s: %w", d.Name, err)
			}
		}
		cp.detectors = append(cp.detectors, detector{d, prepared})
	}
	return cp, nil
}

// byBreadth puts the openers that are given every file before those given some content types, for it is the former that
// tell the type.
func byBreadth(openers []*sekisho.Opener) []*sekisho.Opener {
	sorted := slices.Clone(openers)
	slices.SortStableFunc(sorted, func(a, b *sekisho.Opener) int { return min(len(a.Types), 1) - min(len(b.Types), 1) })
	return sorted
}

// Inspect opens the artifact, looks at everything inside and judges it. root has no parts yet; its ID is set to "0".
// The verdict always stands: whatever could not be opened, seen or judged in time is a gap in it. Of each class of gap the
// first hundred are kept, and one that counts the others.
func (cp *Checkpoint) Inspect(ctx context.Context, root *sekisho.Artifact) sekisho.Verdict {
	start := time.Now()
	root.ID = "0"
	run := &inspection{Checkpoint: cp, intel: cp.intelNow(), budget: sekisho.NewBudget(cp.limitsFor(root))}
	opening, cancel := context.WithTimeout(ctx, run.budget.Limits().Time)
	defer cancel()
	run.open(opening, root)
	run.inspect(opening, root)
	// Judging has a time of its own: what was seen must be judged even if opening took all there was.
	judging, done := context.WithTimeout(ctx, run.budget.Limits().Time)
	defer done()
	findings, gaps := cp.judge.Find(judging, judge.Case{Root: root, Observations: run.seen, Gaps: run.gaps.all(), Org: cp.org})
	run.gaps.add(gaps...)
	verdict := sekisho.Verdict{Root: root, Findings: findings, Gaps: run.gaps.all(), Took: time.Since(start)}
	for _, f := range findings {
		verdict.Action = max(verdict.Action, f.Ask)
	}
	return verdict
}

// intelNow returns what is known, as of now.
func (cp *Checkpoint) intelNow() *sekisho.Intel {
	if cp.now == nil {
		return cp.intel
	}
	known := *cp.intel
	known.Now = cp.now()
	return &known
}

// fileParts is how many artifacts a file or source tree that is inspected by itself may hold: it may be a project with all it is built
// from, packed or not. A mail with as many is odd.
const fileParts = 40_000

// limitsFor returns the limits for a tree.
func (cp *Checkpoint) limitsFor(root *sekisho.Artifact) sekisho.Limits {
	limits := cp.limits
	if limits.Parts <= 0 && slices.Contains([]sekisho.Kind{sekisho.KindRepository, sekisho.KindFile, sekisho.KindArchive}, root.Kind) {
		limits.Parts = fileParts
	}
	return limits
}

// An inspection is one run through the flow.
type inspection struct {
	*Checkpoint
	intel  *sekisho.Intel
	budget *sekisho.Budget
	seen   []sekisho.Observation
	gaps   gaps
}

// open runs the openers on the artifact and then on what they found, level by level: what a mail says is read before the
// archives beside it are opened, whatever stands first, since their password may be in it. An opener may tell what an
// artifact is by setting its form, which later openers in the list then see.
func (in *inspection) open(ctx context.Context, root *sekisho.Artifact) {
	for level := []*sekisho.Artifact{root}; len(level) > 0; {
		var next []*sekisho.Artifact
		for _, a := range level {
			if !in.openOne(ctx, a) {
				return
			}
			next = append(next, a.Parts...)
		}
		level = next
	}
}

// openOne reports false when there is no time left.
func (in *inspection) openOne(ctx context.Context, a *sekisho.Artifact) bool {
	for _, o := range in.openers {
		if !o.Opens(a) {
			continue
		}
		if ctx.Err() != nil {
			in.gap(a, o.Name, fmt.Errorf("%w: not opened, nor what comes after it", sekisho.ErrTimeout))
			return false
		}
		in.gap(a, o.Name, in.runOpener(ctx, o, a))
	}
	return true
}

func (in *inspection) runOpener(ctx context.Context, o *sekisho.Opener, a *sekisho.Artifact) (err error) {
	defer recovered(&err)
	if o.Worth != nil && !o.Worth(a) {
		return nil
	}
	if o.Isolated && in.isolate != nil {
		return in.isolate(ctx, o, a, in.budget)
	}
	return o.Run(ctx, a, in.budget)
}

// inspect runs the detectors on every artifact of the tree.
func (in *inspection) inspect(ctx context.Context, root *sekisho.Artifact) {
	for a := range root.All() {
		for _, d := range in.detectors {
			if !d.Looks(a.Kind) {
				continue
			}
			if ctx.Err() != nil {
				in.gap(a, d.Name, fmt.Errorf("%w: not inspected", sekisho.ErrTimeout))
				return
			}
			in.gap(a, d.Name, in.inspectOne(ctx, d, a))
		}
	}
}

// largeBlob is the size in bytes above which one detector does not get all the time: the image of a disk may state two terabytes.
const largeBlob = 32 << 20

// inspectOne runs a detector. On a large artifact it has half of the time that is left, so that the next ones are asked, too.
func (in *inspection) inspectOne(ctx context.Context, d detector, a *sekisho.Artifact) error {
	deadline, ok := ctx.Deadline()
	if !ok || a.Size <= largeBlob {
		return in.runDetector(ctx, d, a)
	}
	half, cancel := context.WithTimeout(ctx, time.Until(deadline)/2)
	defer cancel()
	err := in.runDetector(half, d, a)
	if half.Err() != nil && !errors.Is(err, sekisho.ErrTimeout) && !errors.Is(err, half.Err()) {
		err = errors.Join(err, fmt.Errorf("%w: not all of it was inspected", sekisho.ErrTimeout))
	}
	return err
}

func (in *inspection) runDetector(ctx context.Context, d detector, a *sekisho.Artifact) (err error) {
	defer recovered(&err)
	return d.Run(&sekisho.Pass{
		Context: ctx, Artifact: a, Org: in.org, Intel: in.intel, Prepared: d.prepared,
		Report: func(facts any, at ...sekisho.Span) {
			in.seen = append(in.seen, sekisho.Observation{Detector: d.Name, Artifact: a, Facts: facts, Spans: at})
		},
	})
}

func (in *inspection) gap(a *sekisho.Artifact, by string, err error) {
	in.gaps.add(sekisho.Gaps(a, by, err)...)
}

// errPanic is what a plug-in's panic becomes.
var errPanic = errors.New("panic")

// recovered turns a panic into an error. Hostile input is expected to find one some day; it must cost a gap and not the
// process.
func recovered(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("%w: %v at %s", errPanic, r, origin(debug.Stack()))
	}
}
