package image

import (
	"context"
	"fmt"
	"strings"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/multi/qrcode"
	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/fold"
)

// read returns the texts of the QR codes in the image. Decoding is expensive and runs only for a polarity in which the
// three finder patterns of a code are seen.
func read(ctx context.Context, g gray) ([]string, error) {
	dark, light := finders(g)
	var codes []string
	for _, invert := range []bool{false, true} {
		if invert && !light || !invert && !dark {
			continue
		}
		found, err := decode(ctx, g.framed(invert))
		codes = append(codes, found...)
		if err != nil {
			return codes, err
		}
	}
	return codes, nil
}

// decode tries what finds codes that the first try misses: one threshold for the whole image, and half the size.
func decode(ctx context.Context, g gray) ([]string, error) {
	hints := map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true}
	for _, scaled := range []gray{g, g.shrink(2)} {
		source, err := gozxing.NewPlanarYUVLuminanceSource(scaled.pix, scaled.w, scaled.h, 0, 0, scaled.w, scaled.h, false)
		if err != nil {
			return nil, err
		}
		for _, binarizer := range []gozxing.Binarizer{gozxing.NewHybridBinarizer(source), gozxing.NewGlobalHistgramBinarizer(source)} {
			if err := ctx.Err(); err != nil {
				return nil, fmt.Errorf("%w: %w", sekisho.ErrTimeout, err)
			}
			bitmap, err := gozxing.NewBinaryBitmap(binarizer)
			if err != nil {
				return nil, err
			}
			// An error means that nothing was found this way.
			results, _ := qrcode.NewQRCodeMultiReader().DecodeMultiple(bitmap, hints)
			var codes []string
			for _, r := range results[:min(len(results), mostCodes)] {
				if text := r.GetText(); text != "" {
					codes = append(codes, strings.ToValidUTF8(text[:min(len(text), longestCode)], "\uFFFD"))
				}
			}
			if len(codes) > 0 {
				return codes, nil
			}
		}
	}
	return nil, nil
}

// part returns the artifact for a code's text.
func part(code string) *sekisho.Artifact {
	if opens(code) {
		return &sekisho.Artifact{Kind: sekisho.KindLink, Name: code, Via: "qr", Form: &sekisho.Link{Href: code, Element: "qr"}}
	}
	return &sekisho.Artifact{Kind: sekisho.KindText, Name: "QR", Via: "qr",
		Form: &sekisho.TextForm{Content: code, Folded: fold.Text(code)}}
}

// opens reports whether a telephone offers to open the text: it is a URI (RFC 3986 3.1: https, bitcoin, wc, line, tel
// ...), or a host with a path.
func opens(code string) bool {
	code = strings.TrimSpace(code)
	if code == "" || strings.ContainsAny(code, " \t\r\n") {
		return false
	}
	scheme, rest, found := strings.Cut(code, ":")
	if found && rest != "" && isScheme(scheme) {
		return true
	}
	host, _, path := strings.Cut(code, "/")
	return strings.HasPrefix(strings.ToLower(host), "www.") || path && strings.Contains(strings.Trim(host, "."), ".")
}

func isScheme(s string) bool {
	for i := range len(s) {
		c := s[i] | 0x20
		if letter := 'a' <= c && c <= 'z'; !letter && (i == 0 || !strings.ContainsRune("0123456789+-.", rune(s[i]))) {
			return false
		}
	}
	return len(s) >= 2 && len(s) <= 30
}
