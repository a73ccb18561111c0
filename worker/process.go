package worker

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"
)

// variable marks a process as a worker. Its value is the bytes of memory it may hold.
const variable = "SEKISHO_WORKER"

// grace is how long before the deadline a worker should end by itself, so that what it found is kept.
const grace = 200 * time.Millisecond

// A process is one running worker.
type process struct {
	cmd    *exec.Cmd
	in     io.WriteCloser
	wire   *wire
	said   *head // the start of its standard error
	served int
	ended  sync.Once
}

func start(memory int64) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	said := &head{}
	cmd := exec.Command(self, "worker")
	cmd.Env = []string{variable + "=" + strconv.FormatInt(memory, 10), "GOTRACEBACK=none", "GOMAXPROCS=1"}
	cmd.Stderr = said
	cmd.WaitDelay = time.Second
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return &process{cmd: cmd, in: in, wire: newWire(out, in), said: said}, nil
}

// serve sends the request and waits for the answer. When ctx ends first, the process is killed and the read fails.
func (p *process) serve(ctx context.Context, req *request) (*response, error) {
	p.served++
	deadline, _ := ctx.Deadline()
	left := time.Until(deadline)
	req.Time = left - min(grace, left/4)
	killed := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(killed)
		p.kill()
	})
	resp := new(response)
	err := p.wire.send(req, req.Artifact)
	if err == nil {
		err = p.wire.receive(resp)
	}
	if err == nil {
		err = p.wire.receiveBlobs(resp.Parts)
	}
	if !stop() {
		<-killed
		if err == nil {
			err = ctx.Err()
		}
	}
	return resp, err
}

func (p *process) kill() {
	// The process may have ended by itself; either way it is gone afterwards.
	_ = p.cmd.Process.Kill()
}

// stop ends the process and waits for it.
func (p *process) stop() {
	p.ended.Do(func() {
		p.in.Close()
		p.kill()
		// How it ended is of no interest: it was told to.
		_ = p.cmd.Wait()
	})
}

// epitaph says why the process died, in a line: what it wrote last, or how reading from it failed. It is called after
// stop.
func (p *process) epitaph(err error) string {
	if line := p.said.line(); line != "" {
		return line
	}
	return err.Error()
}

// A head keeps the first bytes written to it: the Go runtime states the reason of a fatal error first.
type head struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (h *head) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	const most = 512
	if room := most - h.text.Len(); room > 0 {
		h.text.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}

// line returns the line that states a fatal error, otherwise the first line.
func (h *head) line() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	text := h.text.String()
	if i := strings.Index(text, "fatal error: "); i >= 0 {
		text = text[i+len("fatal error: "):]
	}
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return line
}
