package label

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"strings"
	"time"

	"github.com/sekisho/sekisho"
)

// A list file, in little endian:
//
//	header   64 bytes: magic, bits, count, length of records, length of info, CRC-32C of what follows the header, CRC-32C
//	         of the header up to here, padding
//	entries  count times: key (16 bytes), place of its record (4); sorted by key
//	buckets  2^bits+1 times 4 bytes: the first entry whose key starts with these bits
//	records  what is said; many entries share one
//	info     [Info] in JSON
const (
	magic      = "SEKISHO\x01"
	headerSize = 64
	entrySize  = 20
	suffix     = ".labels"
	previous   = ".previous"
	checked    = ".checked"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// A List is one list file, open. It is safe for concurrent use until it is closed.
type List struct {
	Info    Info
	count   int
	shift   uint // of a key's upper half to its bucket
	entries []byte
	buckets []byte
	records []byte
	unmap   func() error
}

// OpenList opens a list file and checks all of it. An error wraps [ErrCorrupt] when it is not as it was written.
func OpenList(path string) (*List, error) {
	data, unmap, err := mapped(path)
	if err != nil {
		return nil, err
	}
	l := &List{unmap: unmap}
	if err := l.read(data); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), unmap())
	}
	l.Info.Checked = l.Info.Fetched
	if text, err := os.ReadFile(strings.TrimSuffix(path, suffix) + checked); err == nil {
		if at, err := time.Parse(time.RFC3339, strings.TrimSpace(string(text))); err == nil && at.After(l.Info.Checked) {
			l.Info.Checked = at
		}
	}
	return l, nil
}

func (l *List) read(data []byte) error {
	if len(data) < headerSize || string(data[:8]) != magic {
		return fmt.Errorf("%w: no header", ErrCorrupt)
	}
	le := binary.LittleEndian
	if crc32.Checksum(data[:40], castagnoli) != le.Uint32(data[40:]) {
		return fmt.Errorf("%w: header", ErrCorrupt)
	}
	bits, count := uint(le.Uint32(data[8:])), le.Uint64(data[12:])
	records, info := le.Uint64(data[20:]), le.Uint64(data[28:])
	body := data[headerSize:]
	if bits > 30 || uint64(len(body)) != count*entrySize+4<<bits+4+records+info {
		return fmt.Errorf("%w: %d bytes do not fit the header", ErrCorrupt, len(data))
	}
	if crc32.Checksum(body, castagnoli) != le.Uint32(data[36:]) {
		return fmt.Errorf("%w: checksum", ErrCorrupt)
	}
	l.count, l.shift = int(count), 64-bits
	l.entries, body = body[:count*entrySize], body[count*entrySize:]
	l.buckets, body = body[:4<<bits+4], body[4<<bits+4:]
	l.records, body = body[:records], body[records:]
	if err := json.Unmarshal(body, &l.Info); err != nil {
		return fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return nil
}

// Close gives the file back. The list answers no more afterwards.
func (l *List) Close() error {
	*l = List{Info: l.Info, unmap: l.unmap}
	return l.unmap()
}

// find returns the range of entries with the key.
func (l *List) find(k key) (from, to int) {
	if l.count == 0 {
		return 0, 0
	}
	bucket := int(k.high >> l.shift) // a shift by 64 is 0
	from = int(binary.LittleEndian.Uint32(l.buckets[4*bucket:]))
	end := int(binary.LittleEndian.Uint32(l.buckets[4*bucket+4:]))
	for from < end && l.key(from).compare(k) < 0 {
		from++
	}
	for to = from; to < end && l.key(to) == k; to++ {
	}
	return from, to
}

func (l *List) key(i int) key {
	b := l.entries[i*entrySize : i*entrySize+entrySize]
	return key{be64(b), be64(b[8:])}
}

// record returns the bytes of the record of entry i and after.
func (l *List) record(i int) []byte {
	at := int(binary.LittleEndian.Uint32(l.entries[i*entrySize+16:]))
	return l.records[min(at, len(l.records)):]
}

// label returns what entry i says.
func (l *List) label(i int) sekisho.Label {
	found, _ := readRecord(l.record(i))
	found.List, found.Listed = l.Info.Name, l.Info.Checked
	if found.Source == "" {
		found.Source = l.Info.Source
	}
	return found
}

// Has reports whether the list says something of the address, apart from having taken it back.
func (l *List) Has(chain, address string) bool {
	for _, found := range l.Labels(nil, chain, address) {
		if found.Delisted == "" {
			return true
		}
	}
	return false
}

// Labels appends what the list says of the canonical address on the chain.
func (l *List) Labels(all []sekisho.Label, chain, address string) []sekisho.Label {
	return l.labels(all, keyOf(chain, address))
}

func (l *List) labels(all []sekisho.Label, k key) []sekisho.Label {
	from, to := l.find(k)
	for i := from; i < to && len(all) < labelLimit; i++ {
		all = append(all, l.label(i))
	}
	return all
}

// labelLimit is the most labels told of one address.
const labelLimit = 64

// Empty returns a list that says nothing, in the place of one that is not there.
func Empty() *List { return &List{unmap: func() error { return nil }} }
