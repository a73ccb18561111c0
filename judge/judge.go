// Package judge turns facts into findings by rules. It is the only package that knows CEL.
//
// A rule reads `it`, the artifact's form; one list for each detector, with the facts seen on this artifact;
// `above.<detector>` and `below.<detector>`, the facts further up and down the tree; `gap`, what was not looked at on
// the artifact or below it; `org`, a little of the profile; and the named conditions. All of them are typed: a rule
// that misspells one does not load.
//
// Evaluation is bounded by a cost limit and by the context, since rules come from customers and inputs from attackers.
// A rule that cannot be evaluated is a gap.
package judge

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/ext"
	"github.com/sekisho/sekisho"
)

// costLimit bounds one evaluation of one expression, in CEL's units; a rule over a few hundred facts needs some
// thousands.
const costLimit = 500_000

// A Judge is a set of compiled rules. It is safe for concurrent use.
type Judge struct {
	provider   *provider
	lists      []string       // the names of all lists of facts, "lure", "above.lure", "below.lure" ..., "gap"
	index      map[string]int // of lists
	structs    []*structType  // of the facts of each list
	none       ref.Val        // an empty list
	detectors  map[string]*sekisho.Detector
	conditions map[string]*condition
	rules      []*rule
	byKind     map[sekisho.Kind][]*rule
}

type rule struct {
	sekisho.Rule
	when  cel.Program
	say   map[sekisho.Lang]cel.Program
	reads []int // lists it reads, itself or through conditions
	needs needs // what lists must hold for it to hold
}

type condition struct {
	sekisho.Condition
	when  cel.Program
	reads []int
	needs needs
}

// OrgFacts is what rules may read of the profile, as `org`.
type OrgFacts struct {
	Known bool   `json:"known" doc:"a profile was given"`
	Name  string `json:"name" doc:"the organisation's name in English"`
	Ja    string `json:"ja" doc:"the organisation's name in Japanese"`
}

// Compile type-checks and compiles the rules and conditions. The error joins every problem found, each with its file,
// line and place. Only a stable rule keeps an ask of hold or reject: an experimental or test rule that asks for more
// than warn is an error.
func Compile(rules []sekisho.Rule, conditions []sekisho.Condition, detectors []*sekisho.Detector) (*Judge, error) {
	j := &Judge{provider: newProvider(), index: map[string]int{}, detectors: map[string]*sekisho.Detector{},
		conditions: map[string]*condition{}, byKind: map[sekisho.Kind][]*rule{}}
	j.none = types.NewRefValList(j.provider, nil)
	env, err := j.environment(detectors)
	if err != nil {
		return nil, err
	}
	env, err = j.compileConditions(env, conditions)
	if err != nil {
		return nil, err
	}
	envs := map[sekisho.Kind]*cel.Env{}
	var problems []error
	seen := map[string]bool{}
	for _, r := range rules {
		if seen[r.ID] {
			problems = append(problems, fmt.Errorf("%s:%d: rule %s: the id is used twice", r.File, r.Line, r.ID))
			continue
		}
		seen[r.ID] = true
		compiled, err := j.compileRule(envs, env, r)
		if err != nil {
			problems = append(problems, fmt.Errorf("%s:%d: rule %s: %w", r.File, r.Line, r.ID, err))
			continue
		}
		j.rules = append(j.rules, compiled)
		j.byKind[r.On] = append(j.byKind[r.On], compiled)
	}
	return j, errors.Join(append(problems, j.checkCovers())...)
}

// checkCovers wants every covered rule to exist and to ask for no more than the one that covers it, so that leaving a
// finding out never changes a verdict.
func (j *Judge) checkCovers() error {
	var problems []error
	for _, r := range j.rules {
		for _, id := range r.Covers {
			i := slices.IndexFunc(j.rules, func(other *rule) bool { return other.ID == id })
			switch {
			case i < 0:
				problems = append(problems, fmt.Errorf("%s:%d: rule %s covers %s, which is no rule", r.File, r.Line, r.ID, id))
			case j.rules[i].Ask > r.Ask:
				problems = append(problems, fmt.Errorf("%s:%d: rule %s covers %s, which asks for more", r.File, r.Line, r.ID, id))
			}
		}
	}
	return errors.Join(problems...)
}

// Rules returns the rules in the order they were given.
func (j *Judge) Rules() []sekisho.Rule {
	rules := make([]sekisho.Rule, len(j.rules))
	for i, r := range j.rules {
		rules[i] = r.Rule
	}
	return rules
}

// Reads returns the detectors whose facts the rule reads, itself or through conditions.
func (j *Judge) Reads(id string) []string {
	var names []string
	for _, r := range j.rules {
		if r.ID != id {
			continue
		}
		for _, list := range r.reads {
			name := strings.TrimPrefix(strings.TrimPrefix(j.lists[list], "above."), "below.")
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return names
}

func (j *Judge) environment(detectors []*sekisho.Detector) (*cel.Env, error) {
	options := []cel.EnvOption{
		ext.Strings(ext.StringsVersion(4)), ext.Lists(), ext.Sets(), ext.Math(),
		cel.CustomTypeAdapter(j.provider), cel.CustomTypeProvider(j.provider),
		cel.ExpressionNestingDepthLimit(64), cel.ParserExpressionSizeLimit(8 << 10),
	}
	declare := func(name string, of *structType) {
		j.index[name] = len(j.lists)
		j.lists = append(j.lists, name)
		j.structs = append(j.structs, of)
		options = append(options, cel.Variable(name, cel.ListType(of.celType)))
	}
	for _, d := range detectors {
		facts, err := j.provider.add(d.Name, reflect.TypeOf(d.Facts))
		if err != nil {
			return nil, err
		}
		j.detectors[d.Name] = d
		for _, prefix := range []string{"", "above.", "below."} {
			declare(prefix+d.Name, facts)
		}
	}
	gap, err := j.provider.add("gap", reflect.TypeFor[sekisho.Gap]())
	if err != nil {
		return nil, err
	}
	declare("gap", gap)
	org, err := j.provider.add("org", reflect.TypeFor[OrgFacts]())
	if err != nil {
		return nil, err
	}
	for kind, form := range sekisho.Forms {
		if _, err := j.provider.add("form."+string(kind), reflect.TypeOf(form)); err != nil {
			return nil, err
		}
	}
	return cel.NewEnv(append(options, cel.Variable("org", org.celType))...)
}

// withForm returns env with `it` declared as the form of the kind.
func (j *Judge) withForm(env *cel.Env, kind sekisho.Kind) (*cel.Env, error) {
	if kind == "" {
		return env, nil
	}
	if !slices.Contains(sekisho.Kinds, kind) {
		return nil, fmt.Errorf("unknown kind %q", kind)
	}
	form, ok := sekisho.Forms[kind]
	if !ok {
		return env, nil
	}
	return env.Extend(cel.Variable("it", j.provider.byGo[reflect.TypeOf(form)].celType))
}

// compileConditions compiles the conditions in an order in which each comes after those it reads, and returns the
// environment in which all are declared.
func (j *Judge) compileConditions(env *cel.Env, conditions []sekisho.Condition) (*cel.Env, error) {
	waiting := slices.Clone(conditions)
	for len(waiting) > 0 {
		var later []sekisho.Condition
		var problems []error
		for _, c := range waiting {
			compiled, err := j.compileCondition(env, c)
			if err != nil {
				later = append(later, c)
				problems = append(problems, fmt.Errorf("%s:%d: condition %s: %w", c.File, c.Line, c.Name, err))
				continue
			}
			j.conditions[c.Name] = compiled
			if env, err = env.Extend(cel.Variable(c.Name, cel.BoolType)); err != nil {
				return nil, err
			}
		}
		if len(later) == len(waiting) {
			return nil, errors.Join(problems...)
		}
		waiting = later
	}
	return env, nil
}

func (j *Judge) compileCondition(env *cel.Env, c sekisho.Condition) (*condition, error) {
	_, isCondition := j.conditions[c.Name]
	if _, isList := j.index[c.Name]; isList || isCondition {
		return nil, fmt.Errorf("the name is taken")
	}
	env, err := j.withForm(env, c.On)
	if err != nil {
		return nil, err
	}
	program, checked, err := compile(env, c.When, cel.BoolType)
	if err != nil {
		return nil, err
	}
	reads, err := j.readsOf(checked, c.On)
	if err != nil {
		return nil, err
	}
	return &condition{Condition: c, when: program, reads: reads, needs: j.neededBy(checked)}, nil
}

func (j *Judge) compileRule(envs map[sekisho.Kind]*cel.Env, base *cel.Env, r sekisho.Rule) (*rule, error) {
	if r.Status != sekisho.StatusStable && r.Ask > sekisho.ActionWarn {
		return nil, fmt.Errorf("status %s: only a stable rule may ask for %s", r.Status, r.Ask)
	}
	env, ok := envs[r.On]
	if !ok {
		var err error
		if env, err = j.withForm(base, r.On); err != nil {
			return nil, err
		}
		envs[r.On] = env
	}
	program, checked, err := compile(env, r.When, cel.BoolType)
	if err != nil {
		return nil, fmt.Errorf("when: %w", err)
	}
	compiled := &rule{Rule: r, when: program, needs: j.neededBy(checked), say: map[sekisho.Lang]cel.Program{}}
	if compiled.reads, err = j.readsOf(checked, r.On); err != nil {
		return nil, err
	}
	for lang, source := range map[sekisho.Lang]string{sekisho.English: r.Say.En, sekisho.Japanese: r.Say.Ja} {
		if compiled.say[lang], _, err = compile(env, source, cel.StringType); err != nil {
			return nil, fmt.Errorf("say.%s: %w", lang, err)
		}
	}
	return compiled, nil
}

func compile(env *cel.Env, source string, want *cel.Type) (cel.Program, *cel.Ast, error) {
	checked, issues := env.Compile(source)
	if issues.Err() != nil {
		return nil, nil, issues.Err()
	}
	if !checked.OutputType().IsExactType(want) {
		return nil, nil, fmt.Errorf("is of type %s, want %s", checked.OutputType(), want)
	}
	program, err := env.Program(checked, cel.CostLimit(costLimit), cel.InterruptCheckFrequency(100), cel.EvalOptions(cel.OptOptimize))
	return program, checked, err
}

func (c *condition) holds(ctx context.Context, s *scene) (ref.Val, error) {
	value, _, err := c.when.ContextEval(ctx, s)
	return value, err
}
