package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/sekisho/sekisho/milter/postfixtest"
)

// A stage is a Sekisho, a Postfix that asks it, and a sink that Postfix delivers to.
type stage struct {
	program, folder, data string
	milter, metrics       string // addresses
	sink                  *sink
	postfix               *postfixtest.Server
	sekisho               *process
}

func newStage(ctx context.Context, program, folder string) (*stage, error) {
	s := &stage{program: program, folder: folder, data: filepath.Join(folder, "data")}
	var web string
	for _, address := range []*string{&s.milter, &s.metrics, &web} {
		var err error
		if *address, err = freeAddress(); err != nil {
			return nil, err
		}
	}
	text := fmt.Sprintf("data: %s\ndns: \"off\"\nmilter: {listen: '%s', mode: enforce}\nhttp: {listen: '%s', url: 'http://localhost', metrics: '%s'}\n",
		s.data, s.milter, web, s.metrics)
	if err := os.WriteFile(filepath.Join(folder, "sekisho.yaml"), []byte(text), 0o600); err != nil {
		return nil, err
	}
	if err := s.start(ctx); err != nil {
		return nil, err
	}
	var err error
	if s.sink, err = newSink(); err != nil {
		return nil, errors.Join(err, s.sekisho.stop())
	}
	if s.postfix, err = postfix(ctx, s.milter, s.sink.address); err != nil {
		return nil, errors.Join(err, s.sekisho.stop())
	}
	return s, nil
}

func (s *stage) close() {
	_ = s.sekisho.kill() // it may have ended
	_ = s.postfix.Close()
	s.sink.close()
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// start starts Sekisho and returns when it can write its record.
func (s *stage) start(ctx context.Context) error {
	var err error
	if s.sekisho, err = startProcess(s.program, "serve", "--config", filepath.Join(s.folder, "sekisho.yaml")); err != nil {
		return err
	}
	return await(ctx, 30*time.Second, "sekisho is ready", func() bool {
		answer, err := http.Get("http://" + s.metrics + "/readyz")
		if err != nil {
			return false
		}
		return answer.StatusCode == http.StatusOK && answer.Body.Close() == nil
	})
}

// await waits until what is so.
func await(ctx context.Context, most time.Duration, what string, so func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	for !so() {
		select {
		case <-ctx.Done():
			return fmt.Errorf("not within %s: %s", most, what)
		case <-time.After(50 * time.Millisecond):
		}
	}
	return nil
}

// drain waits until Postfix has delivered everything it took.
func (s *stage) drain(ctx context.Context) error {
	return await(ctx, time.Minute, "the queue of Postfix is empty", func() bool {
		waiting := 0
		for _, queue := range []string{"incoming", "active", "deferred", "maildrop"} {
			names, err := s.postfix.Queue(queue)
			if err != nil {
				return false
			}
			waiting += len(names)
		}
		return waiting == 0
	})
}

// A process is a Sekisho that runs.
type process struct {
	cmd  *exec.Cmd
	done chan error
}

func startProcess(program string, args ...string) (*process, error) {
	p := &process{cmd: exec.Command(program, args...), done: make(chan error, 1)}
	p.cmd.Stderr = os.Stderr
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() { p.done <- p.cmd.Wait() }()
	return p, nil
}

// kill kills it and its workers, and waits for it.
func (p *process) kill() error {
	err := syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
	if err == nil {
		<-p.done
	}
	return err
}

// stop asks it to end and waits for it.
func (p *process) stop() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case err := <-p.done:
		return err
	case <-time.After(time.Minute):
		return errors.Join(errors.New("sekisho does not end"), p.kill())
	}
}
