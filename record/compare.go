package record

import (
	"bytes"
	"context"
	"fmt"
)

// A complaint names a problem and the entry it is about.
type complaint func(seq int64, format string, args ...any)

// compare holds the tables against the ledger.
func (l *ledger) compare(ctx context.Context, t *Tx, say complaint) error {
	for ref, seq := range l.hollow {
		if !l.erasures[ref] {
			say(seq, "the body of entry %d is missing, and no entry says that it was erased", seq)
		}
	}
	for _, table := range []func(context.Context, *Tx, complaint) error{l.comparePassages, l.compareParts, l.compareCampaigns, l.compareDecisions, l.compareReleases,
		l.compareEffects, l.compareBlocked} {
		if err := table(ctx, t, say); err != nil {
			return err
		}
	}
	return nil
}

func (l *ledger) comparePassages(ctx context.Context, t *Tx, say complaint) error {
	seen := 0
	err := t.each(ctx, func(r row) error {
		var sealed int64
		n, p, err := scanPassage(behind{r, []any{&sealed}})
		if err != nil {
			say(-1, "a row of passages cannot be read: %v", err)
			return nil
		}
		account := l.passages[n]
		if _, erased := l.hollow[p.ID]; erased && account == nil {
			return nil
		}
		if account == nil {
			say(p.Seq, "passage %s is in no entry", p.ID)
			return nil
		}
		seen++
		switch {
		case l.hash(passageRow(p.Seq, p)...) != account.sum:
			say(account.seq, "passage %s does not say what entry %d says", p.ID, account.seq)
		case p.Case != formatID(idCase, account.campaign):
			say(account.seq, "passage %s is in case %q and the log says %q", p.ID, p.Case, formatID(idCase, account.campaign))
		case p.Outcome != account.outcome:
			say(account.seq, "passage %s ended %q and the log says %q", p.ID, p.Outcome, account.outcome)
		case p.Released.IsZero() == account.released:
			say(account.seq, "passage %s: the log says something else of its release", p.ID)
		case p.Kept != account.kept || account.kept != (sealed == 1):
			say(account.seq, "passage %s: its original is missing, or was not erased as the log says", p.ID)
		}
		account.met = true
		return nil
	}, `SELECT (SELECT count(*) FROM original WHERE original.passage = passage.n), `+passageColumns+` FROM passage`)
	if err != nil || seen == len(l.passages) {
		return err
	}
	for n, account := range l.passages {
		if !account.met {
			say(account.seq, "passage %s of entry %d is missing", formatID(idPassage, n), account.seq)
		}
	}
	return nil
}

// compareParts subtracts the rows that belong to passages from what they have to add up to.
func (l *ledger) compareParts(ctx context.Context, t *Tx, say complaint) error {
	subtract := func(n int64, columns ...any) {
		if account := l.passages[n]; account != nil {
			account.parts -= l.hash(columns...)
		} else {
			say(-1, "a row of %v is of passage %s, which is in no entry", columns[0], formatID(idPassage, n))
		}
	}
	var n int64
	var a, b, c, d string
	err := t.each(ctx, func(r row) error {
		err := r.Scan(&n, &a)
		subtract(n, "finding", a)
		return err
	}, `SELECT passage, rule FROM finding`)
	if err != nil {
		return err
	}
	err = t.each(ctx, func(r row) error {
		err := r.Scan(&n, &a, &b)
		subtract(n, "gap", a, b)
		return err
	}, `SELECT passage, author, class FROM gap`)
	if err != nil {
		return err
	}
	err = t.each(ctx, func(r row) error {
		err := r.Scan(&n, &a, &b, &c, &d)
		subtract(n, "sighting", a, b, c, d)
		return err
	}, `SELECT sighting.passage, indicator.kind, indicator.value, sighting.artifact, sighting.via FROM sighting JOIN indicator ON indicator.n = sighting.indicator`)
	if err != nil {
		return err
	}
	for n, account := range l.passages {
		if account.parts != 0 {
			say(account.seq, "the findings, gaps or indicators of passage %s do not say what entry %d says", formatID(idPassage, n), account.seq)
		}
	}
	return nil
}

func (l *ledger) compareCampaigns(ctx context.Context, t *Tx, say complaint) error {
	seen := map[int64]bool{}
	err := t.each(ctx, func(r row) error {
		var got campaignAccount
		var n int64
		if err := r.Scan(&n, &got.title, &got.state, &got.judged, &got.action, &got.opened, &got.last, &got.passages, &got.held, &got.reports, &got.rules); err != nil {
			return err
		}
		seen[n] = true
		want := l.campaigns[n]
		if want == nil {
			say(-1, "case %s is in no entry", formatID(idCase, n))
			return nil
		}
		if got.seq = want.seq; got != *want {
			say(want.seq, "case %s does not say what the log says", formatID(idCase, n))
		}
		return nil
	}, `SELECT n, title, state, judged, action, opened, last, passages, held, reports, rules FROM campaign`)
	for n, want := range l.campaigns {
		if !seen[n] {
			say(want.seq, "case %s is missing", formatID(idCase, n))
		}
	}
	return err
}

func (l *ledger) compareDecisions(ctx context.Context, t *Tx, say complaint) error {
	seen := map[string]bool{}
	err := t.each(ctx, func(r row) error {
		d, err := scanDecision(r)
		if err != nil {
			return err
		}
		seen[d.ID] = true
		n, err := parseID(idDecision, d.ID)
		if account, ok := l.decisions[n]; !ok {
			say(-1, "decision %s is in no entry", d.ID)
		} else if account.sum != l.hash(decisionRow(d)...) {
			say(account.seq, "decision %s does not say what entry %d says", d.ID, account.seq)
		}
		return err
	}, `SELECT `+decisionColumns+` FROM decision`)
	for n, account := range l.decisions {
		if id := formatID(idDecision, n); !seen[id] {
			say(account.seq, "decision %s of entry %d is missing", id, account.seq)
		}
	}
	return err
}

func (l *ledger) compareReleases(ctx context.Context, t *Tx, say complaint) error {
	err := t.each(ctx, func(r row) error {
		var n int64
		var state string
		err := r.Scan(&n, &state)
		if want, ok := l.releases[n]; !ok || want.state != state {
			say(want.seq, "the release of %s is %s, and the log says something else", formatID(idPassage, n), state)
		}
		delete(l.releases, n)
		return err
	}, `SELECT passage, state FROM release`)
	for n, want := range l.releases {
		say(want.seq, "the release of %s is missing", formatID(idPassage, n))
	}
	return err
}

func (l *ledger) compareEffects(ctx context.Context, t *Tx, say complaint) error {
	err := t.each(ctx, func(r row) error {
		var key [2]string
		var state, detail string
		err := r.Scan(&key[0], &key[1], &state, &detail)
		if want, ok := l.effects[key]; !ok || want.state != state || want.detail != detail {
			say(want.seq, "effect %s of %s is %s, and the log says something else", key[1], key[0], state)
		}
		delete(l.effects, key)
		return err
	}, `SELECT ref, name, state, detail FROM effect`)
	for key, want := range l.effects {
		say(want.seq, "effect %s of %s is missing", key[1], key[0])
	}
	return err
}

func (l *ledger) compareBlocked(ctx context.Context, t *Tx, say complaint) error {
	err := t.each(ctx, func(r row) error {
		var key []byte
		i, err := scanIndicator(behind{r, []any{&key}})
		if !bytes.Equal(key, indicatorKey(i.Kind, i.Value)) {
			say(-1, "the indicator %s %s was changed", i.Kind, i.Value)
		}
		if want, ok := l.blocked[string(key)]; !ok || want.sum != l.hash(i.Reason, i.By) {
			say(want.seq, "%s %s is blocked, and the log says something else", i.Kind, i.Value)
		}
		delete(l.blocked, string(key))
		return err
	}, `SELECT key, `+indicatorColumns+` FROM indicator WHERE blocked = 1`)
	for key, want := range l.blocked {
		say(want.seq, "%s is not blocked, and the log says it is", key)
	}
	if err != nil {
		return fmt.Errorf("blocked: %w", err)
	}
	return nil
}
