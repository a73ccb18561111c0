package office

import (
	"archive/zip"
	"bytes"
	"path"
	"strings"

	"github.com/sekisho/sekisho"
)

// openDocument reads an OpenDocument package (OASIS OpenDocument 1.3).
func (d *document) openDocument(data []byte) {
	reader := d.openZip(data)
	if reader == nil {
		return
	}
	for _, f := range reader.File {
		if d.done() {
			return
		}
		d.odfPart(f, strings.ToLower(f.Name))
	}
}

func (d *document) odfPart(f *zip.File, name string) {
	folder, base := path.Split(name)
	switch {
	case strings.HasSuffix(name, "/"), name == "mimetype", name == "settings.xml", name == "meta.xml", strings.HasPrefix(name, "configurations2/"),
		strings.HasPrefix(name, "thumbnails/"), strings.HasPrefix(name, "objectreplacements/"), name == "layout-cache", name == "manifest.rdf":
	case name == "meta-inf/manifest.xml":
		d.manifest(d.read(f))
	case base == "content.xml" || base == "styles.xml":
		d.odfContent(d.read(f))
	case strings.HasPrefix(name, "basic/"):
		if base != "script-lc.xml" && base != "script-lb.xml" {
			d.basic(d.read(f))
		}
	case strings.HasPrefix(name, "scripts/"):
		d.script(f, name)
	case strings.HasPrefix(folder, "pictures/"):
		switch path.Ext(base) {
		case ".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp":
			d.file(path.Base(f.Name), "image", d.read(f))
		}
	case path.Ext(base) == ".xml" || path.Ext(base) == ".rdf":
	default:
		if data := d.read(f); bytes.HasPrefix(data, []byte(compoundMagic)) {
			d.embeddedCompound(data, path.Base(f.Name), 1)
		} else if len(data) > 0 && strings.Contains(path.Base(f.Name), ".") || bytes.HasPrefix(data, []byte("PK\x03\x04")) || bytes.HasPrefix(data, []byte("MZ")) {
			d.object(sekisho.Object{Kind: "file", Name: path.Base(f.Name)})
			d.file(path.Base(f.Name), "embedded", data)
		}
	}
}

// manifest reads whether the package is encrypted (OpenDocument 1.3 part 2 §4.4).
func (d *document) manifest(data []byte) {
	for m := newMarkup(data); m.next(); {
		if m.kind == openTag && m.name == "encryption-data" && !d.facts.Encrypted {
			d.facts.Encrypted = true
			d.fail(errPassword)
		}
	}
}

// odfContent reads words, links, what is taken from elsewhere, and the macros that events call.
func (d *document) odfContent(data []byte) {
	inBody := 0
	for m := newMarkup(data); m.next(); {
		switch m.kind {
		case characters:
			if inBody > 0 {
				d.say(m.text())
			}
		case closeTag:
			switch m.name {
			case "p", "h":
				inBody--
				d.say("\n")
			}
		case openTag:
			d.odfElement(m)
			if (m.name == "p" || m.name == "h") && !m.empty {
				inBody++
			}
		}
	}
}

func (d *document) odfElement(m *markup) {
	switch m.name {
	case "tab":
		d.say("\t")
	case "line-break":
		d.say("\n")
	case "s":
		d.say(" ")
	case "a":
		d.odfLink(m.attr("href"))
	case "event-listener":
		d.note(&d.facts.Handlers, m.attr("event-name")+" "+m.attr("href")+m.attr("macro-name"))
	case "dde-source", "dde-connection-decl":
		d.note(&d.facts.Commands, m.attr("dde-application")+" "+m.attr("dde-topic")+" "+m.attr("dde-item"))
	case "object", "object-ole":
		d.odfReference("object", m.attr("href"))
		if class := m.attr("class-id"); class != "" {
			d.object(sekisho.Object{Kind: "ole", Class: programOf(class)})
		}
	case "floating-frame":
		d.odfReference("frame", m.attr("href"))
	case "image", "fill-image", "background-image":
		d.odfReference("image", m.attr("href"))
	case "section-source":
		d.odfReference("include", m.attr("href"))
	case "table-source", "cell-range-source", "database-source-sql", "connection-resource", "database-source-query":
		d.odfReference("data", m.attr("href"))
	case "plugin", "applet":
		d.odfReference("media", m.attr("href"))
		d.object(sekisho.Object{Kind: "ole", Class: m.name})
	case "script":
		d.odfReference("script", m.attr("href"))
	case "table-cell":
		if formula := m.attr("formula"); formula != "" {
			d.formula(formula)
			d.odfDDE(formula)
		}
	case "table":
		if m.attr("display") == "false" {
			d.sheet(sekisho.Sheet{Name: m.attr("name"), State: "hidden"})
		}
	}
}

// odfDDE states a DDE formula: DDE("soffice";"file";"A1").
func (d *document) odfDDE(formula string) {
	if at := strings.Index(strings.ToUpper(formula), "DDE("); at >= 0 {
		d.note(&d.facts.Commands, strings.NewReplacer(`"`, "", ";", " ", ")", "").Replace(formula[at+len("DDE("):]))
	}
}

// odfLink tells links that run a macro from those that lead elsewhere.
func (d *document) odfLink(href string) {
	if strings.HasPrefix(href, "vnd.sun.star.script:") || strings.HasPrefix(href, "macro:") || strings.HasPrefix(href, "service:") {
		d.note(&d.facts.Handlers, "click "+href)
		return
	}
	d.link(href, "")
}

// odfReference states a reference out of the package; those without a scheme stay in it, but for a path that climbs.
func (d *document) odfReference(kind, href string) {
	if strings.Contains(href, ":") || strings.HasPrefix(href, "//") || strings.HasPrefix(href, `\\`) || strings.HasPrefix(href, "/") {
		d.refer(kind, href)
	}
}

// basic reads a Basic module: its source is the text of an XML file.
func (d *document) basic(data []byte) {
	var source strings.Builder
	name := "module"
	for m := newMarkup(data); m.next(); {
		if m.kind == openTag && m.name == "module" {
			name = m.attr("name")
		}
		if m.kind == characters && source.Len() < mostMacro {
			source.WriteString(m.text())
		}
	}
	if text := strings.TrimSpace(source.String()); text != "" {
		d.macro("basic", name, text)
	}
}

// script reads a script in the package.
func (d *document) script(f *zip.File, name string) {
	language := ""
	switch path.Ext(name) {
	case ".py":
		language = "python"
	case ".js":
		language = "javascript"
	case ".bsh", ".java":
		language = "beanshell"
	case ".xml":
		return
	}
	data := d.read(f)
	if language == "" {
		d.object(sekisho.Object{Kind: "file", Name: path.Base(f.Name)})
		d.file(path.Base(f.Name), "embedded", data)
		return
	}
	d.macro(language, path.Base(f.Name), string(data[:min(len(data), mostMacro)]))
}
