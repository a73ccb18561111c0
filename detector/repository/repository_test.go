package repository

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/detector/detectortest"
)

func TestGolden(t *testing.T) { detectortest.Run(t, Detector, nil, nil) }

// FuzzRunNeverPanics reads anything as every file that tools take orders from.
func FuzzRunNeverPanics(f *testing.F) {
	var paths []string
	for name := range readers {
		paths = append(paths, name)
	}
	for _, in := range readersIn {
		paths = append(paths, strings.TrimPrefix(in.folder, "/")+"x"+in.ext)
	}
	paths = append(paths, "a.csproj", "a.code-workspace", "x.pth", "a.go", "a.txt", "vite.config.js")
	for _, seed := range []string{`{"tasks":[{"command":"a","runOptions":{"runOn":"folderOpen"}}],"scripts":{"install":"node x"}}`, "[core]\n\tfsmonitor = x\n", "a:\n\tb\n", "services:\n  a:\n    volumes: [\"~:/x\"]\n",
		"<Project><Exec Command='x'/></Project>", "<!(x)", "# vim: foldexpr=system('x')", "[build-system]\nbackend-path=['.']"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		tree := &sekisho.Artifact{ID: "0", Kind: sekisho.KindRepository}
		for _, name := range paths {
			part := &sekisho.Artifact{Kind: sekisho.KindFile, Name: name, Via: "tree", Up: tree, Form: &sekisho.File{Type: "text/plain"}, Blob: strings.NewReader(text), Size: int64(len(text))}
			tree.Parts = append(tree.Parts, part)
		}
		for _, part := range tree.Parts {
			pass := &sekisho.Pass{Context: context.Background(), Artifact: part, Org: &sekisho.Org{}, Intel: &sekisho.Intel{}}
			pass.Report = func(facts any, _ ...sekisho.Span) {
				if got := facts.(*Facts); got.Line < 1 || got.File != part.Name {
					t.Errorf("%s: line %d of %s", part.Name, got.Line, got.File)
				}
			}
			_ = Detector.Run(pass) // an error is a gap
		}
	})
}

func BenchmarkRunPackageJSON(b *testing.B) {
	data := []byte(`{"name":"a","scripts":{"postinstall":"node scripts/build.js","test":"jest"},"dependencies":{` + strings.Repeat(`"left-pad":"^1.0.0",`, 200) + `"x":"1"}}`)
	part := &sekisho.Artifact{Kind: sekisho.KindFile, Name: "package.json", Via: "tree", Form: &sekisho.File{}, Blob: bytes.NewReader(data), Size: int64(len(data))}
	pass := &sekisho.Pass{Context: context.Background(), Artifact: part, Org: &sekisho.Org{}, Intel: &sekisho.Intel{}, Report: func(any, ...sekisho.Span) {}}
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if err := Detector.Run(pass); err != nil {
			b.Fatal(err)
		}
	}
}
