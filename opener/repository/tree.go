package repository

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/sekisho/sekisho"
)

// A leaf is a file of a tree.
type leaf struct {
	name string // path from the top
	rank rank
	size int64
	link bool // symbolic
	open func() (io.ReadCloser, error)
}

// openFolder lists the folder and opens what matters in it.
func openFolder(ctx context.Context, a *sekisho.Artifact, form *sekisho.Repository, b *sekisho.Budget) error {
	var leaves []leaf
	var errs []error
	err := fs.WalkDir(form.Tree, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil:
			return fmt.Errorf("%w: listing: %w", sekisho.ErrTimeout, ctx.Err())
		case err != nil:
			if len(errs) < errorsKept {
				errs = append(errs, fmt.Errorf("%w: %s", sekisho.ErrUnavailable, cause(err)))
			}
			return nil
		case entry.IsDir() && strings.Count(name, "/") >= depthList:
			errs = append(errs, fmt.Errorf("%w: folders deeper than %d", sekisho.ErrLimit, depthList))
			return fs.SkipDir
		case entry.IsDir():
			return nil
		case form.Files == listLimit:
			return fmt.Errorf("%w: more than %d files", sekisho.ErrLimit, listLimit)
		}
		form.Files++
		l := leaf{name: name, rank: rankOf(name), link: !entry.Type().IsRegular()}
		if info, err := entry.Info(); err == nil && !l.link {
			l.size = info.Size()
			form.Bytes += l.size
		}
		if l.rank == counted {
			form.Skipped++
			return nil
		}
		l.open = func() (io.ReadCloser, error) { return form.Tree.Open(name) }
		leaves = append(leaves, l)
		return nil
	})
	form.Head = head(form.Tree)
	errs = append(errs, err, addLeaves(ctx, a, leaves, b))
	return errors.Join(errs...)
}

// errorsKept is how many errors about single files are stated.
const errorsKept = 8

// cause returns what went wrong without the full path, which the message names by its place in the tree.
func cause(err error) error {
	if perr, ok := errors.AsType[*fs.PathError](err); ok {
		return fmt.Errorf("%s: %w", perr.Path, perr.Err)
	}
	return err
}

// head reads what .git/HEAD says is checked out.
func head(tree fs.FS) string {
	f, err := tree.Open(".git/HEAD")
	if err != nil {
		return "" // not under git, or its folder lies elsewhere
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, 1<<10))
	if err != nil {
		return ""
	}
	line, _, _ := strings.Cut(string(data), "\n")
	return strings.TrimSpace(strings.TrimPrefix(line, "ref:"))
}

// addLeaves adds the files in the order of their rank, those higher up in the tree first, until a limit is reached.
func addLeaves(ctx context.Context, a *sekisho.Artifact, leaves []leaf, b *sekisho.Budget) error {
	form := a.Form.(*sekisho.Repository)
	slices.SortStableFunc(leaves, func(x, y leaf) int {
		return cmp.Or(cmp.Compare(x.rank, y.rank), cmp.Compare(strings.Count(x.name, "/"), strings.Count(y.name, "/")), cmp.Compare(x.name, y.name))
	})
	var errs []error
	unread := 0 // of the files not opened, those of code and settings
	for i, l := range leaves {
		left, parts := b.Left()
		if i >= openLimit || parts <= 0 || left <= 0 || ctx.Err() != nil {
			form.Skipped += len(leaves) - i
			for _, l := range leaves[i:] {
				if l.rank <= code {
					unread++
				}
			}
			break
		}
		if err := addLeaf(ctx, a, l, b); err != nil {
			if len(errs) < errorsKept {
				errs = append(errs, err)
			}
			form.Skipped++
		}
	}
	return errors.Join(append(errs, skipped(form, unread))...)
}

func addLeaf(ctx context.Context, a *sekisho.Artifact, l leaf, b *sekisho.Budget) error {
	file := &sekisho.File{}
	part := &sekisho.Artifact{Kind: sekisho.KindFile, Name: l.name, Via: "tree", Form: file}
	if err := b.Add(a, part); err != nil {
		return err
	}
	if l.link {
		return nil
	}
	r, err := l.open()
	if err != nil {
		return fmt.Errorf("%w: %s", sekisho.ErrUnavailable, cause(err))
	}
	defer r.Close()
	data, err := b.Read(ctx, r)
	part.Blob, part.Size = bytes.NewReader(data), int64(len(data))
	if err != nil {
		file.Defects = append(file.Defects, "truncated")
		return fmt.Errorf("read %s: %w", l.name, err)
	}
	return nil
}
