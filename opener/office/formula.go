package office

import (
	"encoding/binary"
	"math"
	"strconv"
	"strings"

	"github.com/sekisho/sekisho/charset"
)

// A formula turns the tokens of a compiled formula (MS-XLS §2.5.198, MS-XLSB §2.5.97) into text. It is there to be searched
// rather than to be exact: what it does not know ends the formula, and what was read stays.
type formula struct {
	biff  int // 5, 8, or 12 for the binary workbook
	stack []string
	names []string // defined names, from 1
	size  int      // bytes pushed: a formula that grows without end is cut
}

const (
	mostFormula = 16 << 10
	mostOperand = 4 << 10
)

// functions names what macros are made of, and what often stands around it (MS-XLS §2.5.198.17).
var functions = map[uint16]string{
	0: "COUNT", 1: "IF", 2: "ISNA", 3: "ISERROR", 4: "SUM", 6: "MIN", 7: "MAX", 8: "ROW", 9: "COLUMN", 19: "PI", 31: "MID", 32: "LEN", 36: "AND", 37: "OR",
	38: "NOT", 48: "TEXT", 53: "GOTO", 54: "HALT", 55: "RETURN", 63: "RAND", 74: "NOW", 78: "OFFSET", 79: "ABSREF", 87: "ECHO", 88: "SET.NAME",
	89: "CALLER", 96: "RESULT", 110: "EXEC", 111: "CHAR", 112: "LOWER", 113: "UPPER", 115: "LEFT", 116: "RIGHT", 119: "REPLACE", 120: "SUBSTITUTE", 121: "CODE",
	124: "FIND", 132: "FOPEN", 133: "FCLOSE", 136: "FREAD", 137: "FWRITELN", 138: "FWRITE", 148: "INDIRECT", 149: "REGISTER", 150: "CALL",
	186: "GET.WORKSPACE", 188: "GET.WINDOW", 190: "ISNONTEXT", 221: "TODAY", 267: "REGISTER.ID", 336: "CONCATENATE",
}

// fixed holds the number of arguments of those that always have the same.
var fixed = map[uint16]int{2: 1, 3: 1, 19: 0, 31: 3, 32: 1, 38: 1, 48: 2, 63: 0, 74: 0, 79: 2, 111: 1, 112: 1, 113: 1, 119: 4, 121: 1, 133: 1, 136: 2, 137: 2, 138: 2, 186: 1, 190: 1, 221: 0}

var operators = [...]string{3: "+", "-", "*", "/", "^", "&", "<", "<=", "=", ">=", ">", "<>", " ", ",", ":"}

// text returns the formula without the equals sign.
func (f *formula) text(tokens []byte) string {
	for len(tokens) > 0 && f.size < mostFormula {
		n := f.token(tokens[0], tokens[1:])
		if n < 0 || n+1 > len(tokens) {
			break
		}
		tokens = tokens[n+1:]
	}
	return strings.Join(f.stack, " ")
}

func (f *formula) push(s string) {
	if len(s) > mostOperand {
		s = s[:mostOperand]
	}
	f.size += len(s) + 1
	f.stack = append(f.stack, s)
}

func (f *formula) pop() string {
	if len(f.stack) == 0 {
		return ""
	}
	top := f.stack[len(f.stack)-1]
	f.stack = f.stack[:len(f.stack)-1]
	return top
}

// token reads one token behind its first byte and returns the bytes it takes, -1 for one that is not known.
func (f *formula) token(kind byte, rest []byte) int {
	if kind >= 3 && kind <= 0x11 {
		right, left := f.pop(), f.pop()
		f.push(left + operators[kind] + right)
		return 0
	}
	switch kind {
	case 0x12, 0x13, 0x14: // signs and per cent
		return 0
	case 0x15:
		f.push("(" + f.pop() + ")")
		return 0
	case 0x16:
		f.push("")
		return 0
	case 0x17:
		return f.text17(rest)
	case 0x19:
		return attribute(rest)
	case 0x1C, 0x1D:
		if len(rest) > 0 {
			f.push(strconv.Itoa(int(rest[0])))
		}
		return 1
	case 0x1E:
		if len(rest) < 2 {
			return -1
		}
		f.push(strconv.Itoa(int(binary.LittleEndian.Uint16(rest))))
		return 2
	case 0x1F:
		if len(rest) < 8 {
			return -1
		}
		f.push(strconv.FormatFloat(math.Float64frombits(binary.LittleEndian.Uint64(rest)), 'g', -1, 64))
		return 8
	}
	return f.operand(kind, rest)
}

// operand reads the tokens that come in three classes.
func (f *formula) operand(kind byte, rest []byte) int {
	if kind < 0x20 {
		return -1
	}
	switch kind&0x1F | 0x20 {
	case 0x21:
		if len(rest) < 2 {
			return -1
		}
		number := binary.LittleEndian.Uint16(rest)
		f.call(number, fixed[number])
		return 2
	case 0x22:
		if len(rest) < 3 {
			return -1
		}
		f.call(binary.LittleEndian.Uint16(rest[1:]), int(rest[0]&0x7F))
		return 3
	case 0x23:
		f.push(f.name(rest))
		return f.choose(14, 4, 4)
	case 0x24, 0x2C:
		f.push(f.cell(rest))
		return f.choose(3, 4, 6)
	case 0x25, 0x2D:
		f.push(f.cell(rest))
		return f.choose(6, 8, 12)
	case 0x20:
		f.push("{}")
		return f.choose(7, 7, 14)
	case 0x39:
		f.push("NAME")
		return f.choose(24, 6, 6)
	case 0x3A, 0x3C:
		f.push("REF")
		return f.choose(17, 6, 8)
	case 0x3B, 0x3D:
		f.push("AREA")
		return f.choose(20, 10, 14)
	}
	return -1
}

func (f *formula) choose(five, eight, twelve int) int {
	switch f.biff {
	case 5:
		return five
	case 8:
		return eight
	}
	return twelve
}

// text17 reads a string token.
func (f *formula) text17(rest []byte) int {
	if len(rest) < 2 {
		return -1
	}
	switch {
	case f.biff == 12:
		length := 2 * int(binary.LittleEndian.Uint16(rest))
		if length > len(rest)-2 {
			return -1
		}
		f.push(strconv.Quote(utf16le(rest[2 : 2+length])))
		return 2 + length
	case f.biff == 8:
		length, data := int(rest[0]), rest[2:]
		if rest[1]&1 != 0 {
			length *= 2
		}
		if length > len(data) {
			return -1
		}
		if rest[1]&1 != 0 {
			f.push(`"` + utf16le(data[:length]) + `"`)
		} else {
			f.push(`"` + latin(data[:length]) + `"`)
		}
		return 2 + length
	}
	length := int(rest[0])
	if length > len(rest)-1 {
		return -1
	}
	text, _ := charset.Decode("", rest[1:1+length])
	f.push(`"` + text + `"`)
	return 1 + length
}

func latin(data []byte) string {
	text, _ := charset.Decode("windows-1252", data)
	return text
}

// attribute returns the length of a token that only controls evaluation.
func attribute(rest []byte) int {
	if len(rest) < 3 {
		return -1
	}
	if rest[0]&0x04 != 0 { // CHOOSE: a table of jumps
		return 3 + 2*(int(binary.LittleEndian.Uint16(rest[1:]))+1)
	}
	return 3
}

// call replaces the arguments on the stack. Number 255 calls what the first argument names.
func (f *formula) call(number uint16, count int) {
	count = min(count, len(f.stack))
	arguments := f.stack[len(f.stack)-count:]
	name, ok := functions[number&0x7FFF]
	switch {
	case number == 0xFF && count > 0:
		name, arguments = arguments[0], arguments[1:]
	case number&0x8000 != 0:
		name = "COMMAND" + strconv.Itoa(int(number&0x7FFF))
	case !ok:
		name = "F" + strconv.Itoa(int(number))
	}
	text := name + "(" + strings.Join(arguments, ",") + ")"
	f.stack = f.stack[:len(f.stack)-count]
	f.push(text)
}

func (f *formula) name(rest []byte) string {
	if len(rest) >= 2 {
		if n := int(binary.LittleEndian.Uint16(rest)); n > 0 && n <= len(f.names) {
			return f.names[n-1]
		}
	}
	return "NAME"
}

func (f *formula) cell(rest []byte) string {
	switch {
	case f.biff == 12 && len(rest) >= 6:
		return cellName(binary.LittleEndian.Uint32(rest), uint32(binary.LittleEndian.Uint16(rest[4:])&0x3FFF))
	case len(rest) >= 4 && f.biff == 8:
		return cellName(uint32(binary.LittleEndian.Uint16(rest)), uint32(binary.LittleEndian.Uint16(rest[2:])&0xFF))
	case len(rest) >= 3:
		return cellName(uint32(binary.LittleEndian.Uint16(rest)&0x3FFF), uint32(rest[2]))
	}
	return "REF"
}

// cellName returns the name of a cell, both numbers counted from 0.
func cellName(row, column uint32) string {
	letters := ""
	for n := column + 1; n > 0 && len(letters) < 8; n = (n - 1) / 26 {
		letters = string(rune('A'+(n-1)%26)) + letters
	}
	return letters + strconv.FormatUint(uint64(row)+1, 10)
}
