package notify

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/record"
)

const (
	digestEvery = 5 * time.Minute
	digestNames = 4   // gaps, lists or doors that are named in a line
	digestLimit = 300 // bytes of a line that others had a part in
)

// digest tells the channels whose time has come, and that were not told today.
func (n *Notifier) digest(ctx context.Context) error {
	began, err := n.began(ctx)
	if err != nil {
		return err
	}
	now := n.now().In(n.zone)
	year, month, day := now.Date()
	date := now.Format("2006-01-02")
	var failed []error
	for _, ch := range n.channels {
		// time.Date, and not midnight and some hours: the day may have 23 or 25.
		due := time.Date(year, month, day, int(ch.digest/time.Hour), int(ch.digest/time.Minute)%60, 0, 0, n.zone)
		if !ch.daily || now.Before(due) || due.Before(began) {
			continue
		}
		_, err := n.store.Once(ctx, "digest", "notify "+ch.name+" "+date, func(ctx context.Context) error {
			m, err := n.digestMessage(ctx, ch, due)
			if err != nil {
				return err
			}
			return ch.service.send(ctx, m)
		})
		if err != nil {
			failed = append(failed, fmt.Errorf("channel %s: %w", ch.name, err))
		}
	}
	return errors.Join(failed...)
}

// began returns when the record began: a new one has nothing to tell of the day before.
func (n *Notifier) began(ctx context.Context) (time.Time, error) {
	entries, err := n.store.Entries(ctx, 0, 1)
	if err != nil {
		return time.Time{}, fmt.Errorf("read when the record began: %w", err)
	}
	if len(entries) == 0 {
		return n.now(), nil
	}
	return entries[0].Time, nil
}

// digestMessage says how things stand, and what happened since the digest of the day before: a title and up to eight lines, so
// that with the link it is ten.
func (n *Notifier) digestMessage(ctx context.Context, ch *channel, due time.Time) (message, error) {
	since := due.AddDate(0, 0, -1)
	today, err := n.store.Today(ctx, since)
	if err != nil {
		return message{}, fmt.Errorf("read what happened: %w", err)
	}
	health := n.health(ctx)
	date := due.Format("2006-01-02")
	m := message{id: identity("digest", ch.name, date), kind: "digest", time: n.now().UTC(), link: n.console}
	for _, lang := range ch.langs {
		m.parts = append(m.parts, part{lang: lang, title: say(lang, "digest", date), lines: digestLines(lang, today, health), open: say(lang, "open-console")})
	}
	m.data = struct {
		Since time.Time    `json:"since"`
		Today record.Today `json:"today"`
		Lists []string     `json:"old_lists"`
		Doors []string     `json:"doors_down"`
	}{since.UTC(), withoutReasons(today), append([]string{}, health.Lists...), append([]string{}, health.Doors...)}
	return m, nil
}

// withoutReasons leaves out what people wrote with their decisions, which may quote a mail.
func withoutReasons(t record.Today) record.Today {
	decisions := make([]record.Decision, len(t.Decisions))
	for i, d := range t.Decisions {
		decisions[i] = record.Decision{ID: d.ID, Time: d.Time, By: d.By, Do: d.Do, Case: d.Case, Passage: d.Passage, Waits: d.Waits}
	}
	t.Decisions = decisions
	return t
}

func digestLines(lang sekisho.Lang, t record.Today, h Health) []line {
	decisions := strconv.Itoa(len(t.Decisions))
	if len(t.Decisions) == 20 { // the most that Today lists
		decisions += "+"
	}
	lines := []line{
		{say(lang, "need"), say(lang, "needed", t.Open, t.Waiting, t.Held)},
		{say(lang, "arrived"), say(lang, "arrivals", t.Passages["reject"], t.Passages["hold"], t.Passages["warn"], t.Passages["note"], t.Passages["pass"])},
		{say(lang, "people"), say(lang, "peopled", t.Reports, decisions)},
	}
	if t.Unfinished > 0 {
		lines = append(lines, line{say(lang, "unfinished"), say(lang, "unfinished-", t.Unfinished)})
	}
	var gaps []string
	for _, g := range t.Gaps {
		gaps = append(gaps, fmt.Sprintf("%s (%s) %d", g.By, say(lang, g.Class), g.Count))
	}
	whole := true
	for _, unchecked := range []struct {
		label string
		names []string
	}{{"gaps", gaps}, {"lists", h.Lists}, {"doors", h.Doors}} {
		if len(unchecked.names) > 0 {
			whole = false
			lines = append(lines, line{say(lang, unchecked.label), some(lang, unchecked.names)})
		}
	}
	if whole && t.Unfinished == 0 {
		lines = append(lines, line{"", say(lang, "none")})
	}
	return lines
}

// some names the first of names and counts the rest.
func some(lang sekisho.Lang, names []string) string {
	text := show(strings.Join(names[:min(len(names), digestNames)], "; "), digestLimit)
	if more := len(names) - digestNames; more > 0 {
		text += "; " + say(lang, "and-more", more)
	}
	return text
}
