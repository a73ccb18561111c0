// Package file names what the bytes of a file are, whatever its name and sender say, and hands the file on: pages, texts,
// mails and archives become a part, via "content", that holds the same bytes and that the openers of its kind read.
// Documents, pictures, calendars and TNEF stay files: openers that declare their type read them.
//
// Bytes that several programs take for theirs become several parts: a picture or a document that is named like a page is a
// page as well, and one with a zip file at its end is an archive as well. Of a text over 8 MiB the beginning is read.
//
// Types are IANA media types where there is one. The ones a reader may not expect:
//
//	application/x-iso9660-image, application/x-udf-image    optical discs, which Windows mounts
//	application/x-vhd, application/x-vhdx                   virtual discs, which Windows mounts
//	application/x-raw-disk-image, application/x-apple-diskimage  discs byte for byte, and those of macOS
//	application/x-webloc, application/x-mswinurl, text/x-desktop  shortcuts that are texts
//	application/x-lzma                                      LZMA without a container, as lzma(1) writes it
//	application/x-asar                                      the archive of Electron programs
//	application/x-ooxml-encrypted                           an Office document behind a password
//	application/vnd.ms-word.document.macroEnabled.12        and its kin: by what the package says, not by the name
//	application/hta, text/vbscript, application/x-bat ...   scripts: text, and the name says how Windows runs it
//	inode/x-empty                                           no bytes
package file

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/sekisho/sekisho"
)

// Opener names what files are.
var Opener = &sekisho.Opener{
	Name: "file",
	Doc: "Files.\n\nThe type by the bytes and the extension of the name. HTML and SVG become pages, text and source code become texts, mails and " +
		"archives are opened as such.",
	Kinds: []sekisho.Kind{sekisho.KindFile},
	Run:   run,
}

const (
	headLimit = 64 << 10 // bytes at the start that are looked at; an ISO 9660 disc is known by those at 32,769
	textLimit = 8 << 20  // bytes of a file that is read as text
)

func run(_ context.Context, a *sekisho.Artifact, b *sekisho.Budget) error {
	form, ok := a.Form.(*sekisho.File)
	if !ok {
		form = &sekisho.File{}
		a.Form = form
	}
	form.Extension = extension(a.Name)
	if a.Blob == nil {
		return nil
	}
	head := make([]byte, min(a.Size, headLimit))
	n, err := a.Blob.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return fmt.Errorf("read file: %w", err)
	}
	form.Type = identify(a, form, head[:n])
	return errors.Join(handOn(a, form.Type, b), handOnAgain(a, form, head[:n], b))
}

// handOnAgain adds parts for the other programs that open the same bytes: a browser reads what is named like a page as one
// whatever its start, and archivers find a zip file from its end.
func handOnAgain(a *sekisho.Artifact, form *sekisho.File, head []byte, b *sekisho.Budget) error {
	var err error
	if pages[form.Extension] != "" && !isPage(form.Type) && a.Size > 0 {
		err = b.Add(a, &sekisho.Artifact{Kind: sekisho.KindPage, Name: a.Name, Via: "content", Blob: a.Blob, Size: a.Size})
	}
	if archives[form.Type] == "" && !bytes.HasPrefix(head, []byte("PK\x03\x04")) {
		if entries, ok := directory(a, head); ok && len(entries) > 0 {
			err = errors.Join(err, b.Add(a, &sekisho.Artifact{
				Kind: sekisho.KindArchive, Name: a.Name, Via: "content", Blob: a.Blob, Size: a.Size, Form: &sekisho.Archive{Format: "zip"},
			}))
		}
	}
	return err
}

// handOn adds the part that the openers of another kind read, if there is one.
func handOn(a *sekisho.Artifact, media string, b *sekisho.Budget) error {
	part := &sekisho.Artifact{Name: a.Name, Via: "content", Blob: a.Blob, Size: a.Size}
	switch format := archives[media]; {
	case format != "":
		part.Kind, part.Form = sekisho.KindArchive, &sekisho.Archive{Format: format}
	case media == "message/rfc822":
		part.Kind = sekisho.KindMail
	case isPage(media):
		part.Kind = sekisho.KindPage
	case !isText(media), a.Via == "tree" && !isProse(a.Name, media):
		return nil
	default:
		part.Kind = sekisho.KindText
	}
	if part.Kind == sekisho.KindText && a.Size > textLimit {
		part.Blob, part.Size = io.NewSectionReader(a.Blob, 0, textLimit), textLimit
		return errors.Join(fmt.Errorf("%w: a text file of %d bytes, the first %d are read", sekisho.ErrLimit, a.Size, textLimit), b.Add(a, part))
	}
	return b.Add(a, part)
}

// archives maps the types that are containers of files to the format's name.
var archives = map[string]string{
	"application/zip":                         "zip",
	"application/java-archive":                "zip",
	"application/vnd.android.package-archive": "zip",
	"application/msix":                        "zip",
	"application/x-tar":                       "tar",
	"application/gzip":                        "gzip",
	"application/x-bzip2":                     "bzip2",
	"application/x-xz":                        "xz",
	"application/zstd":                        "zstd",
	"application/x-7z-compressed":             "7z",
	"application/vnd.rar":                     "rar",
	"application/x-iso9660-image":             "iso",
	"application/x-cpio":                      "cpio",
	"application/vnd.ms-cab-compressed":       "cab",
}

func isPage(media string) bool {
	switch media {
	case "text/html", "application/xhtml+xml", "image/svg+xml", "application/hta":
		return true
	}
	return false
}

// isProse reports whether a text of a source tree is for people: what Markdown says, and what lies at its top. The others are
// code and data, which detectors read as files.
func isProse(name, media string) bool {
	return media == "text/markdown" || media == "text/plain" && !strings.Contains(name, "/")
}

// isText reports whether a file of the type is read as text. Calendars have an opener of their own.
func isText(media string) bool {
	if strings.HasPrefix(media, "text/") {
		return media != "text/calendar" && media != "text/rtf"
	}
	switch media {
	case "application/json", "application/x-ndjson", "application/xml", "application/x-bat", "application/x-mswinurl", "application/x-wsf", "application/mbox",
		"application/x-subrip":
		return true
	}
	return !isPage(media) && (strings.HasSuffix(media, "+json") || strings.HasSuffix(media, "+xml"))
}
