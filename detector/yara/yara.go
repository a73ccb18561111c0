// Package yara states which of the user's own YARA rules match a file, or the macros of a document. Without rules it
// sees nothing. Bodies of mails and pictures shown inside them are not matched: each match costs as much as the rule set
// is large.
package yara

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/sekisho/sekisho"
)

// Facts is what is seen of one rule that matches.
type Facts struct {
	Name        string   `json:"name" doc:"the name of the file that the rule matches, without folders; of the macro module for macros"`
	Rule        string   `json:"rule" doc:"the rule's name"`
	Namespace   string   `json:"namespace" doc:"the file the rule stands in, in the folder of rules"`
	Tags        []string `json:"tags" doc:"the rule's tags, in lower case"`
	Author      string   `json:"author" doc:"who wrote the rule, from its metadata; empty if it does not say"`
	Description string   `json:"description" doc:"what the rule finds, from its metadata; empty if it does not say"`
	Reference   string   `json:"reference" doc:"where that is explained, from its metadata; empty if it does not say"`
	Severity    string   `json:"severity" doc:"critical, high, medium, low or informational, from its metadata or tags; empty if neither says"`
	Asks        string   `json:"asks" doc:"sekisho_ask of its metadata: note, warn or hold; empty if it does not say"`
	Strings     int      `json:"strings" doc:"places where its strings were found; 0 for a rule without strings"`
}

// Detector states which YARA rules match.
var Detector = &sekisho.Detector{
	Name: "yara",
	Doc: `Files and macros: the YARA rules that match, the user's own and those of pulled sets
Each rule that matches, with its author, what it says it finds, how severe, and where its strings are. Files as they are
sent and those inside archives and documents, and the text of macros; not the words of mails, nor pictures inside them.`,
	Kinds: []sekisho.Kind{sekisho.KindFile, sekisho.KindText},
	Facts: Facts{},
	Run:   run,
}

const (
	metaLength = 500 // bytes of what an author says, which is shown
	tagsListed = 20
)

func run(pass *sekisho.Pass) error {
	if pass.Intel.Yara == nil || !matched(pass.Artifact) {
		return nil
	}
	a := pass.Artifact
	data, size := a.Blob, a.Size
	where := "bytes"
	if text, ok := a.Form.(*sekisho.TextForm); ok {
		data, size, where = strings.NewReader(text.Content), int64(len(text.Content)), "text"
	}
	if data == nil || size == 0 {
		return nil
	}
	matches, err := pass.Intel.Yara.Match(pass.Context, data, size)
	for i := range matches {
		pass.Report(factsOf(a, &matches[i]), spansOf(&matches[i], where)...)
	}
	if err != nil {
		return fmt.Errorf("match YARA rules: %w", err)
	}
	return nil
}

// matched tells what is worth the cost of matching.
func matched(a *sekisho.Artifact) bool {
	switch form := a.Form.(type) {
	case *sekisho.File:
		return a.Via != "body" && !(form.Inline && strings.HasPrefix(form.Type, "image/"))
	case *sekisho.TextForm:
		return a.Via == "macro"
	}
	return false
}

func factsOf(a *sekisho.Artifact, m *sekisho.Match) *Facts {
	f := &Facts{
		Rule: m.Rule, Namespace: m.Namespace, Strings: m.Count,
		Author: said(m, "author"), Description: said(m, "description"), Reference: said(m, "reference"),
	}
	if a.Name != "" {
		f.Name = path.Base(strings.ReplaceAll(a.Name, `\`, "/"))
	}
	for _, tag := range m.Tags[:min(len(m.Tags), tagsListed)] {
		f.Tags = append(f.Tags, strings.ToLower(tag))
	}
	f.Severity = severity(m, f.Tags)
	switch ask := strings.ToLower(m.Said("sekisho_ask")); ask {
	case "note", "warn", "hold":
		f.Asks = ask
	}
	return f
}

func said(m *sekisho.Match, name string) string {
	text := strings.Join(strings.Fields(m.Said(name)), " ")
	if len(text) > metaLength {
		text = strings.ToValidUTF8(text[:metaLength], "") + "…"
	}
	return text
}

// severities are the words for how severe a find is, the worst first.
var severities = []string{"critical", "high", "medium", "low", "informational"}

func severity(m *sekisho.Match, tags []string) string {
	stated := strings.ToLower(strings.TrimSpace(m.Said("severity")))
	for _, s := range severities {
		if stated == s || slices.Contains(tags, s) {
			return s
		}
	}
	return ""
}

// spansOf returns where the strings of the rule are, or the rule's name when it has none. What is there is not quoted:
// it is mostly not text.
func spansOf(m *sekisho.Match, where string) []sekisho.Span {
	if len(m.Strings) == 0 {
		return []sekisho.Span{sekisho.Quote("rule", m.Rule)}
	}
	var spans []sekisho.Span
	for _, s := range m.Strings {
		spans = append(spans, sekisho.Span{Where: where, Start: int(s.Offset), End: int(s.Offset + s.Length), Quote: s.Name})
	}
	return spans
}
