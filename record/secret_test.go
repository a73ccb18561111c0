package record

import (
	"bytes"
	"strings"
	"testing"

	"github.com/sekisho/sekisho"
)

// A secretFact is a fact about a secret, as detector/key states it.
type secretFact struct {
	Fingerprint string `json:"fingerprint"`
}

func (f *secretFact) SecretFingerprint() string { return f.Fingerprint }

// A quotingFact is of a detector that quotes without knowing what.
type quotingFact struct {
	Written string   `json:"written"`
	Words   []string `json:"words"`
}

// phrase is the phrase of BIP-39's first test vector with another last words, which opens nothing.
const phrase = "legal winner thank year wave sausage worth useful legal winner thank yellow"

func TestSecretsNeverReachTheDatabase(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"subject", "body", "file name", "link", "header", "display name"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			l := held()
			l.keep, l.do, l.body = false, sekisho.DoReject, "my words: "+phrase
			switch kind {
			case "subject":
				l.subject = phrase
			case "link":
				l.links = []string{"https://evil.example/?seed=" + strings.ReplaceAll(phrase, " ", "+")}
			case "display name":
				l.from = phrase + " <a@evil.example>"
			}
			p := l.passage(t)
			if kind == "file name" {
				p.Artifact.Parts[0].Name = phrase + ".txt"
				p.Artifact.Name = phrase + ".eml"
			}
			if kind == "header" {
				mail := p.Artifact.Form.(*sekisho.Mail)
				mail.Headers = append(mail.Headers, sekisho.Header{Name: "X-Seed", Value: phrase})
			}
			p.Verdict.Findings[0].Why = sekisho.Text{En: "it says " + phrase, Ja: phrase}
			p.Verdict.Findings[0].Evidence[0].Facts = &quotingFact{Written: phrase, Words: strings.Fields(phrase)}
			p.Verdict.Gaps = []sekisho.Gap{{Artifact: "0", By: "x", Why: "malformed: " + phrase}}
			p.Verdict.Findings = append(p.Verdict.Findings, sekisho.Finding{Rule: "secret-phrase", Ask: sekisho.ActionReject, Artifact: "0.0",
				Evidence: []sekisho.Observation{{Detector: "key", Artifact: p.Artifact.Parts[0], Facts: &secretFact{"f00d"}}}})
			c := configOf(t, "sqlite")
			s := open(t, c)
			if err := s.Record(t.Context(), p); err != nil {
				t.Fatal(err)
			}
			all := bytes.ToLower(files(t, c))
			for _, part := range []string{"legal winner", "winner thank", "year wave", "wave+sausage", "useful legal", `"sausage"`, "winner\",\"thank"} {
				if at := bytes.Index(all, []byte(part)); at >= 0 {
					t.Errorf("%q is on disk: %q", part, all[max(0, at-60):at+60])
				}
			}
			if !bytes.Contains(all, []byte("f00d")) {
				t.Error("the fingerprint is not")
			}
			words := 0
			for _, word := range strings.Fields(phrase) {
				page, err := s.Passages(t.Context(), Query{Text: word})
				if err != nil {
					t.Fatal(err)
				}
				words += len(page.Items)
			}
			if words > 0 {
				t.Errorf("%d of its words are indexed", words)
			}
		})
	}
}
