// Package dependency states what is out of the ordinary in what a source tree brings in: places other than the registry, names
// one slip away from well-known packages of this field, versions known to have carried foreign code, and lock files that
// disagree with their manifest or lead elsewhere.
package dependency

import (
	"errors"
	"io"
	"path"
	"strings"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/manifest"
)

// Facts is one dependency that is out of the ordinary.
type Facts struct {
	Ecosystem string `json:"ecosystem" doc:"npm, pypi, cargo, go, gem, composer"`
	Name      string `json:"name" doc:"the package as the file names it"`
	Spec      string `json:"spec" doc:"version, range or address as written"`
	File      string `json:"file" doc:"path of the file"`
	Line      int    `json:"line" doc:"line in the file, from 1"`
	Lock      bool   `json:"lock" doc:"the file is a lock file: this version is installed as it stands"`
	From      string `json:"from" doc:"registry, git, url or file"`
	Host      string `json:"host" doc:"host it is taken from, when an address is written"`
	Odd       bool   `json:"odd" doc:"the host is not one of the ecosystem's registries nor a well-known forge"`
	Plain     bool   `json:"plain" doc:"it is taken without encryption, or from a fixed IP address"`
	Bad       string `json:"bad" doc:"what this version did while it was published; empty if nothing is known"`
	Source    string `json:"source" doc:"who says so, and when"`
	Resembles string `json:"resembles" doc:"the well-known package whose name is one slip away; empty if none"`
	How       string `json:"how" doc:"the slip: deletion, insertion, substitution, transposition, separator, scope, lookalike"`
	Disagrees string `json:"disagrees" doc:"how a lock file contradicts its manifest or itself: missing, range, name; empty if it does not"`
	Registry  bool   `json:"registry" doc:"not a dependency but the setting that makes the address the registry for all"`
}

// Detector states what is odd about dependencies.
var Detector = &sekisho.Detector{
	Name: "dependency",
	Doc: `Dependencies: places, names and versions that are out of the ordinary
Reads package.json, package-lock.json, npm-shrinkwrap.json, yarn.lock, pnpm-lock.yaml, .npmrc, requirements files, pyproject.toml, Pipfile, Cargo.toml and Cargo.lock,
go.mod, Gemfile and composer.json. Silent about ordinary dependencies. Asks no registry: what exists there is not known.`,
	Kinds: []sekisho.Kind{sekisho.KindFile},
	Facts: Facts{},
	Run:   run,
}

const (
	readLimit = 16 << 20 // bytes of a manifest or lock file
	factLimit = 200      // facts of one file
)

func run(pass *sekisho.Pass) error {
	a := pass.Artifact
	if a.Blob == nil || a.Size == 0 {
		return nil
	}
	name := strings.TrimPrefix(path.Clean(strings.ReplaceAll(a.Name, `\`, "/")), "/")
	read := readerOf(strings.ToLower(path.Base(name)))
	if read == nil {
		return nil
	}
	text, err := content(a)
	if err != nil {
		return err
	}
	l := &list{pass: pass, path: name, text: text}
	err = read(l)
	if l.reported > factLimit {
		err = errors.Join(err, sekisho.ErrLimit)
	}
	if errors.Is(err, manifest.ErrSyntax) {
		return nil // the tool that would install cannot read it either
	}
	return err
}

func content(a *sekisho.Artifact) (string, error) {
	data := make([]byte, min(a.Size, readLimit))
	n, err := a.Blob.ReadAt(data, 0)
	if err != nil && err != io.EOF {
		return "", err
	}
	return string(data[:n]), nil
}

// A list is a file that lists dependencies.
type list struct {
	pass     *sekisho.Pass
	path     string
	text     string
	reported int
}

// state reports the dependency if anything about it is out of the ordinary.
func (l *list) state(f Facts) {
	f.File, f.Line = l.path, max(f.Line, 1)
	if f.From == "" {
		f.From = "registry"
	}
	f.readName()
	f.readAddress()
	if f.Name != "" && !f.Registry {
		f.Bad, f.Source = knownBad(f.Ecosystem, f.Name, f.Spec, f.Lock)
		f.Resembles, f.How = field().resembles(f.Ecosystem, f.Name)
	}
	if f.Bad == "" && f.Resembles == "" && f.Disagrees == "" && !f.Odd && !f.Plain && (f.From == "registry" || f.From == "file" || f.Lock) {
		return
	}
	if l.reported++; l.reported > factLimit {
		return
	}
	l.pass.Report(&f, sekisho.Quote(l.path, f.Name+" "+f.Spec))
}

// readName takes the version off a name that has one, as overrides do, and follows an alias to what is meant.
func (f *Facts) readName() {
	if f.Ecosystem != "npm" || f.Registry {
		return
	}
	if target, ok := strings.CutPrefix(f.Spec, "npm:"); ok && !f.Lock {
		f.Name, f.Spec = target, ""
		if at := strings.LastIndexByte(target, '@'); at > 0 {
			f.Name, f.Spec = target[:at], target[at+1:]
		}
	}
	if at := strings.LastIndexByte(f.Name, '@'); at > 0 {
		f.Name = f.Name[:at]
	}
}

// readAddress reads where a dependency is taken from, when its version is an address.
func (f *Facts) readAddress() {
	lower := strings.ToLower(f.Spec)
	scheme, rest, ok := strings.Cut(lower, "://")
	switch {
	case ok:
		if f.From == "registry" {
			f.From = "url"
		}
		if strings.HasPrefix(scheme, "git") || strings.HasPrefix(scheme, "ssh") || strings.Contains(rest, ".git") && !strings.Contains(rest, ".tgz") && !strings.Contains(rest, ".tar.gz") {
			f.From = "git"
		}
		authority, _, _ := strings.Cut(rest, "/")
		authority = authority[strings.LastIndexByte(authority, '@')+1:]
		f.Host, _, _ = strings.Cut(authority, ":")
		f.Plain = strings.HasSuffix(scheme, "http") || scheme == "git" || isIP(f.Host)
	case strings.HasPrefix(lower, "git@"):
		f.From = "git"
		f.Host, _, _ = strings.Cut(lower[len("git@"):], ":")
	case strings.HasPrefix(lower, "github:"), strings.HasPrefix(lower, "gitlab:"), strings.HasPrefix(lower, "bitbucket:"), strings.HasPrefix(lower, "gist:"):
		f.From = "git"
		f.Host, _, _ = strings.Cut(lower, ":")
		f.Host += ".com"
	case strings.HasPrefix(lower, "file:"), strings.HasPrefix(lower, "link:"), strings.HasPrefix(lower, "workspace:"), strings.HasPrefix(lower, "portal:"):
		f.From = "file"
	case f.Ecosystem == "npm" && !f.Lock && f.From == "registry" && !strings.HasPrefix(lower, "@") && strings.Count(lower, "/") == 1 && !strings.ContainsAny(lower, " <>=|"):
		f.From, f.Host = "git", "github.com" // user/project
	}
	f.Odd = f.Host != "" && !homes[f.Host] && !strings.HasSuffix(f.Host, ".github.com") && !strings.HasSuffix(f.Host, ".pythonhosted.org")
}

func isIP(host string) bool {
	return host != "" && strings.Trim(host, "0123456789.") == "" || strings.HasPrefix(host, "[")
}

// homes holds the registries and the forges that everybody uses, from the documentation of each package manager (read 2026-11).
var homes = func() map[string]bool {
	set := map[string]bool{}
	for _, host := range strings.Fields(`registry.npmjs.org registry.yarnpkg.com registry.npmmirror.com npm.pkg.github.com npm.jsr.io registry.bun.sh codeload.github.com github.com raw.githubusercontent.com
		gitlab.com bitbucket.org gist.github.com git.sr.ht codeberg.org pypi.org pypi.python.org files.pythonhosted.org test.pypi.org download.pytorch.org crates.io static.crates.io index.crates.io
		rubygems.org repo.packagist.org packagist.org proxy.golang.org golang.org gopkg.in pkg.pr.new localhost 127.0.0.1 gitpkg.now.sh gitpkg.vercel.app gitpkg-fork.vercel.sh esm.sh jsr.io deno.land cdn.sheetjs.com`) {
		set[host] = true
	}
	return set
}()
