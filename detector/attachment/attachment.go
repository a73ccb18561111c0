// Package attachment states what a file is by its name and its first look: class, where it lies, what its name hides,
// and for HTML and SVG what they do when opened. It reads forms and names; what is deep inside programs, documents and
// disk images is for detectors of their own.
package attachment

import (
	"path"
	"strings"
	"unicode/utf8"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/fold"
)

// Facts is what is seen of one file, or of the HTML document in it.
type Facts struct {
	Name      string `json:"name" doc:"the file's name without folders, as the sender wrote it"`
	Type      string `json:"type" doc:"content type by the bytes; empty when there are no bytes"`
	Declared  string `json:"declared" doc:"content type the sender declared; empty if none"`
	Extension string `json:"extension" doc:"what follows the last dot of the name, in lower case; empty if nothing does"`
	Class     string `json:"class" doc:"what happens when a person opens it: program, installer, script (runs at a double click), source (needs an interpreter or compiler), shortcut, disk-image, java, help, registry, addin, macro-document, profile, html, svg, office, pdf, archive, image, media, text, mail, calendar, key; empty if not known"`
	Content   string `json:"content_class" doc:"the class by the bytes alone; empty if they do not tell"`
	Lies      bool   `json:"lies" doc:"the class of the bytes contradicts that of the extension, both being known"`

	DoubleExtension bool `json:"double_extension" doc:"an extension that runs or opens as a page, behind one of a document, a picture or a text: invoice.pdf.exe"`
	Bidi            bool `json:"rlo" doc:"the name has a bidirectional control that turns the order of its letters around"`
	Spaces          bool `json:"spaces" doc:"five or more spaces or blank characters push the name's end out of sight"`

	Attached       bool     `json:"attached" doc:"comes with a mail, at whatever depth"`
	Inline         bool     `json:"inline" doc:"shown inside the mail rather than attached"`
	InArchive      bool     `json:"in_archive" doc:"lies in an archive or a disk image"`
	InImage        bool     `json:"in_image" doc:"lies in a disk image"`
	InInstaller    bool     `json:"in_installer" doc:"lies in what installs software (msi, deb, rpm, pkg) or in the archive of an Electron program (asar)"`
	Siblings       int      `json:"siblings" doc:"other entries of the archive it lies in"`
	Encrypted      bool     `json:"encrypted" doc:"it is an encrypted archive or Office document, or lies in such an archive"`
	Unopened       bool     `json:"unopened" doc:"it is an archive with entries that stay encrypted, such an entry, or an Office document encrypted with another password than those that office programs try by themselves"`
	PasswordBeside bool     `json:"password_beside" doc:"the archive was opened with a password found beside it"`
	Smuggling      bool     `json:"smuggling" doc:"a script of the page builds a file out of its own data and hands it over as a download"`
	Signs          []string `json:"signs" doc:"what the scripts of the page use: blob, decode, download, save-blob, payload (2,000 characters of Base64), write-decoded, send"`
	PostsTo        []string `json:"posts_to" doc:"hosts that forms of the page post to"`
	PasswordForm   bool     `json:"password_form" doc:"a form of the page asks for a password"`
	Script         int      `json:"script" doc:"bytes of script in the page"`
	SVGScript      bool     `json:"svg_script" doc:"a picture in SVG that runs script"`
}

// Detector states what files are, from their form.
var Detector = &sekisho.Detector{
	Name: "attachment",
	Doc: `Files: what they are, what their names hide, what pages among them do
Class by name and content and whether the two contradict, double extensions, reversed or padded names, place in archives
and disk images, encryption, HTML smuggling, forms that post elsewhere, script in SVG. Macros are told by the extension
and by the name of the project inside; their code is not read.`,
	Kinds: []sekisho.Kind{sekisho.KindFile, sekisho.KindPage},
	Facts: Facts{},
	Run:   run,
}

// encryptedOffice is the type of a compound file that holds an encrypted package, [MS-OFFCRYPTO] §2.3.4.
const encryptedOffice = "application/x-ooxml-encrypted"

func run(pass *sekisho.Pass) error {
	a := pass.Artifact
	switch form := a.Form.(type) {
	case *sekisho.Page:
		if file := a.Above(sekisho.KindFile); file != nil && file.Via != "body" {
			f := describe(file)
			f.readPage(form)
			pass.Report(f, sekisho.Quote("name", f.Name))
		}
	case *sekisho.File:
		f := describe(a)
		f.SVGScript = f.Class == "svg" && scripted(a)
		pass.Report(f, sekisho.Quote("name", f.Name))
	}
	return nil
}

// describe states all that does not depend on what a page does.
func describe(a *sekisho.Artifact) *Facts {
	f := &Facts{Name: path.Base(strings.ReplaceAll(a.Name, `\`, "/"))}
	if a.Name == "" {
		f.Name = ""
	}
	f.Extension = extension(f.Name)
	if form, ok := a.Form.(*sekisho.File); ok {
		f.Type, f.Declared, f.Inline = form.Type, form.Declared, form.Inline
	}
	f.Content = classOfType(f.Type)
	named := classOfExtension(f.Extension)
	f.Class = join(named, f.Content)
	f.Lies = contradict(named, f.Content)
	if f.Class == "office" && hasMacros(a) {
		f.Class = "macro-document"
	}
	f.readName()
	f.readPlace(a)
	return f
}

func (f *Facts) readName() {
	f.Bidi = strings.ContainsAny(f.Name, "\u202A\u202B\u202D\u202E\u2066\u2067\u2068")
	stem := strings.TrimRight(f.Name, " .")
	if dot := strings.LastIndexByte(stem, '.'); dot > 0 {
		stem = stem[:dot]
	} else {
		stem = ""
	}
	before := classOfExtension(extension(stem))
	f.DoubleExtension = opens[classOfExtension(f.Extension)] && shown[before]

	run := 0
	for _, r := range strings.Trim(f.Name, " ") {
		if r == ' ' || r == '\u00A0' || r == '\u3000' || r == '\u2800' || r >= '\u2000' && r <= '\u200A' {
			run++
		} else {
			run = 0
		}
		f.Spaces = f.Spaces || run >= 5
	}
}

// readPlace looks at what the file lies in, up to the nearest mail, and at the archive it may itself be.
func (f *Facts) readPlace(a *sekisho.Artifact) {
	f.Attached = a.Above(sekisho.KindMail) != nil
	if form, ok := a.Form.(*sekisho.File); ok && (f.Type == encryptedOffice || form.Document.Encrypted) {
		f.Encrypted, f.Unopened = true, form.Document.Password == ""
	}
	for _, part := range a.Parts {
		if archive, ok := part.Form.(*sekisho.Archive); ok {
			f.readArchive(archive)
			f.Unopened = (archive.Encrypted || archive.Hidden) && !archive.Password
		}
	}
	inner := true
	for up := a.Up; up != nil && up.Kind != sekisho.KindMail; up = up.Up {
		archive, ok := up.Form.(*sekisho.Archive)
		if !ok {
			continue
		}
		f.InArchive = true
		f.InImage = f.InImage || diskImage[archive.Format]
		f.InInstaller = f.InInstaller || installers[archive.Format]
		f.readArchive(archive)
		if inner {
			f.Siblings = max(archive.Entries-1, 0)
			f.Unopened = f.Unopened || archive.Encrypted && a.Blob == nil
		}
		inner = false
	}
}

func (f *Facts) readArchive(archive *sekisho.Archive) {
	f.Encrypted = f.Encrypted || archive.Encrypted || archive.Hidden || archive.Password
	f.PasswordBeside = f.PasswordBeside || archive.Password
}

// extension returns what follows the last dot, folded as Windows reads it: trailing dots and spaces do not count, nor does
// the name of a data stream ([MS-FSCC] §2.1.5).
func extension(name string) string {
	name, _, _ = strings.Cut(name, "::$")
	name = strings.TrimRight(name, " .\u3000")
	dot := strings.LastIndexByte(name, '.')
	if dot < 0 || len(name)-dot > 25 {
		return ""
	}
	ext := fold.Text(name[dot+1:])
	if !utf8.ValidString(ext) || strings.ContainsAny(ext, " /") {
		return ""
	}
	return ext
}

// hasMacros reports whether an Office document holds a VBA project by the names of its parts.
func hasMacros(a *sekisho.Artifact) bool {
	for part := range a.All() {
		if strings.EqualFold(path.Base(part.Name), "vbaProject.bin") {
			return true
		}
	}
	return false
}
