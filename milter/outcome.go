package milter

import (
	"context"
	"sync"
	"time"
)

// outcomeDelay is how long outcomes wait for others, so that they are recorded together instead of each between two mails. Those of a
// process that is killed meanwhile are shown as interrupted.
const outcomeDelay = 50 * time.Millisecond

// outcomes are how passages ended, until the record knows. The zero value is ready.
type outcomes struct {
	mu      sync.Mutex
	waiting map[string]string // by passage
	writing sync.Mutex        // held while they are recorded
}

// complete tells the record soon how a passage ended.
func (d *Door) complete(passage, outcome string) {
	o := &d.outcomes
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.waiting == nil {
		o.waiting = map[string]string{}
		time.AfterFunc(outcomeDelay, d.writeOutcomes)
	}
	o.waiting[passage] = outcome
}

// writeOutcomes tells the record what waits, and returns when it knows. What cannot be told stays interrupted in the record, which
// people see.
func (d *Door) writeOutcomes() {
	o := &d.outcomes
	o.writing.Lock()
	defer o.writing.Unlock()
	o.mu.Lock()
	waiting := o.waiting
	o.waiting = nil
	o.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	var all sync.WaitGroup // at once, for those that come together share a transaction
	for passage, outcome := range waiting {
		all.Go(func() {
			if err := d.Record.Complete(ctx, passage, outcome); err != nil {
				d.log().Error("milter: outcome not recorded", "passage", passage, "outcome", outcome, "error", err)
			}
		})
	}
	all.Wait()
}
