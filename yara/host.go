package yara

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/sekisho/sekisho"
)

// A hostFunc is what the engine imports: stack holds the arguments and takes the result.
type hostFunc func(ctx context.Context, e *Engine, stack []uint64)

// hostFuncFor finds the function for an import. Imports are named __wbg_NAME_HASH; the hash is part of the key where
// several share a name.
func hostFuncFor(name string) (hostFunc, bool) {
	if f, ok := hostFuncs[name]; ok {
		return f, true
	}
	short := strings.TrimPrefix(name, "__wbg_")
	if f, ok := hostFuncs[short]; ok {
		return f, true
	}
	if i := strings.LastIndexByte(short, '_'); i > 0 {
		f, ok := hostFuncs[short[:i]]
		return f, ok
	}
	return nil, false
}

// hostFuncs is what wasm-bindgen's glue does, over the values of this package. Arguments of 32 bits come with anything in
// their upper half.
var hostFuncs = map[string]hostFunc{
	"new_2e117a478906f062":            func(_ context.Context, e *Engine, s []uint64) { s[0] = e.values.add(&object{}) },
	"new_36e147a8ced3c6e0":            func(_ context.Context, e *Engine, s []uint64) { s[0] = e.values.add(&array{}) },
	"new_e66a4b7758dd2e5c":            newError,
	"Error":                           newError,
	"new_81880fb5002cb255":            newOctets,
	"new_from_slice_543b875b27789a8f": octetsFrom,
	"new_669dbd912b3ac42f":            caught(newGlobal),
	"new_9317ec2f3d86d4ea":            caught(newMemory),
	"new_6af024326b90efb7":            caught(newModule),
	"new_f749bf2c00f4e889":            caught(newInstance),

	"set_0bf1fca872bc6d18": setOctets,
	"set_4564f7dc44fcb0c9": caught(func(ctx context.Context, e *Engine, s []uint64) {
		setProperty(ctx, e, s)
		s[0] = 1
	}),
	"set_6be42768c690e380":       setProperty,
	"set_dc601f4a69da0bc2":       setItem,
	"set_value_2514eda76d3704a3": setGlobal,
	"value_f9ab611b95e6a4df":     getValue,
	"value_49f783bb59765962":     getValue,

	"get_9a29be2cb383ed9a":           caught(getProperty),
	"get_dddb90ff5d27a080":           caught(getProperty),
	"get_197a3fe98f169e38":           getItem,
	"get_unchecked_54a4374c38e08460": getItem,

	"call_5575218572ead796": caught(func(ctx context.Context, e *Engine, s []uint64) {
		s[0] = e.values.add(call(ctx, e.values.get(s[0]), e.values.get(s[2])))
	}),
	"call_8e98ed2f3c86c4b5": caught(func(ctx context.Context, e *Engine, s []uint64) {
		s[0] = e.values.add(call(ctx, e.values.get(s[0])))
	}),
	"next_0c4066e251d2eff9": caught(func(ctx context.Context, e *Engine, s []uint64) {
		s[0] = e.values.add(call(ctx, property(e.values.get(s[0]), "next")))
	}),
	"next_402fa10b59ab20c3": func(_ context.Context, e *Engine, s []uint64) {
		s[0] = e.values.add(property(e.values.get(s[0]), "next"))
	},

	"__wbindgen_init_externref_table":  initTable,
	"__wbindgen_cast_0000000000000001": newClosure,
	"__wbindgen_cast_0000000000000002": func(_ context.Context, e *Engine, s []uint64) { s[0] = e.values.add(math.Float64frombits(s[0])) },
	"__wbindgen_cast_0000000000000003": func(_ context.Context, e *Engine, s []uint64) { s[0] = e.values.add(bigint(s[0])) },
	"__wbindgen_cast_0000000000000004": func(_ context.Context, e *Engine, s []uint64) { s[0] = e.values.add(string(e.read(s[0], s[1]))) },
	"__wbindgen_cast_0000000000000005": func(_ context.Context, e *Engine, s []uint64) { s[0] = e.values.add(bigint(s[0])) },
	"__wbindgen_throw":                 throwString,
	"__wbindgen_debug_string":          toText,
	"__wbindgen_string_get":            getString,
	"__wbindgen_number_get":            getNumber,
	"__wbindgen_bigint_get_as_i64":     getBigint,
	"__wbindgen_boolean_get":           getBoolean,
	"__wbindgen_in":                    in,
	"__wbindgen_is_bigint":             is(func(v any) bool { _, ok := v.(bigint); return ok }),
	"__wbindgen_is_undefined":          is(func(v any) bool { return v == any(undefined{}) }),
	"__wbindgen_is_object":             is(isObject),
	"__wbindgen_is_function":           is(isFunction),
	"__wbindgen_jsval_eq":              equal,
	"__wbindgen_jsval_loose_eq":        equal,
	"_wbg_cb_unref":                    unref,
	"String":                           toText,
	"toString":                         caught(func(_ context.Context, e *Engine, s []uint64) { s[0] = e.values.add(display(e.values.get(s[0]))) }),
	"buffer":                           getBuffer,
	"prototypesetcall":                 copyOut,
	"exports":                          getExports,
	"entries":                          entries,
	"length":                           length,
	"push":                             push,
	"done": func(_ context.Context, e *Engine, s []uint64) {
		s[0] = bit(property(e.values.get(s[0]), "done") == any(true))
	},
	"iterator":                    func(_ context.Context, e *Engine, s []uint64) { s[0] = e.values.add(symbol("iterator")) },
	"now":                         now,
	"instanceof_ArrayBuffer":      is(func(v any) bool { _, ok := v.(*buffer); return ok }),
	"instanceof_Uint8Array":       is(func(v any) bool { _, ok := v.(octets); return ok }),
	"instanceof_Map":              is(func(any) bool { return false }),
	"isArray":                     is(func(v any) bool { _, ok := v.(*array); return ok }),
	"isSafeInteger":               is(isSafeInteger),
	"static_accessor_GLOBAL_THIS": globalThis,
	"static_accessor_GLOBAL":      noGlobal,
	"static_accessor_SELF":        noGlobal,
	"static_accessor_WINDOW":      noGlobal,
}

func bit(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

func is(test func(any) bool) hostFunc {
	return func(_ context.Context, e *Engine, s []uint64) { s[0] = bit(test(e.values.get(s[0]))) }
}

func isFunction(v any) bool {
	switch v.(type) {
	case function, *closure:
		return true
	}
	return false
}

func isSafeInteger(v any) bool {
	f, ok := v.(float64)
	return ok && f == math.Trunc(f) && math.Abs(f) < exact
}

// caught hands exceptions to the engine, as wasm-bindgen's handleError does. What is not an exception of JavaScript
// ends the call: the end of the context, a bound, a fault of the host.
func caught(f hostFunc) hostFunc {
	return func(ctx context.Context, e *Engine, s []uint64) {
		defer func() {
			switch r := recover().(type) {
			case nil:
			case thrown:
				checkTime(ctx)
				at := e.result(ctx, "__externref_table_alloc_command_export")
				e.setRef(ctx, at, e.values.add(r.value))
				e.invoke(ctx, "__wbindgen_exn_store_command_export", at)
				if len(s) > 0 {
					s[0] = 0
				}
			default:
				panic(r)
			}
		}()
		f(ctx, e, s)
	}
}

// checkTime ends the call when the context is done.
func checkTime(ctx context.Context) {
	if err := ctx.Err(); err != nil {
		panic(fmt.Errorf("%w: %w", sekisho.ErrTimeout, err))
	}
}

func newError(_ context.Context, e *Engine, s []uint64) {
	s[0] = e.values.add(failure{string(e.read(s[0], s[1]))})
}

func throwString(_ context.Context, e *Engine, s []uint64) {
	panic(errors.New(string(e.read(s[0], s[1]))))
}

func newOctets(_ context.Context, e *Engine, s []uint64) {
	switch v := e.values.get(s[0]).(type) {
	case *buffer:
		s[0] = e.values.add(octets{v})
	case octets:
		s[0] = e.values.add(octets{&buffer{own: append([]byte(nil), v.bytes()...)}})
	default:
		panic(fmt.Errorf("octets of a %T", v))
	}
}

func octetsFrom(_ context.Context, e *Engine, s []uint64) {
	s[0] = e.values.add(octets{&buffer{own: append([]byte(nil), e.read(s[0], s[1])...)}})
}

func (e *Engine) octets(at handle) []byte {
	v, ok := e.values.get(at).(octets)
	if !ok {
		panic(fmt.Errorf("a %T for octets", v))
	}
	return v.bytes()
}

func setOctets(_ context.Context, e *Engine, s []uint64) {
	copy(e.octets(s[0]), e.read(s[1], s[2]))
}

// copyOut writes octets into the engine's memory.
func copyOut(_ context.Context, e *Engine, s []uint64) {
	data := e.octets(s[2])
	copy(e.read(s[0], s[1]), data)
}

func getBuffer(_ context.Context, e *Engine, s []uint64) {
	switch v := e.values.get(s[0]).(type) {
	case *memory:
		s[0] = e.values.add(&buffer{memory: v})
	case octets:
		s[0] = e.values.add(v.buffer)
	default:
		panic(fmt.Errorf("the buffer of a %T", v))
	}
}

func setProperty(_ context.Context, e *Engine, s []uint64) {
	o, ok := e.values.get(s[0]).(*object)
	if !ok {
		throw("not an object")
	}
	o.set(display(e.values.get(s[1])), e.values.get(s[2]))
}

func getProperty(_ context.Context, e *Engine, s []uint64) {
	s[0] = e.values.add(property(e.values.get(s[0]), e.values.get(s[1])))
}

func getItem(_ context.Context, e *Engine, s []uint64) {
	s[0] = e.values.add(property(e.values.get(s[0]), float64(uint32(s[1]))))
}

func setItem(_ context.Context, e *Engine, s []uint64) {
	a, i := e.array(s[0]), uint32(s[1])
	if i >= valuesLimit {
		panic(fmt.Errorf("an array of %d items", i))
	}
	for uint32(len(a.items)) <= i {
		a.items = append(a.items, undefined{})
	}
	a.items[i] = e.values.get(s[2])
}

func (e *Engine) array(at handle) *array {
	a, ok := e.values.get(at).(*array)
	if !ok {
		panic(fmt.Errorf("a %T for an array", a))
	}
	return a
}

func push(_ context.Context, e *Engine, s []uint64) {
	a := e.array(s[0])
	a.items = append(a.items, e.values.get(s[1]))
	s[0] = uint64(len(a.items))
}

func length(_ context.Context, e *Engine, s []uint64) {
	if v, ok := e.values.get(s[0]).(octets); ok {
		s[0] = uint64(len(v.bytes()))
		return
	}
	s[0] = uint64(len(e.array(s[0]).items))
}

func entries(_ context.Context, e *Engine, s []uint64) {
	list := &array{}
	if o, ok := e.values.get(s[0]).(*object); ok {
		for i, name := range o.names {
			list.items = append(list.items, &array{[]any{name, o.values[i]}})
		}
	}
	s[0] = e.values.add(list)
}

func in(_ context.Context, e *Engine, s []uint64) {
	o, ok := e.values.get(s[1]).(*object)
	s[0] = bit(ok && o.find(display(e.values.get(s[0]))) >= 0)
}

func equal(_ context.Context, e *Engine, s []uint64) {
	s[0] = bit(same(e.values.get(s[0]), e.values.get(s[1])))
}

// globalThis is an empty object: the engine looks there for console and the like, and does without.
func globalThis(ctx context.Context, e *Engine, s []uint64) {
	at := e.result(ctx, "__externref_table_alloc_command_export")
	e.setRef(ctx, at, e.values.add(&object{}))
	s[0] = at
}

func noGlobal(_ context.Context, _ *Engine, s []uint64) { s[0] = 0 }

// now is Date.now. Every loop calls it now and then, see metered.
func now(ctx context.Context, e *Engine, s []uint64) {
	checkTime(ctx)
	s[0] = math.Float64bits(float64(e.clock().UnixMilli()))
}

// initTable puts the four values that every table of externrefs begins with where wasm-bindgen wants them.
func initTable(ctx context.Context, e *Engine, _ []uint64) {
	at := e.growRefs(ctx, 4)
	e.setRef(ctx, 0, handleUndefined)
	for i, h := range []handle{handleUndefined, handleNull, handleTrue, handleFalse} {
		e.setRef(ctx, at+uint64(i), h)
	}
}

func toText(ctx context.Context, e *Engine, s []uint64) {
	e.answer(ctx, s[0], display(e.values.get(s[1])), true)
}

func getString(ctx context.Context, e *Engine, s []uint64) {
	text, ok := e.values.get(s[1]).(string)
	e.answer(ctx, s[0], text, ok)
}

// answer writes where a string lies, and its length, to the place at.
func (e *Engine) answer(ctx context.Context, at uint64, text string, ok bool) {
	var start, size uint64
	if ok {
		start, size = e.write(ctx, text)
	}
	e.put32(at, uint32(start))
	e.put32(at+4, uint32(size))
}

func getNumber(_ context.Context, e *Engine, s []uint64) {
	f, ok := e.values.get(s[1]).(float64)
	e.put64(s[0]+8, math.Float64bits(f))
	e.put32(s[0], uint32(bit(ok)))
}

func getBigint(_ context.Context, e *Engine, s []uint64) {
	n, ok := e.values.get(s[1]).(bigint)
	e.put64(s[0]+8, uint64(n))
	e.put32(s[0], uint32(bit(ok)))
}

// getBoolean answers 0xFFFFFF for what is no boolean.
func getBoolean(_ context.Context, e *Engine, s []uint64) {
	b, ok := e.values.get(s[0]).(bool)
	s[0] = bit(b)
	if !ok {
		s[0] = 0xFFFFFF
	}
}

// A closure is a function of the engine that it gave to the host: here, one of those that conditions of rules call.
type closure struct {
	a, b  uint64
	call  function
	freed bool
}

func newClosure(_ context.Context, e *Engine, s []uint64) {
	c := &closure{a: s[0], b: s[1]}
	c.call = func(ctx context.Context, args []any) any {
		if c.freed {
			throw("a closure is called that the engine freed")
		}
		stack := [6]uint64{c.a, c.b, handleUndefined, handleUndefined, handleUndefined, handleUndefined}
		for i, v := range args[:min(len(args), 4)] {
			stack[2+i] = e.values.add(v)
		}
		return e.values.get(e.result(ctx, e.closureCall, stack[:]...))
	}
	s[0] = e.values.add(c)
}

// unref is called as the engine drops a closure.
func unref(ctx context.Context, e *Engine, s []uint64) {
	if c, ok := e.values.get(s[0]).(*closure); ok && !c.freed {
		c.freed = true
		e.invoke(ctx, "__wbindgen_destroy_closure_command_export", c.a, c.b)
	}
}
