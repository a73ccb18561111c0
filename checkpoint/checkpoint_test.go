package checkpoint

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/judge"
)

type testFacts struct {
	Word string `json:"word" doc:"a word"`
}

// splitter opens a text into one text a word, once.
var splitter = &sekisho.Opener{Name: "splitter", Kinds: []sekisho.Kind{sekisho.KindText}, Run: func(_ context.Context, a *sekisho.Artifact, b *sekisho.Budget) error {
	if a.Up != nil {
		return nil
	}
	for word := range strings.FieldsSeq(a.Name) {
		if err := b.Add(a, &sekisho.Artifact{Kind: sekisho.KindText, Name: word}); err != nil {
			return err
		}
	}
	return nil
}}

// reader states the name of every text, and panics at "boom".
var reader = &sekisho.Detector{Name: "reader", Kinds: []sekisho.Kind{sekisho.KindText}, Facts: testFacts{}, Run: func(p *sekisho.Pass) error {
	if p.Artifact.Name == "boom" {
		panic("as told")
	}
	p.Report(&testFacts{Word: p.Artifact.Name})
	return nil
}}

func newTest(t *testing.T, limits sekisho.Limits, openers ...*sekisho.Opener) *Checkpoint {
	t.Helper()
	rule := sekisho.Rule{ID: "evil", Status: sekisho.StatusStable, On: sekisho.KindText, When: `below.reader.exists(r, r.word == "evil")`,
		Ask: sekisho.ActionHold, Say: sekisho.Text{En: `"e"`, Ja: `"j"`}}
	j, err := judge.Compile([]sekisho.Rule{rule}, nil, []*sekisho.Detector{reader})
	if err != nil {
		t.Fatal(err)
	}
	cp, err := New(Config{Openers: openers, Detectors: []*sekisho.Detector{reader}, Judge: j, Limits: limits})
	if err != nil {
		t.Fatal(err)
	}
	return cp
}

func inspectText(cp *Checkpoint, words string) sekisho.Verdict {
	return cp.Inspect(context.Background(), &sekisho.Artifact{Kind: sekisho.KindText, Name: words})
}

func TestInspect(t *testing.T) {
	v := inspectText(newTest(t, sekisho.Limits{}, splitter), "some evil words")
	if v.Action != sekisho.ActionHold || len(v.Findings) != 1 || len(v.Gaps) != 0 {
		t.Fatalf("verdict %+v", v)
	}
	if evidence := v.Findings[0].Evidence; len(evidence) != 1 || evidence[0].Artifact.ID != "0.1" {
		t.Errorf("evidence %+v, want the second word", evidence)
	}
}

// TestPanicIsAGap: what else is there is still seen and judged.
func TestPanicIsAGap(t *testing.T) {
	broken := &sekisho.Opener{Name: "broken", Kinds: []sekisho.Kind{sekisho.KindText}, Run: func(context.Context, *sekisho.Artifact, *sekisho.Budget) error { panic("opener") }}
	v := inspectText(newTest(t, sekisho.Limits{}, broken, splitter), "boom evil")
	if v.Action != sekisho.ActionHold {
		t.Errorf("action %s, want hold: %+v", v.Action, v.Gaps)
	}
	classes := map[string]int{}
	for _, g := range v.Gaps {
		classes[g.By+" "+g.Class()]++
	}
	if classes["broken failed"] != 3 || classes["reader failed"] != 1 {
		t.Errorf("gaps %v", v.Gaps)
	}
	for _, g := range v.Gaps {
		if g.By == "reader" && !strings.Contains(g.Why, "checkpoint_test.go:") {
			t.Errorf("the gap does not say where: %s", g.Why)
		}
	}
}

func TestLimitIsAGapAndTheRestIsJudged(t *testing.T) {
	v := inspectText(newTest(t, sekisho.Limits{Parts: 2}, splitter), "one evil three four")
	if v.Action != sekisho.ActionHold || len(v.Gaps) != 1 || v.Gaps[0].Class() != "limit" {
		t.Errorf("action %s, gaps %v", v.Action, v.Gaps)
	}
}

func TestTimeoutIsAGapAndWhatWasSeenIsJudged(t *testing.T) {
	slow := &sekisho.Opener{Name: "slow", Kinds: []sekisho.Kind{sekisho.KindText}, Run: func(ctx context.Context, a *sekisho.Artifact, _ *sekisho.Budget) error {
		<-ctx.Done()
		return ctx.Err()
	}}
	start := time.Now()
	v := inspectText(newTest(t, sekisho.Limits{Time: 20 * time.Millisecond}, slow, splitter), "some evil words")
	if time.Since(start) > 5*time.Second {
		t.Error("the budget's time did not end the inspection")
	}
	if len(v.Gaps) == 0 || v.Gaps[0].Class() != "timeout" {
		t.Errorf("gaps %v, want a timeout", v.Gaps)
	}
}

// TestALargeBlobIsSharedInTime: the detector that takes all it gets leaves time to the one behind it.
func TestALargeBlobIsSharedInTime(t *testing.T) {
	for _, tt := range []struct {
		name string
		err  func(context.Context) error
	}{
		{"a detector that says so", func(ctx context.Context) error { return fmt.Errorf("%w: %w", sekisho.ErrTimeout, ctx.Err()) }},
		{"a detector that passes on why", context.Context.Err},
		{"a detector that keeps quiet", func(context.Context) error { return nil }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cp := newTest(t, sekisho.Limits{Time: time.Minute})
				greedy := &sekisho.Detector{Name: "greedy", Kinds: []sekisho.Kind{sekisho.KindText}, Run: func(p *sekisho.Pass) error {
					<-p.Context.Done()
					return tt.err(p.Context)
				}}
				cp.detectors = append([]detector{{Detector: greedy}}, cp.detectors...)
				v := cp.Inspect(t.Context(), &sekisho.Artifact{Kind: sekisho.KindText, Name: "evil", Size: 2 << 40})
				timeout := func(g sekisho.Gap) bool { return g.By == "greedy" && g.Class() == "timeout" }
				if !slices.ContainsFunc(v.Gaps, timeout) || slices.ContainsFunc(v.Gaps, func(g sekisho.Gap) bool { return g.By != "greedy" }) {
					t.Errorf("gaps %v", v.Gaps)
				}
			})
		})
	}
}

func TestJoinedErrorsAreSeveralGaps(t *testing.T) {
	several := &sekisho.Opener{Name: "several", Kinds: []sekisho.Kind{sekisho.KindText}, Run: func(context.Context, *sekisho.Artifact, *sekisho.Budget) error {
		return errors.Join(fmt.Errorf("%w: one", sekisho.ErrEncrypted), fmt.Errorf("%w: two: %w", sekisho.ErrMalformed, errors.New("cause")), errors.New("three"))
	}}
	v := inspectText(newTest(t, sekisho.Limits{}, several), "x")
	var why []string
	for _, g := range v.Gaps {
		why = append(why, g.Why)
	}
	if got, want := strings.Join(why, " | "), "encrypted: one | malformed: two: cause | failed: three"; got != want {
		t.Errorf("gaps %q, want %q", got, want)
	}
}

// TestTypeTellersRunFirst: an opener given every file may set the type by which others are chosen.
func TestTypeTellersRunFirst(t *testing.T) {
	picture := &sekisho.Opener{Name: "picture", Kinds: []sekisho.Kind{sekisho.KindFile}, Types: []string{"image/png"},
		Run: func(_ context.Context, a *sekisho.Artifact, b *sekisho.Budget) error {
			return b.Add(a, &sekisho.Artifact{Kind: sekisho.KindText, Name: "evil"})
		}}
	teller := &sekisho.Opener{Name: "teller", Kinds: []sekisho.Kind{sekisho.KindFile}, Run: func(_ context.Context, a *sekisho.Artifact, _ *sekisho.Budget) error {
		a.Form = &sekisho.File{Type: "image/png"}
		return nil
	}}
	root := &sekisho.Artifact{Kind: sekisho.KindFile, Name: "x"}
	newTest(t, sekisho.Limits{}, picture, teller).Inspect(context.Background(), root)
	if len(root.Parts) != 1 {
		t.Errorf("%d parts, want the one that the opener of pictures adds", len(root.Parts))
	}
}

// TestIsolatedOpenersRunElsewhere: what an opener marked Isolated does in its process, this one never sees.
func TestIsolatedOpenersRunElsewhere(t *testing.T) {
	var ran []string
	risky := &sekisho.Opener{Name: "risky", Kinds: []sekisho.Kind{sekisho.KindText}, Isolated: true,
		Run: func(context.Context, *sekisho.Artifact, *sekisho.Budget) error { panic("here") }}
	cp := newTest(t, sekisho.Limits{}, risky)
	cp.isolate = func(_ context.Context, o *sekisho.Opener, _ *sekisho.Artifact, _ *sekisho.Budget) error {
		ran = append(ran, o.Name)
		return fmt.Errorf("%w: the worker died", sekisho.ErrMalformed)
	}
	if v := inspectText(cp, "x"); len(ran) != 1 || len(v.Gaps) != 1 || v.Gaps[0].By != "risky" {
		t.Errorf("ran %v, gaps %v", ran, v.Gaps)
	}
}

// TestGapsAreCounted: a thousand gaps of one class do not hide the one of another.
func TestGapsAreCounted(t *testing.T) {
	broken := &sekisho.Opener{Name: "broken", Kinds: []sekisho.Kind{sekisho.KindText}, Run: func(_ context.Context, a *sekisho.Artifact, _ *sekisho.Budget) error {
		if a.Name == "last" {
			return fmt.Errorf("%w: no key", sekisho.ErrEncrypted)
		}
		return fmt.Errorf("%w: nonsense", sekisho.ErrMalformed)
	}}
	v := inspectText(newTest(t, sekisho.Limits{}, splitter, broken), strings.Repeat("word ", 1000)+"last")
	classes := map[string]int{}
	for _, g := range v.Gaps {
		classes[g.Class()]++
	}
	if classes["malformed"] != gapLimit+1 || classes["encrypted"] != 1 {
		t.Fatalf("gaps %v", classes)
	}
	if last := v.Gaps[len(v.Gaps)-1]; last.Why != "malformed: 901 more gaps like these" {
		t.Errorf("the last gap is %+v", last)
	}
}
