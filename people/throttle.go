package people

import (
	"context"
	"encoding/hex"
	"net/netip"
	"time"

	"github.com/sekisho/sekisho/record"
)

// Failed sign-ins that cost no wait: of an account, and of a network, behind which a whole office may be.
const (
	freeOfAccount = 4
	freeOfNetwork = 20

	// Passkeys cannot be guessed: what is counted of them apart is for the log, which has an entry of each failure. Who guesses
	// passwords in an office keeps nobody there from using a passkey.
	freeOfPasskeys = 200
)

const (
	throttleLongest = 15 * time.Minute
	throttleForgets = 24 * time.Hour // after the last failure
	throttleRows    = 20_000         // the ones with the fewest failures are dropped first
)

// wait is how long no attempt is looked at after so many failures: 1 s after the first that is not free, then doubling.
func wait(failures, free int64) time.Duration {
	over := failures - free
	if over <= 0 {
		return 0
	}
	return min(time.Second<<min(over-1, 20), throttleLongest)
}

// A counted place is an account or a network; the account need not exist.
type counted struct {
	place string
	free  int64
}

func ofAccount(mail string) counted {
	return counted{"account " + hex.EncodeToString(digest(mail)), freeOfAccount}
}

func ofNetwork(c Client) counted { return counted{"network " + network(c.Addr), freeOfNetwork} }

func ofPasskeys(c Client) counted { return counted{"passkeys " + network(c.Addr), freeOfPasskeys} }

// attempt counts a sign-in as failed before it is looked at, so that many at once are no way around, or returns *Throttled
// when it comes too soon. allowed takes the count back.
func (b *Book) attempt(ctx context.Context, tx *record.Tx, places ...counted) error {
	now := b.now()
	failures := make([]int64, len(places))
	var longest time.Duration
	for i, p := range places {
		// Counting locks the row until the transaction ends, so that of several processes one counts after the other. When it is
		// too soon the transaction is rolled back and nothing was counted.
		var waits int64
		err := tx.QueryRow(ctx, `INSERT INTO person_throttle (place, failures, latest, waits) VALUES (?1, 1, ?2, 0)
			ON CONFLICT (place) DO UPDATE SET latest = excluded.latest,
			failures = CASE WHEN person_throttle.latest <= ?3 THEN 1 ELSE person_throttle.failures + 1 END
			RETURNING failures, waits`, p.place, micros(now), micros(now.Add(-throttleForgets))).Scan(&failures[i], &waits)
		if err != nil {
			return err
		}
		longest = max(longest, time.Duration(waits-micros(now))*time.Microsecond)
	}
	if longest > 0 {
		return &Throttled{longest}
	}
	for i, p := range places {
		_, err := tx.Exec(ctx, `UPDATE person_throttle SET waits = ?2 WHERE place = ?1`, p.place, micros(now.Add(wait(failures[i], p.free))))
		if err != nil {
			return err
		}
	}
	return nil
}

// allowed takes back what attempt counted, after a sign-in that succeeded: all of an account's failures, but of a network's
// only this one, or somebody with an account of their own could go on guessing.
func (b *Book) allowed(ctx context.Context, tx *record.Tx, places ...counted) error {
	for _, p := range places {
		keep := int64(0)
		if p.free != freeOfAccount {
			keep = 1
		}
		_, err := tx.Exec(ctx, `UPDATE person_throttle SET failures = (failures - 1) * ?2,
			waits = CASE WHEN (failures - 1) * ?2 <= ?3 THEN 0 ELSE waits END WHERE place = ?1 AND failures > 0`, p.place, keep, p.free)
		if err != nil {
			return err
		}
	}
	return nil
}

// network is the part of an address that one customer of a provider usually has: a /24 or a /64.
func network(a netip.Addr) string {
	a = a.Unmap().WithZone("")
	bits := 64
	if a.Is4() {
		bits = 24
	}
	p, err := a.Prefix(bits)
	if err != nil || !p.IsValid() {
		return "unknown"
	}
	return p.String()
}
