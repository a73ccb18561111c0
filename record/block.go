package record

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/sekisho/sekisho/fold"
	"github.com/sekisho/sekisho/host"
)

var indicatorKinds = []string{IndicatorSender, IndicatorDomain, IndicatorURL, IndicatorHash, IndicatorAddress, IndicatorPersona, IndicatorFingerprint, IndicatorText}

// normal returns the indicator in the one spelling in which it is kept, or ErrInvalid.
func normal(i Indicator) (Indicator, error) {
	value := plain(strings.TrimSpace(i.Value), shownLimit)
	switch i.Kind {
	case IndicatorSender, IndicatorHash, IndicatorFingerprint, IndicatorText:
		value = strings.ToLower(value)
	case IndicatorDomain:
		if ascii, ok := host.ASCII(value); ok {
			value = ascii
		}
	case IndicatorPersona:
		value = fold.Text(value)
	}
	if value == "" || !slices.Contains(indicatorKinds, i.Kind) || i.Kind == IndicatorSender && !strings.Contains(value, "@") {
		return i, fmt.Errorf("indicator %q %q: %w", i.Kind, i.Value, ErrInvalid)
	}
	return Indicator{Kind: i.Kind, Value: value}, nil
}

// block makes what shows the indicator held from now on, and has it looked up in the past.
func (t *Tx) block(ctx context.Context, d *Decision) error {
	i, at := d.Indicator, d.Time.UnixMicro()
	n := t.store.ids.next(d.Time)
	changed, err := t.Exec(ctx, `INSERT INTO indicator (n, key, kind, value, first, last, seen, blocked, reason, author) VALUES (?1, ?2, ?3, ?4, 0, ?5, 0, 1, ?6, ?7)
		ON CONFLICT (key) DO UPDATE SET blocked = 1, reason = excluded.reason, author = excluded.author WHERE indicator.blocked = 0`,
		n, indicatorKey(i.Kind, i.Value), i.Kind, i.Value, at, d.Reason, d.By)
	if err != nil {
		return err
	}
	if changed == 0 {
		return fmt.Errorf("%s %s is blocked already: %w", i.Kind, i.Value, ErrConflict)
	}
	if err := t.index(ctx, spaceIndicator, n, tokenBytesOf([]string{i.Value})); err != nil {
		return err
	}
	_, err = t.enqueue(ctx, "retrohunt", d.By, "retrohunt:"+i.Kind+":"+i.Value, map[string]Indicator{"indicator": {Kind: i.Kind, Value: i.Value}})
	return err
}

func (t *Tx) unblock(ctx context.Context, d *Decision) error {
	changed, err := t.Exec(ctx, `UPDATE indicator SET blocked = 0, reason = '', author = '' WHERE key = ?1 AND blocked = 1`,
		indicatorKey(d.Indicator.Kind, d.Indicator.Value))
	if err == nil && changed == 0 {
		return fmt.Errorf("%s %s is not blocked: %w", d.Indicator.Kind, d.Indicator.Value, ErrConflict)
	}
	return err
}

// Blocked reports whether people blocked the indicator, from memory that is refreshed every few seconds. An empty value asks whether
// any of the kind is.
func (s *Store) Blocked(kind, value string) (Indicator, bool) {
	i, ok := (*s.blocks.Load())[kind+":"+value]
	return i, ok
}

// loadBlocked reads what is blocked into memory.
func (s *Store) loadBlocked(ctx context.Context) error {
	blocked := map[string]Indicator{}
	err := s.Read(ctx, func(ctx context.Context, t *Tx) error {
		return t.each(ctx, func(r row) error {
			i, err := scanIndicator(r)
			blocked[i.Kind+":"+i.Value], blocked[i.Kind+":"] = i, i
			return err
		}, `SELECT `+indicatorColumns+` FROM indicator WHERE blocked = 1`)
	})
	if err == nil {
		s.blocks.Store(&blocked)
	}
	return err
}
