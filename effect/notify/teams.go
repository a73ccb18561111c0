package notify

import (
	"context"
	"encoding/json"
)

type teams struct{ hook *hook }

func newTeams(c Teams) (service, error) {
	h, err := newHook(c.URL)
	return &teams{h}, err
}

// send posts an Adaptive Card 1.4 in the envelope that the Workflows trigger "When a Teams webhook request is received" takes.
func (t *teams) send(ctx context.Context, m message) error {
	body, err := json.Marshal(teamsBody(m))
	if err != nil {
		return err
	}
	return t.hook.post(ctx, body, nil)
}

// teamsBody writes every text as a TextRun: unlike a TextBlock it knows no Markdown and no date functions. Nothing is mentioned,
// since the card lists no entities.
func teamsBody(m message) map[string]any {
	var blocks []any
	for i, p := range m.parts {
		blocks = append(blocks, teamsLine(i > 0, teamsRun(p.title, true)))
		for _, l := range p.lines {
			runs := []any{teamsRun(l.text, false)}
			if l.label != "" {
				runs = []any{teamsRun(l.lead(), true), teamsRun(l.text, false)}
			}
			blocks = append(blocks, teamsLine(false, runs...))
		}
	}
	card := map[string]any{
		"$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
		"type":    "AdaptiveCard", "version": "1.4", "body": blocks,
	}
	if m.link != "" {
		var actions []any
		for _, p := range m.parts {
			actions = append(actions, map[string]any{"type": "Action.OpenUrl", "title": p.open, "url": m.link})
		}
		card["actions"] = actions
	}
	return map[string]any{"type": "message", "attachments": []any{map[string]any{
		"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": nil, "content": card,
	}}}
}

func teamsLine(separator bool, runs ...any) map[string]any {
	return map[string]any{"type": "RichTextBlock", "separator": separator, "inlines": runs}
}

func teamsRun(text string, bold bool) map[string]any {
	run := map[string]any{"type": "TextRun", "text": text}
	if bold {
		run["weight"] = "Bolder"
	}
	return run
}
