// Package script states what scripts and source files do by their text: JavaScript, TypeScript, Python, shell, PowerShell, batch, VBScript,
// HTML applications, AppleScript (also compiled), Ruby, PHP, Perl and others; and code in files that are named as fonts or pictures.
// Nothing is executed.
package script

import (
	"errors"
	"io"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/code"
)

// Facts is what one script does and how it is written.
type Facts struct {
	Language      string   `json:"language" doc:"javascript, python, shell, powershell, batch, vbscript, applescript, ruby, php, perl, go, rust, java, c ...; empty if not known"`
	What          string   `json:"what" doc:"the line that shows most, cut to 240 bytes"`
	Line          int      `json:"line" doc:"its number, from 1"`
	Carrier       string   `json:"carrier" doc:"font or image, when the name says so and the content is code, or ends with code; empty otherwise"`
	Compiled      bool     `json:"compiled" doc:"a compiled AppleScript, of which only the texts inside are read"`
	Encoded       bool     `json:"encoded" doc:"written with Microsoft's script encoder"`
	Fetches       bool     `json:"fetches" doc:"takes something from the network or sends something there"`
	Decodes       bool     `json:"decodes" doc:"decodes Base64, hex, character codes or compressed data"`
	Evaluates     bool     `json:"evaluates" doc:"runs text as code"`
	Spawns        bool     `json:"spawns" doc:"starts other programs"`
	Hides         bool     `json:"hides" doc:"sends output to nowhere, hides a window, goes on in the background"`
	DecodesRuns   bool     `json:"decodes_runs" doc:"runs what it decodes"`
	DownloadsRuns bool     `json:"downloads_runs" doc:"runs what it downloads"`
	Sockets       bool     `json:"sockets" doc:"opens a connection by itself"`
	Addresses     []string `json:"addresses" doc:"fixed public IP addresses it names, with the port if one is written"`
	Hosts         []string `json:"hosts" doc:"hosts of URLs in it, at most 20"`
	Touches       []string `json:"touches" doc:"stores of secrets it names: metamask, browser-logins, ssh, keychain, clipboard, environment ..."`
	Wallets       int      `json:"wallets" doc:"how many of them are wallets"`
	Kinds         []string `json:"kinds" doc:"the kinds of those stores: wallet, browser, credential, environment, clipboard, keylog, process"`
	LongestLine   int      `json:"longest_line" doc:"bytes of the longest line"`
	FarColumn     int      `json:"far_column" doc:"column at which code goes on after 120 or more blanks in a line; 0 when none does"`
	HiddenUnicode int      `json:"hidden_unicode" doc:"the longest run of characters that nobody sees"`
	Bidi          bool     `json:"bidi" doc:"controls that turn the direction of writing"`
	Entropy       float64  `json:"entropy" doc:"bits a byte of the longest literal, when it has 100 bytes or more"`
	Literal       int      `json:"literal" doc:"bytes of the longest literal, when it has 100 or more"`
	Obfuscated    float64  `json:"obfuscated" doc:"share, 0 to 1, that is written so as not to be read: names like _0x1a2b, escapes for plain letters, joined scraps"`
	Minified      bool     `json:"minified" doc:"long lines without blanks, as build tools write"`
}

// Detector states what scripts do.
var Detector = &sekisho.Detector{
	Name: "script",
	Doc: `Scripts: what they do and how they are written
Whether code decodes or downloads what it runs, which stores of secrets and which hosts it names, and how it is hidden: far to the right, in
characters nobody sees, in escapes. Silent about code that does nothing of it. Words put together at run time are not seen; of compiled
AppleScript the texts are read, of scripts by Microsoft's encoder only that they are.`,
	Kinds: []sekisho.Kind{sekisho.KindFile},
	Facts: Facts{},
	Run:   run,
}

// readLimit is the most bytes of one file that are looked at.
const readLimit = 16 << 20

func run(pass *sekisho.Pass) error {
	a := pass.Artifact
	form, ok := a.Form.(*sekisho.File)
	if !ok || a.Blob == nil || a.Size == 0 {
		return nil
	}
	f := &Facts{}
	name, ok := f.identify(a, form)
	if !ok {
		return nil
	}
	text, err := read(a)
	switch {
	case f.Compiled:
		text = texts(text)
	case f.Carrier != "" && !strings.HasPrefix(form.Type, "text/"):
		text = appended(text) // a real picture or font, perhaps with something behind it
	}
	view := code.Read(name, text)
	f.state(view, text)
	if f.seen() {
		pass.Report(f, sekisho.Quote("content", f.What))
	}
	return err
}

func read(a *sekisho.Artifact) (string, error) {
	data := make([]byte, min(a.Size, readLimit))
	n, err := a.Blob.ReadAt(data, 0)
	if err == io.EOF {
		err = nil
	}
	if a.Size > readLimit {
		err = errors.Join(err, sekisho.ErrLimit)
	}
	data = data[:n]
	if len(data) > 1 && (data[0] == 0xFF && data[1] == 0xFE || data[0] == 0xFE && data[1] == 0xFF) {
		return utf16Text(data[2:], data[0] == 0xFE), err
	}
	return string(data), err
}

func utf16Text(data []byte, big bool) string {
	units := make([]uint16, 0, len(data)/2)
	for i := 0; i+1 < len(data); i += 2 {
		unit := uint16(data[i]) | uint16(data[i+1])<<8
		if big {
			unit = unit<<8 | unit>>8
		}
		units = append(units, unit)
	}
	return string(utf16.Decode(units))
}

// identify reports whether the file is a script, and the name by which its language is told.
func (f *Facts) identify(a *sekisho.Artifact, form *sekisho.File) (string, bool) {
	head := make([]byte, min(a.Size, 512))
	n, _ := a.Blob.ReadAt(head, 0) // what can be read of it
	start := string(head[:n])
	switch {
	case strings.HasPrefix(start, "FasdUAS "):
		f.Compiled = true
		return "x.applescript", true
	case strings.Contains(start, "#@~^"):
		f.Encoded = true
		return a.Name, true
	case carriers[form.Extension] != "":
		f.Carrier = carriers[form.Extension]
		return "", true
	case strings.HasPrefix(form.Type, "text/"), scriptTypes[form.Type]:
	default:
		return "", false
	}
	if code.Language(a.Name, start) != "" {
		return a.Name, true
	}
	extension := byType[form.Type]
	return "x." + extension, extension != ""
}

// scriptTypes holds the types of scripts that are not text/*.
var scriptTypes = map[string]bool{"application/x-bat": true, "application/x-wsf": true, "application/hta": true, "application/javascript": true, "application/x-sh": true, "application/x-powershell": true}

// byType gives the extension for scripts that only their type tells.
var byType = map[string]string{"text/javascript": "js", "application/javascript": "js", "text/x-python": "py", "text/x-shellscript": "sh", "application/x-sh": "sh", "text/x-powershell": "ps1", "application/x-powershell": "ps1",
	"text/vbscript": "vbs", "application/hta": "hta", "application/x-wsf": "wsf", "application/x-bat": "bat", "text/x-perl": "pl", "text/x-php": "php", "text/x-ruby": "rb", "text/x-lua": "lua", "text/x-applescript": "applescript"}

// carriers holds extensions of files that nobody expects to be code.
var carriers = map[string]string{"woff": "font", "woff2": "font", "ttf": "font", "otf": "font", "eot": "font", "png": "image", "jpg": "image", "jpeg": "image", "gif": "image", "ico": "image", "webp": "image", "bmp": "image"}

// appended returns the text that a file ends with, "" when that is short.
func appended(data string) string {
	start := len(data)
	for start > 0 && (data[start-1] >= ' ' && data[start-1] < 0x7F || data[start-1] >= '\t' && data[start-1] <= '\r') {
		start--
	}
	if len(data)-start < appendedMin {
		return ""
	}
	return data[start:]
}

// appendedMin is the fewest bytes of text behind a picture that are looked at.
const appendedMin = 40

// texts returns the texts in a compiled AppleScript, which are UTF-16 with the high byte first, or ASCII.
func texts(data string) string {
	var b strings.Builder
	for i := 0; i < len(data); {
		start := i
		for i < len(data) && data[i] >= ' ' && data[i] < 0x7F {
			i++
		}
		if i-start >= 4 {
			b.WriteString(data[start:i])
			b.WriteByte('\n')
		}
		wide := i
		var run []byte
		for i+1 < len(data) && data[i] == 0 && data[i+1] >= ' ' && data[i+1] < 0x7F {
			run = append(run, data[i+1])
			i += 2
		}
		if len(run) >= 4 {
			b.Write(run)
			b.WriteByte('\n')
		}
		if i == wide {
			i++
		}
	}
	return b.String()
}

func (f *Facts) state(v code.View, text string) {
	f.Language = v.Language
	f.Fetches, f.Decodes, f.Evaluates, f.Spawns, f.Hides = v.Fetches, v.Decodes, v.Evaluates, v.Spawns, v.Hides
	f.DecodesRuns, f.DownloadsRuns, f.Sockets = v.DecodesRuns, v.DownloadsRuns, v.Sockets
	f.Addresses, f.Hosts, f.Touches = v.Addresses, v.Hosts, v.Touches
	for _, name := range v.Touches {
		kind := code.KindOf(name)
		if kind == "wallet" {
			f.Wallets++
		}
		if !slices.Contains(f.Kinds, kind) {
			f.Kinds = append(f.Kinds, kind)
		}
	}
	f.LongestLine, f.FarColumn, f.HiddenUnicode, f.Bidi = v.Longest, v.Far, v.Hidden, v.Bidi
	f.Entropy, f.Literal, f.Obfuscated, f.Minified = v.Entropy, v.Literal, v.Obfuscated, v.Minified
	f.Line = 1
	if len(v.Marks) > 0 {
		m := v.Marks[0]
		f.Line = code.Line(text, m.Start)
		f.What = line(text, m)
	}
}

// line quotes the line that a mark stands in, from at most 80 bytes before it.
func line(text string, m code.Mark) string {
	start := m.Start
	for start > 0 && text[start-1] != '\n' && m.Start-start < 80 && m.What != "far" {
		start--
	}
	end := strings.IndexByte(text[m.Start:], '\n')
	if end < 0 {
		end = len(text) - m.Start
	}
	end = min(m.Start+end, start+2*sekisho.QuoteLimit)
	return sekisho.Quote("", strings.ToValidUTF8(strings.TrimSpace(text[start:max(end, start)]), "\uFFFD")).Quote
}

// seen reports whether anything is to be stated.
func (f *Facts) seen() bool {
	if f.Carrier != "" {
		return f.Evaluates || f.Decodes || f.Fetches || f.Spawns || f.Obfuscated > 0.01
	}
	return f.Compiled || f.Encoded || f.DecodesRuns || f.DownloadsRuns || f.Evaluates || f.Sockets || len(f.Addresses) > 0 || len(f.Touches) > 0 || f.FarColumn > 0 || f.HiddenUnicode > 1 ||
		f.Bidi || f.Obfuscated > 0.01 || f.Fetches && f.Spawns
}
