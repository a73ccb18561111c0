// Package shortcut states what a shortcut would do when a person opens it: what it starts, with which arguments, and how
// it hides that. It reads the form the opener of the same name made, and looks at no file behind it.
package shortcut

import (
	"net/url"
	"slices"
	"strings"

	"github.com/sekisho/sekisho"
)

// Facts is what is seen of one shortcut.
type Facts struct {
	Format       string `json:"format" doc:"lnk, url, webloc or desktop"`
	Target       string `json:"target" doc:"what it opens: a path or a URL"`
	Program      string `json:"program" doc:"the name of the program it starts, in lower case and without .exe; empty if the target is none"`
	Arguments    string `json:"arguments" doc:"what the program is told, with runs of blanks cut to one; at most 1,000 characters"`
	Interpreter  string `json:"interpreter" doc:"the shell, script host or loader it starts or calls: powershell, cmd, mshta, rundll32 ...; empty if none"`
	Others       bool   `json:"others" doc:"it states several targets that differ: what is shown need not be what runs"`
	Downloads    bool   `json:"downloads" doc:"its command fetches something from an address in it"`
	Encoded      bool   `json:"encoded" doc:"its command holds encoded parts, or breaks up words that scanners look for"`
	Padded       bool   `json:"padded" doc:"20 or more blanks or line ends in a row push the arguments out of sight"`
	Hidden       bool   `json:"hidden" doc:"its command asks for a window that nobody sees"`
	Minimized    bool   `json:"minimized" doc:"it opens minimized"`
	Icon         string `json:"icon" doc:"the file its icon is taken from"`
	IconDisguise bool   `json:"icon_disguise" doc:"it starts a program and has the icon of a document or of a program that shows documents"`
	IconRemote   bool   `json:"icon_remote" doc:"its icon lies on another machine, which learns of whoever looks at the folder"`
	Scheme       string `json:"scheme" doc:"the scheme of the URL it opens, in lower case; empty for a path"`
	Remote       bool   `json:"remote" doc:"its target lies on another machine, by a share or WebDAV: \\\\host\\... or file://host/..."`
	Runs         bool   `json:"runs" doc:"its target is a program, a script or an installer by its name"`
	Length       int    `json:"length" doc:"characters of the arguments"`
	Overlay      int    `json:"overlay" doc:"bytes behind the end of the shortcut"`
}

// Detector states what shortcuts do.
var Detector = &sekisho.Detector{
	Name: "shortcut",
	Doc: `Shortcuts: what they start and how they hide it
Target, arguments and the interpreter they call, commands that fetch or decode, blanks that push arguments out of sight,
icons of documents, targets and icons on other machines, bytes behind the end. Nothing behind the target is looked at.`,
	Kinds: []sekisho.Kind{sekisho.KindFile},
	Facts: Facts{},
	Run:   run,
}

const (
	shownLimit = 1000
	readLimit  = 64 << 10 // bytes of a command that are looked at
	padding    = 20       // blanks in a row
	encodedRun = 60       // characters of Base64 in a row
)

func run(pass *sekisho.Pass) error {
	file, ok := pass.Artifact.Form.(*sekisho.File)
	if !ok || file.Shortcut.Format == "" {
		return nil
	}
	s := &file.Shortcut
	f := &Facts{
		Format: s.Format, Target: cut(s.Target, shownLimit), Arguments: cut(strings.Join(strings.Fields(s.Arguments[:min(len(s.Arguments), readLimit)]), " "), shownLimit),
		Others: len(s.Others) > 0, Icon: cut(s.Icon, shownLimit), Length: len([]rune(s.Arguments)), Overlay: s.Overlay, Minimized: s.Show == "minimized",
	}
	f.readTarget(s)
	f.readCommand(s)
	f.IconRemote = remote(s.Icon)
	f.IconDisguise = (f.Interpreter != "" || f.Runs) && showsDocument(s)
	spans := []sekisho.Span{sekisho.Quote("target", s.Target)}
	if s.Arguments != "" {
		spans = append(spans, sekisho.Quote("arguments", f.Arguments))
	}
	if f.IconDisguise || f.IconRemote {
		spans = append(spans, sekisho.Quote("icon", s.Icon))
	}
	pass.Report(f, spans...)
	return nil
}

// readTarget states where the target lies and what kind of thing it is.
func (f *Facts) readTarget(s *sekisho.Shortcut) {
	f.Scheme = scheme(s.Target)
	path := s.Target
	switch f.Scheme {
	case "":
		f.Remote = remote(path)
	case "file":
		f.Remote = remote(path)
		path = unescape(path[len("file:"):])
	default:
		return
	}
	f.Program = program(path)
	ext := path[strings.LastIndexByte(path, '.')+1:]
	f.Runs = runs[strings.ToLower(ext)] || s.Format == "desktop" && f.Scheme == ""
}

// readCommand looks through the program and its arguments, for every target the shortcut states.
func (f *Facts) readCommand(s *sekisho.Shortcut) {
	command := strings.ToLower(s.Target + " " + s.Arguments[:min(len(s.Arguments), readLimit)])
	plain := strings.NewReplacer("^", "", "`", "", `"`, "", "'", "").Replace(command)
	for _, target := range append([]string{s.Target}, s.Others...) {
		if name := program(unescape(strings.TrimPrefix(target, "file:"))); interpreters[name] && (f.Scheme == "" || f.Scheme == "file") {
			f.Interpreter = name
			break
		}
	}
	if f.Interpreter == "" || f.Interpreter == "cmd" || f.Interpreter == "conhost" || f.Interpreter == "forfiles" {
		for _, word := range strings.FieldsFunc(plain[min(len(plain), len(s.Target)):], func(r rune) bool { return strings.ContainsRune(" \t\n\r&|;()=,", r) }) {
			if name := program(word); loaders[name] {
				f.Interpreter = name
				break
			}
		}
	}
	if f.Scheme != "" && f.Scheme != "file" {
		return
	}
	address := strings.Contains(plain, "http:/") || strings.Contains(plain, "https:/") || strings.Contains(plain, `\\`) && strings.Contains(plain, "@ssl") || strings.Contains(plain, "ftp:/")
	f.Downloads = f.Interpreter != "" && (address || containsAny(plain, fetches)) && (containsAny(plain, fetches) || fetchers[f.Interpreter])
	f.Encoded = containsAny(plain, decodes) || encodedArgument(s.Arguments) || f.Interpreter != "" && strings.Count(command, "^")+strings.Count(command, "`") >= 4
	f.Hidden = containsAny(plain, hides)
	f.Padded = padded(s.Arguments)
}

// padded reports whether the arguments hold a long run of blanks.
func padded(arguments string) bool {
	run := 0
	for _, r := range arguments {
		switch r {
		case ' ', '\t', '\n', '\r', '\v', '\f', '\u00A0', '\u3000', '\u2800', '\u200B':
			if run++; run >= padding {
				return true
			}
		default:
			run = 0
		}
	}
	return false
}

// encodedArgument reports whether a word of the arguments is a long run of Base64.
func encodedArgument(arguments string) bool {
	run := 0
	for i := range len(arguments) {
		c := arguments[i]
		if c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '+' {
			if run++; run >= encodedRun {
				return true
			}
		} else {
			run = 0
		}
	}
	return false
}

// program returns the name of the program a path ends in, in lower case and without .exe.
func program(path string) string {
	path = strings.TrimRight(strings.Trim(path, `"' `), ". ")
	name := strings.ToLower(path[strings.LastIndexAny(path, `\/`)+1:])
	return strings.TrimSuffix(name, ".exe")
}

func scheme(target string) string {
	name, _, ok := strings.Cut(target, ":")
	if !ok || len(name) < 2 || strings.ContainsAny(name, `\/ %.`) {
		return ""
	}
	return strings.ToLower(name)
}

// remote reports whether a path or file URL names another machine.
func remote(path string) bool {
	path = strings.ReplaceAll(strings.TrimSpace(path), `\`, "/")
	if len(path) > 5 && strings.EqualFold(path[:5], "file:") {
		path = path[5:]
		if strings.HasPrefix(path, "////") {
			path = path[2:]
		}
	}
	if !strings.HasPrefix(path, "//") || len(path) < 4 {
		return false
	}
	host, _, _ := strings.Cut(path[2:], "/")
	host = strings.ToLower(host)
	return host != "" && host != "localhost" && host != "." && host != "?" && host != "127.0.0.1"
}

func unescape(path string) string {
	if plain, err := url.PathUnescape(path); err == nil {
		return plain
	}
	return path
}

func showsDocument(s *sekisho.Shortcut) bool {
	icon := strings.ToLower(s.Icon)
	if icon == "" || strings.EqualFold(s.Icon, s.Target) {
		return false
	}
	name := icon[strings.LastIndexAny(icon, `\/`)+1:]
	name, _, _ = strings.Cut(name, ",")
	ext := name[strings.LastIndexByte(name, '.')+1:]
	return slices.Contains(documentIcons, name) || documents[ext]
}

func containsAny(text string, words []string) bool {
	for _, w := range words {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}

func cut(s string, limit int) string {
	runes := []rune(s[:min(len(s), 4*limit)])
	return string(runes[:min(len(runes), limit)])
}
