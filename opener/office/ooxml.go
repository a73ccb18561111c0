package office

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/sekisho/sekisho"
)

const mostEntries = 5000 // entries of a package

// A pack is an open package: a zip file whose parts refer to one another.
type pack struct {
	*document
	reader    *zip.Reader
	relations map[string]map[string]relation // by part, by id
}

// A relation is what a part says of another (ECMA-376 part 2 §6.5).
type relation struct {
	kind     string // the last piece of its type
	target   string
	external bool
}

// openZip opens a package, nil when it is none.
func (d *document) openZip(data []byte) *zip.Reader {
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		d.fail(fmt.Errorf("%w: package: %w", sekisho.ErrMalformed, err))
		return nil
	}
	if len(r.File) > mostEntries {
		d.fail(fmt.Errorf("%w: a package of %d parts", sekisho.ErrLimit, len(r.File)))
		r.File = r.File[:mostEntries]
	}
	return r
}

// read returns the content of an entry, as much of it as the budget allows.
func (d *document) read(f *zip.File) []byte {
	if d.done() {
		return nil
	}
	if f.Flags&1 != 0 {
		d.fail(fmt.Errorf("%w: part %s", sekisho.ErrEncrypted, f.Name))
		return nil
	}
	r, err := f.Open()
	if err != nil {
		d.fail(fmt.Errorf("%w: part %s: %w", sekisho.ErrMalformed, f.Name, err))
		return nil
	}
	defer r.Close()
	data, err := d.b.Read(d.ctx, io.LimitReader(r, mostPart))
	switch {
	case errors.Is(err, sekisho.ErrLimit):
		d.full = true
		d.fail(fmt.Errorf("part %s: %w", f.Name, err))
	case err != nil:
		d.fail(fmt.Errorf("%w: part %s: %w", sekisho.ErrMalformed, f.Name, err))
	case len(data) == mostPart:
		d.fail(fmt.Errorf("%w: part %s has more than %d bytes", sekisho.ErrLimit, f.Name, mostPart))
	}
	return data
}

func (d *document) ooxml(data []byte) {
	reader := d.openZip(data)
	if reader == nil {
		return
	}
	p := &pack{document: d, reader: reader, relations: map[string]map[string]relation{}}
	for _, f := range reader.File {
		if strings.HasSuffix(strings.ToLower(f.Name), ".rels") {
			p.readRelations(f)
		}
	}
	for _, f := range reader.File {
		if d.done() {
			return
		}
		p.part(f, strings.ToLower(strings.TrimPrefix(strings.ReplaceAll(f.Name, `\`, "/"), "/")))
	}
}

// readRelations reads a .rels part and states what it takes from outside.
func (p *pack) readRelations(f *zip.File) {
	name := strings.ToLower(strings.ReplaceAll(f.Name, `\`, "/"))
	source := strings.TrimPrefix(path.Join(path.Dir(path.Dir(name)), strings.TrimSuffix(path.Base(name), ".rels")), "/")
	if p.relations[source] == nil {
		p.relations[source] = map[string]relation{}
	}
	for m := newMarkup(p.read(f)); m.next(); {
		if m.kind != openTag || m.name != "Relationship" {
			continue
		}
		kind := m.attr("Type")
		r := relation{kind: kind[strings.LastIndexByte(kind, '/')+1:], target: m.attr("Target"), external: strings.EqualFold(m.attr("TargetMode"), "External")}
		if len(p.relations[source]) < 10*mostLinks {
			p.relations[source][m.attr("Id")] = r
		}
		if r.external {
			p.external(source, r)
		}
	}
}

// external states a relation that leads out of the package.
func (p *pack) external(source string, r relation) {
	switch kind := strings.ToLower(r.kind); kind {
	case "hyperlink":
		p.link(r.target, "")
	case "attachedtemplate":
		p.refer("template", r.target)
	case "externallinkpath", "externallink", "xlexternallinkpath":
		p.refer("workbook", r.target)
	case "oleobject", "package", "control":
		p.refer("object", r.target)
	case "frame", "image", "subdocument":
		p.refer(kind, r.target)
	case "video", "audio", "media":
		p.refer("media", r.target)
	case "afchunk":
		p.refer("include", r.target)
	case "mailmergesource", "mailmergeheadersource", "recipientdata", "connections", "querytable", "customxml":
		p.refer("data", r.target)
	default:
		if strings.HasPrefix(kind, "xlpathmissing") || strings.HasPrefix(kind, "xlstartup") || strings.HasPrefix(kind, "xlalternate") || strings.HasPrefix(kind, "xllibrary") {
			p.refer("workbook", r.target)
			return
		}
		p.refer("data", r.target)
	}
}

// part reads one part by its place, which is where Office writes it; what stands elsewhere is told by its bytes.
func (p *pack) part(f *zip.File, name string) {
	folder, base := path.Split(name)
	switch extension := path.Ext(base); {
	case strings.HasSuffix(name, "/"), extension == ".rels", name == "[content_types].xml", strings.HasPrefix(name, "docprops/"), strings.Contains(folder, "theme/"),
		base == "styles.xml" || base == "fonttable.xml" || base == "settings.xml" || base == "websettings.xml" || base == "numbering.xml" || base == "calcchain.xml":
	case strings.Contains(folder, "media/"):
		p.picture(f, base)
	case strings.Contains(folder, "embeddings/"), strings.Contains(folder, "activex/") && extension == ".bin":
		p.embedded(f)
	case extension == ".xml" || extension == ".vml":
		p.xmlPart(f, name, folder)
	case extension == ".bin":
		p.binary(f, name)
	case extension == ".fntdata", extension == ".odttf", extension == ".ttf", extension == ".wmf", extension == ".emf":
	default:
		p.embedded(f)
	}
}

func (p *pack) xmlPart(f *zip.File, name, folder string) {
	switch {
	case strings.Contains(folder, "activex/"):
		p.activeX(p.read(f))
	case strings.HasPrefix(name, "word/"):
		p.words(p.read(f))
	case name == "xl/workbook.xml":
		p.workbook(p.read(f), name)
	case strings.Contains(folder, "macrosheets/"):
		p.macroSheet(f, p.read(f))
	case strings.Contains(folder, "externallinks/"):
		p.externalLink(p.read(f))
	case strings.HasPrefix(name, "xl/connections"), strings.Contains(folder, "querytables/"):
		p.connections(p.read(f))
	case strings.Contains(folder, "worksheets/"):
		p.cells(p.read(f))
	case strings.Contains(folder, "customui"):
		p.customUI(p.read(f))
	case strings.HasPrefix(name, "ppt/slides/"), strings.HasPrefix(name, "ppt/slidemasters/"), strings.HasPrefix(name, "ppt/slidelayouts/"):
		p.slide(p.read(f), name)
	case strings.HasPrefix(name, "xl/"), strings.HasPrefix(name, "ppt/"):
		p.words(p.read(f))
	}
}

// picture hands on a picture, or whatever lies where pictures do.
func (p *pack) picture(f *zip.File, base string) {
	switch path.Ext(base) {
	case ".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".gif", ".bmp", ".webp":
		if p.images < mostImages {
			p.file(path.Base(f.Name), "image", p.read(f))
		} else {
			p.file("", "image", nil)
		}
	case ".emf", ".wmf", ".tif", ".tiff", ".wdp", ".mp4", ".mp3", ".wav", ".m4a", ".mov", ".avi", ".wmv":
	default:
		p.embedded(f)
	}
}

// binary reads what Office writes as .bin: macros, workbooks in their binary form, and printer settings.
func (p *pack) binary(f *zip.File, name string) {
	switch data := p.read(f); {
	case bytes.HasPrefix(data, []byte(compoundMagic)):
		p.compound(data, 1)
	case strings.HasPrefix(name, "xl/") && !strings.Contains(name, "printersettings"):
		p.binaryPart(name, path.Base(f.Name), data)
	case bytes.HasPrefix(data, []byte("MZ")):
		p.file(path.Base(f.Name), "embedded", data)
	}
}

// embedded hands on a file inside, or what a compound file wraps.
func (p *pack) embedded(f *zip.File) {
	data := p.read(f)
	if bytes.HasPrefix(data, []byte(compoundMagic)) {
		p.embeddedCompound(data, path.Base(f.Name), 1)
		return
	}
	if strings.Contains(strings.ToLower(f.Name), "activex/") || len(data) == 0 {
		return
	}
	name := path.Base(f.Name)
	p.object(sekisho.Object{Kind: "file", Name: name})
	p.file(name, "embedded", data)
}

// words reads text and fields of any part: WordprocessingML, DrawingML and shared strings alike have their text in "t".
func (p *pack) words(data []byte) {
	f := fields{d: p.document}
	inText, inInstruction := false, false
	for m := newMarkup(data); m.next(); {
		switch m.kind {
		case characters:
			switch {
			case inInstruction || inText && f.instructing():
				f.write(m.text())
			case inText:
				p.say(m.text())
			}
		case closeTag:
			switch m.name {
			case "t", "delText":
				inText = false
			case "instrText", "delInstrText":
				inInstruction = false
			case "p", "si", "comment":
				p.say("\n")
			}
		case openTag:
			switch m.name {
			case "t", "delText":
				inText = !m.empty
			case "instrText", "delInstrText":
				inInstruction = !m.empty
			case "tab":
				p.say("\t")
			case "br", "cr":
				p.say("\n")
			case "fldSimple":
				p.instruction(m.attr("instr"))
			case "fldChar":
				f.char(m.attr("fldCharType"))
			case "OLEObject":
				p.oleObject(m)
			}
		}
	}
	f.finish()
	p.say("\n")
}

func (f *fields) char(kind string) {
	switch kind {
	case "begin":
		f.begin()
	case "separate":
		f.separate()
	case "end":
		f.end()
	}
}

// oleObject states the program that an embedded object belongs to.
func (p *pack) oleObject(m *markup) {
	class := m.attr("ProgID")
	if class == "" {
		class = m.attr("progId")
	}
	if class != "" {
		p.object(sekisho.Object{Kind: "ole", Class: class})
	}
}

// slide reads a slide's words and what a click or a hover on its shapes does.
func (p *pack) slide(data []byte, name string) {
	for m := newMarkup(data); m.next(); {
		if m.kind != openTag {
			continue
		}
		switch m.name {
		case "hlinkClick", "hlinkMouseOver", "hlinkHover":
			action := m.attr("action")
			target := p.relations[name][m.attr("id")].target
			switch {
			case strings.HasPrefix(action, "ppaction://macro"), strings.HasPrefix(action, "ppaction://program"), strings.HasPrefix(action, "ppaction://ole"):
				p.note(&p.facts.Handlers, m.name+" "+action+" "+target)
			case m.name != "hlinkClick" && target != "" && p.relations[name][m.attr("id")].external:
				p.note(&p.facts.Handlers, m.name+" "+target)
			}
		case "oleObj":
			p.oleObject(m)
		case "cmd":
			if verb := m.attr("type"); strings.EqualFold(verb, "verb") {
				p.note(&p.facts.Handlers, "animation runs the object's verb "+m.attr("cmd"))
			}
		}
	}
	p.words(data)
}

// customUI states the macros that a ribbon of its own calls (MS-CUSTOMUI); onLoad is called when the document opens.
func (p *pack) customUI(data []byte) {
	for m := newMarkup(data); m.next(); {
		if m.kind != openTag {
			continue
		}
		for _, event := range [...]string{"onLoad", "loadImage", "onAction", "onShow", "getVisible", "getLabel", "getEnabled"} {
			if macro := m.attr(event); macro != "" {
				p.note(&p.facts.Handlers, event+" "+macro)
			}
		}
	}
}

// activeX states a control (MS-OI29500 §2.2.3).
func (p *pack) activeX(data []byte) {
	for m := newMarkup(data); m.next(); {
		if m.kind == openTag && m.name == "ocx" {
			p.object(sekisho.Object{Kind: "activex", Class: strings.ToLower(strings.Trim(m.attr("classid"), "{}"))})
		}
	}
}
