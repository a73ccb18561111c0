package office_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/opener/office"
)

const (
	docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	doc  = "application/msword"
	rtf  = "application/rtf"
	odt  = "application/vnd.oasis.opendocument.text"
	one  = "application/onenote"
)

// open runs the opener alone on a file of the type.
func open(t testing.TB, media string, data []byte, limits sekisho.Limits) (*sekisho.Artifact, error) {
	t.Helper()
	a := &sekisho.Artifact{ID: "0", Kind: sekisho.KindFile, Form: &sekisho.File{Type: media}, Blob: bytes.NewReader(data), Size: int64(len(data))}
	err := office.Opener.Run(t.Context(), a, sekisho.NewBudget(limits))
	return a, err
}

// TestBombsEndAsGaps gives what is made to never end. Each must end soon and say what was not looked at.
func TestBombsEndAsGaps(t *testing.T) {
	t.Parallel()
	zeros := strings.Repeat("\x00", 2<<20)
	loop := compound("", append(wordBinary("Plan", ""), entry{"Data", make([]byte, 8192)})...)
	for at := len(loop) - 512; at < len(loop); at += 4 { // every sector follows itself
		binary.LittleEndian.PutUint32(loop[at:], uint32(at-len(loop)+512)/4)
	}
	var storages []entry
	for i := range 2500 {
		storages = append(storages, entry{fmt.Sprintf("s%d/x", i), nil})
	}
	var records []byte
	for range 1_600_000 {
		records = append(records, 1, 0, 0, 0)
	}
	container := slices.Concat([]byte{1}, bytes.Repeat(append([]byte{0xFF, 0xBF}, append(bytes.Repeat([]byte{0, 'A', 'A', 'A', 'A', 'A', 'A', 'A', 'A'}, 455), 0)...), 1300))
	copy(container[3:], "\x00Attribut")
	tests := []struct {
		name, media string
		data        []byte
		limits      sekisho.Limits
		class       error
	}{
		{"zip bomb in docx", docx, ooxml(t, mainWord, "word/document.xml", zeros), sekisho.Limits{Bytes: 1 << 20}, sekisho.ErrLimit},
		{"many bombs", docx, ooxml(t, mainWord, "word/a.xml", zeros, "word/b.xml", zeros, "word/c.xml", zeros), sekisho.Limits{Bytes: 5 << 20, Entry: 3 << 20}, sekisho.ErrLimit},
		{"many parts", docx, ooxml(t, mainWord, manyParts(6000)...), sekisho.Limits{}, sekisho.ErrLimit},
		{"sectors in a loop", doc, loop, sekisho.Limits{}, sekisho.ErrMalformed},
		{"storages without number", doc, compound("", storages...), sekisho.Limits{}, sekisho.ErrLimit},
		{"records without number", doc, compound("", entry{"Workbook", records}), sekisho.Limits{}, sekisho.ErrLimit},
		{"a module without end", doc, compound("", entry{"VBA/m", container}), sekisho.Limits{}, sekisho.ErrLimit},
		{"groups 10,000 deep", rtf, []byte(`{\rtf1` + strings.Repeat("{", 10_000) + "x"), sekisho.Limits{}, sekisho.ErrLimit},
		{"objects within groups", rtf, []byte(`{\rtf1` + strings.Repeat(`{\object{\*\objdata 01}`, 10_000)), sekisho.Limits{}, sekisho.ErrLimit},
		{"fields within fields", rtf, []byte(`{\rtf1` + strings.Repeat(`{\field{\*\fldinst `, 50_000)), sekisho.Limits{}, sekisho.ErrLimit},
		{"a password hashed for hours", "application/x-ooxml-encrypted", bytes.Replace(lockAgile([]byte("x")), []byte(`spinCount="1000"`), []byte(`spinCount="9999999"`), 1), sekisho.Limits{}, nil},
		{"links without number", odt, odf(t, "text", "content.xml", manyLinks(2000)), sekisho.Limits{}, sekisho.ErrLimit},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			start := time.Now()
			_, err := open(t, tt.media, tt.data, tt.limits)
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("took %v", took)
			}
			if err == nil || tt.class != nil && !errors.Is(err, tt.class) {
				t.Errorf("%v, want %v", err, tt.class)
			}
		})
	}
}

func manyParts(n int) (parts []string) {
	for i := range n {
		parts = append(parts, fmt.Sprintf("word/%d.xml", i), "")
	}
	return parts
}

func manyLinks(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `<text:a xlink:href="https://a.example/%d">x</text:a>`, i)
	}
	return b.String()
}

func TestPasswordOfItsOwn(t *testing.T) {
	t.Parallel()
	locked := lockStandard([]byte("x"))
	at := bytes.Index(locked, salt)
	locked[at]++
	a, err := open(t, "application/x-ooxml-encrypted", locked, sekisho.Limits{})
	if d := a.Form.(*sekisho.File).Document; !errors.Is(err, sekisho.ErrEncrypted) || !d.Encrypted || d.Password != "" {
		t.Errorf("%v, %+v", err, d)
	}
}

func TestTimeEnds(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	data := ooxml(t, mainWord, "word/document.xml", words("x"))
	a := &sekisho.Artifact{ID: "0", Kind: sekisho.KindFile, Form: &sekisho.File{Type: docx}, Blob: bytes.NewReader(data), Size: int64(len(data))}
	if err := office.Opener.Run(ctx, a, sekisho.NewBudget(sekisho.Limits{})); !errors.Is(err, sekisho.ErrTimeout) {
		t.Error(err)
	}
}

// FuzzOpenNeverExceedsBudget: whatever the bytes, the opener returns, and what it added stays within the budget.
func FuzzOpenNeverExceedsBudget(f *testing.F) {
	media := []string{docx, doc, rtf, odt, one, "application/x-ooxml-encrypted"}
	seeds := [][]byte{
		ooxml(f, mainDocm, "word/document.xml", ddeXML+words("x"), "word/_rels/document.xml.rels", relations("r1", "oleObject", "https://a.example/"), "word/vbaProject.bin", vba(evilMacro)),
		ooxml(f, mainXlsb, "xl/workbook.bin", string(record12(156, make([]byte, 20))), "xl/macrosheets/sheet1.bin", string(record12(8, make([]byte, 40)))),
		compound("", append(wordBinary("Plan \x13 DDE cmd \x14!\x15", `http://a.example`), project("Macros/", evilMacro)...)...),
		compound("", entry{"Workbook", macroBook()}), compound("", entry{"Workbook", lockWorkbook(macroBook())}),
		compound("", entry{"PowerPoint Document", slideRecord(0, 0x1011, compound("", entry{"\x01Ole10Native", native("a.js", "x")}))}),
		[]byte(`{\rtf1\ansi{\fonttbl{\f0\fcharset128 x;}}\f0\'93\'fa{\object{\*\objdata ` + ole1("Package", 2, "", native("a.exe", "MZ")[4:]) + `}}{\field{\*\fldinst DDE cmd}}\u26085?{\pict\pngblip 89504e47}}`),
		odf(f, "text", "content.xml", listener+odtBody, "Basic/Standard/Module1.xml", module), oneNote("a.hta", "x"), lockStandard([]byte("PK")), lockAgile([]byte("PK")),
	}
	for i, seed := range seeds {
		f.Add(seed, uint8(i))
	}
	f.Fuzz(func(t *testing.T, data []byte, kind uint8) {
		limits := sekisho.Limits{Bytes: 8 << 20, Entry: 1 << 20, Parts: 100}
		a := &sekisho.Artifact{ID: "0", Kind: sekisho.KindFile, Form: &sekisho.File{Type: media[int(kind)%len(media)]}, Blob: bytes.NewReader(data), Size: int64(len(data))}
		b := sekisho.NewBudget(limits)
		err := office.Opener.Run(t.Context(), a, b)
		total := int64(0)
		for _, part := range a.Parts {
			total += part.Size
		}
		if bytesLeft, parts := b.Left(); bytesLeft < 0 || parts < 0 || len(a.Parts) > limits.Parts {
			t.Errorf("%d bytes and %d parts are left, %d parts of %d bytes, %v", bytesLeft, parts, len(a.Parts), total, err)
		}
	})
}

func BenchmarkRTF(b *testing.B) {
	text := []byte(`{\rtf1\ansi ` + strings.Repeat(`\pard\plain\f0\fs20 Plain words of a letter that goes on and on.\par `, 20_000) + `}`)
	bench(b, rtf, text)
}

func BenchmarkRTFObject(b *testing.B) {
	bench(b, rtf, []byte(`{\rtf1{\object{\*\objdata `+ole1("None", 2, "", make([]byte, 1<<20))+`}}}`))
}

func BenchmarkXML(b *testing.B) {
	bench(b, docx, ooxml(b, mainWord, "word/document.xml", strings.Repeat(words("Plain words of a letter that goes on and on."), 20_000)))
}

func BenchmarkCompound(b *testing.B) {
	bench(b, doc, compound("", wordBinary(strings.Repeat("Plain words of a letter. ", 40_000), "")...))
}

func bench(b *testing.B, media string, data []byte) {
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		a := &sekisho.Artifact{ID: "0", Kind: sekisho.KindFile, Form: &sekisho.File{Type: media}, Blob: bytes.NewReader(data), Size: int64(len(data))}
		if err := office.Opener.Run(context.Background(), a, sekisho.NewBudget(sekisho.Limits{})); err != nil {
			b.Fatal(err)
		}
	}
}
