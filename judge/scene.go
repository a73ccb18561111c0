package judge

import (
	"context"
	"slices"

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
	facts      func(list int) []*object // all facts of a list
	bare       []bool                   // lists that are known to hold nothing, nil when none is
	lists      []*list                  // by index, nil until one is read; nil altogether before
	conditions map[string]ref.Val
	it         ref.Val

	// While evidence is sought, one list holds less than everything. Whatever does not depend on it is that of the whole
	// scene.
	whole    *scene
	narrowed []int
}

// A list is one list of facts in a scene.
type list struct {
	facts []*object
	has   bits    // the traits of all its facts together
	value ref.Val // nil until an expression reads it
}

var empty = &list{}

var _ cel.Activation = (*scene)(nil)

func newScene(ctx context.Context, j *Judge, form any, org *OrgFacts) *scene {
	return &scene{judge: j, ctx: ctx, form: form, org: org}
}

// narrow returns a scene in which the given lists hold only the given facts.
func (s *scene) narrow(lists map[int][]*object) *scene {
	n := newScene(s.ctx, s.judge, s.form, s.org)
	n.whole = s
	n.lists = make([]*list, len(s.judge.lists))
	for i, facts := range lists {
		n.narrowed = append(n.narrowed, i)
		n.lists[i] = newList(facts)
	}
	return n
}

func newList(facts []*object) *list {
	if len(facts) == 0 {
		return empty
	}
	l := &list{facts: facts, has: facts[0].has}
	for _, fact := range facts[1:] {
		if !fact.has.within(l.has) {
			l.has = union(l.has, fact.has)
		}
	}
	return l
}

func (s *scene) list(i int) *list {
	if s.bare != nil && s.bare[i] {
		return empty
	}
	if s.lists == nil {
		s.lists = make([]*list, len(s.judge.lists))
	}
	if s.lists[i] == nil {
		if s.whole != nil {
			s.lists[i] = s.whole.list(i)
		} else {
			s.lists[i] = newList(s.facts(i))
		}
	}
	return s.lists[i]
}

// meets reports whether the lists hold what an expression needs.
func (s *scene) meets(needed needs) bool {
	for _, n := range needed {
		if l := s.list(n.list); len(l.facts) == 0 || !n.traits.within(l.has) {
			return false
		}
	}
	return true
}

// Parent implements cel.Activation.
func (s *scene) Parent() cel.Activation { return nil }

// ResolveName implements cel.Activation.
func (s *scene) ResolveName(name string) (any, bool) {
	if i, ok := s.judge.index[name]; ok {
		return s.listValue(i), true
	}
	if c, ok := s.judge.conditions[name]; ok {
		return s.condition(c), true
	}
	switch name {
	case "it":
		return s.formValue()
	case "org":
		value, err := s.judge.provider.wrap(s.org)
		return value, err == nil
	}
	return nil, false
}

func (s *scene) listValue(i int) ref.Val {
	l := s.list(i)
	if len(l.facts) == 0 {
		return s.judge.none
	}
	if l.value == nil {
		values := make([]ref.Val, len(l.facts))
		for i, fact := range l.facts {
			values[i] = fact
		}
		l.value = types.NewRefValList(s.judge.provider, values)
	}
	return l.value
}

func (s *scene) formValue() (ref.Val, bool) {
	if s.it == nil && s.form != nil {
		if value, err := s.judge.provider.wrap(s.form); err == nil {
			s.it = value
		}
	}
	return s.it, s.it != nil
}

func (s *scene) condition(c *condition) ref.Val {
	if s.whole != nil && !slices.ContainsFunc(c.reads, func(list int) bool { return slices.Contains(s.narrowed, list) }) {
		return s.whole.condition(c)
	}
	if value, ok := s.conditions[c.Name]; ok {
		return value
	}
	value := ref.Val(types.False)
	if s.meets(c.needs) {
		var err error
		if value, err = c.holds(s.ctx, s); err != nil {
			value = types.WrapErr(err)
		}
	}
	if s.conditions == nil {
		s.conditions = map[string]ref.Val{}
	}
	s.conditions[c.Name] = value
	return value
}

func (s *scene) holds(r *rule) (bool, error) {
	if !s.meets(r.needs) {
		return false, nil
	}
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
