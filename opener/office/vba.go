package office

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/charset"
)

// sourceStart is how the compressed source of every module starts behind the header of its first chunk: a flag byte that
// says eight literals follow, and those. It is found without the directory stream, which Office needs and malware damages.
var sourceStart = []byte("\x00Attribut")

// vbaSource returns the source of the first module in a stream of a VBA project (MS-OVBA §2.3.4.3) and what follows its
// start; rest is nil when there is none.
func vbaSource(stream []byte) (source string, rest []byte, err error) {
	for from := 0; ; {
		i := bytes.Index(stream[from:], sourceStart)
		if i < 0 {
			return "", nil, nil
		}
		at := from + i - 3
		from += i + 1
		if at < 0 || stream[at] != 1 {
			continue
		}
		plain, err := decompressVBA(stream[at:], mostMacro)
		source, _ = charset.Decode("", plain)
		return source, stream[from:], err
	}
}

// decompressVBA decompresses a container (MS-OVBA §2.4.1) to at most limit bytes. An error comes with what was read.
func decompressVBA(data []byte, limit int) (out []byte, err error) {
	if len(data) == 0 || data[0] != 1 {
		return nil, fmt.Errorf("%w: no compressed container", sekisho.ErrMalformed)
	}
	for data = data[1:]; len(data) >= 2; {
		header := binary.LittleEndian.Uint16(data)
		size := int(header&0xFFF) + 3
		if header>>12&7 != 3 {
			return out, nil // what follows the container is padding
		}
		size = min(size, len(data))
		chunk := data[2:size]
		data = data[size:]
		if len(out)+4096 > limit {
			return out, fmt.Errorf("%w: a module of more than %d bytes", sekisho.ErrLimit, limit)
		}
		if header&0x8000 == 0 {
			out = append(out, chunk[:min(len(chunk), 4096)]...)
			continue
		}
		out = appendChunk(out, chunk)
	}
	return out, nil
}

// appendChunk decompresses one chunk, at most 4,096 bytes, onto out.
func appendChunk(out, chunk []byte) []byte {
	start := len(out)
	for len(chunk) > 0 {
		flags := chunk[0]
		chunk = chunk[1:]
		for bit := 0; bit < 8 && len(chunk) > 0; bit++ {
			if len(out)-start >= 4096 {
				return out
			}
			if flags>>bit&1 == 0 {
				out = append(out, chunk[0])
				chunk = chunk[1:]
				continue
			}
			if len(chunk) < 2 {
				return out
			}
			token := int(binary.LittleEndian.Uint16(chunk))
			chunk = chunk[2:]
			bits := 4
			for 1<<bits < len(out)-start {
				bits++
			}
			lengthBits := 16 - bits
			length, offset := token&(1<<lengthBits-1)+3, token>>lengthBits+1
			if offset > len(out)-start {
				return out
			}
			for range min(length, 4096-(len(out)-start)) {
				out = append(out, out[len(out)-offset])
			}
		}
	}
	return out
}
