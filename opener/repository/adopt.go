package repository

import (
	"path"
	"strconv"
	"strings"

	"github.com/sekisho/sekisho"
)

// adopt puts a source tree between an archive and its entries when they form one: the entries move, named by their path from
// the tree's top. They were charged when the archive was opened.
func adopt(archive *sekisho.Artifact, b *sekisho.Budget) error {
	form, ok := archive.Form.(*sekisho.Archive)
	if !ok || single[form.Format] || len(archive.Parts) == 0 {
		return nil
	}
	entries := archive.Parts
	top := topFolder(entries)
	if !isTree(entries, top) && !said(archive) {
		return nil
	}
	tree := &sekisho.Repository{Name: strings.TrimSuffix(top, "/"), Files: len(entries)}
	if tree.Name == "" {
		tree.Name = path.Base(clean(archive.Name))
	}
	repository := &sekisho.Artifact{Kind: sekisho.KindRepository, Name: tree.Name, Via: "content", Form: tree}
	archive.Parts = nil
	if err := b.Add(archive, repository); err != nil {
		archive.Parts = entries
		return err
	}
	for i, entry := range entries {
		entry.Up, entry.ID = repository, repository.ID+"."+strconv.Itoa(i)
		entry.Name = strings.TrimPrefix(clean(entry.Name), top)
		entry.Via = "tree"
		tree.Bytes += entry.Size
		if entry.Name == ".git/HEAD" && entry.Blob != nil {
			tree.Head = headOf(entry)
		}
	}
	repository.Parts = entries
	return nil
}

// single holds the formats that are one compressed file.
var single = words("gzip bzip2 xz zstd")

// said reports whether a person said that the archive holds a source tree, rather than it lying in one.
func said(archive *sekisho.Artifact) bool {
	for a := archive; a != nil; a = a.Up {
		if a.Kind == sekisho.KindRepository {
			return true
		}
		if a.Via == "tree" {
			return false
		}
	}
	return false
}

// isTree reports whether what stands at the top makes the entries a source tree.
func isTree(entries []*sekisho.Artifact, top string) bool {
	for _, entry := range entries {
		name, _, _ := strings.Cut(strings.TrimPrefix(clean(entry.Name), top), "/")
		if sekisho.MarksRepository(name) {
			return true
		}
	}
	return false
}

// topFolder returns the folder that all entries lie in, with a slash, or "".
func topFolder(entries []*sekisho.Artifact) string {
	top := ""
	for i, entry := range entries {
		folder, _, ok := strings.Cut(clean(entry.Name), "/")
		if !ok || folder == ".." || sekisho.MarksRepository(folder) || i > 0 && folder+"/" != top {
			return ""
		}
		top = folder + "/"
	}
	return top
}

func clean(name string) string {
	return strings.TrimPrefix(strings.ReplaceAll(name, `\`, "/"), "./")
}

func headOf(entry *sekisho.Artifact) string {
	data := make([]byte, min(entry.Size, 1<<10))
	n, _ := entry.Blob.ReadAt(data, 0) // what can be read of it
	line, _, _ := strings.Cut(string(data[:n]), "\n")
	return strings.TrimSpace(strings.TrimPrefix(line, "ref:"))
}
