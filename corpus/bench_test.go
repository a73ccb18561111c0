package corpus_test

import (
	"bytes"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"testing"

	"github.com/sekisho/sekisho"
)

// BenchmarkInspectFiles reads files that are not compressed with everything there is: prose, the project's documents; source,
// its openers; a page, a document as a page.
func BenchmarkInspectFiles(b *testing.B) {
	cp, err := builtin()
	if err != nil {
		b.Fatal(err)
	}
	prose := filesOf(b, filepath.Join("..", "docs"), ".md")
	var page bytes.Buffer
	page.WriteString("<!DOCTYPE html><html><body>")
	for _, f := range prose {
		for line := range bytes.SplitSeq(f.data, []byte("\n")) {
			page.WriteString(`<p class="line"><a href="#top">¶</a> `)
			page.Write(line)
			page.WriteString("</p>\n")
		}
	}
	for _, bench := range []struct {
		name  string
		files []named
	}{
		{"prose", prose},
		{"source", filesOf(b, filepath.Join("..", "opener"), ".go")},
		{"page", []named{{"documents.html", page.Bytes()}}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			total := 0
			for _, f := range bench.files {
				total += len(f.data)
			}
			b.SetBytes(int64(total))
			b.ReportAllocs()
			for b.Loop() {
				for _, f := range bench.files {
					cp.Inspect(b.Context(), &sekisho.Artifact{Kind: sekisho.KindFile, Name: f.name, Blob: bytes.NewReader(f.data), Size: int64(len(f.data))})
				}
			}
		})
	}
}

type named struct {
	name string
	data []byte
}

// filesOf returns the files below a folder with that ending.
func filesOf(b *testing.B, folder, ending string) []named {
	b.Helper()
	var found []named
	err := fs.WalkDir(os.DirFS(folder), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || path.Ext(name) != ending {
			return err
		}
		data, err := os.ReadFile(filepath.Join(folder, filepath.FromSlash(name)))
		found = append(found, named{path.Base(name), data})
		return err
	})
	if err != nil || len(found) == 0 {
		b.Fatalf("%d files, %v", len(found), err)
	}
	return found
}
