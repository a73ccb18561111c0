package record

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"sync"
	"time"
)

// An ID is a letter that says of what, and 13 digits that sort by time: microseconds since 1970, and 12 bits that tell those of
// one microsecond apart. Tables keep the number.
const (
	idPassage  = 'p'
	idCase     = 'c'
	idDecision = 'd'
)

// digits are Crockford's: none is taken for another when read aloud.
var digits = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// ids makes numbers that do not repeat in a process, and practically never among several. They say their moment whatever was asked for
// before, so that what is recorded late stands where it belongs; of one moment, the later is the greater.
type ids struct {
	mutex sync.Mutex
	last  map[int64]int64 // the number given last, by its microsecond, of late
	order []int64         // the microseconds, as a ring
	place int
}

const idsLimit = 4096 // microseconds that are remembered

func (i *ids) next(at time.Time) int64 {
	var noise [2]byte
	_, _ = rand.Read(noise[:]) // it never fails
	i.mutex.Lock()
	defer i.mutex.Unlock()
	if i.last == nil {
		i.last, i.order = map[int64]int64{}, make([]int64, idsLimit)
	}
	micro := at.UnixMicro()
	n, again := i.last[micro]
	if again {
		i.last[micro] = n + 1
		return n + 1
	}
	delete(i.last, i.order[i.place])
	n = firstOf(at) | int64(binary.BigEndian.Uint16(noise[:])&0x7ff)
	i.last[micro], i.order[i.place] = n, micro
	i.place = (i.place + 1) % idsLimit
	return n
}

// formatID returns the ID of a number, empty for 0.
func formatID(of byte, n int64) string {
	if n == 0 {
		return ""
	}
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(n))
	return string(of) + digits.EncodeToString(b[:])
}

// parseID returns the number of an ID, ErrNotFound for what is none.
func parseID(of byte, id string) (int64, error) {
	if len(id) == 14 && id[0] == of {
		if b, err := digits.DecodeString(id[1:]); err == nil {
			return int64(binary.BigEndian.Uint64(b)), nil
		}
	}
	return 0, fmt.Errorf("%q: %w", id, ErrNotFound)
}

// firstOf is the smallest number of a moment.
func firstOf(t time.Time) int64 { return t.UnixMicro() << 12 }

// random returns n random bytes in hexadecimal.
func random(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return hex.EncodeToString(b)
}
