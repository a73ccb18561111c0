// Package source finds the things to inspect among paths: mails in files, mbox files and Maildirs, source trees, any other
// file, standard input. A folder that is the top of a source tree is one thing. Of a file it reads no more than it must to
// tell what it is, and it keeps none open longer than its turn; standard input, to its limit, and blobs of git are held in
// memory.
package source

import (
	"bytes"
	"cmp"
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

// An Item is one thing to inspect, or the error that stands in its place. Close it after use.
type Item struct {
	Artifact *sekisho.Artifact
	Err      error // it cannot be read: it belongs in a verdict, as a gap
	file     *shared
	root     *os.Root
}

// Close gives back the file or folder that the artifact's bytes lie in.
func (i Item) Close() error { return errors.Join(i.file.release(), i.closeRoot()) }

// stdinLimit bounds what is kept of standard input, in bytes.
const stdinLimit = 256 << 20

// ErrPath is wrapped by errors about a path that was given and cannot be used at all.
var ErrPath = errors.New("cannot be read")

// Walk calls found for every thing in the paths, in the order of the paths and of the names in folders; "-" is
// standard input. It stops when found returns an error, and returns it. A path that does not exist is an error wrapping
// ErrPath, joined with others after everything else was found; what lies deeper and cannot be read is an Item.
func Walk(ctx context.Context, paths []string, stdin io.Reader, found func(Item) error) error {
	var problems []error
	for _, path := range paths {
		var err error
		if path == "-" {
			err = walkReader(stdin, found)
		} else {
			err = walkPath(ctx, path, found)
		}
		if err != nil && !errors.Is(err, ErrPath) {
			return err
		}
		problems = append(problems, err)
	}
	return errors.Join(problems...)
}

func walkReader(stdin io.Reader, found func(Item) error) error {
	data, err := io.ReadAll(io.LimitReader(stdin, stdinLimit+1))
	if err == nil && len(data) > stdinLimit {
		data, err = data[:stdinLimit], fmt.Errorf("%w: standard input is longer than %d bytes", sekisho.ErrLimit, stdinLimit)
	}
	if err != nil {
		artifact := &sekisho.Artifact{Kind: sekisho.KindFile, Name: "-", Blob: bytes.NewReader(data), Size: int64(len(data))}
		return found(Item{Artifact: artifact, Err: err})
	}
	return split("-", bytes.NewReader(data), int64(len(data)), nil, found)
}

func walkPath(ctx context.Context, path string, found func(Item) error) error {
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("%s %w: %w", path, ErrPath, reason(err))
	}
	switch {
	case info.Mode().IsRegular():
		return walkFile(path, found)
	case !info.IsDir(): // opening a named pipe waits for a writer
		return found(unreadable(path, errors.New("not a regular file")))
	}
	return walkFolder(path, func(name string, entry fs.DirEntry, err error) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		switch {
		case err != nil:
			return found(unreadable(name, err))
		case entry.IsDir() && entry.Name() == "tmp" && isMaildir(filepath.Dir(name)):
			return fs.SkipDir // deliveries that are not finished
		case entry.IsDir() && isRepository(name):
			return cmp.Or(found(tree(name)), fs.SkipDir)
		case entry.IsDir():
			return nil
		case entry.Type()&fs.ModeSymlink != 0:
			return found(unreadable(name, errors.New("a symbolic link, which is not followed")))
		case !entry.Type().IsRegular():
			return found(unreadable(name, errors.New("not a regular file")))
		}
		return walkFile(name, found)
	})
}

// walkFolder walks a folder that was given, which may be a symbolic link; links inside it are not followed.
func walkFolder(path string, visit fs.WalkDirFunc) error {
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return fmt.Errorf("%s %w: %w", path, ErrPath, reason(err))
	}
	return filepath.WalkDir(target, func(name string, entry fs.DirEntry, err error) error {
		return visit(path+strings.TrimPrefix(name, target), entry, err)
	})
}

func isMaildir(folder string) bool {
	for _, sub := range []string{"cur", "new", "tmp"} {
		if info, err := os.Stat(filepath.Join(folder, sub)); err != nil || !info.IsDir() {
			return false
		}
	}
	return true
}

func walkFile(path string, found func(Item) error) error {
	f, err := os.Open(path)
	if err != nil {
		return found(unreadable(path, err))
	}
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		f.Close()
		return found(unreadable(path, cmp.Or(err, errors.New("not a regular file"))))
	}
	file := &shared{f: f, users: 1}
	defer file.release()
	return split(path, f, info.Size(), file, found)
}

// split hands on the mails of an mbox, or the one thing that the bytes are.
func split(name string, blob io.ReaderAt, size int64, file *shared, found func(Item) error) error {
	head := make([]byte, min(size, 8<<10))
	if _, err := blob.ReadAt(head, 0); err != nil && err != io.EOF {
		return found(unreadable(name, err))
	}
	if isMbox(head) {
		return splitMbox(name, blob, size, file, found)
	}
	kind := sekisho.KindFile
	if IsMail(name, head) {
		kind = sekisho.KindMail
	}
	artifact := &sekisho.Artifact{Kind: kind, Name: name, Blob: blob, Size: size}
	if kind == sekisho.KindFile {
		artifact.Form = &sekisho.File{}
	}
	if size == 0 {
		return found(Item{Artifact: artifact, Err: fmt.Errorf("%w: the file is empty", sekisho.ErrMalformed), file: file.share()})
	}
	return found(Item{Artifact: artifact, file: file.share()})
}

func unreadable(name string, err error) Item {
	return Item{
		Artifact: &sekisho.Artifact{Kind: sekisho.KindFile, Name: name, Form: &sekisho.File{}},
		Err:      fmt.Errorf("%w: %w", sekisho.ErrUnavailable, reason(err)),
	}
}

// reason returns the cause without the path, which the message already names.
func reason(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// mailHeaders are header fields that tell a mail from other text.
var mailHeaders = []string{"from", "to", "cc", "subject", "date", "received", "return-path", "message-id", "mime-version",
	"delivered-to", "reply-to", "sender", "content-type", "x-mailer", "dkim-signature", "authentication-results", "x-original-to"}

// IsMail reports whether the bytes begin a mail: the name says so, or they begin with header fields, two of them well
// known. What is no header field ends the reading and does not undo it: a sender can write such a line.
func IsMail(name string, head []byte) bool {
	if ext := strings.ToLower(filepath.Ext(name)); ext == ".eml" || ext == ".rfc822" {
		return true
	}
	if folder := filepath.Base(filepath.Dir(name)); (folder == "cur" || folder == "new") && isMaildir(filepath.Dir(filepath.Dir(name))) {
		return true
	}
	known := 0
	for line := range bytes.Lines(head) {
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			break
		}
		if line[0] == ' ' || line[0] == '\t' {
			continue
		}
		field, _, ok := bytes.Cut(line, []byte(":"))
		if !ok || bytes.ContainsAny(field, " \t<>{}()\"") {
			break
		}
		if slices.Contains(mailHeaders, strings.ToLower(string(field))) {
			known++
		}
	}
	return known >= 2
}
