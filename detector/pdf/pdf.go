// Package pdf states what a PDF does when it is opened and used: actions, scripts, files in it, and pages that are only a
// picture to click on. It reads the form that the opener of the same name made.
package pdf

import (
	"path"
	"strings"

	"github.com/sekisho/sekisho"
)

// Facts is what is seen of one PDF.
type Facts struct {
	Script      bool     `json:"script" doc:"it holds scripts"`
	OnOpen      []string `json:"on_open" doc:"the kinds of action that run when it is opened or its first page is shown: javascript, launch, submit, import, goto-remote, goto-embedded, uri, media"`
	Actions     []string `json:"actions" doc:"the kinds of all its actions, those that only a click starts included"`
	Launch      []string `json:"launch" doc:"the programs and files that launch actions start, at most 10"`
	LaunchRuns  bool     `json:"launch_runs" doc:"a launch action gives parameters, leads to another machine, or names no document beside it"`
	Submits     []string `json:"submits" doc:"the addresses that forms and scripts send to, at most 10"`
	Remote      []string `json:"remote" doc:"files on other machines that actions open: \\\\host\\share or a URL, at most 10"`
	OpensURI    []string `json:"opens_uri" doc:"web addresses opened without a click, at most 10"`
	Signs       []string `json:"signs" doc:"what its scripts use: eval, decode, export (writes out an embedded file and opens it), launch-url, submit, network, heap (long strings repeated), known-bug (functions that only attacks use)"`
	ScriptBytes int      `json:"script_bytes" doc:"bytes of its scripts"`
	Files       []string `json:"files" doc:"the names of embedded files, at most 20"`
	RunFiles    []string `json:"run_files" doc:"embedded files that run or install something when opened, by name or content"`
	Pages       int      `json:"pages" doc:"number of pages"`
	Words       int      `json:"words" doc:"words of text"`
	Pictures    int      `json:"pictures" doc:"pictures that can carry a message"`
	Links       int      `json:"links" doc:"different web addresses it leads to"`
	PictureOnly bool     `json:"picture_only" doc:"at most two pages with a picture, fewer than 10 words a page and one or two addresses to click on"`
	Fields      int      `json:"fields" doc:"fields of its form"`
	Encrypted   bool     `json:"encrypted" doc:"it is encrypted"`
	Unopened    bool     `json:"unopened" doc:"it is encrypted and no password at hand opened it"`
	Password    bool     `json:"password" doc:"it was opened with a password that stands in the mail around it"`
	Defects     []string `json:"defects" doc:"what is wrong with it: no-header, late-header, no-xref, broken-xref, escaped-names"`
	Updates     int      `json:"updates" doc:"times the file was added to after it was made"`
	Packed      int      `json:"packed" doc:"streams that hold other objects"`
}

// Detector states what PDFs do.
var Detector = &sekisho.Detector{
	Name: "pdf",
	Doc: `PDFs: actions, scripts, embedded files, pages that are only a picture to click on
What runs when it is opened and what a click runs, where forms send to, signs of attack in scripts, files inside that run,
encryption and broken structure. Scripts are not run.`,
	Kinds: []sekisho.Kind{sekisho.KindFile},
	Facts: Facts{},
	Run:   run,
}

const (
	fewPages    = 2
	fewWords    = 10 // a page
	listed      = 10
	filesListed = 20
)

func run(pass *sekisho.Pass) error {
	file, ok := pass.Artifact.Form.(*sekisho.File)
	if !ok || file.Type != "application/pdf" {
		return nil
	}
	p := &file.PDF
	f := &Facts{
		Script: len(p.Scripts) > 0, Files: p.Files[:min(len(p.Files), filesListed)], Pages: p.Pages, Words: p.Words, Pictures: p.Pictures, Links: p.Links,
		Fields: p.Fields, Encrypted: p.Encrypted, Password: p.Password, Defects: p.Defects, Updates: p.Updates, Packed: p.ObjectStreams,
	}
	f.Unopened = p.Encrypted && !p.Password && p.Pages == 0 && p.Words == 0
	f.PictureOnly = p.Pages <= fewPages && p.Pages > 0 && p.Pictures > 0 && p.Words < fewWords*p.Pages && p.Links >= 1 && p.Links <= 2 && p.Fields == 0
	var spans []sekisho.Span
	for _, action := range p.Actions {
		f.add(action)
		if action.Kind != "javascript" {
			spans = append(spans, sekisho.Quote("action", strings.TrimSpace(action.Kind+" "+action.Target)))
		}
	}
	for _, script := range p.Scripts {
		f.ScriptBytes += len(script)
		f.Signs = signsOf(script, f.Signs)
		spans = append(spans, sekisho.Quote("script", script))
	}
	f.readFiles(pass.Artifact)
	pass.Report(f, spans[:min(len(spans), listed)]...)
	return nil
}

// add states one action.
func (f *Facts) add(action sekisho.Effect) {
	f.Actions = with(f.Actions, action.Kind)
	if action.On == "open" {
		f.OnOpen = with(f.OnOpen, action.Kind)
	}
	switch action.Kind {
	case "launch":
		f.Launch = with(f.Launch, action.Target)
		f.LaunchRuns = f.LaunchRuns || !besideDocument(action.Target)
	case "submit":
		f.Submits = with(f.Submits, action.Target)
	case "uri":
		f.OpensURI = with(f.OpensURI, action.Target)
	}
	if action.Kind != "uri" && action.Kind != "submit" && elsewhere(action.Target) {
		f.Remote = with(f.Remote, action.Target)
	}
}

func with(list []string, member string) []string {
	for _, m := range list {
		if m == member {
			return list
		}
	}
	if len(list) == listed {
		return list
	}
	return append(list, member)
}

// elsewhere reports whether a file name of a PDF leads to another machine.
func elsewhere(target string) bool {
	target = strings.ReplaceAll(target, `\`, "/")
	return strings.HasPrefix(target, "//") || strings.Contains(target, "://")
}

// besideDocument reports whether a target is a document in the same folder or below: old programs make links between
// documents of launch actions.
func besideDocument(target string) bool {
	ext := strings.ToLower(strings.TrimPrefix(path.Ext(target), "."))
	return documents[ext] && !elsewhere(target) && !strings.ContainsAny(target, ":%") && !strings.HasPrefix(target, "/")
}

var documents = set(`pdf doc docx xls xlsx ppt pptx txt rtf odt ods odp png jpg jpeg gif tif tiff mp3 mp4 avi mov wav`)

// readFiles looks at the embedded files, and what the other openers found them to be.
func (f *Facts) readFiles(a *sekisho.Artifact) {
	for _, part := range a.Parts {
		form, ok := part.Form.(*sekisho.File)
		if !ok || part.Via != "embedded" {
			continue
		}
		ext := strings.ToLower(strings.TrimPrefix(path.Ext(strings.TrimRight(part.Name, " .")), "."))
		if (runExtensions[ext] || runTypes[form.Type]) && len(f.RunFiles) < filesListed {
			f.RunFiles = append(f.RunFiles, part.Name)
		}
	}
}

func set(names string) map[string]bool {
	s := make(map[string]bool)
	for _, name := range strings.Fields(names) {
		s[name] = true
	}
	return s
}

// runExtensions and runTypes are of files that run, install or mount something when a person opens them.
var runExtensions = set(`exe com scr pif cpl dll msi msp msix appx appinstaller bat cmd ps1 vbs vbe js jse wsf wsh hta jar py pyw sh command scpt lnk url webloc
desktop settingcontent-ms library-ms search-ms reg iso img vhd vhdx dmg pkg deb rpm apk appimage docm dotm xlsm xltm xlsb pptm xll chm html htm mht svg`)

var runTypes = set(`application/vnd.microsoft.portable-executable application/x-mach-binary application/x-elf application/x-executable application/x-sharedlib
application/x-ms-installer application/x-ms-shortcut application/x-mswinurl application/x-iso9660-image application/x-udf-image application/x-vhd application/x-vhdx
application/x-apple-diskimage application/java-archive application/hta application/x-bat text/vbscript text/x-powershell`)

// signs are what scripts say, in lower case, and what it is a sign of. The known bugs are the functions of Adobe Reader that
// CVE-2007-5659, CVE-2008-2992, CVE-2009-0927 and CVE-2009-4324 were about.
var signs = []struct {
	sign  string
	words []string
}{
	{"eval", []string{"eval(", "new function(", "settimeout(", "app.settimeout"}},
	{"decode", []string{"unescape(", "fromcharcode", "charcodeat", "atob(", "%u9090", "\\x90"}},
	{"export", []string{"exportdataobject", "opendoc(", "nlaunch"}},
	{"launch-url", []string{"launchurl", "geturl("}},
	{"submit", []string{"submitform", "mailform", "maildoc"}},
	{"network", []string{"net.http", "soap.connect", "soap.request", "xmlhttprequest", "adbc.", "rss.addfeed"}},
	{"heap", []string{"%u0c0c", "%u9090", "%u4141", "spray"}},
	{"known-bug", []string{"collab.collectemailinfo", "collab.geticon", "util.printf(\"%45000", "media.newplayer", "spell.customdictionaryopen", "getannots("}},
}

func signsOf(script string, found []string) []string {
	lower := strings.ToLower(script)
	for _, s := range signs {
		for _, word := range s.words {
			if strings.Contains(lower, word) {
				found = with(found, s.sign)
				break
			}
		}
	}
	return found
}
