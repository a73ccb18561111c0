package office

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/sekisho/sekisho"
)

// programOf returns a ProgID in lower case, which a file may state by CLSID.
func programOf(class string) string {
	class = strings.ToLower(strings.Trim(strings.TrimSpace(class), "{}\x00"))
	if program := classes[class]; program != "" {
		return program
	}
	return class
}

// embeddedObject reads the object that hexadecimal digits spell (MS-OLEDS §2.2).
func (r *rtf) embeddedObject(data []byte) {
	if !r.spend(len(data)) {
		return
	}
	if r.oleObject(data) {
		return
	}
	if at := bytes.Index(data, []byte(compoundMagic)); at >= 0 {
		r.embeddedCompound(data[at:], "object", 1)
		return
	}
	// Readers differ in where they begin to count the digits: one digit more in front shifts them all.
	shifted := make([]byte, max(len(data)-1, 0))
	for i := range shifted {
		shifted[i] = data[i]<<4 | data[i+1]>>4
	}
	if at := bytes.Index(shifted, []byte(compoundMagic)); at >= 0 {
		r.embeddedCompound(shifted[at:], "object", 1)
		return
	}
	r.object(sekisho.Object{Kind: "ole"})
	if len(data) > 0 {
		r.fail(fmt.Errorf("%w: an embedded object of %d bytes", sekisho.ErrMalformed, len(data)))
	}
}

// oleObject reads an OLE 1.0 object and reports whether it is one.
func (r *rtf) oleObject(data []byte) bool {
	if len(data) < 12 {
		return false
	}
	format := binary.LittleEndian.Uint32(data[4:])
	if format != 1 && format != 2 {
		return false
	}
	var names [3]string // class, topic, item
	rest := data[8:]
	for i := range names {
		if len(rest) < 4 {
			return false
		}
		length := uint64(binary.LittleEndian.Uint32(rest))
		if rest = rest[4:]; length > uint64(len(rest)) || length > 4096 {
			return false
		}
		names[i] = strings.TrimRight(latin(rest[:length]), "\x00")
		rest = rest[length:]
	}
	class := programOf(names[0])
	r.object(sekisho.Object{Kind: "ole", Class: class})
	if format == 1 {
		r.refer("object", names[1])
		return true
	}
	if len(rest) < 4 {
		return true
	}
	native := rest[4:]
	if size := uint64(binary.LittleEndian.Uint32(rest)); size < uint64(len(native)) {
		native = native[:size]
	}
	switch {
	case bytes.HasPrefix(native, []byte(compoundMagic)):
		r.embeddedCompound(native, "object", 1)
	case class == "package":
		r.native(rest, "object")
	case strings.HasPrefix(class, "equation"):
	case len(native) > 0:
		r.linked(native)
		r.file("object", "embedded", native)
	}
	return true
}
