package record

import (
	"context"
	"errors"
	"testing"

	"github.com/sekisho/sekisho"
)

func TestIndexFollowsWhatIsRecorded(t *testing.T) {
	both(t, func(t *testing.T, s *Store) {
		p := letter{from: "Hana Sato <hana@custody.example>", subject: "Quarterly figures", links: []string{"https://drain.example/claim"}}.passage(t)
		if err := s.Record(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		// Nobody waits for the index to see what a passage shows.
		if d, err := s.Passage(t.Context(), p.ID); err != nil || len(d.Indicator) == 0 {
			t.Errorf("%+v %v", d, err)
		}
		eventually(t, "found by a word", func() bool {
			page, err := s.Passages(t.Context(), Query{Text: "figures"})
			return err == nil && len(page.Items) == 1 && page.Items[0].ID == p.ID
		})
		if i, seen, err := s.Indicator(t.Context(), "domain", "drain.example", ""); err != nil || i.Seen != 1 || len(seen.Items) != 1 {
			t.Errorf("%+v %+v %v", i, seen, err)
		}
		if c, ok := s.Contact("hana@custody.example"); !ok || c.Received != 1 {
			t.Errorf("%+v %v", c, ok)
		}
	})
}

func TestRetrohuntWaitsForTheIndex(t *testing.T) {
	both(t, func(t *testing.T, s *Store) {
		for range 100 { // more than are indexed in one transaction
			if err := s.Record(t.Context(), letter{from: "a@x.example", links: []string{"https://drain.example/claim"}}.passage(t)); err != nil {
				t.Fatal(err)
			}
		}
		id, err := s.Retrohunt(t.Context(), Indicator{Kind: "domain", Value: "drain.example"})
		if err != nil {
			t.Fatal(err)
		}
		if c, err := s.Case(t.Context(), id); err != nil || c.Passages != 100 {
			t.Errorf("%+v %v", c.Case, err)
		}
		s.check(t, nil)
	})
}

func TestIndexIsWrittenOnce(t *testing.T) {
	both(t, func(t *testing.T, s *Store) {
		if err := s.Record(t.Context(), letter{from: "a@x.example"}.passage(t)); err != nil {
			t.Fatal(err)
		}
		var next stretch
		err := s.Read(t.Context(), func(ctx context.Context, tx *Tx) (err error) {
			next, err = tx.unindexed(ctx)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		first := 0
		for range 2 {
			err := s.Write(t.Context(), func(ctx context.Context, tx *Tx) error {
				mine, err := tx.indexStretch(ctx, next)
				first += int(truth(mine))
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if i, _, err := s.Indicator(t.Context(), "sender", "a@x.example", ""); err != nil || i.Seen != 1 || first > 1 {
			t.Errorf("%+v %v, written %d times", i, err, first)
		}
	})
}

func TestWhatPassesIsDoneWhenItIsRecorded(t *testing.T) {
	both(t, func(t *testing.T, s *Store) {
		p := s.put(t, letter{from: "a@x.example"})
		for _, step := range []struct {
			outcome string
			entries int
		}{{"done", 1}, {"the connection ended", 2}, {"the connection ended", 2}, {"done", 3}} {
			if err := s.Complete(t.Context(), p.ID, step.outcome); err != nil {
				t.Fatal(err)
			}
			entries, err := s.Entries(t.Context(), 0, 10)
			d, _ := s.Passage(t.Context(), p.ID)
			if err != nil || len(entries) != step.entries || d.Outcome != step.outcome {
				t.Errorf("after %q: %d entries, outcome %q, %v", step.outcome, len(entries), d.Outcome, err)
			}
		}
		if marked := s.put(t, letter{from: "b@y.example", do: sekisho.DoMark}); marked.ID != "" {
			if d, _ := s.Passage(t.Context(), marked.ID); d.Outcome != "" {
				t.Errorf("marked: %q", d.Outcome)
			}
		}
		if err := s.Complete(t.Context(), "p0000000000000", "done"); !errors.Is(err, ErrNotFound) {
			t.Errorf("unknown: %v", err)
		}
		s.check(t, nil)
	})
}
