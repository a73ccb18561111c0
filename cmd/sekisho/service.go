package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// A service is something that runs as long as the process does.
type service struct {
	name   string // milter, console, inbox ...
	where  string // what it listens on or looks at
	shadow bool
	run    func(context.Context) error
	seen   func() (count int64, last time.Time) // nil when it does not count
	ill    func() string                        // what is wrong although it runs, empty for nothing; nil when it does not tell

	problem atomic.Pointer[string] // why it ended, nil while it runs
}

// state returns the word for how the service is, and why.
func (s *service) state() (state, detail string) {
	if p := s.problem.Load(); p != nil {
		return "failed", *p
	}
	if s.ill != nil {
		if why := s.ill(); why != "" {
			return "failed", why
		}
	}
	return "running", ""
}

func namesOf(services []*service) []string {
	var names []string
	for _, s := range services {
		names = append(names, s.name)
	}
	return names
}

// again is how long a service that failed is left before it is started again.
const again = 10 * time.Second

// runServices runs all of them until ctx is done, and returns when the last has ended. A service that fails or panics is started again:
// one door that is broken closes no other.
func runServices(ctx context.Context, services []*service, log *slog.Logger) {
	var all sync.WaitGroup
	for _, s := range services {
		all.Go(func() {
			for ctx.Err() == nil {
				err := guarded(ctx, s.run)
				if ctx.Err() != nil {
					if err != nil && !errors.Is(err, ctx.Err()) {
						log.Error("service did not end well", "service", s.name, "error", err)
					}
					return
				}
				why := fmt.Sprint(err)
				s.problem.Store(&why)
				log.Error("service ended", "service", s.name, "error", err)
				select {
				case <-ctx.Done():
				case <-time.After(again):
					s.problem.Store(nil)
				}
			}
		})
	}
	all.Wait()
}

func guarded(ctx context.Context, run func(context.Context) error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	return run(ctx)
}
