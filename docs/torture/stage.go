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
	program, folder string
	record, keys    string // of the configuration
	milter, metrics string // addresses
	sink            *sink
	postfix         *postfixtest.Server
	sekisho         *process
}

// newStage starts all three in the folder, with a record of its own in the folder data below it.
func newStage(ctx context.Context, program, folder string) (*stage, error) {
	data := filepath.Join(folder, "data")
	s := &stage{program: program, folder: folder, record: filepath.Join(data, "sekisho.db"), keys: filepath.Join(data, "keys")}
	if err := errors.Join(s.configure(), s.start(ctx)); err != nil {
		return nil, err
	}
	if err := s.connect(ctx, s.milter); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// configure writes the configuration.
func (s *stage) configure() error {
	var web string
	for _, address := range []*string{&s.milter, &s.metrics, &web} {
		var err error
		if *address, err = freeAddress(); err != nil {
			return err
		}
	}
	text := fmt.Sprintf("data: data\nlog: error\ndns: \"off\"\nrecord: {url: '%s', keys: '%s'}\nmilter: {listen: '%s', mode: enforce}\n"+
		"http: {listen: '%s', url: 'http://localhost', metrics: '%s'}\n", s.record, s.keys, s.milter, web, s.metrics)
	return os.WriteFile(s.config(), []byte(text), 0o600)
}

func (s *stage) config() string { return filepath.Join(s.folder, "sekisho.yaml") }

// connect starts the sink and a Postfix that asks the milter at the address.
func (s *stage) connect(ctx context.Context, milter string) error {
	var err error
	if s.sink, err = newSink(); err != nil {
		return err
	}
	s.postfix, err = postfix(ctx, milter, s.sink.address)
	return err
}

func (s *stage) close() {
	if s.sekisho != nil {
		_ = s.sekisho.kill() // it may have ended
	}
	if s.postfix != nil {
		_ = s.postfix.Close()
	}
	if s.sink != nil {
		s.sink.close()
	}
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
	if s.sekisho, err = startProcess(filepath.Join(s.folder, "log"), s.program, "serve", "--config", s.config()); err != nil {
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

// startProcess starts the program; what it says goes to the file.
func startProcess(log, program string, args ...string) (*process, error) {
	p := &process{cmd: exec.Command(program, args...), done: make(chan error, 1)}
	file, err := os.OpenFile(log, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	p.cmd.Stderr = file
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
