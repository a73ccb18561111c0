// Package archive opens containers of files: zip, tar, cpio, gzip, bzip2, xz, zstd, 7z, rar, ISO 9660 images and cabinets. Each
// entry becomes a file of its own, by the name the archive gives it, and is identified and opened again by others.
//
// Encrypted entries are tried with the passwords that stand in the same mail. Those that stay closed are listed by
// name, without bytes, and are a gap.
package archive

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/sekisho/sekisho"
)

// Opener lists and reads the entries of an archive.
var Opener = &sekisho.Opener{
	Name: "archive",
	Doc: `Entries of an archive

Reads zip (also with data before it, without a directory, with entries the directory does not name, ZipCrypto and AES),
tar, cpio, gzip, bzip2, xz, zstd, 7z, rar, ISO 9660 with Joliet or Rock Ridge names, and cabinets that are stored or MSZIP.
Names are kept as written, ../ and all; nothing is written anywhere. Directories are left out; symbolic links are files
without bytes. Not read: LZX and Quantum cabinets, archives in several volumes.`,
	Kinds:    []sekisho.Kind{sekisho.KindArchive},
	Isolated: true,
	Run:      run,
}

// A format is one way of keeping files together.
type format struct {
	name   string
	offset int    // of the magic number
	magic  string // that files of the format have there
	open   func(*box) error
}

var formats = []format{
	{"zip", 0, "PK\x03\x04", openZip},
	{"zip", 0, "PK\x05\x06", openZip},
	{"zip", 0, "PK\x07\x08", openZip},
	{"7z", 0, "7z\xBC\xAF\x27\x1C", open7z},
	{"rar", 0, "Rar!\x1A\x07", openRar},
	{"gzip", 0, "\x1F\x8B", openGzip},
	{"bzip2", 0, "BZh", openBzip2},
	{"xz", 0, "\xFD7zXZ\x00", openXz},
	{"zstd", 0, "\x28\xB5\x2F\xFD", openZstd},
	{"cab", 0, "MSCF", openCab},
	{"cpio", 0, "070701", openCpio},
	{"cpio", 0, "070702", openCpio},
	{"cpio", 0, "070707", openCpio},
	{"tar", 257, "ustar", openTar},
	{"iso", isoStart + 1, "CD001", openISO},
}

func run(ctx context.Context, a *sekisho.Artifact, b *sekisho.Budget) error {
	if a.Blob == nil {
		return nil
	}
	x := &box{ctx: ctx, a: a, b: b, form: new(sekisho.Archive), names: map[string]bool{}}
	a.Form = x.form
	open := x.identify()
	if open == nil {
		return fmt.Errorf("%w: not an archive format that is read", sekisho.ErrUnavailable)
	}
	if err := open(x); err != nil {
		x.note(x.form.Format, err)
	}
	return x.gaps()
}

func (x *box) identify() func(*box) error {
	head := make([]byte, isoStart+6)
	n, _ := x.a.Blob.ReadAt(head, 0) // an archive may well be shorter
	head = head[:n]
	for _, f := range formats {
		if len(head) >= f.offset && bytes.HasPrefix(head[f.offset:], []byte(f.magic)) {
			x.form.Format = f.name
			return f.open
		}
	}
	switch {
	case oldTar(head):
		x.form.Format = "tar"
		return openTar
	case hasZipEnd(x.a):
		x.form.Format = "zip"
		return openZip
	}
	return nil
}

// A box is an archive being opened.
type box struct {
	ctx    context.Context
	a      *sekisho.Artifact
	b      *sekisho.Budget
	form   *sekisho.Archive
	names  map[string]bool
	twice  int  // entries whose name another one has too
	locked int  // entries that stay encrypted
	unread int  // entries listed when no bytes were left
	spent  bool // no bytes are left
	errs   []error
	more   int // errors that are not in errs
}

// An entry is a file in an archive.
type entry struct {
	name   string
	packed int64 // bytes it takes in the archive, for noticing bombs
	open   func() (io.Reader, error)
	locked bool // encrypted, and no password fits
	link   bool // symbolic
}

// errLocked says that an entry turns out to be encrypted when it is opened.
var errLocked = errors.New("locked")

const (
	errorsKept  = 8       // errors stated one by one; the others are counted
	bombAllowed = 4 << 20 // bytes an entry may have whatever it was packed into
	bombRatio   = 200     // times its packed size that an entry may grow beyond that
	bombKept    = 1 << 20 // bytes that are kept of an entry that grows further: what it is, without holding its filling
)

// add puts the entry under the archive and reads it. It reports whether further entries may follow.
func (x *box) add(e entry) bool {
	file := &sekisho.File{}
	part := &sekisho.Artifact{Kind: sekisho.KindFile, Name: e.name, Via: "entry", Form: file}
	if err := x.b.Add(x.a, part); err != nil {
		x.note("", err)
		return false
	}
	x.form.Entries++
	if x.names[e.name] {
		x.twice++
	}
	x.names[e.name] = true
	switch {
	case e.locked:
		x.form.Encrypted = true
		x.locked++
		return true
	case e.link:
		return true
	case x.spent:
		x.unread++
		return true
	}
	data, err := x.read(e)
	if errors.Is(err, errLocked) {
		x.form.Encrypted = true
		x.locked++
		return true
	}
	if err != nil {
		x.note(e.name, err)
		if len(data) == 0 {
			return x.ctx.Err() == nil
		}
		file.Defects = append(file.Defects, "truncated")
	}
	part.Blob, part.Size = bytes.NewReader(data), int64(len(data))
	return x.ctx.Err() == nil
}

func (x *box) read(e entry) ([]byte, error) {
	r, err := e.open()
	if err != nil {
		return nil, err
	}
	if c, ok := r.(io.Closer); ok {
		defer c.Close()
	}
	left, _ := x.b.Left()
	packed := min(e.packed, x.a.Size)
	data, err := x.b.Read(x.ctx, &growth{r: r, left: bombAllowed + bombRatio*packed})
	if int64(len(data)) >= left {
		x.spent = true
	}
	if errors.Is(err, errGrows) {
		data = bytes.Clone(data[:min(len(data), bombKept)])
	}
	return data, err
}

// errGrows says that an entry is a bomb.
var errGrows = fmt.Errorf("%w: grows more than %d-fold", sekisho.ErrLimit, bombRatio)

// growth ends a reader that yields far more than was packed.
type growth struct {
	r    io.Reader
	left int64
}

func (g *growth) Read(p []byte) (int, error) {
	n, err := g.r.Read(p)
	if g.left -= int64(n); g.left < 0 {
		return n, errGrows
	}
	return n, err
}

// note keeps an error for the gaps: as malformed when it has no class.
func (x *box) note(name string, err error) {
	if len(x.errs) == errorsKept {
		x.more++
		return
	}
	for _, class := range []error{sekisho.ErrLimit, sekisho.ErrTimeout, sekisho.ErrEncrypted, sekisho.ErrUnavailable, sekisho.ErrMalformed} {
		if errors.Is(err, class) {
			detail := strings.TrimPrefix(strings.TrimPrefix(err.Error(), class.Error()), ": ")
			if name != "" {
				detail = fmt.Sprintf("%q: %s", name, detail)
			}
			x.errs = append(x.errs, fmt.Errorf("%w: %s", class, detail))
			return
		}
	}
	x.errs = append(x.errs, fmt.Errorf("%w: %q: %w", sekisho.ErrMalformed, name, err))
}

func (x *box) gaps() error {
	if x.locked > 0 {
		x.errs = append(x.errs, fmt.Errorf("%w: %d of %d entries, and no password beside them fits",
			sekisho.ErrEncrypted, x.locked, x.form.Entries))
	} else if x.form.Hidden && !x.form.Password {
		x.errs = append(x.errs, fmt.Errorf("%w: even the names of the entries, and no password beside it fits", sekisho.ErrEncrypted))
	}
	if x.twice > 0 {
		x.errs = append(x.errs, fmt.Errorf("%w: %d entries share a name with another", sekisho.ErrMalformed, x.twice))
	}
	if x.unread > 0 {
		x.errs = append(x.errs, fmt.Errorf("%w: %d entries were not read", sekisho.ErrLimit, x.unread))
	}
	if x.more > 0 {
		x.errs = append(x.errs, fmt.Errorf("%w: %d more errors", sekisho.ErrMalformed, x.more))
	}
	return errors.Join(x.errs...)
}
