package rules

import (
	"strings"
	"testing"
	"testing/fstest"
)

const good = `id: one
title: {en: One, ja: 一}
status: stable
on: mail
when: "true"
ask: warn
say: {en: '"x"', ja: '"x"'}
control: [npa-2022-n2]
attack: [T1566.002]
examples:
  - {name: yes, match: true, it: {subject: x}, seen: {below.link: [{host: a}]}, gap: [{by: archive, why: "limit: x"}]}
  - {name: no, match: false}
---
name: cond
doc: A condition.
when: "false"
`

func load(text string) (Set, error) {
	return Load(fstest.MapFS{"a.yaml": {Data: []byte(text)}, "README": {Data: []byte("not a rule")}})
}

func TestLoad(t *testing.T) {
	set, err := load(good)
	if err != nil {
		t.Fatal(err)
	}
	if len(set.Rules) != 1 || len(set.Conditions) != 1 {
		t.Fatalf("%d rules, %d conditions", len(set.Rules), len(set.Conditions))
	}
	r := set.Rules[0]
	if r.ID != "one" || r.Line != 1 || r.File != "a.yaml" || len(r.Examples) != 2 || string(r.Examples[0].It) != `{"subject":"x"}` || r.Examples[0].Gap[0].By != "archive" {
		t.Errorf("rule %+v", r)
	}
	if c := set.Conditions[0]; c.Name != "cond" || c.Line != 14 {
		t.Errorf("condition %+v", c)
	}
}

func TestLoadErrors(t *testing.T) {
	change := func(old, new string) string { return strings.Replace(good, old, new, 1) }
	tests := []struct{ name, text, want string }{
		{"unknown key", change("attack:", "atack:"), "atack"},
		{"unknown action", change("ask: warn", "ask: shout"), `unknown action "shout"`},
		{"unknown kind", change("on: mail", "on: soup"), `on "soup"`},
		{"unknown status", change("status: stable", "status: good"), `status "good"`},
		{"id", change("id: one", "id: One Rule"), "lowercase words"},
		{"one language", change("title: {en: One, ja: 一}", "title: {en: One}"), "wants both en and ja"},
		{"control", change("npa-2022-n2", "N2"), `control "N2"`},
		{"attack", change("T1566.002", "phishing"), `attack "phishing"`},
		{"neither", "foo: bar\n", "neither a rule"},
		{"not YAML", "id: [", "a.yaml"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, err := load(test.text); err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "a.yaml") {
				t.Errorf("error %v, want %q and the file", err, test.want)
			}
		})
	}
}

// TestOneBadDocumentLeavesTheOthers: every problem is reported at once.
func TestOneBadDocumentLeavesTheOthers(t *testing.T) {
	set, err := load("foo: bar\n---\n" + good + "---\nid: X\n")
	if err == nil || len(set.Rules) != 1 || strings.Count(err.Error(), "a.yaml:") < 2 {
		t.Errorf("%d rules, error %v", len(set.Rules), err)
	}
}
