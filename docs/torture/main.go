// Command torture kills `sekisho serve` while mail goes through it, and lets its disk fill up, and then looks whether anything that
// was accepted is missing.
//
//	go run ./docs/torture -sekisho bin/sekisho -rounds 5
//
// Mails go to a private Postfix, which asks the milter and delivers to a sink in this process. In every round Sekisho is killed with
// SIGKILL at a random moment under load and started again. At the end every mail that Postfix accepted must be at the sink or be held in
// the record, and the log must verify. The same is done to three processes that share one PostgreSQL behind one Postfix. Then the
// record is put on a file system of a few megabytes (Linux, as root), which fills up: mails are deferred, none is lost, and when
// there is room again they are taken.
package main

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/sekisho/sekisho/milter/postfixtest"
)

func main() {
	program := flag.String("sekisho", "bin/sekisho", "the program")
	rounds := flag.Int("rounds", 5, "how often it is killed")
	clients := flag.Int("c", 8, "connections that send mail at once")
	flag.Parse()
	if err := run(context.Background(), *program, *rounds, *clients); err != nil {
		fmt.Fprintln(os.Stderr, "torture:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, program string, rounds, clients int) error {
	program, err := filepath.Abs(program)
	if err != nil {
		return err
	}
	if err := killed(ctx, program, rounds, clients); err != nil {
		return fmt.Errorf("kill -9: %w", err)
	}
	if err := cluster(ctx, program, rounds, clients); err != nil {
		return fmt.Errorf("three processes: %w", err)
	}
	if err := full(ctx, program); err != nil {
		return fmt.Errorf("full disk: %w", err)
	}
	return nil
}

// killed runs the rounds.
func killed(ctx context.Context, program string, rounds, clients int) error {
	folder, err := os.MkdirTemp("", "torture")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	s, err := newStage(ctx, program, folder)
	if err != nil {
		return err
	}
	defer s.close()
	load := &load{address: s.postfix.Address, accepted: map[string]bool{}}
	err = load.during(ctx, clients, func() error {
		for range rounds {
			time.Sleep(time.Second + rand.N(2*time.Second))
			if err := s.sekisho.kill(); err != nil {
				return err
			}
			time.Sleep(rand.N(500 * time.Millisecond))
			if err := s.start(ctx); err != nil {
				return err
			}
		}
		time.Sleep(2 * time.Second)
		return nil
	})
	if err != nil {
		return err
	}
	if err := s.drain(ctx); err != nil {
		return err
	}
	if err := s.sekisho.stop(); err != nil {
		return err
	}
	return s.report(load, rounds)
}

// verify lets the program verify its record and returns what it says.
func (s *stage) verify() (string, error) {
	out, err := exec.Command(s.program, "record", "verify", "--config", s.config()).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("record verify: %w\n%s", err, out)
	}
	return string(out), nil
}

// postfix starts a private Postfix that asks the milter and delivers to the sink.
func postfix(ctx context.Context, milter, sink string) (*postfixtest.Server, error) {
	return postfixtest.Start(ctx, postfixtest.Config{Milter: "inet:" + milter, Next: sink,
		Options: map[string]string{"milter_default_action": "tempfail", "milter_connect_timeout": "2s", "milter_content_timeout": "30s"}})
}
