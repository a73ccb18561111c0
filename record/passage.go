package record

import (
	"encoding/json"
	"time"

	"github.com/sekisho/sekisho"
)

// A Passage is a recorded passage as it is read back.
type Passage struct {
	ID        string         `json:"id"`
	Case      string         `json:"case,omitempty"`
	Time      time.Time      `json:"time"`
	Door      string         `json:"door"`
	From      string         `json:"from"`
	Reporter  string         `json:"reporter,omitempty"`
	Kind      sekisho.Kind   `json:"kind"`
	Name      string         `json:"name"`
	Sender    string         `json:"sender,omitempty"` // of a mail: the first From, name and address
	To        []string       `json:"to,omitempty"`     // of a mail: the envelope's recipients, or else To
	Subject   string         `json:"subject,omitempty"`
	MessageID string         `json:"message_id,omitempty"`
	Action    sekisho.Action `json:"action"`
	Do        string         `json:"do"`
	Would     string         `json:"would,omitempty"`
	Outcome   string         `json:"outcome,omitempty"` // empty until the door is done; "interrupted" when it never was
	Kept      bool           `json:"kept"`              // its original bytes can be had
	Released  time.Time      `json:"released,omitzero"`
	Seq       int64          `json:"seq"` // its entry in the log
	TookMS    float64        `json:"took_ms"`
}

// A Detail is a passage with everything its verdict rests on.
type Detail struct {
	Passage
	Tree      Node          `json:"tree"`
	Findings  []Finding     `json:"findings"`
	Gaps      []sekisho.Gap `json:"gaps"`
	Headers   []Header      `json:"headers,omitempty"` // of a mail, up to 200
	Indicator []Indicator   `json:"indicators"`
}

// A Header is one header field of a mail.
type Header struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// A Node is an artifact of the tree as it is recorded: bytes and texts are not.
type Node struct {
	ID     string       `json:"id"`
	Kind   sekisho.Kind `json:"kind"`
	Name   string       `json:"name,omitempty"`
	Via    string       `json:"via,omitempty"`
	Size   int64        `json:"size,omitempty"`
	SHA256 string       `json:"sha256,omitempty"` // of files and archives
	Shown  string       `json:"shown,omitempty"`  // of a link its target, of an address its text; up to 2,000 bytes
	Parts  []Node       `json:"parts,omitempty"`
}

// A Finding is a finding as it is recorded.
type Finding struct {
	Rule     string         `json:"rule"`
	Title    sekisho.Text   `json:"title"`
	Ask      sekisho.Action `json:"ask"`
	Why      sekisho.Text   `json:"why"`
	Artifact string         `json:"artifact"`
	Evidence []Evidence     `json:"evidence"`
	Control  []string       `json:"control"`
	Attack   []string       `json:"attack"`
}

// Evidence is an observation that a finding rests on.
type Evidence struct {
	Detector string          `json:"detector"`
	Artifact string          `json:"artifact"`
	Facts    json.RawMessage `json:"facts"`
	At       []Span          `json:"at"`
}

// A Span is a place and what is written there.
type Span struct {
	Where string `json:"where"`
	Start int    `json:"start"`
	End   int    `json:"end"`
	Quote string `json:"quote"`
}

// A Query says which passages, cases or indicators are wanted, newest first. The zero value wants all. By Text, passages that belong to no
// case are found about a second after they were recorded, and so are indicators that only they show.
type Query struct {
	Text  string         // words, all of which are in it: sender, subject, name, indicator, rule, reporter; Japanese by any part of a word
	Least sekisho.Action // this strict or stricter
	State string         // of a case: open, closed; of an indicator: blocked; empty for all
	Door  string
	Rule  string // a finding of this rule
	Since time.Time
	Until time.Time
	After string // the Next of the page before
	Limit int    // default 50, at most 500
}

// A Page is some of what was asked for. Next is empty on the last page.
type Page[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty"`
}
