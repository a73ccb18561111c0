package lure

import (
	"strings"
	"testing"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/detector/detectortest"
	"github.com/sekisho/sekisho/fold"
)

func TestDetector(t *testing.T) { detectortest.Run(t, Detector, nil, nil) }

func prepared(t testing.TB) *themes {
	t.Helper()
	themes, err := load()
	if err != nil {
		t.Fatal(err)
	}
	return themes
}

// themesOf returns the themes, without those of style, that a mail with the subject and the text tells.
func themesOf(t testing.TB, th *themes, subject, text string) []string {
	t.Helper()
	var names []string
	for _, f := range th.scan(fold.Text(subject), fold.Text(text)) {
		if f.Family != "style" {
			names = append(names, f.Theme)
		}
	}
	return names
}

func BenchmarkScan(b *testing.B) {
	th := prepared(b)
	text := fold.Text(strings.Repeat("The quarterly report of the wallet team is attached for the meeting on Thursday; please send comments to the list. ", 200))
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		th.scan("quarterly report", text)
	}
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, err := Detector.Prepare(&sekisho.Org{}, &sekisho.Intel{}); err != nil {
			b.Fatal(err)
		}
	}
}
