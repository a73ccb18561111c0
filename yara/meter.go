package yara

import (
	"errors"
	"fmt"
	"strings"

	"github.com/tetratelabs/wazero/api"
)

// Code of WebAssembly cannot be stopped from outside, nor can Go's collector stop it while it runs. wazero's remedy, a
// call out of every turn of every loop, makes the engine three times as slow. metered makes loops count instead, and call
// out after turnsBetween turns, which is about a millisecond.
const turnsBetween = 1 << 18

// errCode is the error of code that cannot be metered.
var errCode = errors.New("code of WebAssembly that is not understood")

// Instructions (WebAssembly Core 2.0, §5.4).
const (
	opLoop       = 0x03
	opIf         = 0x04
	opCall       = 0x10
	opDrop       = 0x1a
	opGlobalGet  = 0x23
	opGlobalSet  = 0x24
	opI32Const   = 0x41
	opI32Eqz     = 0x45
	opI32Sub     = 0x6b
	noResult     = 0x40
	prefixOthers = 0xfc
	prefixVector = 0xfd
)

// metered returns the module with every loop counting down a global of its own and calling, whenever that comes to
// nothing, imported function tick, which has no parameters and one result.
func metered(module []byte, tick uint64) ([]byte, error) {
	all, err := importsOf(module)
	if err != nil {
		return nil, err
	}
	out := append(make([]byte, 0, len(module)+len(module)/8), preamble...)
	r := reader{data: module[len(preamble):]}
	var counter uint64
	for len(r.data) > 0 && !r.bad {
		id := r.octet()
		body := r.take(r.number())
		switch id {
		case sectionGlobal:
			b := reader{data: body}
			n := b.number()
			counter = uint64(len(all.globals)) + n
			body = join(uleb(n+1), b.data, global{kind: api.ValueTypeI32, mutable: true, initial: turnsBetween}.encode())
		case sectionCode:
			if counter == 0 {
				return nil, fmt.Errorf("%w: no globals", errCode)
			}
			if body, err = meteredCode(body, countDown(counter, tick)); err != nil {
				return nil, err
			}
		}
		out = append(append(append(out, id), uleb(uint64(len(body)))...), body...)
	}
	if r.bad {
		return nil, errCode
	}
	return out, nil
}

// tickOf returns the imported function that loops call: the one that reads the clock.
func tickOf(module []byte) (uint64, error) {
	all, err := importsOf(module)
	if err != nil {
		return 0, err
	}
	for i, f := range all.functions {
		if strings.HasPrefix(f.name, "__wbg_now_") {
			return uint64(i), nil
		}
	}
	return 0, fmt.Errorf("%w: it reads no clock", errCode)
}

// countDown is what a loop's turn begins with.
func countDown(counter, tick uint64) []byte {
	at := uleb(counter)
	return join(
		[]byte{opGlobalGet}, at, []byte{opI32Const, 1, opI32Sub, opGlobalSet}, at,
		[]byte{opGlobalGet}, at, []byte{opI32Eqz, opIf, noResult},
		[]byte{opI32Const}, sleb(turnsBetween), []byte{opGlobalSet}, at,
		[]byte{opCall}, uleb(tick), []byte{opDrop, opEnd})
}

// meteredCode returns the code section with turn at the start of every loop.
func meteredCode(section, turn []byte) ([]byte, error) {
	r := reader{data: section}
	n := r.number()
	out := append(make([]byte, 0, len(section)+len(section)/8), uleb(n)...)
	var code []byte
	for ; n > 0 && !r.bad; n-- {
		body := r.take(r.number())
		b := reader{data: body}
		for groups := b.number(); groups > 0 && !b.bad; groups-- {
			b.number()
			b.octet()
		}
		code = code[:0]
		copied := 0
		for len(b.data) > 0 && !b.bad {
			op := b.octet()
			b.immediates(op)
			if op == opLoop {
				at := len(body) - len(b.data)
				code = append(append(code, body[copied:at]...), turn...)
				copied = at
			}
		}
		if b.bad {
			return nil, errCode
		}
		out = append(out, uleb(uint64(len(code)+len(body)-copied))...)
		out = append(append(out, code...), body[copied:]...)
	}
	if r.bad {
		return nil, errCode
	}
	return out, nil
}

// immediates passes over what follows the code of an instruction.
func (r *reader) immediates(op byte) {
	switch {
	case op == 0x02 || op == opLoop || op == opIf, // block types
		op == 0x0c || op == 0x0d, op == opCall, op == 0x12, // br, br_if, call, return_call
		op >= 0x20 && op <= 0x26,                               // variables and tables
		op == 0x3f || op == 0x40, op == opI32Const, op == 0x42, // memory.size, memory.grow, constants
		op == 0xd0 || op == 0xd2: // ref.null, ref.func
		r.numbers(1)
	case op == 0x11 || op == 0x13, // call_indirect, return_call_indirect
		op >= 0x28 && op <= 0x3e: // loads and stores
		r.numbers(2)
	case op == 0x0e: // br_table
		r.numbers(r.number() + 1)
	case op == 0x1c: // select with types
		r.take(r.number())
	case op == 0x43: // f32.const
		r.take(4)
	case op == 0x44: // f64.const
		r.take(8)
	case op == prefixOthers:
		r.otherImmediates(r.number())
	case op == prefixVector:
		r.vectorImmediates(r.number())
	case op <= 0x01, op == 0x05, op == opEnd, op == 0x0f, op == opDrop, op == 0x1b, op >= 0x45 && op <= 0xc4, op == 0xd1:
	default:
		r.bad = true
	}
}

func (r *reader) otherImmediates(op uint64) {
	switch {
	case op <= 7: // saturating truncation
	case op == 9 || op == 11 || op == 13 || op >= 15 && op <= 17:
		r.numbers(1)
	case op == 8 || op == 10 || op == 12 || op == 14:
		r.numbers(2)
	default:
		r.bad = true
	}
}

func (r *reader) vectorImmediates(op uint64) {
	switch {
	case op <= 11 || op == 92 || op == 93: // loads and stores
		r.numbers(2)
	case op == 12 || op == 13: // v128.const, i8x16.shuffle
		r.take(16)
	case op >= 21 && op <= 34: // lanes
		r.take(1)
	case op >= 84 && op <= 91: // loads and stores of lanes
		r.numbers(2)
		r.take(1)
	case op > 0xff:
		r.bad = true
	}
}

// numbers passes over n integers, signed or not.
func (r *reader) numbers(n uint64) {
	for ; n > 0 && !r.bad; n-- {
		for r.octet()&0x80 != 0 {
		}
	}
}
