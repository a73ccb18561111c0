package dossier

import (
	"archive/zip"
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"math"
	"strings"
)

// What a package may hold. Nothing of it is written anywhere.
const (
	countLimit = 100_000
	nameLimit  = 200
	wholeLimit = 4 << 30  // bytes of all files, as they are read
	textLimit  = 32 << 20 // bytes of a file that is read as a whole
	listLimit  = 32 << 20 // bytes of the list of files
)

// errTooMuch says that a package is larger than any this package makes.
var errTooMuch = errors.New("the package holds more than a package can")

// An archive is a package that is read.
type archive struct {
	files map[string]*zip.File
	order []string // names in the order of the zip
	left  int64    // bytes that may still be read
}

// openArchive lists the files. It names every one that has no business in a package, and leaves it out.
func openArchive(r io.ReaderAt, size int64, found func(file, what string)) (*archive, error) {
	list := &bounded{ReaderAt: r, left: listLimit}
	z, err := zip.NewReader(list, size)
	if errors.Is(err, errTooMuch) {
		return nil, err
	}
	list.left = math.MaxInt64 // from here on each file has its own bound
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return nil, fmt.Errorf("not a package: %w", err)
	}
	if len(z.File) > countLimit {
		return nil, errTooMuch
	}
	a := &archive{files: map[string]*zip.File{}, left: wholeLimit}
	for _, f := range z.File {
		switch {
		case len(f.Name) > nameLimit || !fs.ValidPath(f.Name) || f.Name == "." || strings.ContainsAny(f.Name, "\\:") || !isPlain(f.Name):
			found(fmt.Sprintf("%.200q", f.Name), "a name no package has")
		case f.Mode()&fs.ModeType != 0:
			found(f.Name, "not a plain file")
		case a.files[f.Name] != nil:
			found(f.Name, "there twice")
		default:
			a.files[f.Name] = f
			a.order = append(a.order, f.Name)
		}
	}
	return a, nil
}

// A bounded reader reads so much: archive/zip keeps much more of each file than its entry in the list is long.
type bounded struct {
	io.ReaderAt
	left int64
}

// ReadAt implements io.ReaderAt.
func (b *bounded) ReadAt(p []byte, off int64) (int, error) {
	if b.left -= int64(len(p)); b.left < 0 {
		return 0, errTooMuch
	}
	return b.ReaderAt.ReadAt(p, off)
}

// isPlain reports whether a name is of printable ASCII.
func isPlain(name string) bool {
	for _, r := range name {
		if r <= ' ' || r > '~' {
			return false
		}
	}
	return true
}

// sum reads a file and returns its digest.
func (a *archive) sum(name string) (string, error) {
	h := sha256.New()
	_, err := a.copy(h, name, a.left)
	return digestOf(h), err
}

// read returns a file's bytes, of which there may be textLimit.
func (a *archive) read(name string) ([]byte, error) {
	var b bytes.Buffer
	_, err := a.copy(&b, name, min(a.left, textLimit))
	return b.Bytes(), err
}

// decode reads a file of base64 and writes what it says.
func (a *archive) decode(w io.Writer, name string) error {
	f, ok := a.files[name]
	if !ok {
		return fs.ErrNotExist
	}
	opened, err := f.Open()
	if err != nil {
		return err
	}
	defer opened.Close()
	n, err := io.Copy(w, base64.NewDecoder(base64.StdEncoding, io.LimitReader(opened, a.left)))
	if a.left -= n; a.left <= 0 {
		return errTooMuch
	}
	return err
}

func (a *archive) copy(w io.Writer, name string, limit int64) (int64, error) {
	f, ok := a.files[name]
	if !ok {
		return 0, fs.ErrNotExist
	}
	opened, err := f.Open()
	if err != nil {
		return 0, err
	}
	defer opened.Close()
	n, err := io.Copy(w, io.LimitReader(opened, limit+1))
	a.left -= n
	if n > limit {
		return n, errTooMuch
	}
	return n, err
}

// manifest reads the digests that the manifest lists, by name.
func (a *archive) manifest(found func(file, what string)) (map[string]string, error) {
	data, err := a.read(fileManifest)
	if err != nil {
		return nil, err
	}
	listed := map[string]string{}
	lines := bufio.NewScanner(bytes.NewReader(data))
	for lines.Scan() {
		digest, name, ok := strings.Cut(lines.Text(), "  ")
		if raw, err := hex.DecodeString(digest); !ok || err != nil || len(raw) != sha256.Size {
			found(fileManifest, "a line that is not a digest and a name")
			continue
		}
		if _, twice := listed[name]; twice {
			found(fileManifest, "lists a file twice")
		}
		listed[name] = digest
	}
	return listed, lines.Err()
}

func digestOf(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }
