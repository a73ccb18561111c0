package office

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/sekisho/sekisho"
)

// The records of a presentation that are read (MS-PPT §2.13.24).
const (
	recordTextChars   = 0x0FA0
	recordTextBytes   = 0x0FA8
	recordCString     = 0x0FBA
	recordInteractive = 0x0FF3
	recordObject      = 0x1011
)

// slides reads the records of a presentation stream. Containers need no recursion: what they hold follows their header.
func (s *storage) slides(data []byte) {
	for at, n := 0, 0; at+8 <= len(data); n++ {
		if n == mostRecords {
			s.fail(fmt.Errorf("%w: a presentation of more than %d records", sekisho.ErrLimit, mostRecords))
			return
		}
		if n%4096 == 0 && s.done() {
			return
		}
		version, kind := data[at]&0xF, binary.LittleEndian.Uint16(data[at+2:])
		size := uint64(binary.LittleEndian.Uint32(data[at+4:]))
		at += 8
		if version == 0xF {
			continue
		}
		body := data[at:min(uint64(at)+size, uint64(len(data)))]
		at += len(body)
		switch kind {
		case recordTextChars:
			s.say(strings.ReplaceAll(wideText(body), "\r", "\n") + "\n")
		case recordTextBytes:
			s.say(strings.ReplaceAll(latin(body), "\r", "\n") + "\n")
		case recordCString:
			s.cString(wideText(body[:min(len(body), 2*mostFact)]))
		case recordInteractive:
			if len(body) >= 9 && (body[8] == 1 || body[8] == 2) {
				s.note(&s.facts.Handlers, [...]string{1: "a click runs a macro", 2: "a click runs a program"}[body[8]])
			}
		case recordObject:
			s.slideObject(data[at-len(body)-8:at], body)
		}
	}
}

// cString links what is an address; other strings of a presentation are names.
func (s *storage) cString(text string) {
	if strings.Contains(text, "://") || strings.HasPrefix(text, `\\`) || strings.HasPrefix(text, "mailto:") {
		s.link(text, "")
	}
}

// slideObject reads an embedded object or the macros: a compound file, compressed when the record says so.
func (s *storage) slideObject(header, body []byte) {
	data := body
	if header[0]>>4 == 1 && len(body) > 4 {
		r, err := zlib.NewReader(bytes.NewReader(body[4:]))
		if err != nil {
			s.fail(fmt.Errorf("%w: object: %w", sekisho.ErrMalformed, err))
			return
		}
		data, err = s.b.Read(s.ctx, r)
		if errors.Is(err, sekisho.ErrLimit) {
			s.full = true
			s.fail(fmt.Errorf("object: %w", err))
		} else if err != nil {
			s.fail(fmt.Errorf("%w: object: %w", sekisho.ErrMalformed, err))
		}
	}
	if bytes.HasPrefix(data, []byte(compoundMagic)) {
		s.embeddedCompound(data, "object", s.depth+1)
	}
}

// The records of pictures (MS-ODRAW §2.2.23) that browsers show too.
var blips = map[uint16]string{0xF01D: "jpg", 0xF02A: "jpg", 0xF01E: "png"}

// pictures hands on the pictures that a stream of drawings holds, found by how they start.
func (s *storage) pictures(data []byte) {
	for at := 0; at < len(data) && s.images < mostImages && !s.done(); {
		next := len(data)
		for _, start := range [...]string{"\x89PNG\r\n\x1A\n", "\xFF\xD8\xFF"} {
			if i := bytes.Index(data[at:min(next, len(data))], []byte(start)); i >= 0 {
				next = min(next, at+i)
			}
		}
		at = next + 1
		for _, header := range [...]int{25, 41} { // before the picture: the record's header, one or two digests and a tag
			if next < header || next == len(data) {
				continue
			}
			record := data[next-header:]
			extension, length := blips[binary.LittleEndian.Uint16(record[2:])], uint64(binary.LittleEndian.Uint32(record[4:]))
			if extension == "" || length+8 > uint64(len(record)) || length+8 < uint64(header) {
				continue
			}
			s.file("picture."+extension, "image", record[header:length+8])
			at = next - header + int(length) + 8
			break
		}
	}
}
