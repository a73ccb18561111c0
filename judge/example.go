package judge

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"cel.dev/cel-go/common/types"
	"github.com/sekisho/sekisho"
)

// An Outcome is what one example of a rule showed.
type Outcome struct {
	Rule    string
	Example string
	Want    bool
	Got     bool
	Said    sekisho.Text // of an example that matched
	Err     error        // the example could not be run, or the rule could not say why
}

// OK reports whether the example showed what it was written to show.
func (o Outcome) OK() bool { return o.Err == nil && o.Got == o.Want }

// Examples runs the examples of every rule, as if a profile were given. A rule without one that matches, or without one that does not, is an
// outcome with an error.
func (j *Judge) Examples(ctx context.Context) []Outcome {
	var outcomes []Outcome
	for _, r := range j.rules {
		shows := map[bool]bool{}
		for _, example := range r.Examples {
			outcome := Outcome{Rule: r.ID, Example: example.Name, Want: example.Match}
			outcome.Got, outcome.Said, outcome.Err = j.example(ctx, r, example)
			shows[example.Match] = true
			outcomes = append(outcomes, outcome)
		}
		for _, want := range []bool{true, false} {
			if !shows[want] {
				outcomes = append(outcomes, Outcome{Rule: r.ID, Want: want, Err: fmt.Errorf("no example with match: %t", want)})
			}
		}
	}
	return outcomes
}

func (j *Judge) example(ctx context.Context, r *rule, e sekisho.Example) (bool, sekisho.Text, error) {
	lists := map[int][]*object{}
	var form any
	if zero, ok := sekisho.Forms[r.On]; ok {
		form = reflect.New(reflect.TypeOf(zero)).Interface()
		if err := strict(e.It, form); err != nil {
			return false, sekisho.Text{}, fmt.Errorf("it: %w", err)
		}
	}
	for name, facts := range e.Seen {
		list, ok := j.index[name]
		detector := j.detectors[strings.TrimPrefix(strings.TrimPrefix(name, "above."), "below.")]
		if !ok || detector == nil {
			return false, sekisho.Text{}, fmt.Errorf("seen: no list of facts is named %q", name)
		}
		for _, data := range facts {
			fact := reflect.New(reflect.TypeOf(detector.Facts)).Interface()
			if err := strict(data, fact); err != nil {
				return false, sekisho.Text{}, fmt.Errorf("seen: %s: %w", name, err)
			}
			value, err := j.provider.wrap(fact)
			if err != nil {
				return false, sekisho.Text{}, err
			}
			lists[list] = append(lists[list], value)
		}
	}
	for _, gap := range e.Gap {
		value, err := j.provider.wrap(gap)
		if err != nil {
			return false, sekisho.Text{}, err
		}
		lists[j.index["gap"]] = append(lists[j.index["gap"]], value)
	}
	s := newScene(ctx, j, form, &OrgFacts{Known: true, Name: "Kaede Exchange", Ja: "楓取引所"})
	s.facts = func(list int) []*object { return lists[list] }
	holds, err := s.holds(r)
	if err != nil || !holds {
		return holds, sekisho.Text{}, errors.Join(err, s.checkNeeds(r))
	}
	en, errEn := s.say(r, sekisho.English)
	ja, errJa := s.say(r, sekisho.Japanese)
	if en == "" || ja == "" {
		errEn = errors.Join(errEn, errors.New("say: empty"))
	}
	return holds, sekisho.Text{En: en, Ja: ja}, errors.Join(errEn, errJa)
}

// checkNeeds holds the shortcut against the truth: a rule that is not evaluated must be one that would not hold.
func (s *scene) checkNeeds(r *rule) error {
	if s.meets(r.needs) {
		return nil
	}
	value, _, err := r.when.ContextEval(s.ctx, s)
	if err == nil && value == types.True {
		return errors.New("the rule holds and is not evaluated: neededBy is wrong")
	}
	return nil
}

func strict(data json.RawMessage, into any) error {
	if len(data) == 0 {
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	return dec.Decode(into)
}
