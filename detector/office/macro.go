package office

import (
	"slices"
	"strconv"
	"strings"
)

const (
	mostScanned = 2 << 20 // bytes of one module that are looked at
	chrCalls    = 30      // calls of Chr in one module that show something is spelt by codes
	joints      = 20      // divided strings in one module
)

// autoNames are the procedures that run without a call (Microsoft, "Auto macros in Word" and "Workbook object (Excel):
// events"; read 2026-11), in lower case.
var autoNames = []string{
	"autoexec", "autoopen", "autoclose", "autoexit", "autonew", "auto_open", "auto_close", "auto_exec", "auto_add", "auto_activate", "auto_deactivate",
	"document_open", "document_close", "document_new", "documentopen", "documentchange", "document_beforeclose", "document_contentcontrolonenter", "document_xmlafterinsert",
	"workbook_open", "workbook_activate", "workbook_beforeclose", "workbook_windowactivate", "workbook_addininstall", "workbook_sheetactivate", "workbook_deactivate",
	"worksheet_activate", "worksheet_calculate", "app_documentopen", "app_workbookopen", "onslideshowpagechange", "onslideshowterminate", "auto_shutdown", "inkpicture1_painted",
	"webbrowser1_documentcomplete",
}

// autoSuffixes end the names of procedures that controls on a page call when it is shown.
var autoSuffixes = []string{"_painted", "_painting", "_layout", "_onconnecting", "_onconnected", "_downloadcomplete", "_navigatecomplete2", "_beforenavigate2", "_documentcomplete", "_gotfocus", "_resize"}

// A call is a piece of text that shows what a macro does; name is how people know it. Those that are a word of their own
// are looked for with nothing of a word around them.
type call struct {
	text, name string
	word       bool
}

var (
	starts = []call{
		{"shell", "Shell", true}, {"wscript.shell", "WScript.Shell", false}, {"wscript.run", "WScript.Run", false}, {"shell.application", "Shell.Application", false},
		{"shellexecute", "ShellExecute", false}, {"shellexecutea", "ShellExecute", true}, {"createprocess", "CreateProcess", false}, {"winexec", "WinExec", true},
		{"win32_process", "Win32_Process", false}, {"powershell", "powershell", false}, {"pwsh", "pwsh", true}, {"cmd.exe", "cmd", false}, {"cmd /", "cmd", false}, {"mshta", "mshta", false},
		{"rundll32", "rundll32", false}, {"regsvr32", "regsvr32", false}, {"wscript.exe", "wscript", false}, {"cscript", "cscript", true}, {"schtasks", "schtasks", false},
		{"schedule.service", "Schedule.Service", false}, {"wmic", "wmic", true}, {"msiexec", "msiexec", false}, {"macscript", "MacScript", true}, {"applescripttask", "AppleScriptTask", true},
		{"osascript", "osascript", false}, {"os.system", "os.system", false}, {"subprocess", "subprocess", true}, {"popen", "popen", true}, {"runtime.getruntime", "Runtime.exec", false},
		{"processbuilder", "ProcessBuilder", true}, {"systemshellexecute", "SystemShellExecute", false}, {"executeexcel4macro", "ExecuteExcel4Macro", false},
		{"ddeinitiate", "DDEInitiate", false}, {"mmc20.application", "MMC20.Application", false}, {"forfiles", "forfiles", true},
	}
	// Functions of Excel 4 macros, whose names are common words elsewhere.
	sheetStarts   = []call{{"exec(", "EXEC", true}, {"call(", "CALL", true}, {"register(", "REGISTER", true}, {"register.id(", "REGISTER.ID", true}}
	sheetWritings = []call{{"fopen(", "FOPEN", true}, {"fwrite(", "FWRITE", true}, {"fwriteln(", "FWRITELN", true}, {"formula.fill(", "FORMULA.FILL", true}}
	fetches       = []call{
		{"urldownloadtofile", "URLDownloadToFile", false}, {"urldownloadtocachefile", "URLDownloadToCacheFile", false}, {"winhttp", "WinHttp", false}, {"xmlhttp", "XMLHTTP", false},
		{"internetopenurl", "InternetOpenUrl", false}, {"internetreadfile", "InternetReadFile", false}, {"bitsadmin", "bitsadmin", false}, {"certutil", "certutil", false},
		{"invoke-webrequest", "Invoke-WebRequest", false}, {"downloadstring", "DownloadString", false}, {"downloadfile", "DownloadFile", false}, {"net.webclient", "Net.WebClient", false},
		{"start-bitstransfer", "Start-BitsTransfer", false}, {"urllib", "urllib", true}, {"requests.get", "requests.get", false}, {"internetexplorer.application", "InternetExplorer.Application", false},
	}
	injections = []call{
		{"virtualalloc", "VirtualAlloc", false}, {"virtualprotect", "VirtualProtect", false}, {"writeprocessmemory", "WriteProcessMemory", false}, {"createthread", "CreateThread", false},
		{"createremotethread", "CreateRemoteThread", false}, {"ntallocatevirtualmemory", "NtAllocateVirtualMemory", false}, {"queueuserapc", "QueueUserAPC", false},
		{"rtlcreateuserthread", "RtlCreateUserThread", false}, {"heapcreate", "HeapCreate", true}, {"ntwritevirtualmemory", "NtWriteVirtualMemory", false},
	}
	writings = []call{
		{"adodb.stream", "ADODB.Stream", false}, {"savetofile", "SaveToFile", false}, {"scripting.filesystemobject", "Scripting.FileSystemObject", false}, {"for binary", "Open For Binary", false},
		{"for output", "Open For Output", false}, {"regwrite", "RegWrite", false},
		{"createtextfile", "CreateTextFile", false}, {"vbproject", "VBProject", false}, {"accessvbom", "AccessVBOM", false},
	}
	decodings = []call{
		{"strreverse", "StrReverse", false}, {"bin.base64", "bin.base64", false}, {"frombase64", "FromBase64", false}, {"callbyname", "CallByName", false}, {"b64decode", "b64decode", false},
		{"-encodedcommand", "-EncodedCommand", false}, {"atob(", "atob", true}, {"getobject(\"new:", "GetObject new:", false},
	}
)

// readMacro reads the source of one module.
func (f *Facts) readMacro(source string) {
	text, divided := plain(source[:min(len(source), mostScanned)])
	f.readProcedures(text)
	type family struct {
		calls []call
		to    *[]string
		quote bool
	}
	families := []family{{starts, &f.Runs, true}, {injections, &f.Injects, true}, {fetches, &f.Downloads, true}, {writings, &f.Writes, false}, {decodings, &f.Decodes, false}}
	if f.Excel4 {
		families = append(families, family{sheetStarts, &f.Runs, true}, family{sheetWritings, &f.Writes, false})
	}
	for _, family := range families {
		for _, c := range family.calls {
			at := find(text, c)
			if at < 0 {
				continue
			}
			list(family.to, c.name)
			if family.quote && f.Quote == "" {
				f.Quote = line(text, at)
			}
		}
	}
	if divided >= joints {
		list(&f.Decodes, strconv.Itoa(joints)+" joints of strings")
	}
	if strings.Count(text, "chr(")+strings.Count(text, "chrw(")+strings.Count(text, "chr$(")+strings.Count(text, "char(") >= chrCalls {
		list(&f.Decodes, strconv.Itoa(chrCalls)+" calls of Chr")
	}
}

// plain returns the source in lower case, without comments and continued lines, and with divided strings joined: "po" &
// "wer" becomes "power". It counts the joints.
func plain(source string) (text string, divided int) {
	var b strings.Builder
	b.Grow(len(source))
	source = strings.NewReplacer("_\r\n", " ", "_\n", " ").Replace(strings.ToLower(source))
	for line := range strings.Lines(source) {
		trimmed := strings.TrimLeft(line, " \t")
		if strings.HasPrefix(trimmed, "'") || strings.HasPrefix(trimmed, "rem ") || strings.HasPrefix(trimmed, "attribute vb_") {
			continue
		}
		b.WriteString(line)
	}
	text = b.String()
	b.Reset()
	for {
		i := strings.IndexByte(text, '"')
		if i < 0 {
			b.WriteString(text)
			return b.String(), divided
		}
		rest := strings.TrimLeft(text[i+1:], " \t")
		if rest != "" && (rest[0] == '&' || rest[0] == '+') {
			if next := strings.TrimLeft(rest[1:], " \t"); strings.HasPrefix(next, `"`) {
				b.WriteString(text[:i])
				text = next[1:]
				divided++
				continue
			}
		}
		b.WriteString(text[:i+1])
		text = text[i+1:]
	}
}

// find returns where a call stands, -1 if nowhere. In "Application.Shell" the word is a member, in "myshell" a part.
func find(text string, c call) int {
	for from := 0; ; {
		i := strings.Index(text[from:], c.text)
		if i < 0 || !c.word {
			if i >= 0 {
				i += from
			}
			return i
		}
		at, end := from+i, from+i+len(c.text)
		before := at == 0 || !wordByte(text[at-1]) && text[at-1] != '"'
		after := end == len(text) || strings.HasSuffix(c.text, "(") || !wordByte(text[end]) && text[end] != '=' && text[end] != '"'
		if before && after {
			return at
		}
		from = end
	}
}

func wordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_' || c == '.' || c >= 0x80
}

// line returns the line around a place.
func line(text string, at int) string {
	start, end := strings.LastIndexByte(text[:at], '\n')+1, strings.IndexByte(text[at:], '\n')
	if end < 0 {
		end = len(text) - at
	}
	start = max(start, at-100)
	return strings.ToValidUTF8(strings.TrimSpace(text[start:min(at+end, at+100)]), "")
}

// readProcedures finds the procedures that run without a call.
func (f *Facts) readProcedures(text string) {
	for _, keyword := range [...]string{"sub ", "function "} {
		for rest := text; ; {
			i := strings.Index(rest, keyword)
			if i < 0 {
				break
			}
			whole := i == 0 || !wordByte(rest[i-1])
			rest = rest[i+len(keyword):]
			end := strings.IndexFunc(rest, func(r rune) bool { return r < 0x80 && !wordByte(byte(r)) })
			if end < 0 {
				end = len(rest)
			}
			if name := rest[:end]; whole && isAuto(name) {
				list(&f.AutoRun, name)
			}
		}
	}
}

func isAuto(name string) bool {
	if slices.Contains(autoNames, name) {
		return true
	}
	return slices.ContainsFunc(autoSuffixes, func(suffix string) bool { return strings.HasSuffix(name, suffix) })
}
