package ruleset

import (
	"archive/tar"
	"archive/zip"
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/sekisho/sekisho"
)

// The bounds of a set.
const (
	entryLimit = 200_000  // entries that are looked at
	fileLimit  = 20_000   // files of rules
	fileBytes  = 32 << 20 // of one file of rules; longer ones are left out and counted
	setBytes   = 64 << 20 // of all
	nameBytes  = 512
)

// unpack writes the files of rules that f holds. f is a zip, a tar, a tar packed by gzip, or one file of rules.
func unpack(ctx context.Context, f io.ReaderAt, size int64, w *writer) error {
	head := make([]byte, 512)
	n, err := f.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	head = head[:n]
	whole := io.NewSectionReader(f, 0, size)
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return unzip(ctx, whole, w)
	case bytes.HasPrefix(head, []byte("\x1f\x8b")):
		packed, err := gzip.NewReader(bufio.NewReader(whole))
		if err != nil {
			return fmt.Errorf("%w: %w", sekisho.ErrMalformed, err)
		}
		return untar(ctx, packed, w)
	case n == 512 && string(head[257:262]) == "ustar":
		return untar(ctx, bufio.NewReader(whole), w)
	}
	return w.add("rules.yar", whole)
}

func unzip(ctx context.Context, f *io.SectionReader, w *writer) error {
	r, err := zip.NewReader(f, f.Size())
	if err != nil {
		return fmt.Errorf("%w: %w", sekisho.ErrMalformed, err)
	}
	if len(r.File) > entryLimit {
		return fmt.Errorf("%w: more than %d entries", sekisho.ErrLimit, entryLimit)
	}
	for _, entry := range r.File {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if !entry.Mode().IsRegular() || !isRules(entry.Name) {
			continue
		}
		if entry.UncompressedSize64 > fileBytes {
			w.skipped++
			continue
		}
		content, err := entry.Open()
		if err != nil {
			return fmt.Errorf("%w: %s: %w", sekisho.ErrMalformed, entry.Name, err)
		}
		if err := errors.Join(w.add(entry.Name, content), content.Close()); err != nil {
			return err
		}
	}
	return nil
}

// untar reads at most unpackedLimit bytes, also of what is passed over.
func untar(ctx context.Context, packed io.Reader, w *writer) error {
	const unpackedLimit = 2 << 30
	bounded := &io.LimitedReader{R: packed, N: unpackedLimit}
	r := tar.NewReader(bounded)
	for entries := 0; ; entries++ {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		header, err := r.Next()
		switch {
		case bounded.N <= 0 || entries > entryLimit:
			return fmt.Errorf("%w: more than %d entries or %d bytes", sekisho.ErrLimit, entryLimit, int64(unpackedLimit))
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("%w: %w", sekisho.ErrMalformed, err)
		}
		if header.Typeflag != tar.TypeReg || !isRules(header.Name) {
			continue
		}
		if err := w.add(header.Name, r); err != nil {
			return err
		}
	}
}

// isRules reports whether a name is that of a file of YARA rules.
func isRules(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".yar", ".yara", ".rule":
		return true
	}
	return false
}

// A writer makes the file of a set.
type writer struct {
	zip     *zip.Writer
	names   map[string]bool
	files   int
	rules   int
	skipped int
	bytes   int64
}

// add puts a file of rules into the set. A path that leads out of it, comes twice or is too long, and a file that is too
// long, are counted and left out.
func (w *writer) add(name string, r io.Reader) error {
	name = path.Clean(strings.ReplaceAll(name, `\`, "/"))
	if name[0] == '/' || name == ".." || strings.HasPrefix(name, "../") || len(name) > nameBytes || !utf8.ValidString(name) || w.names[name] {
		w.skipped++
		return nil
	}
	data, err := io.ReadAll(io.LimitReader(r, fileBytes+1))
	if err != nil {
		return fmt.Errorf("%w: %s: %w", sekisho.ErrMalformed, name, err)
	}
	if len(data) > fileBytes {
		w.skipped++
		return nil
	}
	if w.bytes += int64(len(data)); w.bytes > setBytes || w.files >= fileLimit {
		return fmt.Errorf("%w: more than %d files or %d MiB of YARA rules", sekisho.ErrLimit, fileLimit, setBytes>>20)
	}
	w.names[name] = true
	w.files++
	w.rules += count(data)
	out, err := w.zip.Create(name)
	if err == nil {
		_, err = out.Write(data)
	}
	return err
}

// count returns the lines that begin a rule.
func count(data []byte) int {
	n := 0
	for line := range bytes.Lines(data) {
		for _, modifier := range [...]string{"private ", "global ", "private "} {
			line = bytes.TrimPrefix(line, []byte(modifier))
		}
		if bytes.HasPrefix(line, []byte("rule ")) || bytes.HasPrefix(line, []byte("rule\t")) {
			n++
		}
	}
	return n
}

// info writes what is known of the set, and ends its file.
func (w *writer) info(i Info) error {
	out, err := w.zip.Create(infoName)
	if err != nil {
		return err
	}
	if err := json.NewEncoder(out).Encode(i); err != nil {
		return err
	}
	return w.zip.Close()
}
