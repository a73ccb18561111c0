package record

import (
	"errors"
	"testing"

	"github.com/sekisho/sekisho"
)

func TestRecordReadsBackWhatWasRecorded(t *testing.T) {
	both(t, func(t *testing.T, s *Store) {
		p := s.put(t, held())
		d, err := s.Passage(t.Context(), p.ID)
		if err != nil {
			t.Fatal(err)
		}
		if d.Subject != "至急 送金のお願い" || d.Sender != "Aoi Mori <ceo@evil.example>" || d.Action != sekisho.ActionHold || !d.Kept || d.Case != p.Case || d.Case == "" {
			t.Errorf("passage: %+v", d.Passage)
		}
		if len(d.Findings) != 1 || d.Findings[0].Evidence[0].At[0].Quote != "please pay" || len(d.Gaps) != 1 || len(d.Tree.Parts) != 2 || len(d.Headers) != 2 {
			t.Errorf("detail: %+v", d)
		}
		if len(d.Indicator) == 0 {
			t.Error("no indicators")
		}
		if !d.Time.Equal(began) || d.TookMS != 1.234 {
			t.Errorf("time %v, took %v", d.Time, d.TookMS)
		}
		if err := s.Complete(t.Context(), p.ID, "done"); err != nil {
			t.Fatal(err)
		}
		if d, _ := s.Passage(t.Context(), p.ID); d.Outcome != "done" {
			t.Errorf("outcome %q", d.Outcome)
		}
		entries, err := s.Entries(t.Context(), 0, 10)
		if err != nil || len(entries) != 2 || entries[0].Kind != "passage" || entries[1].Kind != "outcome" || entries[1].Ref != p.ID {
			t.Errorf("entries: %+v %v", entries, err)
		}
		if _, err := s.Passage(t.Context(), "p0000000000000"); !errors.Is(err, ErrNotFound) {
			t.Errorf("unknown: %v", err)
		}
	})
}

func TestRecordIsIdempotentByKey(t *testing.T) {
	both(t, func(t *testing.T, s *Store) {
		l := held()
		l.key = "queue-4711"
		first, again := s.put(t, l), s.put(t, l)
		if first.ID != again.ID || first.Case != again.Case {
			t.Errorf("%s %s, again %s %s", first.ID, first.Case, again.ID, again.Case)
		}
		if entries, _ := s.Entries(t.Context(), 0, 10); len(entries) != 1 {
			t.Errorf("%d entries", len(entries))
		}
	})
}

func TestPassagesAreFound(t *testing.T) {
	both(t, func(t *testing.T, s *Store) {
		attack := s.put(t, held())
		s.put(t, letter{from: "hana@custody.example", subject: "Quarterly figures", body: "hello"})
		tests := map[string]struct {
			q    Query
			want int
		}{
			"all":                {Query{}, 2},
			"a word":             {Query{Text: "FIGURES"}, 1},
			"its beginning":      {Query{Text: "quart"}, 1},
			"two words":          {Query{Text: "hana figures"}, 1},
			"one of two":         {Query{Text: "hana evil"}, 0},
			"part of Japanese":   {Query{Text: "送金"}, 1},
			"one character":      {Query{Text: "願"}, 1},
			"a host":             {Query{Text: "login.evil.example"}, 1},
			"a rule by its name": {Query{Text: "impersonated-person"}, 1},
			"signs":              {Query{Text: "%_'"}, 0},
			"strict":             {Query{Least: sekisho.ActionHold}, 1},
			"a rule":             {Query{Rule: "impersonated-person"}, 1},
			"a door":             {Query{Door: "milter"}, 2},
			"another door":       {Query{Door: "inbox"}, 0},
			"an open case":       {Query{State: StateOpen}, 1},
			"later":              {Query{Since: began.AddDate(0, 0, 1)}, 0},
			"earlier":            {Query{Until: began}, 0},
		}
		for name, test := range tests {
			page, err := s.Passages(t.Context(), test.q)
			if err != nil || len(page.Items) != test.want || page.Next != "" {
				t.Errorf("%s: %d found, want %d, next %q, %v", name, len(page.Items), test.want, page.Next, err)
			}
		}
		first, err := s.Passages(t.Context(), Query{Limit: 1})
		if err != nil || first.Next == "" {
			t.Fatalf("%+v %v", first, err)
		}
		rest, err := s.Passages(t.Context(), Query{Limit: 1, After: first.Next})
		if err != nil || len(rest.Items) != 1 || rest.Items[0].ID != attack.ID || rest.Next != "" {
			t.Errorf("%+v %v", rest, err)
		}
		if _, err := s.Passages(t.Context(), Query{After: "nonsense"}); !errors.Is(err, ErrInvalid) {
			t.Errorf("after nonsense: %v", err)
		}
	})
}
