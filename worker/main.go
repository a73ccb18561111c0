package worker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/sekisho/sekisho"
)

// Main returns at once when the process is not a worker. In a worker it serves requests until in ends, and then exits.
func Main(openers []*sekisho.Opener, in io.Reader, out io.Writer) {
	value := os.Getenv(variable)
	if value == "" {
		return
	}
	memory, err := strconv.ParseInt(value, 10, 64)
	if err == nil {
		err = work(openers, newWire(in, out), memory)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

const (
	stackLimit   = 64 << 20        // bytes of one goroutine's stack: runaway recursion dies soon
	largeRequest = 8 << 20         // bytes in and out after which memory is given back: a worker waits long for the next of that size
	overtime     = 2 * time.Second // after the deadline, when the parent that should have killed the worker is gone itself
)

func work(openers []*sekisho.Opener, w *wire, memory int64) error {
	debug.SetMaxStack(stackLimit)
	debug.SetMemoryLimit(memory / 4 * 3)
	if err := confine(memory); err != nil {
		return fmt.Errorf("confine the worker: %w", err)
	}
	byName := make(map[string]*sekisho.Opener, len(openers))
	for _, o := range openers {
		byName[o.Name] = o
	}
	for {
		moved, err := serveOne(byName, w)
		if err != nil {
			return err
		}
		if moved > largeRequest {
			debug.FreeOSMemory()
		}
	}
}

// serveOne answers the next request, and returns how many bytes went through. Nothing of the request is held afterwards.
func serveOne(byName map[string]*sekisho.Opener, w *wire) (moved int64, err error) {
	var req request
	if err := w.receive(&req); err != nil {
		return 0, err
	}
	artifact := []item{req.Artifact}
	if err := w.receiveBlobs(artifact); err != nil {
		return 0, err
	}
	req.Artifact = artifact[0]
	o := byName[req.Opener]
	if o == nil {
		return 0, fmt.Errorf("no opener %q in this program", req.Opener)
	}
	end := time.AfterFunc(req.Time+overtime, func() { os.Exit(1) })
	defer end.Stop()
	resp := answer(o, &req)
	return bytesOf(artifact) + bytesOf(resp.Parts), w.send(resp, resp.Parts...)
}

func answer(o *sekisho.Opener, req *request) *response {
	ctx, cancel := context.WithTimeout(context.Background(), req.Time)
	defer cancel()
	a, b := req.tree()
	err := run(ctx, o, a, b)
	left, _ := b.Left()
	resp := &response{Form: a.Form, Spent: req.Limits.Bytes - left}
	for _, gap := range sekisho.Gaps(a, o.Name, err) {
		resp.Gaps = append(resp.Gaps, gap.Why)
	}
	index := map[*sekisho.Artifact]int{a: -1}
	for part := range a.All() {
		if part == a {
			continue
		}
		packed, err := pack(part)
		if err != nil {
			resp.Gaps = append(resp.Gaps, "failed: "+err.Error())
		}
		packed.Up = index[part.Up]
		index[part] = len(resp.Parts)
		resp.Parts = append(resp.Parts, packed)
	}
	return resp
}

// run turns a panic into an error, so that what the opener added before stays.
func run(ctx context.Context, o *sekisho.Opener, a *sekisho.Artifact, b *sekisho.Budget) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = errors.Join(err, fmt.Errorf("panic: %v", p))
		}
	}()
	return o.Run(ctx, a, b)
}
