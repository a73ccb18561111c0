package installer

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"unicode/utf8"
)

// tablesKept names the tables of an MSI database that are read, and the pool of strings that their rows lead to.
var tablesKept = map[string]bool{"_StringPool": true, "_StringData": true, "_Columns": true, "CustomAction": true}

// An action is a row of the table CustomAction: something that installing does besides copying files.
type action struct {
	name, source, target string
	kind                 int // what runs, of which the low six bits tell (Windows Installer, Custom Action Types)
}

// The kinds of custom actions that run a script or a command line.
const (
	actionKind     = 0x3F
	exeInBinary    = 2
	jsInBinary     = 5
	vbsInBinary    = 6
	exeInstalled   = 18
	exeInDirectory = 34
	jsInTable      = 37
	vbsInTable     = 38
	exeInProperty  = 50
	setProperty    = 51 // how the actions of WiX are told what to run
)

const (
	actionsKept = 2000
	stringsMost = 1 << 20 // strings of a database
)

// A database is the pool of strings of an MSI and the streams of its tables.
type database struct {
	tables  map[string][]byte
	strings []string
	long    bool // references to strings have three bytes
}

// load reads the pool: of each string its length and the number of references to it.
func (d *database) load() error {
	pool, data := d.tables["_StringPool"], d.tables["_StringData"]
	if len(pool) < 4 {
		return nil
	}
	d.long = binary.LittleEndian.Uint16(pool[2:])&0x8000 != 0
	d.strings = []string{""}
	for pool = pool[4:]; len(pool) >= 4 && len(d.strings) < stringsMost; {
		size, references := int(binary.LittleEndian.Uint16(pool)), binary.LittleEndian.Uint16(pool[2:])
		pool = pool[4:]
		if size == 0 && references != 0 { // longer than 64 KiB: the length follows
			if len(pool) < 4 {
				return errBroken
			}
			size = int(binary.LittleEndian.Uint16(pool)) | int(binary.LittleEndian.Uint16(pool[2:]))<<16
			pool = pool[4:]
		}
		if size > len(data) {
			return errBroken
		}
		d.strings = append(d.strings, string(data[:size]))
		data = data[size:]
	}
	return nil
}

// A column is one of a table: how wide it is, and whether it holds strings.
type column struct {
	name  string
	width int
	text  bool
}

// columnsMost is the most columns of a table, as Windows Installer has it.
const columnsMost = 32

// columns returns the columns of a table, in order.
func (d *database) columns(table string) ([]column, error) {
	rows, err := d.rows("_Columns", []column{d.text("Table"), {"Number", 2, false}, d.text("Name"), {"Type", 2, false}})
	if err != nil {
		return nil, err
	}
	var columns [columnsMost]column
	count := 0
	for _, row := range rows {
		number, kind := row[1].number, row[3].number
		if row[0].text != table || number < 1 || number > columnsMost {
			continue
		}
		c := column{row[2].text, 2, false}
		switch {
		case kind&0x0800 != 0 && kind&^0x1000 != 0x0900: // the latter are streams
			c = d.text(c.name)
		case kind&0xFF == 4:
			c.width = 4
		}
		columns[number-1] = c
		count = max(count, number)
	}
	return columns[:count], nil
}

func (d *database) text(name string) column {
	if d.long {
		return column{name, 3, true}
	}
	return column{name, 2, true}
}

type cell struct {
	text   string
	number int
}

// rowsMost is the most rows of a table that are read.
const rowsMost = 50_000

// rows reads a table, which is stored by columns.
func (d *database) rows(table string, columns []column) ([][]cell, error) {
	data, width := d.tables[table], 0
	for _, c := range columns {
		width += c.width
	}
	if width == 0 || len(data) == 0 {
		return nil, nil
	}
	if len(data)%width != 0 {
		return nil, fmt.Errorf("%w: table %s", errBroken, table)
	}
	count := len(data) / width
	rows := make([][]cell, min(count, rowsMost))
	cells := make([]cell, len(rows)*len(columns))
	for i := range rows {
		rows[i] = cells[i*len(columns) : (i+1)*len(columns)]
	}
	for n, c := range columns {
		for i := range rows {
			value := 0
			for k, b := range data[i*c.width : (i+1)*c.width] {
				value |= int(b) << (8 * k)
			}
			switch {
			case !c.text:
				rows[i][n].number = value ^ 1<<(8*c.width-1) // stored with the sign turned
			case value < len(d.strings):
				rows[i][n].text = d.strings[value]
			}
		}
		data = data[count*c.width:]
	}
	return rows, nil
}

// actions returns the custom actions.
func (d *database) actions() ([]action, error) {
	if err := d.load(); err != nil {
		return nil, err
	}
	columns, err := d.columns("CustomAction")
	if err != nil {
		return nil, err
	}
	rows, err := d.rows("CustomAction", columns)
	var actions []action
	for _, row := range rows[:min(len(rows), actionsKept)] {
		var a action
		for n, c := range columns {
			switch c.name {
			case "Action":
				a.name = row[n].text
			case "Source":
				a.source = row[n].text
			case "Target":
				a.target = row[n].text
			case "Type":
				a.kind = row[n].number & actionKind
			}
		}
		actions = append(actions, a)
	}
	return actions, err
}

// commands returns the command lines that the actions run, one a line, each behind the name of its action.
func commands(actions []action) []byte {
	var b bytes.Buffer
	for _, a := range actions {
		line := ""
		switch a.kind {
		case exeInBinary, exeInstalled, exeInDirectory:
			line = a.target
			if a.kind != exeInDirectory {
				line = a.source + " " + a.target
			}
		case exeInProperty:
			line = "[" + a.source + "] " + a.target
		case setProperty:
			if !strings.ContainsAny(a.target, " \t") {
				continue // a folder, a number
			}
			line = a.target
		default:
			continue
		}
		fmt.Fprintf(&b, "rem %s\r\n%s\r\n", oneLine(a.name), oneLine(line))
	}
	return b.Bytes()
}

// scripts returns the scripts that stand in the table, by the name of a file.
func scripts(actions []action) map[string]string {
	found := map[string]string{}
	for _, a := range actions {
		switch a.kind {
		case jsInTable:
			found["CustomAction/"+clean(a.name)+".js"] = a.target
		case vbsInTable:
			found["CustomAction/"+clean(a.name)+".vbs"] = a.target
		}
	}
	return found
}

// scriptStreams returns the endings of the streams that actions run as scripts: their names have none.
func scriptStreams(actions []action) map[string]string {
	endings := map[string]string{}
	for _, a := range actions {
		switch a.kind {
		case jsInBinary:
			endings["Binary."+a.source] = ".js"
		case vbsInBinary:
			endings["Binary."+a.source] = ".vbs"
		}
	}
	return endings
}

func oneLine(s string) string {
	return strings.ToValidUTF8(strings.NewReplacer("\r", " ", "\n", " ").Replace(s), "?")
}

// clean makes a name of a file of the name of an action.
func clean(name string) string {
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == '/' || r == '\\' || r == utf8.RuneError {
			return '_'
		}
		return r
	}, name)
	return name[:min(len(name), 100)]
}
