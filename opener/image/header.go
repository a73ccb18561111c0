package image

import (
	"bytes"
	"encoding/binary"
	"io"

	"github.com/sekisho/sekisho"
)

// worth reports whether the image may be large enough for a QR code: mails are full of tracking pixels, rules and icons. An
// image whose size is not plainly told is worth it.
func worth(a *sekisho.Artifact) bool {
	file, ok := a.Form.(*sekisho.File)
	if !ok || a.Blob == nil {
		return true
	}
	width, height := sizeOf(file.Type, a.Blob)
	return width <= 0 || height <= 0 || width >= smallest && height >= smallest
}

// sizeOf returns the width and height that an image's header states, in pixels, and 0, 0 where the header is not the plain
// one that every decoder reads alike.
func sizeOf(fileType string, r io.ReaderAt) (width, height int) {
	if fileType == "image/jpeg" {
		return jpegSize(r)
	}
	var head [30]byte
	n, _ := r.ReadAt(head[:], 0) // what is short does not match
	switch b := head[:n]; fileType {
	case "image/png": // PNG 5.2, 11.2.2
		if len(b) >= 24 && bytes.HasPrefix(b, []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR")) {
			return int(binary.BigEndian.Uint32(b[16:])), int(binary.BigEndian.Uint32(b[20:]))
		}
	case "image/gif": // GIF89a 17, 18: the screen, in which every frame must lie
		if len(b) >= 10 && (bytes.HasPrefix(b, []byte("GIF89a")) || bytes.HasPrefix(b, []byte("GIF87a"))) {
			return int(binary.LittleEndian.Uint16(b[6:])), int(binary.LittleEndian.Uint16(b[8:]))
		}
	case "image/bmp": // BITMAPINFOHEADER and its successors; rows that go down have a negative height
		if len(b) >= 26 && bytes.HasPrefix(b, []byte("BM")) && binary.LittleEndian.Uint32(b[14:]) >= 40 {
			height := int(int32(binary.LittleEndian.Uint32(b[22:])))
			return int(int32(binary.LittleEndian.Uint32(b[18:]))), max(height, -height)
		}
	case "image/webp":
		if len(b) == len(head) && string(b[:4]) == "RIFF" && string(b[8:12]) == "WEBP" {
			return webpSize(b)
		}
	}
	return 0, 0
}

// webpSize reads the first chunk of a WebP (RFC 9649 2.5 to 2.7).
func webpSize(b []byte) (width, height int) {
	switch string(b[12:16]) {
	case "VP8 ":
		if bytes.Equal(b[23:26], []byte{0x9D, 0x01, 0x2A}) {
			return int(binary.LittleEndian.Uint16(b[26:]) & 0x3FFF), int(binary.LittleEndian.Uint16(b[28:]) & 0x3FFF)
		}
	case "VP8L":
		if bits := binary.LittleEndian.Uint32(b[21:]); b[20] == 0x2F {
			return int(bits&0x3FFF) + 1, int(bits>>14&0x3FFF) + 1
		}
	case "VP8X":
		return int(b[24]) | int(b[25])<<8 | int(b[26])<<16 + 1, int(b[27]) | int(b[28])<<8 | int(b[29])<<16 + 1
	}
	return 0, 0
}

const mostSegments = 64 // of a JPEG that are looked at before the one with the size

// jpegSize reads a JPEG's first frame header (ITU-T T.81 B.2.2), if only whole segments stand before it.
func jpegSize(r io.ReaderAt) (width, height int) {
	var b [9]byte
	if n, _ := r.ReadAt(b[:2], 0); n < 2 || b[0] != 0xFF || b[1] != 0xD8 {
		return 0, 0
	}
	at := int64(2)
	for range mostSegments {
		if n, _ := r.ReadAt(b[:], at); n < len(b) || b[0] != 0xFF {
			return 0, 0
		}
		length := int64(binary.BigEndian.Uint16(b[2:]))
		switch marker := b[1]; {
		case marker >= 0xC0 && marker <= 0xC2:
			return int(binary.BigEndian.Uint16(b[7:])), int(binary.BigEndian.Uint16(b[5:]))
		case marker == 0xDB, marker == 0xC4, marker == 0xDD, marker >= 0xE0 && marker <= 0xEF, marker == 0xFE:
			if length < 2 {
				return 0, 0
			}
			at += 2 + length
		default:
			return 0, 0
		}
	}
	return 0, 0
}
