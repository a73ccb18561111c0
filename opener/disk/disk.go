// Package disk opens images of disks: byte for byte, VHD, VHDX, DMG, and discs with UDF. It finds the partitions, and the
// files of FAT, exFAT, NTFS, UDF and HFS+ volumes. Files in such images escape the marks that downloads get.
//
// Nothing is copied that need not be: a file is a view of the image. Sizes that an image states are believed only as far as
// the budget goes, so that a sparse image of terabytes costs no more than its files.
package disk

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/sekisho/sekisho"
)

// Opener lists the files of disk images.
var Opener = &sekisho.Opener{
	Name: "disk",
	Doc: `Files of disk images

Reads raw images, VHD (fixed and dynamic), VHDX, DMG (stored, zlib, bzip2 and ADC blocks) and UDF discs, also those that carry
ISO 9660 beside it; partitions of MBR and GPT; FAT12, FAT16, FAT32, exFAT, NTFS (with alternate streams; no compressed or
encrypted files, no attribute lists), UDF up to 2.01 and HFS+ (data forks of up to eight extents). Not read: differencing
images, LZFSE and LZMA blocks of DMG, APFS, ext, BitLocker, the metadata partition of UDF 2.50.`,
	Kinds: []sekisho.Kind{sekisho.KindFile},
	Types: []string{"application/x-raw-disk-image", "application/x-vhd", "application/x-vhdx", "application/x-apple-diskimage",
		"application/x-udf-image", "application/x-iso9660-image"},
	Run: run,
}

func run(ctx context.Context, a *sekisho.Artifact, b *sekisho.Budget) error {
	file, ok := a.Form.(*sekisho.File)
	if !ok || a.Blob == nil {
		return nil
	}
	v := volume{r: a.Blob, size: a.Size}
	if file.Type == "application/x-iso9660-image" && !v.isUDF() {
		return nil // opened as an archive
	}
	x := &box{ctx: ctx, b: b, form: &sekisho.Archive{Format: formats[file.Type]}}
	x.a = &sekisho.Artifact{Kind: sekisho.KindArchive, Name: a.Name, Via: "content", Form: x.form}
	if err := b.Add(a, x.a); err != nil {
		return err
	}
	var err error
	switch file.Type {
	case "application/x-vhd":
		v, err = openVHD(v)
	case "application/x-vhdx":
		v, err = openVHDX(v)
	case "application/x-apple-diskimage":
		v, err = openDMG(x, v)
	}
	if err != nil {
		x.note(err)
	} else {
		x.mount(v, 0)
	}
	return x.gaps()
}

var formats = map[string]string{
	"application/x-raw-disk-image": "img", "application/x-vhd": "vhd", "application/x-vhdx": "vhdx", "application/x-apple-diskimage": "dmg",
	"application/x-udf-image": "udf", "application/x-iso9660-image": "udf",
}

// A volume is a disk, a partition or a file system on one.
type volume struct {
	r    io.ReaderAt
	size int64
}

// read returns up to n bytes at offset, fewer at the end.
func (v volume) read(offset int64, n int) []byte {
	if offset < 0 || offset >= v.size || n <= 0 {
		return nil
	}
	data := make([]byte, min(int64(n), v.size-offset))
	got, _ := v.r.ReadAt(data, offset) // what can be read is looked at
	return data[:got]
}

// part returns a stretch of the volume, cut at its end.
func (v volume) part(offset, size int64) volume {
	if offset < 0 || offset > v.size || size < 0 {
		return volume{r: v.r}
	}
	size = min(size, v.size-offset)
	return volume{io.NewSectionReader(v.r, offset, size), size}
}

// A box is an image being opened.
type box struct {
	ctx     context.Context
	a       *sekisho.Artifact // the archive that the files are added to
	b       *sekisho.Budget
	form    *sekisho.Archive
	folders int // read so far
	full    bool
	errs    []error
}

const (
	errorsKept   = 8
	mostFolders  = 4000
	folderBytes  = 4 << 20 // of one folder
	mostSegments = 1 << 16 // stretches of one file
	longestName  = 4096
)

var errBroken = fmt.Errorf("%w: broken structure", sekisho.ErrMalformed)

func (x *box) note(err error) {
	if err != nil && len(x.errs) < errorsKept {
		x.errs = append(x.errs, err)
	}
}

func (x *box) gaps() error { return errors.Join(x.errs...) }

// folder counts a folder and reports whether it may be read.
func (x *box) folder() bool {
	if x.full || x.ctx.Err() != nil {
		return false
	}
	if x.folders++; x.folders > mostFolders {
		x.full = true
		x.note(fmt.Errorf("%w: more than %d folders", sekisho.ErrLimit, mostFolders))
	}
	return !x.full
}

// add puts a file under the archive. data may hold fewer than size bytes: then the rest is missing.
func (x *box) add(name string, data volume, size int64) {
	if x.full {
		return
	}
	file := &sekisho.File{}
	part := &sekisho.Artifact{Kind: sekisho.KindFile, Name: name[:min(len(name), longestName)], Via: "entry", Form: file}
	if err := x.b.Add(x.a, part); err != nil {
		x.full = true
		x.note(err)
		return
	}
	x.form.Entries++
	if size < 0 {
		x.note(fmt.Errorf("%w: %q: a size below zero", sekisho.ErrMalformed, part.Name))
		return
	}
	limit := x.b.Limits().Entry
	if data.size < size && data.size < limit {
		file.Defects = append(file.Defects, "truncated")
		x.note(fmt.Errorf("%w: %q ends before its %d bytes do", sekisho.ErrMalformed, part.Name, size))
	}
	if data.size > limit {
		data = data.part(0, limit)
		file.Defects = append(file.Defects, "truncated")
		x.note(fmt.Errorf("%w: %q: more than %d bytes", sekisho.ErrLimit, part.Name, limit))
	}
	if err := x.b.Spend(data.size); err != nil {
		x.note(fmt.Errorf("%q: %w", part.Name, err))
		return
	}
	part.Blob, part.Size = data.r, data.size
	if data.size == 0 {
		part.Blob = emptyBlob{}
	}
}

// An emptyBlob holds nothing.
type emptyBlob struct{}

func (emptyBlob) ReadAt([]byte, int64) (int, error) { return 0, io.EOF }

// join is the path of a file in a folder; slashes in names are kept apart from those between them.
func join(folder, name string) string {
	if folder == "" {
		return name
	}
	return folder + "/" + name
}
