package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sekisho/sekisho/record/postgrestest"
)

// members is how many processes share the record.
const members = 3

// cluster runs three processes on one PostgreSQL behind one Postfix, and kills one after the other under load.
func cluster(ctx context.Context, program string, rounds, clients int) error {
	database, err := postgrestest.Start(ctx)
	if errors.Is(err, postgrestest.ErrNotInstalled) {
		fmt.Println("three processes: skipped,", err)
		return nil
	}
	if err != nil {
		return err
	}
	defer database.Close()
	folder, err := os.MkdirTemp("", "torture")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	url, err := database.Database(ctx)
	if err != nil {
		return err
	}
	keys := filepath.Join(folder, "keys")
	var stages []*stage
	defer func() {
		for _, s := range stages {
			s.close()
		}
	}()
	var milters []string
	for n := range members {
		s := &stage{program: program, folder: filepath.Join(folder, fmt.Sprint(n)), record: url, keys: keys}
		if err := errors.Join(os.Mkdir(s.folder, 0o700), s.configure(), s.start(ctx)); err != nil {
			return err
		}
		stages, milters = append(stages, s), append(milters, s.milter)
	}
	first := stages[0]
	front, err := newForwarder(milters)
	if err != nil {
		return err
	}
	defer front.close()
	if err := first.connect(ctx, front.address); err != nil {
		return err
	}
	load := &load{address: first.postfix.Address, accepted: map[string]bool{}}
	err = load.during(ctx, clients, func() error {
		for n := range rounds {
			victim := stages[n%members]
			time.Sleep(time.Second + rand.N(time.Second))
			if err := victim.sekisho.kill(); err != nil {
				return err
			}
			time.Sleep(time.Second)
			if err := victim.start(ctx); err != nil {
				return err
			}
		}
		time.Sleep(time.Second)
		return nil
	})
	if err := errors.Join(err, first.drain(ctx)); err != nil {
		return err
	}
	for _, s := range stages {
		if err := s.sekisho.stop(); err != nil {
			return err
		}
	}
	return first.report(load, rounds)
}

// A forwarder passes each connection on to one of several addresses, the next one when one does not answer, as a TCP load balancer does.
type forwarder struct {
	address string
	to      []string
	next    atomic.Int64
	listen  net.Listener
}

func newForwarder(to []string) (*forwarder, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	f := &forwarder{address: l.Addr().String(), to: to, listen: l}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go f.forward(conn)
		}
	}()
	return f, nil
}

func (f *forwarder) close() { _ = f.listen.Close() }

func (f *forwarder) forward(conn net.Conn) {
	defer conn.Close()
	for range f.to {
		n := f.next.Add(1)
		onward, err := net.DialTimeout("tcp", f.to[n%int64(len(f.to))], time.Second)
		if err != nil {
			continue
		}
		var both sync.WaitGroup
		both.Go(func() { _, _ = io.Copy(onward, conn); _ = onward.Close() })
		both.Go(func() { _, _ = io.Copy(conn, onward); _ = conn.Close() })
		both.Wait()
		return
	}
}
