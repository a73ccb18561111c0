package record

import (
	"encoding/json"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/report"
)

// A curtain hides what may be a part of a secret, of all that the secret was seen in. What is recorded stays: it hides more than
// what is shown once. A nil curtain hides nothing: no finding rests on a secret.
type curtain struct{ whole *report.Curtain }

func newCurtain(v sekisho.Verdict) *curtain {
	if whole := report.NewCurtain(v, true); whole != nil {
		return &curtain{whole}
	}
	return nil
}

// hides reports whether s may hold a part of the secret.
func (c *curtain) hides(s string) bool { return c != nil && c.whole.Hides(s) }

// text returns s as it may be recorded, up to limit bytes.
func (c *curtain) text(s string, limit int) string {
	if c != nil {
		s = c.whole.Text(s)
	}
	return plain(s, limit)
}

// name is text for what a sender wrote in few words.
func (c *curtain) name(s string, limit int) string {
	if c != nil {
		s = c.whole.Name(s)
	}
	return plain(s, limit)
}

// facts returns the JSON of a detector's facts.
func (c *curtain) facts(facts any) json.RawMessage {
	if c != nil {
		facts = c.whole.Facts(facts)
	}
	data, err := json.Marshal(facts)
	if err != nil || len(data) > factsLimit {
		return json.RawMessage(`{}`)
	}
	return data
}
