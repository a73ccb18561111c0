package archive

import (
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"

	"github.com/sekisho/sekisho"
)

// ISO 9660 is ECMA-119; Joliet is its supplementary descriptor with names in UCS-2; Rock Ridge adds POSIX names.

const (
	isoSector = 2048
	isoStart  = 16 * isoSector // the first volume descriptor

	isoDescriptors = 64      // volume descriptors looked at
	isoDirectory   = 4 << 20 // bytes of one directory that are read
	isoDirectories = 4000    // directories that are read

	isoIsDir = 1 << 1
	isoMore  = 1 << 7 // the file goes on in the next record
)

// A disc is an image being read.
type disc struct {
	*box
	joliet bool
	block  int64 // bytes of a logical block
}

// An isoRecord is a directory record (ECMA-119 9.1).
type isoRecord struct {
	name   string
	extent int64
	size   int64
	dir    bool
	more   bool
	link   bool
}

func openISO(x *box) error {
	d := &disc{box: x, block: isoSector}
	root, err := d.root()
	if err != nil {
		return err
	}
	queue := []isoRecord{root}
	seen := map[int64]bool{root.extent: true}
	for n := 0; len(queue) > 0; n++ {
		if n == isoDirectories {
			return fmt.Errorf("%w: more than %d directories", sekisho.ErrLimit, isoDirectories)
		}
		dir := queue[0]
		queue = queue[1:]
		records, err := d.records(dir)
		if err != nil {
			x.note(dir.name, err)
		}
		var parts []io.Reader
		for _, r := range records {
			if r.dir {
				if !seen[r.extent] {
					seen[r.extent] = true
					queue = append(queue, r)
				}
				continue
			}
			parts = append(parts, d.extent(r))
			if r.more {
				continue
			}
			whole := io.MultiReader(parts...)
			parts = nil
			e := entry{name: r.name, packed: x.a.Size, link: r.link, open: func() (io.Reader, error) { return whole, nil }}
			if !x.add(e) {
				return nil
			}
		}
	}
	return nil
}

// root returns the root directory, of the Joliet descriptor if there is one: that is the one Windows shows.
func (d *disc) root() (isoRecord, error) {
	var root isoRecord
	found, udf := false, false
	sector := make([]byte, isoSector)
	for i := range isoDescriptors {
		if _, err := d.a.Blob.ReadAt(sector, isoStart+int64(i)*isoSector); err != nil {
			break
		}
		id := string(sector[1:6])
		udf = udf || id == "NSR02" || id == "NSR03"
		if id != "CD001" {
			if id == "\x00\x00\x00\x00\x00" {
				break
			}
			continue
		}
		joliet := sector[0] == 2 && sector[88] == '%' && sector[89] == '/'
		if sector[0] != 1 && !joliet || d.joliet {
			continue
		}
		r, _ := d.record(sector[156:190])
		root, found, d.joliet = r, true, joliet
		if block := int64(le16(sector[128:])); block >= 512 && block <= isoSector {
			d.block = block
		}
	}
	root.name = ""
	switch {
	case found:
		return root, nil
	case udf:
		return root, fmt.Errorf("%w: a disc with UDF only", sekisho.ErrUnavailable)
	}
	return root, fmt.Errorf("%w: no volume descriptor", sekisho.ErrMalformed)
}

func (d *disc) extent(r isoRecord) *io.SectionReader {
	return io.NewSectionReader(d.a.Blob, r.extent*d.block, r.size)
}

// records returns what the directory lists, with full paths. Records do not cross sectors.
func (d *disc) records(dir isoRecord) ([]isoRecord, error) {
	if dir.size > isoDirectory {
		return nil, fmt.Errorf("%w: a directory of %d bytes", sekisho.ErrLimit, dir.size)
	}
	data := make([]byte, min(dir.size, d.a.Size))
	n, err := d.extent(dir).ReadAt(data, 0)
	data = data[:n]
	var records []isoRecord
	for pos := 0; pos < len(data); {
		length := int(data[pos])
		if length == 0 {
			pos = (pos/isoSector + 1) * isoSector
			continue
		}
		if length < 34 || pos+length > len(data) {
			return records, fmt.Errorf("%w: directory record of %d bytes", sekisho.ErrMalformed, length)
		}
		r, special := d.record(data[pos : pos+length])
		pos += length
		if special {
			continue
		}
		if dir.name != "" {
			r.name = text(dir.name + "/" + r.name)
		}
		records = append(records, r)
	}
	if err == io.EOF && int64(n) == dir.size {
		err = nil
	}
	return records, err
}

// record reads a directory record of at least 34 bytes. The directory itself and the one above it are special.
func (d *disc) record(p []byte) (r isoRecord, special bool) {
	length := min(int(p[32]), len(p)-33)
	id := p[33 : 33+length]
	r = isoRecord{extent: le32(p[2:]), size: le32(p[10:]), dir: p[25]&isoIsDir != 0, more: p[25]&isoMore != 0}
	if length == 1 && id[0] <= 1 {
		return r, true
	}
	if d.joliet {
		units := make([]uint16, length/2)
		for i := range units {
			units[i] = binary.BigEndian.Uint16(id[2*i:])
		}
		r.name = string(utf16.Decode(units))
	} else {
		r.name = text(string(id))
	}
	r.name, _, _ = strings.Cut(r.name, ";") // the version
	r.name = strings.TrimSuffix(r.name, ".")
	if system := 33 + length + 1 - length%2; !d.joliet && system < len(p) {
		r.rockRidge(p[system:])
	}
	return r, false
}

// rockRidge reads the system use entries NM, the POSIX name, and SL, a symbolic link (IEEE P1282 4.1.4 and 4.1.3).
func (r *isoRecord) rockRidge(p []byte) {
	name := ""
	for len(p) >= 4 && int(p[2]) >= 4 && int(p[2]) <= len(p) {
		switch {
		case p[0] == 'N' && p[1] == 'M' && p[2] > 5:
			name += string(p[5:p[2]])
		case p[0] == 'S' && p[1] == 'L':
			r.link = true
		}
		p = p[p[2]:]
	}
	if name != "" {
		r.name = text(name)
	}
}
