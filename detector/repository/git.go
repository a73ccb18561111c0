package repository

import (
	"path"
	"slices"
	"strings"

	"github.com/sekisho/sekisho/manifest"
)

// readGitHook reads a hook: a program that git starts (githooks).
func readGitHook(f *file) error {
	name := path.Base(f.path)
	if strings.HasSuffix(name, ".sample") || strings.HasSuffix(name, ".md") {
		return nil
	}
	f.whole(Facts{By: "git", When: hookMoment(name), Name: name, Automatic: strings.Contains("/"+f.path, "/.git/hooks/")})
	return nil
}

func readHusky(f *file) error {
	name := path.Base(f.path)
	if strings.Contains(name, ".") && !strings.HasSuffix(name, ".sh") {
		return nil
	}
	f.whole(Facts{By: "husky", When: hookMoment(name), Name: name, Automatic: true})
	return nil
}

// hookMoment returns when git starts the hook of that name.
func hookMoment(name string) string {
	switch {
	case strings.HasPrefix(name, "post-checkout"), strings.HasPrefix(name, "post-merge"), strings.HasPrefix(name, "post-rewrite"), strings.HasPrefix(name, "fsmonitor"), strings.HasPrefix(name, "post-index-change"):
		return "checkout"
	}
	return "commit"
}

// readGitConfig reads settings of git that start programs (git-config). They do not come with a clone, and do with a folder
// or an archive.
func readGitConfig(f *file) error {
	entries, err := manifest.INI(f.text)
	for _, e := range entries {
		section, key := e.Path[0], e.Key()
		r := Facts{By: "git", When: "open", Name: strings.Join(e.Path, "."), Line: e.Line, Automatic: true}
		switch name := section + "." + key; {
		case name == "core.fsmonitor" && (e.Value == "true" || e.Value == "false" || e.Value == ""):
			continue
		case name == "core.fsmonitor", name == "core.sshcommand", name == "core.gitproxy", name == "core.askpass", section == "credential" && key == "helper" && strings.ContainsAny(e.Value, "!/;|$") && !strings.Contains(e.Value, "gh auth git-credential"),
			name == "core.alternaterefscommand", key == "uploadpack", key == "receivepack", key == "vcs":
			r.Odd = "command-url"
		case name == "core.pager", name == "core.editor", name == "sequence.editor", section == "gpg" && key == "program", section == "diff" && (key == "external" || key == "command" || key == "textconv"),
			section == "merge" && key == "driver", section == "pager":
			r.Automatic = false
		case name == "core.hookspath":
			r.When = "commit"
			if !slices.Contains([]string{".husky", ".husky/_", ".githooks", ".git/hooks", "hooks"}, strings.Trim(e.Value, "./")) && !slices.Contains([]string{".husky", ".husky/_", ".githooks"}, strings.TrimPrefix(e.Value, "./")) {
				r.Odd = "outside"
			}
		case section == "filter" && (key == "clean" || key == "smudge" || key == "process"):
			r.When = "checkout"
			if !strings.HasPrefix(e.Value, "git-lfs ") && !strings.HasPrefix(e.Value, "git lfs ") {
				r.Odd = "command-url"
			}
		case section == "alias" && strings.HasPrefix(e.Value, "!"), section == "alias" && strings.Contains(e.Value, "-c "):
			r.When, r.Automatic = "start", false
		case section == "include" || section == "includeif":
			r.Odd = "outside"
		case section == "remote" && key == "url", section == "submodule" && key == "url", section == "url" && key == "insteadof":
			if r.Odd = oddURL(e.Value); r.Odd == "" {
				continue
			}
			r.When = "clone"
		case section == "protocol" && key == "allow":
		default:
			continue
		}
		f.command(r, e.Value)
	}
	return err
}

// readSubmodules reads .gitmodules, whose URLs and paths git gives to programs (CVE-2018-17456, CVE-2022-39253).
func readSubmodules(f *file) error {
	entries, err := manifest.INI(f.text)
	for _, e := range entries {
		r := Facts{By: "git", When: "clone", Name: strings.Join(e.Path, "."), Line: e.Line}
		switch e.Key() {
		case "url":
			r.Odd = oddURL(e.Value)
		case "path":
			if strings.HasPrefix(e.Value, "-") || strings.Contains(e.Value, "..") || strings.Contains(strings.ToLower(e.Value), ".git/") {
				r.Odd = "outside"
			}
		case "update":
			if strings.HasPrefix(e.Value, "!") {
				r.Odd = "command-url"
			}
		}
		if r.Odd != "" {
			f.command(r, e.Value)
		}
	}
	return err
}

// oddURL says what is odd about the URL of a repository.
func oddURL(url string) string {
	lower := strings.ToLower(url)
	switch {
	case strings.HasPrefix(url, "-"), strings.Contains(lower, "--upload-pack"), strings.Contains(lower, "://-"), strings.Contains(lower, "proxycommand"):
		return "option-url"
	case strings.HasPrefix(lower, "ext::"), strings.HasPrefix(lower, "fd::"), strings.HasPrefix(lower, "transport::"):
		return "ext-url"
	case strings.HasPrefix(lower, "file://"), strings.HasPrefix(url, "/"), strings.HasPrefix(url, `\\`):
		return "file-url"
	}
	return ""
}

// readAttributes reads which files git passes through a filter or driver that its settings name (gitattributes).
func readAttributes(f *file) error {
	number := 0
	seen := map[string]bool{}
	for line := range strings.Lines(f.text) {
		number++
		if strings.HasPrefix(line, "#") {
			continue
		}
		for _, word := range strings.Fields(line) {
			name, driver, ok := strings.Cut(word, "=")
			if !ok || name != "filter" || driver == "lfs" || seen[word] {
				continue
			}
			seen[word] = true
			f.command(Facts{By: "git", When: "checkout", Name: word, Line: number}, strings.TrimSpace(line))
		}
	}
	return nil
}

// readPreCommit reads the hooks of https://pre-commit.com: local ones hold commands, others come from repositories.
func readPreCommit(f *file) error {
	entries, err := manifest.YAML(f.text)
	for _, repo := range groups(entries, "repos") {
		url, _ := value(repo, 2, "repo")
		if odd := oddURL(url.Value); odd != "" || strings.HasPrefix(url.Value, "http://") {
			if odd == "" {
				odd = "plain-http"
			}
			f.command(Facts{By: "pre-commit", When: "commit", Name: "repo", Line: url.Line, Odd: odd}, url.Value)
		}
		for _, hook := range groups(repo, "repos", "*", "hooks") {
			entry, ok := value(hook, 4, "entry")
			if !ok {
				continue
			}
			id, _ := value(hook, 4, "id")
			r := Facts{By: "pre-commit", When: "commit", Name: id.Value, Line: entry.Line, Automatic: true}
			text := entry.Value
			for _, e := range hook {
				if e.Under("repos", "*", "hooks", "*", "args") {
					text += " " + e.Value
				}
				if e.Under("repos", "*", "hooks", "*", "stages") && e.Value == "post-checkout" {
					r.When = "checkout"
				}
			}
			f.runs = append(f.runs, runs{Facts: withCommand(r), code: text, from: "."})
		}
	}
	return err
}

func withCommand(r Facts) Facts {
	r.Command = true
	return r
}

func readLefthook(f *file) error {
	entries, err := manifest.YAML(f.text)
	for _, e := range entries {
		if e.Key() == "run" {
			f.command(Facts{By: "lefthook", When: hookMoment(e.Path[0]), Name: strings.Join(e.Path, "."), Line: e.Line, Automatic: true}, e.Value)
		}
	}
	return err
}
