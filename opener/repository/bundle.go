package repository

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/sekisho/sekisho"
)

// openBundle opens the files of one commit of a bundle (gitformat-bundle): HEAD, or the first branch it has.
func openBundle(ctx context.Context, a *sekisho.Artifact, form *sekisho.Repository, b *sekisho.Budget) error {
	if a.Size > b.Limits().Entry {
		return fmt.Errorf("%w: a bundle of %d bytes", sekisho.ErrLimit, a.Size)
	}
	data := make([]byte, a.Size)
	if _, err := a.Blob.ReadAt(data, 0); err != nil && err != io.EOF {
		return fmt.Errorf("read bundle: %w", err)
	}
	refs, packed, err := bundleHeader(data)
	if err != nil {
		return err
	}
	if len(refs) == 0 {
		return fmt.Errorf("%w: a bundle without branches", sekisho.ErrMalformed)
	}
	store, err := readPack(ctx, packed, b)
	errs := []error{err}
	chosen := refs[0]
	for _, r := range refs {
		if r.name == "HEAD" {
			chosen = r
		}
	}
	form.Head = chosen.name
	w := &walker{ctx: ctx, store: store, form: form, trees: treeLimit}
	errs = append(errs, w.commit(chosen.id), addLeaves(ctx, a, w.leaves, b))
	if others := different(refs, chosen); others > 0 {
		errs = append(errs, fmt.Errorf("%w: %d other branches and tags were not opened", sekisho.ErrUnavailable, others))
	}
	return errors.Join(errs...)
}

// A ref is a branch or tag of a bundle.
type ref struct {
	id   id
	name string
}

func different(refs []ref, chosen ref) int {
	n := 0
	for _, r := range refs {
		if r.id != chosen.id {
			n++
		}
	}
	return n
}

// refLimit is how many branches and tags of a bundle are read.
const refLimit = 10_000

// bundleHeader returns the branches and the pack that follows them.
func bundleHeader(data []byte) ([]ref, []byte, error) {
	_, data, _ = bytes.Cut(data, []byte("\n"))
	var refs []ref
	for range refLimit {
		line, after, ok := bytes.Cut(data, []byte("\n"))
		if !ok {
			return nil, nil, fmt.Errorf("%w: the bundle's header does not end", sekisho.ErrMalformed)
		}
		data = after
		switch {
		case len(line) == 0:
			return refs, data, nil
		case line[0] == '-': // a commit that must be there already
			continue
		case line[0] == '@':
			if value, ok := bytes.CutPrefix(line, []byte("@object-format=")); ok && string(value) != "sha1" {
				return nil, nil, fmt.Errorf("%w: a bundle with %q object names", sekisho.ErrUnavailable, value)
			}
			continue
		}
		r := ref{}
		name, rest, _ := strings.Cut(string(line), " ")
		if n, err := hex.Decode(r.id[:], []byte(name[:min(len(name), 2*len(r.id))])); err != nil || n != len(r.id) {
			return nil, nil, fmt.Errorf("%w: a bundle with a branch that names no commit", sekisho.ErrMalformed)
		}
		r.name = rest
		refs = append(refs, r)
	}
	return nil, nil, fmt.Errorf("%w: a bundle of more than %d branches", sekisho.ErrLimit, refLimit)
}

// treeLimit is how many folders are listed: a folder may stand in a tree any number of times.
const treeLimit = 100_000

// A walker lists the files of a commit.
type walker struct {
	ctx    context.Context
	store  *store
	form   *sekisho.Repository
	leaves []leaf
	trees  int // folders that may still be listed
}

// commit lists the files of a commit or of what a tag names.
func (w *walker) commit(name id) error {
	for range 10 { // tags may name tags
		kind, data, err := w.store.object(name)
		if err != nil {
			return err
		}
		field := "tree "
		if kind == tag {
			field = "object "
		} else if kind == tree {
			return w.tree(data, "", 0)
		}
		value, ok := bytes.CutPrefix(data, []byte(field))
		if n, err := hex.Decode(name[:], value[:min(len(value), 2*len(name))]); !ok || err != nil || n != len(name) {
			return fmt.Errorf("%w: object %s is no commit", sekisho.ErrMalformed, hex.EncodeToString(name[:4]))
		}
	}
	return fmt.Errorf("%w: tags of tags", sekisho.ErrLimit)
}

// tree lists one folder: entries of mode, space, name, NUL and object name.
func (w *walker) tree(data []byte, folder string, depth int) error {
	if w.trees--; w.trees < 0 || depth > depthList || len(w.leaves) >= listLimit {
		return fmt.Errorf("%w: more folders or files than are listed", sekisho.ErrLimit)
	}
	if w.ctx.Err() != nil {
		return fmt.Errorf("%w: %w", sekisho.ErrTimeout, w.ctx.Err())
	}
	for len(data) > 0 {
		head, after, ok := bytes.Cut(data, []byte{0})
		mode, name, spaced := strings.Cut(string(head), " ")
		var object id
		if !ok || !spaced || len(after) < len(object) || len(name) > 4096 {
			return fmt.Errorf("%w: the listing of folder %q", sekisho.ErrMalformed, folder)
		}
		copy(object[:], after)
		data = after[len(object):]
		full := path.Join(folder, name)
		switch mode {
		case "160000": // a submodule
			continue
		case "40000":
			kind, inner, err := w.store.object(object)
			if err == nil && kind != tree {
				err = fmt.Errorf("%w: folder %q is none", sekisho.ErrMalformed, full)
			}
			if err == nil {
				err = w.tree(inner, full, depth+1)
			}
			if err != nil {
				return err
			}
			continue
		}
		w.add(full, mode == "120000", object)
	}
	return nil
}

func (w *walker) add(name string, link bool, object id) {
	w.form.Files++
	r := rankOf(name)
	if r == counted {
		w.form.Skipped++
		return
	}
	w.leaves = append(w.leaves, leaf{name: name, rank: r, link: link, open: func() (io.ReadCloser, error) {
		_, data, err := w.store.object(object)
		w.form.Bytes += int64(len(data))
		return io.NopCloser(bytes.NewReader(data)), err
	}})
}
