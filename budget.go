package sekisho

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"time"
)

// Limits bound one inspection. The zero value of a field means its default, never "no limit".
type Limits struct {
	Bytes int64         // bytes of all blobs that openers produce, default 256 MiB
	Entry int64         // bytes of one blob, default 64 MiB
	Parts int           // artifacts in the tree, default 4,000
	Depth int           // levels of the tree, default 40
	Time  time.Duration // wall time of opening and inspecting, default 30 s
}

func (l Limits) withDefaults() Limits {
	if l.Bytes <= 0 {
		l.Bytes = 256 << 20
	}
	if l.Entry <= 0 {
		l.Entry = 64 << 20
	}
	if l.Parts <= 0 {
		l.Parts = 4000
	}
	if l.Depth <= 0 {
		l.Depth = 40
	}
	if l.Time <= 0 {
		l.Time = 30 * time.Second
	}
	return l
}

// A Budget is what one inspection may still spend. It belongs to one inspection and is not safe for concurrent use.
type Budget struct {
	limits Limits
	bytes  int64 // left
	parts  int   // left
}

// NewBudget returns a full budget.
func NewBudget(l Limits) *Budget {
	l = l.withDefaults()
	return &Budget{limits: l, bytes: l.Bytes, parts: l.Parts}
}

// Limits returns the limits in force, with defaults filled in.
func (b *Budget) Limits() Limits { return b.limits }

// Left returns the bytes and artifacts still allowed.
func (b *Budget) Left() (bytes int64, parts int) { return b.bytes, b.parts }

// Add puts part under up, and sets its ID and Up. It charges one part and no bytes: openers that decode or decompress
// charge those with Read or Spend. When the tree is full or too deep it adds nothing and returns an error wrapping
// ErrLimit.
func (b *Budget) Add(up, part *Artifact) error {
	if b.parts <= 0 {
		return fmt.Errorf("%w: more than %d parts", ErrLimit, b.limits.Parts)
	}
	if up.Depth()+1 >= b.limits.Depth {
		return fmt.Errorf("%w: more than %d levels", ErrLimit, b.limits.Depth)
	}
	b.parts--
	part.Up = up
	part.ID = up.ID + "." + strconv.Itoa(len(up.Parts))
	up.Parts = append(up.Parts, part)
	return nil
}

// Spend charges n bytes and returns an error wrapping ErrLimit when they are not left.
func (b *Budget) Spend(n int64) error {
	if n > b.bytes {
		b.bytes = 0
		return fmt.Errorf("%w: more than %d bytes inside", ErrLimit, b.limits.Bytes)
	}
	b.bytes -= n
	return nil
}

// Read reads all of r, charging what it reads. It stops at the limit for one entry or for the whole inspection, and
// then returns what it has together with an error wrapping ErrLimit. ctx is looked at between reads.
func (b *Budget) Read(ctx context.Context, r io.Reader) ([]byte, error) {
	allowed := min(b.limits.Entry, b.bytes)
	var data []byte
	buf := make([]byte, 32<<10)
	for {
		if err := ctx.Err(); err != nil {
			return data, fmt.Errorf("%w: %w", ErrTimeout, err)
		}
		n, err := r.Read(buf)
		if int64(len(data)+n) > allowed {
			n = int(allowed - int64(len(data)))
			data = append(data, buf[:n]...)
			b.bytes -= int64(len(data))
			return data, fmt.Errorf("%w: more than %d bytes", ErrLimit, allowed)
		}
		data = append(data, buf[:n]...)
		if err != nil {
			b.bytes -= int64(len(data))
			if err == io.EOF {
				return data, nil
			}
			return data, err
		}
	}
}
