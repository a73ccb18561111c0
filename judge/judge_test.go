package judge

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/sekisho/sekisho"
)

type linkFacts struct {
	Host  string   `json:"host" doc:"the host"`
	Bad   bool     `json:"bad" doc:"it is bad"`
	Words []string `json:"words" doc:"words"`
	Count int      `json:"count" doc:"a count"`
}

type toneFacts struct {
	Theme string `json:"theme" doc:"the theme"`
}

var testDetectors = []*sekisho.Detector{
	{Name: "link", Facts: linkFacts{}},
	{Name: "tone", Facts: toneFacts{}},
}

func testRule(id, when string) sekisho.Rule {
	return sekisho.Rule{ID: id, Status: sekisho.StatusStable, On: sekisho.KindMail, When: when, Ask: sekisho.ActionWarn,
		Title: sekisho.Text{En: "t", Ja: "t"}, Say: sekisho.Text{En: `"en"`, Ja: `"ja"`}, File: "test.yaml", Line: 7}
}

func compileTest(t *testing.T, conditions []sekisho.Condition, rules ...sekisho.Rule) *Judge {
	t.Helper()
	j, err := Compile(rules, conditions, testDetectors)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// testCase is a mail with a text and two links below it.
func testCase() Case {
	root := &sekisho.Artifact{ID: "0", Kind: sekisho.KindMail, Form: &sekisho.Mail{Subject: "hello"}}
	b := sekisho.NewBudget(sekisho.Limits{})
	text := &sekisho.Artifact{Kind: sekisho.KindText}
	first, second := &sekisho.Artifact{Kind: sekisho.KindLink}, &sekisho.Artifact{Kind: sekisho.KindLink}
	for up, part := range map[*sekisho.Artifact]*sekisho.Artifact{root: text} {
		_ = b.Add(up, part)
	}
	_ = b.Add(text, first)
	_ = b.Add(text, second)
	return Case{Root: root, Observations: []sekisho.Observation{
		{Detector: "tone", Artifact: text, Facts: &toneFacts{Theme: "urgent"}},
		{Detector: "link", Artifact: first, Facts: &linkFacts{Host: "good.example", Words: []string{"a"}}},
		{Detector: "link", Artifact: second, Facts: &linkFacts{Host: "bad.example", Bad: true, Count: 3}},
	}, Gaps: []sekisho.Gap{{Artifact: "0.0", By: "text", Why: "limit: too long"}}}
}

func find(t *testing.T, j *Judge) ([]sekisho.Finding, []sekisho.Gap) {
	t.Helper()
	return j.Find(context.Background(), testCase())
}

func TestWhen(t *testing.T) {
	tests := []struct {
		name, when string
		want       bool
	}{
		{"below", `below.link.exists(l, l.bad)`, true},
		{"here is not below", `link.exists(l, l.bad)`, false},
		{"form", `it.subject == "hello"`, true},
		{"gap below", `gap.exists(g, g.why.startsWith("limit"))`, true},
		{"count", `below.link.filter(l, l.host.endsWith(".example")).size() >= 2`, true},
		{"not", `!below.link.exists(l, l.host == "other.example")`, true},
		{"or with an empty list", `tone.exists(t, true) || below.link.exists(l, l.count > 2)`, true},
		{"and with an empty list", `tone.exists(t, true) && below.link.exists(l, l.bad)`, false},
		{"all of an empty list", `tone.all(t, t.theme == "x")`, true},
		{"size of an empty list", `size(tone) >= 0`, true},
		{"exists_one", `below.link.exists_one(l, l.bad)`, true},
		{"condition", `worrying && it.subject != ""`, true},
		{"profile", `!org.known`, true},
		{"one of some", `below.link.exists(l, l.host in ["x", "bad.example"])`, true},
		{"is", `below.link.exists(l, l.host == "bad.example" && l.count >= 3)`, true},
		{"is not empty", `below.link.exists(l, l.host != "" && l.words.size() > 0)`, true},
		{"empty", `below.link.exists(l, l.words.size() == 0 && l.host != "good.example")`, true},
		{"zero", `below.link.exists(l, l.count == 0 && !l.bad)`, true},
		{"member", `below.link.exists(l, "a" in l.words && l.words.exists(w, w == "a"))`, true},
		{"mapped", `below.link.filter(l, l.bad).map(l, l.host).exists(h, h == "bad.example")`, true},
		{"filtered twice", `below.link.filter(l, l.bad).filter(l, l.count > 2).size() > 0`, true},
		{"two facts together", `below.link.exists(l, l.bad && "a" in l.words)`, false},
	}
	conditions := []sekisho.Condition{
		{Name: "worrying", When: `urgent && below.link.exists(l, l.bad)`},
		{Name: "urgent", When: `below.tone.exists(t, t.theme == "urgent")`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			findings, gaps := find(t, compileTest(t, conditions, testRule("r", test.when)))
			if got := len(findings) == 1; got != test.want || len(gaps) > 0 {
				t.Errorf("%s holds: %t, want %t (gaps %v)", test.when, got, test.want, gaps)
			}
		})
	}
}

func TestAboveReadsAncestors(t *testing.T) {
	r := testRule("r", `above.tone.exists(t, t.theme == "urgent")`)
	r.On = sekisho.KindLink
	findings, _ := find(t, compileTest(t, nil, r))
	if len(findings) != 2 || findings[0].Artifact != "0.0.0" {
		t.Errorf("findings %+v, want one on each link", findings)
	}
}

func TestEvidenceIsWhatWasEnough(t *testing.T) {
	r := testRule("r", `below.link.exists(l, l.bad) && below.tone.exists(t, true) && !below.link.exists(l, l.host == "x")`)
	r.Say.En = `"the link to " + below.link[0].host`
	findings, _ := find(t, compileTest(t, nil, r))
	if len(findings) != 1 {
		t.Fatalf("%d findings", len(findings))
	}
	f := findings[0]
	if f.Why.En != "the link to bad.example" {
		t.Errorf("says %q", f.Why.En)
	}
	var hosts []string
	for _, o := range f.Evidence {
		if link, ok := o.Facts.(*linkFacts); ok {
			hosts = append(hosts, link.Host)
		}
	}
	if len(hosts) != 1 || hosts[0] != "bad.example" || len(f.Evidence) != 2 {
		t.Errorf("evidence %+v", f.Evidence)
	}
}

func TestEvidenceOfSeveralTogether(t *testing.T) {
	findings, _ := find(t, compileTest(t, nil, testRule("r", `below.link.filter(l, l.host != "").size() >= 2`)))
	if len(findings) != 1 || len(findings[0].Evidence) != 2 {
		t.Errorf("findings %+v", findings)
	}
}

func TestCompileErrorsMarkThePlace(t *testing.T) {
	held := testRule("held", "true")
	held.Ask, held.Status = sekisho.ActionHold, sekisho.StatusTest
	said := testRule("said", "true")
	said.Say.Ja = "1"
	onText := testRule("elsewhere", "true")
	onText.On = "soup"
	tests := []struct {
		rule sekisho.Rule
		want string
	}{
		{testRule("misspelt", `below.link.exists(l, l.hots == "x")`), "undefined field 'hots'"},
		{testRule("unknown", `below.lonk.exists(l, true)`), "undeclared reference"},
		{testRule("typed", `below.link.exists(l, l.host > 3)`), "no matching overload"},
		{testRule("wrong-form", `it.href == "x"`), "undefined field 'href'"},
		{testRule("text", `"true"`), "of type string, want bool"},
		{held, "only a stable rule may ask for hold"},
		{said, "say.ja: is of type int, want string"},
		{onText, "unknown kind"},
	}
	for _, test := range tests {
		t.Run(test.rule.ID, func(t *testing.T) {
			_, err := Compile([]sekisho.Rule{test.rule}, nil, testDetectors)
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "test.yaml:7: rule "+test.rule.ID) {
				t.Errorf("error %v, want %q with the place", err, test.want)
			}
		})
	}
}

func TestConditionErrors(t *testing.T) {
	tests := []struct {
		name string
		of   []sekisho.Condition
		want string
	}{
		{"cycle", []sekisho.Condition{{Name: "a", When: "b"}, {Name: "b", When: "a"}}, "undeclared reference"},
		{"name of a detector", []sekisho.Condition{{Name: "link", When: "true"}}, "taken"},
		{"twice", []sekisho.Condition{{Name: "a", When: "true"}, {Name: "a", When: "true"}}, "taken"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, err := Compile(nil, test.of, testDetectors); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
	mails := []sekisho.Condition{{Name: "polite", On: sekisho.KindMail, When: `it.subject == "hello"`}}
	r := testRule("r", "polite")
	r.On = sekisho.KindText
	if _, err := Compile([]sekisho.Rule{r}, mails, testDetectors); err == nil {
		t.Error("a rule on text reads a condition on mail")
	}
}

func TestCostLimitIsAGap(t *testing.T) {
	c := testCase()
	for range 2000 {
		c.Observations = append(c.Observations, sekisho.Observation{Detector: "tone", Artifact: c.Root.Parts[0], Facts: &toneFacts{Theme: "x"}})
	}
	r := testRule("costly", `below.tone.exists(a, below.tone.exists(b, below.tone.exists(c, a.theme + b.theme + c.theme == "never")))`)
	findings, gaps := compileTest(t, nil, r).Find(context.Background(), c)
	if len(findings) != 0 || len(gaps) != 1 || gaps[0].Class() != "limit" {
		t.Errorf("findings %v, gaps %v; want one gap of class limit", findings, gaps)
	}
}

func TestExamples(t *testing.T) {
	r := testRule("r", `below.link.exists(l, l.bad) && it.subject.contains("pay")`)
	r.Say.En = `"pay at " + below.link[0].host`
	r.Examples = []sekisho.Example{
		{Name: "yes", Match: true, It: []byte(`{"subject":"pay now"}`), Seen: seen("below.link", `{"bad":true,"host":"h"}`)},
		{Name: "no", Match: false, It: []byte(`{"subject":"hi"}`), Seen: seen("below.link", `{"bad":true}`)},
		{Name: "misspelt", Match: true, Seen: seen("below.link", `{"bda":true}`)},
	}
	outcomes := compileTest(t, nil, r).Examples(context.Background())
	if len(outcomes) != 3 || !outcomes[0].OK() || outcomes[0].Said.En != "pay at h" || !outcomes[1].OK() || outcomes[2].OK() {
		t.Errorf("outcomes %+v", outcomes)
	}
	if missing := compileTest(t, nil, testRule("bare", "true")).Examples(context.Background()); len(missing) != 2 || missing[0].OK() {
		t.Errorf("a rule without examples: %+v", missing)
	}
}

func seen(list, fact string) map[string][]json.RawMessage {
	return map[string][]json.RawMessage{list: {json.RawMessage(fact)}}
}

func TestCovers(t *testing.T) {
	narrow, wide := testRule("narrow", `below.link.exists(l, l.bad)`), testRule("wide", `below.link.exists(l, l.bad) && below.tone.exists(t, true)`)
	onLink := testRule("on-link", `link.exists(l, l.bad)`)
	onLink.On, wide.Covers = sekisho.KindLink, []string{"narrow", "on-link"}
	findings, _ := find(t, compileTest(t, nil, narrow, wide, onLink))
	if len(findings) != 1 || findings[0].Rule != "wide" {
		t.Errorf("findings %+v, want only the covering one", findings)
	}
	narrow.Ask = sekisho.ActionHold
	if _, err := Compile([]sekisho.Rule{narrow, wide, onLink}, nil, testDetectors); err == nil || !strings.Contains(err.Error(), "asks for more") {
		t.Errorf("error %v, want that a covered rule asks for more", err)
	}
	wide.Covers = []string{"nothing"}
	if _, err := Compile([]sekisho.Rule{wide}, nil, testDetectors); err == nil || !strings.Contains(err.Error(), "no rule") {
		t.Errorf("error %v, want that the covered rule does not exist", err)
	}
}

// TestManyFactsEndInALimit: a hundred thousand facts, the worst of a hostile tree, cost the rules that read all of them and
// no more.
func TestManyFactsEndInALimit(t *testing.T) {
	all := testRule("all", `below.link.all(l, !l.host.contains("y") || l.words.exists(w, w == l.host))`)
	onLink := testRule("on-link", `link.exists(l, l.bad && l.count == 3)`)
	onLink.On = sekisho.KindLink
	c := testCase()
	link := c.Root.Parts[0].Parts[0]
	for i := range 100_000 {
		c.Observations = append(c.Observations, sekisho.Observation{Detector: "link", Artifact: link, Facts: &linkFacts{Host: "x.example", Count: i}})
	}
	findings, gaps := compileTest(t, nil, all, onLink).Find(context.Background(), c)
	if len(gaps) != 1 || gaps[0].By != "rule all" || gaps[0].Class() != "limit" {
		t.Errorf("gaps %v, want that one rule ran into its limit", gaps)
	}
	if len(findings) != 1 || findings[0].Rule != "on-link" {
		t.Errorf("findings %v, want the one on the link that is bad", findings)
	}
}

// TestNeeds says which expressions are known not to hold without evaluating them.
func TestNeeds(t *testing.T) {
	tests := []struct {
		when string
		want bool // evaluated
	}{
		{`below.link.exists(l, l.bad)`, true},
		{`link.exists(l, l.bad)`, false},
		{`below.tone.exists(t, t.theme == "calm")`, false},
		{`below.tone.exists(t, t.theme in ["calm", "cold"])`, false},
		{`below.tone.exists(t, t.theme in ["calm", "urgent"])`, true},
		{`below.tone.exists(t, t.theme == "calm" || t.theme == "cold")`, true},
		{`below.tone.exists(t, t.theme != "calm")`, true},
		{`below.link.filter(l, l.host == "x").size() > 0`, false},
		{`below.link.filter(l, l.host == "x").size() >= 0`, true},
		{`below.link.map(l, l.host).exists(h, h == "x")`, true},
		{`calm && it.subject != ""`, false},
		{`calm || it.subject != ""`, true},
		{`!calm`, true},
	}
	conditions := []sekisho.Condition{{Name: "calm", When: `below.tone.exists(t, t.theme == "calm")`}}
	for _, test := range tests {
		j := compileTest(t, conditions, testRule("r", test.when))
		if got := j.newView(testCase()).scene(context.Background(), 0).meets(j.rules[0].needs); got != test.want {
			t.Errorf("%s is evaluated: %t, want %t", test.when, got, test.want)
		}
	}
}

// BenchmarkFind judges a mail of forty links by eighty rules, of which two hold.
func BenchmarkFind(b *testing.B) {
	rules := []sekisho.Rule{testRule("bad", `urgent && below.link.exists(l, l.bad)`)}
	for i := range 40 {
		r := testRule(fmt.Sprintf("link-%d", i), fmt.Sprintf(`link.exists(l, l.bad && l.host == "bad%d.example")`, i))
		r.On = sekisho.KindLink
		rules = append(rules, r, testRule(fmt.Sprintf("mail-%d", i), fmt.Sprintf(`urgent && below.tone.exists(t, t.theme == "theme %d")`, i)))
	}
	j, err := Compile(rules, []sekisho.Condition{{Name: "urgent", When: `below.tone.exists(t, t.theme == "urgent")`}}, testDetectors)
	if err != nil {
		b.Fatal(err)
	}
	c := testCase()
	budget := sekisho.NewBudget(sekisho.Limits{})
	for i := range 40 {
		link := &sekisho.Artifact{Kind: sekisho.KindLink}
		_ = budget.Add(c.Root, link)
		c.Observations = append(c.Observations, sekisho.Observation{Detector: "link", Artifact: link,
			Facts: &linkFacts{Host: "bad3.example", Bad: i == 3, Words: []string{"a"}}})
	}
	b.ReportAllocs()
	for b.Loop() {
		if findings, _ := j.Find(context.Background(), c); len(findings) != 2 {
			b.Fatalf("%d findings", len(findings))
		}
	}
}
