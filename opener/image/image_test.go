package image

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/color/palette"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"math"
	"os"
	"slices"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/worker"
	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
)

func TestMain(m *testing.M) {
	worker.Main([]*sekisho.Opener{Opener}, os.Stdin, os.Stdout)
	os.Exit(m.Run())
}

// qr draws a code with modules of that many pixels, and a margin of that many modules.
func qr(t testing.TB, text string, module, margin int) *image.Gray {
	t.Helper()
	hints := map[gozxing.EncodeHintType]any{gozxing.EncodeHintType_MARGIN: margin}
	bits, err := qrcode.NewQRCodeWriter().Encode(text, gozxing.BarcodeFormat_QR_CODE, 1, 1, hints)
	if err != nil {
		t.Fatal(err)
	}
	side := bits.GetWidth() * module
	m := image.NewGray(image.Rect(0, 0, side, side))
	for i := range m.Pix {
		if !bits.Get(i%side/module, i/side/module) {
			m.Pix[i] = 255
		}
	}
	return m
}

// photograph draws something with shades, edges and noise, and no code.
func photograph(w, h int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	noise := uint32(1)
	for y := range h {
		for x := range w {
			noise = noise*1664525 + 1013904223
			wave := 90 * math.Sin(float64(x)/17) * math.Cos(float64(y)/23)
			v := 128 + wave + float64(noise>>28)
			if (x/60+y/40)%5 == 0 {
				v /= 3
			}
			m.SetRGBA(x, y, color.RGBA{uint8(v), uint8(v * 0.9), uint8(255 - v), 255})
		}
	}
	return m
}

func negative(m *image.Gray) *image.Gray {
	n := image.NewGray(m.Rect)
	for i, p := range m.Pix {
		n.Pix[i] = 255 - p
	}
	return n
}

func alpha(m *image.Gray) *image.Alpha {
	return &image.Alpha{Pix: m.Pix, Stride: m.Stride, Rect: m.Rect}
}

func on(background draw.Image, codes ...*image.Gray) draw.Image {
	x := 40
	for _, code := range codes {
		draw.Draw(background, code.Rect.Add(image.Pt(x, 30)), code, image.Point{}, draw.Src)
		x += code.Rect.Dx() + 30
	}
	return background
}

func encoded(t testing.TB, kind string, m image.Image) *sekisho.Artifact {
	t.Helper()
	var b bytes.Buffer
	var err error
	switch kind {
	case "image/png":
		err = png.Encode(&b, m)
	case "image/jpeg":
		err = jpeg.Encode(&b, m, &jpeg.Options{Quality: 75})
	case "image/gif":
		err = gif.Encode(&b, m, nil)
	case "image/bmp":
		err = bmp.Encode(&b, m)
	case "image/tiff":
		err = tiff.Encode(&b, m, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return file(kind, b.Bytes())
}

func file(kind string, data []byte) *sekisho.Artifact {
	return &sekisho.Artifact{ID: "0", Kind: sekisho.KindFile, Form: &sekisho.File{Type: kind},
		Blob: bytes.NewReader(data), Size: int64(len(data))}
}

func TestCodes(t *testing.T) {
	const link = "https://login.kaede-ex.example/verify?id=42"
	transparent := image.NewNRGBA(image.Rect(0, 0, 200, 200)) // black where there is something, clear elsewhere
	draw.DrawMask(transparent, transparent.Rect, image.Black, image.Point{}, alpha(negative(qr(t, link, 4, 4))), image.Point{}, draw.Src)
	paletted := image.NewPaletted(image.Rect(0, 0, 300, 300), palette.WebSafe)
	draw.Draw(paletted, paletted.Rect, image.White, image.Point{}, draw.Src)
	tests := []struct {
		name, kind string
		image      image.Image
		want       []string
	}{
		{"plain", "image/png", qr(t, link, 4, 4), []string{link}},
		{"jpeg", "image/jpeg", qr(t, link, 4, 4), []string{link}},
		{"gif", "image/gif", qr(t, link, 4, 4), []string{link}},
		{"bmp", "image/bmp", qr(t, link, 4, 4), []string{link}},
		{"tiff", "image/tiff", qr(t, link, 4, 4), []string{link}},
		{"inverted", "image/png", negative(qr(t, link, 4, 4)), []string{link}},
		{"a pixel a module", "image/png", qr(t, link, 1, 0), []string{link}},
		{"without a margin", "image/png", qr(t, link, 5, 0), []string{link}},
		{"inverted without a margin", "image/png", negative(qr(t, link, 5, 0)), []string{link}},
		{"large", "image/png", qr(t, link, 90, 4), []string{link}},
		{"in a photograph", "image/jpeg", on(photograph(600, 400), qr(t, link, 5, 4)), []string{link}},
		{"two", "image/png", on(photograph(800, 400), qr(t, link, 5, 4), qr(t, "bitcoin:1example", 6, 4)), []string{link, "bitcoin:1example"}},
		{"paletted", "image/png", on(paletted, qr(t, link, 4, 4)), []string{link}},
		{"transparent", "image/png", transparent, []string{link}},
		{"none", "image/jpeg", photograph(600, 400), nil},
		{"white", "image/png", image.NewGray(image.Rect(0, 0, 300, 300)), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := encoded(t, tt.kind, tt.image)
			if err := Opener.Run(t.Context(), a, sekisho.NewBudget(sekisho.Limits{})); err != nil {
				t.Error(err)
			}
			var got []string
			for _, part := range a.Parts {
				if part.Kind != sekisho.KindLink || part.Via != "qr" || part.Form.(*sekisho.Link).Element != "qr" {
					t.Errorf("part %+v", part)
				}
				got = append(got, part.Name)
			}
			slices.Sort(got)
			slices.Sort(tt.want)
			if !slices.Equal(got, tt.want) {
				t.Errorf("codes %q, want %q", got, tt.want)
			}
		})
	}
}

func TestWhatATelephoneOpens(t *testing.T) {
	tests := []struct {
		code string
		want bool
	}{
		{"https://a.example/", true},
		{"HTTPS://A.EXAMPLE/", true},
		{"bitcoin:bc1qexample?amount=1", true},
		{"wc:00e46b69@2?relay-protocol=irn", true},
		{"line.example/R/ti/g/abc", true},
		{"www.kaede-ex.jp", true},
		{"楓取引所 12:30 集合", false},
		{"123456", false},
		{"12:30", false},
		{"BEGIN:VCARD\nFN:Aoi Mori", false},
		{"", false},
	}
	for _, tt := range tests {
		if got := opens(tt.code); got != tt.want {
			t.Errorf("opens(%q) = %v, want %v", tt.code, got, tt.want)
		}
	}
}

func TestOtherTextIsText(t *testing.T) {
	a := encoded(t, "image/png", qr(t, "Room 12, at noon", 4, 4))
	if err := Opener.Run(t.Context(), a, sekisho.NewBudget(sekisho.Limits{})); err != nil || len(a.Parts) != 1 {
		t.Fatalf("error %v, parts %v", err, a.Parts)
	}
	if form, ok := a.Parts[0].Form.(*sekisho.TextForm); !ok || form.Folded != "room 12, at noon" {
		t.Errorf("form %+v", a.Parts[0].Form)
	}
}

func TestHostileImages(t *testing.T) {
	huge := encoded(t, "image/bmp", image.NewGray(image.Rect(0, 0, 30, 30)))
	data := make([]byte, huge.Size)
	if _, err := huge.Blob.ReadAt(data, 0); err != nil {
		t.Fatal(err)
	}
	copy(data[18:], []byte{0xFF, 0xFF, 0, 0, 0xFF, 0xFF, 0, 0})
	cut := encoded(t, "image/png", qr(t, "https://a.example", 4, 4))
	cut.Size /= 2
	tests := []struct {
		name  string
		image *sekisho.Artifact
		want  error
	}{
		{"a pixel", encoded(t, "image/gif", image.NewGray(image.Rect(0, 0, 1, 1))), nil},
		{"more pixels than are decoded", file("image/bmp", data), sekisho.ErrLimit},
		{"cut short", cut, sekisho.ErrMalformed},
		{"no image", file("image/webp", []byte("RIFF")), sekisho.ErrMalformed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := Opener.Run(t.Context(), tt.image, sekisho.NewBudget(sekisho.Limits{})); !errors.Is(err, tt.want) {
				t.Errorf("error %v, want %v", err, tt.want)
			}
		})
	}
}

func FuzzOpenNeverExceedsBudget(f *testing.F) {
	for _, kind := range []string{"image/png", "image/jpeg", "image/gif", "image/bmp", "image/tiff"} {
		a := encoded(f, kind, qr(f, "https://a.example", 1, 1))
		data := make([]byte, a.Size)
		if _, err := a.Blob.ReadAt(data, 0); err != nil {
			f.Fatal(err)
		}
		f.Add(kind, data)
	}
	f.Fuzz(func(t *testing.T, kind string, data []byte) {
		a := file(kind, data)
		if c, ok := codecs[kind]; ok { // large images are slow to fuzz, not of interest
			if size, err := c.config(bytes.NewReader(data)); err == nil && size.Width*size.Height > 1<<20 {
				return
			}
		}
		_ = Opener.Run(t.Context(), a, sekisho.NewBudget(sekisho.Limits{Parts: 2}))
		if len(a.Parts) > 2 {
			t.Errorf("%d parts", len(a.Parts))
		}
	})
}

func BenchmarkOpen(b *testing.B) {
	images := map[string]*sekisho.Artifact{
		"photograph 600x400": encoded(b, "image/jpeg", photograph(600, 400)),
		"code in photograph": encoded(b, "image/jpeg", on(photograph(600, 400), qr(b, "https://a.example", 5, 4))),
		"code":               encoded(b, "image/png", qr(b, "https://a.example", 8, 4)),
		"pixel":              encoded(b, "image/gif", image.NewGray(image.Rect(0, 0, 1, 1))),
	}
	for name, a := range images {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				a.Parts = nil
				_ = Opener.Run(b.Context(), a, sekisho.NewBudget(sekisho.Limits{}))
			}
		})
	}
	p := worker.New(1, worker.Limits{})
	defer p.Close()
	for _, name := range []string{"pixel", "photograph 600x400"} {
		b.Run(fmt.Sprint(name, " in a worker"), func(b *testing.B) {
			a := images[name]
			for b.Loop() {
				a.Parts = nil
				_ = p.Open(b.Context(), Opener, a, sekisho.NewBudget(sekisho.Limits{}))
			}
		})
	}
}
