package record

import (
	"context"
	"errors"
	"sync/atomic"
)

const batchLimit = 64 // changes that share a transaction

// A change waits for the transaction it is made in. do is run again, alone, when another change of its transaction failed.
type change struct {
	do    func(context.Context, *Tx) error
	state atomic.Int32 // waiting, taken or left
	done  chan error
}

const (
	waiting int32 = iota
	taken
	left // by the caller, who no longer waits
)

var errClosed = errors.New("the record is closed")

// share runs do in a transaction that it shares with others who ask at the same time, and returns when it is on disk. A caller
// whose context ends before the transaction begins leaves nothing; later it is told how it went.
func (s *Store) share(ctx context.Context, do func(context.Context, *Tx) error) error {
	c := &change{do: do, done: make(chan error, 1)}
	select {
	case <-s.closing:
		return errClosed
	default:
	}
	select {
	case s.queue <- c:
	case <-s.closing:
		return errClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-c.done:
		return err
	case <-ctx.Done():
		if c.state.CompareAndSwap(waiting, left) {
			return ctx.Err()
		}
	case <-s.stopped: // it came behind the last
		if c.state.CompareAndSwap(waiting, left) {
			return errClosed
		}
	}
	return <-c.done
}

// writeBatches makes changes, those that wait together in one transaction, until the store is closed.
func (s *Store) writeBatches() {
	defer close(s.stopped)
	for {
		select {
		case first := <-s.queue:
			s.writeBatch(first)
		case <-s.closing:
			for {
				select {
				case c := <-s.queue:
					s.writeBatch(c)
				default:
					return
				}
			}
		}
	}
}

// writeBatch makes the change and those that wait behind it. The commit is what takes time, so that as many wait as came during
// the one before.
func (s *Store) writeBatch(first *change) {
	batch := take(nil, first)
	for more := true; more && len(batch) < batchLimit; {
		select {
		case c := <-s.queue:
			batch = take(batch, c)
		default:
			more = false
		}
	}
	if len(batch) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), statementLimit)
	defer cancel()
	err := s.Write(ctx, func(ctx context.Context, t *Tx) error {
		if err := t.lock(ctx); err != nil {
			return err
		}
		for _, c := range batch {
			if err := c.do(ctx, t); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil || len(batch) == 1 {
		for _, c := range batch {
			c.done <- err
		}
		return
	}
	// One of them is to blame, and the others must not suffer for it. When it is the database, all of them hear so in that time.
	for _, c := range batch {
		c.done <- s.alone(ctx, c)
	}
}

func (s *Store) alone(ctx context.Context, c *change) error {
	return s.Write(ctx, func(ctx context.Context, t *Tx) error {
		if err := t.lock(ctx); err != nil {
			return err
		}
		return c.do(ctx, t)
	})
}

// take adds a change that somebody still waits for.
func take(batch []*change, c *change) []*change {
	if c.state.CompareAndSwap(waiting, taken) {
		return append(batch, c)
	}
	return batch
}
