package shortcut

import "strings"

func set(names string) map[string]bool {
	s := make(map[string]bool)
	for _, name := range strings.Fields(names) {
		s[name] = true
	}
	return s
}

// interpreters are the programs that run what their arguments say: shells, script hosts, and the loaders and fetchers of the
// LOLBAS project (lolbas-project.github.io, read 2026-11).
var interpreters = set(`cmd powershell pwsh powershell_ise wscript cscript mshta rundll32 regsvr32 msiexec certutil bitsadmin wmic forfiles pcalua
conhost hh ssh scp curl finger installutil msbuild regasm regsvcs odbcconf cmstp ieexec mavinject schtasks scriptrunner
syncappvpublishingserver bash wsl sh zsh dash ksh csh fish python python2 python3 pythonw node deno bun perl ruby php osascript lua autoit3
wget nc ncat socat tclsh java javaw`)

// loaders are those that a shell is made to call.
var loaders = set(`powershell pwsh wscript cscript mshta rundll32 regsvr32 msiexec certutil bitsadmin wmic curl wget installutil msbuild regasm
odbcconf cmstp python python3 node osascript finger schtasks`)

// fetchers take an address as their argument and run what lies there.
var fetchers = set(`mshta msiexec curl wget bitsadmin certutil regsvr32 rundll32 hh cmstp`)

// fetches are what commands say in order to fetch.
var fetches = []string{"invoke-webrequest", "invoke-restmethod", "iwr ", "irm ", "downloadstring", "downloadfile", "downloaddata", "start-bitstransfer",
	"net.webclient", "system.net.http", "msxml2.xmlhttp", "winhttp", "curl ", "wget ", "urlcache", "/transfer", "net use", "pushd \\\\", "davwwwroot", "| sh", "|sh", "| bash", "|bash"}

// decodes are what commands say in order to decode.
var decodes = []string{"-encodedcommand", " -enc ", " -ec ", " -e jab", " -en ", "frombase64string", "base64 -d", "base64 --decode", "b64decode", "atob(", "-decode ",
	"[char]", "-bxor", "fromcharcode", "xxd -r", "codecs.decode", "::reverse", "gzipstream", "deflatestream"}

// hides are what commands say in order not to be seen.
var hides = []string{"-w hidden", "-windowstyle hidden", "-windowstyle h", "-win hidden", "-w h ", "-wi hidden", "-w 1 ", "vbhide", "-windowstyle 1", "start /b", "conhost --headless", "--headless"}

// runs are the extensions of what runs or installs when it is opened.
var runs = set(`exe com scr pif cpl dll msi msp msix appx bat cmd ps1 vbs vbe js jse wsf wsh hta jar py pyw msc lnk sh command app application appref-ms
settingcontent-ms library-ms scf reg xll`)

// documents are the extensions of files whose icon people take for a document.
var documents = set(`pdf doc docx xls xlsx ppt pptx rtf odt ods odp txt csv jpg jpeg png gif`)

// documentIcons are files and icon names that draw a document: of the programs that show them, and of Windows and GNOME.
var documentIcons = []string{"acrord32.exe", "acrobat.exe", "acrord64.exe", "wordicon.exe", "winword.exe", "xlicons.exe", "excel.exe", "pptico.exe", "powerpnt.exe",
	"foxitreader.exe", "foxitpdfreader.exe", "sumatrapdf.exe", "msedge.exe", "microsoftpdfreader.exe", "notepad.exe", "wordpad.exe", "imageres.dll", "shell32.dll", "moricons.dll", "inkobj.dll",
	"application-pdf", "x-office-document", "x-office-spreadsheet", "x-office-presentation", "text-x-generic", "image-x-generic",
	"gnome-mime-application-pdf", "libreoffice-writer", "libreoffice-calc", "evince", "org.gnome.evince", "okular"}
