// Package office states what an office document does beyond showing words: which macros run by themselves and what they
// call, what it fetches from elsewhere, which programs it starts through DDE, what is embedded in it. It also states the
// formulas of CSV files that start a program or fetch something.
//
// It reads the form and the parts that an opener of documents made; it runs nothing. Names of calls are found in the
// source of macros, with the joints of divided strings removed; a macro that composes them at run time shows as
// obfuscated instead.
package office

import (
	"slices"
	"strings"

	"github.com/sekisho/sekisho"
)

// Facts is what is seen of one document.
type Facts struct {
	Name     string `json:"name" doc:"the file's name"`
	Format   string `json:"format" doc:"ooxml, ole, rtf, opendocument, onenote, msg or csv"`
	Attached bool   `json:"attached" doc:"comes with a mail, at whatever depth"`

	Encrypted       bool `json:"encrypted" doc:"the content is encrypted"`
	DefaultPassword bool `json:"default_password" doc:"it is encrypted with a password that office programs try by themselves, so that only filters are kept out"`

	Macros     []string `json:"macros" doc:"the languages of its macros: vba, excel4, basic, python, javascript, beanshell; empty for none"`
	Excel4     bool     `json:"excel4" doc:"it holds Excel 4 macros"`
	Sourceless bool     `json:"sourceless" doc:"it holds a macro project whose source was removed, so that nobody can read what runs"`
	AutoRun    []string `json:"auto_run" doc:"what starts its macros without a click on them: names such as AutoOpen, events, onLoad; empty for none"`
	Calls      []string `json:"calls" doc:"all that is in runs, downloads, injects, writes and decodes"`
	Runs       []string `json:"runs" doc:"what its macros use to start a program: Shell, WScript.Shell, powershell, EXEC ..."`
	Downloads  []string `json:"downloads" doc:"what its macros use to fetch: URLDownloadToFile, WinHttp, certutil ..."`
	Injects    []string `json:"injects" doc:"what its macros use to put code into memory: VirtualAlloc, CreateThread ..."`
	Writes     []string `json:"writes" doc:"what its macros use to write files: ADODB.Stream, FileSystemObject, FWRITE ..."`
	Decodes    []string `json:"decodes" doc:"signs that its macros hide what they do: 30 calls of Chr, 20 joints of divided strings, StrReverse, Base64"`
	Quote      string   `json:"quote" doc:"the line of a macro that starts, fetches or injects something; empty if none does"`

	DDE        []string `json:"dde" doc:"its DDE links, as program and arguments"`
	DDEProgram []string `json:"dde_program" doc:"those among them that start a command interpreter or another tool of the system"`
	Handlers   []string `json:"handlers" doc:"what a click or the pointer starts: macros and programs behind shapes"`

	External       []string `json:"external" doc:"what it takes from other machines, each as kind and target"`
	RemoteTemplate string   `json:"remote_template" doc:"the template that it loads from another machine; empty if none"`
	RemoteObject   []string `json:"remote_object" doc:"objects, frames, texts and scripts that it loads from other machines; pictures and data are in external only"`
	RemoteScript   []string `json:"remote_script" doc:"those among them that are pages or scripts, or use a scheme that starts a program"`
	UNC            []string `json:"unc" doc:"hosts with a dot in their name that it opens as a Windows share, to which Windows signs in by itself"`

	Embedded        []string `json:"embedded" doc:"the names of the files inside"`
	EmbeddedProgram []string `json:"embedded_program" doc:"those among them that run when opened, by content or name"`
	OLEPackage      bool     `json:"ole_package" doc:"a file is wrapped by the OLE packager, which starts it at a double click"`
	Objects         []string `json:"objects" doc:"the programs of embedded objects, as ProgID or CLSID"`
	ActiveX         bool     `json:"activex" doc:"it holds ActiveX controls"`
	Equation        bool     `json:"equation" doc:"it holds an object of the old equation editor"`
	Browser         bool     `json:"browser" doc:"it holds a web browser, Flash or scriptlet object"`

	Hidden     []string `json:"hidden" doc:"its hidden sheets"`
	VeryHidden []string `json:"very_hidden" doc:"its sheets that are hidden so that Excel does not offer to show them"`
	HiddenXLM  bool     `json:"hidden_macro_sheet" doc:"a sheet with Excel 4 macros is hidden"`

	CSVFormula []string `json:"csv_formula" doc:"cells of a CSV file that start a program when a spreadsheet opens it"`
	CSVFetch   []string `json:"csv_fetch" doc:"cells of a CSV file whose formula fetches from or leads to an address"`
}

// Detector states what documents do.
var Detector = &sekisho.Detector{
	Name: "office",
	Doc: `Office documents: macros, DDE, references, embedded objects
What starts macros and what they call, by their source; DDE; templates, objects and other things loaded from elsewhere;
shares that Windows signs in to; programs inside; the equation editor; hidden sheets; the default password; CSV
formulas that start programs. Compiled macros are not read, and calls composed at run time are not named.`,
	Kinds: []sekisho.Kind{sekisho.KindFile},
	Facts: Facts{},
	Run:   run,
}

const mostListed = 20 // entries of a list of facts

func run(pass *sekisho.Pass) error {
	a := pass.Artifact
	file, ok := a.Form.(*sekisho.File)
	if !ok {
		return nil
	}
	f := &Facts{Name: a.Name, Attached: a.Above(sekisho.KindMail) != nil}
	switch {
	case file.Document.Format != "":
		f.readDocument(&file.Document)
		f.readParts(a)
	case isCSV(file):
		f.Format = "csv"
		err := f.readCSV(a)
		if len(f.CSVFormula)+len(f.CSVFetch) > 0 {
			pass.Report(f, f.spans()...)
		}
		return err
	default:
		return nil
	}
	pass.Report(f, f.spans()...)
	return nil
}

// spans quotes what the facts were seen in.
func (f *Facts) spans() []sekisho.Span {
	spans := []sekisho.Span{sekisho.Quote("name", f.Name)}
	if f.Quote != "" {
		spans = append(spans, sekisho.Quote("macro", f.Quote))
	}
	for _, shown := range []struct {
		where string
		list  []string
	}{{"dde", f.DDE}, {"external", f.External}, {"embedded", f.EmbeddedProgram}, {"cell", f.CSVFormula}, {"cell", f.CSVFetch}} {
		for _, entry := range shown.list[:min(len(shown.list), 3)] {
			spans = append(spans, sekisho.Quote(shown.where, entry))
		}
	}
	return spans
}

// list adds an entry to a list of facts, once.
func list(to *[]string, entry string) {
	if entry != "" && len(*to) < mostListed && !slices.Contains(*to, entry) {
		*to = append(*to, entry)
	}
}

func (f *Facts) readDocument(d *sekisho.Document) {
	f.Format, f.Encrypted, f.DefaultPassword, f.Macros = d.Format, d.Encrypted, d.Password != "", d.Macros
	f.Excel4 = slices.Contains(d.Macros, "excel4")
	for _, command := range d.Commands {
		list(&f.DDE, command)
		if startsTool(command) {
			list(&f.DDEProgram, command)
		}
	}
	for _, handler := range d.Handlers {
		f.readHandler(handler)
	}
	for _, reference := range d.References {
		f.readReference(reference)
	}
	for _, object := range d.Objects {
		f.readObject(object)
	}
	for _, sheet := range d.Sheets {
		switch sheet.State {
		case "hidden":
			list(&f.Hidden, sheet.Name)
		case "very-hidden":
			list(&f.VeryHidden, sheet.Name)
		}
		f.HiddenXLM = f.HiddenXLM || sheet.Macro && sheet.State != "visible"
	}
}

// readHandler tells what starts by itself from what waits for a hand. The events of OpenDocument are named as in
// OpenDocument 1.3 part 3 §19.338 and in the documentation of LibreOffice (Assigning Scripts to Events, read 2026-11).
func (f *Facts) readHandler(handler string) {
	event, _, _ := strings.Cut(handler, " ")
	switch event {
	case "onLoad", "loadImage", "getVisible", "getLabel", "getEnabled", "onShow", "auto_open", "auto_close", "auto_activate", "auto_deactivate", "animation":
		list(&f.AutoRun, handler)
	case "dom:load", "dom:DOMFocusIn", "dom:unload", "office:start-app", "office:new", "office:load-finished", "office:view-created", "office:load-done", "office:print", "office:save",
		"office:save-done", "office:prepare-unload", "office:prepare-view-closing", "office:view-closed", "dom:mouseover", "dom:mouseout", "office:close-app", "office:layout-finished":
		list(&f.AutoRun, handler)
	case "onAction", "button":
	default:
		list(&f.Handlers, handler)
	}
}

func (f *Facts) readObject(o sekisho.Object) {
	switch o.Kind {
	case "package":
		f.OLEPackage = true
	case "activex":
		f.ActiveX = true
	}
	list(&f.Objects, o.Class)
	f.Equation = f.Equation || strings.HasPrefix(o.Class, "equation.")
	for _, program := range [...]string{"shell.explorer", "shockwaveflash", "scriptletfile", "htmlfile", "eab22ac3-30c1-11cf", "8856f961-340a-11d0", "d27cdb6e-ae6d-11cf"} {
		f.Browser = f.Browser || strings.HasPrefix(o.Class, program)
	}
}

// readParts reads the macros and the files inside.
func (f *Facts) readParts(a *sekisho.Artifact) {
	source := false
	for _, part := range a.Parts {
		switch part.Via {
		case "macro":
			if text, ok := part.Form.(*sekisho.TextForm); ok {
				source = true
				f.readMacro(text.Content)
			}
		case "embedded":
			list(&f.Embedded, part.Name)
			if runs(part) {
				list(&f.EmbeddedProgram, part.Name)
			}
		}
	}
	f.Sourceless = slices.Contains(f.Macros, "vba") && !source
	for _, calls := range [][]string{f.Runs, f.Downloads, f.Injects, f.Writes, f.Decodes} {
		for _, call := range calls {
			list(&f.Calls, call)
		}
	}
}

// running are the extensions of what runs at a double click, from the attachments that Outlook blocks
// (support.microsoft.com, "Blocked attachments in Outlook", read 2026-11) and the shortcuts and images beside them.
const running = " exe com scr pif cpl dll ocx msi msp mst js jse vbs vbe wsf wsh wsc sct hta ps1 psm1 bat cmd lnk url iso img vhd vhdx jar jnlp chm hlp " +
	"application appref-ms msc reg scf inf gadget xll wll settingcontent-ms library-ms search-ms one msix appx py pyw scpt command app dmg pkg "

func runs(part *sekisho.Artifact) bool {
	name := strings.ToLower(strings.TrimRight(part.Name, " ."))
	if dot := strings.LastIndexByte(name, '.'); dot >= 0 && strings.Contains(running, " "+name[dot+1:]+" ") {
		return true
	}
	form, ok := part.Form.(*sekisho.File)
	if !ok {
		return false
	}
	switch form.Type {
	case "application/vnd.microsoft.portable-executable", "application/x-elf", "application/x-executable", "application/x-sharedlib", "application/x-object", "application/x-mach-binary",
		"application/x-ms-shortcut", "application/x-ms-installer", "application/hta", "text/vbscript", "application/x-bat", "application/x-iso9660-image", "application/x-vhd", "application/x-vhdx":
		return true
	}
	return false
}
