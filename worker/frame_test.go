package worker

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/sekisho/sekisho"
)

// FuzzAnswersNeverExceedBudget feeds the parent what a worker that was taken over may answer.
func FuzzAnswersNeverExceedBudget(f *testing.F) {
	var sound bytes.Buffer
	resp := &response{Form: &sekisho.Archive{}, Spent: 3, Gaps: []string{"limit: x"}, Parts: []item{
		{Up: -1, Kind: sekisho.KindFile, Form: &sekisho.File{}, HasBlob: true, Size: 3, blob: strings.NewReader("abc")},
		{Up: 0, Kind: sekisho.KindText, Form: &sekisho.TextForm{Content: "text"}}}}
	if err := newWire(nil, &sound).send(resp, resp.Parts...); err != nil {
		f.Fatal(err)
	}
	f.Add(sound.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		var got response
		w := newWire(bytes.NewReader(data), io.Discard)
		if w.receive(&got) != nil || bytesOf(got.Parts) > 1<<20 || w.receiveBlobs(got.Parts) != nil {
			return
		}
		a := mailWith("abcd")
		_ = got.deliver(a, sekisho.NewBudget(sekisho.Limits{Parts: 3}))
		parts := 0
		for range a.All() {
			parts++
		}
		if parts > 4 {
			t.Errorf("%d parts", parts)
		}
	})
}
