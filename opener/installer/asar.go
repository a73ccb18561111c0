package installer

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/sekisho/sekisho"
)

const (
	asarHeader  = 32 << 20 // bytes of the header
	deepestAsar = 64
)

// An asarNode is a file or folder in the header of Electron's archive.
type asarNode struct {
	Files    map[string]*asarNode `json:"files"`
	Size     int64                `json:"size"`
	Offset   string               `json:"offset"`
	Unpacked bool                 `json:"unpacked"`
	Link     string               `json:"link"`
}

// openAsar reads the header, a JSON tree, behind which the files stand one after the other.
func openAsar(x *box) error {
	head := x.read(0, 16)
	if len(head) < 16 {
		return errBroken
	}
	base, length := 8+int64(binary.LittleEndian.Uint32(head[4:])), int64(binary.LittleEndian.Uint32(head[12:]))
	if length > asarHeader {
		return fmt.Errorf("%w: a header of %d bytes", sekisho.ErrLimit, length)
	}
	var root asarNode
	if err := json.Unmarshal(x.read(16, int(length)), &root); err != nil {
		return fmt.Errorf("%w: header: %w", sekisho.ErrMalformed, err)
	}
	x.asar(&root, "", base, 0)
	return nil
}

func (x *box) asar(folder *asarNode, path string, base int64, depth int) {
	if depth > deepestAsar {
		x.note(fmt.Errorf("%w: folders nested too deeply", sekisho.ErrLimit))
		return
	}
	names := make([]string, 0, len(folder.Files))
	for name := range folder.Files {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		node := folder.Files[name]
		if x.full || x.ctx.Err() != nil || node == nil {
			return
		}
		if path != "" {
			name = path + "/" + name
		}
		offset, err := strconv.ParseInt(node.Offset, 10, 64)
		switch {
		case node.Files != nil:
			x.asar(node, name, base, depth+1)
		case node.Unpacked || node.Link != "" || err != nil || offset < 0:
			x.add(name, nil, 0)
		default:
			x.add(name, x.section(base+offset, node.Size), node.Size)
		}
	}
}
