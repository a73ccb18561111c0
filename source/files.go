package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/sekisho/sekisho"
)

// Files calls found for every file in the paths as a file, whatever it holds, in the order of the paths and of the names in
// folders; "-" is standard input. The objects of a git repository are compressed and left out: Blobs reads them. Errors
// are those of Walk.
func Files(ctx context.Context, paths []string, stdin io.Reader, found func(Item) error) error {
	var problems []error
	for _, path := range paths {
		err := files(ctx, path, stdin, found)
		if err != nil && !errors.Is(err, ErrPath) {
			return err
		}
		problems = append(problems, err)
	}
	return errors.Join(problems...)
}

func files(ctx context.Context, path string, stdin io.Reader, found func(Item) error) error {
	if path == "-" {
		data, err := io.ReadAll(io.LimitReader(stdin, stdinLimit+1))
		if err == nil && len(data) > stdinLimit {
			data, err = data[:stdinLimit], fmt.Errorf("%w: standard input is longer than %d bytes", sekisho.ErrLimit, stdinLimit)
		}
		return found(Item{Artifact: fileArtifact("-", bytes.NewReader(data), int64(len(data))), Err: err})
	}
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("%s %w: %w", path, ErrPath, reason(err))
	}
	if !info.IsDir() && !info.Mode().IsRegular() {
		return found(unreadable(path, errors.New("not a regular file")))
	}
	if !info.IsDir() {
		return found(openFile(path))
	}
	return walkFolder(path, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return found(unreadable(name, err))
		case entry.IsDir() && entry.Name() == "objects" && filepath.Base(filepath.Dir(name)) == ".git":
			return fs.SkipDir
		case entry.IsDir() || entry.Type()&fs.ModeSymlink != 0:
			return nil // what a link leads to is found under its own name, or lies outside what was asked
		case !entry.Type().IsRegular():
			return found(unreadable(name, errors.New("not a regular file")))
		}
		return found(openFile(name))
	})
}

func openFile(path string) Item {
	f, err := os.Open(path)
	if err != nil {
		return unreadable(path, err)
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("not a regular file")
	}
	if err != nil {
		return unreadable(path, errors.Join(err, f.Close()))
	}
	return Item{Artifact: fileArtifact(path, f, info.Size()), file: &shared{f: f, users: 1}}
}

func fileArtifact(name string, blob io.ReaderAt, size int64) *sekisho.Artifact {
	return &sekisho.Artifact{Kind: sekisho.KindFile, Name: name, Blob: blob, Size: size, Form: &sekisho.File{}}
}

// IsContainer reports whether the bytes begin something that must be opened to be read: an archive, a document, a mail.
func IsContainer(name string, head []byte) bool {
	for _, magic := range containerMagic {
		if len(head) >= magic.at+len(magic.bytes) && string(head[magic.at:magic.at+len(magic.bytes)]) == magic.bytes {
			return true
		}
	}
	return isMbox(head) || IsMail(name, head)
}

// containerMagic are the first bytes of archives and documents.
var containerMagic = []struct {
	at    int
	bytes string
}{
	{0, "PK\x03\x04"}, {0, "PK\x05\x06"}, {0, "\x1f\x8b"}, {0, "BZh"}, {0, "\xfd7zXZ\x00"}, {0, "\x28\xb5\x2f\xfd"}, {0, "7z\xbc\xaf\x27\x1c"}, {0, "Rar!\x1a\x07"},
	{257, "ustar"}, {0, "MSCF"}, {0, "%PDF-"}, {0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"}, {0, "{\\rtf"}, {0, "\x78\x9f\x3e\x22"},
	{0, "\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d"}, {0, "!<arch>\n"}, {0, "\xed\xab\xee\xdb"}, {0, "xar!"},
}
