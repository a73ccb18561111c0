package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/coin"
	"github.com/sekisho/sekisho/record"
	"github.com/sekisho/sekisho/report"
)

// doorName is the name of this door in the record.
const doorName = "api"

// An Inspection is a verdict that is recorded.
type Inspection struct {
	ID       string              `json:"id" doc:"the passage's, under which the record keeps it"`
	Case     string              `json:"case,omitempty" doc:"the case it belongs to; missing when it belongs to none"`
	Time     time.Time           `json:"time" doc:"when the verdict was reached"`
	Kind     sekisho.Kind        `json:"kind" doc:"what was inspected"`
	Name     string              `json:"name" doc:"its name; written by the sender"`
	Action   sekisho.Action      `json:"action" doc:"the strictest thing that any finding asks for; pass is never safe, only nothing found"`
	Complete bool                `json:"complete" doc:"everything was looked at; false when there are gaps, and then pass means even less"`
	Findings []InspectionFinding `json:"findings" doc:"the rules that held, strictest first"`
	Gaps     []InspectionGap     `json:"gaps" doc:"what should have been looked at and was not"`
	TookMS   float64             `json:"took_ms" doc:"milliseconds of inspection"`
}

// An InspectionFinding is a rule that held, in the language asked for.
type InspectionFinding struct {
	Title string `json:"title" doc:"what the rule is about"`
	report.FindingJSON
}

// An InspectionGap is something that was not looked at.
type InspectionGap struct {
	Artifact string `json:"artifact" doc:"its place in the tree"`
	By       string `json:"by" doc:"the opener, detector or rule that could not look"`
	Class    string `json:"class" doc:"encrypted, limit, timeout, malformed, unavailable or failed"`
	Why      string `json:"why" doc:"why, in the language asked for"`
}

// A TextRequest is a text to inspect.
type TextRequest struct {
	Text string `json:"text" doc:"the words: a chat message, the text of a form" limit:"262144"`
	Name string `json:"name,omitempty" doc:"what people will know it by" limit:"200"`
}

// A LinkRequest is a link to inspect. It is not followed.
type LinkRequest struct {
	Href  string `json:"href" doc:"the target as written" limit:"65536"`
	Shown string `json:"shown,omitempty" doc:"what a person sees for it" limit:"2000"`
}

// An AddressRequest is a blockchain address to inspect.
type AddressRequest struct {
	Address string `json:"address" doc:"the address as written" limit:"512"`
	Chain   string `json:"chain,omitempty" doc:"the chain that is meant, by name or currency code" limit:"40"`
}

func inspectMail(s *server, c *call) (any, error) {
	envelope, err := c.envelope()
	if err != nil {
		return nil, err
	}
	b, err := s.upload(c)
	if err != nil {
		return nil, err
	}
	artifact := &sekisho.Artifact{Kind: sekisho.KindMail, Name: orName(b.name, "mail.eml"), Blob: b, Size: b.size}
	if envelope != nil {
		artifact.Form = &sekisho.Mail{Envelope: *envelope}
	}
	answer, err := s.inspect(c, artifact, b.sum)
	return answer, errors.Join(err, b.Close())
}

// envelope returns what the client saw of the SMTP connection, nil when it says nothing.
func (c *call) envelope() (*sekisho.Envelope, error) {
	e := sekisho.Envelope{From: c.query.Get("mail_from"), Client: c.query.Get("client"), Helo: c.query.Get("helo")}
	if to := c.query.Get("rcpt_to"); to != "" {
		e.To = strings.Split(to, ",")
	}
	if e.Client != "" {
		if _, err := netip.ParseAddr(e.Client); err != nil {
			return nil, refuse(invalid, "the parameter client is to be an IP address")
		}
	}
	if e.From == "" && e.Client == "" && e.Helo == "" && e.To == nil {
		return nil, nil
	}
	return &e, nil
}

func inspectFile(s *server, c *call) (any, error) {
	b, err := s.upload(c)
	if err != nil {
		return nil, err
	}
	artifact := &sekisho.Artifact{Kind: sekisho.KindFile, Name: orName(b.name, "file"), Blob: b, Size: b.size, Form: &sekisho.File{Declared: b.declared}}
	answer, err := s.inspect(c, artifact, b.sum)
	return answer, errors.Join(err, b.Close())
}

func orName(name, otherwise string) string {
	if name == "" {
		return otherwise
	}
	return name
}

func inspectText(s *server, c *call, in TextRequest) (any, error) {
	artifact := &sekisho.Artifact{Kind: sekisho.KindText, Name: orName(in.Name, "text"), Blob: strings.NewReader(in.Text), Size: int64(len(in.Text))}
	return s.inspect(c, artifact, c.bodySum())
}

func inspectLink(s *server, c *call, in LinkRequest) (any, error) {
	artifact := &sekisho.Artifact{Kind: sekisho.KindLink, Name: in.Href, Via: "href", Form: &sekisho.Link{Href: in.Href, Shown: in.Shown, Element: "a"}}
	return s.inspect(c, artifact, c.bodySum())
}

func inspectAddress(s *server, c *call, in AddressRequest) (any, error) {
	read := readings(in.Address, in.Chain)
	if len(read) == 0 {
		return nil, refuse(invalid, "address has the shape of no address of any known chain")
	}
	first := read[0]
	form := &sekisho.AddressForm{Written: in.Address, Chain: first.Chain, Canonical: first.Canonical, Type: first.Type, Network: first.Network,
		Checksum: string(first.Checksum)}
	for _, a := range read {
		form.Chains = append(form.Chains, a.Chain)
	}
	artifact := &sekisho.Artifact{Kind: sekisho.KindAddress, Name: in.Address, Form: form}
	return s.inspect(c, artifact, c.bodySum())
}

func (c *call) bodySum() []byte {
	sum := sha256.Sum256(c.body)
	return sum[:]
}

// inspect passes the artifact through the checkpoint. sum is the SHA-256 of what the client sent.
func (s *server) inspect(c *call, artifact *sekisho.Artifact, sum []byte) (any, error) {
	reporter := c.query.Get("reporter")
	if reporter != "" && !isPerson(reporter) {
		return nil, refuse(invalid, "the parameter reporter is to be the mail address of a person")
	}
	arrival := sekisho.Arrival{Door: doorName, From: c.by(), Artifact: artifact, Reporter: reporter, Decide: decide}
	repeatable, release, err := s.repeatable(c, artifact.Name, sum)
	if err != nil {
		return nil, err
	}
	defer release()
	arrival.Key = repeatable
	leave, err := s.enter(c.r.Context())
	if err != nil {
		return nil, err
	}
	defer leave()
	passage, err := s.Checkpoint.Pass(c.r.Context(), arrival)
	if err != nil {
		return nil, err
	}
	if arrival.Key != "" {
		return s.recorded(c, passage.ID)
	}
	s.completed(c, passage.ID)
	return inspectionOf(passage, c.lang()), nil
}

// isPerson reports whether the address may be that of a member of staff. It is recorded with whatever is inspected, and one made of
// a dozen words or of as long a token as a private key is no person's.
func isPerson(address string) bool {
	if len(address) > 254 || !strings.Contains(address, "@") || strings.ContainsAny(address, " \r\n\t%") {
		return false
	}
	parts := strings.FieldsFunc(address[:strings.LastIndexByte(address, '@')], func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return len(parts) < 12 && !slices.ContainsFunc(parts, func(part string) bool { return len(part) >= 40 })
}

// decide keeps the bytes of what a person should look at, unless there is a secret in them: this door delivers nothing and holds
// nothing back, so nobody will ask for them to be released.
func decide(v sekisho.Verdict) sekisho.Act {
	keep := v.Action >= sekisho.ActionHold && v.Root.Blob != nil
	for _, f := range v.Findings {
		for _, o := range f.Evidence {
			if _, secret := o.Facts.(report.Fingerprinted); secret {
				keep = false
			}
		}
	}
	return sekisho.Act{Do: sekisho.DoAnswer, Keep: keep}
}

// enter takes a place among the inspections that are under way.
func (s *server) enter(ctx context.Context) (leave func(), err error) {
	full := time.NewTimer(s.Limits.Wait)
	defer full.Stop()
	select {
	case s.inspections <- struct{}{}:
		return func() { <-s.inspections }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-full.C:
		return nil, &refusal{fault: busy, retry: s.Limits.Wait}
	}
}

// completed notes, once the client has the answer or is gone, that this door is done with the passage.
func (s *server) completed(c *call, passage string) {
	c.after = func(sent error) {
		outcome := "done"
		if sent != nil {
			outcome = "the client was gone"
		}
		if err := s.Record.Complete(context.WithoutCancel(c.r.Context()), passage, outcome); err != nil {
			s.Log.Error("complete", "request", c.id, "passage", passage, "error", report.Clean(err.Error(), 300))
		}
	}
}

// recorded answers with what the record holds: with a key that may be an earlier request's verdict.
func (s *server) recorded(c *call, id string) (any, error) {
	d, err := s.Record.Passage(c.r.Context(), id)
	if err != nil {
		return nil, err
	}
	if d.Outcome == "" {
		s.completed(c, id)
	}
	return inspectionFrom(d, c.lang()), nil
}

func inspectionOf(p *sekisho.Passage, lang sekisho.Lang) Inspection {
	verdict := report.Withhold(p.Verdict)
	form := report.NewJSON(verdict, lang)
	out := Inspection{ID: p.ID, Case: p.Case, Time: p.Time, Kind: form.Kind, Name: form.Name, Action: verdict.Action,
		Complete: len(verdict.Gaps) == 0, Gaps: gapsIn(verdict.Gaps, lang), TookMS: form.TookMS}
	for i, f := range form.Findings {
		out.Findings = append(out.Findings, InspectionFinding{verdict.Findings[i].Title.In(lang), f})
	}
	return out
}

func inspectionFrom(d record.Detail, lang sekisho.Lang) Inspection {
	out := Inspection{ID: d.ID, Case: d.Case, Time: d.Time, Kind: d.Kind, Name: d.Name, Action: d.Action,
		Complete: len(d.Gaps) == 0, Gaps: gapsIn(d.Gaps, lang), TookMS: d.TookMS}
	for _, f := range d.Findings {
		finding := InspectionFinding{f.Title.In(lang), report.FindingJSON{Rule: f.Rule, Ask: f.Ask.String(), Why: f.Why.In(lang), Artifact: f.Artifact,
			Control: f.Control, Attack: f.Attack}}
		for _, e := range f.Evidence {
			evidence := report.EvidenceJSON{Detector: e.Detector, Artifact: e.Artifact, Facts: factsOf(e.Facts)}
			for _, span := range e.At {
				evidence.At = append(evidence.At, report.SpanJSON{Where: span.Where, Quote: span.Quote})
			}
			finding.Evidence = append(finding.Evidence, evidence)
		}
		out.Findings = append(out.Findings, finding)
	}
	return out
}

func factsOf(recorded json.RawMessage) any {
	if len(bytes.TrimSpace(recorded)) == 0 {
		return nil
	}
	return recorded
}

func gapsIn(gaps []sekisho.Gap, lang sekisho.Lang) []InspectionGap {
	var out []InspectionGap
	for _, g := range gaps {
		out = append(out, InspectionGap{g.Artifact, g.By, g.Class(), report.Gap(g, lang)})
	}
	return out
}

// readings returns how an address reads on each chain, the one that is meant first.
func readings(written, chain string) []coin.Address {
	bare, hint := coin.Trim(written)
	if hint == "" {
		hint, _ = coin.Chain(chain)
	}
	return hintedFirst(coin.Parse(bare), hint)
}
