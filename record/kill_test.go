package record

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sekisho/sekisho"
)

// A childRun is what a process of its own is told to do.
type childRun struct {
	URL, Keys, Process string

	Work  string // the file in which it notes what its jobs did; empty for no jobs
	First int64  // number of its first mail
}

// child records until it is killed, and prints the ID of every passage that Record acknowledged.
func child(run string) {
	var c childRun
	if err := json.Unmarshal([]byte(run), &c); err != nil {
		panic(err)
	}
	s, err := Open(context.Background(), Config{URL: c.URL, Keys: c.Keys, Process: c.Process, Org: org, Intel: intel})
	if err != nil {
		panic(err)
	}
	if c.Work != "" {
		if err := s.Start(context.Background(), 4, []Work{{Name: "deliver", Run: func(ctx context.Context, j *Job) error { return deliver(ctx, s, c.Work, j) }}}); err != nil {
			panic(err)
		}
	}
	var wait sync.WaitGroup
	for caller := range int64(4) {
		wait.Go(func() {
			for n := c.First + caller; ; n += 4 {
				p := campaign(&testing.B{}, n, n%3 == 0)
				if n%4 < 2 {
					p.Act.Do = sekisho.DoMark // of which the door has something to do
				}
				if err := s.Record(context.Background(), p); err != nil {
					panic(err)
				}
				os.Stdout.WriteString(p.ID + "\n")
				if n%2 == 0 {
					if err := s.Complete(context.Background(), p.ID, "done"); err != nil {
						panic(err)
					}
				}
			}
		})
	}
	wait.Wait()
}

// deliver carries out what must not be done twice: a line in a file that others read.
func deliver(ctx context.Context, s *Store, file string, j *Job) error {
	var args struct{ Ref string }
	if err := json.Unmarshal(j.Args, &args); err != nil {
		return err
	}
	_, err := s.Once(ctx, "deliver", args.Ref, func(context.Context) error {
		f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		defer f.Close()
		time.Sleep(20 * time.Millisecond)
		_, err = f.WriteString(args.Ref + "\n")
		return err
	})
	return err
}

// A victim is a child that is going to be killed.
type victim struct {
	command *exec.Cmd
	mutex   sync.Mutex
	ids     []string
	read    chan struct{} // closed at the end of its output
}

func startChild(t *testing.T, run childRun) *victim {
	t.Helper()
	data, err := json.Marshal(run)
	if err != nil {
		t.Fatal(err)
	}
	v := &victim{command: exec.Command(os.Args[0]), read: make(chan struct{})}
	v.command.Env = append(os.Environ(), "RECORD_TEST_CHILD="+string(data))
	out, err := v.command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var errors strings.Builder
	v.command.Stderr = &errors
	if err := v.command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.kill)
	go func() {
		defer close(v.read)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			v.mutex.Lock()
			v.ids = append(v.ids, lines.Text())
			v.mutex.Unlock()
		}
	}()
	return v
}

func (v *victim) count() int {
	v.mutex.Lock()
	defer v.mutex.Unlock()
	return len(v.ids)
}

func (v *victim) kill() {
	_ = v.command.Process.Kill() // it may be dead
	<-v.read
	_ = v.command.Wait()
}

// check fails for acknowledged passages that are missing, and for whatever Verify finds.
func (s *Store) check(t *testing.T, ids []string) {
	t.Helper()
	for _, id := range ids {
		if _, err := s.Passage(t.Context(), id); err != nil && len(id) == 14 { // a line may be cut
			t.Fatalf("acknowledged and gone: %v", err)
		}
	}
	if found := s.problems(t, ""); len(found) > 0 {
		t.Fatalf("%+v", found)
	}
}

func TestKilledAtAnyMomentNothingAcceptedIsLost(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes seconds")
	}
	t.Parallel()
	c := configOf(t, "sqlite")
	var ids []string
	for round := range int64(4) {
		v := startChild(t, childRun{URL: c.URL, Keys: c.Keys, Process: c.Process, First: round * 100_000})
		eventually(t, "recorded", func() bool { return v.count() > 20 })
		time.Sleep(time.Duration(37*round) * time.Millisecond)
		v.kill()
		ids = append(ids, v.ids...)
		s, err := Open(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		s.check(t, ids)
		var left int
		err = s.Read(t.Context(), func(ctx context.Context, tx *Tx) error {
			return tx.QueryRow(ctx, `SELECT count(*) FROM passage WHERE outcome = ''`).Scan(&left)
		})
		if err != nil || left > 0 {
			t.Errorf("%d passages are half done, %v", left, err)
		}
		var without, counted int
		err = s.Read(t.Context(), func(ctx context.Context, tx *Tx) error { // which the check brought up to date
			return tx.QueryRow(ctx, `SELECT (SELECT count(*) FROM passage WHERE NOT EXISTS (SELECT 1 FROM word WHERE word.space = 1 AND word.n = passage.n)),
				(SELECT sum(seen) FROM indicator) - (SELECT count(*) FROM sighting)`).Scan(&without, &counted)
		})
		if err != nil || without > 0 || counted != 0 {
			t.Errorf("%d passages are not indexed, indicators counted %d times too often, %v", without, counted, err)
		}
		if unfinished, err := s.Unfinished(t.Context()); err != nil || len(unfinished) == 0 {
			t.Errorf("none is shown as interrupted, %v", err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d passages over 4 kills", len(ids))
}

func TestThreeProcessesShareARecord(t *testing.T) {
	t.Parallel()
	c := configOf(t, "postgres")
	s := open(t, c)
	work := filepath.Join(t.TempDir(), "delivered")
	const jobs = 60
	for i := range jobs {
		if _, err := s.Enqueue(t.Context(), "deliver", "hana", "", map[string]string{"ref": fmt.Sprintf("ref-%d", i)}); err != nil {
			t.Fatal(err)
		}
	}
	var all []*victim
	begin := func(n int64) *victim {
		v := startChild(t, childRun{URL: c.URL, Keys: c.Keys, Process: fmt.Sprintf("process-%d", n), Work: work, First: n * 1_000_000})
		all = append(all, v)
		return v
	}
	first, second := begin(1), begin(2)
	begin(3)
	eventually(t, "all record", func() bool { return all[0].count() > 10 && all[1].count() > 10 && all[2].count() > 10 })
	first.kill()
	begin(4)
	eventually(t, "the fourth records", func() bool { return all[3].count() > 10 })
	second.kill()
	eventually(t, "all jobs are done", func() bool {
		done := 0
		states, err := s.Jobs(t.Context(), 0)
		for _, j := range states {
			if j.Name == "deliver" && j.State == jobDone {
				done++
			}
		}
		return err == nil && done == jobs
	})
	var ids []string
	for _, v := range all {
		v.kill()
		ids = append(ids, v.ids...)
	}
	s.check(t, ids)
	data, err := os.ReadFile(work)
	if err != nil {
		t.Fatal(err)
	}
	times := map[string]int{}
	for _, ref := range strings.Fields(string(data)) {
		if times[ref]++; times[ref] > 1 {
			t.Errorf("%s was delivered twice", ref)
		}
	}
	for i := range jobs {
		ref := fmt.Sprintf("ref-%d", i)
		effects, err := s.Effects(t.Context(), ref)
		if err != nil || len(effects) != 1 || effects[0].State == effectBegun || times[ref] == 0 && effects[0].State != effectUnclear {
			t.Errorf("%s: delivered %d times, %+v %v", ref, times[ref], effects, err)
		}
	}
	t.Logf("%d passages, %d deliveries by four processes, two of them killed", len(ids), len(times))
}
