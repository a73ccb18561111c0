package shortcut

import (
	"testing"

	"github.com/sekisho/sekisho/detector/detectortest"
)

func TestGolden(t *testing.T) { detectortest.Run(t, Detector, nil, nil) }
