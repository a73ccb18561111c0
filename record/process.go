package record

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"syscall"
	"time"
)

const deadAfter = 20 * time.Second // a process that has not said that it lives

// me names this run of the process.
func (s *Store) me() string { return s.config.Process + "/" + s.run }

// tend does what nobody waits for. What fails is done again with the next tick, and said.
func (s *Store) tend(do func(context.Context) error) {
	ctx, cancel := context.WithTimeout(context.Background(), statementLimit)
	defer cancel()
	if err := do(ctx); err != nil {
		slog.Warn("record", "error", err)
	}
}

// beat says that this process lives.
func (s *Store) beat(ctx context.Context) error {
	host, err := os.Hostname()
	if err != nil {
		host = ""
	}
	return s.Write(ctx, func(ctx context.Context, t *Tx) error {
		_, err := t.Exec(ctx, `INSERT INTO process (run, host, pid, seen) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (run) DO UPDATE SET seen = excluded.seen`,
			s.me(), plain(host, nameLimit), os.Getpid(), time.Now().UnixMicro())
		return err
	})
}

// alive returns the runs of processes that live, this one among them, and those that died since they were last asked for. Clocks of the machines that
// share a record differ by less than deadAfter.
func (t *Tx) alive(ctx context.Context) (alive []any, died []string, err error) {
	host, _ := os.Hostname() // without a name, time tells
	err = t.each(ctx, func(r row) error {
		var run, where string
		var pid, seen int64
		if err := r.Scan(&run, &where, &pid, &seen); err != nil {
			return err
		}
		stale := time.Since(time.UnixMicro(seen)) > deadAfter
		if where == host && host != "" {
			stale = stale || !exists(int(pid))
		}
		if stale {
			died = append(died, run)
		} else {
			alive = append(alive, run)
		}
		return nil
	}, `SELECT run, host, pid, seen FROM process WHERE run <> ?1`, t.store.me())
	return append(alive, t.store.me()), died, err
}

// exists reports whether a process of this machine lives, as far as the system tells.
func exists(pid int) bool {
	process, err := os.FindProcess(pid)
	return err != nil || !errors.Is(process.Signal(syscall.Signal(0)), os.ErrProcessDone)
}

// settle finishes what processes that died left half done: acts that nobody knows the outcome of are interrupted, effects unclear,
// releases free to be carried out, jobs to be done again.
func (s *Store) settle(ctx context.Context) error {
	work := false
	err := s.Read(ctx, func(ctx context.Context, t *Tx) error {
		alive, died, err := t.alive(ctx)
		if err != nil {
			return err
		}
		left, err := t.left(ctx, alive)
		work = len(died) > 0 || len(left.passages)+len(left.effects)+len(left.releases)+len(left.jobs) > 0
		return err
	})
	if err != nil || !work {
		return err
	}
	return s.Write(ctx, func(ctx context.Context, t *Tx) error {
		if err := t.lock(ctx); err != nil {
			return err
		}
		alive, died, err := t.alive(ctx)
		if err != nil {
			return err
		}
		left, err := t.left(ctx, alive)
		if err != nil {
			return err
		}
		if err := t.finish(ctx, left); err != nil {
			return err
		}
		for _, run := range died {
			if _, err := t.Exec(ctx, `DELETE FROM process WHERE run = ?1`, run); err != nil {
				return err
			}
		}
		return nil
	})
}

// leftovers are what processes that died left.
type leftovers struct {
	passages, releases, jobs []int64
	effects                  []Effect
}

// left returns what is under way by none of the processes that live, up to 1,000 of each.
func (t *Tx) left(ctx context.Context, alive []any) (leftovers, error) {
	var l leftovers
	unless := ` AND process NOT IN (` + places(1, len(alive)) + `) LIMIT 1000`
	numbers := func(into *[]int64) func(row) error {
		return func(r row) error {
			var n int64
			err := r.Scan(&n)
			*into = append(*into, n)
			return err
		}
	}
	if err := t.each(ctx, numbers(&l.passages), `SELECT n FROM passage WHERE outcome = ''`+unless, alive...); err != nil {
		return l, err
	}
	if err := t.each(ctx, numbers(&l.releases), `SELECT passage FROM release WHERE state = 'begun'`+unless, alive...); err != nil {
		return l, err
	}
	if err := t.each(ctx, numbers(&l.jobs), `SELECT id FROM job WHERE state = 'running'`+unless, alive...); err != nil {
		return l, err
	}
	return l, t.each(ctx, func(r row) error {
		var e Effect
		err := r.Scan(&e.Name, &e.Ref)
		l.effects = append(l.effects, e)
		return err
	}, `SELECT name, ref FROM effect WHERE state = 'begun'`+unless, alive...)
}

func (t *Tx) finish(ctx context.Context, l leftovers) error {
	for _, n := range l.passages {
		if err := t.complete(ctx, n, outcomeInterrupted); err != nil {
			return err
		}
	}
	for _, n := range l.releases {
		if err := t.setRelease(ctx, n, releaseDecided, "the process that carried it out died"); err != nil {
			return err
		}
	}
	for _, e := range l.effects {
		if err := t.endEffect(ctx, e.Name, e.Ref, effectUnclear, "the process that carried it out died"); err != nil {
			return err
		}
	}
	for _, id := range l.jobs {
		river, err := t.store.jobs.insert(ctx, t, id)
		if err != nil {
			return err
		}
		if _, err := t.Exec(ctx, `UPDATE job SET state = 'waiting', process = '', river = ?1, error = 'the process that did it died' WHERE id = ?2`, river, id); err != nil {
			return err
		}
	}
	return nil
}
