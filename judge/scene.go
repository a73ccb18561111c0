package judge

import (
	"context"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"github.com/sekisho/sekisho"
)

// A scene is what the rules see of one artifact: it resolves the names in expressions. Lists are made when a rule first
// reads them, conditions evaluated once. A scene belongs to one goroutine.
type scene struct {
	judge      *Judge
	ctx        context.Context
	form       any
	org        *OrgFacts
	facts      func(list int) []ref.Val // all facts of a list
	narrowed   map[int][]ref.Val        // lists that hold less than everything, while evidence is sought
	lists      map[int]ref.Val
	conditions map[string]ref.Val
}

var _ cel.Activation = (*scene)(nil)

// Parent implements cel.Activation.
func (s *scene) Parent() cel.Activation { return nil }

// ResolveName implements cel.Activation.
func (s *scene) ResolveName(name string) (any, bool) {
	if i, ok := s.judge.index[name]; ok {
		return s.list(i), true
	}
	if c, ok := s.judge.conditions[name]; ok {
		return s.condition(c), true
	}
	switch name {
	case "it":
		if s.form == nil {
			return nil, false
		}
		value, err := s.judge.provider.wrap(s.form)
		return value, err == nil
	case "org":
		value, err := s.judge.provider.wrap(s.org)
		return value, err == nil
	}
	return nil, false
}

func (s *scene) list(i int) ref.Val {
	if list, ok := s.lists[i]; ok {
		return list
	}
	facts, ok := s.narrowed[i]
	if !ok {
		facts = s.facts(i)
	}
	list := types.NewRefValList(s.judge.provider, facts)
	s.lists[i] = list
	return list
}

func (s *scene) condition(c *condition) ref.Val {
	if value, ok := s.conditions[c.Name]; ok {
		return value
	}
	value, err := c.holds(s.ctx, s)
	if err != nil {
		value = types.WrapErr(err)
	}
	s.conditions[c.Name] = value
	return value
}

// narrow returns a scene in which the given lists hold only the given facts.
func (s *scene) narrow(lists map[int][]ref.Val) *scene {
	return &scene{judge: s.judge, ctx: s.ctx, form: s.form, org: s.org, facts: s.facts, narrowed: lists,
		lists: map[int]ref.Val{}, conditions: map[string]ref.Val{}}
}

func (s *scene) holds(r *rule) (bool, error) {
	value, _, err := r.when.ContextEval(s.ctx, s)
	if err != nil {
		return false, err
	}
	return value == types.True, nil
}

func (s *scene) say(r *rule, lang sekisho.Lang) (string, error) {
	value, _, err := r.say[lang].ContextEval(s.ctx, s)
	if err != nil {
		return r.Title.In(lang), err
	}
	said, _ := value.Value().(string)
	return said, nil
}
