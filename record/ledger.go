package record

import (
	"encoding/json"
	"fmt"
	"hash/maphash"
	"strconv"
	"strings"

	"github.com/sekisho/sekisho"
)

// A ledger is what the entries say the tables hold. Rows are kept as sums of hashes under a key that is new each time, so that a record
// of a million passages fits into memory and nobody can choose rows whose sums are equal.
type ledger struct {
	seed      maphash.Seed
	indexed   int64 // entries from here on are not indexed
	passages  map[int64]*passageAccount
	campaigns map[int64]*campaignAccount
	decisions map[int64]account
	releases  map[int64]releaseAccount
	effects   map[[2]string]effectAccount // by reference and name
	blocked   map[string]account          // by key
	hollow    map[string]int64            // entries without a body, by reference
	erasures  map[string]bool             // references of which something was erased
}

// An account is the sum of what a row holds, and the entry that says so.
type account struct {
	seq int64
	sum uint64
}

type passageAccount struct {
	account
	parts    uint64 // findings, gaps, sightings
	campaign int64
	outcome  string
	kept     bool
	released bool
	met      bool // by its row
}

type campaignAccount struct {
	seq                     int64
	title, state, judged    string
	action                  sekisho.Action
	opened, last            int64
	passages, held, reports int
	rules                   string
}

type releaseAccount struct {
	seq   int64
	state string
}

type effectAccount struct {
	seq           int64
	state, detail string
}

func newLedger() *ledger {
	return &ledger{seed: maphash.MakeSeed(), passages: map[int64]*passageAccount{}, campaigns: map[int64]*campaignAccount{}, decisions: map[int64]account{},
		releases: map[int64]releaseAccount{}, effects: map[[2]string]effectAccount{}, blocked: map[string]account{}, hollow: map[string]int64{}, erasures: map[string]bool{}}
}

func (l *ledger) hash(columns ...any) uint64 { return maphash.String(l.seed, joinedWith(columns...)) }

func (l *ledger) erased(e Entry) { l.hollow[e.Ref] = e.Seq }

// enter takes one entry in. Kinds that other packages note say nothing about the record's own tables.
func (l *ledger) enter(e Entry) error {
	switch e.Kind {
	case entryPassage:
		return l.enterPassage(e)
	case entryDecision:
		return l.enterDecision(e)
	case entryHunt:
		return l.enterHunt(e)
	case entryEffect:
		var b effectBody
		if err := json.Unmarshal(e.Body, &b); err != nil {
			return err
		}
		l.effects[[2]string{e.Ref, b.Name}] = effectAccount{e.Seq, b.State, b.Detail}
	case entryOutcome, entryRelease, entryErase:
		return l.enterAfter(e)
	}
	return nil
}

// enterAfter takes an entry in that changes a passage.
func (l *ledger) enterAfter(e Entry) error {
	n, err := parseID(idPassage, e.Ref)
	if err != nil {
		return err
	}
	p := l.passages[n]
	if p == nil {
		return fmt.Errorf("passage %s has no entry", e.Ref)
	}
	switch e.Kind {
	case entryOutcome:
		var b outcomeBody
		err = json.Unmarshal(e.Body, &b)
		p.outcome = b.Outcome
	case entryErase:
		p.kept, l.erasures[e.Ref] = false, true
	case entryRelease:
		var b releaseBody
		err = json.Unmarshal(e.Body, &b)
		l.releases[n] = releaseAccount{e.Seq, b.State}
		if b.State == releaseDone {
			p.released = true
			if c := l.campaigns[p.campaign]; c != nil && c.held > 0 {
				c.held--
			}
		}
	}
	return err
}

func (l *ledger) enterPassage(e Entry) error {
	var w written
	if err := json.Unmarshal(e.Body, &w); err != nil {
		return err
	}
	n, err := parseID(idPassage, e.Ref)
	if err != nil || w.ID != e.Ref {
		return fmt.Errorf("it is about passage %q", w.ID)
	}
	p := &passageAccount{account: account{e.Seq, l.hash(passageRow(e.Seq, w.Passage)...)}, outcome: w.Outcome, kept: w.Kept}
	for _, rule := range rulesOf(w.Findings) {
		p.parts += l.hash("finding", rule)
	}
	for _, g := range classesOf(w.Gaps) {
		p.parts += l.hash("gap", g.By, g.Class)
	}
	for i, indicator := range w.Indicator {
		if w.Later && e.Seq >= l.indexed {
			break
		}
		p.parts += l.hash("sighting", indicator.Kind, indicator.Value, w.Seen[i].Artifact, w.Seen[i].Via)
	}
	l.passages[n] = p
	if w.Case == "" {
		return nil
	}
	if p.campaign, err = parseID(idCase, w.Case); err != nil {
		return err
	}
	return l.join(p.campaign, e.Seq, &draft{passage: w.Passage, findings: w.Findings, title: titleOf(w.Passage)})
}

// passageRow is what of a passage's row never changes.
func passageRow(seq int64, p Passage) []any {
	return []any{seq, micros(p.Time), p.Door, p.From, p.Reporter, p.Kind, p.Name, p.Sender, strings.Join(p.To, "\x00"), p.Subject, p.MessageID,
		int(p.Action), p.Do, p.Would, strconv.FormatFloat(p.TookMS, 'f', 3, 64)}
}

// join opens a case or adds to it, as enter does in the tables.
func (l *ledger) join(n, seq int64, d *draft) error {
	c := l.campaigns[n]
	if c == nil {
		c = &campaignAccount{seq: seq, title: d.title, state: StateOpen, opened: micros(d.passage.Time), rules: "[]"}
		l.campaigns[n] = c
	}
	rules, err := mergeRules(c.rules, d)
	c.rules, c.action, c.last = rules, max(c.action, d.passage.Action), max(c.last, micros(d.passage.Time))
	c.passages++
	c.held += int(truth(d.holds()))
	c.reports += int(truth(d.passage.Reporter != ""))
	return err
}

func (l *ledger) enterHunt(e Entry) error {
	var b huntBody
	if err := json.Unmarshal(e.Body, &b); err != nil {
		return err
	}
	n, err := parseID(idCase, e.Ref)
	if err != nil {
		return err
	}
	for _, p := range b.Passages {
		moved, err := parseID(idPassage, p.ID)
		if err != nil {
			return err
		}
		if account := l.passages[moved]; account != nil {
			account.campaign = n
		}
		if err := l.join(n, e.Seq, &draft{passage: p.passage(), title: p.Title}); err != nil {
			return err
		}
	}
	return nil
}

func (l *ledger) enterDecision(e Entry) error {
	var d Decision
	if err := json.Unmarshal(e.Body, &d); err != nil {
		return err
	}
	n, err := parseID(idDecision, d.ID)
	if err != nil {
		return err
	}
	l.decisions[n] = account{e.Seq, l.hash(decisionRow(d)...)}
	if d.Indicator != nil {
		key := string(indicatorKey(d.Indicator.Kind, d.Indicator.Value))
		delete(l.blocked, key)
		if d.Do == DecideBlock {
			l.blocked[key] = account{e.Seq, l.hash(d.Reason, d.By)}
		}
		return nil
	}
	if d.Do == DecideRelease {
		passage, err := parseID(idPassage, d.Passage)
		if err != nil {
			return err
		}
		state := releaseDecided
		if d.Waits {
			state = releaseAsked
		}
		l.releases[passage] = releaseAccount{e.Seq, state}
		return nil
	}
	judged, isJudgement := map[string]string{DecideConfirm: judgedConfirmed, DecideFalseAlarm: judgedFalseAlarm, DecideReopen: ""}[d.Do]
	if !isJudgement {
		return nil
	}
	campaign, err := parseID(idCase, d.Case)
	if err != nil {
		return err
	}
	c := l.campaigns[campaign]
	if c == nil {
		return fmt.Errorf("case %s has no passage", d.Case)
	}
	c.seq, c.judged, c.state = e.Seq, judged, StateClosed
	if d.Do == DecideReopen {
		c.state = StateOpen
	}
	return nil
}

func decisionRow(d Decision) []any {
	row := []any{d.ID, micros(d.Time), d.By, d.Do, d.Reason, d.Case, d.Passage, d.Waits, "", ""}
	if d.Indicator != nil {
		row[8], row[9] = d.Indicator.Kind, d.Indicator.Value
	}
	return row
}
