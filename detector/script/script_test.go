package script

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/detector/detectortest"
)

func TestGolden(t *testing.T) { detectortest.Run(t, Detector, nil, nil) }

// FuzzRunQuotesTheText reads anything as every kind of script.
func FuzzRunQuotesTheText(f *testing.F) {
	f.Add("eval(atob(x))")
	f.Add("FasdUAS \x00d\x00o \x00x")
	f.Add("\xFF\xFEe\x00v\x00")
	f.Add("x" + strings.Repeat(" ", 300) + "eval(y)\u202e")
	f.Fuzz(func(t *testing.T, text string) {
		for _, name := range []string{"a.js", "a.py", "a.sh", "a.ps1", "a.vbs", "a.scpt", "a.woff"} {
			form := &sekisho.File{Type: "text/plain", Extension: name[strings.IndexByte(name, '.')+1:]}
			part := &sekisho.Artifact{Kind: sekisho.KindFile, Name: name, Form: form, Blob: strings.NewReader(text), Size: int64(len(text))}
			pass := &sekisho.Pass{Context: context.Background(), Artifact: part, Org: &sekisho.Org{}, Intel: &sekisho.Intel{}}
			pass.Report = func(facts any, _ ...sekisho.Span) {
				if got := facts.(*Facts); got.Line < 1 || len(got.What) > sekisho.QuoteLimit+8 {
					t.Errorf("line %d, %d bytes quoted", got.Line, len(got.What))
				}
			}
			_ = Detector.Run(pass) // an error is a gap
		}
	})
}

func BenchmarkRun(b *testing.B) {
	data := []byte(strings.Repeat("const value = require('thing').find(items, (item) => item.name === \"name\"); // and so on\n", 5000))
	part := &sekisho.Artifact{Kind: sekisho.KindFile, Name: "a.js", Form: &sekisho.File{Type: "text/javascript", Extension: "js"}, Blob: bytes.NewReader(data), Size: int64(len(data))}
	pass := &sekisho.Pass{Context: context.Background(), Artifact: part, Org: &sekisho.Org{}, Intel: &sekisho.Intel{}, Report: func(any, ...sekisho.Span) {}}
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if err := Detector.Run(pass); err != nil {
			b.Fatal(err)
		}
	}
}
