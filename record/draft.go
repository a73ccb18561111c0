package record

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/report"
)

const (
	findingLimit  = 100
	evidenceLimit = 50 // observations of a finding, and spans of an observation
	factsLimit    = 16 << 10
	gapLimit      = 200
	headerLimit   = 200
	toLimit       = 100
	nodeLimit     = 2000
	depthLimit    = 32
)

// A draft is all that is written of a passage, made before the transaction begins.
type draft struct {
	trace           // left for later unless suspect
	key      []byte // of the arrival, nil for none
	passage  Passage
	body     []byte // JSON of the Detail, without its case
	title    string
	suspect  bool // it opens or joins a case
	joins    []string
	rules    []string
	findings []Finding
	gaps     []sekisho.Gap
	sealed   []byte
}

// written is the body of a passage's entry.
type written struct {
	Detail
	Seen   []place `json:"seen"`
	Later  bool    `json:"later,omitempty"`  // the index is written behind the entry
	Taught *lesson `json:"taught,omitempty"` // of who writes to whom
}

// A place is where an indicator of Detail.Indicator, of the same index, was seen.
type place struct {
	Artifact string `json:"artifact"`
	Via      string `json:"via"`
}

// draft prepares what is written of a passage. What withholds secrets is here, so that nothing behind it has any.
func (s *Store) draft(p *sekisho.Passage) (*draft, error) {
	if p.Artifact == nil || p.Verdict.Root == nil {
		return nil, fmt.Errorf("a passage without an artifact: %w", ErrInvalid)
	}
	if len(p.Key) > 200 {
		return nil, fmt.Errorf("the key of an arrival of %d bytes: %w", len(p.Key), ErrInvalid)
	}
	at := p.Time.UTC().Truncate(time.Microsecond)
	if at.IsZero() {
		at = s.now()
	}
	v := report.Withhold(p.Verdict)
	hide := newCurtain(p.Verdict)
	focus := focusOf(p)
	d := &draft{
		trace:   trace{n: s.ids.next(at), at: at, taught: s.lessonOf(p, hide)},
		suspect: p.Verdict.Action >= sekisho.ActionWarn || p.Reporter != "",
	}
	if p.Key != "" {
		d.key = []byte(p.Key)
	}
	d.passage = s.passageOf(p, focus, hide)
	d.passage.ID, d.passage.Time = formatID(idPassage, d.n), at
	whole := written{Detail: Detail{Passage: d.passage, Findings: findingsOf(v, hide), Gaps: gapsOf(v, hide)}, Later: !d.suspect, Taught: d.taught}
	count, sum := 0, sums()
	whole.Tree = nodeOf(p.Verdict.Root, hide, sum, &count, 0)
	if mail, ok := focus.Form.(*sekisho.Mail); ok {
		whole.Headers = headersOf(mail, hide)
	}
	look := s.look(p, focus, sum, hide)
	d.seen, d.joins = look.seen, look.joins
	for _, seen := range d.seen {
		whole.Indicator = append(whole.Indicator, Indicator{Kind: seen.kind, Value: seen.value})
		whole.Seen = append(whole.Seen, place{seen.artifact, seen.via})
	}
	body, err := json.Marshal(whole)
	if err != nil {
		return nil, fmt.Errorf("describe the passage: %w", err)
	}
	if len(body) > bodyLimit {
		return nil, fmt.Errorf("a passage of %d bytes: %w", len(body), sekisho.ErrLimit)
	}
	d.body, d.gaps, d.title = body, whole.Gaps, titleOf(d.passage)
	d.rules, d.findings = rulesOf(whole.Findings), whole.Findings
	if d.suspect {
		d.tokens = passageTokens(&d.passage, d.rules, d.seen)
	}
	if p.Act.Keep {
		if d.sealed, err = s.seal(d.passage.ID, p.Artifact); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// withCase returns the body with the case it belongs to.
func (d *draft) withCase(id string) []byte {
	if id == "" {
		return d.body
	}
	return append([]byte(`{"case":"`+id+`",`), d.body[1:]...)
}

func (s *Store) passageOf(p *sekisho.Passage, focus *sekisho.Artifact, hide *curtain) Passage {
	out := Passage{
		Door: plain(p.Door, nameLimit), From: hide.name(p.From, nameLimit), Reporter: hide.name(strings.ToLower(p.Reporter), nameLimit),
		Kind: p.Artifact.Kind, Name: hide.name(p.Artifact.Name, nameLimit), Action: p.Verdict.Action,
		Do: plain(p.Act.Do, nameLimit), Would: plain(p.Act.Would, nameLimit), Kept: p.Act.Keep,
		TookMS: float64(p.Verdict.Took.Microseconds()) / 1000,
	}
	if p.Decide == nil || p.Act.Do == sekisho.DoPass {
		out.Outcome = outcomeDone // nothing is left to do
	}
	mail, ok := focus.Form.(*sekisho.Mail)
	if !ok {
		return out
	}
	out.Kind = focus.Kind
	out.Subject, out.MessageID = hide.name(mail.Subject, shownLimit), hide.name(mail.MessageID, nameLimit)
	if hide != nil {
		out.Subject = report.Withheld
	}
	if len(mail.From) > 0 {
		first := mail.From[0]
		first.Name, first.Address = hide.name(first.Name, nameLimit), hide.name(first.Address, nameLimit)
		out.Sender = plain(mailboxText(first), 2*nameLimit)
	}
	to := mail.Envelope.To
	if len(to) == 0 {
		for _, m := range mail.To {
			to = append(to, m.Address)
		}
	}
	for _, address := range to[:min(len(to), toLimit)] {
		out.To = append(out.To, hide.name(address, nameLimit))
	}
	return out
}

func mailboxText(m sekisho.Mailbox) string {
	if m.Name == "" {
		return m.Address
	}
	return m.Name + " <" + m.Address + ">"
}

// titleOf names a case by its first passage.
func titleOf(p Passage) string {
	for _, name := range []string{p.Subject, p.Name, p.Sender} {
		if strings.TrimSpace(name) != "" {
			return plain(name, nameLimit)
		}
	}
	return string(p.Kind)
}

// focusOf is what a passage is about: the artifact that arrived, or the mail inside that a person reported.
func focusOf(p *sekisho.Passage) *sekisho.Artifact {
	focus := p.Artifact
	if p.Reporter == "" || focus.Kind != sekisho.KindMail {
		return focus
	}
	for range depthLimit {
		inner := mailIn(focus)
		if inner == nil {
			break
		}
		focus = inner
	}
	return focus
}

// mailIn returns the first mail that a mail carries.
func mailIn(a *sekisho.Artifact) *sekisho.Artifact {
	for part := range a.All() {
		if _, read := part.Form.(*sekisho.Mail); part != a && part.Kind == sekisho.KindMail && read {
			return part
		}
	}
	return nil
}

func findingsOf(v sekisho.Verdict, hide *curtain) []Finding {
	findings := []Finding{}
	for _, f := range v.Findings[:min(len(v.Findings), findingLimit)] {
		out := Finding{Rule: f.Rule, Title: f.Title, Ask: f.Ask, Why: sekisho.Text{En: hide.text(f.Why.En, shownLimit*2), Ja: hide.text(f.Why.Ja, shownLimit*2)},
			Artifact: f.Artifact, Control: f.Control, Attack: f.Attack, Evidence: []Evidence{}}
		for _, o := range f.Evidence[:min(len(f.Evidence), evidenceLimit)] {
			e := Evidence{Detector: o.Detector, Facts: hide.facts(o.Facts), At: []Span{}}
			if o.Artifact != nil {
				e.Artifact = o.Artifact.ID
			}
			for _, span := range o.Spans[:min(len(o.Spans), evidenceLimit)] {
				e.At = append(e.At, Span{Where: hide.text(span.Where, nameLimit), Start: span.Start, End: span.End, Quote: hide.text(span.Quote, shownLimit)})
			}
			out.Evidence = append(out.Evidence, e)
		}
		findings = append(findings, out)
	}
	return findings
}

func gapsOf(v sekisho.Verdict, hide *curtain) []sekisho.Gap {
	gaps := []sekisho.Gap{}
	for _, g := range v.Gaps[:min(len(v.Gaps), gapLimit)] {
		gaps = append(gaps, sekisho.Gap{Artifact: g.Artifact, By: plain(g.By, nameLimit), Why: hide.text(g.Why, shownLimit)})
	}
	return gaps
}

func headersOf(mail *sekisho.Mail, hide *curtain) []Header {
	var headers []Header
	for _, h := range mail.Headers[:min(len(mail.Headers), headerLimit)] {
		value := hide.text(h.Value, shownLimit)
		if hide != nil && strings.EqualFold(h.Name, "Subject") {
			value = report.Withheld
		}
		headers = append(headers, Header{Name: hide.text(h.Name, nameLimit), Value: value})
	}
	return headers
}

// nodeOf describes an artifact and what is below it.
func nodeOf(a *sekisho.Artifact, hide *curtain, sum func(*sekisho.Artifact) string, count *int, depth int) Node {
	*count++
	n := Node{ID: a.ID, Kind: a.Kind, Name: hide.name(a.Name, nameLimit), Via: hide.name(a.Via, nameLimit), Size: a.Size}
	switch form := a.Form.(type) {
	case *sekisho.Link:
		target := form.URL
		if target == "" {
			target = form.Href
		}
		n.Shown = hide.name(target, shownLimit)
	case *sekisho.AddressForm:
		n.Shown = hide.name(form.Written, shownLimit)
	case *sekisho.Domain:
		n.Shown = hide.name(form.Name, shownLimit)
	}
	if a.Kind == sekisho.KindFile || a.Kind == sekisho.KindArchive {
		n.SHA256 = sum(a)
	}
	for _, part := range a.Parts {
		if *count >= nodeLimit || depth >= depthLimit {
			break
		}
		n.Parts = append(n.Parts, nodeOf(part, hide, sum, count, depth+1))
	}
	return n
}

// rulesOf returns the rules of the findings, strictest first.
func rulesOf(findings []Finding) []string {
	rules := []string{}
	for _, f := range findings {
		if !slices.Contains(rules, f.Rule) {
			rules = append(rules, f.Rule)
		}
	}
	return rules
}
