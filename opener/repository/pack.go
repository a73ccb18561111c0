package repository

import (
	"bytes"
	"compress/zlib"
	"context"
	"crypto/sha1"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/sekisho/sekisho"
)

// An id is the name of an object: the SHA-1 of its kind, size and content.
type id [sha1.Size]byte

// A kind is the type of an object in a pack (gitformat-pack).
type kind byte

const (
	commit      kind = 1
	tree        kind = 2
	blob        kind = 3
	tag         kind = 4
	offsetDelta kind = 6
	nameDelta   kind = 7
)

func (k kind) String() string {
	return [...]string{"", "commit", "tree", "blob", "tag", "", "", ""}[k&7]
}

// A packed is an object as it lies in a pack: whole, or the difference from another one.
type packed struct {
	kind kind
	data []byte
	base *packed // of an offset delta
	name id      // of the base of a name delta
	done bool    // data is whole
}

// A store holds the objects of a pack.
type store struct {
	byName map[id]*packed
}

const (
	objectLimit = 500_000 // objects of a pack
	chainLimit  = 4095    // deltas upon deltas, the most that git makes
)

// readPack reads every object of a pack of version 2 or 3 and finds its name. What could be read is returned with the error.
func readPack(ctx context.Context, data []byte, b *sekisho.Budget) (*store, error) {
	s := &store{byName: map[id]*packed{}}
	if len(data) < 12 || string(data[:4]) != "PACK" {
		return s, fmt.Errorf("%w: no pack in the bundle", sekisho.ErrMalformed)
	}
	count := binary.BigEndian.Uint32(data[8:])
	if count > objectLimit {
		return s, fmt.Errorf("%w: a pack of %d objects", sekisho.ErrLimit, count)
	}
	p := &packReader{all: data, r: bytes.NewReader(data), b: b, ctx: ctx, byOffset: map[int64]*packed{}}
	_, err := p.r.Seek(12, io.SeekStart)
	var objects []*packed
	for i := uint32(0); i < count && err == nil; i++ {
		var o *packed
		if o, err = p.next(); o != nil {
			objects = append(objects, o)
		}
	}
	return s, errors.Join(err, s.resolve(ctx, objects, b))
}

// resolve makes every object whole and gives it its name. A delta may name a base that comes after it, so those that wait
// are tried again as long as that names more.
func (s *store) resolve(ctx context.Context, objects []*packed, b *sekisho.Budget) error {
	for waiting := objects; len(waiting) > 0; {
		if ctx.Err() != nil {
			return fmt.Errorf("%w: %w", sekisho.ErrTimeout, ctx.Err())
		}
		var again []*packed
		for _, o := range waiting {
			err := s.complete(o, b)
			switch {
			case errors.Is(err, errNoBase):
				again = append(again, o)
			case errors.Is(err, sekisho.ErrLimit):
				return err
			case err == nil:
				s.byName[o.id()] = o
			}
		}
		if len(again) == len(waiting) {
			return fmt.Errorf("%w: %d objects build on others that are not in the bundle", sekisho.ErrUnavailable, len(again))
		}
		waiting = again
	}
	return nil
}

var errNoBase = errors.New("the base is not known")

// complete applies the deltas that an object consists of, from the first whole one on.
func (s *store) complete(o *packed, b *sekisho.Budget) error {
	var chain []*packed
	for at := o; !at.done; {
		if len(chain) > chainLimit {
			return fmt.Errorf("%w: more than %d deltas upon another", sekisho.ErrLimit, chainLimit)
		}
		chain = append(chain, at)
		if at.base == nil {
			at.base = s.byName[at.name]
		}
		if at = at.base; at == nil {
			return errNoBase
		}
	}
	for i := len(chain) - 1; i >= 0; i-- {
		d := chain[i]
		whole, err := patch(d.base.data, d.data, b)
		if err != nil {
			return err
		}
		d.kind, d.data, d.done = d.base.kind, whole, true
	}
	return nil
}

func (o *packed) id() id {
	h := sha1.New()
	io.WriteString(h, o.kind.String()+" "+strconv.Itoa(len(o.data))+"\x00")
	h.Write(o.data)
	return id(h.Sum(nil))
}

// object returns an object by name.
func (s *store) object(name id) (kind, []byte, error) {
	o := s.byName[name]
	if o == nil {
		return 0, nil, fmt.Errorf("%w: object %s is not in the bundle", sekisho.ErrUnavailable, hex.EncodeToString(name[:4]))
	}
	return o.kind, o.data, nil
}

// A packReader reads the objects of a pack one after the other.
type packReader struct {
	ctx      context.Context
	all      []byte
	r        *bytes.Reader
	z        io.ReadCloser
	b        *sekisho.Budget
	byOffset map[int64]*packed
}

func (p *packReader) next() (*packed, error) {
	start := int64(len(p.all) - p.r.Len())
	first, err := p.r.ReadByte()
	if err != nil {
		return nil, fmt.Errorf("%w: the pack ends early", sekisho.ErrMalformed)
	}
	o := &packed{kind: kind(first >> 4 & 7)}
	for c := first; c&0x80 != 0; { // the size, which the compressed data tells as well
		if c, err = p.r.ReadByte(); err != nil {
			return nil, fmt.Errorf("%w: the pack ends early", sekisho.ErrMalformed)
		}
	}
	switch o.kind {
	case commit, tree, blob, tag:
		o.done = true
	case offsetDelta:
		back, err := p.offset()
		if o.base = p.byOffset[start-back]; err != nil || o.base == nil {
			return nil, fmt.Errorf("%w: a delta from nowhere", sekisho.ErrMalformed)
		}
	case nameDelta:
		if _, err := io.ReadFull(p.r, o.name[:]); err != nil {
			return nil, fmt.Errorf("%w: the pack ends early", sekisho.ErrMalformed)
		}
	default:
		return nil, fmt.Errorf("%w: an object of type %d", sekisho.ErrMalformed, o.kind)
	}
	if p.z == nil {
		p.z, err = zlib.NewReader(p.r)
	} else {
		err = p.z.(zlib.Resetter).Reset(p.r, nil)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", sekisho.ErrMalformed, err)
	}
	if o.data, err = p.b.Read(p.ctx, p.z); err != nil {
		if !errors.Is(err, sekisho.ErrLimit) && !errors.Is(err, sekisho.ErrTimeout) {
			err = fmt.Errorf("%w: %w", sekisho.ErrMalformed, err)
		}
		return nil, err
	}
	p.byOffset[start] = o
	return o, nil
}

// offset reads how far back the base of a delta lies: seven bits a byte, each continuation adding one (gitformat-pack).
func (p *packReader) offset() (int64, error) {
	value := int64(-1)
	for range 9 {
		c, err := p.r.ReadByte()
		if err != nil {
			return 0, err
		}
		value = (value+1)<<7 | int64(c&0x7F)
		if c&0x80 == 0 {
			return value, nil
		}
	}
	return 0, sekisho.ErrMalformed
}

// patch applies a delta: copies from the base (high bit set) and literal bytes, after the sizes of both.
func patch(base, delta []byte, b *sekisho.Budget) ([]byte, error) {
	from, n := binary.Uvarint(delta)
	if n <= 0 {
		return nil, errDelta
	}
	delta = delta[n:]
	size, n := binary.Uvarint(delta)
	if n <= 0 || from != uint64(len(base)) {
		return nil, errDelta
	}
	delta = delta[n:]
	if size > uint64(b.Limits().Entry) {
		return nil, fmt.Errorf("%w: an object of %d bytes", sekisho.ErrLimit, size)
	}
	if err := b.Spend(int64(size)); err != nil {
		return nil, err
	}
	whole := make([]byte, 0, size)
	for len(delta) > 0 {
		op := delta[0]
		delta = delta[1:]
		var piece []byte
		if op&0x80 == 0 {
			if op == 0 || int(op) > len(delta) {
				return nil, errDelta
			}
			piece, delta = delta[:op], delta[op:]
		} else {
			var at, length int
			for i := range 7 {
				if op>>i&1 == 0 {
					continue
				}
				if len(delta) == 0 {
					return nil, errDelta
				}
				if i < 4 {
					at |= int(delta[0]) << (8 * i)
				} else {
					length |= int(delta[0]) << (8 * (i - 4))
				}
				delta = delta[1:]
			}
			if length == 0 {
				length = 0x10000
			}
			if at+length > len(base) {
				return nil, errDelta
			}
			piece = base[at : at+length]
		}
		if uint64(len(whole)+len(piece)) > size {
			return nil, errDelta
		}
		whole = append(whole, piece...)
	}
	return whole, nil
}

var errDelta = fmt.Errorf("%w: a delta that does not fit its base", sekisho.ErrMalformed)
