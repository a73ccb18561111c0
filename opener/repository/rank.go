package repository

import (
	"path"
	"strings"
)

// A rank orders files by what they may do without being asked.
type rank int

const (
	counted  rank = iota // not opened
	manifest             // read by tools: manifests, build files, settings, hooks
	code                 // scripts and source code
	opaque               // programs, libraries, fonts, pictures
	rest
)

// rankOf returns the rank of the file at that path from the top.
func rankOf(name string) rank {
	lower := strings.ToLower(name)
	base := path.Base(lower)
	folders := "/" + path.Dir(lower) + "/"
	switch {
	case strings.Contains(folders, "/.git/"):
		return rankGit(lower[strings.LastIndex("/"+lower, "/.git/")+len(".git/"):])
	case insideDependency(folders):
		if manifests[base] || startup(base) {
			return manifest
		}
		return counted
	case strings.Contains(folders, "/.hg/") && base != "hgrc", strings.Contains(folders, "/.svn/"):
		return counted
	case manifests[base], startup(base), strings.Contains(base, ".config."), settingsFolder(folders), manifestSuffix(base):
		return manifest
	}
	switch ext := path.Ext(base); {
	case base == ext || ext == "":
		return code
	case codeExtensions[ext]:
		return code
	case binaryExtensions[ext]:
		return opaque
	}
	return rest
}

// rankGit ranks what lies in git's own folder: only what it reads or runs by itself is opened.
func rankGit(inside string) rank {
	base := path.Base(inside)
	switch {
	case strings.HasPrefix(inside, "hooks/") && strings.HasSuffix(base, ".sample"), strings.HasPrefix(inside, "objects/"), strings.HasPrefix(inside, "lfs/"),
		strings.HasPrefix(inside, "logs/"), strings.HasPrefix(inside, "refs/"):
		return counted
	case base == "config", base == "config.worktree", strings.Contains("/"+inside, "/hooks/"), inside == "info/attributes", base == "head":
		return manifest
	}
	return counted
}

// insideDependency reports whether the folders are those of dependencies that are installed or copied in.
func insideDependency(folders string) bool {
	for _, name := range [...]string{"/node_modules/", "/bower_components/", "/vendor/", "/site-packages/", "/.venv/", "/venv/", "/.tox/", "/pods/", "/.yarn/cache/", "/.pnpm-store/"} {
		if strings.Contains(folders, name) {
			return true
		}
	}
	return false
}

// startup reports whether Python runs a file of that name when it starts.
func startup(base string) bool {
	return strings.HasSuffix(base, ".pth") || base == "sitecustomize.py" || base == "usercustomize.py"
}

// settingsFolder reports whether tools read what lies in the folders without being told to.
func settingsFolder(folders string) bool {
	for _, name := range [...]string{"/.vscode/", "/.idea/", "/.run/", "/.devcontainer/", "/.husky/", "/.githooks/", "/.cargo/", "/.mvn/", "/.yarn/", "/gradle/wrapper/", "/.config/",
		"/.fleet/", "/.zed/", "/.cursor/", "/.claude/", "/.emacs.d/", "/.vim/"} {
		if strings.Contains(folders, name) {
			return true
		}
	}
	return false
}

func manifestSuffix(base string) bool {
	switch path.Ext(base) {
	case ".csproj", ".vbproj", ".fsproj", ".vcxproj", ".sln", ".props", ".targets", ".gemspec", ".gradle", ".cmake", ".nix", ".code-workspace", ".mk", ".iml", ".ipr":
		return true
	}
	return strings.HasPrefix(base, ".") && strings.HasSuffix(base, "rc") || strings.HasSuffix(base, ".gradle.kts") || strings.HasPrefix(base, "requirements") && strings.HasSuffix(base, ".txt")
}

func words(list string) map[string]bool {
	set := map[string]bool{}
	for _, word := range strings.Fields(list) {
		set[word] = true
	}
	return set
}

var manifests = words(`package.json package-lock.json npm-shrinkwrap.json yarn.lock pnpm-lock.yaml pnpm-workspace.yaml bun.lock .npmrc .yarnrc .yarnrc.yml .pnpmfile.cjs pnpmfile.js
	deno.json deno.jsonc lerna.json nx.json turbo.json binding.gyp setup.py setup.cfg pyproject.toml conftest.py pipfile pipfile.lock poetry.lock uv.lock tox.ini noxfile.py manage.py
	cargo.toml cargo.lock build.rs go.mod go.sum go.work pom.xml gradle.properties gradlew gradlew.bat mvnw gemfile gemfile.lock rakefile
	composer.json composer.lock cmakelists.txt makefile gnumakefile makefile.am configure configure.ac meson.build build.zig justfile taskfile.yml taskfile.yaml
	dockerfile docker-compose.yml docker-compose.yaml compose.yml compose.yaml docker-compose.override.yml .devcontainer.json .envrc .env .mise.toml mise.toml .tool-versions .vimrc
	.exrc .nvimrc .nvim.lua .lvimrc .dir-locals.el .dir-locals-2.el .editorconfig .gitattributes .gitmodules .gitconfig .pre-commit-config.yaml
	lefthook.yml lefthook.yaml .lintstagedrc .huskyrc .huskyrc.json gulpfile.js gruntfile.js tasks.json launch.json settings.json procfile hgrc`)

var codeExtensions = words(`.js .mjs .cjs .jsx .ts .tsx .mts .cts .vue .svelte .py .pyw .pyi .rb .php .pl .lua .sh .bash .zsh .fish .ps1 .psm1 .psd1 .bat .cmd .vbs .vbe .jse .wsf .hta
	.applescript .scpt .scptd .command .go .rs .java .kt .kts .scala .groovy .swift .m .mm .c .cc .cpp .cxx .h .hpp .cs .fs .vb .sol .el .vim .exs .ex .erl .clj .r .jl .nim .zig .d
	.json .jsonc .json5 .yaml .yml .toml .xml .ini .cfg .conf .lock .env .ipynb .awk .tcl .s .asm .wat`)

var binaryExtensions = words(`.exe .dll .so .dylib .node .wasm .jar .class .war .pyc .pyd .pyo .whl .gem .o .a .lib .obj .bin .dat .msi .dmg .pkg .deb .rpm .app .scr .com .lnk .url .iso .img
	.zip .tgz .gz .xz .bz2 .7z .rar .asar .vsix .crx .xpi .apk .woff .woff2 .ttf .otf .eot .png .jpg .jpeg .gif .ico .webp .bmp .svg .pdf .docm .xlsm .chm .cpl .ocx .sys`)
