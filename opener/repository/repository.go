// Package repository opens source trees: a folder, an archive whose entries form one, or a git bundle. Each file becomes a
// part, via "tree", named by its path from the top with slashes, and is identified and opened again by others.
//
// Not every file is opened. What is read by tools without being asked (manifests, build files, settings of editors, hooks) comes
// first, then scripts and code, then programs, pictures and fonts, then the rest, each from the top down, until a limit is
// reached. Of git's folder the settings and hooks are opened and not the objects; of installed dependencies the
// manifests and what Python runs at its start. The rest is counted, and is a gap.
//
// Symbolic links are parts without bytes and are never followed.
package repository

import (
	"context"
	"fmt"
	"path"
	"strings"

	"github.com/sekisho/sekisho"
)

// Opener finds the files of a source tree.
var Opener = &sekisho.Opener{
	Name: "repository",
	Doc: `Files of a source tree

Reads a folder, an archive whose entries form a source tree (a manifest, a build file, an editor's or a version control's folder at
the top), and git bundles of version 2 and 3 with SHA-1: there the files of HEAD or else of the first branch. Manifests, settings
and hooks come first, then code, then everything else. Not opened, but counted: objects of git, what lies in installed
dependencies beside manifests, other branches, submodules, files beyond 20,000.`,
	Kinds: []sekisho.Kind{sekisho.KindRepository, sekisho.KindArchive, sekisho.KindFile},
	Run:   run,
}

const (
	openLimit = 20_000  // files of one tree that become parts
	listLimit = 400_000 // files of one tree that are counted
	depthList = 64      // folders inside one another
	bundle    = "# v2 git bundle\n"
	bundle3   = "# v3 git bundle\n"
)

func run(ctx context.Context, a *sekisho.Artifact, b *sekisho.Budget) error {
	switch a.Kind {
	case sekisho.KindArchive:
		return adopt(a, b)
	case sekisho.KindFile:
		if !isBundle(a) {
			return nil
		}
		name := strings.TrimSuffix(path.Base(a.Name), ".bundle")
		part := &sekisho.Artifact{Kind: sekisho.KindRepository, Name: a.Name, Via: "content", Blob: a.Blob, Size: a.Size}
		part.Form = &sekisho.Repository{Name: name}
		return b.Add(a, part)
	}
	form, ok := a.Form.(*sekisho.Repository)
	if !ok {
		form = &sekisho.Repository{Name: path.Base(a.Name)}
		a.Form = form
	}
	switch {
	case form.Tree != nil:
		return openFolder(ctx, a, form, b)
	case isBundle(a):
		return openBundle(ctx, a, form, b)
	case a.Blob == nil || len(a.Parts) > 0:
		return nil
	}
	// Said to be a source tree, and some container: it is identified as any file is.
	return b.Add(a, &sekisho.Artifact{Kind: sekisho.KindFile, Name: a.Name, Via: "content", Blob: a.Blob, Size: a.Size, Form: &sekisho.File{}})
}

func isBundle(a *sekisho.Artifact) bool {
	if a.Blob == nil || a.Size < int64(len(bundle)) {
		return false
	}
	var head [len(bundle)]byte
	n, _ := a.Blob.ReadAt(head[:], 0) // a file too short is no bundle
	return string(head[:n]) == bundle || string(head[:n]) == bundle3
}

// skipped is the gap for files that are counted and not opened.
func skipped(form *sekisho.Repository, limit int) error {
	switch {
	case limit > 0:
		return fmt.Errorf("%w: %d of %d files were not opened, %d of them code or settings", sekisho.ErrLimit, form.Skipped, form.Files, limit)
	case form.Skipped > 0:
		return fmt.Errorf("%w: %d of %d files were counted and not opened: objects of git, insides of installed dependencies, what passes a limit",
			sekisho.ErrLimit, form.Skipped, form.Files)
	}
	return nil
}
