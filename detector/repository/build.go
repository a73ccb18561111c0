package repository

import (
	"path"
	"strings"

	"github.com/sekisho/sekisho/manifest"
)

// readCargo reads whether the crate is a macro that runs inside the compiler, and where its build script lies.
func readCargo(f *file) error {
	entries, err := manifest.TOML(f.text)
	for _, e := range entries {
		r := Facts{By: "cargo", When: "build", Name: strings.Join(e.Path, "."), Line: e.Line, Automatic: true}
		switch {
		case e.Is("package", "build") && e.Value != "false" && e.Value != "build.rs":
			f.command(r, e.Value)
		case (e.Is("lib", "proc-macro") || e.Is("lib", "proc_macro")) && e.Value == "true":
			f.command(r, "src/lib.rs")
		}
	}
	return err
}

// readCargoConfig reads settings that put a program in the place of the compiler, the linker or the program built.
func readCargoConfig(f *file) error {
	entries, err := manifest.TOML(f.text)
	for _, e := range entries {
		r := Facts{By: "cargo", When: "build", Name: strings.Join(e.Path, "."), Line: e.Line, Automatic: true}
		switch e.Key() {
		case "rustc-wrapper", "rustc-workspace-wrapper", "rustc", "rustdoc":
			if e.Value != "sccache" && e.Value != "rustc" {
				r.Odd = "tool-path"
			}
		case "linker", "runner":
			if strings.HasPrefix(e.Value, "./") || strings.HasPrefix(e.Value, "[\"./") || strings.Contains(e.Value, "sh -c") {
				r.Odd = "tool-path"
			}
		case "credential-provider":
			r.Odd = "tool-path"
		default:
			continue
		}
		f.command(r, e.Value)
	}
	return err
}

// readWrapper reads where the wrapper of Gradle or Maven takes the program from.
func readWrapper(by string) reader {
	return func(f *file) error {
		entries, err := manifest.INI(f.text)
		for _, e := range entries {
			if e.Key() != "distributionurl" && e.Key() != "wrapperurl" {
				continue
			}
			url := strings.ReplaceAll(e.Value, `\:`, ":")
			r := Facts{By: by, When: "build", Name: e.Key(), Line: e.Line, Automatic: true, Odd: "foreign-wrapper"}
			for _, home := range [...]string{"https://services.gradle.org/", "https://downloads.gradle.org/", "https://downloads.gradle-dn.com/", "https://repo.gradle.org/", "https://repo.maven.apache.org/",
				"https://repo1.maven.org/", "https://archive.apache.org/", "https://dlcdn.apache.org/", "https://cache-redirector.jetbrains.com/"} {
				if strings.HasPrefix(url, home) {
					r.Odd = ""
				}
			}
			f.command(r, url)
		}
		return err
	}
}

func readGradleProperties(f *file) error {
	entries, err := manifest.INI(f.text)
	for _, e := range entries {
		if e.Key() == "org.gradle.jvmargs" && strings.Contains(e.Value, "-javaagent") {
			f.command(Facts{By: "gradle", When: "build", Name: e.Key(), Line: e.Line, Automatic: true, Odd: "preload"}, e.Value)
		}
	}
	return err
}

func readMavenExtensions(f *file) error {
	entries, err := manifest.XML(f.text)
	for _, extension := range groups(entries, "extensions") {
		var words []string
		for _, e := range extension {
			words = append(words, e.Value)
		}
		f.command(Facts{By: "maven", When: "build", Name: "extension", Line: extension[0].Line, Automatic: true}, strings.Join(words, ":"))
	}
	return err
}

func readMavenOptions(f *file) error {
	r := Facts{By: "maven", When: "build", Name: path.Base(f.path), Line: 1, Automatic: true}
	if dangerous(f.text, "-javaagent", "-agentpath", "-agentlib", "-Xbootclasspath", "-XX:OnError", "-Dmaven.ext.class.path") {
		r.Odd = "preload"
	}
	f.command(r, f.text)
	return nil
}

// readPOM reads the commands of the plug-ins that run programs.
func readPOM(f *file) error {
	entries, err := manifest.XML(f.text)
	var words []string
	line := 0
	for _, e := range entries {
		joined := strings.Join(e.Path, "/")
		if !strings.Contains(joined, "plugin/") {
			continue
		}
		switch key := e.Key(); {
		case key == "executable", key == "argument", key == "commandlineArgs", strings.HasSuffix(joined, "exec/@executable"), strings.HasSuffix(joined, "arg/@value"), strings.HasSuffix(joined, "arg/@line"),
			strings.HasSuffix(joined, "get/@src"), strings.HasSuffix(joined, "java/@jar"), key == "source" && strings.Contains(joined, "configuration"):
			if line == 0 {
				line = e.Line
			}
			words = append(words, e.Value)
		}
	}
	f.command(Facts{By: "maven", When: "build", Name: "exec", Line: line, Automatic: true}, strings.Join(words, " "))
	return err
}

// readMSBuild reads commands and code inside project files: https://learn.microsoft.com/visualstudio/msbuild (read 2026-11).
func readMSBuild(f *file) error {
	entries, err := manifest.XML(f.text)
	for i, e := range entries {
		key, tag := e.Key(), ""
		if len(e.Path) > 1 {
			tag = e.Path[len(e.Path)-2]
		}
		r := Facts{By: "msbuild", When: "build", Line: e.Line, Automatic: true}
		switch {
		case tag == "Exec" && key == "@Command":
			r.Name = "Exec"
		case key == "PreBuildEvent", key == "PostBuildEvent", key == "PreLinkEvent", key == "Command" && dangerous(tag, "BuildEvent", "LinkEvent", "CustomBuild"):
			r.Name = strings.TrimPrefix(tag+"/"+key, "PropertyGroup/")
		case tag == "Task" && key == "Code", tag == "Code" && key == "@Source", key == "Code":
			r.Name = "inline task"
		case tag == "DownloadFile" && key == "@SourceUrl":
			r.Name = "DownloadFile"
		case tag == "Project" && key == "@InitialTargets":
			r.Name = "InitialTargets"
		default:
			continue
		}
		if i >= runLimit {
			break
		}
		f.command(r, e.Value)
	}
	return err
}

// readCMake reads the commands that CMake runs while it reads the file, and those of targets.
func readCMake(f *file) error {
	lower := strings.ToLower(f.text)
	for _, name := range []string{"execute_process", "exec_program", "add_custom_command", "add_custom_target", "externalproject_add", "file(download", "fetchcontent_declare"} {
		for at := 0; len(f.runs) < runLimit; {
			i := strings.Index(lower[at:], name)
			if i < 0 {
				break
			}
			start := at + i
			at = start + len(name)
			end := closing(lower, start)
			r := Facts{By: "cmake", When: "build", Name: strings.TrimPrefix(name, "file("), Line: strings.Count(lower[:start], "\n") + 1}
			r.Automatic = name == "execute_process" || name == "exec_program" || name == "file(download"
			f.command(r, f.text[start:end])
		}
	}
	return nil
}

// closing returns where the bracket closes that opens next, at most 2,000 bytes on.
func closing(text string, at int) int {
	depth := 0
	for i := at; i < min(len(text), at+2000); i++ {
		switch text[i] {
		case '(':
			depth++
		case ')':
			if depth--; depth <= 0 {
				return i + 1
			}
		}
	}
	return min(len(text), at+2000)
}

// readMake reads what make runs while it reads the file, and the recipes: those of the first target run without being named.
func readMake(f *file) error {
	number, target, first := 0, "", ""
	start := 0
	var recipe strings.Builder
	flush := func() {
		if recipe.Len() > 0 {
			f.command(Facts{By: "make", When: "build", Name: target, Line: start, Automatic: target == first || target == "all"}, recipe.String())
		}
		recipe.Reset()
	}
	for line := range strings.Lines(f.text) {
		number++
		switch {
		case strings.HasPrefix(line, "\t"):
			if recipe.Len() == 0 {
				start = number
			}
			if recipe.Len() < 1<<16 {
				recipe.WriteString(strings.TrimLeft(line, "\t@-"))
			}
		case strings.HasPrefix(line, "#"), strings.TrimSpace(line) == "":
		case strings.Contains(line, "$(shell "), strings.Contains(line, "!="):
			flush()
			if at := strings.Index(line, "$(shell "); at >= 0 {
				f.command(Facts{By: "make", When: "build", Name: "$(shell)", Line: number, Automatic: true}, line[at+len("$(shell "):])
			} else {
				_, text, _ := strings.Cut(line, "!=")
				f.command(Facts{By: "make", When: "build", Name: "!=", Line: number, Automatic: true}, text)
			}
		default:
			name, rest, ok := strings.Cut(line, ":")
			if !ok || strings.HasPrefix(rest, "=") || strings.ContainsAny(name, "=$") && !strings.HasPrefix(name, "$") {
				continue
			}
			flush()
			target = strings.TrimSpace(name)
			if first == "" && !strings.HasPrefix(target, ".") {
				first = target
			}
			if _, command, ok := strings.Cut(rest, ";"); ok {
				start = number
				recipe.WriteString(command)
			}
		}
	}
	flush()
	return nil
}

// readGo reads the comments of Go files that are orders: //go:generate and #cgo.
func readGo(f *file) error {
	if !strings.Contains(f.text, "//go:generate") && !strings.Contains(f.text, "#cgo") {
		return nil
	}
	number := 0
	for line := range strings.Lines(f.text) {
		number++
		if text, ok := strings.CutPrefix(line, "//go:generate "); ok {
			f.command(Facts{By: "go", When: "generate", Name: "go:generate", Line: number}, text)
		}
		trimmed := strings.TrimLeft(line, "/ \t*")
		if !strings.HasPrefix(trimmed, "#cgo ") {
			continue
		}
		r := Facts{By: "go", When: "build", Name: "cgo", Line: number, Automatic: true}
		if dangerous(trimmed, "-fplugin", "-specs=", "-wrapper", "-fuse-ld=", "--ld-path", "-B.", "-Wl,-plugin", "-load", "-Xclang", "@${SRCDIR}") {
			r.Odd = "preload"
			f.command(r, trimmed)
		}
	}
	return nil
}

// readGoMod reads the toolchain line, which makes the go command fetch another one.
func readGoMod(f *file) error {
	number := 0
	for line := range strings.Lines(f.text) {
		number++
		name, ok := strings.CutPrefix(strings.TrimSpace(line), "toolchain ")
		if !ok {
			continue
		}
		r := Facts{By: "go", When: "build", Name: "toolchain", Line: number, Automatic: true}
		if name = strings.TrimSpace(name); !strings.HasPrefix(name, "go1.") || strings.Contains(name, "-") || strings.ContainsAny(name, "/\\") {
			r.Odd = "tool-path"
		}
		f.command(r, name)
	}
	return nil
}
