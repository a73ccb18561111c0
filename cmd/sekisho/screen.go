package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/coin"
	"github.com/sekisho/sekisho/intel/feed"
	"github.com/sekisho/sekisho/intel/label"
	"github.com/sekisho/sekisho/org"
)

type screenCmd struct {
	Inputs   []string `arg:"" name:"address" help:"Addresses, tables or lists of addresses, or - for standard input."`
	Org      string   `help:"The organisation's profile: tells its own wallets." type:"existingfile" placeholder:"FILE"`
	Data     string   `help:"The folder of pulled lists; by default sekisho in the user's data folder." type:"path" placeholder:"DIR"`
	Lang     string   `help:"The language of the report." enum:"en,ja" default:"en"`
	Format   string   `help:"text, json, jsonl or csv." enum:"text,json,jsonl,csv" default:"text"`
	FailOn   []string `help:"Exit with 1 when an address stands under one of these categories." default:"sanction,theft" placeholder:"CATEGORY"`
	Remember bool     `help:"Keep the addresses, so that 'sekisho intel pull' tells when one of them comes on a list."`
}

// A screened is what is known of one address.
type screened struct {
	Input    string         `json:"input"`
	Outcome  string         `json:"outcome"` // listed, formerly-listed, nothing-found, invalid, not-an-address
	Readings []reading      `json:"readings"`
	Wallet   string         `json:"wallet,omitempty"`
	Labels   []screenedNote `json:"labels"`
}

// A reading is the address on one chain.
type reading struct {
	Chain     string `json:"chain"`
	Type      string `json:"type"`
	Canonical string `json:"canonical"`
	Network   string `json:"network"`
	Checksum  string `json:"checksum"`
}

// A screenedNote is one label.
type screenedNote struct {
	Category   string `json:"category"`
	Entity     string `json:"entity,omitempty"`
	Source     string `json:"source"`
	SourceURL  string `json:"source_url,omitempty"`
	Date       string `json:"date,omitempty"`
	Delisted   string `json:"delisted,omitempty"`
	Confidence string `json:"confidence,omitempty"`
	List       string `json:"list"`
	AgeDays    int    `json:"list_age_days"`
}

// A screening is one run.
type screening struct {
	store   *label.Store
	wallets map[string]string // wallet's name by chain and canonical address
	memory  *feed.Memory      // nil when nothing is kept
	now     time.Time
	failOn  []string
	emit    func(screened) error

	total, listed, failing, unread int
}

// Run screens every address.
func (c *screenCmd) Run(ctx context.Context, t terminal) error {
	store, err := openLabels(c.Data)
	if err != nil {
		return err
	}
	defer store.Close()
	s := &screening{store: store, wallets: map[string]string{}, now: time.Now(), failOn: c.FailOn}
	if c.Org != "" {
		profile, err := org.Load(c.Org)
		if err != nil {
			return hinted{err, "'sekisho org check " + c.Org + "' lists every problem"}
		}
		s.own(profile)
	}
	if c.Remember {
		library, err := openLibrary(c.Data, s.now)
		if err != nil {
			return err
		}
		if s.memory, err = library.Remember(); err != nil {
			return err
		}
	}
	out := bufio.NewWriter(t.out)
	w := newScreenWriter(c.Format, sekisho.Lang(c.Lang), out)
	s.emit = w.one
	for _, input := range c.Inputs {
		if err = s.input(ctx, input, t.in); err != nil {
			break
		}
	}
	if s.memory != nil {
		err = errors.Join(err, s.memory.Close())
	}
	if err = errors.Join(err, w.close(s.gaps(w.words.none)), out.Flush()); err != nil {
		return err
	}
	switch {
	case s.total == 0:
		return hinted{errors.New("no address to screen"), "the files hold none"}
	case s.failing > 0:
		return errFound
	case s.unread > 0:
		return hinted{fmt.Errorf("%d of %d could not be screened", s.unread, s.total), "they are no addresses, or fail their checksum; nothing is known of them, which does not mean that nothing is the matter"}
	}
	return nil
}

// own notes the organisation's wallets.
func (s *screening) own(profile *sekisho.Org) {
	for _, w := range profile.Wallets {
		chain, _ := coin.Chain(w.Chain)
		for _, written := range w.Addresses {
			for _, a := range coin.Parse(written) {
				if a.Chain == chain {
					s.wallets[a.Chain+" "+a.Canonical] = w.Name
				}
			}
		}
	}
}

// gaps says what should have been asked and could not be; none is what to say when there are no lists.
func (s *screening) gaps(none string) []string {
	gaps := s.store.Stale(s.now)
	if len(s.store.Lists()) == 0 {
		gaps = append(gaps, none)
	}
	return gaps
}

// input screens one argument: an address, what stands around one, a file, or standard input.
func (s *screening) input(ctx context.Context, input string, in io.Reader) error {
	if input == "-" {
		return s.table(ctx, "standard input", in)
	}
	if bare, _ := coin.Trim(input); len(coin.Parse(bare)) > 0 {
		return s.address(input, "")
	}
	if f, err := os.Open(input); err == nil {
		defer f.Close()
		return s.table(ctx, input, f)
	}
	found := false
	var err error
	coin.Scan(input, func(start, end int, _ []coin.Address) bool {
		found = true
		err = s.address(input[start:end], "")
		return err == nil
	})
	if found || err != nil {
		return err
	}
	return s.address(input, "")
}

func (s *screening) table(ctx context.Context, name string, r io.Reader) error {
	err := feed.Addresses(r, func(written, chain string) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		return s.address(written, chain)
	})
	if errors.Is(err, sekisho.ErrMalformed) {
		return hinted{fmt.Errorf("%s: %w", name, err), "write one address a line, or a table whose first row names a column address"}
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// address screens one address. chain, when it names one, says which reading is meant: it is told first, and the others
// are asked too.
func (s *screening) address(written, chain string) error {
	bare, hint := coin.Trim(written)
	if hint == "" {
		hint, _ = coin.Chain(chain)
	}
	read := coin.Parse(bare)
	slices.SortStableFunc(read, func(a, b coin.Address) int {
		switch {
		case a.Chain == hint && b.Chain != hint:
			return -1
		case b.Chain == hint && a.Chain != hint:
			return 1
		}
		return 0
	})
	result := screened{Input: written, Outcome: "nothing-found", Readings: []reading{}, Labels: []screenedNote{}}
	for _, a := range read {
		result.Readings = append(result.Readings, reading{a.Chain, a.Type, a.Canonical, a.Network, string(a.Checksum)})
		if name, ok := s.wallets[a.Chain+" "+a.Canonical]; ok {
			result.Wallet = name
		}
	}
	standing := false
	for _, l := range s.store.Look(bare, read) {
		result.Labels = append(result.Labels, screenedNote{l.Category, l.Entity, l.Source, l.SourceURL, l.Date, l.Delisted, l.Confidence, l.List,
			max(0, int(s.now.Sub(l.Listed).Hours()/24))})
		standing = standing || l.Delisted == ""
	}
	s.count(&result, read, standing)
	if s.memory != nil {
		for _, a := range read {
			if err := s.memory.Add(a.Chain, a.Canonical); err != nil {
				return err
			}
		}
	}
	return s.emit(result)
}

// count decides the outcome and sums it up.
func (s *screening) count(r *screened, read []coin.Address, standing bool) {
	s.total++
	switch {
	case standing:
		r.Outcome = "listed"
	case len(r.Labels) > 0:
		r.Outcome = "formerly-listed"
	case len(read) == 0:
		r.Outcome = "not-an-address"
		s.unread++
	case read[0].Checksum == coin.Invalid:
		r.Outcome = "invalid"
		s.unread++
	}
	if len(r.Labels) > 0 {
		s.listed++
	}
	for _, l := range r.Labels {
		if l.Delisted == "" && slices.Contains(s.failOn, strings.ToLower(l.Category)) {
			s.failing++
			break
		}
	}
}
