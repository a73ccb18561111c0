// Package repository states what a source tree runs on the machine of the person who opens, installs, builds, tests or
// commits to it: what, when, and by whose hand, with file and line. It reads the settings of editors, package managers,
// build tools and git as those read them, the commands in them, and the files of the tree that the commands start.
package repository

import (
	"errors"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/code"
	"github.com/sekisho/sekisho/manifest"
)

// Facts is one thing that runs.
type Facts struct {
	What      string `json:"what" doc:"the command, or the line of code that shows most, cut to 240 bytes"`
	When      string `json:"when" doc:"what a person does when it runs: open, install, build, test, start, import, commit, checkout, clone, generate"`
	By        string `json:"by" doc:"what runs it: vscode, jetbrains, devcontainer, compose, docker, direnv, mise, nix, vim, emacs, agent, npm, yarn, pnpm, pip, python, pytest, cargo, gradle, maven, msbuild, cmake, make, go, gem, rake, composer, pre-commit, husky, lefthook, git, config-code"`
	File      string `json:"file" doc:"path of the file from the top of the tree"`
	Line      int    `json:"line" doc:"line in the file, from 1"`
	Name      string `json:"name" doc:"the task, script, hook or setting"`
	Automatic bool   `json:"automatic" doc:"it runs without being named: doing what when says is enough"`
	Command   bool   `json:"command" doc:"it is a command or a setting; otherwise a file of code"`
	Contained bool   `json:"contained" doc:"it runs in a container"`
	Host      bool   `json:"host" doc:"a container's setting that runs on the host, before there is a container"`
	Mount     string `json:"mount" doc:"folder or socket of the host, outside of the tree, that a container is given; empty if none"`
	Privilege bool   `json:"privilege" doc:"a container with all rights of the host"`
	Target    string `json:"target" doc:"file of the tree that the command starts; what is said below is also of that; empty if none is found"`

	Fetches       bool     `json:"fetches" doc:"takes something from the network or sends something there"`
	Decodes       bool     `json:"decodes" doc:"decodes Base64, hex, character codes or compressed data"`
	Evaluates     bool     `json:"evaluates" doc:"runs text as code"`
	Spawns        bool     `json:"spawns" doc:"starts other programs"`
	Hides         bool     `json:"hides" doc:"is not shown: silent or hidden terminal, output to nowhere, in the background"`
	Shell         bool     `json:"shell" doc:"names a shell or an interpreter with code to run"`
	DecodesRuns   bool     `json:"decodes_runs" doc:"runs what it decodes"`
	DownloadsRuns bool     `json:"downloads_runs" doc:"runs what it downloads"`
	FarColumn     int      `json:"far_column" doc:"column at which code goes on after 120 or more blanks in a line; 0 when none does"`
	Longest       int      `json:"longest_line" doc:"bytes of the longest line of the file of code; 0 for a command"`
	Hidden        int      `json:"hidden" doc:"characters in a row that nobody sees"`
	Obfuscated    float64  `json:"obfuscated" doc:"share, 0 to 1, of the code that is written so as not to be read"`
	ReadsSecret   []string `json:"reads_secret" doc:"stores of secrets it names: ssh, cloud, keychain, browser-logins, metamask ..."`
	Remote        []string `json:"remote" doc:"hosts and fixed addresses it names"`
	Odd           string   `json:"odd" doc:"what is out of the ordinary in a setting: option-url, ext-url, file-url, command-url, plain-http, foreign-wrapper, outside, preload, tool-path, plugin-url, agent, evaluates; empty if nothing"`
}

// Detector states what runs.
var Detector = &sekisho.Detector{
	Name: "repository",
	Doc: `Source trees: what runs, when, and by whose hand
Tasks, settings and launches of VS Code; run configurations, startup tasks and tools of JetBrains; dev containers and compose files; direnv,
mise, nix; local variables of vim and emacs; scripts of npm, yarn and pnpm; setup.py, build back ends, .pth and start files of Python; build scripts of
Cargo, Gradle, Maven, MSBuild, CMake, Make; go generate and cgo; gemspecs, rake, Composer; pre-commit, husky, lefthook, git's hooks, settings,
submodules and filters; configuration files that are code. A command is followed to the file of the tree it starts. Code is read by its words and
shape and not executed: names put together at run time are not seen.`,
	Kinds: []sekisho.Kind{sekisho.KindFile},
	Facts: Facts{},
	Run:   run,
}

const (
	readLimit   = 4 << 20 // bytes of one file
	targetLimit = 1 << 20 // bytes of a file that a command starts
	runLimit    = 200     // things stated of one file
	tailLimit   = 4 << 10 // bytes at the end in which editors look for settings
)

func run(pass *sekisho.Pass) error {
	a := pass.Artifact
	if a.Blob == nil || a.Size == 0 {
		return nil
	}
	f := &file{artifact: a, path: strings.TrimPrefix(path.Clean(strings.ReplaceAll(a.Name, `\`, "/")), "/")}
	read := readerOf(f.path)
	if read == nil {
		return f.readModelines(pass)
	}
	text, err := content(a, readLimit)
	if err != nil {
		return err
	}
	f.text = text
	err = read(f)
	for _, r := range f.runs[:min(len(f.runs), runLimit)] {
		f.report(pass, r)
	}
	if len(f.runs) > runLimit {
		err = errors.Join(err, sekisho.ErrLimit)
	}
	if errors.Is(err, manifest.ErrSyntax) {
		return nil // the tool that would run it cannot read it either
	}
	return err
}

// content reads a file; what is beyond the limit is not read.
func content(a *sekisho.Artifact, limit int64) (string, error) {
	data := make([]byte, min(a.Size, limit))
	n, err := a.Blob.ReadAt(data, 0)
	if err != nil && err != io.EOF {
		return "", err
	}
	return string(data[:n]), nil
}

// A file is one file of the tree, and what runs by it.
type file struct {
	artifact *sekisho.Artifact
	path     string
	text     string
	runs     []runs
}

// A runs is one thing that runs, before it is looked at.
type runs struct {
	Facts
	code string // what is looked at: the command, or the text of the file
	from string // folder that paths in a command start from, when not that of the file
}

// command states a command or setting.
func (f *file) command(r Facts, text string) {
	if text = strings.TrimSpace(text); text == "" {
		return
	}
	r.Command = true
	f.runs = append(f.runs, runs{Facts: r, code: text})
}

// whole states the whole file as code.
func (f *file) whole(r Facts) {
	if r.Name == "" {
		r.Name = path.Base(f.path)
	}
	f.runs = append(f.runs, runs{Facts: r, code: f.text})
}

func (f *file) report(pass *sekisho.Pass, r runs) {
	facts := r.Facts
	facts.File = f.path
	facts.Line = max(facts.Line, 1)
	name := "" // the language of a command is the shell's
	if !r.Command {
		name = f.path
	}
	view := code.Read(name, r.code)
	facts.look(view)
	facts.What = cut(r.code)
	if !r.Command {
		facts.Longest = view.Longest
		facts.What = ""
		if len(view.Marks) > 0 {
			m := view.Marks[0]
			facts.Line = code.Line(r.code, m.Start)
			facts.What = around(r.code, m)
		}
	} else if target, text := f.target(r.code, r.from); target != "" {
		facts.Target = target
		started := code.Read(target, text)
		facts.follow(started)
	}
	pass.Report(&facts, sekisho.Quote(f.path, facts.What))
}

// look states what a command or file of code does.
func (f *Facts) look(v code.View) {
	f.Fetches, f.Decodes, f.Evaluates, f.Spawns = v.Fetches, v.Decodes, v.Evaluates, v.Spawns
	f.Hides = f.Hides || v.Hides
	f.Shell = v.Evaluates || v.Spawns
	f.follow(v)
}

// follow states what a file that is started does, as far as that is told apart from what honest tools do.
func (f *Facts) follow(v code.View) {
	f.DecodesRuns = f.DecodesRuns || v.DecodesRuns
	f.DownloadsRuns = f.DownloadsRuns || v.DownloadsRuns
	f.FarColumn = max(f.FarColumn, v.Far)
	f.Hidden = max(f.Hidden, v.Hidden)
	f.Obfuscated = max(f.Obfuscated, v.Obfuscated)
	if v.Fetches || v.Evaluates || v.Far > 0 || v.Obfuscated > 0 || len(v.Addresses) > 0 { // what is only said names hosts, too
		f.Remote = append(append(f.Remote, v.Addresses...), v.Hosts...)
	}
	for _, name := range v.Touches {
		if code.KindOf(name) != "process" && !slices.Contains(f.ReadsSecret, name) {
			f.ReadsSecret = append(f.ReadsSecret, name)
		}
	}
}

// target finds the file of the tree that a command starts.
func (f *file) target(command, from string) (name, text string) {
	if f.artifact.Up == nil || !strings.Contains(f.artifact.Via, "tree") {
		return "", ""
	}
	folder := path.Dir(f.path)
	if from != "" {
		folder = from
	}
	before := ""
	for range tokenLimit {
		token, after, ok := nextToken(command)
		if !ok {
			break
		}
		last := before
		command, before = after, token
		if writes[last] {
			continue
		}
		if sibling := f.sibling(folder, token, strings.ContainsAny(token, `./\`) || starters[last]); sibling != nil {
			text, err := content(sibling, targetLimit)
			if err == nil {
				return sibling.Name, text
			}
		}
	}
	return "", ""
}

// tokenLimit is how many words of a command are tried as the name of a file.
const tokenLimit = 16

// writes holds the options whose value is where a tool puts what it makes.
var writes = map[string]bool{"-o": true, "--out": true, "--output": true, "--out-dir": true, "--outdir": true, "--outDir": true, "--outfile": true, "--dist": true}

// starters holds the words behind which a bare word is a file to start: behind others it is the name of a task, as in go install.
var starters = map[string]bool{"node": true, "nodejs": true, "deno": true, "bun": true, "run": true, "ts-node": true, "tsx": true, "nodemon": true, "python": true, "python3": true, "py": true, "-m": true, "-r": true,
	"--require": true, "--import": true, "require": true, "import": true, "ruby": true, "sh": true, "bash": true, "zsh": true, "source": true, ".": true, "/c": true, "call": true, "start": true, "powershell": true, "pwsh": true,
	"-File": true, "-file": true, "exec": true, "sudo": true}

// nextToken returns the next word of a command that may be a path.
func nextToken(command string) (token, after string, ok bool) {
	const breaks = " \t\r\n\"'`()=;|&<>,"
	start := 0
	for start < len(command) && strings.IndexByte(breaks, command[start]) >= 0 {
		start++
	}
	end := start
	for end < len(command) && strings.IndexByte(breaks, command[end]) < 0 {
		end++
	}
	return command[start:end], command[end:], end > start
}

// sibling returns the file of the tree that a word names, from the folder or from the top. Only as started is its ending added.
func (f *file) sibling(folder, token string, started bool) *sekisho.Artifact {
	for _, variable := range [...]string{"${workspaceFolder}/", "${workspaceRoot}/", "$PROJECT_DIR$/", "${containerWorkspaceFolder}/", "$(ProjectDir)", "$(SolutionDir)", "${CMAKE_CURRENT_SOURCE_DIR}/",
		"${CMAKE_SOURCE_DIR}/", "$MAVEN_PROJECTBASEDIR/", "${basedir}/", "$(MSBuildThisFileDirectory)", "{{config_root}}/"} {
		if rest, ok := strings.CutPrefix(token, variable); ok {
			token, folder = rest, "."
			if strings.HasPrefix(variable, "$(") || strings.HasPrefix(variable, "${CMAKE") {
				folder = path.Dir(f.path)
			}
		}
	}
	token = strings.ReplaceAll(token, `\`, "/")
	if token == "" || token[0] == '-' || token[0] == '/' || len(token) > 512 || strings.Contains(token, "://") || !strings.ContainsAny(token, "./") && len(token) < 2 {
		return nil
	}
	for _, base := range [...]string{folder, "."} {
		full := path.Join(base, token)
		for _, sibling := range f.artifact.Up.Parts {
			name := sibling.Name
			if !strings.HasPrefix(name, full) || sibling.Blob == nil || sibling == f.artifact {
				continue
			}
			switch rest := name[len(full):]; rest {
			case "", ".js", ".cjs", ".mjs", ".ts", "/index.js", "/index.ts", ".py", "/__init__.py", "/__main__.py", ".sh", ".ps1", ".bat", ".cmd", ".rb":
				if runnable(sibling) && (rest == "" || started) {
					return sibling
				}
			}
		}
	}
	return nil
}

// runnable reports whether a file may be what a command starts, rather than data that it reads.
func runnable(a *sekisho.Artifact) bool {
	switch path.Ext(a.Name) {
	case ".json", ".md", ".toml", ".yaml", ".yml", ".lock", ".html", ".css", ".svg", ".xml":
		return false
	}
	return true
}

func cut(s string) string { return sekisho.Quote("", s).Quote }

// around returns the part of the line that a mark stands in.
func around(text string, m code.Mark) string {
	start := m.Start
	for start > 0 && text[start-1] != '\n' && m.Start-start < 80 && m.What != "far" {
		start--
	}
	end := m.End
	for end < len(text) && text[end] != '\n' && end-start < sekisho.QuoteLimit {
		end++
	}
	return cut(strings.ToValidUTF8(strings.TrimSpace(text[start:end]), "\uFFFD"))
}
