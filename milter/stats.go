package milter

import (
	"sync/atomic"
	"time"

	"github.com/sekisho/sekisho"
)

// Stats are a door's figures since it was made.
type Stats struct {
	Open      int64            // connections now
	Turned    int64            // connections closed because there were too many
	Broken    int64            // connections that ended within a mail, or said nonsense
	Panics    int64            // connections that cost a panic
	Mails     int64            // that came to their end
	Did       map[string]int64 // mails by what was done: pass, mark, hold, reject, defer
	Failures  map[string]int64 // mails that could not be checked, by why: busy, time, record, spool, panic
	Unchecked int64            // of those, let through because the policy says so
	Large     int64            // mails too large to be checked
	Released  int64            // mails that came back released
	Forged    int64            // release headers that were not believed
	Dropped   int64            // mails whose answer could not be written
	Busy      time.Duration    // spent waiting, judging and recording, of all mails
}

// counters are the figures as they are counted. The zero value is ready.
type counters struct {
	open, turned, broken, panics, mails, unchecked, large, released, forged, dropped, nanos atomic.Int64

	pass, mark, hold, reject, deferred atomic.Int64
	busy, late, record, spool, panic_  atomic.Int64
}

func (c *counters) time(d time.Duration) { c.nanos.Add(int64(d)) }

func (c *counters) acts() map[string]*atomic.Int64 {
	return map[string]*atomic.Int64{
		sekisho.DoPass: &c.pass, sekisho.DoMark: &c.mark, sekisho.DoHold: &c.hold, sekisho.DoReject: &c.reject, sekisho.DoDefer: &c.deferred,
	}
}

func (c *counters) failures() map[string]*atomic.Int64 {
	return map[string]*atomic.Int64{"busy": &c.busy, "time": &c.late, "record": &c.record, "spool": &c.spool, "panic": &c.panic_}
}

func (c *counters) did(do string)      { c.acts()[do].Add(1) }
func (c *counters) fail(reason string) { c.failures()[reason].Add(1) }

// Stats returns the figures.
func (d *Door) Stats() Stats {
	c := &d.counters
	s := Stats{
		Open: c.open.Load(), Turned: c.turned.Load(), Broken: c.broken.Load(), Panics: c.panics.Load(), Mails: c.mails.Load(),
		Unchecked: c.unchecked.Load(), Large: c.large.Load(), Released: c.released.Load(), Forged: c.forged.Load(), Dropped: c.dropped.Load(),
		Busy: time.Duration(c.nanos.Load()), Did: map[string]int64{}, Failures: map[string]int64{},
	}
	for name, n := range c.acts() {
		s.Did[name] = n.Load()
	}
	for name, n := range c.failures() {
		s.Failures[name] = n.Load()
	}
	return s
}
