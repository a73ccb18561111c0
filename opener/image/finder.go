package image

// finders reports whether three finder patterns of a QR code are to be seen: a square in a ring, so that a line through
// the middle crosses dark, light, dark, light, dark in the proportions 1:1:3:1:1 (ISO/IEC 18004 5.3.3.1), dark on light
// or light on dark. It costs about as much as decoding a JPEG's luminance and spares photographs the decoder.
func finders(g gray) (dark, light bool) {
	threshold := g.otsu()
	flat := scan{gray: g, limits: make([]byte, g.w/block*(g.h/block)+1), stride: g.w / block}
	for i := range flat.limits {
		flat.limits[i] = threshold
	}
	dark, light = flat.run()
	if dark || light || g.w < 3*block || g.h < 3*block {
		return dark, light
	}
	local := scan{gray: g, limits: g.localLimits(), stride: g.w / block}
	return local.run()
}

const (
	block     = 32 // pixels of the side of a square that has one threshold
	wanted    = 3  // patterns of a code
	rowStep   = 2  // rows from one line to the next: a finder's middle is at least three modules high
	tolerance = 2  // a run may be off by one part in this of a module
)

// localLimits returns the mean luminance around each block.
func (g gray) localLimits() []byte {
	columns, rows := g.w/block, g.h/block
	sums := make([]int, columns*rows)
	for y := range rows * block {
		row := g.row(y)
		for x := range columns {
			sum := 0
			for _, p := range row[x*block : (x+1)*block] {
				sum += int(p)
			}
			sums[y/block*columns+x] += sum
		}
	}
	limits := make([]byte, len(sums)+1)
	for y := range rows {
		for x := range columns {
			sum, n := 0, 0
			for yy := max(0, y-1); yy < min(rows, y+2); yy++ {
				for xx := max(0, x-1); xx < min(columns, x+2); xx++ {
					sum += sums[yy*columns+xx]
					n += block * block
				}
			}
			limits[y*columns+x] = byte(sum / n)
		}
	}
	return limits
}

// A scan is one search for finder patterns.
type scan struct {
	gray
	limits []byte // of dark, by block
	stride int    // blocks in a row
	seen   [2][]pattern
}

// A pattern is the middle of what may be a finder pattern.
type pattern struct{ x, y int }

func (s *scan) isDark(x, y int) int {
	column, row := min(x/block, max(0, s.stride-1)), min(y/block, max(0, s.h/block-1))
	if s.pix[y*s.w+x] <= s.limits[row*s.stride+column] {
		return 1
	}
	return 0
}

func (s *scan) run() (dark, light bool) {
	var shades []int8
	for y := 0; y < s.h; y += rowStep {
		shades = s.line(shades[:0], y)
		var runs [5]int
		start := 0
		for x := 1; x <= len(shades); x++ {
			if x < len(shades) && shades[x] == shades[start] {
				continue
			}
			runs = [5]int{runs[1], runs[2], runs[3], runs[4], x - start}
			if finderRuns(runs) {
				s.note(int(shades[start]), x-runs[4]-runs[3]-runs[2]/2-1, y, runs)
			}
			start = x
		}
		if len(s.seen[1]) >= wanted && len(s.seen[0]) >= wanted {
			break
		}
	}
	return len(s.seen[1]) >= wanted, len(s.seen[0]) >= wanted
}

func (s *scan) line(shades []int8, y int) []int8 {
	row := s.row(y)
	limits := s.limits[min(y/block, max(0, s.h/block-1))*s.stride:]
	for x, p := range row {
		shade := int8(0)
		if p <= limits[min(x/block, max(0, s.stride-1))] {
			shade = 1
		}
		shades = append(shades, shade)
	}
	return shades
}

// finderRuns reports whether five lengths are as 1:1:3:1:1.
func finderRuns(runs [5]int) bool {
	total := 0
	for _, n := range runs {
		if n == 0 {
			return false
		}
		total += n
	}
	if total < 7 {
		return false
	}
	for i, n := range runs {
		modules := 1
		if i == 2 {
			modules = 3
		}
		// |n - modules*total/7| < modules*total/7/tolerance, in whole numbers
		if off := 7*n - modules*total; max(off, -off)*tolerance > modules*total {
			return false
		}
	}
	return true
}

// note keeps a pattern that is one downwards, too, and is not one already seen.
func (s *scan) note(shade, x, y int, across [5]int) {
	if len(s.seen[shade]) >= wanted {
		return
	}
	size := across[0] + across[1] + across[2] + across[3] + across[4]
	down, ok := s.column(shade, x, y, size)
	if !ok || !finderRuns(down) {
		return
	}
	height := down[0] + down[1] + down[2] + down[3] + down[4]
	if height > 2*size || size > 2*height {
		return
	}
	for _, p := range s.seen[shade] {
		if abs(p.x-x) < size && abs(p.y-y) < size {
			return
		}
	}
	s.seen[shade] = append(s.seen[shade], pattern{x, y})
}

// column returns the five runs through the middle at x, y, downwards, none longer than size.
func (s *scan) column(shade, x, y, size int) (runs [5]int, ok bool) {
	if x < 0 || x >= s.w || s.isDark(x, y) != shade {
		return runs, false
	}
	count := func(y, step, shade int) (n, end int) {
		for y >= 0 && y < s.h && n <= size && s.isDark(x, y) == shade {
			n++
			y += step
		}
		return n, y
	}
	up, end := count(y, -1, shade)
	runs[1], end = count(end, -1, 1-shade)
	runs[0], _ = count(end, -1, shade)
	below, end := count(y+1, 1, shade)
	runs[3], end = count(end, 1, 1-shade)
	runs[4], _ = count(end, 1, shade)
	runs[2] = up + below
	return runs, true
}

func abs(n int) int { return max(n, -n) }
