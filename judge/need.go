package judge

import (
	"fmt"
	"slices"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"github.com/sekisho/sekisho"
)

// Needs are what lists must hold for an expression to be true: at least one fact for each need, and each of the need's
// traits in at least one of its list's facts. They are what lets most rules be skipped without evaluating them, so they may
// ask for too little and never for too much.
type needs []need

type need struct {
	list   int
	traits bits
}

// union returns what both expressions of a conjunction need.
func (n needs) union(other needs) needs {
	all := slices.Clone(n)
	for _, o := range other {
		if i := all.index(o.list); i >= 0 {
			all[i].traits = union(all[i].traits, o.traits)
		} else {
			all = append(all, o)
		}
	}
	return all
}

// intersection returns what either expression of a disjunction needs.
func (n needs) intersection(other needs) needs {
	var both needs
	for _, o := range other {
		if i := n.index(o.list); i >= 0 {
			both = append(both, need{o.list, intersection(n[i].traits, o.traits)})
		}
	}
	return both
}

func (n needs) index(list int) int {
	return slices.IndexFunc(n, func(m need) bool { return m.list == list })
}

// neededBy returns what lists must hold for the expression to be true.
func (j *Judge) neededBy(checked *cel.Ast) needs {
	return j.needed(checked.NativeRep(), checked.NativeRep().Expr())
}

func (j *Judge) needed(a *ast.AST, e ast.Expr) needs {
	switch e.Kind() {
	case ast.IdentKind, ast.SelectKind:
		if c, ok := j.conditions[name(a, e)]; ok {
			return c.needs
		}
	case ast.ComprehensionKind:
		return j.neededByExists(a, e.AsComprehension())
	case ast.CallKind:
		call := e.AsCall()
		switch call.FunctionName() {
		case operators.LogicalAnd:
			var all needs
			for _, arg := range call.Args() {
				all = all.union(j.needed(a, arg))
			}
			return all
		case operators.LogicalOr:
			either := j.needed(a, call.Args()[0])
			for _, arg := range call.Args()[1:] {
				either = either.intersection(j.needed(a, arg))
			}
			return either
		case operators.Greater, operators.GreaterEquals:
			if target, ok := sizeOver(call); ok {
				return j.drawn(a, target).needs()
			}
		}
	}
	return nil
}

// neededByExists handles the macro exists, which starts from false: an empty range leaves it so.
func (j *Judge) neededByExists(a *ast.AST, fold ast.ComprehensionExpr) needs {
	if fold.AccuInit().Kind() != ast.LiteralKind || fold.AccuInit().AsLiteral() != types.False {
		return nil
	}
	from := j.drawn(a, fold.IterRange())
	if step := fold.LoopStep(); from.facts && step.Kind() == ast.CallKind && step.AsCall().FunctionName() == operators.LogicalOr {
		from.traits = union(from.traits, from.of.traits(step.AsCall().Args()[1], fold.IterVar()))
	}
	return from.needs()
}

// A draw is a range of a comprehension as far as it is known.
type draw struct {
	need
	known bool
	facts bool        // its members are facts of the list
	of    *structType // of these facts
}

func (d draw) needs() needs {
	if !d.known {
		return nil
	}
	return needs{d.need}
}

// drawn tells what must be there for e to have members, for x, x.filter(...), x.map(...) of a list x.
func (j *Judge) drawn(a *ast.AST, e ast.Expr) draw {
	if e.Kind() != ast.ComprehensionKind {
		i, ok := j.index[name(a, e)]
		if !ok {
			return draw{}
		}
		return draw{need: need{list: i}, known: true, facts: true, of: j.structs[i]}
	}
	fold := e.AsComprehension()
	if fold.AccuInit().Kind() != ast.ListKind {
		return draw{}
	}
	from := j.drawn(a, fold.IterRange())
	step := fold.LoopStep()
	if !from.facts || step.Kind() != ast.CallKind || step.AsCall().FunctionName() != operators.Conditional {
		from.facts = false
		return from
	}
	when, then := step.AsCall().Args()[0], step.AsCall().Args()[1]
	from.traits = union(from.traits, from.of.traits(when, fold.IterVar()))
	from.facts = appendsItself(then, fold.IterVar())
	return from
}

// appendsItself reports whether e is accumulator + [v], which is what a filter does.
func appendsItself(e ast.Expr, v string) bool {
	if e.Kind() != ast.CallKind || e.AsCall().FunctionName() != operators.Add {
		return false
	}
	added := e.AsCall().Args()[1]
	if added.Kind() != ast.ListKind || added.AsList().Size() != 1 {
		return false
	}
	member := added.AsList().Elements()[0]
	return member.Kind() == ast.IdentKind && member.AsIdent() == v
}

// sizeOver returns x of size(x) > n and size(x) >= n for literal n, if that is false of an empty x.
func sizeOver(call ast.CallExpr) (ast.Expr, bool) {
	left, right := call.Args()[0], call.Args()[1]
	if left.Kind() != ast.CallKind || left.AsCall().FunctionName() != "size" || right.Kind() != ast.LiteralKind {
		return nil, false
	}
	n, ok := right.AsLiteral().(types.Int)
	if !ok || n < 0 || n == 0 && call.FunctionName() == operators.GreaterEquals {
		return nil, false
	}
	if size := left.AsCall(); size.IsMemberFunction() {
		return size.Target(), true
	}
	return left.AsCall().Args()[0], true
}

// readsOf returns the lists an expression reads, itself or through conditions. A condition that reads the form of
// another kind is an error.
func (j *Judge) readsOf(checked *cel.Ast, on sekisho.Kind) ([]int, error) {
	a := checked.NativeRep()
	var reads []int
	var problem error
	ast.PreOrderVisit(a.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() != ast.IdentKind && e.Kind() != ast.SelectKind {
			return
		}
		n := name(a, e)
		if i, ok := j.index[n]; ok && !slices.Contains(reads, i) {
			reads = append(reads, i)
		}
		if c, ok := j.conditions[n]; ok {
			if c.On != "" && c.On != on {
				problem = fmt.Errorf("condition %s is about a %s, this about a %s", c.Name, c.On, on)
			}
			for _, i := range c.reads {
				if !slices.Contains(reads, i) {
					reads = append(reads, i)
				}
			}
		}
	}))
	return reads, problem
}

// name returns the variable that e refers to, or "".
func name(a *ast.AST, e ast.Expr) string {
	if ref, ok := a.ReferenceMap()[e.ID()]; ok {
		return ref.Name
	}
	return ""
}
