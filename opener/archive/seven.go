package archive

import (
	"bytes"
	"errors"
	"github.com/sekisho/sekisho/password"
	"hash/crc32"
	"io"
	"time"

	"github.com/bodgit/sevenzip"
)

// open7z reads 7z. Deriving a key takes half a million hashes, so passwords are tried for a part of the time only.
func open7z(x *box) error {
	r, err := sevenzip.NewReader(x.a.Blob, x.a.Size)
	if err != nil && !locked7z(err) {
		return err
	}
	if err != nil {
		x.form.Encrypted, x.form.Hidden = true, true
		r = x.unlock7z(func(r *sevenzip.Reader) bool { return len(r.File) > 0 })
		if r == nil {
			return nil
		}
		x.form.Password = true
	}
	if probe := smallest7z(r); probe != nil && !x.form.Hidden && x.probe7z(probe) != nil {
		unlocked := x.unlock7z(func(r *sevenzip.Reader) bool { return x.probe7z(smallest7z(r)) == nil })
		if unlocked != nil {
			r, x.form.Encrypted, x.form.Password = unlocked, true, true
		}
	}
	for _, f := range r.File {
		mode := f.Mode()
		if mode.IsDir() {
			continue
		}
		e := entry{name: text(f.Name), packed: x.a.Size, link: mode&linkMode != 0}
		e.open = func() (io.Reader, error) { return x.open7zFile(f) }
		if !x.add(e) {
			return nil
		}
	}
	return nil
}

// unlock7z returns the archive opened with the first password that is right.
func (x *box) unlock7z(right func(*sevenzip.Reader) bool) *sevenzip.Reader {
	deadline, bounded := x.ctx.Deadline()
	end := time.Now().Add(time.Until(deadline) / 2)
	for _, secret := range password.Beside(x.a, slowTries) {
		if x.ctx.Err() != nil || bounded && time.Now().After(end) {
			return nil
		}
		r, err := sevenzip.NewReaderWithPassword(x.a.Blob, x.a.Size, secret)
		if err == nil && right(r) {
			return r
		}
	}
	return nil
}

func locked7z(err error) bool {
	var read *sevenzip.ReadError
	return errors.As(err, &read) && read.Encrypted
}

// open7zFile opens a file whose want of a password, which may show only while it is read, is errLocked.
func (x *box) open7zFile(f *sevenzip.File) (io.Reader, error) {
	r, err := f.Open()
	if locked7z(err) {
		return nil, errLocked
	}
	if err != nil {
		return nil, err
	}
	return &file7z{checksum{r: r, sum: crc32.NewIEEE(), want: f.CRC32}, r, x.form.Encrypted || x.names7zAES()}, nil
}

type file7z struct {
	checksum
	io.Closer
	encrypted bool // the archive is: a wrong checksum means a wrong password
}

func (f *file7z) Read(p []byte) (int, error) {
	n, err := f.checksum.Read(p)
	if locked7z(err) || f.encrypted && errors.Is(err, errChecksum) {
		err = errLocked
	}
	return n, err
}

// names7zAES reports whether the header at the end names the AES filter. A packed header cannot be searched.
func (x *box) names7zAES() bool {
	tail := make([]byte, min(x.a.Size, 64<<10))
	n, _ := x.a.Blob.ReadAt(tail, x.a.Size-int64(len(tail)))
	return bytes.Contains(tail[:n], []byte("\x06\xF1\x07\x01"))
}

func smallest7z(r *sevenzip.Reader) *sevenzip.File {
	var smallest *sevenzip.File
	for _, f := range r.File {
		if f.UncompressedSize > 0 && (smallest == nil || f.UncompressedSize < smallest.UncompressedSize) {
			smallest = f
		}
	}
	return smallest
}

// probe7z says why the file is not what was packed, as far as that can be told from the bytes allowed for it.
func (x *box) probe7z(f *sevenzip.File) error {
	r, err := f.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	return x.sound(&checksum{r: r, sum: crc32.NewIEEE(), want: f.CRC32})
}
