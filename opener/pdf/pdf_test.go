package pdf

import (
	"bytes"
	"compress/zlib"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/worker"
)

func TestMain(m *testing.M) {
	worker.Main([]*sekisho.Opener{Opener}, os.Stdin, os.Stdout)
	os.Exit(m.Run())
}

// pdfOf writes numbered objects, without the table that nobody here reads.
func pdfOf(objects ...string) string {
	var b strings.Builder
	b.WriteString("%PDF-1.7\n")
	for i, o := range objects {
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	b.WriteString("trailer\n<< /Root 1 0 R >>\n%%EOF\n")
	return b.String()
}

func streamOf(head, data string) string {
	return fmt.Sprintf("<< %s /Length %d >>\nstream\n%s\nendstream", head, len(data), data)
}

func flated(t testing.TB, head, data string) string {
	t.Helper()
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	_, err := w.Write([]byte(data))
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return streamOf(head+" /Filter /FlateDecode", b.String())
}

func artifact(data string) *sekisho.Artifact {
	return &sekisho.Artifact{ID: "0", Kind: sekisho.KindFile, Name: "a.pdf", Form: &sekisho.File{Type: "application/pdf"},
		Blob: strings.NewReader(data), Size: int64(len(data))}
}

// open returns what was found: "via name" for files, "via content" for texts and links.
func open(t *testing.T, data string) (found []string, err error) {
	t.Helper()
	a := artifact(data)
	err = Opener.Run(t.Context(), a, sekisho.NewBudget(sekisho.Limits{}))
	for _, part := range a.Parts {
		switch form := part.Form.(type) {
		case *sekisho.TextForm:
			found = append(found, part.Via+" "+form.Content)
		case *sekisho.Link:
			found = append(found, form.Element+" "+form.Href)
		default:
			found = append(found, fmt.Sprint(part.Via, " ", part.Name, " ", part.Size > 0))
		}
	}
	return found, err
}

const (
	page       = "<< /Type /Page /Contents 2 0 R /Annots [ 3 0 R ] /Parent 4 0 R >>"
	annotation = "<< /Type /Annot /Subtype /Link /A << /S /URI /URI (https://login.example/\\(a\\)) >> >>"
	pages      = "<< /Type /Pages /Resources << /Font << /F1 5 0 R >> >> >>"
	latin      = "<< /Type /Font /Subtype /Type1 /Encoding /WinAnsiEncoding >>"
	words      = "BT /F1 12 Tf 50 700 Td (Please ) Tj [(ver) -20 (ify) -400 (now)] TJ 0 -14 Td (caf\\351) Tj ET"
)

func TestLinksAndText(t *testing.T) {
	toUnicode := "1 begincodespacerange <0000> <FFFF> endcodespacerange\n2 beginbfchar <0001> <79D8> <0002> <5BC6> endbfchar\n" +
		"1 beginbfrange <0003> <0005> <9375306E> endbfrange 1 beginbfrange <0010> <0011> [<30AD> <30FC>] endbfrange"
	composite := "<< /Type /Font /Subtype /Type0 /Encoding /Identity-H /ToUnicode 6 0 R >>"
	sjis := "<< /Type /Font /Subtype /Type0 /Encoding /90ms-RKSJ-H >>"
	want := []string{"a https://login.example/(a)", "content Please verify now\ncafé"}
	inner := "3 0 4 " + fmt.Sprint(len(annotation)+1) + " " + annotation + " " + pages
	first := len("3 0 4 " + fmt.Sprint(len(annotation)+1) + " ")
	tests := []struct {
		name, data string
		want       []string
	}{
		{"plain", pdfOf(page, streamOf("", words), annotation, pages, latin), want},
		{"deflated", pdfOf(page, flated(t, "", words), annotation, pages, latin), want},
		{"a wrong length", pdfOf(page, strings.Replace(flated(t, "", words), "/Length ", "/Length 9", 1), annotation, pages, latin), want},
		{"object streams", strings.NewReplacer("3 0 obj\nnull", "", "4 0 obj\nnull", "").Replace(pdfOf(page, flated(t, "", words), "null", "null", latin,
			flated(t, fmt.Sprintf("/Type /ObjStm /N 2 /First %d", first), inner))), want},
		{"ToUnicode", pdfOf(page, streamOf("", "BT /F1 9 Tf <000100020003> Tj <00100011> Tj ET"), "null", pages, composite, flated(t, "", toUnicode)),
			[]string{"content 秘密鍵のキー"}},
		{"Shift_JIS", pdfOf(page, streamOf("", "BT /F1 9 Tf <"+hex.EncodeToString([]byte("\x94\xe9\x96\xa7"))+"> Tj ET"), "null", pages, sjis),
			[]string{"content 秘密"}},
		{"a form's target", pdfOf("<< /S /SubmitForm /F << /FS /URL /F (https://a.example/post) >> >>"), []string{"form https://a.example/post"}},
		{"an inline image", pdfOf(page, streamOf("", "BI /W 1 ID \xff(EI\x00 EI BT /F1 9 Tf (after) Tj ET"), "null", pages, latin), []string{"content after"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := open(t, tt.data)
			if err != nil || !slices.Equal(got, tt.want) {
				t.Errorf("found %q, want %q (error %v)", got, tt.want, err)
			}
		})
	}
}

func TestALinkInWhatIsLeftOfAFile(t *testing.T) {
	got, err := open(t, "junk 7 0 obj << /A << /URI <"+hex.EncodeToString([]byte("https://a.example"))+">")
	if want := []string{"a https://a.example"}; !slices.Equal(got, want) || !errors.Is(err, sekisho.ErrMalformed) {
		t.Errorf("found %q, want %q (error %v)", got, want, err)
	}
}

func TestEmbeddedFiles(t *testing.T) {
	got, err := open(t, pdfOf("<< /Type /Filespec /F (a) /UF <FEFF898B7A4D002E006500780065> /EF << /F 2 0 R >> >>",
		flated(t, "/Type /EmbeddedFile", "MZ")))
	if want := []string{"embedded 見積.exe true"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("found %q, want %q (error %v)", got, want, err)
	}
}

func TestPictures(t *testing.T) {
	var photo bytes.Buffer
	if err := jpeg.Encode(&photo, image.NewGray(image.Rect(0, 0, 30, 30)), nil); err != nil {
		t.Fatal(err)
	}
	const size = "/Subtype /Image /Width 30 /Height 30 "
	got, err := open(t, pdfOf(
		streamOf(size+"/Filter /DCTDecode", photo.String()),
		flated(t, size+"/ColorSpace /DeviceGray /BitsPerComponent 1", strings.Repeat("\xAA", 4*30)),
		flated(t, size+"/ColorSpace [/Indexed /DeviceRGB 1 <000000FFFFFF>] /BitsPerComponent 8", strings.Repeat("\x01", 900)),
		flated(t, size+"/ColorSpace [/ICCBased 5 0 R] /BitsPerComponent 8", strings.Repeat("\x01", 2700)),
		streamOf("/N 3", ""),
		streamOf("/Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8", "x"),
		streamOf(size+"/Filter /JPXDecode", "x")))
	want := []string{"image image 1.jpg true", "image image 2.png true", "image image 3.png true", "image image 4.png true"}
	if !errors.Is(err, sekisho.ErrUnavailable) || !slices.Equal(got, want) {
		t.Errorf("found %q, want %q (error %v)", got, want, err)
	}
}

// The encrypted files in testdata hold the plain one of TestLinksAndText, in every revision that is in use.
func TestEncrypted(t *testing.T) {
	names := []string{"rc4-40.pdf", "rc4-128.pdf", "aes-128.pdf", "aes-256.pdf"}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			data, err := os.ReadFile("testdata/" + name)
			if err != nil {
				t.Fatal(err)
			}
			got, err := open(t, string(data))
			if want := []string{"a https://login.example/(a)", "content Please verify now\ncafé"}; err != nil || !slices.Equal(got, want) {
				t.Errorf("found %q, want %q (error %v)", got, want, err)
			}
		})
	}
	data, err := os.ReadFile("testdata/locked.pdf")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := open(t, string(data)); !errors.Is(err, sekisho.ErrEncrypted) || len(got) > 0 {
		t.Errorf("with a password: found %q, error %v", got, err)
	}
}

// TestPasswordBeside opens files whose password stands in the mail around them.
func TestPasswordBeside(t *testing.T) {
	for _, name := range []string{"password-aes-128.pdf", "password-aes-256.pdf"} {
		data, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		for content, want := range map[string]bool{"パスワード: kaede-2026": true, "password: kaede-2027": false} {
			mail := &sekisho.Artifact{ID: "0", Kind: sekisho.KindMail, Form: &sekisho.Mail{}}
			a := artifact(string(data))
			a.Up = mail
			mail.Parts = []*sekisho.Artifact{{Kind: sekisho.KindText, Up: mail, Form: &sekisho.TextForm{Content: content}}, a}
			err := Opener.Run(t.Context(), a, sekisho.NewBudget(sekisho.Limits{}))
			form := a.Form.(*sekisho.File).PDF
			if form.Password != want || !form.Encrypted || (form.Links == 1) != want || errors.Is(err, sekisho.ErrEncrypted) == want {
				t.Errorf("%s with %q: %+v, error %v", name, content, form, err)
			}
		}
	}
}

func TestHostile(t *testing.T) {
	bomb := strings.Repeat("\x00", 10<<20)
	tests := []struct {
		name, data string
		want       error
	}{
		{"no objects", "%PDF-1.7\n", sekisho.ErrMalformed},
		{"nested arrays", pdfOf(strings.Repeat("[", 100_000)), sekisho.ErrMalformed},
		{"a stream that is its own length", pdfOf("<< /Length 1 0 R >> stream\nx"), nil},
		{"a page that is its own parent", pdfOf("<< /Type /Page /Parent 1 0 R >>"), nil},
		{"streams that never end", pdfOf(slices.Repeat([]string{"<< >> stream"}, 20_000)...), nil},
		{"dictionaries that never end", strings.Repeat("1 0 obj <<", 100_000), sekisho.ErrMalformed},
		{"a bomb", pdfOf(page, flated(t, "", bomb), "null", pages), sekisho.ErrLimit},
		{"ranges that repeat", pdfOf(page, streamOf("", "/F1 1 Tf"), "null", pages, "<< /ToUnicode 6 0 R >>",
			flated(t, "", strings.Repeat("1 beginbfrange <0000> <FFFF> <0041> endbfrange\n", 1000))), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			start := time.Now()
			a := artifact(tt.data)
			err := Opener.Run(t.Context(), a, sekisho.NewBudget(sekisho.Limits{Entry: 8 << 20}))
			if !errors.Is(err, tt.want) {
				t.Errorf("error %v, want %v", err, tt.want)
			}
			if took := time.Since(start); took > 3*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

func FuzzOpenNeverExceedsBudget(f *testing.F) {
	f.Add(pdfOf(page, streamOf("", words), annotation, pages, latin))
	f.Add(pdfOf(page, flated(f, "", words), annotation, pages, latin))
	f.Add(pdfOf("<< /Type /Filespec /F (a) /EF << /F 2 0 R >> >>", streamOf("/Type /EmbeddedFile", "MZ")))
	f.Add(pdfOf(streamOf("/Subtype /Image /Width 21 /Height 21 /ColorSpace /DeviceGray /BitsPerComponent 1", strings.Repeat("U", 63))))
	for _, name := range []string{"rc4-40.pdf", "aes-256.pdf"} {
		data, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(data))
	}
	f.Fuzz(func(t *testing.T, data string) {
		limits := sekisho.Limits{Bytes: 1 << 20, Entry: 1 << 18, Parts: 20}
		b := sekisho.NewBudget(limits)
		a := artifact(data)
		_ = Opener.Run(t.Context(), a, b)
		kept := int64(0)
		for _, part := range a.Parts {
			kept += part.Size
		}
		if left, _ := b.Left(); len(a.Parts) > limits.Parts || kept > limits.Bytes-left+int64(len(data)) {
			t.Errorf("%d parts of %d bytes, %d left", len(a.Parts), kept, left)
		}
	})
}

func BenchmarkOpen(b *testing.B) {
	data := pdfOf(page, flated(b, "", strings.Repeat(words, 200)), annotation, pages, latin)
	for b.Loop() {
		_ = Opener.Run(b.Context(), artifact(data), sekisho.NewBudget(sekisho.Limits{}))
	}
}
