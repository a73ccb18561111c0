package yara

import (
	"encoding/binary"
	"errors"

	"github.com/tetratelabs/wazero/api"
)

// Writing and reading of the few parts of WebAssembly modules that the host needs (WebAssembly Core 2.0, §5).

const (
	sectionType     = 1
	sectionImport   = 2
	sectionFunction = 3
	sectionMemory   = 5
	sectionGlobal   = 6
	sectionExport   = 7
	sectionCode     = 10

	externFunction = 0
	externTable    = 1
	externMemory   = 2
	externGlobal   = 3

	opEnd = 0x0b
)

var preamble = []byte{0, 'a', 's', 'm', 1, 0, 0, 0}

func uleb(n uint64) []byte { return binary.AppendUvarint(nil, n) }

func sleb(n int64) []byte {
	var out []byte
	for {
		b := byte(n & 0x7f)
		n >>= 7
		if n == 0 && b&0x40 == 0 || n == -1 && b&0x40 != 0 {
			return append(out, b)
		}
		out = append(out, b|0x80)
	}
}

func join(parts ...[]byte) []byte {
	var out []byte
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

func sized(body []byte) []byte            { return join(uleb(uint64(len(body))), body) }
func named(name string) []byte            { return sized([]byte(name)) }
func vector(items ...[]byte) []byte       { return join(uleb(uint64(len(items))), join(items...)) }
func section(id byte, body []byte) []byte { return join([]byte{id}, sized(body)) }

// tableModule is a module that reaches the engine's table of externrefs, which wazero gives no access to: get(i),
// set(i, ref), grow(ref, n) and size().
func tableModule(module, table string) []byte {
	const i32, ref = api.ValueTypeI32, api.ValueTypeExternref
	function := func(code ...byte) []byte { return sized(join([]byte{0}, code, []byte{opEnd})) }
	export := func(name string, i byte) []byte { return join(named(name), []byte{externFunction, i}) }
	return join(preamble,
		section(sectionType, vector(
			[]byte{0x60, 1, i32, 1, ref},
			[]byte{0x60, 2, i32, ref, 0},
			[]byte{0x60, 2, ref, i32, 1, i32},
			[]byte{0x60, 0, 1, i32})),
		section(sectionImport, vector(join(named(module), named(table), []byte{externTable, ref, 0, 0}))),
		section(sectionFunction, vector([]byte{0}, []byte{1}, []byte{2}, []byte{3})),
		section(sectionExport, vector(export("get", 0), export("set", 1), export("grow", 2), export("size", 3))),
		section(sectionCode, vector(
			function(0x20, 0, 0x25, 0),              // local.get 0, table.get 0
			function(0x20, 0, 0x20, 1, 0x26, 0),     // local.get 0, local.get 1, table.set 0
			function(0x20, 0, 0x20, 1, 0xfc, 15, 0), // local.get 0, local.get 1, table.grow 0
			function(0xfc, 16, 0))))                 // table.size 0
}

// memoryModule is a module that exports a memory and globals.
func memoryModule(name string, pages, most uint32, globals []global) []byte {
	exports := [][]byte{join(named(name), []byte{externMemory, 0})}
	var values [][]byte
	for i, g := range globals {
		values = append(values, g.encode())
		exports = append(exports, join(named(g.name), []byte{externGlobal}, uleb(uint64(i))))
	}
	return join(preamble,
		section(sectionMemory, vector(join([]byte{1}, uleb(uint64(pages)), uleb(uint64(most))))),
		section(sectionGlobal, vector(values...)),
		section(sectionExport, vector(exports...)))
}

// A global is a global variable of a module.
type global struct {
	name    string
	kind    api.ValueType // i32 or i64
	mutable bool
	initial uint64
}

func (g global) encode() []byte {
	op, value := byte(0x41), sleb(int64(int32(g.initial))) // i32.const
	if g.kind == api.ValueTypeI64 {
		op, value = 0x42, sleb(int64(g.initial)) // i64.const
	}
	mutable := byte(0)
	if g.mutable {
		mutable = 1
	}
	return join([]byte{g.kind, mutable, op}, value, []byte{opEnd})
}

// An imported is an import of a module.
type imported struct{ module, name string }

// imports are what a module imports, each kind in its order.
type imports struct{ functions, memories, globals []imported }

// importsOf returns what a module imports: wazero lists functions and memories only.
func importsOf(code []byte) (imports, error) {
	var all imports
	r := reader{data: code[min(len(code), len(preamble)):], bad: len(code) < len(preamble)}
	for len(r.data) > 0 && !r.bad {
		id := r.octet()
		body := reader{data: r.take(r.number())}
		if id != sectionImport {
			continue
		}
		for n := body.number(); n > 0 && !body.bad; n-- {
			all.read(&body)
		}
		r.bad = r.bad || body.bad
	}
	if r.bad {
		return imports{}, errors.New("not a module of WebAssembly")
	}
	return all, nil
}

func (all *imports) read(r *reader) {
	it := imported{string(r.take(r.number())), string(r.take(r.number()))}
	switch r.octet() {
	case externFunction:
		r.number()
		all.functions = append(all.functions, it)
	case externTable:
		r.octet()
		r.limits()
	case externMemory:
		r.limits()
		all.memories = append(all.memories, it)
	case externGlobal:
		r.take(2)
		all.globals = append(all.globals, it)
	default:
		r.bad = true
	}
}

// A reader reads a module. Beyond the end it returns zeros and is bad.
type reader struct {
	data []byte
	bad  bool
}

func (r *reader) octet() byte {
	if b := r.take(1); len(b) == 1 {
		return b[0]
	}
	return 0
}

func (r *reader) number() uint64 {
	n, size := binary.Uvarint(r.data)
	if size <= 0 {
		r.bad, r.data = true, nil
		return 0
	}
	r.data = r.data[size:]
	return n
}

func (r *reader) take(n uint64) []byte {
	if n > uint64(len(r.data)) {
		r.bad, r.data = true, nil
		return nil
	}
	taken := r.data[:n]
	r.data = r.data[n:]
	return taken
}

func (r *reader) limits() {
	bounded := r.octet()&1 == 1
	r.number()
	if bounded {
		r.number()
	}
}
