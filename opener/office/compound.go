package office

import (
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/richardlehane/mscfb"

	"github.com/sekisho/sekisho"
)

// compoundMagic starts every compound file (MS-CFB §2.2).
const compoundMagic = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"

const (
	mostStreams  = 4000     // streams and storages of a compound file
	mostStorages = 2000     // storages of a compound file
	mostStream   = 64 << 20 // bytes of one stream
)

// A storage is an open compound file: its streams by path, in lower case and with slashes.
type storage struct {
	*document
	depth   int
	streams map[string]*mscfb.File
	order   []string
	classes []string // CLSIDs of the storages, in lower case
}

// sectors reads zeros behind the end of the data: Office opens a file whose last sector is cut, and so must we.
type sectors []byte

func (s sectors) ReadAt(p []byte, offset int64) (int, error) {
	if offset < 0 || offset >= int64(len(s)) {
		return 0, io.EOF
	}
	n := copy(p, s[offset:])
	if clear(p[n:]); len(p)-n >= 4096 {
		return n, io.EOF
	}
	return len(p), nil
}

// openStorage opens a compound file, nil when that fails.
func (d *document) openStorage(data []byte, depth int) *storage {
	if depth > nesting {
		d.fail(fmt.Errorf("%w: compound files nested more than %d deep", sekisho.ErrLimit, nesting))
		return nil
	}
	if n := storages(data); n > mostStorages {
		d.fail(fmt.Errorf("%w: a compound file of %d storages", sekisho.ErrLimit, n))
		return nil
	}
	reader, err := mscfb.New(sectors(data))
	if err != nil {
		d.fail(fmt.Errorf("%w: compound file: %w", sekisho.ErrMalformed, err))
		return nil
	}
	s := &storage{document: d, depth: depth, streams: map[string]*mscfb.File{}, classes: []string{class(reader.ID())}}
	for n := 0; ; n++ {
		entry, err := reader.Next()
		if err != nil {
			break
		}
		if n == mostStreams {
			d.fail(fmt.Errorf("%w: more than %d streams", sekisho.ErrLimit, mostStreams))
			break
		}
		name := entry.Name
		if entry.Initial != 0 && entry.Initial < ' ' { // \x01Ole10Native: the reader keeps the first character apart
			name = string(rune(entry.Initial)) + name
		}
		if len(entry.Path) > 20 {
			continue
		}
		name = strings.ToLower(path.Join(path.Join(entry.Path...), name))
		if entry.FileInfo().IsDir() {
			s.classes = append(s.classes, class(entry.ID()))
			continue
		}
		if s.streams[name] == nil {
			s.order = append(s.order, name)
			s.streams[name] = entry
		}
	}
	return s
}

// storages counts what can be the directory entry of a storage (MS-CFB §2.6.1), wherever it stands. The reader copies the
// path of each, so that thousands within one another would take all memory.
func storages(data []byte) (count int) {
	for at := 512; at+128 <= len(data); at += 128 {
		entry := data[at : at+128]
		if size := entry[64]; entry[66] == 1 && entry[65] == 0 && size >= 4 && size <= 64 && size%2 == 0 && entry[size-1] == 0 && entry[size-2] == 0 {
			count++
		}
	}
	return count
}

// class returns a CLSID in lower case without braces, "" for the empty one.
func class(id string) string {
	id = strings.ToLower(strings.Trim(id, "{}"))
	if strings.Trim(id, "0-") == "" {
		return ""
	}
	return id
}

// stream returns the content of a stream, nil when there is none.
func (s *storage) stream(name string) []byte {
	f := s.streams[name]
	if f == nil || s.done() || f.Size <= 0 {
		return nil
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil
	}
	data, err := s.b.Read(s.ctx, io.LimitReader(f, mostStream))
	switch {
	case errors.Is(err, sekisho.ErrLimit):
		s.full = true
		s.fail(fmt.Errorf("stream %q: %w", name, err))
	case err != nil:
		s.fail(fmt.Errorf("%w: stream %q: %w", sekisho.ErrMalformed, name, err))
	}
	return data
}

// compound reads a compound file as what it holds.
func (d *document) compound(data []byte, depth int) {
	s := d.openStorage(data, depth)
	if s == nil {
		d.strayModules(data)
		return
	}
	if s.streams["encryptedpackage"] != nil {
		s.decryptPackage()
		return
	}
	for _, name := range s.order {
		switch name {
		case "worddocument":
			s.wordDocument()
		case "workbook", "book":
			s.workbookStream(s.stream(name), name == "book")
		case "pictures", "data":
			s.pictures(s.stream(name))
		case "powerpoint document":
			s.slides(s.stream(name))
		}
	}
	s.vba()
	s.objects("")
}

// vba reads the modules of every VBA project.
func (s *storage) vba() {
	projects, modules := 0, 0
	for _, name := range s.order {
		folder, base := path.Split(name)
		if !strings.HasSuffix(folder, "vba/") {
			continue
		}
		switch {
		case base == "_vba_project" || base == "dir":
			projects++
		case strings.HasPrefix(base, "__srp_"):
		default:
			source, _, err := vbaSource(s.stream(name))
			s.fail(err)
			if source != "" {
				modules++
				s.macro("vba", s.streams[name].Name, source)
			}
		}
	}
	if projects > 0 && modules == 0 {
		s.note(&s.facts.Macros, "vba")
		s.fail(fmt.Errorf("%w: a macro project without source: its compiled form is not read", sekisho.ErrUnavailable))
	}
}

// strayModules reads the macros that stand in one piece in a file that is broken otherwise.
func (d *document) strayModules(data []byte) {
	for range mostMacros {
		source, rest, err := vbaSource(data)
		d.fail(err)
		if rest == nil || d.done() {
			return
		}
		d.macro("vba", "module", source)
		data = rest
	}
}

// objects reads what is embedded: the storages of the object pool of a document, or those the file itself is made of.
func (s *storage) objects(fallback string) {
	for _, class := range s.classes {
		if program := classes[class]; program != "" {
			s.object(sekisho.Object{Kind: "ole", Class: program})
		}
	}
	for _, name := range s.order {
		if s.done() {
			return
		}
		switch _, base := path.Split(name); base {
		case "\x01ole10native":
			s.native(s.stream(name), fallback)
		case "\x01ole":
			s.linked(s.stream(name))
		case "equation native":
			s.object(sekisho.Object{Kind: "ole", Class: "equation.3"})
		case "\x01compobj":
			if strings.Contains(name, "/") || s.depth > 0 {
				s.compObj(s.stream(name))
			}
		case "package", "contents":
			s.contents(s.stream(name), fallback)
		case "\x03ocxname":
			s.object(sekisho.Object{Kind: "activex", Class: utf16le(s.stream(name))})
		}
	}
}

// embeddedCompound reads a compound file that is embedded: a wrapper is opened, a document is handed on.
func (d *document) embeddedCompound(data []byte, name string, depth int) {
	s := d.openStorage(data, depth)
	if s == nil {
		d.object(sekisho.Object{Kind: "ole", Name: name})
		d.file(name, "embedded", data)
		return
	}
	for _, main := range [...]string{"worddocument", "workbook", "book", "powerpoint document", "encryptedpackage", "__properties_version1.0"} {
		if s.streams[main] != nil {
			d.object(sekisho.Object{Kind: "file", Name: name, Class: s.classes[0]})
			d.file(name, "embedded", data)
			return
		}
	}
	if s.streams["vba/dir"] != nil {
		s.vba()
	}
	s.objects(name)
}
