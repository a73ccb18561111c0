package repository

import (
	"path"
	"slices"
	"strings"

	"github.com/sekisho/sekisho/manifest"
)

// lifecycle holds the scripts that npm, yarn and pnpm run on install without being asked: https://docs.npmjs.com/cli/using-npm/scripts
// (read 2026-11).
var lifecycle = []string{"preinstall", "install", "postinstall", "prepare", "preprepare", "postprepare", "prepublish", "dependencies", "pnpm:devPreinstall"}

// moments says when the scripts that people start by name run.
var moments = map[string]string{"test": "test", "pretest": "test", "posttest": "test", "start": "start", "prestart": "start", "poststart": "start", "dev": "start", "serve": "start", "predev": "start",
	"build": "build", "prebuild": "build", "postbuild": "build", "compile": "build", "prepack": "build", "prepublishonly": "build", "lint": "test", "preview": "start", "server": "start"}

// readNPM reads the scripts of package.json, and git hooks some tools keep there.
func readNPM(f *file) error {
	entries, err := manifest.JSON(f.text)
	scripts := map[string]string{}
	for _, e := range entries {
		if e.Is("scripts", "*") {
			scripts[e.Path[1]] = e.Value
		}
	}
	for _, e := range entries {
		switch {
		case e.Is("scripts", "*"):
			f.script(e, scripts)
		case e.Is("husky", "hooks", "*"), e.Is("simple-git-hooks", "*"), e.Is("gitHooks", "*"), e.Is("pre-commit", "*"):
			f.command(Facts{By: "husky", When: hookMoment(e.Key()), Name: e.Key(), Line: e.Line, Automatic: true}, e.Value)
		}
	}
	return err
}

func (f *file) script(e manifest.Entry, scripts map[string]string) {
	name := e.Path[1]
	r := Facts{By: "npm", When: "start", Name: name, Line: e.Line}
	switch {
	case slices.Contains(lifecycle, name):
		r.When, r.Automatic = "install", true
		// In an installed or published package the scripts of its own development do not run.
		if strings.Contains(f.path, "node_modules/") && (name == "prepare" || name == "prepublish") {
			r.Automatic = false
		}
	case moments[strings.ToLower(name)] != "":
		r.When = moments[strings.ToLower(name)]
	default:
		return
	}
	text := e.Value
	for range 4 { // a script that only names another
		called := scriptCalled(text)
		inner, ok := scripts[called]
		if called == "" || !ok || strings.Contains(text, inner) {
			break
		}
		text += " && " + inner
	}
	f.command(r, text)
}

// scriptCalled returns the script that the last "npm run x" of a command names.
func scriptCalled(text string) string {
	for _, runner := range []string{"npm run ", "npm run-script ", "yarn run ", "pnpm run ", "bun run ", "yarn ", "pnpm "} {
		if at := strings.LastIndex(text, runner); at >= 0 {
			name, _, _ := strings.Cut(strings.TrimLeft(text[at+len(runner):], " "), " ")
			return strings.TrimRight(name, ";&|")
		}
	}
	return ""
}

// readNPMRC reads settings of npm that start programs or turn its safety off.
func readNPMRC(f *file) error {
	entries, err := manifest.INI(f.text)
	for _, e := range entries {
		r := Facts{By: "npm", When: "install", Name: e.Key(), Line: e.Line, Automatic: true}
		switch e.Key() {
		case "script-shell", "git", "node-gyp", "shell", "editor", "onload-script":
			r.Odd = "tool-path"
		case "node-options":
			if preloads(e.Value) || strings.Contains(e.Value, "-r ") {
				r.Odd = "preload"
			}
		default:
			continue
		}
		f.command(r, e.Value)
	}
	return err
}

// readYarnRC reads .yarnrc.yml: the program that yarn becomes, and its plug-ins.
func readYarnRC(f *file) error {
	entries, err := manifest.YAML(f.text)
	for _, e := range entries {
		r := Facts{By: "yarn", When: "install", Name: e.Path[0], Line: e.Line, Automatic: true}
		switch {
		case e.Is("yarnPath"):
			r.Odd = yarnOdd(e.Value, ".yarn/releases/")
		case e.Under("plugins") && (e.Key() == "path" || e.Key() == "spec" || len(e.Path) == 2):
			r.Odd = yarnOdd(e.Value, ".yarn/plugins/")
			if e.Key() == "spec" && strings.HasPrefix(e.Value, "@yarnpkg/") || strings.HasPrefix(e.Value, "https://raw.githubusercontent.com/yarnpkg/") || strings.HasPrefix(e.Value, "https://mskelton.dev/yarn-outdated/") {
				r.Odd = ""
			}
		default:
			continue
		}
		f.command(r, e.Value)
	}
	return err
}

// yarnOdd says what is odd about the place of a program that yarn loads.
func yarnOdd(value, usual string) string {
	switch {
	case strings.Contains(value, "://"):
		return "plugin-url"
	case !strings.HasPrefix(strings.TrimPrefix(value, "./"), usual):
		return "tool-path"
	}
	return ""
}

func readYarnRC1(f *file) error {
	number := 0
	for line := range strings.Lines(f.text) {
		number++
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), "yarn-path "); ok {
			value = strings.Trim(value, `"`)
			f.command(Facts{By: "yarn", When: "install", Name: "yarn-path", Line: number, Automatic: true, Odd: yarnOdd(value, ".yarn/releases/")}, value)
		}
	}
	return nil
}

// readGyp reads the commands that node-gyp runs while it reads binding.gyp: <!(command) and <!@(command).
func readGyp(f *file) error {
	for at := 0; ; {
		i := strings.Index(f.text[at:], "<!")
		if i < 0 || len(f.runs) >= runLimit {
			return nil
		}
		at += i + 2
		text, _, _ := strings.Cut(f.text[at:min(len(f.text), at+1000)], "\n")
		f.command(Facts{By: "npm", When: "install", Name: "binding.gyp", Line: strings.Count(f.text[:at], "\n") + 1, Automatic: true}, strings.Trim(text, "@()\"', "))
	}
}

// readPyproject reads the build back end, which may be a file of the tree (PEP 517 §backend-path), and scripts of some tools.
func readPyproject(f *file) error {
	entries, err := manifest.TOML(f.text)
	backend, folder, line := "", "", 0
	for _, e := range entries {
		switch {
		case e.Is("build-system", "build-backend"):
			backend = e.Value
			line = e.Line
		case e.Is("build-system", "backend-path"):
			folder = strings.Trim(e.Value, "[]\"', \n")
			line = e.Line
		case e.Is("tool", "poetry", "build"), e.Is("tool", "poetry", "build", "script"), e.Is("tool", "hatch", "build", "hooks", "custom", "path"), e.Is("tool", "pdm", "build", "run-setuptools"):
			f.command(Facts{By: "pip", When: "install", Name: strings.Join(e.Path[1:], "."), Line: e.Line, Automatic: true}, e.Value)
		}
	}
	if folder != "" {
		module, _, _ := strings.Cut(backend, ":")
		f.command(Facts{By: "pip", When: "install", Name: "backend-path", Line: line, Automatic: true}, path.Join(folder, strings.ReplaceAll(module, ".", "/")))
	}
	return err
}

// readPth reads lines of a .pth file that begin with import: Python runs them whenever it starts (site).
func readPth(f *file) error {
	number := 0
	for line := range strings.Lines(f.text) {
		number++
		if strings.HasPrefix(line, "import ") || strings.HasPrefix(line, "import\t") {
			f.command(Facts{By: "python", When: "start", Name: path.Base(f.path), Line: number, Automatic: true}, line)
		}
	}
	return nil
}

// readComposer reads the scripts that Composer runs by events, and whether the package is a plug-in of it.
func readComposer(f *file) error {
	entries, err := manifest.JSON(f.text)
	for _, e := range entries {
		switch {
		case e.Under("scripts", "*") && (strings.HasPrefix(e.Path[1], "pre-") || strings.HasPrefix(e.Path[1], "post-")):
			f.command(Facts{By: "composer", When: "install", Name: e.Path[1], Line: e.Line, Automatic: true}, e.Value)
		case e.Is("type") && e.Value == "composer-plugin":
			f.command(Facts{By: "composer", When: "install", Name: "type", Line: e.Line, Automatic: true}, e.Value)
		}
	}
	return err
}
