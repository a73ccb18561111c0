package dependency

import (
	"path"
	"strings"

	"github.com/sekisho/sekisho/manifest"
)

// readerOf returns the reader of files of that name, nil for others.
func readerOf(base string) func(*list) error {
	switch base {
	case "package.json":
		return readNPM
	case "package-lock.json", "npm-shrinkwrap.json":
		return readNPMLock
	case "yarn.lock":
		return readYarnLock
	case "pnpm-lock.yaml":
		return readPNPMLock
	case ".npmrc", ".yarnrc.yml", "pip.conf", ".pypirc":
		return readRegistry
	case "pyproject.toml", "pipfile":
		return readPyproject
	case "cargo.toml":
		return readCargo
	case "go.mod":
		return readGoMod
	case "gemfile":
		return readGemfile
	case "composer.json":
		return readComposer
	}
	if strings.HasPrefix(base, "requirements") && strings.HasSuffix(base, ".txt") || strings.HasPrefix(base, "constraints") && strings.HasSuffix(base, ".txt") {
		return readRequirements
	}
	return nil
}

func isDependencies(key string) bool {
	switch key {
	case "dependencies", "devDependencies", "optionalDependencies", "peerDependencies", "overrides", "resolutions":
		return true
	}
	return false
}

func readNPM(l *list) error {
	entries, err := manifest.JSON(l.text)
	for _, e := range entries {
		if len(e.Path) == 2 && isDependencies(e.Path[0]) || len(e.Path) == 3 && e.Path[0] == "pnpm" && e.Path[1] == "overrides" {
			l.state(Facts{Ecosystem: "npm", Name: e.Key(), Spec: e.Value, Line: e.Line})
		}
	}
	return err
}

// sibling returns the text of the file of that name in the same folder, "" when there is none.
func (l *list) sibling(name string) string {
	up := l.pass.Artifact.Up
	if up == nil {
		return ""
	}
	want := path.Join(path.Dir(strings.ReplaceAll(l.pass.Artifact.Name, `\`, "/")), name)
	for _, part := range up.Parts {
		if part.Blob != nil && path.Clean(strings.ReplaceAll(part.Name, `\`, "/")) == want {
			text, err := content(part)
			if err != nil {
				return ""
			}
			return text
		}
	}
	return ""
}

// modules is the folder that packages lie in.
const modules = "node_modules/"

// readNPMLock reads versions 1 to 3 of package-lock.json: https://docs.npmjs.com/cli/configuring-npm/package-lock-json (read 2026-11).
func readNPMLock(l *list) error {
	entries, err := manifest.JSON(l.text)
	versions := map[string]string{} // by path in the lock
	aliases := map[string]bool{}
	locked := map[string]string{} // what the lock says the manifest wants
	for _, e := range entries {
		switch {
		case e.Is("packages", "*", "version"):
			versions[e.Path[1]] = e.Value
		case e.Is("packages", "*", "name"):
			aliases[e.Path[1]] = true
		case len(e.Path) == 4 && e.Under("packages", "") && isDependencies(e.Path[2]):
			locked[e.Path[3]] = e.Value
		}
	}
	for _, e := range entries {
		switch {
		case e.Is("packages", "*", "resolved"):
			if at := strings.LastIndex(e.Path[1], modules); at >= 0 {
				l.resolved(e.Path[1][at+len(modules):], versions[e.Path[1]], e, aliases[e.Path[1]])
			}
		case len(e.Path) >= 3 && e.Key() == "resolved" && e.Path[len(e.Path)-3] == "dependencies":
			l.resolved(e.Path[len(e.Path)-2], "", e, strings.HasPrefix(e.Value, "npm:"))
		case len(e.Path) >= 3 && e.Key() == "version" && e.Path[len(e.Path)-3] == "dependencies" && !e.Under("packages"):
			l.state(Facts{Ecosystem: "npm", Name: e.Path[len(e.Path)-2], Spec: e.Value, Line: e.Line, Lock: true})
		}
	}
	l.compare(locked)
	return err
}

// resolved states where a locked package is taken from, and whether that is a package of the same name.
func (l *list) resolved(name, version string, e manifest.Entry, alias bool) {
	if version != "" {
		l.state(Facts{Ecosystem: "npm", Name: name, Spec: version, Line: e.Line, Lock: true})
	}
	f := Facts{Ecosystem: "npm", Name: name, Spec: e.Value, Line: e.Line, Lock: true}
	inner := name[strings.LastIndexByte(name, '/')+1:]
	if at := strings.Index(e.Value, "/-/"); at >= 0 && !alias && !strings.HasPrefix(e.Value[at+3:], inner+"-") {
		f.Disagrees = "name"
	}
	l.state(f)
}

// compare states where the lock's own copy of the manifest differs from the manifest.
func (l *list) compare(locked map[string]string) {
	text := l.sibling("package.json")
	if text == "" || len(locked) == 0 {
		return
	}
	entries, err := manifest.JSON(text)
	if err != nil {
		return // stated where the manifest is read
	}
	for _, e := range entries {
		if len(e.Path) != 2 || !isDependencies(e.Path[0]) || e.Path[0] == "overrides" || e.Path[0] == "resolutions" {
			continue
		}
		switch spec, ok := locked[e.Path[1]]; {
		case !ok:
			l.state(Facts{Ecosystem: "npm", Name: e.Path[1], Spec: e.Value, Line: 1, Lock: true, Disagrees: "missing"})
		case spec != e.Value:
			l.state(Facts{Ecosystem: "npm", Name: e.Path[1], Spec: spec + " / " + e.Value, Line: 1, Lock: true, Disagrees: "range"})
		}
	}
}

// readYarnLock reads yarn's lock files of both kinds.
func readYarnLock(l *list) error {
	name, number := "", 0
	for line := range strings.Lines(l.text) {
		number++
		trimmed := strings.TrimSpace(line)
		switch {
		case trimmed == "" || trimmed[0] == '#':
		case line[0] != ' ':
			name = strings.Trim(trimmed, `":`)
			if at := strings.IndexByte(name[min(1, len(name)):], '@'); at >= 0 {
				name = name[:at+1]
			}
		case strings.HasPrefix(trimmed, "version"):
			l.state(Facts{Ecosystem: "npm", Name: name, Spec: strings.Trim(strings.TrimPrefix(trimmed, "version"), `: "`), Line: number, Lock: true})
		case strings.HasPrefix(trimmed, "resolved "), strings.HasPrefix(trimmed, "resolution:") && strings.Contains(trimmed, "://"):
			_, address, _ := strings.Cut(trimmed, " ")
			address = strings.Trim(address, `"`)
			if at := strings.Index(address, "@http"); at > 0 {
				address = address[at+1:]
			}
			l.state(Facts{Ecosystem: "npm", Name: name, Spec: address, Line: number, Lock: true})
		}
	}
	return nil
}

func readPNPMLock(l *list) error {
	entries, err := manifest.YAML(l.text)
	for _, e := range entries {
		switch {
		case e.Under("packages") && e.Key() == "tarball":
			l.state(Facts{Ecosystem: "npm", Name: e.Path[1], Spec: e.Value, Line: e.Line, Lock: true})
		case e.Is("packages", "*", "resolution", "integrity"), e.Is("packages", "*", "resolution", "type"):
			name := strings.TrimPrefix(e.Path[1], "/")
			at := strings.LastIndexByte(name, '@')
			if at > 0 {
				l.state(Facts{Ecosystem: "npm", Name: name[:at], Spec: name[at+1:], Line: e.Line, Lock: true})
			}
		case e.Is("packages", "*", "resolution", "repo"):
			l.state(Facts{Ecosystem: "npm", Name: e.Path[1], Spec: e.Value, Line: e.Line, Lock: true, From: "git"})
		}
	}
	return err
}

// readRegistry reads the settings that choose a registry for all or some packages.
func readRegistry(l *list) error {
	number := 0
	for line := range strings.Lines(l.text) {
		number++
		key, value, ok := strings.Cut(strings.TrimSpace(line), "=")
		if !ok {
			key, value, ok = strings.Cut(strings.TrimSpace(line), ": ")
		}
		key, value = strings.TrimSpace(key), strings.Trim(strings.TrimSpace(value), `"'`)
		if !ok || strings.HasPrefix(key, "//") || strings.HasPrefix(key, "#") || !strings.HasSuffix(strings.ToLower(key), "registry") && !strings.HasSuffix(strings.ToLower(key), "registryserver") && !strings.HasSuffix(key, "index-url") &&
			!strings.HasSuffix(key, "npmRegistryServer") {
			continue
		}
		l.state(Facts{Ecosystem: "npm", Name: key, Spec: value, Line: number, Registry: true, From: "registry"})
	}
	return nil
}

func readRequirements(l *list) error {
	number := 0
	for line := range strings.Lines(l.text) {
		number++
		line, _, _ = strings.Cut(strings.TrimSpace(line), " #")
		switch {
		case line == "" || line[0] == '#':
		case strings.HasPrefix(line, "--index-url"), strings.HasPrefix(line, "--extra-index-url"), strings.HasPrefix(line, "-i "), strings.HasPrefix(line, "--find-links"), strings.HasPrefix(line, "-f "):
			at := strings.IndexAny(line, " =")
			if at > 0 {
				l.state(Facts{Ecosystem: "pypi", Name: line[:at], Spec: strings.Trim(line[at:], " ="), Line: number, Registry: true})
			}
		case line[0] == '-' && !strings.HasPrefix(line, "-e "):
		default:
			name, spec := requirement(strings.TrimPrefix(line, "-e "))
			l.state(Facts{Ecosystem: "pypi", Name: name, Spec: spec, Line: number})
		}
	}
	return nil
}

// requirement splits a requirement (PEP 508) into its name and the rest.
func requirement(line string) (name, spec string) {
	if name, address, ok := strings.Cut(line, "@ "); ok {
		return strings.TrimSpace(name), strings.TrimSpace(address)
	}
	if strings.Contains(line, "://") {
		_, egg, _ := strings.Cut(line, "#egg=")
		return egg, line
	}
	end := strings.IndexAny(line, " [<>=!~;")
	if end < 0 {
		return line, ""
	}
	spec, _, _ = strings.Cut(line[end:], ";")
	if close := strings.IndexByte(spec, ']'); close >= 0 {
		spec = spec[close+1:]
	}
	return line[:end], strings.Trim(spec, "= ")
}

func readPyproject(l *list) error {
	entries, err := manifest.TOML(l.text)
	for _, e := range entries {
		switch {
		case e.Is("project", "dependencies"), e.Is("build-system", "requires"), e.Under("project", "optional-dependencies"), e.Under("dependency-groups"):
			for _, item := range strings.Split(strings.Trim(e.Value, "[]"), ",") {
				if item = strings.Trim(strings.TrimSpace(item), `"'`); item != "" && item[0] != '#' && item[0] != '{' {
					name, spec := requirement(item)
					l.state(Facts{Ecosystem: "pypi", Name: name, Spec: spec, Line: e.Line})
				}
			}
		case e.Is("tool", "poetry", "dependencies", "*"), e.Is("tool", "poetry", "group", "*", "dependencies", "*"), e.Is("packages", "*"), e.Is("dev-packages", "*"), e.Is("tool", "uv", "sources", "*"):
			f := tableSpec(e)
			f.Ecosystem = "pypi"
			l.state(f)
		case e.Under("tool", "poetry", "source") && e.Key() == "url", e.Under("source") && e.Key() == "url", e.Under("tool", "uv", "index") && e.Key() == "url":
			l.state(Facts{Ecosystem: "pypi", Name: "source", Spec: e.Value, Line: e.Line, Registry: true})
		}
	}
	return err
}

// tableSpec reads a version, or a table { git = "..." }.
func tableSpec(e manifest.Entry) Facts {
	f := Facts{Name: e.Key(), Spec: e.Value, Line: e.Line}
	if !strings.HasPrefix(e.Value, "{") {
		return f
	}
	f.Spec = ""
	for _, key := range []string{"git", "url", "registry", "version", "path"} {
		at := strings.Index(e.Value, key)
		if at < 0 {
			continue
		}
		after, ok := strings.CutPrefix(strings.TrimSpace(e.Value[at+len(key):]), "=")
		quoted := strings.SplitN(after, `"`, 3)
		if !ok || len(quoted) < 3 {
			continue
		}
		f.Spec = quoted[1]
		switch key {
		case "git":
			f.From = "git"
		case "path":
			f.From = "file"
		}
		break
	}
	return f
}

func readCargo(l *list) error {
	entries, err := manifest.TOML(l.text)
	for i, e := range entries {
		at := -1
		for n, key := range e.Path {
			if key == "dependencies" || key == "dev-dependencies" || key == "build-dependencies" || key == "patch" {
				at = n
			}
		}
		switch {
		case at >= 0 && len(e.Path) == at+2:
			f := tableSpec(e)
			f.Ecosystem = "cargo"
			l.state(f)
		case at >= 0 && len(e.Path) == at+3 && (e.Key() == "git" || e.Key() == "version"):
			f := Facts{Ecosystem: "cargo", Name: e.Path[at+1], Spec: e.Value, Line: entries[i].Line}
			if e.Key() == "git" {
				f.From = "git"
			}
			l.state(f)
		}
	}
	return err
}

func readGoMod(l *list) error {
	number := 0
	for line := range strings.Lines(l.text) {
		number++
		line, _, _ = strings.Cut(strings.TrimSpace(line), "//")
		words := strings.Fields(strings.TrimPrefix(strings.TrimPrefix(line, "require "), "replace "))
		for i, word := range words {
			if strings.Contains(word, ".") && strings.Contains(word, "/") && !strings.HasPrefix(word, ".") {
				f := Facts{Ecosystem: "go", Name: word, Line: number}
				if i+1 < len(words) {
					f.Spec = words[i+1]
				}
				l.state(f)
			}
		}
	}
	return nil
}

func readGemfile(l *list) error {
	number := 0
	for line := range strings.Lines(l.text) {
		number++
		trimmed := strings.TrimSpace(line)
		parts := strings.FieldsFunc(trimmed, func(r rune) bool { return r == '"' || r == '\'' })
		if len(parts) < 2 {
			continue
		}
		switch {
		case strings.HasPrefix(trimmed, "source "):
			l.state(Facts{Ecosystem: "gem", Name: "source", Spec: parts[1], Line: number, Registry: true})
		case strings.HasPrefix(trimmed, "gem "):
			f := Facts{Ecosystem: "gem", Name: parts[1], Line: number}
			for i, part := range parts {
				if strings.Contains(part, "://") || i > 1 && (strings.Contains(parts[i-1], "github:") || strings.Contains(parts[i-1], "git:")) {
					f.Spec, f.From = part, "git"
				}
			}
			l.state(f)
		}
	}
	return nil
}

func readComposer(l *list) error {
	entries, err := manifest.JSON(l.text)
	for _, e := range entries {
		switch {
		case e.Is("require", "*"), e.Is("require-dev", "*"):
			l.state(Facts{Ecosystem: "composer", Name: e.Key(), Spec: e.Value, Line: e.Line})
		case e.Under("repositories") && e.Key() == "url":
			l.state(Facts{Ecosystem: "composer", Name: "repositories", Spec: e.Value, Line: e.Line, Registry: true})
		}
	}
	return err
}
