package repository

import (
	"path"
	"strings"

	"github.com/sekisho/sekisho"
)

// A reader finds what a file makes run.
type reader func(*file) error

// readerOf returns the reader of the file at that path, nil when no tool takes orders from it.
func readerOf(name string) reader {
	lower := strings.ToLower(name)
	base := path.Base(lower)
	folders := "/" + path.Dir(lower) + "/"
	if read := readers[base]; read != nil {
		return read
	}
	for _, in := range readersIn {
		if strings.HasSuffix(folders, in.folder) && (in.ext == "" || strings.HasSuffix(base, in.ext)) {
			return in.read
		}
	}
	switch path.Ext(base) {
	case ".csproj", ".vbproj", ".fsproj", ".vcxproj", ".targets", ".props", ".proj":
		return readMSBuild
	case ".code-workspace":
		return readWorkspace
	case ".gemspec":
		return wholeFile("gem", "install", true)
	case ".gradle", ".kts":
		if strings.Contains(base, ".gradle") {
			return wholeFile("gradle", "build", true)
		}
	case ".pth":
		return readPth
	case ".go":
		return readGo
	case ".mk":
		return readMake
	case ".cmake":
		return readCMake
	case ".nix":
		return wholeFile("nix", "open", false)
	}
	if isConfigCode(base) {
		return wholeFile("config-code", "build", true)
	}
	return nil
}

// wholeFile reads a file that is code as a whole.
func wholeFile(by, when string, automatic bool) reader {
	return func(f *file) error {
		f.whole(Facts{By: by, When: when, Automatic: automatic})
		return nil
	}
}

var readers = map[string]reader{
	"package.json":                readNPM,
	".npmrc":                      readNPMRC,
	".yarnrc.yml":                 readYarnRC,
	".yarnrc":                     readYarnRC1,
	".pnpmfile.cjs":               wholeFile("pnpm", "install", true),
	"pnpmfile.js":                 wholeFile("pnpm", "install", true),
	"binding.gyp":                 readGyp,
	"setup.py":                    wholeFile("pip", "install", true),
	"pyproject.toml":              readPyproject,
	"sitecustomize.py":            wholeFile("python", "start", true),
	"usercustomize.py":            wholeFile("python", "start", true),
	"conftest.py":                 wholeFile("pytest", "test", true),
	"noxfile.py":                  wholeFile("python", "test", false),
	"build.rs":                    wholeFile("cargo", "build", true),
	"cargo.toml":                  readCargo,
	"gradle-wrapper.properties":   readWrapper("gradle"),
	"maven-wrapper.properties":    readWrapper("maven"),
	"gradle.properties":           readGradleProperties,
	"pom.xml":                     readPOM,
	"cmakelists.txt":              readCMake,
	"makefile":                    readMake,
	"gnumakefile":                 readMake,
	"makefile.am":                 readMake,
	"go.mod":                      readGoMod,
	"gemfile":                     wholeFile("gem", "install", true),
	"rakefile":                    wholeFile("rake", "build", false),
	"extconf.rb":                  wholeFile("gem", "install", true),
	"composer.json":               readComposer,
	".pre-commit-config.yaml":     readPreCommit,
	"lefthook.yml":                readLefthook,
	"lefthook.yaml":               readLefthook,
	".gitmodules":                 readSubmodules,
	".gitattributes":              readAttributes,
	"devcontainer.json":           readDevcontainer,
	".devcontainer.json":          readDevcontainer,
	"docker-compose.yml":          readCompose,
	"docker-compose.yaml":         readCompose,
	"docker-compose.override.yml": readCompose,
	"compose.yml":                 readCompose,
	"compose.yaml":                readCompose,
	"dockerfile":                  wholeFile("docker", "build", false),
	".envrc":                      wholeFile("direnv", "open", false),
	".mise.toml":                  readMise,
	"mise.toml":                   readMise,
	".exrc":                       wholeFile("vim", "open", true),
	".nvimrc":                     wholeFile("vim", "open", true),
	".nvim.lua":                   wholeFile("vim", "open", true),
	".lvimrc":                     wholeFile("vim", "open", true),
	".vimrc":                      wholeFile("vim", "open", false),
	".dir-locals.el":              readDirLocals,
	".dir-locals-2.el":            readDirLocals,
	".mcp.json":                   readAgent,
	"mcp.json":                    readAgent,
	"gulpfile.js":                 wholeFile("config-code", "build", true),
	"gruntfile.js":                wholeFile("config-code", "build", true),
}

// readersIn lists the folders in which tools look for files of any name.
var readersIn = []struct {
	folder, ext string
	read        reader
}{
	{"/.git/hooks/", "", readGitHook},
	{"/.githooks/", "", readGitHook},
	{"/.husky/", "", readHusky},
	{"/.git/", "config", readGitConfig},
	{"/.git/", "config.worktree", readGitConfig},
	{"/.git/info/", "attributes", readAttributes},
	{"/.vscode/", "tasks.json", readTasks},
	{"/.vscode/", "settings.json", readSettings},
	{"/.vscode/", "launch.json", readLaunch},
	{"/.vscode/", "extensions.json", readExtensions},
	{"/.claude/", "settings.json", readAgent},
	{"/.idea/runconfigurations/", ".xml", readJetBrains},
	{"/.run/", ".xml", readJetBrains},
	{"/.idea/", "startup.xml", readJetBrains},
	{"/.idea/", "externaltools.xml", readJetBrains},
	{"/.idea/tools/", ".xml", readJetBrains},
	{"/.idea/", "watchertasks.xml", readJetBrains},
	{"/.idea/", "workspace.xml", readJetBrains},
	{"/.cargo/", "config.toml", readCargoConfig},
	{"/.cargo/", "config", readCargoConfig},
	{"/.mvn/", "extensions.xml", readMavenExtensions},
	{"/.mvn/", "jvm.config", readMavenOptions},
	{"/.mvn/", "maven.config", readMavenOptions},
}

// isConfigCode reports whether JavaScript tools load a file of that name as their configuration.
func isConfigCode(base string) bool {
	switch path.Ext(base) {
	case ".js", ".cjs", ".mjs", ".ts", ".cts", ".mts":
	default:
		return false
	}
	stem := strings.TrimSuffix(base, path.Ext(base))
	return strings.HasSuffix(stem, ".config") || strings.HasPrefix(stem, ".") && strings.HasSuffix(stem, "rc") || stem == "webpack.mix" || stem == "jest.setup" || stem == "truffle" ||
		strings.HasPrefix(stem, "webpack.") || strings.HasPrefix(stem, "jest.config") || strings.HasPrefix(stem, "vite.config")
}

// readModelines looks for the settings that vim and emacs read in any text: in the first and last lines.
func (f *file) readModelines(pass *sekisho.Pass) error {
	form, ok := f.artifact.Form.(*sekisho.File)
	if !ok || f.artifact.Via != "tree" || !strings.HasPrefix(form.Type, "text/") && form.Type != "application/json" {
		return nil
	}
	size := f.artifact.Size
	head := make([]byte, min(size, 1<<10))
	tail := make([]byte, min(size, tailLimit))
	n, _ := f.artifact.Blob.ReadAt(head, 0)                     // what can be read
	m, _ := f.artifact.Blob.ReadAt(tail, size-int64(len(tail))) // of it
	f.text = string(head[:n])
	f.modelines(string(head[:n]), true)
	if size > int64(n) {
		f.modelines(string(tail[:m]), false)
	}
	for _, r := range f.runs {
		f.report(pass, r)
	}
	return nil
}

func (f *file) modelines(text string, head bool) {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		near := head && i < 5 || !head && i >= len(lines)-6 || int64(len(text)) == f.artifact.Size && i >= len(lines)-6
		lower := strings.ToLower(line)
		switch at := modelineAt(lower); {
		case near && at >= 0 && dangerous(lower[at:], "system(", "foldexpr=", "execute(", "source!", "indentexpr=", "formatexpr=", "nofen:fde", "fde=", "inex=", "assert_fails(", "call "):
			f.command(Facts{By: "vim", When: "open", Name: "modeline", Automatic: true, Odd: "evaluates", Line: lineIf(head, i)}, line[at:])
		case head && i < 2 && strings.Contains(lower, "-*-") && strings.Contains(lower, "eval:"):
			f.command(Facts{By: "emacs", When: "open", Name: "eval", Odd: "evaluates", Line: i + 1}, line)
		case strings.Contains(lower, "eval:") && strings.Contains(strings.ToLower(text), "local variables:"):
			f.command(Facts{By: "emacs", When: "open", Name: "eval", Odd: "evaluates", Line: lineIf(head, i)}, line)
		}
	}
}

// modelineAt returns where vim finds its settings in a line: after a blank or at the start (:help modeline).
func modelineAt(lower string) int {
	for _, mark := range [...]string{"vim:", "vi:", "ex:"} {
		if at := strings.Index(lower, mark); at == 0 || at > 0 && (lower[at-1] == ' ' || lower[at-1] == '\t') {
			return at
		}
	}
	return -1
}

// lineIf returns the line's number when it is counted from the file's start.
func lineIf(head bool, i int) int {
	if head {
		return i + 1
	}
	return 0
}

func dangerous(text string, words ...string) bool {
	for _, word := range words {
		if strings.Contains(text, word) {
			return true
		}
	}
	return false
}
