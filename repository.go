package sekisho

import (
	"io/fs"
	"path"
	"strings"
)

// Repository is the form of a source tree. Its files are parts, via "tree", named by their path from its top.
type Repository struct {
	Name    string `json:"name" doc:"the name of its top folder, or of the file it came in"`
	Files   int    `json:"files" doc:"files in the tree, git's own and installed dependencies included"`
	Bytes   int64  `json:"bytes" doc:"bytes of the files"`
	Skipped int    `json:"skipped" doc:"files that are counted and not parts: objects of git, the inside of installed dependencies, what passes a limit"`
	Head    string `json:"head" doc:"what is checked out: refs/heads/main, or a commit; empty when git does not say"`

	// Tree is the folder a door found, from which the files are read; nil for a tree in an archive or a bundle. It must
	// not lead out of the folder.
	Tree fs.FS `json:"-"`
}

// MarksRepository reports whether a file or folder of that name, standing at the top of a tree, says that the tree is the
// source of something: a version control's folder, an editor's, a manifest, a build file.
func MarksRepository(name string) bool {
	name = strings.ToLower(name)
	return repositoryMarks[name] || repositoryMarks["*"+path.Ext(name)]
}

var repositoryMarks = func() map[string]bool {
	marks := map[string]bool{}
	for _, name := range strings.Fields(`.git .hg .svn .gitmodules .gitattributes .gitignore .vscode .idea .devcontainer .devcontainer.json .husky .cargo .mvn
		package.json deno.json deno.jsonc pnpm-workspace.yaml yarn.lock setup.py setup.cfg pyproject.toml requirements.txt pipfile conftest.py
		cargo.toml build.rs go.mod go.work pom.xml build.gradle build.gradle.kts settings.gradle settings.gradle.kts gemfile rakefile
		composer.json cmakelists.txt makefile gnumakefile meson.build build.zig justfile taskfile.yml directory.build.props directory.build.targets
		dockerfile docker-compose.yml docker-compose.yaml compose.yml compose.yaml .envrc .mise.toml mise.toml .tool-versions flake.nix shell.nix default.nix
		.exrc .nvimrc .nvim.lua .vimrc .dir-locals.el .pre-commit-config.yaml lefthook.yml foundry.toml truffle-config.js
		hardhat.config.js hardhat.config.ts hardhat.config.cjs anchor.toml vite.config.js vite.config.ts webpack.config.js
		*.gemspec *.sln *.csproj *.vbproj *.fsproj *.vcxproj *.code-workspace *.xcodeproj *.cabal`) {
		marks[name] = true
	}
	return marks
}()
