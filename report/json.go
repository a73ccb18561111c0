package report

import (
	"encoding/json"
	"io"

	"github.com/sekisho/sekisho"
)

// JSON is the form of a verdict in json and jsonl. Its fields are a contract: other tools read them.
type JSON struct {
	Name     string        `json:"name"`
	Kind     sekisho.Kind  `json:"kind"`
	Action   string        `json:"action"` // pass, note, warn, hold or reject
	Findings []FindingJSON `json:"findings"`
	Gaps     []sekisho.Gap `json:"gaps"`
	TookMS   float64       `json:"took_ms"`
}

// FindingJSON is the form of a finding.
type FindingJSON struct {
	Rule     string         `json:"rule"`
	Ask      string         `json:"ask"`
	Why      string         `json:"why"`
	Artifact string         `json:"artifact"`
	Evidence []EvidenceJSON `json:"evidence"`
	Control  []string       `json:"control"`
	Attack   []string       `json:"attack"`
}

// EvidenceJSON is the form of an observation that a finding rests on.
type EvidenceJSON struct {
	Detector string     `json:"detector"`
	Artifact string     `json:"artifact"`
	Facts    any        `json:"facts"`
	At       []SpanJSON `json:"at"`
}

// SpanJSON is a place and what is written there.
type SpanJSON struct {
	Where string `json:"where"`
	Quote string `json:"quote"`
}

// NewJSON returns the verdict's JSON form, with the reasons in lang.
func NewJSON(v sekisho.Verdict, lang sekisho.Lang) JSON {
	out := JSON{Name: v.Root.Name, Kind: v.Root.Kind, Action: v.Action.String(), Findings: []FindingJSON{},
		Gaps: append([]sekisho.Gap{}, v.Gaps...), TookMS: float64(v.Took.Microseconds()) / 1000}
	for _, f := range v.Findings {
		finding := FindingJSON{Rule: f.Rule, Ask: f.Ask.String(), Why: f.Why.In(lang), Artifact: f.Artifact,
			Evidence: []EvidenceJSON{}, Control: append([]string{}, f.Control...), Attack: append([]string{}, f.Attack...)}
		for _, o := range f.Evidence {
			evidence := EvidenceJSON{Detector: o.Detector, Artifact: o.Artifact.ID, Facts: o.Facts, At: []SpanJSON{}}
			for _, span := range o.Spans {
				evidence.At = append(evidence.At, SpanJSON{span.Where, span.Quote})
			}
			finding.Evidence = append(finding.Evidence, evidence)
		}
		out.Findings = append(out.Findings, finding)
	}
	return out
}

// A jsonl writes one object a line.
type jsonl struct {
	enc  *json.Encoder
	lang sekisho.Lang
}

func newJSONL(w io.Writer, lang sekisho.Lang) *jsonl {
	enc := json.NewEncoder(escaper{w})
	enc.SetEscapeHTML(false)
	return &jsonl{enc, lang}
}

func (j *jsonl) Verdict(v sekisho.Verdict) error { return j.enc.Encode(NewJSON(v, j.lang)) }

func (j *jsonl) Close(Summary) error { return nil }

// A whole writes one document: {"verdicts": [...], "summary": {...}}, verdict by verdict.
type whole struct {
	w     io.Writer
	lang  sekisho.Lang
	wrote bool
}

func (d *whole) Verdict(v sekisho.Verdict) error {
	data, err := json.MarshalIndent(NewJSON(v, d.lang), "    ", "  ")
	if err != nil {
		return err
	}
	lead := ",\n    "
	if !d.wrote {
		d.wrote, lead = true, "{\n  \"verdicts\": [\n    "
	}
	_, err = io.WriteString(d.w, lead+string(EscapeJSON(data)))
	return err
}

func (d *whole) Close(s Summary) error {
	lead := "\n  ],\n"
	if !d.wrote {
		lead = "{\n  \"verdicts\": [],\n"
	}
	data, err := json.MarshalIndent(s, "  ", "  ")
	if err != nil {
		return err
	}
	_, err = io.WriteString(d.w, lead+"  \"summary\": "+string(data)+"\n}\n")
	return err
}
