package repository

import (
	"strings"

	"github.com/sekisho/sekisho/manifest"
)

// readDevcontainer reads a dev container's definition: https://containers.dev/implementors/json_reference (read 2026-11).
// initializeCommand runs on the host.
func readDevcontainer(f *file) error {
	entries, err := manifest.JSON(f.text)
	for _, key := range entries {
		r := Facts{By: "devcontainer", When: "open", Name: key.Path[0], Line: key.Line, Automatic: true, Contained: true}
		switch key.Path[0] {
		case "mounts", "workspaceMount", "runArgs":
			f.mount(r, key.Value)
		case "privileged":
			if key.Value == "true" {
				r.Privilege = true
				f.command(r, "privileged")
			}
		}
	}
	for _, group := range groups(entries) {
		name := group[0].Path[0]
		r := Facts{By: "devcontainer", When: "open", Name: name, Line: group[0].Line, Automatic: true, Contained: true}
		switch name {
		case "initializeCommand":
			r.Contained, r.Host = false, true
		case "onCreateCommand", "updateContentCommand", "postCreateCommand", "postStartCommand", "postAttachCommand":
		default:
			continue
		}
		var words []string
		for _, e := range group {
			words = append(words, e.Value)
		}
		f.command(r, strings.Join(words, " "))
	}
	return err
}

// mount states a folder of the host that a container is given, and options that take its walls away.
func (f *file) mount(r Facts, text string) {
	source := text
	for _, key := range []string{"source=", "src="} {
		if at := strings.Index(text, key); at >= 0 {
			source, _, _ = strings.Cut(text[at+len(key):], ",")
		}
	}
	r.Mount = hostPath(source)
	r.Privilege = strings.Contains(text, "--privileged") || strings.Contains(text, "--pid=host")
	if r.Mount != "" || r.Privilege {
		f.command(r, text)
	}
}

// hostPath returns the path on the host when it leads to secrets, to everything, or to what rules the host.
func hostPath(source string) string {
	source = strings.TrimPrefix(strings.Trim(source, `"' `), "type=bind,")
	if strings.HasPrefix(source, "-v=") || strings.HasPrefix(source, "--volume=") {
		_, source, _ = strings.Cut(source, "=")
	}
	if after := strings.LastIndexByte(source, '}') + 1; len(source) < 2 || source[1] != ':' { // not a drive's letter
		if colon := strings.IndexByte(source[after:], ':'); colon >= 0 {
			source = source[:after+colon]
		}
	}
	lower := strings.ToLower(strings.TrimRight(source, "/"))
	switch {
	case lower == "" && strings.HasPrefix(source, "/"), lower == "~", lower == "c:", lower == `c:\`, strings.HasSuffix(lower, "docker.sock"):
		return source
	case strings.HasSuffix(lower, "env:home}") || strings.HasSuffix(lower, "env:userprofile}") || lower == "$home" || lower == "${home}" || lower == "/home" || lower == "/root" || lower == "/users" || lower == "/etc":
		return source
	case dangerous(lower, "/.ssh", "/.aws", "/.gnupg", "/.config", "/.kube", "/.docker", "/.netrc", "/.npmrc", "/.solana", "/.ethereum", "keychains", "/.mozilla", "application support", "appdata", "/.gitconfig", "/etc/shadow", "/var/run"):
		return source
	}
	return ""
}

// readCompose reads services: what of the host they are given, and what they run.
func readCompose(f *file) error {
	entries, err := manifest.YAML(f.text)
	for _, e := range entries {
		if !e.Under("services", "*") || len(e.Path) < 3 {
			continue
		}
		r := Facts{By: "compose", When: "start", Name: e.Path[1], Line: e.Line, Contained: true}
		switch key := e.Path[2]; {
		case key == "volumes" && (len(e.Path) == 4 || e.Key() == "source"):
			f.mount(r, e.Value)
		case key == "privileged" && e.Value == "true", key == "pid" && e.Value == "host":
			r.Privilege = true
			f.command(r, key+": "+e.Value)
		}
	}
	for _, service := range groups(entries, "services") {
		for _, key := range []string{"command", "entrypoint"} {
			var words []string
			for _, e := range service {
				if len(e.Path) > 2 && e.Path[2] == key {
					words = append(words, e.Value)
				}
			}
			f.command(Facts{By: "compose", When: "start", Name: service[0].Path[1], Line: service[0].Line, Contained: true}, strings.Join(words, " "))
		}
	}
	return err
}
