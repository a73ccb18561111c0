package block

import (
	"bytes"
	"testing"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/detector/detectortest"
)

// blocked is what people blocked in the tests; the digest is of the bytes "test".
var blocked = map[string]string{
	"sender cfo@kaede-pay.example":                                          "confirmed phishing",
	"domain kaede-pay.example":                                              "confirmed phishing",
	"url https://files.example/a":                                           "downloader",
	"persona aoi mori":                                                      "impersonated this week",
	"address bitcoin:bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq":            "collects from victims",
	"hash 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08": "downloader",
}

func look1(kind, value string) (sekisho.Block, bool) {
	if value == "" {
		return sekisho.Block{}, true
	}
	reason, ok := blocked[kind+" "+value]
	return sekisho.Block{Reason: reason, By: "Shin Konno"}, ok
}

func TestGoldens(t *testing.T) {
	detectortest.Run(t, Detector, nil, &sekisho.Intel{Blocked: look1})
}

func TestNothingBlockedReadsNoFile(t *testing.T) {
	a := &sekisho.Artifact{ID: "0", Kind: sekisho.KindFile, Blob: unreadable{t}, Size: 4}
	none := func(string, string) (sekisho.Block, bool) { return sekisho.Block{}, false }
	if got := detectortest.Observe(t, Detector, a, nil, &sekisho.Intel{Blocked: none}); len(got) != 0 {
		t.Errorf("stated %v", got)
	}
	a.Blob = bytes.NewReader([]byte("test"))
	if got := detectortest.Observe(t, Detector, a, nil, &sekisho.Intel{Blocked: look1}); len(got) != 1 {
		t.Errorf("stated %v, want the blocked digest", got)
	}
}

type unreadable struct{ t *testing.T }

func (u unreadable) ReadAt([]byte, int64) (int, error) {
	u.t.Error("the file was read")
	return 0, nil
}
