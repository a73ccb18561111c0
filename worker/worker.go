// Package worker runs openers that lean on parsers never meant for hostile input (archives, images, PDF) in processes
// of their own: the same program started again, with limits on memory, time and the file system. A parser that runs out
// of memory, overflows its stack or never ends costs one gap; neither the inspection nor any other one notices.
//
// A program that uses a [Pool] calls [Main] before anything else, with the openers that may be asked for:
//
//	func main() {
//		worker.Main(openers, os.Stdin, os.Stdout)
//		...
//	}
//
// A worker is given the artifact, the texts of the mail it came in (a password may stand there), and what is left of
// the budget. It has a closed environment, and on Linux a limit on its data, no new privileges, and with Landlock
// (where the kernel has it, in programs built without cgo) neither files nor TCP. Elsewhere it is limited by time and by
// the runtime's own memory limit only.
package worker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sekisho/sekisho"
)

// Limits bound one worker. The zero value of a field means its default.
type Limits struct {
	Memory   int64         // bytes a worker may hold, default 1 GiB
	Time     time.Duration // of one request, waiting for a free worker included, default 15 s
	Requests int           // requests after which a worker is replaced, default 1,000
}

func (l Limits) withDefaults() Limits {
	if l.Memory <= 0 {
		l.Memory = 1 << 30
	}
	if l.Time <= 0 {
		l.Time = 15 * time.Second
	}
	if l.Requests <= 0 {
		l.Requests = 1000
	}
	return l
}

// A Pool is a number of workers, each started when it is first needed. It is safe for concurrent use.
type Pool struct {
	limits Limits
	seats  chan *process // one for each worker, nil until it is started
	closed chan struct{}
}

// New returns a pool of size workers, at least one. No process starts until Open needs it.
func New(size int, limits Limits) *Pool {
	size = max(size, 1)
	p := &Pool{limits: limits.withDefaults(), seats: make(chan *process, size), closed: make(chan struct{})}
	for range size {
		p.seats <- nil
	}
	return p
}

// Open runs the opener on the artifact in a worker, as o.Run would here: parts are added through b, the artifact's Form
// is set, and the error holds one error for each gap. When the worker misses its deadline the error wraps
// [sekisho.ErrTimeout]; when it dies, it says of what. In both cases nothing is added.
func (p *Pool) Open(ctx context.Context, o *sekisho.Opener, a *sekisho.Artifact, b *sekisho.Budget) error {
	ctx, cancel := context.WithTimeout(ctx, p.limits.Time)
	defer cancel()
	req, err := newRequest(o, a, b)
	if err != nil {
		return err
	}
	select {
	case <-p.closed:
		return fmt.Errorf("%w: the workers are closed", sekisho.ErrUnavailable)
	default:
	}
	var seat *process
	select {
	case seat = <-p.seats:
	case <-p.closed:
		return fmt.Errorf("%w: the workers are closed", sekisho.ErrUnavailable)
	case <-ctx.Done():
		return fmt.Errorf("%w: no worker was free: %w", sekisho.ErrTimeout, ctx.Err())
	}
	defer func() { p.seats <- seat }()

	resp, err := p.ask(ctx, &seat, req)
	if err != nil {
		return err
	}
	return resp.deliver(a, b)
}

// ask sends the request to the process on the seat. A process that served others before may owe its death to them: then
// a fresh one is asked once more.
func (p *Pool) ask(ctx context.Context, seat **process, req *request) (*response, error) {
	for {
		if *seat == nil {
			started, err := start(p.limits.Memory)
			if err != nil {
				return nil, fmt.Errorf("%w: start a worker: %w", sekisho.ErrUnavailable, err)
			}
			*seat = started
		}
		worker := *seat
		fresh := worker.served == 0
		resp, err := worker.serve(ctx, req)
		if err != nil || worker.served >= p.limits.Requests {
			worker.stop()
			*seat = nil
		}
		switch {
		case err == nil:
			return resp, nil
		case errors.Is(ctx.Err(), context.DeadlineExceeded):
			return nil, fmt.Errorf("%w: %s did not finish and its worker was ended", sekisho.ErrTimeout, req.Opener)
		case ctx.Err() != nil:
			return nil, fmt.Errorf("%w: %w", sekisho.ErrTimeout, ctx.Err())
		case fresh:
			return nil, fmt.Errorf("worker died: %s", worker.epitaph(err))
		}
	}
}

// Close waits for requests under way and ends every worker. Requests after it are refused. It may be called once.
func (p *Pool) Close() {
	close(p.closed)
	for range cap(p.seats) {
		if worker := <-p.seats; worker != nil {
			worker.stop()
		}
	}
}
