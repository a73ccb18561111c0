package yara

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"strings"

	"github.com/sekisho/sekisho"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// The engine compiles the conditions of rules to a module of WebAssembly, which it asks its host to run: it hands over
// the code, a memory, globals, and a closure for every function of the engine that conditions call. One module is run
// for one set of rules, an instance of it for one scan.

// A program is a WebAssembly.Module: code that the engine made.
type program struct {
	code   []byte
	digest [sha256.Size]byte
}

// An instance is a WebAssembly.Instance.
type instance struct{ exports *object }

// A memory is a WebAssembly.Memory. Until an instance has it, its content is kept.
type memory struct {
	pages, most uint32
	kept        []byte
	live        api.Memory
}

func (m *memory) bytes() []byte {
	if m.live == nil {
		return m.kept
	}
	data, _ := m.live.Read(0, m.live.Size())
	return data
}

// A variable is a WebAssembly.Global. Until an instance has it, its value is kept.
type variable struct {
	kind    api.ValueType
	mutable bool
	kept    uint64
	live    api.Global
}

// An inner is a program as this engine's runtime runs it: its functions are imported from modules of the host that
// call what closures holds.
type inner struct {
	digest [sha256.Size]byte
	code   wazero.CompiledModule
	imports
	hosts    []api.Module
	glue     wazero.CompiledModule // the memory and the globals
	glued    string                // the code of glue
	closures []any                 // in the order of the program's imports
}

const (
	pageSize   = 64 << 10
	innerPages = 4096     // the most of an inner module's memory, in pages
	innerCode  = 64 << 20 // the most of its code, in bytes
)

func newGlobal(_ context.Context, e *Engine, s []uint64) {
	of, ok := e.values.get(s[0]).(*object)
	if !ok {
		throw("a global of no description")
	}
	v := &variable{kind: api.ValueTypeI32, mutable: of.get("mutable") == any(true)}
	switch kind := of.get("value"); kind {
	case "i32":
	case "i64":
		v.kind = api.ValueTypeI64
	default:
		throw("a global of type %s", display(kind))
	}
	v.kept = toWasm(e.values.get(s[1]), v.kind)
	s[0] = e.values.add(v)
}

func newMemory(_ context.Context, e *Engine, s []uint64) {
	of, ok := e.values.get(s[0]).(*object)
	if !ok {
		throw("a memory of no description")
	}
	initial, _ := of.get("initial").(float64)
	most, _ := of.get("maximum").(float64)
	if initial < 0 || initial > innerPages || most < initial {
		throw("a memory of %v pages", initial)
	}
	s[0] = e.values.add(&memory{
		pages: uint32(initial), most: uint32(min(most, innerPages)), kept: make([]byte, int(initial)*pageSize)})
}

func newModule(_ context.Context, e *Engine, s []uint64) {
	var code []byte
	switch v := e.values.get(s[0]).(type) {
	case octets:
		code = v.bytes()
	case *buffer:
		code = v.bytes()
	}
	if len(code) > innerCode {
		panic(fmt.Errorf("%w: conditions of more than %d bytes", sekisho.ErrLimit, innerCode))
	}
	s[0] = e.values.add(&program{code, sha256.Sum256(code)})
}

func newInstance(ctx context.Context, e *Engine, s []uint64) {
	p, ok := e.values.get(s[0]).(*program)
	imports, is := e.values.get(s[1]).(*object)
	if !ok || !is {
		throw("an instance of nothing")
	}
	s[0] = e.values.add(e.instantiate(ctx, p, imports))
}

func setGlobal(_ context.Context, e *Engine, s []uint64) {
	v, ok := e.values.get(s[0]).(*variable)
	if !ok {
		panic(fmt.Errorf("a %T for a global", e.values.get(s[0])))
	}
	v.kept = toWasm(e.values.get(s[1]), v.kind)
	if live, ok := v.live.(api.MutableGlobal); ok {
		live.Set(v.kept)
	}
}

// getValue reads .value, of a global or of a step of an iterator.
func getValue(_ context.Context, e *Engine, s []uint64) {
	v, ok := e.values.get(s[0]).(*variable)
	if !ok {
		s[0] = e.values.add(property(e.values.get(s[0]), "value"))
		return
	}
	if v.live != nil {
		v.kept = v.live.Get()
	}
	s[0] = e.values.add(fromWasm(v.kept, v.kind))
}

func getExports(_ context.Context, e *Engine, s []uint64) {
	i, ok := e.values.get(s[0]).(*instance)
	if !ok {
		panic(fmt.Errorf("the exports of a %T", e.values.get(s[0])))
	}
	s[0] = e.values.add(i.exports)
}

// innerFor compiles a program, unless it is the one that ran before.
func (e *Engine) innerFor(ctx context.Context, p *program) *inner {
	if e.inner != nil && e.inner.digest == p.digest {
		return e.inner
	}
	if e.inner != nil {
		e.inner.close(ctx)
		e.inner = nil
	}
	code, err := e.conditions.CompileModule(ctx, p.code)
	if err != nil {
		throw("compile conditions: %v", err)
	}
	in := &inner{digest: p.digest, code: code}
	if in.imports, err = importsOf(p.code); err != nil {
		throw("%v", err)
	}
	in.closures = make([]any, len(code.ImportedFunctions()))
	hosts := map[string]wazero.HostModuleBuilder{}
	for i, f := range code.ImportedFunctions() {
		module, name, _ := f.Import()
		if hosts[module] == nil {
			hosts[module] = e.conditions.NewHostModuleBuilder(module)
		}
		hosts[module].NewFunctionBuilder().WithGoFunction(e.conditionFunc(in, i, f), f.ParamTypes(), f.ResultTypes()).Export(name)
	}
	for module, builder := range hosts {
		host, err := builder.Instantiate(ctx)
		if err != nil {
			throw("functions of %s: %v", module, err)
		}
		in.hosts = append(in.hosts, host)
	}
	e.inner = in
	return in
}

func (in *inner) close(ctx context.Context) {
	for _, m := range in.hosts {
		m.Close(ctx)
	}
	if in.glue != nil {
		in.glue.Close(ctx)
	}
	in.code.Close(ctx)
}

// conditionFunc is a function that conditions call: import i of the program.
func (e *Engine) conditionFunc(in *inner, i int, f api.FunctionDefinition) api.GoFunc {
	_, name, _ := f.Import()
	params, results := f.ParamTypes(), f.ResultTypes()
	if read := readerFor(name, params, results); read != nil {
		return func(_ context.Context, s []uint64) { read(e.data, s) }
	}
	args := make([]any, len(params))
	return func(ctx context.Context, s []uint64) {
		checkTime(ctx)
		for k, kind := range params {
			args[k] = fromWasm(s[k], kind)
		}
		answer := call(ctx, in.closures[i], args...)
		switch len(results) {
		case 0:
		case 1:
			s[0] = toWasm(answer, results[0])
		default:
			list, ok := answer.(*array)
			if !ok || len(list.items) < len(results) {
				throw("%s answers %s", name, display(answer))
			}
			for k, kind := range results {
				s[k] = toWasm(list.items[k], kind)
			}
		}
	}
}

// instantiate makes an instance with the memory, the globals and the closures in imports.
func (e *Engine) instantiate(ctx context.Context, p *program, imports *object) *instance {
	in := e.innerFor(ctx, p)
	for i, f := range in.code.ImportedFunctions() {
		module, name, _ := f.Import()
		in.closures[i] = imports.object(module).get(name)
	}
	if len(in.memories) > 0 {
		e.glue(ctx, in, imports)
	}
	live, err := e.conditions.InstantiateModule(ctx, in.code, wazero.NewModuleConfig().WithName(""))
	if err != nil {
		throw("instantiate conditions: %v", err)
	}
	e.opened = append(e.opened, live)
	exports := &object{}
	for name, f := range live.ExportedFunctionDefinitions() {
		run, params, results := live.ExportedFunction(name), f.ParamTypes(), f.ResultTypes()
		exports.set(name, function(func(ctx context.Context, args []any) any {
			stack := make([]uint64, len(params))
			for i, kind := range params[:min(len(params), len(args))] {
				stack[i] = toWasm(args[i], kind)
			}
			answer, err := run.Call(ctx, stack...)
			if err != nil {
				panic(trap(err))
			}
			if len(results) == 0 {
				return undefined{}
			}
			return fromWasm(answer[0], results[0])
		}))
	}
	return &instance{exports}
}

// glue instantiates the module that gives the program its memory and its globals, and joins those to the engine's.
func (e *Engine) glue(ctx context.Context, in *inner, imports *object) {
	at := in.memories[0]
	mem, ok := imports.object(at.module).get(at.name).(*memory)
	if !ok || len(in.memories) > 1 {
		throw("conditions with %d memories", len(in.memories))
	}
	variables := make([]*variable, len(in.globals))
	globals := make([]global, len(in.globals))
	for i, g := range in.globals {
		v, ok := imports.object(g.module).get(g.name).(*variable)
		if !ok || g.module != at.module {
			throw("conditions with a global %s of %s", g.name, g.module)
		}
		variables[i] = v
		globals[i] = global{name: g.name, kind: v.kind, mutable: v.mutable}
		if !v.mutable {
			globals[i].initial = v.kept
		}
	}
	if code := memoryModule(at.name, mem.pages, mem.most, globals); string(code) != in.glued {
		compiled, err := e.conditions.CompileModule(ctx, code)
		if err != nil {
			throw("a memory for conditions: %v", err)
		}
		in.glue, in.glued = compiled, string(code)
	}
	live, err := e.conditions.InstantiateModule(ctx, in.glue, wazero.NewModuleConfig().WithName(at.module))
	if err != nil {
		throw("a memory for conditions: %v", err)
	}
	e.opened = append(e.opened, live)
	kept := mem.kept
	mem.live, mem.kept = live.ExportedMemory(at.name), nil
	copy(mem.bytes(), kept)
	for i, v := range variables {
		v.live = live.ExportedGlobal(in.globals[i].name)
		if v.mutable {
			v.live.(api.MutableGlobal).Set(v.kept)
		}
	}
}

func toWasm(v any, kind api.ValueType) uint64 {
	switch v := v.(type) {
	case float64:
		switch kind {
		case api.ValueTypeI32:
			return uint64(uint32(int64(v)))
		case api.ValueTypeI64:
			return uint64(int64(v))
		case api.ValueTypeF32:
			return uint64(math.Float32bits(float32(v)))
		default:
			return math.Float64bits(v)
		}
	case bigint:
		return uint64(v)
	case bool:
		return bit(v)
	}
	if kind == api.ValueTypeF64 {
		return math.Float64bits(math.NaN())
	}
	return 0
}

func fromWasm(v uint64, kind api.ValueType) any {
	switch kind {
	case api.ValueTypeI32:
		return float64(int32(v))
	case api.ValueTypeI64:
		return bigint(v)
	case api.ValueTypeF32:
		return float64(math.Float32frombits(uint32(v)))
	}
	return math.Float64frombits(v)
}

// readers are the functions of YARA that read an integer from the data, the width and the reading. They are served here:
// a call into the engine and back takes a thousand times as long.
var readers = map[string]struct {
	width int
	read  func([]byte) int64
}{
	"uint8":    {1, func(b []byte) int64 { return int64(b[0]) }},
	"uint8be":  {1, func(b []byte) int64 { return int64(b[0]) }},
	"uint16":   {2, func(b []byte) int64 { return int64(binary.LittleEndian.Uint16(b)) }},
	"uint16be": {2, func(b []byte) int64 { return int64(binary.BigEndian.Uint16(b)) }},
	"uint32":   {4, func(b []byte) int64 { return int64(binary.LittleEndian.Uint32(b)) }},
	"uint32be": {4, func(b []byte) int64 { return int64(binary.BigEndian.Uint32(b)) }},
	"int8":     {1, func(b []byte) int64 { return int64(int8(b[0])) }},
	"int8be":   {1, func(b []byte) int64 { return int64(int8(b[0])) }},
	"int16":    {2, func(b []byte) int64 { return int64(int16(binary.LittleEndian.Uint16(b))) }},
	"int16be":  {2, func(b []byte) int64 { return int64(int16(binary.BigEndian.Uint16(b))) }},
	"int32":    {4, func(b []byte) int64 { return int64(int32(binary.LittleEndian.Uint32(b))) }},
	"int32be":  {4, func(b []byte) int64 { return int64(int32(binary.BigEndian.Uint32(b))) }},
}

// readerFor returns the function for an import such as "uint16@offset:i@i:R0:65535u": an offset to the integer and
// whether it is undefined.
func readerFor(name string, params, results []api.ValueType) func(data []byte, s []uint64) {
	name, _, _ = strings.Cut(name, "@")
	r, ok := readers[name]
	if !ok || len(params) != 1 || params[0] != api.ValueTypeI64 ||
		len(results) != 2 || results[0] != api.ValueTypeI64 || results[1] != api.ValueTypeI32 {
		return nil
	}
	return func(data []byte, s []uint64) {
		at := int64(s[0])
		if at < 0 || at > int64(len(data)-r.width) {
			s[0], s[1] = 0, 1
			return
		}
		s[0], s[1] = uint64(r.read(data[at:])), 0
	}
}
