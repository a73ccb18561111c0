package label

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"math"
	"math/bits"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/sekisho/sekisho"
)

// A Draft is a list being written. Labels are sorted in pieces on disk, so that memory stays under about 100 MB however
// many there are. Nothing is seen of it until [Draft.Commit]; [Draft.Discard] leaves nothing behind.
type Draft struct {
	folder   string
	name     string
	runs     []*os.File // sorted pieces
	piece    []entry
	size     int // entries of a piece
	records  *os.File
	writer   *bufio.Writer
	recorded uint64            // bytes of records
	known    map[string]uint32 // place of records written before
	scratch  []byte
	result   string // the finished file
	added    uint64
}

type entry struct {
	key    key
	record uint32
}

func (e entry) compare(other entry) int {
	if c := e.key.compare(other.key); c != 0 {
		return c
	}
	return int(int64(e.record) - int64(other.record))
}

const (
	pieceSize   = 1 << 20   // entries sorted in memory at once
	knownLimit  = 1 << 18   // records remembered so as to write them once
	mostEntries = 200 << 20 // of one list
)

// NewDraft starts a list of that name in the folder, which must exist.
func NewDraft(folder, name string) (*Draft, error) {
	if !filepath.IsLocal(name+suffix) || filepath.Base(name) != name {
		return nil, fmt.Errorf("%q is no name for a list", name)
	}
	if err := sweep(folder, name); err != nil {
		return nil, err
	}
	records, err := os.CreateTemp(folder, name+draftMark+"*")
	if err != nil {
		return nil, err
	}
	return &Draft{folder: folder, name: name, size: pieceSize, records: records, writer: bufio.NewWriterSize(records, 1<<20), known: map[string]uint32{}}, nil
}

// draftMark stands in the names of files that are not complete.
const draftMark = ".draft-"

// sweep removes what a process that was ended while it wrote the list has left: files not touched for a day.
func sweep(folder, name string) error {
	left, err := filepath.Glob(filepath.Join(folder, name+draftMark+"*"))
	if err != nil {
		return err
	}
	for _, file := range left {
		if stat, err := os.Stat(file); err == nil && time.Since(stat.ModTime()) > 24*time.Hour {
			_ = os.Remove(file)
		}
	}
	return nil
}

// Add puts a label on the list. address is canonical, as package coin gives it; of the label, List and Listed are not
// kept, and other fields up to 512 bytes. An error wraps [sekisho.ErrLimit] when the list is full.
func (d *Draft) Add(chain, address string, l sekisho.Label) error {
	d.scratch = appendRecord(d.scratch[:0], l)
	at, err := d.record(d.scratch)
	if err != nil {
		return err
	}
	if d.added++; d.added > mostEntries {
		return fmt.Errorf("%w: a list of more than %d labels", sekisho.ErrLimit, mostEntries)
	}
	if d.piece == nil {
		d.piece = make([]entry, 0, d.size)
	}
	d.piece = append(d.piece, entry{keyOf(chain, address), at})
	if len(d.piece) == d.size {
		return d.spill()
	}
	return nil
}

// record returns the place of the record, writing it if it is not known.
func (d *Draft) record(b []byte) (uint32, error) {
	if at, ok := d.known[string(b)]; ok {
		return at, nil
	}
	at := d.recorded
	if at+uint64(len(b)) > math.MaxUint32 {
		return 0, fmt.Errorf("%w: a list whose texts are longer than 4 GiB", sekisho.ErrLimit)
	}
	if _, err := d.writer.Write(b); err != nil {
		return 0, err
	}
	d.recorded += uint64(len(b))
	if len(d.known) < knownLimit {
		d.known[string(b)] = uint32(at)
	}
	return uint32(at), nil
}

// spill sorts the piece and puts it on disk.
func (d *Draft) spill() error {
	slices.SortFunc(d.piece, entry.compare)
	f, err := os.CreateTemp(d.folder, d.name+draftMark+"*")
	if err != nil {
		return err
	}
	d.runs = append(d.runs, f)
	w := bufio.NewWriterSize(f, 1<<20)
	for _, e := range d.piece {
		if _, err := w.Write(e.append(nil)); err != nil {
			return err
		}
	}
	d.piece = d.piece[:0]
	return w.Flush()
}

func (e entry) append(b []byte) []byte {
	b = binary.BigEndian.AppendUint64(b, e.key.high)
	b = binary.BigEndian.AppendUint64(b, e.key.low)
	return binary.LittleEndian.AppendUint32(b, e.record)
}

// A Diff is what changed between two versions of a list, in addresses.
type Diff struct {
	Before, After           int // on the list, without those taken back
	Added, Removed, Changed int // Removed counts those that are remembered as taken back, too
}

// Finish writes the list and compares it with the version before, which may be nil. With delisted, a date, what the
// version before held and this one does not is kept as taken back on that date. The file is complete on disk when Finish
// returns, and not in use before [Draft.Commit].
func (d *Draft) Finish(info Info, before *List, delisted string) (Diff, error) {
	if err := d.spill(); err != nil {
		return Diff{}, err
	}
	out, err := os.CreateTemp(d.folder, d.name+draftMark+"*")
	if err != nil {
		return Diff{}, err
	}
	d.result = out.Name()
	defer out.Close()
	if before == nil {
		before = Empty()
	}
	m := merger{draft: d, before: before, delisted: delisted, body: newCounter(out), texts: map[uint32]string{}}
	if err := m.write(out, info); err != nil {
		return Diff{}, fmt.Errorf("write list %s: %w", d.name, err)
	}
	return m.diff, errors.Join(out.Sync(), out.Close())
}

// Commit puts the finished list in the place of the version before, which it keeps beside it.
func (d *Draft) Commit() error {
	path := filepath.Join(d.folder, d.name+suffix)
	old := path + previous
	// A link, so that there is never a moment without the list.
	_ = os.Remove(old)
	if err := os.Link(path, old); err != nil && !os.IsNotExist(err) {
		if err := copyFile(path, old); err != nil {
			return err
		}
	}
	if err := os.Rename(d.result, path); err != nil {
		return err
	}
	d.result = ""
	d.Discard()
	return syncFolder(d.folder)
}

// Discard removes what was written. It may be called after Commit, and then does nothing.
func (d *Draft) Discard() {
	for _, f := range append(d.runs, d.records) {
		if f != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}
	d.runs, d.records, d.piece = nil, nil, nil
	if d.result != "" {
		os.Remove(d.result)
		d.result = ""
	}
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// syncFolder makes a rename last. Systems that cannot sync a folder make it last anyway.
func syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	_ = f.Sync()
	return f.Close()
}

// A counter writes to a file behind its header, and sums up what it writes.
type counter struct {
	w   *bufio.Writer
	sum hash.Hash32
}

func newCounter(f *os.File) *counter {
	return &counter{w: bufio.NewWriterSize(f, 1<<20), sum: crc32.New(castagnoli)}
}

// Write implements io.Writer.
func (c *counter) Write(b []byte) (int, error) {
	c.sum.Write(b)
	return c.w.Write(b)
}

// header returns the first 64 bytes of a list file.
func header(width uint, count, records, info uint64, sum uint32) []byte {
	le := binary.LittleEndian
	b := append(make([]byte, 0, headerSize), magic...)
	b = le.AppendUint32(b, uint32(width))
	b = le.AppendUint64(b, count)
	b = le.AppendUint64(b, records)
	b = le.AppendUint64(b, info)
	b = le.AppendUint32(b, sum)
	b = le.AppendUint32(b, crc32.Checksum(b, castagnoli))
	return b[:headerSize]
}

// widthOf returns how many bits of a key choose its bucket: about eight entries a bucket.
func widthOf(entries uint64) uint { return uint(max(0, bits.Len64(entries)-3)) }
