// Package installer opens what installs software: MSI databases, Debian and RPM packages, packages of macOS, and the archives
// of Electron programs. What they pack further (a tar, a cpio, a cabinet) becomes a file, which others open.
//
// Nothing is installed and no script is run; the scripts of packages become files like any other.
package installer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/sekisho/sekisho"
)

// Opener lists the contents of installers.
var Opener = &sekisho.Opener{
	Name: "installer",
	Doc: `Contents of installers

Reads MSI (streams by their decoded names, cabinets, the strings of its tables, the scripts and command lines of its custom
actions), deb (the archives in it), rpm (the packed
files, and the scripts of its header), pkg (xar: its files, zlib and bzip2; the payload is left to others), and asar. Not
read: the other tables of MSI as tables, payloads of macOS in pbzx, delta packages.`,
	Kinds:    []sekisho.Kind{sekisho.KindFile},
	Types:    []string{"application/x-ms-installer", "application/vnd.debian.binary-package", "application/x-archive", "application/x-rpm", "application/x-xar", "application/x-asar"},
	Isolated: true,
	Run:      run,
}

var formats = map[string]struct {
	name string
	open func(*box) error
}{
	"application/x-ms-installer":            {"msi", openMSI},
	"application/vnd.debian.binary-package": {"deb", openAr},
	"application/x-archive":                 {"ar", openAr},
	"application/x-rpm":                     {"rpm", openRPM},
	"application/x-xar":                     {"pkg", openXar},
	"application/x-asar":                    {"asar", openAsar},
}

func run(ctx context.Context, a *sekisho.Artifact, b *sekisho.Budget) error {
	file, ok := a.Form.(*sekisho.File)
	if !ok || a.Blob == nil {
		return nil
	}
	format, ok := formats[file.Type]
	if !ok {
		return nil
	}
	x := &box{ctx: ctx, b: b, blob: a.Blob, size: a.Size, form: &sekisho.Archive{Format: format.name}}
	x.a = &sekisho.Artifact{Kind: sekisho.KindArchive, Name: a.Name, Via: "content", Form: x.form}
	if err := b.Add(a, x.a); err != nil {
		return err
	}
	x.note(format.open(x))
	return errors.Join(x.errs...)
}

// A box is an installer being opened.
type box struct {
	ctx  context.Context
	b    *sekisho.Budget
	a    *sekisho.Artifact // the archive that the files are added to
	blob io.ReaderAt
	size int64
	form *sekisho.Archive
	full bool
	errs []error
}

const (
	errorsKept  = 8
	longestName = 4096
	bombAllowed = 4 << 20 // bytes an entry may have whatever it was packed into
	bombRatio   = 200     // times its packed size that an entry may grow beyond that
)

var errBroken = fmt.Errorf("%w: broken structure", sekisho.ErrMalformed)

func (x *box) note(err error) {
	if err != nil && len(x.errs) < errorsKept {
		x.errs = append(x.errs, err)
	}
}

// read returns up to n bytes at offset, fewer at the end.
func (x *box) read(offset int64, n int) []byte {
	if offset < 0 || offset >= x.size || n <= 0 {
		return nil
	}
	data := make([]byte, min(int64(n), x.size-offset))
	got, _ := x.blob.ReadAt(data, offset) // what can be read is looked at
	return data[:got]
}

// add puts a file under the archive and reads its content from r. It reports whether more may follow.
func (x *box) add(name string, r io.Reader, packed int64) bool {
	if x.full || x.ctx.Err() != nil {
		return false
	}
	file := &sekisho.File{}
	part := &sekisho.Artifact{Kind: sekisho.KindFile, Name: name[:min(len(name), longestName)], Via: "entry", Form: file}
	if err := x.b.Add(x.a, part); err != nil {
		x.full = true
		x.note(err)
		return false
	}
	x.form.Entries++
	if left, _ := x.b.Left(); r == nil || left == 0 {
		return true
	}
	data, err := x.b.Read(x.ctx, &growth{r, bombAllowed + bombRatio*min(packed, x.size)})
	if err != nil {
		if !errors.Is(err, sekisho.ErrLimit) && !errors.Is(err, sekisho.ErrTimeout) {
			err = fmt.Errorf("%w: %w", sekisho.ErrMalformed, err)
		}
		x.note(fmt.Errorf("%w (%q)", err, part.Name))
		file.Defects = append(file.Defects, "truncated")
	}
	part.Blob, part.Size = bytes.NewReader(data), int64(len(data))
	return true
}

// growth ends a reader that yields far more than was packed.
type growth struct {
	r    io.Reader
	left int64
}

func (g *growth) Read(p []byte) (int, error) {
	n, err := g.r.Read(p)
	if g.left -= int64(n); g.left < 0 {
		return n, fmt.Errorf("%w: grows more than %d-fold", sekisho.ErrLimit, bombRatio)
	}
	return n, err
}

func (x *box) section(offset, size int64) io.Reader {
	if offset < 0 || offset > x.size {
		return bytes.NewReader(nil)
	}
	return io.NewSectionReader(x.blob, offset, max(0, min(size, x.size-offset)))
}
