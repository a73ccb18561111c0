package image

import (
	"image"
	"image/color"
)

// A gray is an image's luminance, a byte a pixel.
type gray struct {
	pix  []byte
	w, h int
}

const (
	longSide  = 1600 // pixels above which an image is made smaller: codes in large images are large
	shortSide = 200  // pixels below which it is made larger: decoders want several pixels a module
)

// grayOf returns the luminance of the image on a white page, at a size that suits decoding.
func grayOf(m image.Image) gray {
	g := luminance(m)
	side := max(g.w, g.h)
	switch {
	case side > longSide:
		return g.shrink((side + longSide - 1) / longSide)
	case side < shortSide:
		return g.enlarge(4)
	}
	return g
}

func luminance(m image.Image) gray {
	r := m.Bounds()
	g := gray{make([]byte, r.Dx()*r.Dy()), r.Dx(), r.Dy()}
	switch m := m.(type) {
	case *image.YCbCr:
		for y := range g.h {
			copy(g.row(y), m.Y[m.YOffset(r.Min.X, r.Min.Y+y):])
		}
	case *image.Gray:
		for y := range g.h {
			copy(g.row(y), m.Pix[m.PixOffset(r.Min.X, r.Min.Y+y):])
		}
	case *image.Paletted:
		var shades [256]byte
		for i, c := range m.Palette[:min(256, len(m.Palette))] {
			shades[i] = shade(c)
		}
		for y := range g.h {
			from := m.Pix[m.PixOffset(r.Min.X, r.Min.Y+y):]
			for x := range g.row(y) {
				g.row(y)[x] = shades[from[x]]
			}
		}
	case *image.RGBA:
		for y := range g.h {
			from := m.Pix[m.PixOffset(r.Min.X, r.Min.Y+y):]
			for x := range g.row(y) {
				p := from[4*x : 4*x+4]
				g.row(y)[x] = byte((uint32(p[0])+2*uint32(p[1])+uint32(p[2]))/4 + 255 - uint32(p[3]))
			}
		}
	case *image.NRGBA:
		for y := range g.h {
			from := m.Pix[m.PixOffset(r.Min.X, r.Min.Y+y):]
			for x := range g.row(y) {
				p := from[4*x : 4*x+4]
				lum := (uint32(p[0]) + 2*uint32(p[1]) + uint32(p[2])) / 4
				g.row(y)[x] = byte((lum*uint32(p[3]) + 255*(255-uint32(p[3]))) / 255)
			}
		}
	default:
		for y := range g.h {
			for x := range g.row(y) {
				g.row(y)[x] = shade(m.At(r.Min.X+x, r.Min.Y+y))
			}
		}
	}
	return g
}

// shade returns the luminance of a colour over white. RGBA is premultiplied.
func shade(c color.Color) byte {
	r, g, b, a := c.RGBA()
	return byte(((r+2*g+b)/4 + 0xFFFF - a) >> 8)
}

func (g gray) row(y int) []byte { return g.pix[y*g.w : (y+1)*g.w] }

// shrink returns the image with each square of n by n pixels as one.
func (g gray) shrink(n int) gray {
	small := gray{make([]byte, (g.w/n)*(g.h/n)), g.w / n, g.h / n}
	for y := range small.h {
		to := small.row(y)
		for x := range to {
			sum := 0
			for dy := range n {
				for _, p := range g.row(y*n + dy)[x*n : x*n+n] {
					sum += int(p)
				}
			}
			to[x] = byte(sum / (n * n))
		}
	}
	return small
}

func (g gray) enlarge(n int) gray {
	large := gray{make([]byte, g.w*n*g.h*n), g.w * n, g.h * n}
	for y := range large.h {
		from, to := g.row(y/n), large.row(y)
		for x := range to {
			to[x] = from[x/n]
		}
	}
	return large
}

// framed returns the image with a white margin, and inverted if asked: codes that fill their image have no quiet zone.
func (g gray) framed(invert bool) gray {
	const margin = 16
	out := gray{make([]byte, (g.w+2*margin)*(g.h+2*margin)), g.w + 2*margin, g.h + 2*margin}
	for i := range out.pix {
		out.pix[i] = 255
	}
	for y := range g.h {
		to := out.row(y + margin)[margin:]
		for x, p := range g.row(y) {
			if invert {
				p = 255 - p
			}
			to[x] = p
		}
	}
	return out
}

// otsu returns the luminance that best parts dark from light (Otsu, 1979).
func (g gray) otsu() byte {
	var histogram [256]int
	for _, p := range g.pix {
		histogram[p]++
	}
	total, sum := len(g.pix), 0
	for i, n := range histogram {
		sum += i * n
	}
	best, threshold := -1.0, 0
	dark, darkSum := 0, 0
	for i, n := range histogram {
		dark += n
		darkSum += i * n
		if dark == 0 || dark == total {
			continue
		}
		apart := float64(darkSum)/float64(dark) - float64(sum-darkSum)/float64(total-dark)
		if between := float64(dark) * float64(total-dark) * apart * apart; between > best {
			best, threshold = between, i
		}
	}
	return byte(threshold)
}
