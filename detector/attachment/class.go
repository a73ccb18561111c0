package attachment

import "strings"

// classOfExtension returns what opening a file of that extension does. The extensions that run code follow the list of
// attachments that Outlook blocks (support.microsoft.com, "Blocked attachments in Outlook", read 2026-11) and MITRE
// ATT&CK T1204.002; the others are their common meaning.
func classOfExtension(ext string) string { return extensions[ext] }

var extensions = index(extensionsOf)

var extensionsOf = map[string]string{
	"program":        "exe com scr pif cpl dll sys ocx drv elf so dylib app run msc gadget prg",
	"installer":      "msi msp mst msix msixbundle appx appxbundle appinstaller application pkg mpkg deb rpm apk ipa appimage snap flatpak msu ppkg diagcab osd xbap ops vsmacros",
	"script":         "js jse vbs vbe wsf wsh wsc sct hta ps1 ps1xml ps2 psc1 psm1 bat cmd command scpt scptd applescript ahk au3 pyw pyz workflow msh msh1 msh2 mshxml msh1xml msh2xml ps2xml psc2 psd1 psdm1 pyzw ws wsb htc cdxml vbp bas",
	"source":         "mjs vb sh bash zsh csh ksh tcl py pyc pl rb php lua ts cts mts xsl ipynb c h cpp go rs java s sol asp aspx fxp pyo vsw",
	"shortcut":       "lnk url webloc desktop scf library-ms search-ms searchconnector-ms settingcontent-ms fileloc inetloc terminal rdp website appref-ms appcontent-ms shb shs xnk webpnp printerexport theme themepack deskthemepack udl",
	"disk-image":     "iso img vhd vhdx avhd avhdx vmdk udf dmg sparseimage",
	"java":           "jar jnlp class war",
	"help":           "chm hlp its hpj",
	"registry":       "reg inf",
	"addin":          "xll wll xla xlam ppa ppam xpi crx vsix oxt",
	"macro-document": "docm dotm xlsm xltm xlsb pptm potm ppsm sldm slk iqy ade adp mda mdb mde mdw mdz mam maq mar maf accdb accde accdr",
	"profile":        "mobileconfig mobileprovision ovpn onepkg",
	"html":           "html htm xhtml xht shtml mht mhtml",
	"svg":            "svg svgz",
	"office":         "doc docx dot dotx rtf xls xlsx xlt xltx xlw ppt pptx pps ppsx odt ods odp one pub vsd vsdx wps hwp hwpx jtd",
	"pdf":            "pdf",
	"archive":        "zip 7z rar tar gz tgz bz2 tbz xz txz zst cab cpio asar wim lzma tlz tzst lz lz4 zipx lzh lha arj ace alz egg sit z",
	"image":          "png jpg jpeg jfif gif bmp tif tiff webp heic heif ico avif",
	"media":          "mp3 mp4 m4a m4v mov avi mkv wav wma wmv ogg opus flac webm amr",
	"text":           "txt log md csv tsv json xml yaml yml patch diff ini conf cfg toml rst tex asc sig",
	"mail":           "eml msg mbox",
	"calendar":       "ics ical vcs vcf",
	"key":            "pem key p12 pfx cer crt der jks kdbx keystore p7s p7m",
}

// classOfType returns the class of a content type found by the bytes, or "" when it leaves the class open.
func classOfType(media string) string {
	media = strings.ToLower(media)
	if class, ok := types[media]; ok {
		return class
	}
	switch head, _, _ := strings.Cut(media, "/"); head {
	case "image":
		return "image"
	case "audio", "video":
		return "media"
	}
	switch {
	case strings.Contains(media, ".macroenabled"):
		return "macro-document"
	case strings.HasPrefix(media, "application/vnd.openxmlformats-officedocument."),
		strings.HasPrefix(media, "application/vnd.oasis.opendocument."):
		return "office"
	}
	return ""
}

var types = index(typesOf)

var typesOf = map[string]string{
	"program": "application/vnd.microsoft.portable-executable application/x-msdownload application/x-dosexec application/x-msdos-program " +
		"application/x-elf application/x-executable application/x-sharedlib application/x-pie-executable application/x-mach-binary application/x-mach-o",
	"installer": "application/x-ms-installer application/x-msi application/vnd.debian.binary-package application/x-rpm application/x-debian-package application/msix application/vnd.android.package-archive application/x-xar",
	"script":    "text/vbscript application/x-powershell text/x-powershell application/hta application/x-bat application/x-wsf text/x-applescript",
	"source": "text/javascript application/javascript text/x-python text/x-shellscript application/x-sh application/x-shellscript text/x-perl text/x-php text/x-ruby text/x-lua text/x-tcl " +
		"text/x-typescript text/x-go text/x-c text/x-java text/x-rust text/x-solidity",
	"shortcut":   "application/x-ms-shortcut application/x-mslnk application/x-mswinurl application/x-webloc text/x-desktop",
	"disk-image": "application/x-raw-disk-image application/x-iso9660-image application/x-apple-diskimage application/x-vhd application/x-vhdx application/x-virtualbox-vhd application/x-virtualbox-vhdx application/x-vmdk application/x-udf application/x-udf-image",
	"java":       "application/java-archive application/jar application/x-java-applet application/java-vm",
	"help":       "application/vnd.ms-htmlhelp application/x-chm",
	"registry":   "text/x-registry text/x-ms-regedit",
	"html":       "text/html application/xhtml+xml",
	"svg":        "image/svg+xml",
	"office": "application/msword application/vnd.ms-excel application/vnd.ms-powerpoint application/x-ole-storage application/onenote application/x-ooxml-encrypted " +
		"application/rtf text/rtf application/vnd.ms-publisher application/vnd.visio application/x-cfb",
	"pdf": "application/pdf",
	"archive": "application/zip application/gzip application/x-gzip application/x-7z-compressed application/x-rar-compressed application/vnd.rar application/x-tar " +
		"application/x-bzip2 application/x-xz application/x-lzma application/zstd application/x-cpio application/x-asar application/vnd.ms-cab-compressed application/x-lzh-compressed",
	"mail":     "message/rfc822 application/mbox application/vnd.ms-outlook application/vnd.ms-tnef",
	"calendar": "text/calendar text/vcard",
}

func index(classes map[string]string) map[string]string {
	byName := make(map[string]string)
	for class, names := range classes {
		for _, name := range strings.Fields(names) {
			byName[name] = class
		}
	}
	return byName
}

// opens holds the classes that run, or show a page of the sender's, when a person opens the file.
var opens = set("program installer script shortcut disk-image java help registry addin profile html svg macro-document")

// shown holds the classes that people expect to be only looked at.
var shown = set("office macro-document pdf image media text calendar mail")

// diskImage holds the formats of archives that the system mounts.
var diskImage = set("iso udf img vhd vhdx vmdk dmg")

// installers holds the formats of archives that install what is in them, or are a program's.
var installers = set("msi deb rpm pkg asar")

func set(names string) map[string]bool {
	s := make(map[string]bool)
	for _, name := range strings.Fields(names) {
		s[name] = true
	}
	return s
}

// wraps says which classes of extension a content may honestly have besides its own: an installer is a program, a
// document or a Java program is a zip, a drawing is text.
var wraps = map[string]map[string]bool{
	"program":        set("installer addin java"),
	"installer":      set("program archive"),
	"archive":        set("office macro-document java installer addin disk-image program key mail svg"),
	"office":         set("macro-document installer mail addin help image"),
	"macro-document": set("office addin"),
	"script":         set("text html source"),
	"source":         set("text html svg script media"),
	"html":           set("svg script source text mail office help macro-document"),
	"svg":            set("html text image"),
	"disk-image":     set("program"),
	"image":          set("media svg"),
	"media":          set("image source"),
	"mail":           set("text office html"),
	"calendar":       set("text"),
	"java":           set("archive installer"),
	"pdf":            set("text"),
}

// contradict reports whether a file of the class named has bytes of a class it cannot be.
func contradict(named, content string) bool {
	return named != "" && content != "" && named != content && !wraps[content][named]
}

// lenient holds the classes whose programs Windows, or a browser, starts by the extension alone and which skip over what
// they do not understand: a script that begins as a picture still runs, and a page that does is still shown.
var lenient = set("script shortcut html java")

// harmless holds the classes of bytes that make no file of a lenient class harmless.
var harmless = set("image media pdf archive text office mail calendar")

// join picks the class of a file from those of its name and its bytes: the bytes when they tell more than a container,
// unless it is the name alone that decides what opens it.
func join(named, content string) string {
	switch {
	case content == "", lenient[named] && harmless[content]:
		return named
	case content == "program", content == "macro-document":
		return content
	case wraps[content][named]:
		return named
	}
	return content
}
