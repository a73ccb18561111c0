package record

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/sekisho/sekisho"
)

const (
	rulesLimit  = 10                  // rules named of a case
	judgedAlive = 14 * 24 * time.Hour // how long a confirmed case takes more passages
)

// enter opens a case for a passage, or joins one: an open case with which it shares a key, or one that a person confirmed of late.
func (t *Tx) enter(ctx context.Context, d *draft) (int64, error) {
	n, err := t.kindred(ctx, d.joins)
	if err != nil {
		return 0, err
	}
	stricter := false
	if n == 0 {
		n, stricter = t.store.ids.next(d.passage.Time), true
		err = t.openCase(ctx, n, d)
	} else {
		stricter, err = t.growCase(ctx, n, d)
	}
	if err != nil {
		return 0, err
	}
	keys := newRows(`INSERT INTO campaignkey (key, case_n, passages) VALUES `, 3)
	for _, key := range d.joins {
		keys.add(keyBytes(key), n, 1)
	}
	if err := keys.insert(ctx, t, ` ON CONFLICT (key, case_n) DO UPDATE SET passages = campaignkey.passages + 1`); err != nil {
		return 0, err
	}
	if stricter {
		return n, t.caseWork(ctx, formatID(idCase, n))
	}
	return n, nil
}

// caseWork enqueues what is done when a case opens or grows stricter.
func (t *Tx) caseWork(ctx context.Context, id string) error {
	for _, name := range t.store.config.CaseWork {
		if _, err := t.enqueue(ctx, name, t.store.config.Process, "case:"+id, map[string]string{"case": id}); err != nil {
			return err
		}
	}
	return nil
}

// kindred returns the case that shares a key, 0 for none.
func (t *Tx) kindred(ctx context.Context, joins []string) (int64, error) {
	if len(joins) == 0 {
		return 0, nil
	}
	args := []any{t.store.now().Add(-judgedAlive).UnixMicro()}
	for _, key := range joins {
		args = append(args, keyBytes(key))
	}
	var n int64
	err := t.QueryRow(ctx, `SELECT c.n FROM campaignkey AS k JOIN campaign AS c ON c.n = k.case_n
		WHERE k.key IN (`+places(2, len(joins))+`) AND (c.state = 'open' OR c.judged = 'confirmed' AND c.closed > ?1)
		ORDER BY c.state DESC, c.last DESC LIMIT 1`, args...).Scan(&n)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return n, err
}

func (t *Tx) openCase(ctx context.Context, n int64, d *draft) error {
	rules, err := mergeRules("[]", d)
	if err != nil {
		return err
	}
	at := d.passage.Time.UnixMicro()
	one := newRows(`INSERT INTO campaign (n, title, state, judged, action, opened, last, closed, passages, held, reports, rules) VALUES `, 12)
	one.add(n, d.title, StateOpen, "", int64(d.passage.Action), at, at, 0, 1, truth(d.holds()), truth(d.passage.Reporter != ""), rules)
	return one.insert(ctx, t, ``)
}

// growCase adds a passage to a case and reports whether that made it stricter.
func (t *Tx) growCase(ctx context.Context, n int64, d *draft) (stricter bool, err error) {
	var action, last int64
	var rules string
	if err := t.QueryRow(ctx, `SELECT action, last, rules FROM campaign WHERE n = ?1`, n).Scan(&action, &last, &rules); err != nil {
		return false, err
	}
	if rules, err = mergeRules(rules, d); err != nil {
		return false, err
	}
	stricter = int64(d.passage.Action) > action
	_, err = t.Exec(ctx, `UPDATE campaign SET action = ?1, last = ?2, rules = ?3, passages = passages + 1, held = held + ?4, reports = reports + ?5 WHERE n = ?6`,
		max(action, int64(d.passage.Action)), max(last, d.passage.Time.UnixMicro()), rules, truth(d.holds()), truth(d.passage.Reporter != ""), n)
	return stricter, err
}

func (d *draft) holds() bool { return d.passage.Do == sekisho.DoHold }

// mergeRules adds the rules of a passage to those of a case, each of which stands behind the digit of what it asks for.
func mergeRules(before string, d *draft) (string, error) {
	var rules []string
	if err := json.Unmarshal([]byte(before), &rules); err != nil {
		return "", err
	}
	for _, f := range d.findings {
		if rule := strconv.Itoa(int(f.Ask)) + f.Rule; !slices.Contains(rules, rule) {
			rules = append(rules, rule)
		}
	}
	slices.SortStableFunc(rules, func(a, b string) int { return int(b[0]) - int(a[0]) })
	data, err := json.Marshal(rules[:min(len(rules), rulesLimit)])
	return string(data), err
}
