// Package msg opens the mails that Outlook saves as .msg files (MS-OXMSG). It writes each down again as the internet mail
// it was, so that a saved mail is read, and judged, as one that arrived: the part is a mail, via "content", with the
// headers it came with, its bodies, its attachments, and the mails inside it.
//
// A mail without internet headers, one that was never sent or never left Exchange, gets From, To, Cc, Subject, Date and
// Message-ID from its properties. The RTF body becomes a file where there is no HTML one. Properties that name a file
// elsewhere, as the sound of a reminder can, stand in the file's [sekisho.Document]. Not read: other properties, and
// objects that are neither a file nor a mail.
package msg

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/richardlehane/mscfb"

	"github.com/sekisho/sekisho"
)

// Opener reads .msg files.
var Opener = &sekisho.Opener{
	Name: "msg",
	Doc: `Mails saved by Outlook (.msg)

Written down again as an internet mail: headers, bodies, attachments, mails inside. Sounds of reminders and attachments
that lie elsewhere are named. Other properties and embedded OLE objects are not read.`,
	Kinds:    []sekisho.Kind{sekisho.KindFile},
	Types:    []string{"application/vnd.ms-outlook"},
	Isolated: true,
	Run:      run,
}

const (
	nesting      = 10   // mails within one another
	mostStreams  = 8000 // streams and storages of a file
	mostStorages = 2000
	mostErrors   = 12
)

func run(ctx context.Context, a *sekisho.Artifact, b *sekisho.Budget) error {
	form, ok := a.Form.(*sekisho.File)
	if !ok || a.Blob == nil {
		return nil
	}
	r := &reading{ctx: ctx, form: form, left: b.Limits().Entry, folders: map[string]*folder{}}
	if err := r.load(a, b.Limits().Entry); err != nil {
		return err
	}
	form.Document.Format = "msg"
	mail := r.mail("", 0)
	if err := b.Spend(int64(len(mail))); err != nil {
		return errors.Join(append(r.errs, err)...)
	}
	part := &sekisho.Artifact{Kind: sekisho.KindMail, Name: a.Name, Via: "content", Blob: bytes.NewReader(mail), Size: int64(len(mail))}
	if err := b.Add(a, part); err != nil {
		r.fail(err)
	}
	return errors.Join(r.errs...)
}

// A reading is the reading of one file.
type reading struct {
	ctx     context.Context
	form    *sekisho.File
	folders map[string]*folder // by path
	left    int64              // bytes that may still be read from streams
	errs    []error
}

// A folder is a storage: a mail, a recipient or an attachment.
type folder struct {
	streams map[string]*mscfb.File
	folders []string // names, in order
}

func (r *reading) fail(err error) {
	if err != nil && len(r.errs) < mostErrors {
		r.errs = append(r.errs, err)
	}
}

// sectors reads zeros behind the end: Outlook opens a file whose last sector is cut.
type sectors []byte

func (s sectors) ReadAt(p []byte, offset int64) (int, error) {
	if offset < 0 || offset >= int64(len(s)) {
		return 0, io.EOF
	}
	n := copy(p, s[offset:])
	if clear(p[n:]); len(p)-n >= 4096 {
		return n, io.EOF
	}
	return len(p), nil
}

// load reads the directory of the file.
func (r *reading) load(a *sekisho.Artifact, limit int64) error {
	data, err := io.ReadAll(io.NewSectionReader(a.Blob, 0, min(a.Size, limit)))
	if err != nil {
		return fmt.Errorf("read msg: %w", err)
	}
	if a.Size > int64(len(data)) {
		r.fail(fmt.Errorf("%w: a file of %d bytes, %d were read", sekisho.ErrLimit, a.Size, len(data)))
	}
	if n := storages(data); n > mostStorages {
		return fmt.Errorf("%w: a compound file of %d storages", sekisho.ErrLimit, n)
	}
	reader, err := mscfb.New(sectors(data))
	if err != nil {
		return fmt.Errorf("%w: compound file: %w", sekisho.ErrMalformed, err)
	}
	for n := 0; ; n++ {
		entry, err := reader.Next()
		if err != nil {
			return nil
		}
		if n == mostStreams {
			r.fail(fmt.Errorf("%w: more than %d streams", sekisho.ErrLimit, mostStreams))
			return nil
		}
		if len(entry.Path) > 3*nesting {
			continue
		}
		up := r.folder(strings.Join(entry.Path, "/"))
		if entry.FileInfo().IsDir() {
			up.folders = append(up.folders, entry.Name)
			continue
		}
		if name := strings.ToLower(entry.Name); up.streams[name] == nil {
			up.streams[name] = entry
		}
	}
}

// storages counts what can be the directory entry of a storage (MS-CFB §2.6.1), wherever it stands. The reader copies the
// path of each, so that thousands within one another would take all memory.
func storages(data []byte) (count int) {
	for at := 512; at+128 <= len(data); at += 128 {
		entry := data[at : at+128]
		if size := entry[64]; entry[66] == 1 && entry[65] == 0 && size >= 4 && size <= 64 && size%2 == 0 && entry[size-1] == 0 && entry[size-2] == 0 {
			count++
		}
	}
	return count
}

func (r *reading) folder(name string) *folder {
	f := r.folders[name]
	if f == nil {
		f = &folder{streams: map[string]*mscfb.File{}}
		r.folders[name] = f
	}
	return f
}

// stream returns the content of a stream, nil when there is none.
func (r *reading) stream(folder, name string) []byte {
	f := r.folder(folder).streams[strings.ToLower(name)]
	if f == nil || f.Size <= 0 {
		return nil
	}
	if err := r.ctx.Err(); err != nil {
		r.fail(fmt.Errorf("%w: %w", sekisho.ErrTimeout, err))
		return nil
	}
	if f.Size > r.left {
		r.fail(fmt.Errorf("%w: stream %s of %d bytes", sekisho.ErrLimit, name, f.Size))
		return nil
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil
	}
	data, err := io.ReadAll(f)
	r.left -= int64(len(data))
	if err != nil {
		r.fail(fmt.Errorf("%w: stream %s: %w", sekisho.ErrMalformed, name, err))
	}
	return data
}

// inside returns the path of what is in a folder.
func inside(folder, name string) string { return strings.TrimPrefix(path.Join(folder, name), "/") }
