package record

import (
	"errors"
	"fmt"
	"testing"

	"github.com/sekisho/sekisho"
)

func TestCasesGatherACampaign(t *testing.T) {
	both(t, func(t *testing.T, s *Store) {
		first := s.put(t, held())
		same := map[string]letter{
			"the sender":   {from: "Other <ceo@evil.example>", subject: "x", action: sekisho.ActionWarn},
			"the site":     {from: "info@another.example", links: []string{"https://www.evil.example/"}, action: sekisho.ActionReject, rules: []string{"brand-link"}},
			"through site": {from: "a@freemail.example", links: []string{"https://evil.example/"}, action: sekisho.ActionWarn},
		}
		for name, l := range same {
			if p := s.put(t, l); p.Case != first.Case {
				t.Errorf("%s: case %q, want %q", name, p.Case, first.Case)
			}
		}
		other := map[string]letter{
			"a service of many":    {from: "b@freemail.example", action: sekisho.ActionWarn},
			"our own domain":       {from: "hana@kaede-ex.jp", links: []string{"https://kaede-ex.jp/"}, action: sekisho.ActionWarn},
			"our own domain again": {from: "hana@kaede-ex.jp", links: []string{"https://kaede-ex.jp/"}, action: sekisho.ActionWarn},
			"a partner":            {from: "x@custody.example", action: sekisho.ActionWarn},
			"a partner again":      {from: "y@custody.example", action: sekisho.ActionWarn},
			"a brand's site":       {from: "c@freemail.example", links: []string{"https://metamask.io/"}, action: sekisho.ActionWarn},
			"that site again":      {from: "d@freemail.example", links: []string{"https://metamask.io/"}, action: sekisho.ActionWarn},
		}
		seen := map[string]string{first.Case: "the first"}
		for name, l := range other {
			p := s.put(t, l)
			if before, ok := seen[p.Case]; ok || p.Case == "" {
				t.Errorf("%s: joined %s", name, before)
			}
			seen[p.Case] = name
		}
		if p := s.put(t, letter{from: "x@evil.example", action: sekisho.ActionNote}); p.Case != "" {
			t.Error("a note opened a case")
		}
		d, err := s.Case(t.Context(), first.Case)
		if err != nil {
			t.Fatal(err)
		}
		if d.Passages != 4 || d.Held != 1 || d.Action != sekisho.ActionReject || fmt.Sprint(d.Rules) != "[brand-link impersonated-person]" || len(d.Seen) != 4 || len(d.Joined) == 0 {
			t.Errorf("case: %+v", d)
		}
		page, err := s.Cases(t.Context(), Query{})
		if err != nil || len(page.Items) != 8 || page.Items[0].ID != first.Case {
			t.Errorf("%d cases, %v", len(page.Items), err)
		}
		if page, err := s.Cases(t.Context(), Query{Text: "送金 ceo", Door: "milter", Rule: "brand-link"}); err != nil || len(page.Items) != 1 {
			t.Errorf("search: %+v %v", page, err)
		}
		walked := map[string]bool{}
		for q := (Query{Limit: 3}); ; {
			page, err := s.Cases(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range page.Items {
				walked[c.ID] = true
			}
			if q.After = page.Next; q.After == "" {
				break
			}
		}
		if len(walked) != 8 {
			t.Errorf("paging found %d cases", len(walked))
		}
	})
}

func TestReportsJoinByTheMailInside(t *testing.T) {
	both(t, func(t *testing.T, s *Store) {
		attack := s.put(t, held())
		report := letter{from: "hana@kaede-ex.jp", subject: "Fwd: is this real?", reporter: "Hana@kaede-ex.jp"}.passage(t)
		inner := held().passage(t).Artifact
		inner.Up, inner.Via = report.Artifact, "attachment"
		report.Artifact.Parts = append(report.Artifact.Parts, inner)
		if err := s.Record(t.Context(), report); err != nil {
			t.Fatal(err)
		}
		d, err := s.Passage(t.Context(), report.ID)
		if err != nil || d.Case != attack.Case || d.Subject != "至急 送金のお願い" || d.Reporter != "hana@kaede-ex.jp" {
			t.Errorf("%+v %v", d.Passage, err)
		}
		if c, _ := s.Case(t.Context(), attack.Case); c.Reports != 1 {
			t.Errorf("%+v", c.Case)
		}
	})
}

func TestDecideCloses(t *testing.T) {
	both(t, func(t *testing.T, s *Store) {
		p := s.put(t, held())
		for name, test := range map[string]struct {
			d    Decision
			want error
		}{
			"by nobody":           {Decision{Do: DecideConfirm, Case: p.Case, Reason: "r"}, ErrInvalid},
			"without a reason":    {Decision{Do: DecideConfirm, Case: p.Case, By: "hana"}, ErrInvalid},
			"nothing":             {Decision{Do: "shred", Case: p.Case, By: "hana", Reason: "r"}, ErrInvalid},
			"no such case":        {Decision{Do: DecideConfirm, Case: "c0000000000000", By: "hana", Reason: "r"}, ErrNotFound},
			"open already":        {Decision{Do: DecideReopen, Case: p.Case, By: "hana", Reason: "r"}, ErrConflict},
			"no indicator":        {Decision{Do: DecideBlock, By: "hana", Reason: "r"}, ErrInvalid},
			"an unknown one":      {Decision{Do: DecideBlock, By: "hana", Reason: "r", Indicator: &Indicator{Kind: "x", Value: "y"}}, ErrInvalid},
			"unblock not blocked": {Decision{Do: DecideUnblock, By: "hana", Reason: "r", Indicator: &Indicator{Kind: "domain", Value: "y.example"}}, ErrConflict},
		} {
			if _, err := s.Decide(t.Context(), test.d); !errors.Is(err, test.want) {
				t.Errorf("%s: %v", name, err)
			}
		}
		d, err := s.Decide(t.Context(), Decision{Do: DecideFalseAlarm, Case: p.Case, By: "hana", Reason: "our newsletter"})
		if err != nil || d.ID == "" || d.Time.IsZero() {
			t.Fatalf("%+v %v", d, err)
		}
		c, err := s.Case(t.Context(), p.Case)
		if err != nil || c.State != StateClosed || c.Judged != "false-alarm" || len(c.Decisions) != 1 || c.Decisions[0].Reason != "our newsletter" {
			t.Errorf("%+v %v", c, err)
		}
		if again := s.put(t, held()); again.Case == p.Case {
			t.Error("joined a false alarm")
		}
		entries, err := s.EntriesOf(t.Context(), p.Case)
		if err != nil || len(entries) != 2 || entries[1].Kind != "decision" || entries[1].By != "hana" {
			t.Errorf("%+v %v", entries, err)
		}
	})
}

func TestBlockedIsKnownAtOnce(t *testing.T) {
	both(t, func(t *testing.T, s *Store) {
		if _, err := s.Decide(t.Context(), Decision{Do: DecideBlock, By: "hana", Reason: "a drainer", Indicator: &Indicator{Kind: "domain", Value: "Evil.Example"}}); err != nil {
			t.Fatal(err)
		}
		if i, ok := s.Blocked("domain", "evil.example"); !ok || i.Reason != "a drainer" || i.By != "hana" {
			t.Errorf("%+v %v", i, ok)
		}
		if _, ok := s.Blocked("domain", ""); !ok {
			t.Error("any is not known")
		}
		if _, ok := s.Blocked("sender", ""); ok {
			t.Error("a sender is blocked")
		}
		page, err := s.Indicators(t.Context(), Query{State: "blocked", Text: "evil"})
		if err != nil || len(page.Items) != 1 || page.Items[0].Seen != 0 {
			t.Errorf("%+v %v", page, err)
		}
	})
}

func TestASecondPersonReleases(t *testing.T) {
	bothWith(t, func(c *Config) { c.Releasers = 2 }, func(t *testing.T, s *Store) {
		p := s.put(t, held())
		ask := func(by string) (Decision, error) {
			return s.Decide(t.Context(), Decision{Do: DecideRelease, Passage: p.ID, By: by, Reason: "ours"})
		}
		if d, err := ask("hana"); err != nil || !d.Waits || d.Case != p.Case {
			t.Fatalf("%+v %v", d, err)
		}
		if c, _ := s.Case(t.Context(), p.Case); c.Asked != "hana" {
			t.Errorf("asked %q", c.Asked)
		}
		if _, err := ask("Hana"); !errors.Is(err, ErrForbidden) {
			t.Errorf("the same person: %v", err)
		}
		if d, err := ask("ken"); err != nil || d.Waits {
			t.Errorf("%+v %v", d, err)
		}
		if _, err := ask("aoi"); !errors.Is(err, ErrConflict) {
			t.Errorf("a third: %v", err)
		}
		passed := s.put(t, letter{from: "x@y.example"})
		if _, err := s.Decide(t.Context(), Decision{Do: DecideRelease, Passage: passed.ID, By: "hana", Reason: "r"}); !errors.Is(err, ErrConflict) {
			t.Errorf("what passed: %v", err)
		}
	})
}
