package repository

import (
	"path"
	"slices"
	"strings"

	"github.com/sekisho/sekisho/manifest"
)

// groups splits entries whose path begins with keys by the keys that follow: one group for each task, service or mount.
func groups(entries []manifest.Entry, keys ...string) [][]manifest.Entry {
	var list [][]manifest.Entry
	at := len(keys)
	for _, e := range entries {
		if !e.Under(keys...) || len(e.Path) <= at {
			continue
		}
		if n := len(list); n > 0 && slices.Equal(list[n-1][0].Path[:at+1], e.Path[:at+1]) {
			list[n-1] = append(list[n-1], e)
			continue
		}
		list = append(list, []manifest.Entry{e})
	}
	return list
}

// value returns the entry at the keys below a group's own, and whether there is one.
func value(group []manifest.Entry, at int, keys ...string) (manifest.Entry, bool) {
	for _, e := range group {
		if len(e.Path) == at+len(keys) && slices.Equal(e.Path[at:], keys) {
			return e, true
		}
	}
	return manifest.Entry{}, false
}

// readTasks reads tasks of VS Code: https://code.visualstudio.com/docs/debugtest/tasks (read 2026-11).
func readTasks(f *file) error {
	entries, err := manifest.JSON(f.text)
	f.tasks(entries, "tasks")
	return err
}

// readWorkspace reads a .code-workspace file, which may hold tasks, settings and launches.
func readWorkspace(f *file) error {
	entries, err := manifest.JSON(f.text)
	f.tasks(entries, "tasks", "tasks")
	f.settings(entries, "settings")
	f.launches(entries, "launch", "configurations")
	return err
}

func (f *file) tasks(entries []manifest.Entry, keys ...string) {
	for _, task := range groups(entries, keys...) {
		at := len(keys) + 1
		r := Facts{By: "vscode", When: "start", Line: task[0].Line}
		for _, key := range []string{"label", "taskName"} {
			if e, ok := value(task, at, key); ok {
				r.Name = e.Value
			}
		}
		if e, ok := value(task, at, "runOptions", "runOn"); ok && strings.EqualFold(e.Value, "folderOpen") {
			r.When, r.Automatic, r.Line = "open", true, e.Line
		}
		for _, key := range []string{"reveal", "panel", "echo"} {
			if e, ok := value(task, at, "presentation", key); ok && (e.Value == "never" || e.Value == "silent" || key == "echo" && e.Value == "false") {
				r.Hides = r.Hides || key == "reveal"
			}
		}
		if e, ok := value(task, at, "hide"); ok && e.Value == "true" {
			r.Hides = true
		}
		for _, system := range []string{"", "windows", "osx", "linux"} {
			f.command(r, commandOf(task, at, system))
		}
		if script, ok := value(task, at, "script"); ok {
			f.command(r, "npm run "+script.Value)
		}
	}
}

// commandOf joins a task's command and arguments for a system.
func commandOf(task []manifest.Entry, at int, system string) string {
	var words []string
	for _, e := range task {
		inner := e.Path[at:]
		if system != "" {
			if len(inner) == 0 || inner[0] != system {
				continue
			}
			inner = inner[1:]
		}
		if len(inner) > 0 && (inner[0] == "command" || inner[0] == "args" || inner[0] == "options" && len(inner) > 2 && inner[1] == "shell") && inner[len(inner)-1] != "quoting" {
			words = append(words, e.Value)
		}
	}
	return strings.Join(words, " ")
}

func readSettings(f *file) error {
	entries, err := manifest.JSON(f.text)
	f.settings(entries)
	return err
}

// settings states the settings of VS Code that choose programs or what is given to them.
func (f *file) settings(entries []manifest.Entry, keys ...string) {
	for _, setting := range groups(entries, keys...) {
		first := setting[0]
		name := first.Path[len(keys)]
		lower := strings.ToLower(name)
		var values []string
		for _, e := range setting {
			values = append(values, strings.Join(append(slices.Clone(e.Path[len(keys)+1:]), e.Value), "="))
		}
		text := strings.Join(values, " ")
		r := Facts{By: "vscode", When: "open", Name: name, Line: first.Line}
		switch {
		case lower == "git.path", lower == "npm.packagemanager" && strings.ContainsAny(text, "/\\"):
			r.Odd, r.Automatic = "tool-path", true
		case strings.HasPrefix(lower, "terminal.") && (strings.Contains(lower, ".env") || strings.Contains(lower, "profile") || strings.Contains(lower, ".shell") || strings.Contains(lower, "automation")):
			if preloads(text) {
				r.Odd = "preload"
			} else if within(text) {
				r.Odd = "tool-path"
			}
		case lower == "task.allowautomatictasks", strings.HasPrefix(lower, "security.workspace.trust"):
			r.Automatic = true
		case strings.Contains(lower, "interpreterpath"), lower == "python.pythonpath", strings.Contains(lower, "executablepath"), strings.HasSuffix(lower, ".tsdk"), strings.HasSuffix(lower, ".nodepath"),
			strings.HasPrefix(lower, "git.") && strings.Contains(lower, "path"), strings.Contains(lower, "overridecommand"), strings.Contains(lower, "alternatetools"), strings.Contains(lower, "runonsave"),
			strings.HasSuffix(lower, ".customcommand"), strings.HasSuffix(lower, "serverpath"), strings.HasSuffix(lower, "server.path"):
			if strings.HasPrefix(text, `\\`) || strings.HasPrefix(text, "//") {
				r.Odd = "outside"
			}
		default:
			continue
		}
		f.command(r, text)
	}
}

// within reports whether a value names a path in the folder that is opened.
func within(text string) bool {
	return strings.Contains(text, "${workspaceFolder}") || strings.Contains(text, "${workspaceRoot}") || strings.Contains(text, "=./") || strings.HasPrefix(text, "./") || strings.Contains(text, `=.\`)
}

// preloads reports whether an environment makes every program that starts run something first.
func preloads(text string) bool {
	return dangerous(text, "LD_PRELOAD", "DYLD_INSERT_LIBRARIES", "BASH_ENV", "PROMPT_COMMAND", "PYTHONSTARTUP", "PERL5OPT", "RUBYOPT", "JAVA_TOOL_OPTIONS", "GIT_SSH_COMMAND", "ZDOTDIR", "--require", "--import")
}

func readLaunch(f *file) error {
	entries, err := manifest.JSON(f.text)
	f.launches(entries, "configurations")
	return err
}

func (f *file) launches(entries []manifest.Entry, keys ...string) {
	for _, launch := range groups(entries, keys...) {
		at := len(keys) + 1
		r := Facts{By: "vscode", When: "start", Line: launch[0].Line}
		var words []string
		for _, e := range launch {
			switch e.Path[at] {
			case "name":
				r.Name = e.Value
			case "program", "runtimeExecutable", "runtimeArgs", "args", "command", "preLaunchTask", "postDebugTask", "module", "pythonPath", "python", "preLaunchCommands", "setupCommands", "initCommands", "envFile":
				words = append(words, e.Value)
			case "env":
				if preloads(e.Key() + "=" + e.Value) {
					r.Odd = "preload"
					words = append(words, e.Key()+"="+e.Value)
				}
			}
		}
		f.command(r, strings.Join(words, " "))
	}
}

func readExtensions(f *file) error {
	entries, err := manifest.JSON(f.text)
	var names []string
	line := 0
	for _, e := range entries {
		if e.Under("recommendations") {
			names = append(names, e.Value)
			line = max(line, 1, e.Line*min(1, len(names)))
		}
	}
	f.command(Facts{By: "vscode", When: "open", Name: "recommendations", Line: line}, strings.Join(names, " "))
	return err
}

// readAgent reads the programs that coding assistants start: MCP servers and hooks.
func readAgent(f *file) error {
	entries, err := manifest.JSON(f.text)
	for _, key := range []string{"mcpServers", "servers", "hooks"} {
		for _, server := range groups(entries, key) {
			var words []string
			for _, e := range server {
				if e.Key() == "command" || len(e.Path) > 1 && e.Path[len(e.Path)-2] == "args" {
					words = append(words, e.Value)
				}
			}
			f.command(Facts{By: "agent", When: "open", Name: server[0].Path[1], Line: server[0].Line, Odd: "agent"}, strings.Join(words, " "))
		}
	}
	return err
}

// readJetBrains reads run configurations, startup tasks, external tools and file watchers.
func readJetBrains(f *file) error {
	entries, err := manifest.XML(f.text)
	r := Facts{By: "jetbrains", When: "start"}
	switch base := strings.ToLower(path.Base(f.path)); {
	case base == "startup.xml":
		r.When, r.Automatic = "open", true
	case base == "watchertasks.xml":
		r.When, r.Automatic = "open", true // at the first save
	}
	name, pending := "", manifest.Entry{}
	var words []string
	flush := func() {
		if len(words) > 0 {
			r.Name = name
			f.command(r, strings.Join(words, " "))
		}
		words, r.Line = nil, 0
	}
	for _, e := range entries {
		tag := ""
		if len(e.Path) > 1 {
			tag = e.Path[len(e.Path)-2]
		}
		switch {
		case e.Key() == "@name" && (tag == "configuration" || tag == "tool" || tag == "TaskOptions"):
			flush()
			name = e.Value
		case tag == "task" && e.Key() == "@name" && r.Automatic:
			words = append(words, e.Value)
			r.Line = e.Line
		case tag == "option" && e.Key() == "@name":
			pending = e
		case tag == "option" && e.Key() == "@value" && e.Value != "":
			switch strings.ToUpper(pending.Value) {
			case "SCRIPT_TEXT", "SCRIPT_PATH", "SCRIPT_OPTIONS", "INTERPRETER_PATH", "INTERPRETER_OPTIONS", "COMMAND", "PROGRAM", "PARAMETERS", "ARGUMENTS", "PROGRAM_PARAMETERS", "VM_PARAMETERS", "PATH",
				"SCRIPT_NAME", "PATH-TO-JS-FILE", "EXECUTABLE":
				words = append(words, e.Value)
				r.Line = e.Line
			}
		case tag == "configuration" && (e.Key() == "@path-to-js-file" || e.Key() == "@path-to-node" || e.Key() == "@node-parameters" || e.Key() == "@application-parameters"), tag == "script" && e.Key() == "@value":
			words = append(words, e.Value)
			r.Line = e.Line
		}
	}
	flush()
	return err
}

// readDirLocals reads .dir-locals.el, where emacs evaluates what eval holds after asking once.
func readDirLocals(f *file) error {
	if at := strings.Index(f.text, "eval"); at >= 0 {
		f.whole(Facts{By: "emacs", When: "open"})
		if dangerous(f.text, "shell-command", "call-process", "start-process", "url-retrieve", "load-file", "make-process", "async-shell") {
			f.runs[len(f.runs)-1].Odd = "evaluates"
		}
	}
	return nil
}

// readMise reads hooks, tasks and sourced files of mise.
func readMise(f *file) error {
	entries, err := manifest.TOML(f.text)
	for _, e := range entries {
		r := Facts{By: "mise", When: "start", Name: strings.Join(e.Path, "."), Line: e.Line}
		switch {
		case e.Under("hooks"):
			r.When, r.Automatic = "open", true
		case e.Under("tasks") && e.Key() == "run", e.Under("env") && strings.Contains(e.Value, "exec("), e.Under("env", "_"), e.Under("env") && e.Path[1] == "_.source":
			if e.Under("env") {
				r.When = "open"
			}
		default:
			continue
		}
		f.command(r, e.Value)
	}
	return err
}
