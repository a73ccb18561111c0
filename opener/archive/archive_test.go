package archive

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/worker"
	"github.com/ulikunitz/xz"
)

func TestMain(m *testing.M) {
	worker.Main([]*sekisho.Opener{Opener}, os.Stdin, os.Stdout)
	os.Exit(m.Run())
}

// An opened archive, with the names of its entries.
type opened struct {
	*sekisho.Archive
	names []string
	parts []*sekisho.Artifact
	err   error
}

func open(t *testing.T, name string, data []byte, texts ...string) opened {
	t.Helper()
	return openWith(t, sekisho.Limits{}, inMail(name, data, texts...))
}

func openWith(t *testing.T, limits sekisho.Limits, a *sekisho.Artifact) opened {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	err := Opener.Run(ctx, a, sekisho.NewBudget(limits))
	form, ok := a.Form.(*sekisho.Archive)
	if !ok {
		t.Fatalf("form %T", a.Form)
	}
	result := opened{Archive: form, parts: a.Parts, err: err}
	for _, part := range a.Parts {
		result.names = append(result.names, part.Name)
	}
	return result
}

func inMail(name string, data []byte, texts ...string) *sekisho.Artifact {
	mail := &sekisho.Artifact{ID: "0", Kind: sekisho.KindMail, Form: &sekisho.Mail{}}
	for _, text := range texts {
		mail.Parts = append(mail.Parts, &sekisho.Artifact{Kind: sekisho.KindText, Up: mail, Form: &sekisho.TextForm{Content: text}})
	}
	a := &sekisho.Artifact{ID: "0.9", Kind: sekisho.KindArchive, Name: name, Up: mail,
		Blob: bytes.NewReader(data), Size: int64(len(data))}
	mail.Parts = append(mail.Parts, a)
	return a
}

func content(t *testing.T, a *sekisho.Artifact) string {
	t.Helper()
	if a.Blob == nil {
		return "(no blob)"
	}
	data, err := io.ReadAll(io.NewSectionReader(a.Blob, 0, a.Size))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// want checks the entries, as "name=content".
func (o opened) want(t *testing.T, entries ...string) {
	t.Helper()
	var got []string
	for _, part := range o.parts {
		got = append(got, part.Name+"="+content(t, part))
	}
	if !slices.Equal(got, entries) {
		t.Errorf("entries %q, want %q (error %v)", got, entries, o.err)
	}
	if o.Entries != len(entries) {
		t.Errorf("%d entries counted, want %d", o.Entries, len(entries))
	}
}

func gz(t *testing.T, name string, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Name = name
	writeAll(t, w, data)
	return b.Bytes()
}

func writeAll(t *testing.T, w io.WriteCloser, data []byte) {
	t.Helper()
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

func tarOf(t *testing.T, headers ...*tar.Header) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range headers {
		data := strings.Repeat("x", int(h.Size))
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestStreams(t *testing.T) {
	note := []byte("inert note")
	var x, z bytes.Buffer
	xw, err := xz.NewWriter(&x)
	if err != nil {
		t.Fatal(err)
	}
	writeAll(t, xw, note)
	zw, err := zstd.NewWriter(&z)
	if err != nil {
		t.Fatal(err)
	}
	writeAll(t, zw, note)
	bz := []byte("BZh91AY&SY\x1f\x8b\x8b\xc5\x00\x00\x02\x11\x80@\x00&\x00\xf0\x00 \x00\"\x06\x9a\x1a\x0c\x08\x00")
	tests := []struct {
		name, format string
		data         []byte
		entry        string
	}{
		{"a.txt.gz", "gzip", gz(t, "", note), "a.txt=inert note"},
		{"a.gz", "gzip", gz(t, "report.pdf.exe", note), "report.pdf.exe=inert note"},
		{"a.tgz", "gzip", gz(t, "", note), "a.tar=inert note"},
		{"a.txt.xz", "xz", x.Bytes(), "a.txt=inert note"},
		{"dir/a.zst", "zstd", z.Bytes(), "a=inert note"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := open(t, tt.name, tt.data)
			got.want(t, tt.entry)
			if got.Format != tt.format || got.err != nil {
				t.Errorf("format %q, error %v", got.Format, got.err)
			}
		})
	}
	if got := open(t, "a.bz2", bz); got.Format != "bzip2" || !errors.Is(got.err, sekisho.ErrMalformed) {
		t.Errorf("broken bzip2: format %q, error %v", got.Format, got.err)
	}
}

func TestTar(t *testing.T) {
	got := open(t, "a.tar", tarOf(t,
		&tar.Header{Name: "dir/", Typeflag: tar.TypeDir},
		&tar.Header{Name: "../../up.txt", Size: 3, Mode: 0o600},
		&tar.Header{Name: "/etc/link", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"}))
	got.want(t, "../../up.txt=xxx", "/etc/link=(no blob)")
	if got.err != nil {
		t.Error(got.err)
	}
}

func TestOldTarIsRecognised(t *testing.T) {
	data := tarOf(t, &tar.Header{Name: "a", Size: 1, Mode: 0o600, Format: tar.FormatUSTAR})
	copy(data[257:265], make([]byte, 8))
	sum := int(8 * ' ')
	for i, c := range data[:512] {
		if i < 148 || i >= 156 {
			sum += int(c)
		}
	}
	copy(data[148:], []byte{'0' + byte(sum>>12&7), '0' + byte(sum>>9&7), '0' + byte(sum>>6&7), '0' + byte(sum>>3&7), '0' + byte(sum&7), 0, ' ', ' '})
	open(t, "a", data).want(t, "a=x")
}

func TestAnUnknownFormatIsAGap(t *testing.T) {
	if got := open(t, "a.ace", []byte("**ACE**")); !errors.Is(got.err, sekisho.ErrUnavailable) || len(got.parts) != 0 {
		t.Errorf("error %v, parts %v", got.err, got.names)
	}
}

func TestBombsEndWithAGap(t *testing.T) {
	zeros := make([]byte, 16<<20)
	bomb := gz(t, "", zeros)
	start := time.Now()
	got := open(t, "zeros.gz", bomb)
	if !errors.Is(got.err, sekisho.ErrLimit) || len(got.parts) != 1 {
		t.Errorf("error %v, entries %v", got.err, got.names)
	} else if size := got.parts[0].Size; size != bombKept {
		t.Errorf("%d bytes of the filling are kept", size)
	}
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("took %v", took)
	}
	many := tarOf(t, slices.Repeat([]*tar.Header{{Name: "a", Mode: 0o600}}, 100)...)
	got = openWith(t, sekisho.Limits{Parts: 10}, inMail("a.tar", many))
	if !errors.Is(got.err, sekisho.ErrLimit) || len(got.parts) != 10 {
		t.Errorf("error %v, %d parts", got.err, len(got.parts))
	}
	big := tarOf(t, &tar.Header{Name: "a", Size: 1000, Mode: 0o600}, &tar.Header{Name: "b", Size: 10, Mode: 0o600})
	got = openWith(t, sekisho.Limits{Bytes: 500}, inMail("a.tar", big))
	if !errors.Is(got.err, sekisho.ErrLimit) || len(got.parts) != 2 || got.parts[0].Size != 500 || got.parts[1].Blob != nil {
		t.Errorf("error %v, entries %v", got.err, got.names)
	}
}

func TestOpensInAWorker(t *testing.T) {
	p := worker.New(1, worker.Limits{})
	defer p.Close()
	a := inMail("a.zip", lockedZip(t, aes256, "Kaede#2026", "note.txt=inert"), "解凍パスワードはKaede#2026です。")
	if err := p.Open(t.Context(), Opener, a, sekisho.NewBudget(sekisho.Limits{})); err != nil {
		t.Error(err)
	}
	if form := a.Form.(*sekisho.Archive); !form.Encrypted || !form.Password || len(a.Parts) != 1 || content(t, a.Parts[0]) != "inert" {
		t.Errorf("form %+v, parts %v", form, a.Parts)
	}
}
