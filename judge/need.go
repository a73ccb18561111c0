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

// bits is a set of lists, by index. A nil set is empty.
type bits []uint64

func (b bits) with(i int) bits {
	for len(b) <= i/64 {
		b = append(b, 0)
	}
	b[i/64] |= 1 << (i % 64)
	return b
}

func (b bits) has(i int) bool { return i/64 < len(b) && b[i/64]&(1<<(i%64)) != 0 }

// within reports whether every member of b is in other.
func (b bits) within(other bits) bool {
	for i, word := range b {
		var have uint64
		if i < len(other) {
			have = other[i]
		}
		if word&^have != 0 {
			return false
		}
	}
	return true
}

func union(a, b bits) bits {
	if len(a) < len(b) {
		a, b = b, a
	}
	out := slices.Clone(a)
	for i := range b {
		out[i] |= b[i]
	}
	return out
}

func intersection(a, b bits) bits {
	n := min(len(a), len(b))
	out := make(bits, n)
	for i := range n {
		out[i] = a[i] & b[i]
	}
	return out
}

// neededBy returns lists that must hold something for the expression to be true. It is what lets most rules be skipped
// without evaluating them, so it may return too few and never too many.
func (j *Judge) neededBy(checked *cel.Ast) bits {
	return j.needed(checked.NativeRep(), checked.NativeRep().Expr())
}

func (j *Judge) needed(a *ast.AST, e ast.Expr) bits {
	switch e.Kind() {
	case ast.IdentKind, ast.SelectKind:
		if c, ok := j.conditions[name(a, e)]; ok {
			return c.needed
		}
	case ast.ComprehensionKind:
		// The macro exists starts from false: an empty range leaves it so.
		fold := e.AsComprehension()
		if fold.AccuInit().Kind() == ast.LiteralKind && fold.AccuInit().AsLiteral() == types.False {
			return j.rangeOf(a, fold.IterRange())
		}
	case ast.CallKind:
		call := e.AsCall()
		switch call.FunctionName() {
		case operators.LogicalAnd:
			var all bits
			for _, arg := range call.Args() {
				all = union(all, j.needed(a, arg))
			}
			return all
		case operators.LogicalOr:
			any := j.needed(a, call.Args()[0])
			for _, arg := range call.Args()[1:] {
				any = intersection(any, j.needed(a, arg))
			}
			return any
		case operators.Greater, operators.GreaterEquals:
			return j.neededBySize(a, call)
		}
	}
	return nil
}

// neededBySize handles size(x) > n and size(x) >= n for literal n.
func (j *Judge) neededBySize(a *ast.AST, call ast.CallExpr) bits {
	left, right := call.Args()[0], call.Args()[1]
	if left.Kind() != ast.CallKind || left.AsCall().FunctionName() != "size" || right.Kind() != ast.LiteralKind {
		return nil
	}
	n, ok := right.AsLiteral().(types.Int)
	if !ok || n < 0 || n == 0 && call.FunctionName() == operators.GreaterEquals {
		return nil
	}
	if size := left.AsCall(); size.IsMemberFunction() {
		return j.rangeOf(a, size.Target())
	} else {
		return j.rangeOf(a, size.Args()[0])
	}
}

// rangeOf returns the list that e is drawn from: x, x.filter(...), x.map(...).
func (j *Judge) rangeOf(a *ast.AST, e ast.Expr) bits {
	for e.Kind() == ast.ComprehensionKind && e.AsComprehension().AccuInit().Kind() == ast.ListKind {
		e = e.AsComprehension().IterRange()
	}
	if i, ok := j.index[name(a, e)]; ok {
		return bits{}.with(i)
	}
	return nil
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
