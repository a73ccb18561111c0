package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/record"
)

// recorded is what the record says of the mails.
type recorded struct {
	passages    int
	held        map[string]bool // by the mail's number
	interrupted int
}

// read reads the record of a Sekisho that has ended.
func (s *stage) read() (recorded, error) {
	ctx, out := context.Background(), recorded{held: map[string]bool{}}
	store, err := record.Open(ctx, record.Config{URL: s.record, Keys: s.keys, Process: "torture"})
	if err != nil {
		return out, err
	}
	for query := (record.Query{Limit: 500}); ; {
		page, err := store.Passages(ctx, query)
		if err != nil {
			return out, errors.Join(err, store.Close())
		}
		for _, p := range page.Items {
			out.passages++
			if p.Outcome == "interrupted" {
				out.interrupted++
			}
			if m := number.FindStringSubmatch("<" + p.MessageID + ">"); m != nil && p.Do == sekisho.DoHold && p.Kept {
				out.held[m[1]] = true
			}
		}
		if query.After = page.Next; page.Next == "" {
			return out, store.Close()
		}
	}
}

// report says what happened, and is an error when an accepted mail is missing.
func (s *stage) report(l *load, kills int) error {
	found, err := s.read()
	if err != nil {
		return err
	}
	said, err := s.verify()
	if err != nil {
		return err
	}
	missing, twice, held := 0, 0, 0
	for id := range l.accepted {
		switch n := s.sink.got[id]; {
		case n > 1:
			twice++
		case n == 1:
		case found.held[id]:
			held++
		default:
			missing++
			fmt.Println("missing:", id)
		}
	}
	fmt.Printf("killed %d times: %d mails accepted, %d told to come again, %d delivered, %d held, %d delivered twice, %d missing\n",
		kills, len(l.accepted), l.deferred, len(l.accepted)-held-missing, held, twice, missing)
	fmt.Printf("record: %d passages, %d of them interrupted; %s", found.passages, found.interrupted, said)
	if missing > 0 {
		return fmt.Errorf("%d accepted mails are missing", missing)
	}
	if len(l.accepted) == 0 || held == 0 {
		return errors.New("no mail was accepted, or none was held: nothing was shown")
	}
	return nil
}
