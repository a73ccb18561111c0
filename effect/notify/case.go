package notify

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/record"
)

const reasonCount = 3 // how many reasons a message gives

// effect returns the name of an effect on a case in this channel.
func (ch *channel) effect(parts ...string) string {
	return "notify " + ch.name + " " + strings.Join(parts, " ")
}

// stateLeft ends the name of the effect on a case that was left for the summary.
const stateLeft = "left"

// tellsOf returns the action that an effect on a case told this channel of, or is going to tell it of in a summary.
func (ch *channel) tellsOf(effect string) (action string, ok bool) {
	rest, ok := strings.CutPrefix(effect, "notify "+ch.name+" ")
	action, _, _ = strings.Cut(rest, " ")
	return action, ok
}

// caseMessage returns what the channel is told of a case.
func (n *Notifier) caseMessage(ctx context.Context, ch *channel, c record.CaseDetail, grown bool) (message, error) {
	findings, shown, err := n.strictest(ctx, c)
	if err != nil {
		return message{}, err
	}
	kind, title := "case.opened", "opened"
	if grown {
		kind, title = "case.stricter", "stricter"
	}
	m := message{id: identity(c.ID, c.Action.String(), ch.name), kind: kind, time: n.now().UTC(), link: n.caseLink(c.ID)}
	for _, lang := range ch.langs {
		p := part{lang: lang, title: say(lang, title, say(lang, c.Action.String())), open: say(lang, "open")}
		if shown.Sender != "" {
			p.lines = append(p.lines, line{say(lang, "from"), show(shown.Sender, senderLimit)})
		}
		p.lines = append(p.lines, line{say(lang, "subject"), show(named(shown, c.Case), subjectLimit)})
		for _, f := range findings {
			p.lines = append(p.lines, line{say(lang, "why"), show(f.Why.In(lang), reasonLimit)})
		}
		p.lines = append(p.lines, line{say(lang, "counts"), say(lang, "counted", c.Passages, c.Held, c.Reports)}, line{say(lang, "case"), c.ID})
		m.parts = append(m.parts, p)
	}
	m.data = n.caseData(c, shown, findings)
	return m, nil
}

// named returns the subject of a mail, or the name of anything else, or the case's title.
func named(p record.Passage, c record.Case) string {
	switch {
	case p.Subject != "":
		return p.Subject
	case p.Name != "":
		return p.Name
	}
	return c.Title
}

// strictest returns the newest of the case's strictest passages and up to three of its findings, of different rules, the
// strictest first.
func (n *Notifier) strictest(ctx context.Context, c record.CaseDetail) ([]record.Finding, record.Passage, error) {
	if len(c.Seen) == 0 {
		return nil, record.Passage{}, nil
	}
	best := c.Seen[0]
	for _, p := range c.Seen {
		if p.Action > best.Action {
			best = p
		}
	}
	detail, err := n.store.Passage(ctx, best.ID)
	if errors.Is(err, record.ErrNotFound) {
		return nil, best, nil
	}
	if err != nil {
		return nil, best, fmt.Errorf("read passage %s: %w", best.ID, err)
	}
	var findings []record.Finding
	seen := map[string]bool{}
	for _, f := range detail.Findings {
		if !seen[f.Rule] && len(findings) < reasonCount {
			seen[f.Rule] = true
			findings = append(findings, f)
		}
	}
	return findings, best, nil
}

// caseData is what a program is told of a case. The texts are exact but for their length: it is JSON, and the reader escapes.
type caseData struct {
	Case     string         `json:"case"`
	Action   sekisho.Action `json:"action"`
	Link     string         `json:"link,omitempty"`
	Sender   string         `json:"sender"`
	Subject  string         `json:"subject"`
	Door     string         `json:"door"`
	Reasons  []reason       `json:"reasons"`
	Passages int            `json:"passages"`
	Held     int            `json:"held"`
	Reports  int            `json:"reports"`
}

type reason struct {
	Rule   string       `json:"rule"`
	Why    sekisho.Text `json:"why"`
	Attack []string     `json:"attack"`
}

func (n *Notifier) caseData(c record.CaseDetail, p record.Passage, findings []record.Finding) caseData {
	data := caseData{Case: c.ID, Action: c.Action, Link: n.caseLink(c.ID), Sender: show(p.Sender, senderLimit),
		Subject: show(named(p, c.Case), subjectLimit), Door: p.Door, Reasons: []reason{}, Passages: c.Passages, Held: c.Held, Reports: c.Reports}
	for _, f := range findings {
		why := sekisho.Text{En: show(f.Why.En, reasonLimit), Ja: show(f.Why.Ja, reasonLimit)}
		data.Reasons = append(data.Reasons, reason{f.Rule, why, append([]string{}, f.Attack...)})
	}
	return data
}

func (n *Notifier) caseLink(id string) string {
	if n.console == "" {
		return ""
	}
	return n.console + "/cases/" + url.PathEscape(id)
}

// identity joins parts to the identity of a message: what receivers of webhooks and mail programs tell it again by.
func identity(parts ...string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '.' {
			return r
		}
		return '-'
	}, "sekisho."+strings.Join(parts, "."))
}
