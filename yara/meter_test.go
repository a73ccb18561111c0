package yara

import (
	"bytes"
	"context"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// loopModule imports a clock and exports "run", which never ends.
func loopModule() []byte {
	return join(preamble,
		section(sectionType, vector([]byte{0x60, 0, 1, api.ValueTypeF64}, []byte{0x60, 0, 0})),
		section(sectionImport, vector(join(named("host"), named("__wbg_now_0"), []byte{externFunction, 0}))),
		section(sectionFunction, vector([]byte{1})),
		section(sectionGlobal, vector(global{kind: api.ValueTypeI64, initial: 7}.encode())),
		section(sectionExport, vector(join(named("run"), []byte{externFunction, 1}))),
		section(sectionCode, vector(sized([]byte{
			1, 2, api.ValueTypeI32, // two locals
			opLoop, noResult, 0x20, 0, opI32Const, 1, 0x6a, 0x21, 0, 0x0c, 0, opEnd, // loop: local 0 += 1, br 0
			opEnd}))))
}

func TestMeteredLoopsCallOut(t *testing.T) {
	module := loopModule()
	tick, err := tickOf(module)
	if err != nil {
		t.Fatal(err)
	}
	module, err = metered(module, tick)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	runtime := wazero.NewRuntime(ctx)
	defer runtime.Close(context.Background())
	calls := 0
	_, err = runtime.NewHostModuleBuilder("host").NewFunctionBuilder().WithGoFunction(api.GoFunc(func(ctx context.Context, s []uint64) {
		if calls++; calls == 3 {
			cancel()
		}
		checkTime(ctx)
	}), nil, []api.ValueType{api.ValueTypeF64}).Export("__wbg_now_0").Instantiate(ctx)
	if err != nil {
		t.Fatal(err)
	}
	instance, err := runtime.Instantiate(ctx, module)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := instance.ExportedFunction("run").Call(ctx); err == nil || calls != 3 {
		t.Errorf("%d calls, error %v; want the third to end it", calls, err)
	}
}

func TestMeteredRefusesWhatItDoesNotUnderstand(t *testing.T) {
	good := loopModule()
	for name, module := range map[string][]byte{
		"empty":          nil,
		"text":           []byte("not a module"),
		"cut":            good[:len(good)-3],
		"an instruction": bytes.Replace(good, []byte{0x6a, 0x21}, []byte{0xff, 0x21}, 1),
	} {
		if _, err := metered(module, 0); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func FuzzMeteredTakesAnyBytes(f *testing.F) {
	f.Add(loopModule())
	f.Add(tableModule("a", "b"))
	f.Add(memoryModule("m", 1, 2, []global{{name: "g", kind: api.ValueTypeI32, mutable: true}}))
	f.Fuzz(func(t *testing.T, module []byte) {
		out, err := metered(module, 0)
		if err != nil {
			return
		}
		before, _ := importsOf(module)
		after, err := importsOf(out)
		if err != nil || len(after.functions) != len(before.functions) {
			t.Errorf("imports %v, were %v: %v", after, before, err)
		}
	})
}

func TestHandles(t *testing.T) {
	var h handles
	for _, v := range []any{nil, undefined{}, true, false, 0.0, 1.5, -3.0, 4096.0, float64(exact), bigint(7), bigint(-7), "short", string(make([]byte, internLength+1)), symbol("iterator")} {
		if got := h.get(h.add(v)); got != v {
			t.Errorf("%v comes back as %v", v, got)
		}
	}
	o := &object{}
	kept := h.add(o)
	h.keep()
	gone := h.add(&array{})
	h.drop()
	if h.get(kept) != any(o) {
		t.Error("what is kept is gone")
	}
	if h.add(&array{}) == gone {
		t.Error("a handle is used twice")
	}
	defer func() {
		if recover() == nil {
			t.Error("a handle outlives its scan")
		}
	}()
	h.get(gone)
}

func TestObjectKeepsOrderAndFindsAll(t *testing.T) {
	o := &object{}
	for i := range 3 * indexed {
		o.set(display(float64(i)), i)
	}
	o.set("1", "again")
	if o.names[2] != "2" || len(o.names) != 3*indexed || o.get("1") != "again" || o.get("40") != 40 || o.get("x") != any(undefined{}) {
		t.Errorf("%v %v", o.names, o.values)
	}
}
