package record

import (
	"context"
	"flag"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sekisho/sekisho"
)

var (
	figureCases = flag.Int("cases", 0, "measure a record of so many cases")
	figureKind  = flag.String("database", "sqlite", "sqlite or postgres")
)

// TestFigures measures a large record. It says nothing without -cases.
func TestFigures(t *testing.T) {
	if *figureCases == 0 {
		t.Skip("it measures: -cases 100000")
	}
	s := open(t, configOf(t, *figureKind))
	var next atomic.Int64
	fill := func(n, callers int, suspect bool) (time.Duration, []time.Duration) {
		var mutex sync.Mutex
		var took []time.Duration
		var wait sync.WaitGroup
		var left atomic.Int64
		left.Store(int64(n))
		began := time.Now()
		for range callers {
			wait.Go(func() {
				for left.Add(-1) >= 0 {
					p := campaign(t, next.Add(1), suspect)
					start := time.Now()
					if err := s.Record(context.Background(), p); err != nil {
						t.Error(err)
						return
					}
					mutex.Lock()
					took = append(took, time.Since(start))
					mutex.Unlock()
				}
			})
		}
		wait.Wait()
		whole := time.Since(began)
		slices.Sort(took)
		return whole, took
	}
	measure := func(what string, n, callers int, suspect bool) {
		whole, took := fill(n, callers, suspect)
		t.Logf("%-28s %d callers: %6.0f a second, median %v, p95 %v, p99 %v", what, callers, float64(n)/whole.Seconds(),
			took[len(took)/2], took[len(took)*95/100], took[len(took)*99/100])
	}
	measure("empty record, mail passes", 1000, 1, false)
	measure("empty record, mail passes", 4000, 8, false)
	start := time.Now()
	fill(*figureCases, 64, true)
	t.Logf("%d cases in %v", *figureCases, time.Since(start))
	measure("full record, mail passes", 1000, 1, false)
	measure("full record, mail passes", 4000, 8, false)
	measure("full record, cases open", 1000, 1, true)
	for name, do := range questions(t, s) {
		var took []time.Duration
		for range 5 {
			start := time.Now()
			if err := do(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			took = append(took, time.Since(start))
		}
		slices.Sort(took)
		t.Logf("%-26s median %v, worst %v", name, took[2], took[4])
	}
	start = time.Now()
	n, err := s.Verify(t.Context(), "", func(p Problem) { t.Errorf("%+v", p) })
	t.Logf("verify %d entries in %v, %v", n, time.Since(start), err)
}

// campaign is the n-th mail: one of a campaign of its own, or an honest one.
func campaign(t testing.TB, n int64, suspect bool) *sekisho.Passage {
	l := letter{
		from:    fmt.Sprintf("Sender %d <sender%d@site%d.example>", n%1000, n, n),
		subject: fmt.Sprintf("Invoice %d 至急 送金のお願い", n), body: fmt.Sprintf("Please look at the invoice %d that is attached and pay it today.", n),
		links: []string{fmt.Sprintf("https://www.site%d.example/pay/%d", n, n), "https://www.google.example/", "https://fonts.example/css"},
		at:    began.Add(time.Duration(n) * time.Millisecond),
	}
	if suspect {
		l.action, l.rules = sekisho.Action(2+n%3), []string{fmt.Sprintf("rule-%d", n%60), "odd-link"}
	} else {
		l.from = fmt.Sprintf("Friend %d <friend%d@partner%d.example>", n%500, n%500, n%50)
		l.links[0] = fmt.Sprintf("https://www.partner%d.example/doc/%d", n%50, n)
	}
	p := l.passage(t)
	p.Artifact.Form.(*sekisho.Mail).MessageID = fmt.Sprintf("%d@mail.example", n)
	return p
}

// questions are what people ask of a record.
func questions(t *testing.T, s *Store) map[string]func() error {
	since, next := began.Add(-24*time.Hour), 0
	return map[string]func() error{
		"list cases": func() error { _, err := s.Cases(t.Context(), Query{}); return err },
		"list open holds": func() error {
			_, err := s.Cases(t.Context(), Query{State: StateOpen, Least: sekisho.ActionHold})
			return err
		},
		"cases of a rule":         func() error { _, err := s.Cases(t.Context(), Query{Rule: "rule-7"}); return err },
		"cases of a door":         func() error { _, err := s.Cases(t.Context(), Query{Door: "milter"}); return err },
		"search cases, rare":      func() error { _, err := s.Cases(t.Context(), Query{Text: "sender4711"}); return err },
		"search cases, common":    func() error { _, err := s.Cases(t.Context(), Query{Text: "invoice"}); return err },
		"search cases, both":      func() error { _, err := s.Cases(t.Context(), Query{Text: "invoice sender4711"}); return err },
		"search cases, Japanese":  func() error { _, err := s.Cases(t.Context(), Query{Text: "送金の"}); return err },
		"search cases, none":      func() error { _, err := s.Cases(t.Context(), Query{Text: "invoice 請求 quixotic"}); return err },
		"search cases, prefix":    func() error { _, err := s.Cases(t.Context(), Query{Text: "sen"}); return err },
		"list passages":           func() error { _, err := s.Passages(t.Context(), Query{}); return err },
		"passages of a rule":      func() error { _, err := s.Passages(t.Context(), Query{Rule: "rule-7"}); return err },
		"search passages, rare":   func() error { _, err := s.Passages(t.Context(), Query{Text: "sender4711"}); return err },
		"search passages, common": func() error { _, err := s.Passages(t.Context(), Query{Text: "invoice milter"}); return err },
		"search passages, prefix": func() error { _, err := s.Passages(t.Context(), Query{Text: "sen inv"}); return err },
		"list indicators":         func() error { _, err := s.Indicators(t.Context(), Query{}); return err },
		"search indicators":       func() error { _, err := s.Indicators(t.Context(), Query{Text: "site4711"}); return err },
		"an indicator":            func() error { _, _, err := s.Indicator(t.Context(), "domain", "www.google.example", ""); return err },
		"today":                   func() error { _, err := s.Today(t.Context(), since); return err },
		"rule figures":            func() error { _, err := s.RuleFigures(t.Context(), since); return err },
		"blocked":                 func() error { s.Blocked("domain", "site4711.example"); return nil },
		"contact not asked before": func() error {
			next++
			s.Contact(fmt.Sprintf("sender%d@site%d.example", next, next))
			return nil
		},
	}
}
