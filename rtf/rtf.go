// Package rtf opens the compressed RTF in which Outlook keeps the bodies of mails, MS-OXRTFCP.
package rtf

import (
	"encoding/binary"
	"fmt"

	"github.com/sekisho/sekisho"
)

const (
	packedLZFu = 0x75465A4C // "LZFu"
	packedMELA = 0x414C454D // "MELA": not compressed
)

// rtfDictionary is what the compressor's window starts with, MS-OXRTFCP §2.1.2.1.
const rtfDictionary = `{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans SerifSymbolArial` +
	"Times New RomanCourier" + `{\colortbl\red0\green0\blue0` + "\r\n" + `\par \pard\plain\f0\fs20\b\i\u\tab\tx`

// Decompress decompresses PR_RTF_COMPRESSED, MS-OXRTFCP §2.2, to at most limit bytes. Its checksum is not looked at. An
// error comes with what was decompressed.
func Decompress(packed []byte, limit int64) ([]byte, error) {
	if len(packed) < 16 {
		return nil, fmt.Errorf("%w: a compressed RTF body of %d bytes", sekisho.ErrMalformed, len(packed))
	}
	method, body := binary.LittleEndian.Uint32(packed[8:]), packed[16:]
	switch method {
	case packedMELA:
		return body, nil
	case packedLZFu:
		return unpackLZFu(body, limit)
	}
	return nil, fmt.Errorf("%w: an RTF body compressed as %08x", sekisho.ErrMalformed, method)
}

func unpackLZFu(body []byte, limit int64) (out []byte, err error) {
	var window [4096]byte
	write := copy(window[:], rtfDictionary)
	put := func(c byte) {
		window[write] = c
		write = (write + 1) % len(window)
		out = append(out, c)
	}
	for len(body) > 0 {
		control := body[0]
		body = body[1:]
		for bit := 0; bit < 8; bit++ {
			if int64(len(out)) > limit-17 {
				return out, fmt.Errorf("%w: an RTF body of more than %d bytes", sekisho.ErrLimit, limit)
			}
			if control>>bit&1 == 0 {
				if len(body) == 0 {
					return out, fmt.Errorf("%w: a compressed RTF body without an end", sekisho.ErrMalformed)
				}
				put(body[0])
				body = body[1:]
				continue
			}
			if len(body) < 2 {
				return out, fmt.Errorf("%w: a compressed RTF body without an end", sekisho.ErrMalformed)
			}
			reference := int(body[0])<<8 | int(body[1])
			body = body[2:]
			from := reference >> 4
			if from == write {
				return out, nil
			}
			for range reference&15 + 2 {
				put(window[from])
				from = (from + 1) % len(window)
			}
		}
	}
	return out, fmt.Errorf("%w: a compressed RTF body without an end", sekisho.ErrMalformed)
}
