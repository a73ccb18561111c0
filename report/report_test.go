package report

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/sekisho/sekisho"
)

func testVerdict() sekisho.Verdict {
	root := &sekisho.Artifact{ID: "0", Kind: sekisho.KindMail, Name: "evil\x1b[31m\u202egnp.eml",
		Form: &sekisho.Mail{Subject: "pay <script>alert(1)</script>", From: []sekisho.Mailbox{{Name: "森\n葵", Address: "a@b.example"}}}}
	evidence := []sekisho.Observation{{Detector: "lure", Artifact: root, Facts: &struct {
		Theme string `json:"theme"`
	}{"payment"}, Spans: []sekisho.Span{sekisho.Quote("Subject", "pay at https://x.example/\u200b")}}}
	why := sekisho.Text{En: "It asks for <b>money</b> at http://x.example.", Ja: "送金を求めています。"}
	return sekisho.Verdict{Root: root, Action: sekisho.ActionHold, Took: 1500 * time.Microsecond,
		Findings: []sekisho.Finding{
			{Rule: "r", Ask: sekisho.ActionHold, Why: why, Artifact: "0", Evidence: evidence, Control: []string{"npa-2022-n1"}, Attack: []string{"T1566"}},
			{Rule: "r", Ask: sekisho.ActionHold, Why: why, Artifact: "0.1", Evidence: evidence},
		},
		Gaps: []sekisho.Gap{{Artifact: "0.2", By: "archive", Why: "encrypted: 2 entries"}, {Artifact: "0.3", By: "archive", Why: "encrypted: 2 entries"}}}
}

func write(t *testing.T, o Options, verdicts ...sekisho.Verdict) string {
	t.Helper()
	var out bytes.Buffer
	w, err := New(&out, o)
	if err != nil {
		t.Fatal(err)
	}
	var summary Summary
	for _, v := range verdicts {
		summary.Add(v)
		if err := w.Verdict(v); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(summary); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestHostileTextIsCleaned: nothing a sender wrote moves a cursor, turns text around, runs or can be clicked.
func TestHostileTextIsCleaned(t *testing.T) {
	for _, format := range []string{"text", "html"} {
		t.Run(format, func(t *testing.T) {
			out := write(t, Options{Format: format, Lang: sekisho.English}, testVerdict())
			for _, bad := range []string{"\x1b", "\u202e", "\u200b", "https://", "http://x"} {
				if strings.Contains(out, bad) {
					t.Errorf("%q is in the report:\n%s", bad, out)
				}
			}
			if !strings.Contains(out, "<U+202E>") && !strings.Contains(out, "&lt;U&#43;202E&gt;") {
				t.Errorf("the bidirectional override is not spelled out:\n%s", out)
			}
			if format == "html" && (strings.Contains(out, "<script") || strings.Contains(out, "<b>")) {
				t.Errorf("markup of the sender is in the page:\n%s", out)
			}
		})
	}
}

func TestTextSaysTheSameOnce(t *testing.T) {
	out := write(t, Options{Format: "text", Lang: sekisho.Japanese}, testVerdict())
	if strings.Count(out, "送金を求めています。") != 1 || !strings.Contains(out, "(×2)") || !strings.Contains(out, "暗号化") {
		t.Errorf("report:\n%s", out)
	}
}

// TestJSONContract pins the names of the fields that other tools read.
func TestJSONContract(t *testing.T) {
	line := write(t, Options{Format: "jsonl", Lang: sekisho.English}, testVerdict())
	var got map[string]any
	if err := json.Unmarshal([]byte(line), &got); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"name", "kind", "action", "findings", "gaps", "took_ms"} {
		if _, ok := got[key]; !ok {
			t.Errorf("no %q in %s", key, line)
		}
	}
	finding := got["findings"].([]any)[0].(map[string]any)
	for _, key := range []string{"rule", "ask", "why", "artifact", "evidence"} {
		if _, ok := finding[key]; !ok {
			t.Errorf("no %q in a finding of %s", key, line)
		}
	}
	if got["action"] != "hold" || got["took_ms"] != 1.5 || got["name"] != "evil\x1b[31m\u202egnp.eml" {
		t.Errorf("JSON is exact, has %s", line)
	}
	empty := write(t, Options{Format: "jsonl"}, sekisho.Verdict{Root: &sekisho.Artifact{Kind: sekisho.KindFile, Name: "x"}})
	if !strings.Contains(empty, `"findings":[],"gaps":[]`) {
		t.Errorf("empty lists are lists: %s", empty)
	}
}

func TestJSONDocument(t *testing.T) {
	for _, n := range []int{0, 1, 3} {
		var verdicts []sekisho.Verdict
		for range n {
			verdicts = append(verdicts, testVerdict())
		}
		var got struct {
			Verdicts []JSON  `json:"verdicts"`
			Summary  Summary `json:"summary"`
		}
		if err := json.Unmarshal([]byte(write(t, Options{Format: "json"}, verdicts...)), &got); err != nil {
			t.Fatal(err)
		}
		if len(got.Verdicts) != n || got.Summary.Inspected != n {
			t.Errorf("%d verdicts, summary %+v, want %d", len(got.Verdicts), got.Summary, n)
		}
	}
}

func TestWrap(t *testing.T) {
	for _, test := range []struct {
		text  string
		limit int
		want  []string
	}{
		{"one two three", 8, []string{"one two", "three"}},
		{"送金を求めています", 8, []string{"送金を求", "めていま", "す"}},
		{"abcdefghij", 4, []string{"abcd", "efgh", "ij"}},
		{"", 4, []string{""}},
	} {
		if got := wrap(test.text, test.limit); strings.Join(got, "|") != strings.Join(test.want, "|") {
			t.Errorf("wrap(%q, %d) = %q, want %q", test.text, test.limit, got, test.want)
		}
	}
}

type keyFacts struct{}

func (*keyFacts) SecretFingerprint() string { return "f00d" }

// TestSecretsAreWithheld: a key in the subject, or in what another detector quotes, is in no report.
func TestSecretsAreWithheld(t *testing.T) {
	v := testVerdict()
	v.Root.Form.(*sekisho.Mail).Subject = "canary phrase"
	v.Findings[0].Evidence = []sekisho.Observation{
		{Detector: "key", Artifact: v.Root, Facts: &keyFacts{}},
		{Detector: "lure", Artifact: v.Root, Facts: &struct{}{}, Spans: []sekisho.Span{sekisho.Quote("text", "the canary phrase"), sekisho.Quote("Subject", "canary")}},
	}
	for _, format := range Formats {
		if out := write(t, Options{Format: format, Lang: sekisho.English}, v); strings.Contains(out, "canary") {
			t.Errorf("%s shows the secret:\n%s", format, out)
		}
	}
	if v.Root.Form.(*sekisho.Mail).Subject != "canary phrase" {
		t.Error("the verdict itself was changed")
	}
}
