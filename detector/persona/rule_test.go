package persona

import (
	"context"
	"os"
	"testing"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/judge"
	"github.com/sekisho/sekisho/rules"
)

func TestRules(t *testing.T) {
	set, err := rules.Load(os.DirFS("."))
	if err != nil || len(set.Rules) == 0 {
		t.Fatalf("%d rules, %v", len(set.Rules), err)
	}
	j, err := judge.Compile(set.Rules, set.Conditions, []*sekisho.Detector{Detector})
	if err != nil {
		t.Fatal(err)
	}
	for _, outcome := range j.Examples(context.Background()) {
		if !outcome.OK() {
			t.Errorf("%+v", outcome)
		}
	}
}
