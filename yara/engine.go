// Package yara matches data with YARA rules. It is a host for YARA-X as its makers build it for JavaScript: a WebAssembly
// module, which runs under wazero without cgo, sees only the bytes that it is given, and can be stopped and replaced.
//
// [Read] takes the engine from its file, which users fetch; [Folder] reads rules; [Open] compiles them for a [Pool],
// which is a sekisho.Matcher. A rule that does not compile is named in the [Report] and left out. Compiled rules are kept
// in a cache as the image of an engine's memory, from which the pool's engines start.
//
// The engine asks of its host what wasm-bindgen's glue does in JavaScript: values behind handles, and the running of
// modules to which it compiles the conditions of rules. There is no include, and no variable about the file scanned.
package yara

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/sekisho/sekisho"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/sys"
)

const (
	engineName   = "engine"
	tableName    = "__wbindgen_externrefs"
	closureMark  = "___convert__closures_____invoke___" // in the name of the export that calls a closure
	memoryPages  = 1 << 30 / pageSize                   // the most of an engine's memory, in pages
	tableEntries = 1 << 20                              // the most of its table of externrefs
)

// An Engine is one instance of YARA-X. It belongs to one goroutine. After an error other than a rule's, it must be
// closed and not used again.
type Engine struct {
	runtime    wazero.Runtime
	conditions wazero.Runtime // in which inner modules run, for which wazero's way to stop them is good enough
	main       api.Module
	table      api.Module

	idle        map[string][]api.Function // exports, by name, that no call is in
	closureCall string                    // the export that calls a closure
	clock       func() time.Time

	values  handles
	inner   *inner
	opened  []api.Module // instances that live as long as the scan
	data    []byte       // what is scanned
	rules   uint64       // pointers to the engine's objects
	scanner uint64
	scans   int
	rested  uint32 // bytes of memory before the first scan
}

// New starts an engine from the code of YARA-X, a file that [Read] gives. The first time takes seconds, of which the
// result is kept in the folder cache; "" keeps nothing.
func New(ctx context.Context, code []byte, cache string) (*Engine, error) {
	compiled, err := openCache(cache)
	if err != nil {
		return nil, err
	}
	return start(ctx, code, compiled)
}

func openCache(folder string) (wazero.CompilationCache, error) {
	if folder == "" {
		return wazero.NewCompilationCache(), nil
	}
	cache, err := wazero.NewCompilationCacheWithDir(folder)
	if err != nil {
		return nil, fmt.Errorf("cache of the YARA engine: %w", err)
	}
	return cache, nil
}

func start(ctx context.Context, code []byte, cache wazero.CompilationCache) (*Engine, error) {
	e, err := load(ctx, code, cache)
	if err != nil {
		return nil, err
	}
	if err := e.guarded(func() { e.invoke(ctx, "__wbindgen_start") }); err != nil {
		e.Close()
		return nil, fmt.Errorf("start the YARA engine: %w", err)
	}
	return e, nil
}

// load instantiates the code without running any of it.
func load(ctx context.Context, code []byte, cache wazero.CompilationCache) (*Engine, error) {
	config := wazero.NewRuntimeConfig().WithCompilationCache(cache).WithMemoryLimitPages(memoryPages)
	e := &Engine{runtime: wazero.NewRuntimeWithConfig(ctx, config), conditions: wazero.NewRuntimeWithConfig(ctx, config.WithCloseOnContextDone(true)), idle: map[string][]api.Function{}, clock: time.Now}
	if err := e.link(ctx, code); err != nil {
		e.Close()
		return nil, fmt.Errorf("load the YARA engine: %w", err)
	}
	return e, nil
}

// link joins the engine with its host.
func (e *Engine) link(ctx context.Context, code []byte) error {
	tick, err := tickOf(code)
	if err != nil {
		return err
	}
	if code, err = metered(code, tick); err != nil {
		return err
	}
	compiled, err := e.runtime.CompileModule(ctx, code)
	if err != nil {
		return err
	}
	hosts := map[string]wazero.HostModuleBuilder{}
	var missing []string
	for _, f := range compiled.ImportedFunctions() {
		module, name, _ := f.Import()
		run, ok := hostFuncFor(name)
		if !ok {
			missing = append(missing, name)
			continue
		}
		if hosts[module] == nil {
			hosts[module] = e.runtime.NewHostModuleBuilder(module)
		}
		hosts[module].NewFunctionBuilder().
			WithGoFunction(api.GoFunc(func(ctx context.Context, s []uint64) { run(ctx, e, s) }), f.ParamTypes(), f.ResultTypes()).
			Export(name)
	}
	if len(missing) > 0 {
		return fmt.Errorf("%w: it asks for functions unknown here: %s", sekisho.ErrUnavailable, strings.Join(missing, ", "))
	}
	for _, builder := range hosts {
		if _, err := builder.Instantiate(ctx); err != nil {
			return err
		}
	}
	none := wazero.NewModuleConfig().WithStartFunctions()
	if e.main, err = e.runtime.InstantiateModule(ctx, compiled, none.WithName(engineName)); err != nil {
		return err
	}
	for name := range e.main.ExportedFunctionDefinitions() {
		if strings.Contains(name, closureMark) {
			e.closureCall = name
		}
	}
	if e.main.Memory() == nil || e.closureCall == "" {
		return fmt.Errorf("%w: this is not the engine for JavaScript", sekisho.ErrMalformed)
	}
	e.table, err = e.runtime.InstantiateWithConfig(ctx, tableModule(engineName, tableName), none.WithName(""))
	return err
}

// Close frees the engine.
func (e *Engine) Close() error {
	ctx := context.Background()
	return errors.Join(e.conditions.Close(ctx), e.runtime.Close(ctx))
}

// guarded runs f and returns what it panics with as an error: that is how calls into the engine and its host fail.
// Faults of the runtime are returned too, since they come of what the engine, which reads hostile bytes, asks for.
func (e *Engine) guarded(f func()) (err error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case error:
			err = r
		default:
			err = fmt.Errorf("%v", r)
		}
	}()
	f()
	return nil
}

// trap is what an error of a call becomes: the end of the context as it is, else an exception that the caller, if it
// is the engine, may catch.
func trap(err error) error {
	var exit *sys.ExitError
	if errors.As(err, &exit) {
		if exit.ExitCode() == sys.ExitCodeDeadlineExceeded || exit.ExitCode() == sys.ExitCodeContextCanceled {
			return fmt.Errorf("%w: the YARA engine was stopped", sekisho.ErrTimeout)
		}
	}
	if errors.Is(err, sekisho.ErrLimit) || errors.Is(err, sekisho.ErrTimeout) {
		return err
	}
	return thrown{value: failure{firstLine(err.Error())}, cause: err}
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// invoke calls an export of the engine, which may call back. It panics with an error when the call traps.
func (e *Engine) invoke(ctx context.Context, name string, args ...uint64) []uint64 {
	var f api.Function
	if idle := e.idle[name]; len(idle) > 0 {
		f, e.idle[name] = idle[len(idle)-1], idle[:len(idle)-1]
	} else if f = e.main.ExportedFunction(name); f == nil {
		panic(fmt.Errorf("%w: the YARA engine has no function %s", sekisho.ErrUnavailable, name))
	}
	results, err := f.Call(ctx, args...)
	if err != nil {
		panic(trap(err))
	}
	e.idle[name] = append(e.idle[name], f)
	return results
}

// result calls an export that has one result.
func (e *Engine) result(ctx context.Context, name string, args ...uint64) uint64 {
	return e.invoke(ctx, name, args...)[0]
}

func (e *Engine) ref(ctx context.Context, at uint64) handle { return e.tableCall(ctx, "get", at)[0] }

func (e *Engine) setRef(ctx context.Context, at uint64, h handle) { e.tableCall(ctx, "set", at, h) }

// growRefs makes the table longer by n and returns its former length.
func (e *Engine) growRefs(ctx context.Context, n uint64) uint64 {
	return e.tableCall(ctx, "grow", handleUndefined, n)[0]
}

func (e *Engine) tableCall(ctx context.Context, name string, args ...uint64) []uint64 {
	results, err := e.table.ExportedFunction(name).Call(ctx, args...)
	if err != nil {
		panic(trap(err))
	}
	return results
}

// taken returns the value at an entry of the table and frees the entry.
func (e *Engine) taken(ctx context.Context, at uint64) any {
	v := e.values.get(e.ref(ctx, at))
	e.invoke(ctx, "__externref_table_dealloc_command_export", at)
	return v
}

// read returns the bytes at a place of the engine's memory: not a copy.
func (e *Engine) read(at, size uint64) []byte {
	data, ok := e.main.Memory().Read(uint32(at), uint32(size))
	if !ok {
		panic(fmt.Errorf("the YARA engine points outside its memory"))
	}
	return data
}

func (e *Engine) put32(at uint64, v uint32) { binary.LittleEndian.PutUint32(e.read(at, 4), v) }
func (e *Engine) put64(at, v uint64)        { binary.LittleEndian.PutUint64(e.read(at, 8), v) }

// write copies data into memory of the engine, which the engine frees.
func (e *Engine) write(ctx context.Context, data string) (at, size uint64) {
	size = uint64(len(data))
	at = e.result(ctx, "__wbindgen_malloc_command_export", size, 1)
	copy(e.read(at, size), data)
	return at, size
}

func (e *Engine) writeBytes(ctx context.Context, data []byte) (at, size uint64) {
	size = uint64(len(data))
	at = e.result(ctx, "__wbindgen_malloc_command_export", size, 1)
	copy(e.read(at, size), data)
	return at, size
}
