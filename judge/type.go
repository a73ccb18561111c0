package judge

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// A provider tells CEL of our structs: Facts and forms. Field names are those of the json tags. It answers field
// access by index, which is what makes reading a fact cheap.
type provider struct {
	*types.Registry
	structs map[string]*structType // by CEL type name
	byGo    map[reflect.Type]*structType
}

type structType struct {
	celType *types.Type
	goType  reflect.Type
	names   []string
	fields  map[string]*field
	asked   []*field // fields with traits
	count   int      // of traits
}

type field struct {
	index   int
	celType *types.Type
	elem    *structType // of a struct or a list of structs
	traits  fieldTraits
}

func newProvider() *provider {
	return &provider{Registry: types.NewEmptyRegistry(), structs: map[string]*structType{}, byGo: map[reflect.Type]*structType{}}
}

// add makes the struct type of zero known under name, and the structs it holds under name.Type.
func (p *provider) add(name string, goType reflect.Type) (*structType, error) {
	if st, ok := p.byGo[goType]; ok {
		return st, nil
	}
	st := &structType{celType: types.NewObjectType(name, traits.IndexerType), goType: goType, fields: map[string]*field{}}
	p.byGo[goType] = st
	p.structs[name] = st
	for i := range goType.NumField() {
		f := goType.Field(i)
		tag, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.IsExported() || tag == "" || tag == "-" {
			continue
		}
		celType, elem, err := p.typeOf(name, f.Type)
		if err != nil {
			return nil, fmt.Errorf("%s.%s: %w", name, tag, err)
		}
		st.names = append(st.names, tag)
		st.fields[tag] = &field{index: i, celType: celType, elem: elem,
			traits: fieldTraits{filled: -1, among: map[string][]int{}, sets: map[string]int{}}}
	}
	return st, nil
}

var timeType = reflect.TypeFor[time.Time]()

func (p *provider) typeOf(owner string, t reflect.Type) (*types.Type, *structType, error) {
	switch {
	case t == timeType:
		return types.TimestampType, nil, nil
	case t.Kind() == reflect.String:
		return types.StringType, nil, nil
	case t.Kind() == reflect.Bool:
		return types.BoolType, nil, nil
	case t.Kind() == reflect.Int, t.Kind() == reflect.Int64:
		return types.IntType, nil, nil
	case t.Kind() == reflect.Float64:
		return types.DoubleType, nil, nil
	case t.Kind() == reflect.Struct:
		st, err := p.add(owner+"."+t.Name(), t)
		if err != nil {
			return nil, nil, err
		}
		return st.celType, st, nil
	case t.Kind() == reflect.Slice:
		celType, st, err := p.typeOf(owner, t.Elem())
		if err != nil {
			return nil, nil, err
		}
		return types.NewListType(celType), st, nil
	}
	return nil, nil, fmt.Errorf("a field of type %s cannot be read by rules", t)
}

// FindStructType implements types.Provider.
func (p *provider) FindStructType(name string) (*types.Type, bool) {
	if st, ok := p.structs[name]; ok {
		return types.NewTypeTypeWithParam(st.celType), true
	}
	return p.Registry.FindStructType(name)
}

// FindStructFieldNames implements types.Provider.
func (p *provider) FindStructFieldNames(name string) ([]string, bool) {
	if st, ok := p.structs[name]; ok {
		return st.names, true
	}
	return p.Registry.FindStructFieldNames(name)
}

// FindStructFieldType implements types.Provider.
func (p *provider) FindStructFieldType(name, fieldName string) (*types.FieldType, bool) {
	st, ok := p.structs[name]
	if !ok {
		return p.Registry.FindStructFieldType(name, fieldName)
	}
	f, ok := st.fields[fieldName]
	if !ok {
		return nil, false
	}
	return &types.FieldType{
		Type: f.celType,
		IsSet: func(target any) bool {
			o, ok := target.(*object)
			return ok && !o.value.Field(f.index).IsZero()
		},
		GetFrom: func(target any) (any, error) {
			o, ok := target.(*object)
			if !ok {
				return nil, fmt.Errorf("%T is not a %s", target, name)
			}
			return p.value(f, o.value.Field(f.index)), nil
		},
	}, true
}

// NewValue implements types.Provider. Rules read facts and never make them.
func (p *provider) NewValue(name string, _ map[string]ref.Val) ref.Val {
	return types.NewErr("rules cannot make a %s", name)
}

// wrap returns the CEL value of a struct, given by value or by pointer.
func (p *provider) wrap(v any) (*object, error) {
	value := reflect.Indirect(reflect.ValueOf(v))
	st, ok := p.byGo[value.Type()]
	if !ok {
		return nil, fmt.Errorf("%T is not a type that rules know", v)
	}
	return &object{provider: p, of: st, value: value, has: st.has(value)}, nil
}

func (p *provider) value(f *field, v reflect.Value) ref.Val {
	switch v.Kind() {
	case reflect.String:
		return types.String(v.String())
	case reflect.Bool:
		return types.Bool(v.Bool())
	case reflect.Int, reflect.Int64:
		return types.Int(v.Int())
	case reflect.Float64:
		return types.Double(v.Float())
	case reflect.Slice:
		if f.elem == nil {
			return types.NewStringList(p, v.Interface().([]string))
		}
		values := make([]ref.Val, v.Len())
		for i := range values {
			values[i] = &object{provider: p, of: f.elem, value: v.Index(i)}
		}
		return types.NewRefValList(p, values)
	}
	if v.Type() == timeType {
		return types.Timestamp{Time: v.Interface().(time.Time)}
	}
	return &object{provider: p, of: f.elem, value: v}
}

// An object is one struct as CEL sees it.
type object struct {
	provider *provider
	of       *structType
	value    reflect.Value
	has      bits // traits
}

// ConvertToNative implements ref.Val.
func (o *object) ConvertToNative(t reflect.Type) (any, error) {
	if o.value.Type().AssignableTo(t) {
		return o.value.Interface(), nil
	}
	return nil, fmt.Errorf("%s is not a %s", o.of.celType.TypeName(), t)
}

// ConvertToType implements ref.Val.
func (o *object) ConvertToType(t ref.Type) ref.Val {
	if t == types.TypeType {
		return o.of.celType
	}
	return types.NewErr("no conversion from %s to %s", o.of.celType.TypeName(), t.TypeName())
}

// Equal implements ref.Val.
func (o *object) Equal(other ref.Val) ref.Val {
	b, ok := other.(*object)
	return types.Bool(ok && b.of == o.of && reflect.DeepEqual(o.value.Interface(), b.value.Interface()))
}

// Get implements traits.Indexer.
func (o *object) Get(index ref.Val) ref.Val {
	name, ok := index.(types.String)
	if !ok {
		return types.MaybeNoSuchOverloadErr(index)
	}
	f, ok := o.of.fields[string(name)]
	if !ok {
		return types.NewErr("no such field: %s", string(name))
	}
	return o.provider.value(f, o.value.Field(f.index))
}

// Type implements ref.Val.
func (o *object) Type() ref.Type { return o.of.celType }

// Value implements ref.Val.
func (o *object) Value() any { return o }
