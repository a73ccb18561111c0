package record

import (
	"testing"
	"time"

	"github.com/sekisho/sekisho"
)

func TestRulesAndToday(t *testing.T) {
	both(t, func(t *testing.T, s *Store) {
		first := s.put(t, held())
		s.put(t, letter{from: "news@shop.example", action: sekisho.ActionWarn, rules: []string{"impersonated-person", "odd-link"}, reporter: "hana@kaede-ex.jp"})
		s.put(t, letter{from: "x@y.example"})
		if _, err := s.Decide(t.Context(), Decision{Do: DecideConfirm, Case: first.Case, By: "hana", Reason: "seen before"}); err != nil {
			t.Fatal(err)
		}
		figures, err := s.RuleFigures(t.Context(), began)
		if err != nil || len(figures) != 2 || figures[0].Rule != "impersonated-person" || figures[0].Held != 2 || figures[0].Confirmed != 1 || figures[0].FalseAlarms != 0 {
			t.Errorf("%+v %v", figures, err)
		}
		if figures, err := s.RuleFigures(t.Context(), began.Add(time.Hour)); err != nil || len(figures) != 0 {
			t.Errorf("later: %+v %v", figures, err)
		}
		now, err := s.Today(t.Context(), began)
		if err != nil || now.Open != 1 || now.Held != 1 || now.Reports != 1 || now.Passages["pass"] != 1 || now.Passages["hold"] != 1 || len(now.Decisions) != 1 ||
			len(now.Gaps) != 1 || now.Gaps[0] != (GapCount{"archive", "encrypted", 1}) {
			t.Errorf("%+v %v", now, err)
		}
	})
}

func TestIndicatorsTellWhereTheyWereSeen(t *testing.T) {
	both(t, func(t *testing.T, s *Store) {
		p := s.put(t, held())
		later := held()
		later.at = began.Add(time.Hour)
		s.put(t, later)
		i, page, err := s.Indicator(t.Context(), "domain", "login.evil.example", "")
		if err != nil || i.Seen != 2 || !i.First.Equal(began) || !i.Last.Equal(later.at) || len(page.Items) != 2 || page.Items[1].Passage.ID != p.ID || page.Items[1].Via != "href" {
			t.Errorf("%+v %+v %v", i, page, err)
		}
		all, err := s.Indicators(t.Context(), Query{Limit: 2})
		if err != nil || len(all.Items) != 2 || all.Next == "" {
			t.Fatalf("%+v %v", all, err)
		}
		rest, err := s.Indicators(t.Context(), Query{After: all.Next})
		if err != nil || len(rest.Items) == 0 || rest.Next != "" {
			t.Errorf("%+v %v", rest, err)
		}
		if page, err := s.Indicators(t.Context(), Query{Text: "login evil"}); err != nil || len(page.Items) != 2 { // the host and the URL
			t.Errorf("%+v %v", page, err)
		}
	})
}

func TestRetrohuntRaisesACase(t *testing.T) {
	bothWith(t, func(c *Config) { c.CaseWork = []string{"notify"} }, func(t *testing.T, s *Store) {
		past := s.put(t, letter{from: "news@shop.example", subject: "Offers", links: []string{"https://drain.example/claim"}})
		hunt := Indicator{Kind: "domain", Value: "drain.example"}
		id, err := s.Retrohunt(t.Context(), hunt)
		if err != nil || id == "" {
			t.Fatal(id, err)
		}
		c, err := s.Case(t.Context(), id)
		if err != nil || c.Title != "Offers" || c.Passages != 1 || len(c.Seen) != 1 || c.Seen[0].ID != past.ID {
			t.Errorf("%+v %v", c, err)
		}
		if again, err := s.Retrohunt(t.Context(), hunt); err != nil || again != id {
			t.Errorf("again: %q %v", again, err)
		}
		if p := s.put(t, letter{from: "else@where.example", links: []string{"https://drain.example/claim"}, action: sekisho.ActionWarn}); p.Case != id {
			t.Errorf("what follows: %q", p.Case)
		}
		if none, err := s.Retrohunt(t.Context(), Indicator{Kind: "domain", Value: "nowhere.example"}); err != nil || none != "" {
			t.Errorf("never seen: %q %v", none, err)
		}
		if page, err := s.Cases(t.Context(), Query{Text: "offers"}); err != nil || len(page.Items) != 1 {
			t.Errorf("search: %+v %v", page, err)
		}
	})
}

func TestContactsAreLearned(t *testing.T) {
	both(t, func(t *testing.T, s *Store) {
		if _, ok := s.Contact("hana@custody.example"); ok {
			t.Fatal("known")
		}
		s.put(t, letter{from: "Hana Sato <Hana@custody.example>"})
		s.put(t, letter{from: "HANA SATO <hana@custody.example>"})
		c, ok := s.Contact("HANA@custody.example")
		if !ok || c.Received != 2 || c.Sent != 0 || len(c.Names) != 1 || c.Names[0] != "Hana Sato" || !c.First.Equal(began) {
			t.Errorf("%+v %v", c, ok)
		}
		if named := s.Named("hana  SATO"); len(named) != 1 || named[0].Address != "hana@custody.example" {
			t.Errorf("%+v", named)
		}
		p := letter{from: "Aoi <aoi.mori@kaede-ex.jp>", subject: "Re"}.passage(t)
		p.Artifact.Form.(*sekisho.Mail).To = []sekisho.Mailbox{mailbox("ken@kaede-ex.jp"), mailbox("hana@custody.example")}
		if err := s.Record(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		if err := s.catchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		if c, _ := s.Contact("hana@custody.example"); c.Sent != 1 {
			t.Errorf("%+v", c)
		}
		if _, ok := s.Contact("aoi.mori@kaede-ex.jp"); ok {
			t.Error("one of ours is a contact")
		}
		s.put(t, held())
		if _, ok := s.Contact("ceo@evil.example"); ok {
			t.Error("an attacker is a contact")
		}
		if id := p.Artifact.Form.(*sekisho.Mail).MessageID; !s.Thread("<"+id+">") || s.Thread("other@x.example") {
			t.Error("threads")
		}
	})
}
