package image

import (
	"bytes"
	"image"
	"image/color/palette"
	"image/gif"
	"image/jpeg"
	"image/png"
	"testing"

	"github.com/sekisho/sekisho"
	"golang.org/x/image/bmp"
)

// encodings returns an image of that size in each format that can be written here.
func encodings(t testing.TB, w, h int) map[string][]byte {
	t.Helper()
	m := image.NewPaletted(image.Rect(0, 0, w, h), palette.Plan9)
	var pngs, jpegs, gifs, bmps bytes.Buffer
	for _, err := range []error{png.Encode(&pngs, m), jpeg.Encode(&jpegs, m, nil), gif.Encode(&gifs, m, nil), bmp.Encode(&bmps, m)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return map[string][]byte{"image/png": pngs.Bytes(), "image/jpeg": jpegs.Bytes(), "image/gif": gifs.Bytes(), "image/bmp": bmps.Bytes(),
		"image/webp": lossless(w, h)}
}

// lossless is the head of a lossless WebP.
func lossless(w, h int) []byte {
	bits := uint32(w-1) | uint32(h-1)<<14
	return append([]byte("RIFF\x20\x00\x00\x00WEBPVP8L\x14\x00\x00\x00\x2F"), byte(bits), byte(bits>>8), byte(bits>>16), byte(bits>>24), 0, 0, 0, 0, 0)
}

func TestWorth(t *testing.T) {
	for _, tt := range []struct {
		name string
		w, h int
		want bool
	}{
		{"a tracking pixel", 1, 1, false},
		{"a rule", 600, 2, false},
		{"one pixel short", 21, 20, false},
		{"the smallest code", 21, 21, true},
		{"a picture", 640, 480, true},
	} {
		for fileType, data := range encodings(t, tt.w, tt.h) {
			a := &sekisho.Artifact{Kind: sekisho.KindFile, Form: &sekisho.File{Type: fileType}, Blob: bytes.NewReader(data), Size: int64(len(data))}
			if got := worth(a); got != tt.want {
				t.Errorf("%s as %s: %v, want %v", tt.name, fileType, got, tt.want)
			}
			a.Blob = bytes.NewReader(data[:5])
			if !worth(a) {
				t.Errorf("%s as %s: a broken image is for the decoder to complain about", tt.name, fileType)
			}
		}
	}
}

// FuzzSizeIsTheDecoders: an image that a decoder would read as a larger one must not pass as a small one.
func FuzzSizeIsTheDecoders(f *testing.F) {
	for _, size := range [][2]int{{1, 1}, {30, 20}} {
		for fileType, data := range encodings(f, size[0], size[1]) {
			f.Add(fileType, data)
		}
	}
	f.Fuzz(func(t *testing.T, fileType string, data []byte) {
		c, ok := codecs[fileType]
		if !ok {
			t.Skip()
		}
		width, height := sizeOf(fileType, bytes.NewReader(data))
		config, err := c.config(bytes.NewReader(data))
		if err == nil && width > 0 && height > 0 && (width != config.Width || height != config.Height) {
			t.Errorf("%d x %d, the decoder says %d x %d", width, height, config.Width, config.Height)
		}
	})
}
