package shortcut

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"github.com/sekisho/sekisho"
)

// The flags of MS-SHLLINK 2.1.1 that say what stands in the file.
const (
	hasItems     = 1 << 0
	hasInfo      = 1 << 1
	hasName      = 1 << 2
	hasRelative  = 1 << 3
	hasFolder    = 1 << 4
	hasArguments = 1 << 5
	hasIcon      = 1 << 6
	isUnicode    = 1 << 7
	hasExpanded  = 1 << 9
)

const headerSize = 0x4C

// A cursor reads a shell link from its start to its end.
type cursor struct {
	data  []byte
	short bool // something did not fit
}

// take returns the next n bytes, fewer at the end.
func (c *cursor) take(n int) []byte {
	if n < 0 || n > len(c.data) {
		c.short = true
		n = len(c.data)
	}
	taken := c.data[:n]
	c.data = c.data[n:]
	return taken
}

func (c *cursor) uint16() int {
	if p := c.take(2); len(p) == 2 {
		return int(binary.LittleEndian.Uint16(p))
	}
	return 0
}

// text reads a StringData (2.4).
func (c *cursor) text(unicode bool) string {
	n := c.uint16()
	if unicode {
		return wide(c.take(2*n), binary.LittleEndian)
	}
	return narrow(c.take(n))
}

// readLink reads a shell link. What stands before an error is returned with it.
func readLink(data []byte) (sekisho.Shortcut, error) {
	s := sekisho.Shortcut{Format: "lnk", Show: "normal"}
	if len(data) < headerSize {
		return s, fmt.Errorf("%w: a shell link of %d bytes", sekisho.ErrMalformed, len(data))
	}
	flags := binary.LittleEndian.Uint32(data[20:])
	switch binary.LittleEndian.Uint32(data[60:]) {
	case 3:
		s.Show = "maximized"
	case 7, 0, 2, 6, 11:
		s.Show = "minimized"
	}
	c := &cursor{data: data[headerSize:]}
	var targets []string
	if flags&hasItems != 0 {
		targets = append(targets, readItems(c.take(c.uint16())))
	}
	if flags&hasInfo != 0 && len(c.data) >= 4 {
		targets = append(targets, readInfo(c.take(int(int32(binary.LittleEndian.Uint32(c.data))))))
	}
	for _, field := range []struct {
		flag uint32
		to   *string
	}{{hasName, &s.Description}, {hasRelative, nil}, {hasFolder, &s.Folder}, {hasArguments, &s.Arguments}, {hasIcon, &s.Icon}} {
		if flags&field.flag == 0 {
			continue
		}
		text := c.text(flags&isUnicode != 0)
		if field.to == nil {
			targets = append(targets, text)
		} else {
			*field.to = text
		}
	}
	if expanded := c.blocks(&s); expanded != "" {
		if flags&hasExpanded != 0 {
			targets = slices.Insert(targets, 0, expanded)
		} else {
			targets = append(targets, expanded)
		}
	}
	s.Target, s.Others = choose(targets)
	s.Overlay = len(c.data)
	if c.short {
		return s, fmt.Errorf("%w: the shell link is cut short", sekisho.ErrMalformed)
	}
	return s, nil
}

// choose returns the first target that says something, and those that name another file.
func choose(targets []string) (first string, others []string) {
	for _, t := range targets {
		switch {
		case t == "":
		case first == "":
			first = t
		case !strings.EqualFold(base(t), base(first)) && !slices.Contains(others, t):
			others = append(others, t)
		}
	}
	return first, others
}

func base(path string) string { return path[strings.LastIndexAny(path, `\/`)+1:] }

// blocks reads the extra data (2.5) and returns the target of the environment block.
func (c *cursor) blocks(s *sekisho.Shortcut) (expanded string) {
	for len(c.data) >= 4 {
		size := int(int32(binary.LittleEndian.Uint32(c.data)))
		if size < 4 { // the terminal block
			c.take(4)
			return expanded
		}
		block := c.take(size)
		if len(block) < 8 {
			return expanded
		}
		const ansi, unicode = 260, 520
		text := ""
		if body := block[8:]; len(body) >= ansi+unicode {
			if text = terminated(wide(body[ansi:ansi+unicode], binary.LittleEndian)); text == "" {
				text = terminated(narrow(body[:ansi]))
			}
		}
		switch binary.LittleEndian.Uint32(block[4:]) {
		case 0xA0000001: // EnvironmentVariableDataBlock
			expanded = text
		case 0xA0000007: // IconEnvironmentDataBlock
			if text != "" {
				s.Icon = text
			}
		case 0xA000000C: // VistaAndAboveIDListDataBlock
			if path := readItems(block[8:]); path != "" && s.Target == "" {
				s.Others = append(s.Others, path)
			}
		}
	}
	return expanded
}

func terminated(s string) string {
	s, _, _ = strings.Cut(s, "\x00")
	return s
}

// readInfo reads LinkInfo (2.3): a local path, or the name of a share and the path in it.
func readInfo(info []byte) string {
	if len(info) < 28 {
		return ""
	}
	at := func(p []byte, offset int) string {
		if offset+4 > len(p) {
			return ""
		}
		start := int(binary.LittleEndian.Uint32(p[offset:]))
		if start <= 0 || start >= len(p) {
			return ""
		}
		text, _, _ := bytes.Cut(p[start:], []byte{0})
		return narrow(text)
	}
	local, suffix := at(info, 16), at(info, 24)
	network := int(binary.LittleEndian.Uint32(info[20:]))
	if local == "" && network > 0 && network+20 <= len(info) {
		if share := at(info[network:], 8); share != "" {
			return strings.TrimRight(share, `\`) + `\` + suffix
		}
	}
	return local + suffix
}

// readItems joins the names of an item list (2.2.1), whose items the shell keeps to itself: drives, folders, files,
// network places and URLs are known.
func readItems(list []byte) string {
	var path []string
	for len(list) >= 3 {
		size := int(binary.LittleEndian.Uint16(list))
		if size < 3 || size > len(list) {
			break
		}
		if name := itemName(list[2:size]); name != "" {
			path = append(path, strings.TrimRight(name, `\`))
		}
		list = list[size:]
	}
	return strings.Join(path, `\`)
}

func itemName(item []byte) string {
	cut := func(at int) string {
		if at > len(item) {
			return ""
		}
		text, _, _ := bytes.Cut(item[at:], []byte{0})
		return narrow(text)
	}
	switch kind := item[0]; {
	case kind&0x70 == 0x20:
		return cut(1)
	case kind&0x70 == 0x30:
		if len(item) > 12 && kind&4 != 0 {
			return terminated(wide(item[12:], binary.LittleEndian))
		}
		if long := longName(item); long != "" {
			return long
		}
		return cut(12)
	case kind&0x70 == 0x40:
		return cut(3)
	case kind == 0x61:
		if i := bytes.Index(item, []byte("h\x00t\x00t\x00p\x00")); i >= 0 {
			return terminated(wide(item[i:], binary.LittleEndian))
		}
		if i := bytes.Index(item, []byte("http")); i >= 0 {
			return cut(i)
		}
	}
	return ""
}

// longName returns the name in the extension block 0xBEEF0004 of a file's item, which stands at its end as versions 3 to 9
// write it.
func longName(item []byte) string {
	i := bytes.Index(item, []byte("\x04\x00\xEF\xBE"))
	if i < 4 {
		return ""
	}
	version := binary.LittleEndian.Uint16(item[i-2:])
	skip := 4 + 4 + 4 + 2 // signature, two dates, identifier
	switch {
	case version >= 9:
		skip += 2 + 8 + 8 + 2 + 4 + 4
	case version >= 8:
		skip += 2 + 8 + 8 + 2 + 4
	case version >= 7:
		skip += 2 + 8 + 8 + 2
	case version >= 3:
		skip += 2
	}
	if i+skip >= len(item) {
		return ""
	}
	return terminated(wide(item[i+skip:], binary.LittleEndian))
}
