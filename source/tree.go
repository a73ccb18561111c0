package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sekisho/sekisho"
)

// WalkRepositories calls found as Walk does, for paths that are said to be source trees: each folder is one, whatever lies in
// it, and so is what an archive or a bundle holds.
func WalkRepositories(ctx context.Context, paths []string, stdin io.Reader, found func(Item) error) error {
	var problems []error
	for _, path := range paths {
		var err error
		if info, statErr := os.Stat(path); statErr == nil && info.IsDir() {
			err = found(tree(path))
		} else {
			err = Walk(ctx, []string{path}, stdin, func(item Item) error {
				if item.Err == nil && item.Artifact.Kind == sekisho.KindFile {
					item.Artifact.Kind, item.Artifact.Form = sekisho.KindRepository, &sekisho.Repository{Name: filepath.Base(path)}
				}
				return found(item)
			})
		}
		if err != nil && !errors.Is(err, ErrPath) {
			return err
		}
		problems = append(problems, err)
	}
	return errors.Join(problems...)
}

// tree returns the source tree in a folder. Reading it never leads out of the folder.
func tree(folder string) Item {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return unreadable(folder, err)
	}
	name := filepath.Base(folder)
	if absolute, err := filepath.Abs(folder); err == nil {
		name = filepath.Base(absolute)
	}
	form := &sekisho.Repository{Name: name, Tree: root.FS()}
	return Item{Artifact: &sekisho.Artifact{Kind: sekisho.KindRepository, Name: folder, Form: form}, root: root}
}

// isRepository reports whether the folder is the top of a source tree. A folder of mails is none, though it may be kept
// under version control.
func isRepository(folder string) bool {
	entries, err := os.ReadDir(folder)
	if err != nil || isMaildir(folder) {
		return false
	}
	if slices.ContainsFunc(entries, holdsMail) {
		return false
	}
	return slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return sekisho.MarksRepository(e.Name()) })
}

func holdsMail(e fs.DirEntry) bool {
	ext := strings.ToLower(filepath.Ext(e.Name()))
	return !e.IsDir() && (ext == ".eml" || ext == ".mbox" || ext == ".msg")
}

func (i Item) closeRoot() error {
	if i.root == nil {
		return nil
	}
	if err := i.root.Close(); err != nil {
		return fmt.Errorf("close %s: %w", i.Artifact.Name, err)
	}
	return nil
}
