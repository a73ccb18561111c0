// Package image reads the QR codes in pictures: what a mail hides from text filters and asks a telephone to open.
package image

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"github.com/sekisho/sekisho"
	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
	"golang.org/x/image/webp"
)

// Opener reads the QR codes of an image.
var Opener = &sekisho.Opener{
	Name: "image",
	Doc: `QR codes in an image

Reads every QR code of a PNG, JPEG, GIF, BMP, WebP or TIFF, dark on light or light on dark. A code that holds an address
to open becomes a link, any other a text, both by way of "qr". Images below 21 x 21 pixels hold none and are not decoded.
Of an animation only the first frame is read. Metadata and words in the picture are not read.`,
	Kinds:    []sekisho.Kind{sekisho.KindFile},
	Types:    []string{"image/png", "image/jpeg", "image/gif", "image/bmp", "image/webp", "image/tiff"},
	Isolated: true,
	Worth:    worth,
	Run:      run,
}

const (
	smallest    = 21         // pixels of the side of the smallest QR code, one a module
	mostPixels  = 40_000_000 // of an image that is decoded
	mostCodes   = 16         // of one image
	longestCode = 4296       // characters: more than a QR code can hold
)

// A codec reads one file format.
type codec struct {
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
}

var codecs = map[string]codec{
	"image/png":  {png.DecodeConfig, png.Decode},
	"image/jpeg": {jpeg.DecodeConfig, jpeg.Decode},
	"image/gif":  {gif.DecodeConfig, gif.Decode},
	"image/bmp":  {bmp.DecodeConfig, bmp.Decode},
	"image/webp": {webp.DecodeConfig, webp.Decode},
	"image/tiff": {tiff.DecodeConfig, tiff.Decode},
}

func run(ctx context.Context, a *sekisho.Artifact, b *sekisho.Budget) error {
	file, ok := a.Form.(*sekisho.File)
	if !ok || a.Blob == nil {
		return nil
	}
	c, ok := codecs[file.Type]
	if !ok {
		return fmt.Errorf("%w: %s is not read", sekisho.ErrUnavailable, file.Type)
	}
	size, err := c.config(io.NewSectionReader(a.Blob, 0, a.Size))
	if err != nil {
		return unreadable(err)
	}
	if size.Width < smallest || size.Height < smallest {
		return nil
	}
	if size.Width > mostPixels/size.Height {
		return fmt.Errorf("%w: an image of %d x %d pixels", sekisho.ErrLimit, size.Width, size.Height)
	}
	decoded, err := c.decode(io.NewSectionReader(a.Blob, 0, a.Size))
	if err != nil {
		return unreadable(err)
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%w: %w", sekisho.ErrTimeout, err)
	}
	codes, err := read(ctx, grayOf(decoded))
	for _, code := range codes {
		if err := b.Add(a, part(code)); err != nil {
			return err
		}
	}
	return err
}

// unreadable tells what a decoder does not do from what is broken.
func unreadable(err error) error {
	var jpegErr jpeg.UnsupportedError
	var pngErr png.UnsupportedError
	var tiffErr tiff.UnsupportedError
	if errors.As(err, &jpegErr) || errors.As(err, &pngErr) || errors.As(err, &tiffErr) || errors.Is(err, bmp.ErrUnsupported) {
		return fmt.Errorf("%w: %w", sekisho.ErrUnavailable, err)
	}
	return fmt.Errorf("%w: %w", sekisho.ErrMalformed, err)
}
