package api

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"os"
	"path"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	memoryLimit = 1 << 20 // bytes of a body that are held in memory; the rest goes to a file without a name
	nameLimit   = 255     // bytes of a file's name that are kept
)

// A blob is an uploaded body. Close gives its file back.
type blob struct {
	io.ReaderAt
	size     int64
	sum      []byte // SHA-256
	name     string // as the client names it, without folders; hostile
	declared string // content type as the client declares it
	file     *os.File
}

// Close gives back what the blob lies in.
func (b *blob) Close() error {
	if b.file == nil {
		return nil
	}
	return errors.Join(b.file.Close(), removeAgain(b.file.Name()))
}

// removeAgain removes a file that could not be removed while it was open, as on Windows.
func removeAgain(name string) error {
	if err := os.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// upload reads the body, or the one file of a multipart form, within the time and size allowed.
func (s *server) upload(c *call) (*blob, error) {
	declared, params, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if err != nil && c.r.Header.Get("Content-Type") != "" {
		return nil, refuse(wrongType, "Content-Type cannot be read")
	}
	if !c.endpoint.accepts(declared) {
		return nil, refuse(wrongType, "Content-Type is to be one of %s", strings.Join(c.endpoint.media, ", "))
	}
	var b *blob
	if declared == "multipart/form-data" {
		b, err = s.multipart(c.r.Body, params["boundary"])
	} else {
		b, err = s.spool(c.r.Body)
		if b != nil {
			b.declared, b.name = declared, dispositionName(c.r.Header.Get("Content-Disposition"))
		}
	}
	if err != nil {
		return nil, readError(err)
	}
	c.arrived()
	if name := c.query.Get("name"); name != "" {
		b.name = baseName(name)
	}
	if b.size == 0 {
		return nil, errors.Join(refuse(invalid, "the body is empty"), b.Close())
	}
	return b, nil
}

// multipart reads a form that holds one file and nothing else.
func (s *server) multipart(r io.Reader, boundary string) (*blob, error) {
	if boundary == "" {
		return nil, refuse(invalid, "the form has no boundary")
	}
	form := multipart.NewReader(r, boundary)
	part, err := form.NextPart()
	if err != nil {
		return nil, formError(err)
	}
	b, err := s.spool(part)
	if err != nil {
		return nil, formError(err)
	}
	b.name = baseName(part.FileName())
	b.declared, _, _ = mime.ParseMediaType(part.Header.Get("Content-Type"))
	switch _, err := form.NextPart(); {
	case err == nil:
		return nil, errors.Join(refuse(invalid, "the form holds more than one part"), b.Close())
	case !errors.Is(err, io.EOF):
		return nil, errors.Join(formError(err), b.Close())
	}
	return b, nil
}

func formError(err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) || errors.Is(err, os.ErrDeadlineExceeded) {
		return err
	}
	return &refusal{fault: invalid, detail: "the form is cut off or cannot be read", cause: err}
}

// readError tells a client that is slow or gone from anything else.
func readError(err error) error {
	var large *http.MaxBytesError
	var known *refusal
	switch {
	case errors.As(err, &large), errors.As(err, &known):
		return err
	case errors.Is(err, os.ErrDeadlineExceeded):
		return &refusal{fault: timedOut, detail: "the body did not arrive in time", cause: err}
	case errors.Is(err, io.ErrUnexpectedEOF):
		return &refusal{fault: invalid, detail: "the body is cut off", cause: err}
	}
	return err
}

// spool reads all of r: the beginning into memory, and more than that into a file that has no name any more.
func (s *server) spool(r io.Reader) (*blob, error) {
	sum := sha256.New()
	var head bytes.Buffer
	n, err := io.Copy(io.MultiWriter(&head, sum), io.LimitReader(r, memoryLimit))
	if err != nil {
		return nil, err
	}
	if n < memoryLimit {
		return &blob{ReaderAt: bytes.NewReader(head.Bytes()), size: n, sum: sum.Sum(nil)}, nil
	}
	return s.spoolFile(&head, r, sum)
}

func (s *server) spoolFile(head io.Reader, rest io.Reader, sum hash.Hash) (_ *blob, err error) {
	f, err := os.CreateTemp(s.Spool, "sekisho-*")
	if err != nil {
		return nil, fmt.Errorf("spool: %w", err)
	}
	b := &blob{ReaderAt: f, file: f}
	defer func() {
		if err != nil {
			err = errors.Join(err, b.Close())
		}
	}()
	_ = os.Remove(f.Name()) // where an open file can be removed, nothing is left even if the process dies
	first, err := io.Copy(f, head)
	if err != nil {
		return nil, fmt.Errorf("spool: %w", err)
	}
	more, err := io.Copy(io.MultiWriter(f, sum), rest)
	if err != nil {
		return nil, err
	}
	b.size, b.sum = first+more, sum.Sum(nil)
	return b, nil
}

// dispositionName returns the file name of a Content-Disposition header, RFC 6266, or "".
func dispositionName(header string) string {
	_, params, err := mime.ParseMediaType(header)
	if err != nil {
		return ""
	}
	return baseName(params["filename"])
}

// baseName returns the last part of a name in the manner of any system. It is for people and detectors and never a path here.
func baseName(name string) string {
	name = strings.ToValidUTF8(strings.ReplaceAll(name, "\x00", ""), "\uFFFD")
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	if name == "." || name == ".." || name == "/" {
		return ""
	}
	if len(name) > nameLimit { // the end is what a program goes by
		name = name[len(name)-nameLimit:]
		for len(name) > 0 && !utf8.RuneStart(name[0]) {
			name = name[1:]
		}
	}
	return name
}

// limitBody bounds the size of the body and the time it may take. What reads it calls arrived afterwards.
func (c *call) limitBody(bytes int64, within time.Duration) error {
	if encoding := c.r.Header.Get("Content-Encoding"); encoding != "" && encoding != "identity" {
		return refuse(wrongType, "Content-Encoding is not supported: send the bytes as they are")
	}
	if c.r.ContentLength > bytes {
		return refuse(tooLarge, "at most %d bytes", bytes)
	}
	c.r.Body = http.MaxBytesReader(c.w, c.r.Body, bytes)
	return ignoreUnsupported(http.NewResponseController(c.w).SetReadDeadline(time.Now().Add(within)))
}

// arrived ends the deadline of the body. It would otherwise end the request's context, too, since the server goes on reading
// to see whether the client is still there.
func (c *call) arrived() {
	c.whole = true
	_ = ignoreUnsupported(http.NewResponseController(c.w).SetReadDeadline(time.Time{}))
}

// lingers is how long the rest of a body that is refused may take. net/http reads some of it before it answers.
const lingers = 2 * time.Second

// giveUp ends the time of a body that nobody is going to read.
func (c *call) giveUp() {
	if c.r.ContentLength != 0 && !c.whole {
		_ = ignoreUnsupported(http.NewResponseController(c.w).SetReadDeadline(time.Now().Add(lingers)))
	}
}

func ignoreUnsupported(err error) error {
	if errors.Is(err, http.ErrNotSupported) {
		return nil
	}
	return err
}
