package judge

import (
	"fmt"
	"reflect"
	"slices"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// A trait is something that some rule asks of a field of a fact and that is told without evaluating the rule: that the
// field is not zero, or that it is one of some strings. The traits of a struct are numbered as rules are compiled.
type fieldTraits struct {
	filled int              // the trait of not being zero, -1 when no rule asks for it
	among  map[string][]int // the traits that a string has
	sets   map[string]int   // the trait of being among some strings, by these
}

// bits is a set of small numbers. A nil set is empty.
type bits []uint64

func (b bits) with(i int) bits {
	for len(b) <= i/64 {
		b = append(b, 0)
	}
	b[i/64] |= 1 << (i % 64)
	return b
}

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

// union adds the members of b to a copy of a.
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

// traits returns the traits that a struct v must have for e to be true of it. It may return too few and never too many.
func (st *structType) traits(e ast.Expr, v string) bits {
	switch e.Kind() {
	case ast.SelectKind:
		return st.filled(e, v)
	case ast.ComprehensionKind:
		fold := e.AsComprehension()
		if fold.AccuInit().Kind() == ast.LiteralKind && fold.AccuInit().AsLiteral() == types.False {
			return st.filled(fold.IterRange(), v)
		}
	case ast.CallKind:
		return st.callTraits(e.AsCall(), v)
	}
	return nil
}

func (st *structType) callTraits(call ast.CallExpr, v string) bits {
	args := call.Args()
	switch call.FunctionName() {
	case operators.LogicalAnd:
		var all bits
		for _, arg := range args {
			all = union(all, st.traits(arg, v))
		}
		return all
	case operators.LogicalOr:
		either := st.traits(args[0], v)
		for _, arg := range args[1:] {
			either = intersection(either, st.traits(arg, v))
		}
		return either
	case operators.Equals:
		if value, ok := literal(args[1]); ok && !isZero(value) {
			return st.among(args[0], v, value)
		}
	case operators.NotEquals:
		if value, ok := literal(args[1]); ok && isZero(value) {
			return st.filled(args[0], v)
		}
	case operators.Greater, operators.GreaterEquals:
		if target, ok := sizeOver(call); ok {
			return st.filled(target, v)
		}
		if value, ok := literal(args[1]); ok && isPositive(value, call.FunctionName() == operators.Greater) {
			return st.filled(args[0], v)
		}
	case operators.In:
		if args[1].Kind() == ast.ListKind {
			return st.amongList(args[0], v, args[1].AsList().Elements())
		}
		return st.filled(args[1], v)
	}
	return nil
}

// filled returns the trait that the field e of v is not zero, and nothing if e is no field of v.
func (st *structType) filled(e ast.Expr, v string) bits {
	f := st.fieldOf(e, v)
	if f == nil {
		return nil
	}
	if f.traits.filled < 0 {
		f.traits.filled = st.trait(f)
	}
	return bits{}.with(f.traits.filled)
}

// among returns the trait that the field e of v is one of the values, none of which is zero.
func (st *structType) among(e ast.Expr, v string, values ...ref.Val) bits {
	f := st.fieldOf(e, v)
	if f == nil || f.celType != types.StringType {
		return st.filled(e, v)
	}
	set := fmt.Sprint(values)
	one, ok := f.traits.sets[set]
	if !ok {
		one = st.trait(f)
		f.traits.sets[set] = one
		for _, value := range values {
			s := string(value.(types.String)) // what a field of strings is compared with is a string: the checker says so
			f.traits.among[s] = append(f.traits.among[s], one)
		}
	}
	return bits{}.with(one)
}

func (st *structType) amongList(e ast.Expr, v string, members []ast.Expr) bits {
	values := make([]ref.Val, len(members))
	for i, m := range members {
		value, ok := literal(m)
		if !ok || isZero(value) {
			return nil
		}
		values[i] = value
	}
	return st.among(e, v, values...)
}

// trait numbers a new trait of the field.
func (st *structType) trait(f *field) int {
	if !slices.Contains(st.asked, f) {
		st.asked = append(st.asked, f)
	}
	st.count++
	return st.count - 1
}

func (st *structType) fieldOf(e ast.Expr, v string) *field {
	if e.Kind() != ast.SelectKind {
		return nil
	}
	selected := e.AsSelect()
	if of := selected.Operand(); of.Kind() != ast.IdentKind || of.AsIdent() != v {
		return nil
	}
	return st.fields[selected.FieldName()]
}

// has returns the traits of a struct.
func (st *structType) has(value reflect.Value) bits {
	var has bits
	for _, f := range st.asked {
		of := value.Field(f.index)
		if of.IsZero() || of.Kind() == reflect.Slice && of.Len() == 0 {
			continue
		}
		if f.traits.filled >= 0 {
			has = has.with(f.traits.filled)
		}
		if of.Kind() == reflect.String {
			for _, one := range f.traits.among[of.String()] {
				has = has.with(one)
			}
		}
	}
	return has
}

func literal(e ast.Expr) (ref.Val, bool) {
	if e.Kind() != ast.LiteralKind {
		return nil, false
	}
	return e.AsLiteral(), true
}

func isZero(v ref.Val) bool {
	switch v := v.(type) {
	case types.String:
		return v == ""
	case types.Int:
		return v == 0
	case types.Double:
		return v == 0
	case types.Bool:
		return !bool(v)
	}
	return true
}

// isPositive reports whether what is greater than v, or not less, cannot be zero.
func isPositive(v ref.Val, greater bool) bool {
	switch v := v.(type) {
	case types.Int:
		return v > 0 || greater && v == 0
	case types.Double:
		return v > 0 || greater && v == 0
	}
	return false
}
