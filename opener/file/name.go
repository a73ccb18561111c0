package file

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sekisho/sekisho/fold"
)

// extension returns what follows the last dot of a file name, in lower case, as Windows would act on it: dots and spaces at
// the end do not count, and neither do characters that nobody sees, such as those that turn the writing direction. It is
// empty when there is no dot or when what follows cannot be an extension.
func extension(name string) string {
	name = strings.Map(func(r rune) rune {
		switch {
		case r == '．' || r == '․':
			return '.'
		case fold.Invisible(r):
			return -1
		}
		return r
	}, name)
	name = strings.TrimRight(name, ". \t\u3000")
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	dot := strings.LastIndexByte(name, '.')
	if dot < 0 {
		return ""
	}
	last := name[dot+1:]
	if len(last) > 24*utf8.UTFMax || strings.ContainsFunc(last, unicode.IsSpace) {
		return ""
	}
	return fold.Text(last)
}

// scripts maps the extensions of text files that a double click runs, or that hold source code, to a type.
var scripts = map[string]string{
	"js": "text/javascript", "mjs": "text/javascript", "cjs": "text/javascript", "jse": "text/javascript",
	"vbs": "text/vbscript", "vbe": "text/vbscript", "vb": "text/vbscript",
	"wsf": "application/x-wsf", "wsh": "application/x-wsf", "sct": "application/x-wsf",
	"bat": "application/x-bat", "cmd": "application/x-bat",
	"ps1": "text/x-powershell", "psm1": "text/x-powershell", "psd1": "text/x-powershell",
	"sh": "text/x-shellscript", "bash": "text/x-shellscript", "zsh": "text/x-shellscript", "command": "text/x-shellscript",
	"py": "text/x-python", "pyw": "text/x-python", "rb": "text/x-ruby", "pl": "text/x-perl", "php": "text/x-php",
	"scpt": "text/x-applescript", "applescript": "text/x-applescript",
	"url": "application/x-mswinurl", "desktop": "text/x-desktop", "reg": "text/x-registry",
	"go": "text/x-go", "rs": "text/x-rust", "ts": "text/x-typescript", "tsx": "text/x-typescript", "jsx": "text/javascript",
	"c": "text/x-c", "h": "text/x-c", "cpp": "text/x-c++", "java": "text/x-java", "sol": "text/x-solidity",
	"css": "text/css", "csv": "text/csv", "md": "text/markdown", "yaml": "text/yaml", "yml": "text/yaml", "toml": "text/x-toml", "json": "application/json",
}

// locations holds the extensions of shortcuts that are property lists of macOS.
var locations = map[string]bool{"webloc": true, "inetloc": true, "fileloc": true}

// pages maps the extensions of files that browsers open as pages, whatever stands at their start, to a type.
var pages = map[string]string{
	"html": "text/html", "htm": "text/html", "shtml": "text/html", "shtm": "text/html", "xht": "application/xhtml+xml", "xhtml": "application/xhtml+xml",
	"hta": "application/hta", "svg": "image/svg+xml",
}
