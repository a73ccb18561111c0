package file_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/opener/file"
)

func open(name string, content []byte) (*sekisho.Artifact, error) {
	a := &sekisho.Artifact{ID: "0", Kind: sekisho.KindFile, Name: name, Blob: bytes.NewReader(content), Size: int64(len(content))}
	err := file.Opener.Run(context.Background(), a, sekisho.NewBudget(sekisho.Limits{}))
	return a, err
}

// packed returns a zip file with entries of the given names and contents, in turn.
func packed(t testing.TB, names ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(names); i += 2 {
		entry, err := w.Create(names[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(entry, names[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gzipped(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// compound returns the start of an OLE file and one directory entry.
func compound(name string, class string) []byte {
	data := make([]byte, 4096)
	copy(data, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")
	entry := data[1024:]
	for i, unit := range utf16.Encode([]rune(name)) {
		binary.LittleEndian.PutUint16(entry[2*i:], unit)
	}
	binary.LittleEndian.PutUint16(entry[64:], uint16(2*len(name)+2))
	entry[66] = 5
	copy(entry[80:], class)
	return data
}

func sector(n int, mark string) []byte {
	data := make([]byte, (n+1)*2048)
	copy(data[n*2048+1:], mark)
	return data
}

func TestType(t *testing.T) {
	types := func(main string) string {
		return `<Types><Override PartName="/x" ContentType="` + main + `"/></Types>`
	}
	docm := types("application/vnd.ms-word.document.macroEnabled.main+xml")
	tests := []struct {
		name, file string
		content    []byte
		media      string
		kind       sekisho.Kind // of the part, empty for none
	}{
		{"empty", "a.zip", nil, "inode/x-empty", ""},
		{"pdf", "a.txt", []byte("%PDF-1.7\n"), "application/pdf", ""},
		{"png", "a", []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"), "image/png", ""},
		{"program", "a.pdf", append([]byte("MZ"), make([]byte, 200)...), "application/vnd.microsoft.portable-executable", ""},
		{"shortcut", "a.pdf.lnk", []byte("L\x00\x00\x00\x01\x14\x02\x00\x00\x00\x00\x00\xC0\x00\x00\x00\x00\x00\x00F"), "application/x-ms-shortcut", ""},
		{"zip", "a.pdf", packed(t, "a", "b"), "application/zip", sekisho.KindArchive},
		{"zip behind something", "a.zip", append([]byte("\x00junk"), packed(t, "a", "b")...), "application/zip", sekisho.KindArchive},
		{"jar", "a", packed(t, "META-INF/MANIFEST.MF", ""), "application/java-archive", sekisho.KindArchive},
		{"apk", "a", packed(t, "META-INF/MANIFEST.MF", "", "AndroidManifest.xml", ""), "application/vnd.android.package-archive", sekisho.KindArchive},
		{"docx", "a", packed(t, "[Content_Types].xml", types("application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"), "word/document.xml", ""),
			"application/vnd.openxmlformats-officedocument.wordprocessingml.document", ""},
		{"docm named docx", "a.docx", packed(t, "[Content_Types].xml", docm, "word/document.xml", ""), "application/vnd.ms-word.document.macroEnabled.12", ""},
		{"docm in another order", "a", packed(t, "x", "", "word/document.xml", "", "[content_types].XML", docm), "application/vnd.ms-word.document.macroEnabled.12", ""},
		{"xlsb", "a", packed(t, "[Content_Types].xml", types("application/vnd.ms-excel.sheet.binary.macroEnabled.main")), "application/vnd.ms-excel.sheet.binary.macroEnabled.12", ""},
		{"doc", "a", compound("WordDocument", ""), "application/msword", ""},
		{"xls", "a", compound("Workbook", ""), "application/vnd.ms-excel", ""},
		{"msg", "a", compound("__properties_version1.0", ""), "application/vnd.ms-outlook", ""},
		{"msi", "a", compound("Root Entry", "\x84\x10\x0C\x00\x00\x00\x00\x00\xC0\x00\x00\x00\x00\x00\x00\x46"), "application/x-ms-installer", ""},
		{"encrypted office", "a.docx", compound("EncryptedPackage", ""), "application/x-ooxml-encrypted", ""},
		{"other compound", "a", compound("x", ""), "application/x-ole-storage", ""},
		{"iso", "a.pdf", sector(16, "CD001"), "application/x-iso9660-image", sekisho.KindArchive},
		{"udf", "a", sector(17, "NSR02"), "application/x-udf-image", ""},
		{"gzip", "a", gzipped(t), "application/gzip", sekisho.KindArchive},
		{"rar", "a", []byte("Rar!\x1a\x07\x01\x00xxxx"), "application/vnd.rar", sekisho.KindArchive},
		{"7z", "a", []byte("7z\xBC\xAF\x27\x1C\x00\x04"), "application/x-7z-compressed", sekisho.KindArchive},
		{"cabinet", "a", []byte("MSCF\x00\x00\x00\x00"), "application/vnd.ms-cab-compressed", sekisho.KindArchive},
		{"tnef", "winmail.dat", []byte("\x78\x9F\x3E\x22\x01\x00"), "application/vnd.ms-tnef", ""},
		{"html", "a.pdf", []byte(" \n<!doctype html><p>a"), "text/html", sekisho.KindPage},
		{"html behind text", "a", []byte("junk junk <script>a</script>"), "text/html", sekisho.KindPage},
		{"html by name", "a.htm", []byte("just a"), "text/html", sekisho.KindPage},
		{"html by name behind junk", "a.html", []byte("\x00\x01<b>a"), "text/html", sekisho.KindPage},
		{"html in utf-16", "a.html", []byte("\xFF\xFE<\x00b\x00>\x00"), "text/html", sekisho.KindPage},
		{"svg", "a.png", []byte(`<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script/></svg>`), "image/svg+xml", sekisho.KindPage},
		{"hta", "a.hta", []byte("<script>a</script>"), "application/hta", sekisho.KindPage},
		{"script that writes html", "a.js", []byte(`document.write("<html>")`), "text/javascript", sekisho.KindText},
		{"batch", "a.BAT", []byte("@echo off\r\n"), "application/x-bat", sekisho.KindText},
		{"internet shortcut", "a.url", []byte("[InternetShortcut]\r\nURL=https://a.example/"), "application/x-mswinurl", sekisho.KindText},
		{"text", "a.txt", []byte("hello"), "text/plain", sekisho.KindText},
		{"shift_jis", "a.txt", []byte("\x93\xfa\x96\x7b\x8c\xea\x82\xcc\x83\x65\x83\x4c\x83\x58\x83\x67"), "text/plain", sekisho.KindText},
		{"json", "a", []byte(`{"a": 1}`), "application/json", sekisho.KindText},
		{"csv", "a.csv", []byte("a,b\n1,2\n"), "text/csv", sekisho.KindText},
		{"calendar", "a.ics", []byte("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"), "text/calendar", ""},
		{"mail", "a", []byte("Received: x\r\n by y\r\nFrom: a@b.example\r\n\r\n<html>"), "message/rfc822", sekisho.KindMail},
		{"mail by name", "a.eml", []byte("To: x\r\nSubject: y\r\n\r\n"), "message/rfc822", sekisho.KindMail},
		{"letter", "a.txt", []byte("Subject: y\r\n\r\nDear"), "text/plain", sekisho.KindText},
		{"bytes", "a.bin", []byte{0, 1, 2, 3, 0xFF, 0xFE}, "application/octet-stream", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, err := open(tt.file, tt.content)
			kind := sekisho.Kind("")
			for _, part := range a.Parts {
				kind = part.Kind
				if part.Via != "content" || part.Size != a.Size {
					t.Errorf("part %+v", part)
				}
			}
			if got := a.Form.(*sekisho.File).Type; got != tt.media || kind != tt.kind || err != nil {
				t.Errorf("%s, %q, %v; want %s, %q", got, kind, err, tt.media, tt.kind)
			}
		})
	}
}

func TestFormat(t *testing.T) {
	a, _ := open("a", packed(t, "META-INF/MANIFEST.MF", ""))
	if got := a.Parts[0].Form.(*sekisho.Archive).Format; got != "zip" {
		t.Errorf("format %q", got)
	}
}

func TestExtension(t *testing.T) {
	for name, want := range map[string]string{
		"a.pdf": "pdf", "a.PDF.Exe": "exe", "a.exe. . ": "exe", "a．exe": "exe", "a.ｅｘｅ": "exe", "invoice\u202Efdp.exe": "exe", "a.e\u200Bxe": "exe",
		"a": "", "": "", ".": "", "a.": "", "Mr. Mori": "", "dir.d/a": "", `c:\x.y\a.lnk`: "lnk", ".env": "env", "a.tar.gz": "gz",
		"a.settingcontent-ms": "settingcontent-ms",
	} {
		a, err := open(name, []byte("x"))
		if got := a.Form.(*sekisho.File).Extension; got != want || err != nil {
			t.Errorf("%q: %q, %v; want %q", name, got, err, want)
		}
	}
}

func TestLargeText(t *testing.T) {
	a, err := open("a.txt", bytes.Repeat([]byte("a b\n"), 3<<20))
	if !errors.Is(err, sekisho.ErrLimit) || len(a.Parts) != 1 || a.Parts[0].Size != 8<<20 || a.Parts[0].Kind != sekisho.KindText {
		t.Errorf("%+v, %v", a.Parts, err)
	}
}

// TestSeveralReadings has files that more than one program opens.
func TestSeveralReadings(t *testing.T) {
	zipped := packed(t, "a.js", "b")
	behind := func(head string) []byte { return append([]byte(head), zipped...) }
	const page, archive = "page", "archive"
	tests := []struct {
		name, file string
		content    []byte
		media      string
		kinds      string
	}{
		{"jpeg named html", "a.html", []byte("\xFF\xD8\xFF\xE0<script>x</script>"), "image/jpeg", page},
		{"gif named hta", "a.hta", []byte("GIF89a<script>x</script>"), "image/gif", page},
		{"pdf named xht", "a.xht", []byte("%PDF-1.7\n<a href=x>"), "application/pdf", page},
		{"png named svg", "a.svg", []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"), "image/png", page},
		{"zip named htm", "a.htm", zipped, "application/zip", archive + " " + page},
		{"pdf and zip", "a.pdf", behind("%PDF-1.7\n"), "application/pdf", archive},
		{"jpeg and zip", "a.jpg", behind("\xFF\xD8\xFF\xE0"), "image/jpeg", archive},
		{"page and zip", "a.html", behind("<html><p>a"), "text/html", page + " " + archive},
		{"picture and a mark alone", "a.gif", []byte("GIF89a PK\x05\x06" + strings.Repeat("\x00", 18)), "image/gif", ""},
		{"docx", "a.docx", packed(t, "[Content_Types].xml", `<x ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/>`),
			"application/vnd.openxmlformats-officedocument.wordprocessingml.document", ""},
		{"lzma", "a", []byte("\x5D\x00\x00\x80\x00" + strings.Repeat("\xFF", 8) + "\x00\x28\x92"), "application/x-lzma", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, err := open(tt.file, tt.content)
			var kinds []string
			for _, part := range a.Parts {
				kinds = append(kinds, string(part.Kind))
			}
			if got := a.Form.(*sekisho.File).Type; got != tt.media || strings.Join(kinds, " ") != tt.kinds || err != nil {
				t.Errorf("%s, %q, %v", got, kinds, err)
			}
		})
	}
}

func TestDeclaredStays(t *testing.T) {
	a := &sekisho.Artifact{ID: "0", Kind: sekisho.KindFile, Form: &sekisho.File{Declared: "image/png"}, Blob: strings.NewReader("x"), Size: 1}
	if err := file.Opener.Run(context.Background(), a, sekisho.NewBudget(sekisho.Limits{})); err != nil || a.Form.(*sekisho.File).Declared != "image/png" {
		t.Errorf("%+v, %v", a.Form, err)
	}
}

// FuzzOpenNeverExceedsBudget checks that a file makes at most three parts, each of the same bytes.
func FuzzOpenNeverExceedsBudget(f *testing.F) {
	f.Add("a.docx", packed(f, "[Content_Types].xml", "x"))
	f.Add("a.doc", compound("WordDocument", ""))
	f.Add("a.html", []byte("<b>"))
	f.Add("a.eml", []byte("From: x\nTo: y\n"))
	f.Add("a", []byte("PK\x05\x06"+strings.Repeat("\xFF", 18)))
	f.Fuzz(func(t *testing.T, name string, content []byte) {
		a, err := open(name, content)
		if len(a.Parts) > 3 {
			t.Fatalf("%d parts, %v", len(a.Parts), err)
		}
		for _, part := range a.Parts {
			if part.Size != a.Size {
				t.Fatalf("part of %d bytes, %v", part.Size, err)
			}
		}
		if form := a.Form.(*sekisho.File); form.Type == "" {
			t.Fatal("no type")
		}
	})
}

func BenchmarkFile(b *testing.B) {
	content := packed(b, "[Content_Types].xml", `<Types/>`, "word/document.xml", strings.Repeat("<w:p/>", 1000))
	for b.Loop() {
		if _, err := open("a.docx", content); err != nil {
			b.Fatal(err)
		}
	}
}
