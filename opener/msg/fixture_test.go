package msg_test

import (
	"encoding/binary"
	"path"
	"strings"
	"unicode/utf16"
)

// utf16z returns s in UTF-16.
func utf16z(s string) []byte {
	var out []byte
	for _, unit := range utf16.Encode([]rune(s)) {
		out = binary.LittleEndian.AppendUint16(out, unit)
	}
	return out
}

// An entry is a stream of a compound file.
type entry struct {
	name string
	data []byte
}

type node struct {
	name     string
	data     []byte
	storage  bool
	children []*node
	next     *node // the sibling that follows
	index    int
	start    uint32
}

const (
	sectorSize = 512
	endOfChain = 0xFFFFFFFE
	freeSector = 0xFFFFFFFF
)

// compound returns a compound file (MS-CFB) with the streams.
func compound(entries ...entry) []byte {
	root := &node{name: "Root Entry", storage: true}
	for _, e := range entries {
		at := root
		folders, base := path.Split(e.name)
		for _, folder := range strings.Split(strings.Trim(folders, "/"), "/") {
			if folder != "" {
				at = at.child(folder)
			}
		}
		at.children = append(at.children, &node{name: base, data: e.data})
	}
	var list []*node
	root.number(&list)

	var sectors []byte
	var fat []uint32
	place := func(data []byte) uint32 {
		if len(data) == 0 {
			return endOfChain
		}
		first := uint32(len(fat))
		for at := 0; at < len(data); at += sectorSize {
			fat = append(fat, uint32(len(fat)+1))
			sectors = append(sectors, append(data[at:min(at+sectorSize, len(data)):min(at+sectorSize, len(data))], make([]byte, max(0, at+sectorSize-len(data)))...)...)
		}
		fat[len(fat)-1] = endOfChain
		return first
	}
	var mini []byte
	var miniFAT []uint32
	for _, n := range list {
		switch {
		case n.storage:
		case len(n.data) >= 4096:
			n.start = place(n.data)
		case len(n.data) > 0:
			n.start = uint32(len(miniFAT))
			for at := 0; at < len(n.data); at += 64 {
				miniFAT = append(miniFAT, uint32(len(miniFAT)+1))
			}
			miniFAT[len(miniFAT)-1] = endOfChain
			mini = append(mini, n.data...)
			mini = append(mini, make([]byte, (64-len(mini)%64)%64)...)
		}
	}
	miniStart := place(mini)
	miniFATStart := place(words32(miniFAT))
	directory := make([]byte, 0, len(list)*128)
	for _, n := range list {
		directory = append(directory, n.record(root, miniStart, len(mini))...)
	}
	directoryStart := place(directory)
	fatSectors := (len(fat)+127)/128 + 1
	fatStart := len(fat)
	for range fatSectors {
		fat = append(fat, 0xFFFFFFFD)
	}
	for len(fat)%128 != 0 {
		fat = append(fat, freeSector)
	}
	header := make([]byte, sectorSize)
	copy(header, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")
	put16 := binary.LittleEndian.PutUint16
	put32 := binary.LittleEndian.PutUint32
	put16(header[24:], 0x3E)
	put16(header[26:], 3)
	put16(header[28:], 0xFFFE)
	put16(header[30:], 9)
	put16(header[32:], 6)
	put32(header[44:], uint32(len(fat)/128))
	put32(header[48:], directoryStart)
	put32(header[56:], 4096)
	put32(header[60:], miniFATStart)
	put32(header[64:], uint32((len(miniFAT)+127)/128))
	put32(header[68:], endOfChain)
	for i := range 109 {
		value := uint32(freeSector)
		if i < len(fat)/128 {
			value = uint32(fatStart + i)
		}
		put32(header[76+4*i:], value)
	}
	return append(append(header, sectors...), words32(fat)...)
}

func (n *node) child(name string) *node {
	for _, c := range n.children {
		if c.name == name {
			return c
		}
	}
	c := &node{name: name, storage: true}
	n.children = append(n.children, c)
	return c
}

func (n *node) number(list *[]*node) {
	n.index = len(*list)
	*list = append(*list, n)
	for i, c := range n.children {
		if i > 0 {
			n.children[i-1].next = c
		}
		c.number(list)
	}
}

// record returns the directory entry. The siblings of a storage hang on one another's right.
func (n *node) record(root *node, miniStart uint32, miniSize int) []byte {
	out := make([]byte, 128)
	name := utf16z(n.name)
	copy(out, name)
	binary.LittleEndian.PutUint16(out[64:], uint16(len(name)+2))
	out[66], out[67] = 2, 1
	start, size := n.start, len(n.data)
	if n.storage {
		out[66], start, size = 1, 0, 0
	}
	if n == root {
		out[66], start, size = 5, miniStart, miniSize
	}
	for at := 68; at < 80; at += 4 {
		binary.LittleEndian.PutUint32(out[at:], freeSector)
	}
	if n.next != nil {
		binary.LittleEndian.PutUint32(out[72:], uint32(n.next.index))
	}
	if len(n.children) > 0 {
		binary.LittleEndian.PutUint32(out[76:], uint32(n.children[0].index))
	}
	binary.LittleEndian.PutUint32(out[116:], start)
	binary.LittleEndian.PutUint32(out[120:], uint32(size))
	return out
}

func words32(list []uint32) (out []byte) {
	for _, v := range list {
		out = binary.LittleEndian.AppendUint32(out, v)
	}
	for len(out)%sectorSize != 0 {
		out = binary.LittleEndian.AppendUint32(out, freeSector)
	}
	return out
}
