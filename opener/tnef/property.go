package tnef

import (
	"encoding/binary"
	"fmt"

	"github.com/sekisho/sekisho"
)

// The properties that are read, MS-OXPROPS.
const (
	prSubject            = 0x0037
	prBody               = 0x1000
	prRTFCompressed      = 0x1009
	prBodyHTML           = 0x1013
	prDisplayName        = 0x3001
	prAttachDataObject   = 0x3701
	prAttachFilename     = 0x3704
	prAttachLongFilename = 0x3707
	prAttachMimeTag      = 0x370E
	prInternetCodepage   = 0x3FDE
)

// The property types whose values have a length of their own, MS-OXCDATA §2.11.1.
const (
	ptString8    = 0x001E
	ptUnicode    = 0x001F
	ptObject     = 0x000D
	ptBinary     = 0x0102
	ptMultiValue = 0x1000
)

const propertyLimit = 20_000 // properties, and values of them, that are read of one list

// messageIID is the interface identifier of IMessage, which stands before a TNEF stream in an object property.
var messageIID = []byte{0x07, 0x03, 0x02, 0, 0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0x46}

// A property is the first value of a MAPI property.
type property struct {
	id, kind uint16
	value    []byte
}

func find(props []property, id uint16) *property {
	for i := range props {
		if props[i].id == id {
			return &props[i]
		}
	}
	return nil
}

// properties reads a property list, MS-OXTNEF §2.1.3.4. What cannot be read ends it.
func (s *stream) properties(data []byte) (props []property) {
	c := &cursor{data: data}
	count := c.uint32()
	values := uint32(0)
	for n := uint32(0); n < count && !c.short; n++ {
		if values > propertyLimit {
			s.fail(fmt.Errorf("%w: more than %d properties", sekisho.ErrLimit, propertyLimit))
			return props
		}
		p := property{kind: c.uint16(), id: c.uint16()}
		if p.id >= 0x8000 {
			c.name()
		}
		var more uint32
		p.value, more = c.values(p.kind)
		values += 1 + more
		if !c.short || len(p.value) > 0 {
			props = append(props, p)
		}
	}
	if c.short {
		s.fail(fmt.Errorf("%w: a property list ends early", sekisho.ErrMalformed))
	}
	return props
}

// A cursor reads little-endian values. Past the end it sets short and reads zeros.
type cursor struct {
	data  []byte
	short bool
}

// take returns the next n bytes, or those that are left.
func (c *cursor) take(n uint32) []byte {
	if int64(n) > int64(len(c.data)) {
		c.short = true
		n = uint32(len(c.data))
	}
	taken := c.data[:n]
	c.data = c.data[n:]
	return taken
}

// padded returns the next n bytes and skips up to the next multiple of four.
func (c *cursor) padded(n uint32) []byte {
	taken := c.take(n)
	if pad := (4 - n%4) % 4; !c.short && int(pad) <= len(c.data) {
		c.data = c.data[pad:]
	}
	return taken
}

func (c *cursor) uint16() uint16 {
	if b := c.take(2); len(b) == 2 {
		return binary.LittleEndian.Uint16(b)
	}
	return 0
}

func (c *cursor) uint32() uint32 {
	if b := c.take(4); len(b) == 4 {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

// name skips the name of a named property.
func (c *cursor) name() {
	c.take(16) // its set
	if c.uint32() == 0 {
		c.take(4)
		return
	}
	c.padded(c.uint32())
}

// values returns the first value of a property and how many others it has.
func (c *cursor) values(kind uint16) (first []byte, more uint32) {
	count := uint32(1)
	size, fixed := fixedSize(kind &^ ptMultiValue)
	if !fixed || kind&ptMultiValue != 0 {
		count = c.uint32()
	}
	for i := uint32(0); i < count && !c.short && i < propertyLimit; i++ {
		n := size
		if !fixed {
			n = c.uint32()
		}
		value := c.padded(n)
		if i == 0 {
			first = value
		} else {
			more++
		}
		if n == 0 && fixed {
			break
		}
	}
	return first, more
}

// fixedSize returns the size of a type whose values all have the same.
func fixedSize(kind uint16) (size uint32, fixed bool) {
	switch kind {
	case ptString8, ptUnicode, ptBinary, ptObject:
		return 0, false
	case 0x0005, 0x0006, 0x0007, 0x0014, 0x0040: // double, currency, time, 64-bit integer, system time
		return 8, true
	case 0x0048: // GUID
		return 16, true
	case 0x0000, 0x0001: // unspecified, null
		return 0, true
	}
	return 4, true // shorter ones are padded
}
