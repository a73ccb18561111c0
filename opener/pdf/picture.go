package pdf

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"maps"
	"slices"

	"github.com/sekisho/sekisho"
)

const (
	smallestSide = 21         // pixels: nothing smaller holds a QR code
	mostPixels   = 16_000_000 // of a picture that is made a PNG
)

// image adds a picture (8.9.5): JPEG as it is, samples as PNG.
func (w *walk) image(s stream) error {
	width, height := w.integer(s.dict["Width"]), w.integer(s.dict["Height"])
	if width < smallestSide || height < smallestSide {
		return nil
	}
	if w.images == mostImages || width > mostPixels/height {
		w.skips++
		return nil
	}
	w.images++
	data, rest, err := w.decode(s)
	if err != nil {
		w.note(err)
		return nil
	}
	kind, extension := "image/jpeg", "jpg"
	if rest != "DCTDecode" && rest != "DCT" {
		picture := w.samples(s.dict, data, rest, image.Rect(0, 0, width, height))
		if picture == nil {
			w.unread++
			return nil
		}
		var b bytes.Buffer
		encoder := png.Encoder{CompressionLevel: png.BestSpeed}
		if err := encoder.Encode(&b, picture); err != nil {
			return fmt.Errorf("make a PNG: %w", err)
		}
		if err := w.b.Spend(int64(b.Len())); err != nil {
			return err
		}
		data, kind, extension = b.Bytes(), "image/png", "png"
	}
	return w.b.Add(w.a, &sekisho.Artifact{Kind: sekisho.KindFile, Name: fmt.Sprintf("image %d.%s", w.images, extension), Via: "image",
		Blob: bytes.NewReader(data), Size: int64(len(data)), Form: &sekisho.File{Type: kind, Extension: extension, Inline: true}})
}

// samples returns the picture that uncompressed samples make, nil for what is not read.
func (w *walk) samples(d dict, data []byte, rest name, r image.Rectangle) image.Image {
	bits := w.integer(d["BitsPerComponent"])
	colours, palette := w.colours(d["ColorSpace"])
	if w.resolve(d["ImageMask"]) == true {
		bits, colours = 1, 1
	}
	length := (r.Dx()*colours*bits + 7) / 8
	if rest != "" || len(data) < length*r.Dy() || length == 0 {
		return nil
	}
	row := func(y int) []byte { return data[y*length : (y+1)*length] }
	switch {
	case colours == 3 && bits == 8:
		m := image.NewRGBA(r)
		for y := range r.Dy() {
			from, to := row(y), m.Pix[y*m.Stride:]
			for x := range r.Dx() {
				to[4*x], to[4*x+1], to[4*x+2], to[4*x+3] = from[3*x], from[3*x+1], from[3*x+2], 255
			}
		}
		return m
	case colours == 1 && (bits == 8 || bits == 1):
		m := image.NewGray(r)
		for y := range r.Dy() {
			from, to := row(y), m.Pix[y*m.Stride:]
			for x := range r.Dx() {
				value := from[x*bits/8]
				if bits == 1 {
					value = value >> (7 - x%8) & 1
				}
				switch {
				case palette != nil:
					value = palette[value]
				case bits == 1:
					value *= 255
				}
				to[x] = value
			}
		}
		return m
	}
	return nil
}

// colours returns the components of a colour space (8.6), and the luminance of each index when it is Indexed.
func (w *walk) colours(space any) (components int, palette *[256]byte) {
	space = w.resolve(space)
	list, ok := space.(array)
	if ok && len(list) > 0 {
		space = w.resolve(list[0])
	}
	switch space {
	case name("DeviceGray"), name("CalGray"), name("G"):
		return 1, nil
	case name("DeviceRGB"), name("CalRGB"), name("RGB"):
		return 3, nil
	case name("ICCBased"):
		return w.integer(w.dict(at(list, 1))["N"]), nil
	case name("Indexed"), name("I"):
		base, nested := 0, at(list, 1)
		if inner, ok := w.resolve(nested).(array); !ok || w.resolve(at(inner, 0)) != name("Indexed") {
			base, _ = w.colours(nested)
		}
		return 1, shades(base, w.lookup(at(list, 3)))
	}
	return 0, nil
}

// lookup returns the table of an Indexed space: a string or a stream.
func (w *walk) lookup(object any) []byte {
	if s, ok := w.resolve(object).(stream); ok {
		data, _, err := w.decode(s)
		if err != nil {
			w.note(err)
		}
		return data
	}
	return w.bytes(object)
}

func shades(components int, table []byte) *[256]byte {
	var out [256]byte
	for i := range out {
		switch {
		case components == 1 && i < len(table):
			out[i] = table[i]
		case components == 3 && 3*i+2 < len(table):
			c := color.GrayModel.Convert(color.RGBA{table[3*i], table[3*i+1], table[3*i+2], 255})
			out[i] = c.(color.Gray).Y
		}
	}
	return &out
}

func sorted(d dict) []name { return slices.Sorted(maps.Keys(d)) }
