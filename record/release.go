package record

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// BeginRelease claims a release that was decided, so that one process carries it out; ErrConflict when another has, or it was
// carried out. The bytes are the original's.
func (s *Store) BeginRelease(ctx context.Context, passage string) (original []byte, p Passage, err error) {
	n, err := parseID(idPassage, passage)
	if err != nil {
		return nil, Passage{}, err
	}
	err = s.Write(ctx, func(ctx context.Context, t *Tx) error {
		if err := t.lock(ctx); err != nil {
			return err
		}
		if _, p, err = t.passage(ctx, n); err != nil {
			return err
		}
		if original, err = t.open(ctx, n); err != nil {
			return err
		}
		claimed, err := t.Exec(ctx, `UPDATE release SET process = ?1 WHERE passage = ?2 AND state = 'decided'`, s.me(), n)
		if err != nil {
			return err
		}
		if claimed == 0 {
			return fmt.Errorf("the release of %s is not to be carried out, or another process does it: %w", passage, ErrConflict)
		}
		return t.setRelease(ctx, n, releaseBegun, "")
	})
	if err != nil {
		return nil, Passage{}, err
	}
	return original, p, nil
}

// EndRelease says how a release ended: delivered, or not, which frees it to be tried again: by BeginRelease. The original of what
// was delivered is erased.
func (s *Store) EndRelease(ctx context.Context, passage string, failed error) error {
	n, err := parseID(idPassage, passage)
	if err != nil {
		return err
	}
	return s.Write(ctx, func(ctx context.Context, t *Tx) error {
		if err := t.lock(ctx); err != nil {
			return err
		}
		var state string
		var campaign int64
		err := t.QueryRow(ctx, `SELECT state, case_n FROM release WHERE passage = ?1`, n).Scan(&state, &campaign)
		if errors.Is(err, sql.ErrNoRows) || err == nil && state != releaseBegun {
			return fmt.Errorf("no release of %s is under way: %w", passage, ErrConflict)
		}
		if err != nil {
			return err
		}
		if failed != nil {
			return t.setRelease(ctx, n, releaseDecided, plain(failed.Error(), shownLimit))
		}
		if _, err := t.Exec(ctx, `UPDATE passage SET released = ?1 WHERE n = ?2`, s.now().UnixMicro(), n); err != nil {
			return err
		}
		if _, err := t.Exec(ctx, `UPDATE campaign SET held = held - 1 WHERE n = ?1 AND held > 0`, campaign); err != nil {
			return err
		}
		if err := t.setRelease(ctx, n, releaseDone, ""); err != nil {
			return err
		}
		return t.eraseOriginal(ctx, n, "released")
	})
}

// A releaseBody is the body of a release's entry.
type releaseBody struct {
	State  string `json:"state"`
	Detail string `json:"detail,omitempty"`
}

func (t *Tx) setRelease(ctx context.Context, n int64, state, detail string) error {
	if _, err := t.Exec(ctx, `UPDATE release SET state = ?1, time = ?2 WHERE passage = ?3`, state, t.store.now().UnixMicro(), n); err != nil {
		return err
	}
	return t.Note(entryRelease, t.store.config.Process, formatID(idPassage, n), releaseBody{state, detail})
}
