package api

import "github.com/sekisho/sekisho/record"

// A CaseDecision is what is decided about a case.
type CaseDecision struct {
	Do     string `json:"do" doc:"confirm: it is an attack; false-alarm: it is not; both close the case" enum:"confirm,false-alarm,comment,reopen"`
	Reason string `json:"reason" doc:"why; of a comment, the comment" limit:"2000"`
}

// A PassageDecision is what is decided about a passage that is held.
type PassageDecision struct {
	Do     string `json:"do" doc:"release: deliver it" enum:"release"`
	Reason string `json:"reason" doc:"why" limit:"2000"`
}

func decideCase(s *server, c *call, in CaseDecision) (any, error) {
	return s.Record.Decide(c.r.Context(), record.Decision{By: c.by(), Do: in.Do, Reason: in.Reason, Case: c.path["id"]})
}

// decidePassage releases. It is for people: a token that is stolen must not deliver what was held, nor be the second person. Where
// tokens may, one stands for the person who made it, who then does not count a second time.
func decidePassage(s *server, c *call, in PassageDecision) (any, error) {
	if !s.TokensRelease {
		return nil, &refusal{fault: forbidden, detail: "held mail is released by people; tokens may only where that is configured", cause: record.ErrForbidden}
	}
	return s.Record.Decide(c.r.Context(), record.Decision{By: c.token.By, Do: in.Do, Reason: c.by() + ": " + in.Reason, Passage: c.path["id"]})
}
