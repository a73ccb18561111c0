package api

import (
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/sekisho/sekisho/intel/label"
	"github.com/sekisho/sekisho/record"
)

// IntelState is what is known outside the artifacts, and how old it is.
type IntelState struct {
	Labels   []LabelList `json:"labels" doc:"the lists of addresses and sites that were pulled or imported"`
	Hosts    []HostList  `json:"hosts" doc:"the lists of hosts that are part of the program"`
	Brands   int         `json:"brands" doc:"names that attackers borrow"`
	DNS      bool        `json:"dns" doc:"DNS may be asked"`
	Contacts bool        `json:"contacts" doc:"who writes to whom is known"`
	Yara     bool        `json:"yara" doc:"YARA rules of the organisation's own are in use"`
	Stale    bool        `json:"stale" doc:"a list is older than it should be or cannot be read, or there is none"`
	Gaps     []string    `json:"gaps" doc:"which, and why"`
}

// A LabelList is a list of labelled addresses.
type LabelList struct {
	Name      string    `json:"name" doc:"the list's name"`
	Title     string    `json:"title,omitempty" doc:"the list's title"`
	Source    string    `json:"source,omitempty" doc:"who publishes it"`
	Licence   string    `json:"licence,omitempty" doc:"SPDX or in words"`
	Active    int       `json:"active" doc:"addresses and sites on it"`
	Delisted  int       `json:"delisted" doc:"those it once held"`
	Fetched   time.Time `json:"fetched" doc:"when this version was read"`
	Checked   time.Time `json:"checked" doc:"when the publisher last said that it is current"`
	Published time.Time `json:"published,omitzero" doc:"when the publisher says it was made"`
	AgeDays   int       `json:"age_days" doc:"days since it was last known to be current"`
	Stale     bool      `json:"stale" doc:"older than it should be"`
}

// A HostList is a list of hosts.
type HostList struct {
	Name    string `json:"name" doc:"the list's name"`
	Source  string `json:"source,omitempty" doc:"where it comes from"`
	Date    string `json:"date,omitempty" doc:"of the source"`
	Entries int    `json:"entries" doc:"hosts on it"`
}

func intelState(s *server, c *call) (any, error) {
	known := s.Intel()
	out := IntelState{Brands: len(known.Brands), DNS: known.DNS != nil, Contacts: known.Contacts != nil, Yara: known.Yara != nil}
	for _, name := range slices.Sorted(maps.Keys(known.Lists)) {
		l := known.Lists[name]
		out.Hosts = append(out.Hosts, HostList{name, l.Source, l.Date, len(l.Entries)})
	}
	now := time.Now()
	err := s.Labels(func(store *label.Store) error {
		for _, i := range store.Lists() {
			out.Labels = append(out.Labels, LabelList{i.Name, i.Title, i.Source, i.Licence, i.Active, i.Delisted, i.Fetched, i.Checked, i.Published,
				max(0, int(now.Sub(i.Checked).Hours()/24)), i.Stale(now)})
		}
		out.Gaps = store.Stale(now)
		return nil
	})
	if len(out.Labels) == 0 {
		out.Gaps = append(out.Gaps, noLists.In(c.lang()))
	}
	out.Stale = len(out.Gaps) > 0
	return out, err
}

// A LogHead is the signed head of the log.
type LogHead struct {
	Checkpoint string `json:"checkpoint" doc:"a C2SP checkpoint note"`
	Verifier   string `json:"verifier" doc:"the text of the key that verifies it"`
}

func logHead(s *server, c *call) (any, error) {
	head, verifier, err := s.Record.Head(c.r.Context())
	return LogHead{head, verifier}, err
}

// LogEntries are entries of the log, without their bodies.
type LogEntries struct {
	Entries []record.Entry `json:"entries" doc:"in order"`
	Next    int64          `json:"next,omitempty" doc:"the number to go on from; missing when these are the last there are"`
}

// entryLimit is how many entries are given at once.
const entryLimit = 1000

func logEntries(s *server, c *call) (any, error) {
	limit := int(min(entryLimit, max(1, c.number("limit", 100))))
	entries, err := s.Record.Entries(c.r.Context(), c.number("from", 0), limit)
	out := LogEntries{Entries: entries}
	if len(entries) == limit {
		out.Next = entries[limit-1].Seq + 1
	}
	return out, err
}

// A CaseProof shows that what happened in a case is in the log.
type CaseProof struct {
	Case       string         `json:"case" doc:"the case"`
	Checkpoint string         `json:"checkpoint" doc:"the signed head against which the entries are shown"`
	Verifier   string         `json:"verifier" doc:"the text of the key that verifies it"`
	Proofs     []record.Proof `json:"proofs" doc:"one for each entry of the case, in order"`
}

func caseProof(s *server, c *call) (any, error) {
	ctx, id := c.r.Context(), c.path["id"]
	if _, err := s.Record.Case(ctx, id); err != nil {
		return nil, err
	}
	entries, err := s.Record.EntriesOf(ctx, id)
	if err != nil {
		return nil, err
	}
	seqs := make([]int64, len(entries))
	for i, e := range entries {
		seqs[i] = e.Seq
	}
	checkpoint, proofs, err := s.Record.Prove(ctx, seqs)
	if err != nil {
		return nil, err
	}
	_, verifier, err := s.Record.Head(ctx)
	return CaseProof{id, checkpoint, verifier, proofs}, errors.Join(err)
}
