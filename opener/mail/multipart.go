package mail

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/sekisho/sekisho"
)

const (
	depthLimit    = 32  // multiparts inside each other
	boundaryLimit = 998 // bytes of a boundary; RFC 2046 allows 70
)

// A delimiter is a boundary line of an open multipart, or the end of the mail, whose level is -1.
type delimiter struct {
	level   int // index in reader.boundaries
	closing bool
	start   int // where the content before it ends
	end     int // where the content after it starts
}

// next finds the first boundary line at or after pos.
func (r *reader) next(pos int) delimiter {
	for at := pos; len(r.boundaries) > 0; {
		if bytes.HasPrefix(r.data[at:], []byte("--")) {
			end := lineEnd(r.data, at)
			if level, closing := r.boundary(r.data[at:end]); level >= 0 {
				return delimiter{level: level, closing: closing, start: r.contentEnd(pos, at), end: end}
			}
		}
		i := bytes.Index(r.data[at:], []byte("\n--"))
		if i < 0 {
			break
		}
		at += i + 1
	}
	return delimiter{level: -1, start: len(r.data), end: len(r.data)}
}

// contentEnd returns where the content ends before a boundary line: the line end there belongs to the boundary.
func (r *reader) contentEnd(from, at int) int {
	if at > from && r.data[at-1] == '\n' {
		at--
	}
	if at > from && r.data[at-1] == '\r' {
		at--
	}
	return at
}

// boundary returns the level of the open multipart whose boundary the line is, the innermost first, or -1.
func (r *reader) boundary(line []byte) (level int, closing bool) {
	line = bytes.TrimRight(line[2:], " \t\r\n")
	for level = len(r.boundaries) - 1; level >= 0; level-- {
		boundary := r.boundaries[level]
		if len(line) == len(boundary) && string(line) == boundary {
			return level, false
		}
		if len(line) == len(boundary)+2 && string(line[len(boundary):]) == "--" && string(line[:len(boundary)]) == boundary {
			return level, true
		}
	}
	return -1, false
}

func (r *reader) isBoundary(line []byte) bool {
	if !bytes.HasPrefix(line, []byte("--")) {
		return false
	}
	level, _ := r.boundary(line)
	return level >= 0
}

// entity reads the mail or part whose header h starts at start, and returns the delimiter that ends it. within is the
// content type of the multipart it stands in.
func (r *reader) entity(start int, h *header, within string) delimiter {
	for _, defect := range h.defects {
		r.defects.add(defect)
	}
	if h.cut > 0 {
		r.defects.add(HeaderTooLong)
		r.fail(fmt.Errorf("%w: a header of %d bytes, %d of which were not read", sekisho.ErrLimit, h.size, h.cut))
	}
	p := r.newPart(h, within)
	body := start + h.size
	if strings.HasPrefix(p.media, "multipart/") {
		return r.multipart(p, body)
	}
	d := r.next(body)
	if d.start < body {
		d.start = body
	}
	p.body = r.data[body:d.start]
	r.addPart(p)
	return d
}

// multipart reads the parts of a multipart whose body starts at pos.
func (r *reader) multipart(p *part, pos int) delimiter {
	level := len(r.boundaries)
	boundary := strings.TrimRight(p.content.boundary(), " \t")
	if boundary == "" || len(boundary) > boundaryLimit {
		r.defects.add(MissingBoundary)
		boundary = r.guessBoundary(pos)
	}
	if level == depthLimit {
		r.fail(fmt.Errorf("%w: more than %d multiparts inside each other", sekisho.ErrLimit, depthLimit))
		boundary = ""
	}
	if boundary == "" {
		return r.asText(p, pos, r.next(pos))
	}
	if p.encoding != "" && p.encoding != "7bit" && p.encoding != "8bit" && p.encoding != "binary" {
		r.defects.add(ConflictingTransferEncoding)
	}
	if p.media == "multipart/encrypted" {
		r.fail(fmt.Errorf("%w: multipart/encrypted", sekisho.ErrEncrypted))
	}
	r.boundaries = append(r.boundaries, boundary)
	d := r.next(pos)
	if d.level < level {
		r.boundaries = r.boundaries[:level]
		r.defects.add(MissingBoundary)
		if boundary = r.guessBoundary(pos); boundary == "" {
			return r.asText(p, pos, d)
		}
		r.boundaries = append(r.boundaries, boundary)
		d = r.next(pos)
	}
	closed := false
	for d.level == level && !r.full {
		if err := r.ctx.Err(); err != nil {
			r.full = true
			r.fail(fmt.Errorf("%w: %w", sekisho.ErrTimeout, err))
			break
		}
		if d.closing {
			closed = true
			d = r.next(d.end)
			continue
		}
		if closed {
			r.defects.add(ReopenedMultipart)
		}
		closed = false
		d = r.entity(d.end, readHeader(r.data[d.end:], r.isBoundary), p.media)
	}
	if !closed && !r.full {
		if d.level < 0 && !slices.Contains(r.defects, UnclosedMultipart) {
			r.fail(fmt.Errorf("%w: a multipart does not end, the mail may be cut off", sekisho.ErrMalformed))
		}
		r.defects.add(UnclosedMultipart)
	}
	r.boundaries = r.boundaries[:level]
	if r.full {
		return delimiter{level: -1, start: len(r.data), end: len(r.data)}
	}
	return d
}

// asText reads a multipart that has no parts as the text that mail programs show for it.
func (r *reader) asText(p *part, pos int, d delimiter) delimiter {
	p.media = "text/plain"
	p.body = r.data[pos:max(pos, d.start)]
	r.addPart(p)
	return d
}

// guessBoundary takes the first line of a body that starts with two hyphens, near its beginning, for the boundary.
func (r *reader) guessBoundary(pos int) string {
	head := r.data[pos:min(len(r.data), pos+4096)]
	for len(head) > 0 {
		end := lineEnd(head, 0)
		line := bytes.TrimRight(head[:end], " \t\r\n")
		if len(line) > 2 && len(line) <= 72 && bytes.HasPrefix(line, []byte("--")) && nameLength(head[end:]) > 0 && !r.isBoundary(line) {
			return string(line[2:])
		}
		head = head[end:]
	}
	return ""
}
