package pdf

import (
	"bytes"
	"compress/flate"
	"compress/zlib"
	"encoding/ascii85"
	"errors"
	"fmt"
	"io"

	"github.com/sekisho/sekisho"
	"golang.org/x/image/tiff/lzw"
)

const mostFilters = 8

// decode undoes the stream's filters (7.4) as far as it can. rest names the filter it stopped at: one that makes pictures.
// Bytes before an error are returned with it.
func (d *document) decode(s stream) (data []byte, rest name, err error) {
	filters := d.list(s.dict["Filter"])
	params := d.list(s.dict["DecodeParms"], s.dict["DP"])
	data = s.raw
	for i, f := range filters {
		if i == mostFilters {
			return data, "", fmt.Errorf("%w: more than %d filters", sekisho.ErrLimit, mostFilters)
		}
		var param dict
		if i < len(params) {
			param = d.dict(params[i])
		}
		filter, _ := d.resolve(f).(name)
		r := reader(filter, data, param)
		if r == nil {
			return data, filter, nil
		}
		data, err = d.b.Read(d.ctx, r)
		if err != nil && (len(data) == 0 || errors.Is(err, sekisho.ErrLimit) || errors.Is(err, sekisho.ErrTimeout)) {
			return data, "", classed(err)
		}
		if filter == "FlateDecode" || filter == "Fl" || filter == "LZWDecode" || filter == "LZW" {
			data = d.unpredict(data, param)
		}
	}
	return data, "", nil
}

func classed(err error) error {
	if errors.Is(err, sekisho.ErrLimit) || errors.Is(err, sekisho.ErrTimeout) {
		return err
	}
	return fmt.Errorf("%w: stream: %w", sekisho.ErrMalformed, err)
}

// list returns the first that is there, as a list.
func (d *document) list(objects ...any) array {
	for _, o := range objects {
		switch o := d.resolve(o).(type) {
		case array:
			return o
		case name, dict:
			return array{o}
		}
	}
	return nil
}

// reader returns nil for a filter that is not undone here.
func reader(filter name, data []byte, param dict) io.Reader {
	switch filter {
	case "FlateDecode", "Fl":
		if r, err := zlib.NewReader(bytes.NewReader(data)); err == nil {
			return r
		}
		return flate.NewReader(bytes.NewReader(data[min(2, len(data)):]))
	case "LZWDecode", "LZW":
		if early, ok := param["EarlyChange"].(float64); ok && early == 0 {
			return nil
		}
		return lzw.NewReader(bytes.NewReader(data), lzw.MSB, 8)
	case "ASCIIHexDecode", "AHx":
		p := parser{data: data}
		return bytes.NewReader(p.hex())
	case "ASCII85Decode", "A85":
		data = bytes.TrimPrefix(bytes.TrimSpace(data), []byte("<~"))
		data, _, _ = bytes.Cut(data, []byte("~"))
		return ascii85.NewDecoder(bytes.NewReader(data))
	case "RunLengthDecode", "RL":
		return &runLength{data: data}
	case "Crypt":
		return bytes.NewReader(data)
	}
	return nil
}

// runLength undoes the RunLength filter (7.4.5).
type runLength struct {
	data []byte
	left []byte
}

func (r *runLength) Read(p []byte) (int, error) {
	if len(r.left) == 0 {
		if len(r.data) < 2 || r.data[0] == 128 {
			return 0, io.EOF
		}
		if n := int(r.data[0]); n < 128 {
			end := min(2+n, len(r.data))
			r.left, r.data = r.data[1:end], r.data[end:]
		} else {
			r.left, r.data = bytes.Repeat(r.data[1:2], 257-n), r.data[2:]
		}
	}
	n := copy(p, r.left)
	r.left = r.left[n:]
	return n, nil
}

// unpredict undoes the PNG predictors (7.4.4.4) in place. The TIFF predictor is left: only pictures have it.
func (d *document) unpredict(data []byte, param dict) []byte {
	if d.integer(param["Predictor"]) < 10 {
		return data
	}
	value := func(key name, otherwise int) int {
		if n := d.integer(param[key]); n > 0 {
			return min(n, 1<<16)
		}
		return otherwise
	}
	bits := value("Colors", 1) * value("BitsPerComponent", 8)
	pixel := max(1, bits/8)
	length := (bits*value("Columns", 1) + 7) / 8
	out := data[:0]
	above := make([]byte, length)
	for len(data) > 1 {
		kind, row := data[0], data[1:min(1+length, len(data))]
		data = data[1+len(row):]
		for i := range row {
			var left, corner byte
			if i >= pixel {
				left, corner = row[i-pixel], above[i-pixel]
			}
			switch kind {
			case 1:
				row[i] += left
			case 2:
				row[i] += above[i]
			case 3:
				row[i] += byte((int(left) + int(above[i])) / 2)
			case 4:
				row[i] += paeth(left, above[i], corner)
			}
		}
		copy(above, row)
		out = append(out, row...)
	}
	return out
}

func paeth(a, b, c byte) byte {
	pa, pb := int(b)-int(c), int(a)-int(c)
	pc := pa + pb
	pa, pb, pc = max(pa, -pa), max(pb, -pb), max(pc, -pc)
	switch {
	case pa <= pb && pa <= pc:
		return a
	case pb <= pc:
		return b
	}
	return c
}
