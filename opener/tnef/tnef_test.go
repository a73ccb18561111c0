package tnef

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/rtf"
)

var le = binary.LittleEndian

// build writes a TNEF stream of attributes.
func build(attributes ...[]byte) []byte {
	out := le.AppendUint32(nil, signature)
	out = le.AppendUint16(out, 1)
	return append(out, slices.Concat(attributes...)...)
}

func attribute(id uint32, value []byte) []byte {
	out := append([]byte{1}, le.AppendUint32(nil, id|0x00060000)...)
	out = le.AppendUint32(out, uint32(len(value)))
	out = append(out, value...)
	return le.AppendUint16(out, checksum(value))
}

// list writes a property list.
func list(props ...[]byte) []byte {
	return append(le.AppendUint32(nil, uint32(len(props))), slices.Concat(props...)...)
}

// variable writes a property with one value of variable length.
func variable(id, kind uint16, value []byte) []byte {
	out := le.AppendUint16(nil, kind)
	out = le.AppendUint16(out, id)
	out = le.AppendUint32(out, 1)
	out = le.AppendUint32(out, uint32(len(value)))
	out = append(out, value...)
	return append(out, make([]byte, (4-len(value)%4)%4)...)
}

func long(id uint16, value uint32) []byte {
	out := le.AppendUint16(nil, 3)
	return le.AppendUint32(le.AppendUint16(out, id), value)
}

func utf16le(s string) (out []byte) {
	for _, unit := range utf16.Encode([]rune(s + "\x00")) {
		out = le.AppendUint16(out, unit)
	}
	return out
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	data, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// The example of MS-OXRTFCP §4.1.
const packedHello = "2d000000 2b000000 4c5a4675 f1c5c7a7 03000a00 72637067 31323542 320af320 68656c09 00206277 05b06c64 7d0a800f a0"

func open(data []byte, limits sekisho.Limits) (*sekisho.Artifact, error) {
	a := &sekisho.Artifact{ID: "0", Kind: sekisho.KindFile, Blob: bytes.NewReader(data), Size: int64(len(data)), Form: &sekisho.File{Type: "application/ms-tnef"}}
	return a, Opener.Run(context.Background(), a, sekisho.NewBudget(limits))
}

func outline(t testing.TB, a *sekisho.Artifact) (lines []string) {
	t.Helper()
	for _, p := range a.Parts {
		text := ""
		if form, ok := p.Form.(*sekisho.TextForm); ok {
			text = form.Content
		} else if p.Blob != nil {
			data, err := io.ReadAll(io.NewSectionReader(p.Blob, 0, p.Size))
			if err != nil {
				t.Fatal(err)
			}
			text = string(data)
		}
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("%s %s %s", p.Kind, p.Via, p.Name))+": "+text)
	}
	return lines
}

func message(t testing.TB) []byte {
	inner := build(attribute(attSubject, []byte("inner\x00")))
	return build(
		attribute(attOemCodepage, le.AppendUint32(le.AppendUint32(nil, 932), 0)),
		attribute(attSubject, []byte("\x8f\x64\x97\x76\x00")),
		attribute(attMsgProps, list(
			long(prInternetCodepage, 65001),
			slices.Concat([]byte{0x1F, 0, 0x01, 0x80}, make([]byte, 16), le.AppendUint32(nil, 1), le.AppendUint32(nil, 4), utf16le("n"),
				le.AppendUint32(nil, 1), le.AppendUint32(nil, 4), utf16le("v")),
			variable(prBody, ptUnicode, utf16le("本文")),
			variable(prBodyHTML, ptBinary, []byte("<p>本文")),
			variable(prRTFCompressed, ptBinary, unhex(t, packedHello)),
		)),
		attribute(attAttachRenddata, make([]byte, 14)),
		attribute(attAttachTitle, []byte("SHORT~1.EXE\x00")),
		attribute(attAttachData, []byte("MZ")),
		attribute(attAttachment, list(variable(prAttachLongFilename, ptUnicode, utf16le("請求書.exe")), variable(prAttachMimeTag, ptString8, []byte("Text/Plain\x00")))),
		attribute(attAttachRenddata, make([]byte, 14)),
		attribute(attAttachTitle, []byte("inner message\x00")),
		attribute(attAttachment, list(variable(prAttachDataObject, ptObject, append(slices.Clone(messageIID), inner...)))),
	)
}

func TestOpen(t *testing.T) {
	a, err := open(message(t), sekisho.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"text subject: 重要", "text body: 本文", "page body: <p>本文",
		"file body body.rtf: {\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n",
		"file attachment 請求書.exe: MZ",
		"file attachment inner message: " + string(build(attribute(attSubject, []byte("inner\x00")))),
	}
	if got := outline(t, a); !slices.Equal(got, want) {
		t.Errorf("parts\n got %q\nwant %q", got, want)
	}
	for i, declared := range map[int]string{4: "text/plain", 5: "application/ms-tnef"} {
		if got := a.Parts[i].Form.(*sekisho.File).Declared; got != declared {
			t.Errorf("part %d declared %q, want %q", i, got, declared)
		}
	}
}

func TestOpenBroken(t *testing.T) {
	whole := message(t)
	wrong := build(attribute(attSubject, []byte("hello")))
	wrong[len(wrong)-1]++
	short := build(attribute(attAttachData, []byte("MZ MZ MZ")))
	tests := []struct {
		name  string
		data  []byte
		class error
		want  string // the last part
	}{
		{"empty", nil, sekisho.ErrMalformed, ""},
		{"no signature", []byte("MZ and more bytes"), sekisho.ErrMalformed, ""},
		{"wrong checksum", wrong, sekisho.ErrMalformed, "text subject: hello"},
		{"cut in an attribute", short[:len(short)-5], sekisho.ErrMalformed, "file attachment: MZ MZ"},
		{"cut in the header of an attribute", append(slices.Clone(short), 1, 2), sekisho.ErrMalformed, "file attachment: MZ MZ MZ"},
		{"property count that is a lie", build(attribute(attMsgProps, append([]byte{0xFF, 0xFF, 0xFF, 0xFF}, list(variable(prBody, ptString8, []byte("b")))[4:]...))), sekisho.ErrMalformed, "text body: b"},
		{"value count that is a lie", build(attribute(attMsgProps, list(slices.Concat([]byte{0x1E, 0x10, 0, 0x10}, le.AppendUint32(nil, 1<<31))))), sekisho.ErrMalformed, ""},
		{"unknown compression", build(attribute(attMsgProps, list(variable(prRTFCompressed, ptBinary, make([]byte, 20))))), sekisho.ErrMalformed, "file body body.rtf: "},
		{"one part allowed", whole, sekisho.ErrLimit, "text subject: 重要"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			limits := sekisho.Limits{}
			if tt.class == sekisho.ErrLimit {
				limits.Parts = 1
			}
			a, err := open(tt.data, limits)
			if !errors.Is(err, tt.class) {
				t.Errorf("error %v, want %v", err, tt.class)
			}
			last := ""
			if got := outline(t, a); len(got) > 0 {
				last = got[len(got)-1]
			}
			if last != tt.want {
				t.Errorf("last part %q, want %q", last, tt.want)
			}
		})
	}
}

func TestUnpackRTF(t *testing.T) {
	// The examples of MS-OXRTFCP §4.1 and §4.2: the second repeats itself across its own output.
	for packed, want := range map[string]string{
		packedHello: "{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n",
		"1a000000 1c000000 4c5a4675 e2d44b51 41000420 5758595a 0d6e7d01 0eb0": "{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}",
		"10000000 04000000 4d454c41 00000000 7b5c7274":                        "{\\rt",
	} {
		if got, err := rtf.Decompress(unhex(t, packed), 1<<20); err != nil || string(got) != want {
			t.Errorf("%q, %v; want %q", got, err, want)
		}
	}
	if got, err := rtf.Decompress(unhex(t, packedHello), 20); !errors.Is(err, sekisho.ErrLimit) || len(got) > 20 {
		t.Errorf("%d bytes, %v; want at most 20 and a limit", len(got), err)
	}
}

func FuzzOpenNeverExceedsBudget(f *testing.F) {
	f.Add(message(f))
	f.Add(build(attribute(attBody, []byte("x")), attribute(attAttachTitle, []byte("a.exe"))))
	f.Fuzz(func(t *testing.T, data []byte) {
		limits := sekisho.Limits{Parts: 20, Bytes: 1 << 20}
		a, err := open(data, limits)
		if err != nil && !errors.Is(err, sekisho.ErrLimit) && !errors.Is(err, sekisho.ErrMalformed) {
			t.Errorf("error without a class: %v", err)
		}
		var size int64
		for _, p := range a.Parts {
			size += p.Size
			if !utf8.ValidString(p.Name) {
				t.Errorf("name %q", p.Name)
			}
		}
		if len(a.Parts) > limits.Parts || size > limits.Bytes {
			t.Errorf("%d parts, %d bytes", len(a.Parts), size)
		}
	})
}

func BenchmarkOpen(b *testing.B) {
	data := message(b)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := open(data, sekisho.Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}
