package attachment

import (
	"strings"
	"testing"

	"github.com/sekisho/sekisho"
)

func TestClass(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, file, media, class string
		lies                     bool
	}{
		{"no bytes", "setup.exe", "", "program", false},
		{"no name", "", "application/pdf", "pdf", false},
		{"nothing known", "a.qqq", "application/octet-stream", "", false},
		{"document that is a zip", "a.docx", "application/zip", "office", false},
		{"document with macros under a plain name", "a.docx", "application/vnd.ms-word.document.macroEnabled.12", "macro-document", false},
		{"addin that is a document", "a.xlam", "application/vnd.ms-excel.addin.macroEnabled.12", "macro-document", false},
		{"program that installs", "a.msi", "application/vnd.microsoft.portable-executable", "program", false},
		{"package named like a document", "a.doc", "application/x-ms-installer", "installer", true},
		{"program named like a picture", "a.jpg", "application/x-elf", "program", true},
		{"program named like an archive", "a.zip", "application/x-mach-binary", "program", true},
		{"page named like a document", "a.pdf", "text/html", "html", true},
		{"page that is a mail client's text", "a.txt", "text/html", "text", false},
		{"archive named like a picture", "a.png", "application/zip", "archive", true},
		{"script of Windows", "a.js", "text/javascript", "script", false},
		{"disk named like a document", "a.pdf", "application/x-raw-disk-image", "disk-image", true},
		{"disk without a name", "", "application/x-raw-disk-image", "disk-image", false},
		{"archive of an Electron program", "app.asar", "application/x-asar", "archive", false},
		{"location of macOS named like a document", "a.pdf", "application/x-webloc", "shortcut", true},
		{"starter of a desktop", "Report.desktop", "text/x-desktop", "shortcut", false},
		{"PowerShell in a text", "notes.txt", "text/x-powershell", "text", false},
		{"registry entries", "a.reg", "text/x-registry", "registry", false},
		{"source code", "a.py", "text/x-python", "source", false},
		{"upper case", "A.EXE", "", "program", false},
		{"full width", "a.ｅｘｅ", "", "program", false},
		{"script that begins as a picture", "a.js", "image/gif", "script", true},
		{"script that begins as a document", "a.cmd", "application/pdf", "script", true},
		{"application that begins as a picture", "a.hta", "image/gif", "script", true},
		{"shortcut that begins as a picture", "a.url", "image/gif", "shortcut", true},
		{"page that begins as a picture", "a.html", "image/jpeg", "html", true},
		{"picture named after a host", "www.kaede-ex.com", "image/png", "image", true},
		{"alternate data stream", "a.js::$DATA", "", "script", false},
		{"dots and spaces that Windows drops", "a.exe. .", "", "program", false},
	} {
		f := describe(&sekisho.Artifact{Kind: sekisho.KindFile, Name: tt.file, Form: &sekisho.File{Type: tt.media}})
		if f.Class != tt.class || f.Lies != tt.lies {
			t.Errorf("%s: got class %q, lies %v; want %q, %v", tt.name, f.Class, f.Lies, tt.class, tt.lies)
		}
	}
}

func TestEachExtensionAndTypeHasOneClass(t *testing.T) {
	t.Parallel()
	for _, classes := range []map[string]string{extensionsOf, typesOf} {
		names := 0
		for _, list := range classes {
			names += len(strings.Fields(list))
		}
		if got := len(index(classes)); got != names {
			t.Errorf("%d names in %d places", got, names)
		}
	}
}

func TestHostOf(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{
		"https://Collect.Example/p": "collect.example", "//collect.example": "collect.example", `http:\\collect.example\x`: "collect.example",
		"https://user@collect.example:8443?x": "collect.example", "https:///collect.example": "collect.example",
		"/relative": "", "post.php": "", "javascript:alert(1)//x": "", "mailto:a@b.example": "", "": "",
	} {
		if got := hostOf(url); got != want {
			t.Errorf("hostOf(%q) = %q, want %q", url, got, want)
		}
	}
}

func TestPayload(t *testing.T) {
	t.Parallel()
	if !payload("x='" + strings.Repeat("QUJD", payloadMin/4) + "'") {
		t.Error("a long run of Base64 is not seen")
	}
	if payload(strings.Repeat("word word ", payloadMin)) {
		t.Error("words are taken for Base64")
	}
}

func FuzzDescribeNeverPanics(f *testing.F) {
	f.Add("invoice.pdf.exe", "text/html")
	f.Add("a\u202Efdp.\xff", "")
	f.Fuzz(func(t *testing.T, name, media string) {
		describe(&sekisho.Artifact{Kind: sekisho.KindFile, Name: name, Form: &sekisho.File{Type: media}})
		hostOf(name)
	})
}

func BenchmarkDescribe(b *testing.B) {
	mail := &sekisho.Artifact{ID: "0", Kind: sekisho.KindMail}
	a := &sekisho.Artifact{ID: "0.0", Kind: sekisho.KindFile, Name: "議事録 2026.11.02.pdf", Up: mail, Form: &sekisho.File{Type: "application/pdf"}}
	pass := &sekisho.Pass{Artifact: a, Report: func(any, ...sekisho.Span) {}}
	b.ReportAllocs()
	for b.Loop() {
		if err := run(pass); err != nil {
			b.Fatal(err)
		}
	}
}
