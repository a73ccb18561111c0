package record

import (
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

// sight writes where indicators were seen.
func (t *Tx) sight(ctx context.Context, d *draft) error {
	at := d.passage.Time.UnixMicro()
	byKey := map[string]sighting{}
	fresh := map[int64]string{} // keys by the numbers they get if they are new
	for i, all := 0, d.seen; i < len(all); i += rowsLimit {
		r := newRows(`INSERT INTO indicator (n, key, kind, value, first, last, seen, blocked, reason, author) VALUES `, 10)
		for _, seen := range all[i:min(len(all), i+rowsLimit)] {
			key, n := indicatorKey(seen.kind, seen.value), t.store.ids.next(d.passage.Time)
			byKey[string(key)], fresh[n] = seen, string(key)
			r.add(n, key, seen.kind, seen.value, at, at, 1, 0, "", "")
		}
		var found []sighted
		err := t.each(ctx, func(row row) error {
			var one sighted
			err := row.Scan(&one.n, &one.key)
			found = append(found, one)
			return err
		}, r.statement(len(r.args)/r.width, ` ON CONFLICT (key) DO UPDATE SET seen = indicator.seen + 1,
			last = CASE WHEN indicator.last > excluded.last THEN indicator.last ELSE excluded.last END RETURNING n, key`), r.args...)
		if err != nil {
			return err
		}
		if err := t.place(ctx, d.n, found, byKey, fresh); err != nil {
			return err
		}
	}
	return nil
}

type sighted struct {
	n   int64
	key []byte
}

func (t *Tx) place(ctx context.Context, passage int64, found []sighted, byKey map[string]sighting, fresh map[int64]string) error {
	slices.SortFunc(found, func(a, b sighted) int { return cmp.Compare(a.n, b.n) })
	places := newRows(`INSERT INTO sighting (indicator, passage, artifact, via) VALUES `, 4)
	for _, one := range found {
		seen := byKey[string(one.key)]
		places.add(one.n, passage, seen.artifact, seen.via)
		if _, isNew := fresh[one.n]; isNew {
			if err := t.index(ctx, spaceIndicator, one.n, tokenBytesOf([]string{seen.value})); err != nil {
				return err
			}
		}
	}
	return places.insert(ctx, t, ` ON CONFLICT DO NOTHING`)
}
