//go:build unix

package inbox_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sekisho/sekisho/inbox"
	"github.com/sekisho/sekisho/record"
)

func (d *desk) job(t *testing.T, id int64) record.JobState {
	t.Helper()
	jobs, err := d.store.Jobs(context.Background(), 50)
	if err != nil {
		t.Fatal(err)
	}
	for _, j := range jobs {
		if j.ID == id {
			return j
		}
	}
	t.Fatalf("there is no job %d", id)
	return record.JobState{}
}

func (d *desk) sweep(perSecond int) *inbox.Sweep {
	return &inbox.Sweep{Server: d.door.Config.Server, Checkpoint: d.door.Checkpoint, Record: d.store, PerSecond: perSecond}
}

func (d *desk) enqueue(t *testing.T, args inbox.SweepArgs) int64 {
	t.Helper()
	id, err := d.store.Enqueue(context.Background(), inbox.SweepName, "aoi", "", args)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestSweep(t *testing.T) {
	d := newDesk(t, "")
	var mails []string
	for i := range 230 {
		mails = append(mails, strings.Replace(attack, "attack-1", fmt.Sprint("attack-", i), 1))
	}
	d.Deliver(account, "INBOX", mails...)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if err := d.store.Start(ctx, 1, []record.Work{d.sweep(400).Work()}); err != nil {
		t.Fatal(err)
	}
	id := d.enqueue(t, inbox.SweepArgs{})
	until(t, 30*time.Second, "begun", func() bool { return d.job(t, id).Done > 0 })
	until(t, 60*time.Second, "done", func() bool { j := d.job(t, id); return j.State == "done" && j.Done == 230 && j.Total == 230 })
	if n := len(d.passages(t)); n != 230 {
		t.Errorf("%d passages, want 230", n)
	}
	if all, marked := d.Count(account, "INBOX", inbox.Keyword); all != 230 || marked != 0 {
		t.Errorf("%d mails are there, %d marked", all, marked)
	}
	if len(d.got()) != 0 {
		t.Error("somebody was answered")
	}

	slow := d.enqueue(t, inbox.SweepArgs{Since: "2020-01-01"})
	until(t, 30*time.Second, "under way", func() bool { return d.job(t, slow).Done > 0 })
	if err := d.store.Cancel(context.Background(), slow); err != nil {
		t.Fatal(err)
	}
	until(t, 30*time.Second, "cancelled", func() bool { return d.job(t, slow).State == "cancelled" })
	if d.job(t, slow).Done >= 230 {
		t.Error("it was done before it was cancelled")
	}

	for _, bad := range []inbox.SweepArgs{{User: "mori@kaede-ex.jp"}, {Since: "yesterday"}} {
		id := d.enqueue(t, bad)
		until(t, 30*time.Second, "an error", func() bool { return d.job(t, id).Error != "" })
	}
}
