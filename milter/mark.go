package milter

import (
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/sekisho/sekisho"
)

const (
	reasonLimit  = 10 // rules named in a header
	lineLength   = 76 // where headers are folded
	subjectLimit = 10 // Subject headers that get a tag; programs differ in which one of several they show
)

// mark says the headers of a verdict and, if the policy wants them, a tag and a banner.
func (d *Door) mark(m *message, a *answer, p *sekisho.Passage, full bool) {
	if full = full && !(d.Policy.KeepDKIM && m.signed); full && d.Policy.Tag {
		d.tag(m, a, p)
	}
	// Each is inserted at the top, so that the last one said stands first.
	a.header(answerInsertHeader, 0, "X-Sekisho-ID", m.space()+p.ID)
	if reason := reasons(p.Verdict.Findings); reason != "" {
		a.header(answerInsertHeader, 0, "X-Sekisho-Reason", m.space()+reason)
	}
	a.header(answerInsertHeader, 0, "X-Sekisho-Verdict", m.space()+d.verdictValue(p.Verdict))
	if full && d.Policy.Banner {
		if body, ok := d.banner(m, p); ok {
			a.body(body)
		}
	}
}

// space returns what stands before a header's value: the MTA sets it if it does not let the milter do it.
func (m *message) space() string {
	if m.spaced {
		return " "
	}
	return ""
}

// verdictValue names the action, and says when not everything was looked at.
func (d *Door) verdictValue(v sekisho.Verdict) string {
	value := v.Action.String()
	if len(v.Gaps) > 0 {
		value += fmt.Sprintf("; gaps=%d", len(v.Gaps))
	}
	if d.Name != "" {
		value += "; by=" + d.Name
	}
	return value
}

// reasons lists the rules, folded. Their names are of ASCII letters, digits and hyphens.
func reasons(findings []sekisho.Finding) string {
	var value strings.Builder
	line := len("X-Sekisho-Reason: ")
	for i, f := range findings {
		if i == reasonLimit {
			fmt.Fprintf(&value, ",\n and %d more", len(findings)-reasonLimit)
			break
		}
		switch {
		case i > 0 && line+len(f.Rule)+2 > lineLength:
			value.WriteString(",\n ")
			line = 1
		case i > 0:
			value.WriteString(", ")
			line += 2
		}
		value.WriteString(f.Rule)
		line += len(f.Rule)
	}
	return value.String()
}

// tagText stands before a marked subject.
var tagText = sekisho.Text{En: "[CAUTION]", Ja: "[注意]"}

// tag puts the tag before every subject that does not have it, as it is written: what follows keeps its encoding.
func (d *Door) tag(m *message, a *answer, p *sekisho.Passage) {
	text := tagText.In(d.Lang)
	if d.Lang == "" {
		text = tagText.En
	}
	decoded := []string{}
	if mail, ok := p.Artifact.Form.(*sekisho.Mail); ok {
		decoded = mail.Values("Subject")
	}
	for i, raw := range m.subjects[:min(len(m.subjects), subjectLimit)] {
		if i < len(decoded) && strings.Contains(decoded[i], text) {
			continue
		}
		a.header(answerChangeHeader, i+1, "Subject", m.space()+tagged(text, raw))
	}
	if len(m.subjects) == 0 {
		a.header(answerInsertHeader, 0, "Subject", m.space()+tagged(text, ""))
	}
}

// tagged returns the raw value of a subject with the tag before it. A program shows no space between two encoded words (RFC 2047
// §6.2), so the tag then has it inside.
func tagged(text, raw string) string {
	rest := strings.TrimLeft(raw, " \t")
	word := text
	if strings.ContainsFunc(text, func(r rune) bool { return r >= 0x80 }) {
		if strings.HasPrefix(strings.TrimLeft(rest, "\r\n \t"), "=?") {
			text += " "
		}
		word = "=?UTF-8?B?" + base64.StdEncoding.EncodeToString([]byte(text)) + "?="
	}
	first, _, _ := strings.Cut(rest, "\n")
	switch {
	case strings.TrimSpace(rest) == "":
		return word
	case strings.HasPrefix(first, "\r") || first == "": // begins with a fold
		return word + strings.TrimPrefix(rest, "\r")
	case len("Subject: ")+len(word)+1+len(first) > lineLength:
		return word + "\n " + rest
	}
	return word + " " + rest
}
