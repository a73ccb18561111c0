package yara

import (
	"context"
	"fmt"
	"strconv"
)

// Values of JavaScript, as far as the engine asks its host for them. null is nil; strings, booleans and numbers are
// string, bool and float64.
type (
	undefined struct{}
	bigint    int64
	symbol    string
	function  func(ctx context.Context, args []any) any
	array     struct{ items []any }
	failure   struct{ message string } // an Error

	// A buffer is an ArrayBuffer: of its own, or the memory of an inner module.
	buffer struct {
		memory *memory
		own    []byte
	}
	octets struct{ *buffer } // a Uint8Array over a whole buffer
)

func (b *buffer) bytes() []byte {
	if b.memory != nil {
		return b.memory.bytes()
	}
	return b.own
}

// indexed is how many properties an object has before they are indexed.
const indexed = 16

// An object keeps its properties in the order in which they were set.
type object struct {
	names  []string
	values []any
	index  map[string]int // of names, once there are more than indexed
}

func (o *object) find(name string) int {
	if o.index != nil {
		if i, ok := o.index[name]; ok {
			return i
		}
		return -1
	}
	for i, n := range o.names {
		if n == name {
			return i
		}
	}
	return -1
}

func (o *object) get(name string) any {
	if i := o.find(name); i >= 0 {
		return o.values[i]
	}
	return undefined{}
}

func (o *object) set(name string, value any) {
	if i := o.find(name); i >= 0 {
		o.values[i] = value
		return
	}
	o.names, o.values = append(o.names, name), append(o.values, value)
	switch {
	case o.index != nil:
		o.index[name] = len(o.names) - 1
	case len(o.names) > indexed:
		o.index = make(map[string]int, 2*len(o.names))
		for i, n := range o.names {
			o.index[n] = i
		}
	}
}

// object returns a property that is an object, or fails as JavaScript would on undefined.
func (o *object) object(name string) *object {
	inner, ok := o.get(name).(*object)
	if !ok {
		throw("%s is not an object", name)
	}
	return inner
}

// A thrown is an exception of JavaScript, or a call into the engine that trapped.
type thrown struct {
	value any
	cause error // of a trap
}

func (t thrown) Error() string { return display(t.value) }
func (t thrown) Unwrap() error { return t.cause }

func throw(format string, args ...any) {
	panic(thrown{value: failure{fmt.Sprintf(format, args...)}})
}

// display is String(v).
func display(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case undefined:
		return "undefined"
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case bigint:
		return strconv.FormatInt(int64(v), 10)
	case failure:
		return "Error: " + v.message
	}
	return "[object Object]"
}

// property is v[key].
func property(v, key any) any {
	name, named := key.(string)
	switch v := v.(type) {
	case *object:
		return v.get(display(key))
	case *array:
		if i, ok := key.(float64); ok && i >= 0 && int(i) < len(v.items) {
			return v.items[int(i)]
		}
		if named && name == "length" {
			return float64(len(v.items))
		}
		if key == any(symbol("iterator")) {
			return v.iterator()
		}
	case failure:
		if named && name == "message" {
			return v.message
		}
	case nil, undefined:
		throw("cannot read %s of %s", display(key), display(v))
	}
	return undefined{}
}

func (a *array) iterator() function {
	return func(context.Context, []any) any {
		next := 0
		it := &object{}
		it.set("next", function(func(context.Context, []any) any {
			step := &object{}
			step.set("done", next >= len(a.items))
			step.set("value", undefined{})
			if next < len(a.items) {
				step.set("value", a.items[next])
				next++
			}
			return step
		}))
		return it
	}
}

// call is f(args...).
func call(ctx context.Context, f any, args ...any) any {
	callee, ok := f.(function)
	if !ok {
		if c, is := f.(*closure); is {
			return c.call(ctx, args)
		}
		throw("%s is not a function", display(f))
	}
	return callee(ctx, args)
}

// same is a === b. Objects are the same when they are one.
func same(a, b any) bool {
	switch a.(type) {
	case function, failure:
		return false
	}
	switch b.(type) {
	case function, failure:
		return false
	}
	return a == b
}

func isObject(v any) bool {
	switch v.(type) {
	case nil, undefined, bool, string, float64, bigint, symbol, function, *closure:
		return false
	}
	return true
}
