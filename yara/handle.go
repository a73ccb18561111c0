package yara

import (
	"fmt"
	"math"

	"github.com/sekisho/sekisho"
)

// A handle stands for a value in the engine, where it is an externref. null, undefined, booleans and most numbers are
// written in the handle itself; the rest is an index, of kind above the low bits. A handle is never used for two
// values: one that outlives its scan is found out.
type handle = uint64

const (
	handleNull handle = iota
	handleUndefined
	handleTrue
	handleFalse
)

const (
	kindShift = 60

	kindObject = handle(1) << kindShift // index into handles.values
	kindString = handle(2) << kindShift // index into handles.strings
	kindNumber = handle(3) << kindShift // a float64 that is an integer from 0 below 2^53
	kindBigint = handle(4) << kindShift // the same as a bigint

	payload = handle(1)<<kindShift - 1
	exact   = 1 << 53
)

const (
	valuesLimit  = 4 << 20 // values that one scan or compilation may make
	stringsLimit = 4096    // strings that are kept for good
	internLength = 64      // bytes of the longest of them
)

// handles holds the values that the engine has handles of.
type handles struct {
	kept    []any          // made while compiling: they live as long as the rules
	values  []any          // made since: they live as long as the scan
	base    handle         // index of values[0]
	strings []string       // names of properties and the like, which come back with every scan
	known   map[string]int // index into strings
}

func (h *handles) add(v any) handle {
	switch v := v.(type) {
	case nil:
		return handleNull
	case undefined:
		return handleUndefined
	case bool:
		if v {
			return handleTrue
		}
		return handleFalse
	case float64:
		if v >= 0 && v < exact && v == math.Trunc(v) && !math.Signbit(v) {
			return kindNumber | handle(v)
		}
	case bigint:
		if v >= 0 && v < exact {
			return kindBigint | handle(v)
		}
	case string:
		if len(v) <= internLength {
			if i, ok := h.intern(v); ok {
				return kindString | handle(i)
			}
		}
	}
	if len(h.values) >= valuesLimit {
		panic(fmt.Errorf("%w: more than %d values at once", sekisho.ErrLimit, valuesLimit))
	}
	h.values = append(h.values, v)
	return kindObject | (h.base + handle(len(h.values)) - 1)
}

func (h *handles) intern(s string) (int, bool) {
	if i, ok := h.known[s]; ok {
		return i, true
	}
	if len(h.strings) >= stringsLimit {
		return 0, false
	}
	if h.known == nil {
		h.known = map[string]int{}
	}
	h.strings = append(h.strings, s)
	h.known[s] = len(h.strings) - 1
	return len(h.strings) - 1, true
}

func (h *handles) get(at handle) any {
	i := at & payload
	switch at &^ payload {
	case kindNumber:
		return float64(i)
	case kindBigint:
		return bigint(i)
	case kindString:
		if i < handle(len(h.strings)) {
			return h.strings[i]
		}
	case kindObject:
		if i < handle(len(h.kept)) {
			return h.kept[i]
		}
		if i >= h.base && i-h.base < handle(len(h.values)) {
			return h.values[i-h.base]
		}
	case 0:
		switch i {
		case handleNull:
			return nil
		case handleUndefined:
			return undefined{}
		case handleTrue:
			return true
		case handleFalse:
			return false
		}
	}
	panic(fmt.Errorf("the engine kept value %#x beyond its time", at))
}

// keep makes what exists live for good: the rules are compiled.
func (h *handles) keep() {
	h.kept, h.values = h.values, nil
	h.base = handle(len(h.kept))
}

// drop forgets the values of a scan.
func (h *handles) drop() {
	h.base += handle(len(h.values))
	clear(h.values)
	h.values = h.values[:0]
	if cap(h.values) > 64<<10 {
		h.values = nil
	}
}
