package record

import (
	"context"
	"encoding/json"
	"errors"
	"sync/atomic"
	"testing"

	"time"

	"github.com/sekisho/sekisho"
)

// eventually waits for what happens in the background.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(15 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatal("never: " + what)
}

func (s *Store) job(t *testing.T, id int64) JobState {
	t.Helper()
	jobs, err := s.Jobs(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, j := range jobs {
		if j.ID == id {
			return j
		}
	}
	t.Fatalf("no job %d", id)
	return JobState{}
}

func TestWorkIsDone(t *testing.T) {
	both(t, func(t *testing.T, s *Store) {
		var seen atomic.Value
		stopped := make(chan struct{})
		work := []Work{
			{Name: "sweep", Run: func(_ context.Context, j *Job) error {
				seen.Store(string(j.Args))
				j.Progress(3, 7, "inbox")
				return nil
			}},
			{Name: "break", Run: func(context.Context, *Job) error { panic("oh") }},
			{Name: "long", Run: func(ctx context.Context, _ *Job) error {
				<-ctx.Done()
				close(stopped)
				return ctx.Err()
			}},
		}
		waits, err := s.Enqueue(t.Context(), "sweep", "hana", "inbox", map[string]int{"n": 1})
		if err != nil {
			t.Fatal(err)
		}
		if again, err := s.Enqueue(t.Context(), "sweep", "ken", "inbox", map[string]int{"n": 2}); err != nil || again != waits {
			t.Errorf("%d again %d, %v", waits, again, err)
		}
		if err := s.Start(t.Context(), 4, work); err != nil {
			t.Fatal(err)
		}
		eventually(t, "done", func() bool { return s.job(t, waits).State == "done" })
		if j := s.job(t, waits); j.By != "hana" || j.Done != 3 || j.Total != 7 || j.Note != "inbox" || j.Finished.IsZero() {
			t.Errorf("%+v", j)
		}
		if got := seen.Load(); got != `{"n":1}` {
			t.Errorf("args %s", got)
		}
		broken, err := s.Enqueue(t.Context(), "break", "hana", "", nil)
		if err != nil {
			t.Fatal(err)
		}
		eventually(t, "failed once", func() bool { return s.job(t, broken).Error != "" })
		long, err := s.Enqueue(t.Context(), "long", "hana", "", nil)
		if err != nil {
			t.Fatal(err)
		}
		eventually(t, "running", func() bool { return s.job(t, long).State == "running" })
		if err := s.Cancel(t.Context(), long); err != nil {
			t.Fatal(err)
		}
		select {
		case <-stopped:
		case <-time.After(15 * time.Second):
			t.Fatal("not stopped")
		}
		eventually(t, "cancelled", func() bool { return s.job(t, long).State == "cancelled" })
		if err := s.Cancel(t.Context(), long); !errors.Is(err, ErrConflict) {
			t.Errorf("cancelled again: %v", err)
		}
		if err := s.Cancel(t.Context(), 4711); !errors.Is(err, ErrNotFound) {
			t.Errorf("unknown: %v", err)
		}
		eventually(t, "retention ran by itself", func() bool {
			jobs, err := s.Jobs(t.Context(), 0)
			return err == nil && len(jobs) == 4
		})
	})
}

func TestCaseWorkIsEnqueuedWithTheCase(t *testing.T) {
	bothWith(t, func(c *Config) { c.CaseWork = []string{"notify"} }, func(t *testing.T, s *Store) {
		cases := make(chan string, 10)
		work := []Work{{Name: "notify", Run: func(_ context.Context, j *Job) error {
			var args struct{ Case string }
			err := json.Unmarshal(j.Args, &args)
			cases <- args.Case
			return err
		}}}
		if err := s.Start(t.Context(), 2, work); err != nil {
			t.Fatal(err)
		}
		p := s.put(t, held())
		s.put(t, held())
		select {
		case id := <-cases:
			if id != p.Case {
				t.Errorf("case %q, want %q", id, p.Case)
			}
		case <-time.After(15 * time.Second):
			t.Fatal("never")
		}
		if len(cases) > 0 {
			t.Error("told twice of a case that did not grow stricter")
		}
	})
}

func TestOnceIsOnce(t *testing.T) {
	both(t, func(t *testing.T, s *Store) {
		ran := 0
		do := func(err error) (bool, error) {
			return s.Once(t.Context(), "slack", "c1", func(context.Context) error { ran++; return err })
		}
		down := errors.New("it is down")
		if did, err := do(down); !did || !errors.Is(err, down) {
			t.Errorf("%v %v", did, err)
		}
		if did, err := do(nil); !did || err != nil {
			t.Errorf("after a failure: %v %v", did, err)
		}
		if did, err := do(nil); did || err != nil || ran != 2 {
			t.Errorf("again: %v %v, %d", did, err, ran)
		}
		effects, err := s.Effects(t.Context(), "c1")
		if err != nil || len(effects) != 1 || effects[0].State != "done" || effects[0].Detail != "" {
			t.Errorf("%+v %v", effects, err)
		}
	})
}

func TestWhatAProcessLeftIsSettled(t *testing.T) {
	both(t, func(t *testing.T, s *Store) {
		left, live := s.put(t, held()), s.put(t, letter{from: "x@y.example", do: sekisho.DoMark})
		n, _ := parseID(idPassage, left.ID)
		id, err := s.Enqueue(t.Context(), "sweep", "hana", "", nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, do := range []func(context.Context, *Tx) error{
			doing(`UPDATE passage SET process = 'gone/1' WHERE n = ?1`, n),
			doing(`UPDATE job SET process = 'gone/1', state = 'running'`),
			doing(`INSERT INTO effect (name, ref, state, detail, process, time) VALUES ('slack', 'c1', 'begun', '', 'gone/1', 1)`),
			doing(`INSERT INTO process (run, host, pid, seen) VALUES ('gone/1', 'elsewhere', 1, 1)`),
		} {
			if err := s.Write(t.Context(), do); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.settle(t.Context()); err != nil {
			t.Fatal(err)
		}
		unfinished, err := s.Unfinished(t.Context())
		if err != nil || len(unfinished) != 1 || unfinished[0].ID != left.ID || unfinished[0].Outcome != "interrupted" {
			t.Errorf("%+v %v", unfinished, err)
		}
		if d, _ := s.Passage(t.Context(), live.ID); d.Outcome != "" {
			t.Errorf("under way: %q", d.Outcome)
		}
		if e, _ := s.Effects(t.Context(), "c1"); len(e) != 1 || e[0].State != "unclear" {
			t.Errorf("%+v", e)
		}
		if ran, err := s.Once(t.Context(), "slack", "c1", nil); ran || err != nil {
			t.Errorf("unclear: %v %v", ran, err)
		}
		if j := s.job(t, id); j.State != "waiting" {
			t.Errorf("%+v", j)
		}
	})
}
