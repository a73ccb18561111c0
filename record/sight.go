package record

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"slices"
)

// keyBytes returns a text as a key of a table. PostgreSQL does not index long ones, so that those are hashed.
func keyBytes(text string) []byte {
	if len(text) <= 200 {
		return []byte(text)
	}
	sum := sha256.Sum256([]byte(text))
	return append([]byte(text[:100]), sum[:]...)
}

func indicatorKey(kind, value string) []byte { return keyBytes(kind + ":" + value) }

// A sighted indicator is one, with how often passages show it.
type sighted struct {
	n           int64 // proposed until it is written
	key         []byte
	kind, value string
	first, last int64
	times       int
	in          []sightedIn
}

type sightedIn struct {
	passage       int64
	artifact, via string
}

// sight writes where indicators were seen.
func (t *Tx) sight(ctx context.Context, traces []trace) error {
	all := t.gatherSightings(traces)
	for some := range slices.Chunk(all, rowsLimit) {
		if err := t.upsertIndicators(ctx, some); err != nil {
			return err
		}
	}
	slices.SortFunc(all, func(a, b *sighted) int { return cmp.Compare(a.n, b.n) })
	places := newRows(`INSERT INTO sighting (indicator, passage, artifact, via) VALUES `, 4)
	for _, one := range all {
		for _, in := range one.in {
			places.add(one.n, in.passage, in.artifact, in.via)
		}
	}
	return places.insert(ctx, t, ` ON CONFLICT DO NOTHING`)
}

// gatherSightings returns each indicator once, in the order of the keys, in which everybody locks them.
func (t *Tx) gatherSightings(traces []trace) []*sighted {
	byKey := map[string]*sighted{}
	var all []*sighted
	for _, one := range traces {
		at := one.at.UnixMicro()
		for _, seen := range one.seen {
			key := indicatorKey(seen.kind, seen.value)
			s := byKey[string(key)]
			if s == nil {
				s = &sighted{n: t.store.ids.next(one.at), key: key, kind: seen.kind, value: seen.value, first: at, last: at}
				byKey[string(key)], all = s, append(all, s)
			}
			s.first, s.last, s.times = min(s.first, at), max(s.last, at), s.times+1
			s.in = append(s.in, sightedIn{one.n, seen.artifact, seen.via})
		}
	}
	slices.SortFunc(all, func(a, b *sighted) int { return bytes.Compare(a.key, b.key) })
	return all
}

// upsertIndicators counts indicators, and makes new ones findable.
func (t *Tx) upsertIndicators(ctx context.Context, some []*sighted) error {
	r := newRows(`INSERT INTO indicator (n, key, kind, value, first, last, seen, blocked, reason, author) VALUES `, 10)
	byKey := map[string]*sighted{}
	for _, s := range some {
		byKey[string(s.key)] = s
		r.add(s.n, s.key, s.kind, s.value, s.first, s.last, s.times, 0, "", "")
	}
	var fresh words
	err := t.each(ctx, func(row row) error {
		var n int64
		var key []byte
		err := row.Scan(&n, &key)
		if s := byKey[string(key)]; err == nil && s.n == n {
			fresh.add(spaceIndicator, n, tokenBytesOf([]string{s.value}))
		} else if err == nil {
			s.n = n
		}
		return err
	}, r.statement(t, len(some), ` ON CONFLICT (key) DO UPDATE SET seen = indicator.seen + excluded.seen,
		last = CASE WHEN indicator.last > excluded.last THEN indicator.last ELSE excluded.last END RETURNING n, key`), r.args...)
	if err != nil {
		return err
	}
	return fresh.insert(ctx, t)
}
