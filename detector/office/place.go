package office

import (
	"strings"

	"github.com/sekisho/sekisho"
)

// tools are the programs of the system that DDE links and cells of spreadsheets start to do harm, in lower case (LOLBAS,
// lolbas-project.github.io, read 2026-11).
var tools = []string{"cmd", "powershell", "pwsh", "mshta", "msexcel", "rundll32", "regsvr32", "wscript", "cscript", "certutil", "bitsadmin", "msiexec", "wmic", "schtasks", "forfiles",
	"conhost", "explorer", "curl", "bash", "sh", "system32", "calc"}

// startsTool reports whether a DDE command names such a program, among its first words or at the end of a path.
func startsTool(command string) bool {
	words := strings.FieldsFunc(strings.ToLower(command), func(r rune) bool { return strings.ContainsRune(" \t/\\\"'|!.,;()=+-@", r) })
	for _, word := range words[:min(len(words), 40)] {
		for _, tool := range tools {
			if word == tool {
				return true
			}
		}
	}
	return false
}

// readReference tells what lies on another machine from what lies beside the document.
func (f *Facts) readReference(r sekisho.Reference) {
	target := strings.TrimSpace(r.Target)
	scheme, host := place(target)
	if host == "" && scheme == "" {
		return
	}
	list(&f.External, r.Kind+" "+target)
	if scheme == "unc" && strings.ContainsAny(host, ".:") {
		list(&f.UNC, host)
	}
	local := scheme == "unc" && !strings.ContainsAny(host, ".:") // a server of the house where it was written
	switch {
	case r.Kind == "template" && !local:
		f.RemoteTemplate = target
	case r.Kind == "image" || r.Kind == "data" || r.Kind == "media" || r.Kind == "workbook" || r.Kind == "template":
	case !local:
		list(&f.RemoteObject, target)
	}
	if isScript(scheme, target) && r.Kind != "image" && r.Kind != "data" && r.Kind != "media" && r.Kind != "workbook" {
		list(&f.RemoteScript, target)
	}
}

// place returns how another machine is reached, "unc" for a Windows share, and its name; both are empty for a path on the
// same machine. A scheme that opens a program has no host.
func place(target string) (scheme, host string) {
	lower := strings.ToLower(strings.ReplaceAll(target, `\`, "/"))
	lower = strings.TrimPrefix(lower, "url:")
	if rest, ok := strings.CutPrefix(lower, "file:"); ok {
		// file://host/..., file:////host/..., file://///host/...; file:///C:/ is this machine.
		slashes := len(rest) - len(strings.TrimLeft(rest, "/"))
		rest = rest[slashes:]
		if slashes < 2 || slashes == 3 || len(rest) > 1 && (rest[1] == ':' || rest[1] == '|') {
			return "", ""
		}
		return "unc", authority(rest)
	}
	if rest, ok := strings.CutPrefix(lower, "//"); ok {
		return "unc", authority(strings.TrimPrefix(rest, "?/unc/"))
	}
	colon := strings.IndexByte(lower, ':')
	if colon < 2 || strings.ContainsAny(lower[:colon], "/ ;=") {
		return "", ""
	}
	scheme = lower[:colon]
	switch scheme {
	case "mailto", "tel", "about", "odbc", "provider", "oledb", "vnd.sun.star.package", "vnd.sun.star.expand", "data", "urn":
		return "", ""
	case "mhtml", "mk", "its":
		_, inner := place(lower[colon+1:])
		return scheme, inner
	}
	rest := strings.TrimLeft(lower[colon+1:], "/")
	return scheme, authority(rest)
}

func authority(rest string) string {
	if end := strings.IndexAny(rest, "/?#!"); end >= 0 {
		rest = rest[:end]
	}
	rest, _, _ = strings.Cut(rest, "@ssl") // WebDAV
	return rest[strings.LastIndexByte(rest, '@')+1:]
}

// isScript reports whether a target is a page or a script that runs where it is loaded, or a scheme that opens a program.
func isScript(scheme, target string) bool {
	switch {
	case scheme == "mhtml", scheme == "mk", scheme == "its", scheme == "script", scheme == "scriptlet", strings.HasPrefix(scheme, "ms-"), scheme == "search-ms", scheme == "javascript",
		scheme == "vbscript":
		return true
	}
	lower := strings.ToLower(target)
	if strings.HasSuffix(lower, "!") {
		return true
	}
	if end := strings.IndexAny(lower, "?#!"); end >= 0 {
		lower = lower[:end]
	}
	for _, extension := range [...]string{".hta", ".html", ".htm", ".sct", ".xsl", ".wsdl", ".js", ".vbs", ".wsc", ".php", ".rtf", ".lnk", ".exe"} {
		if strings.HasSuffix(lower, extension) {
			return true
		}
	}
	return false
}
