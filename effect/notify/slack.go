package notify

import (
	"context"
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// The limits of Slack's blocks, in characters.
const (
	slackHeader  = 150
	slackSection = 3000
)

type slack struct{ hook *hook }

func newSlack(c Slack) (service, error) {
	h, err := newHook(c.URL)
	return &slack{h}, err
}

// send posts the message as blocks of plain text, in which Slack obeys no mark-up. The one block that is mrkdwn holds the link to
// the console and nothing that a sender wrote. The fallback text, which is mrkdwn in notifications, holds the title, which is ours.
func (s *slack) send(ctx context.Context, m message) error {
	body, err := json.Marshal(slackBody(m))
	if err != nil {
		return err
	}
	return s.hook.post(ctx, body, nil)
}

func slackBody(m message) map[string]any {
	var blocks []any
	for i, p := range m.parts {
		if i > 0 {
			blocks = append(blocks, map[string]any{"type": "divider"})
		}
		blocks = append(blocks, map[string]any{"type": "header", "text": slackPlain(p.title, slackHeader)})
		var text []string
		for _, l := range p.lines {
			text = append(text, l.String())
		}
		if len(text) > 0 {
			blocks = append(blocks, map[string]any{"type": "section", "text": slackPlain(strings.Join(text, "\n"), slackSection)})
		}
		if m.link != "" {
			link := "<" + slackEscape(m.link) + "|" + slackEscape(p.open) + ">"
			blocks = append(blocks, map[string]any{"type": "section", "text": map[string]any{"type": "mrkdwn", "text": link, "verbatim": true}})
		}
	}
	return map[string]any{"text": slackEscape(m.title()), "blocks": blocks, "unfurl_links": false, "unfurl_media": false}
}

func slackPlain(text string, limit int) map[string]any {
	return map[string]any{"type": "plain_text", "text": cutEscaped(text, limit), "emoji": false}
}

// slackEscape writes the three characters that Slack gives a meaning to as it wants them escaped.
func slackEscape(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}

// cutEscaped escapes s and cuts it to about limit characters, never inside an escape.
func cutEscaped(s string, limit int) string {
	var b strings.Builder
	length := 0
	for _, r := range s {
		escaped := slackEscape(string(r))
		if length += utf8.RuneCountInString(escaped); length >= limit {
			b.WriteString("…")
			break
		}
		b.WriteString(escaped)
	}
	return b.String()
}
