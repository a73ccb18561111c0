package worker

import (
	"bytes"
	"context"
	"errors"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/sekisho/sekisho"
)

func TestMain(m *testing.M) {
	Main(openers, os.Stdin, os.Stdout)
	os.Exit(m.Run())
}

// The openers of these tests do what hostile input makes parsers do.
var openers = []*sekisho.Opener{
	{Name: "split", Run: func(ctx context.Context, a *sekisho.Artifact, b *sekisho.Budget) error {
		data := make([]byte, a.Size)
		if _, err := a.Blob.ReadAt(data, 0); err != nil {
			return err
		}
		a.Form = &sekisho.Archive{Format: "split", Entries: 2}
		first := &sekisho.Artifact{Kind: sekisho.KindFile, Name: "first", Via: "entry", Form: &sekisho.File{Extension: "x"},
			Blob: bytes.NewReader(data[:2]), Size: 2}
		err := b.Add(a, first)
		below := &sekisho.Artifact{Kind: sekisho.KindText, Via: "content", Form: &sekisho.TextForm{Content: beside(a)}}
		return errors.Join(err, b.Add(first, below), b.Add(a, &sekisho.Artifact{Kind: sekisho.KindFile, Name: "no bytes"}),
			b.Spend(2), sekisho.ErrEncrypted, errors.New("odd"))
	}},
	{Name: "panic", Run: func(ctx context.Context, a *sekisho.Artifact, b *sekisho.Budget) error {
		if err := b.Add(a, &sekisho.Artifact{Kind: sekisho.KindFile, Name: "before"}); err != nil {
			return err
		}
		panic("broken parser")
	}},
	{Name: "hog", Run: func(context.Context, *sekisho.Artifact, *sekisho.Budget) error {
		var held [][]byte
		for len(held) < 1<<30 {
			held = append(held, bytes.Repeat([]byte{1}, 1<<20))
		}
		return nil
	}},
	{Name: "overflow", Run: func(context.Context, *sekisho.Artifact, *sekisho.Budget) error { return dive(0) }},
	{Name: "hang", Run: func(context.Context, *sekisho.Artifact, *sekisho.Budget) error {
		for served >= 0 {
			runtime.Gosched()
		}
		return nil
	}},
	{Name: "exit", Run: func(context.Context, *sekisho.Artifact, *sekisho.Budget) error { os.Exit(7); return nil }},
	{Name: "once", Run: func(context.Context, *sekisho.Artifact, *sekisho.Budget) error {
		if served++; served > 2 {
			os.Exit(7)
		}
		return nil
	}},
	{Name: "peek", Run: func(context.Context, *sekisho.Artifact, *sekisho.Budget) error {
		_, err := os.ReadFile("/etc/passwd")
		return err
	}},
	{Name: "environment", Run: func(context.Context, *sekisho.Artifact, *sekisho.Budget) error {
		return errors.New(strings.Join(os.Environ(), " "))
	}},
}

// served is the state that a broken parser keeps between requests.
var served int

func dive(n int) error {
	if n < 0 {
		return nil
	}
	if err := dive(n + 1); err != nil {
		return err
	}
	return errors.New("deep")
}

func beside(a *sekisho.Artifact) string {
	mail := a.Above(sekisho.KindMail)
	if mail == nil {
		return ""
	}
	words := []string{mail.Form.(*sekisho.Mail).Subject}
	for part := range mail.All() {
		if text, ok := part.Form.(*sekisho.TextForm); ok {
			words = append(words, text.Content)
		}
	}
	return strings.Join(words, "|")
}

func opener(t *testing.T, name string) *sekisho.Opener {
	t.Helper()
	for _, o := range openers {
		if o.Name == name {
			return o
		}
	}
	t.Fatalf("no opener %q", name)
	return nil
}

func mailWith(data string) *sekisho.Artifact {
	mail := &sekisho.Artifact{ID: "0", Kind: sekisho.KindMail, Form: &sekisho.Mail{Subject: "subject"}}
	text := &sekisho.Artifact{ID: "0.0", Up: mail, Kind: sekisho.KindText, Form: &sekisho.TextForm{Content: "text"}}
	file := &sekisho.Artifact{ID: "0.1", Up: mail, Kind: sekisho.KindArchive, Blob: strings.NewReader(data), Size: int64(len(data))}
	mail.Parts = []*sekisho.Artifact{text, file}
	return file
}

func TestOpenFindsWhatTheOpenerFinds(t *testing.T) {
	p := New(1, Limits{})
	defer p.Close()
	for range 3 { // the stream of frames goes on
		a := mailWith("abcd")
		b := sekisho.NewBudget(sekisho.Limits{Bytes: 100})
		err := p.Open(t.Context(), opener(t, "split"), a, b)
		if gaps := sekisho.Gaps(a, "split", err); len(gaps) != 2 || gaps[0].Class() != "encrypted" || gaps[1].Why != "failed: odd" {
			t.Errorf("gaps %+v", gaps)
		}
		if form, ok := a.Form.(*sekisho.Archive); !ok || form.Entries != 2 {
			t.Errorf("form %+v", a.Form)
		}
		if len(a.Parts) != 2 || len(a.Parts[0].Parts) != 1 {
			t.Fatalf("parts %+v", a.Parts)
		}
		first := a.Parts[0]
		if first.ID != "0.1.0" || first.Size != 2 || first.Form.(*sekisho.File).Extension != "x" || a.Parts[1].Blob != nil {
			t.Errorf("first part %+v, second %+v", first, a.Parts[1])
		}
		if got := first.Parts[0].Form.(*sekisho.TextForm).Content; got != "subject|text" {
			t.Errorf("the opener saw %q beside it", got)
		}
		if left, _ := b.Left(); left != 98 {
			t.Errorf("%d bytes left, want 98", left)
		}
	}
}

func TestOpenKeepsTheBudget(t *testing.T) {
	p := New(1, Limits{})
	defer p.Close()
	tests := map[string]sekisho.Limits{
		"parts": {Parts: 1},
		"bytes": {Bytes: 1},
		"depth": {Depth: 3},
		"entry": {Entry: 3},
	}
	for name, limits := range tests {
		t.Run(name, func(t *testing.T) {
			a := mailWith("abcd")
			err := p.Open(t.Context(), opener(t, "split"), a, sekisho.NewBudget(limits))
			if !errors.Is(err, sekisho.ErrLimit) {
				t.Errorf("error %v, want a limit", err)
			}
		})
	}
}

func TestADeadWorkerIsOneGap(t *testing.T) {
	p := New(1, Limits{Memory: 128 << 20, Time: 5 * time.Second})
	defer p.Close()
	tests := []struct{ opener, why string }{
		{"hog", "worker died"}, // the runtime, or the race detector, says in its own words that there is no memory
		{"overflow", "worker died"},
		{"exit", "worker died"},
		{"panic", "panic: broken parser"},
	}
	for _, tt := range tests {
		t.Run(tt.opener, func(t *testing.T) {
			err := p.Open(t.Context(), opener(t, tt.opener), mailWith("abcd"), sekisho.NewBudget(sekisho.Limits{}))
			if err == nil || !strings.Contains(err.Error(), tt.why) {
				t.Errorf("error %v, want one with %q", err, tt.why)
			}
			a := mailWith("abcd")
			_ = p.Open(t.Context(), opener(t, "split"), a, sekisho.NewBudget(sekisho.Limits{}))
			if len(a.Parts) != 2 {
				t.Errorf("the next request found %d parts, want 2", len(a.Parts))
			}
		})
	}
}

func TestAPanicKeepsWhatWasFound(t *testing.T) {
	p := New(1, Limits{})
	defer p.Close()
	a := mailWith("abcd")
	if err := p.Open(t.Context(), opener(t, "panic"), a, sekisho.NewBudget(sekisho.Limits{})); err == nil || len(a.Parts) != 1 {
		t.Errorf("error %v, parts %v", err, a.Parts)
	}
}

func TestADeadlineEndsTheWorker(t *testing.T) {
	p := New(1, Limits{Time: 300 * time.Millisecond})
	defer p.Close()
	err := p.Open(t.Context(), opener(t, "hang"), mailWith("abcd"), sekisho.NewBudget(sekisho.Limits{}))
	if !errors.Is(err, sekisho.ErrTimeout) {
		t.Errorf("error %v, want a timeout", err)
	}
}

func TestAUsedWorkerIsNotHeldAgainstTheNext(t *testing.T) {
	p := New(1, Limits{})
	defer p.Close()
	for i := range 8 {
		if err := p.Open(t.Context(), opener(t, "once"), mailWith("abcd"), sekisho.NewBudget(sekisho.Limits{})); err != nil {
			t.Errorf("request %d: %v", i, err)
		}
	}
}

func TestWorkersAreReplaced(t *testing.T) {
	p := New(1, Limits{Requests: 1})
	defer p.Close()
	for i := range 3 {
		if err := p.Open(t.Context(), opener(t, "once"), mailWith("abcd"), sekisho.NewBudget(sekisho.Limits{})); err != nil {
			t.Errorf("request %d: %v", i, err)
		}
		if seat := <-p.seats; seat != nil {
			t.Error("the worker stays after its last request")
		} else {
			p.seats <- seat
		}
	}
}

func TestWorkerHasNoFiles(t *testing.T) {
	if runtime.GOOS != "linux" || !landlocked() {
		t.Skip("no Landlock here")
	}
	p := New(1, Limits{})
	defer p.Close()
	err := p.Open(t.Context(), opener(t, "peek"), mailWith("abcd"), sekisho.NewBudget(sekisho.Limits{}))
	if err == nil || !strings.Contains(err.Error(), "permission denied") {
		t.Errorf("reading a file: %v, want permission denied", err)
	}
}

func TestWorkerHasAClosedEnvironment(t *testing.T) {
	t.Setenv("SEKISHO_SECRET", "hush")
	p := New(1, Limits{})
	defer p.Close()
	err := p.Open(t.Context(), opener(t, "environment"), mailWith("abcd"), sekisho.NewBudget(sekisho.Limits{}))
	if err == nil || strings.Contains(err.Error(), "hush") || strings.Contains(err.Error(), "HOME=") {
		t.Errorf("environment %v", err)
	}
}

func TestOpenAfterCloseIsRefused(t *testing.T) {
	p := New(2, Limits{})
	p.Close()
	err := p.Open(t.Context(), opener(t, "split"), mailWith("abcd"), sekisho.NewBudget(sekisho.Limits{}))
	if !errors.Is(err, sekisho.ErrUnavailable) {
		t.Errorf("error %v, want unavailable", err)
	}
}

func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		p := New(1, Limits{})
		_ = p.Open(b.Context(), openers[0], mailWith("abcd"), sekisho.NewBudget(sekisho.Limits{}))
		p.Close()
	}
}

func BenchmarkOpen(b *testing.B) {
	p := New(1, Limits{})
	defer p.Close()
	data := strings.Repeat("x", 64<<10)
	for b.Loop() {
		_ = p.Open(b.Context(), openers[0], mailWith(data), sekisho.NewBudget(sekisho.Limits{}))
	}
}
