package attachment

import (
	"testing"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/detector/detectortest"
)

func TestGolden(t *testing.T) {
	org := &sekisho.Org{
		Name: sekisho.Text{En: "Kaede Exchange", Ja: "楓取引所"}, Domains: []string{"kaede-ex.jp"},
		AuthservIDs: []string{"mx.kaede-ex.jp", "forward.kaede-ex.jp", "outlook.com"},
	}
	intel := &sekisho.Intel{Lists: map[string]sekisho.List{"freemail": {Entries: map[string]string{"freemail.example": ""}}}}
	detectortest.Run(t, Detector, org, intel)
}
