package label

import (
	"bufio"
	"container/heap"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// A merger writes the sorted pieces of a draft as one list, beside the version before.
type merger struct {
	draft    *Draft
	before   *List
	delisted string
	body     *counter
	diff     Diff

	width   uint
	buckets []uint32
	count   uint64
	taken   int               // remembered as taken back
	at      int               // entries of the version before that are passed
	texts   map[uint32]string // records read back
	buf     []byte
}

// textLimit is how many records read back are kept.
const textLimit = 1 << 16

// write writes the file: the header last, for it holds what is only known then.
func (m *merger) write(out *os.File, info Info) error {
	m.width = widthOf(m.draft.added + uint64(m.before.count))
	m.buckets = make([]uint32, 1<<m.width+1)
	if _, err := out.Seek(headerSize, io.SeekStart); err != nil {
		return err
	}
	if err := m.entries(); err != nil {
		return err
	}
	// A bucket without entries starts where the next one does.
	m.buckets[len(m.buckets)-1] = uint32(m.count)
	for i := len(m.buckets) - 2; i >= 0; i-- {
		m.buckets[i] = m.buckets[i+1] - m.buckets[i]
	}
	for _, first := range m.buckets {
		m.buf = binary.LittleEndian.AppendUint32(m.buf[:0], first)
		if _, err := m.body.Write(m.buf); err != nil {
			return err
		}
	}
	if err := m.records(); err != nil {
		return err
	}
	info.Name, info.Active, info.Delisted = m.draft.name, m.diff.After, m.taken
	text, err := json.Marshal(info)
	if err != nil {
		return err
	}
	if _, err := m.body.Write(text); err != nil {
		return err
	}
	if err := m.body.w.Flush(); err != nil {
		return err
	}
	_, err = out.WriteAt(header(m.width, m.count, m.draft.recorded, uint64(len(text)), m.body.sum.Sum32()), 0)
	return err
}

// entries merges the pieces, key by key.
func (m *merger) entries() error {
	runs, err := m.open()
	if err != nil {
		return err
	}
	var group []entry
	for len(runs) > 0 {
		e := runs[0].head
		if len(group) > 0 && group[0].key != e.key {
			if err := m.group(group); err != nil {
				return err
			}
			group = group[:0]
		}
		if len(group) == 0 || group[len(group)-1] != e && len(group) < labelLimit {
			group = append(group, e)
		}
		if err := advance(&runs); err != nil {
			return err
		}
	}
	if len(group) > 0 {
		if err := m.group(group); err != nil {
			return err
		}
	}
	return m.passed(m.before.count)
}

// group writes the entries of one key, after what the version before holds up to there.
func (m *merger) group(group []entry) error {
	k := group[0].key
	end := m.at
	for end < m.before.count && m.before.key(end).compare(k) < 0 {
		end++
	}
	if err := m.passed(end); err != nil {
		return err
	}
	for end < m.before.count && m.before.key(end) == k {
		end++
	}
	active := m.active(m.at, end)
	switch same, err := m.same(m.at, end, group); {
	case err != nil:
		return err
	case end == m.at:
		m.diff.Added++
	case !same:
		m.diff.Changed++
	}
	if active {
		m.diff.Before++
	}
	m.diff.After++
	m.at = end
	for _, e := range group {
		if err := m.emit(e); err != nil {
			return err
		}
	}
	return nil
}

// passed deals with entries of the version before that the new one does not have.
func (m *merger) passed(end int) error {
	for m.at < end {
		next := m.at + 1
		for next < end && m.before.key(next) == m.before.key(m.at) {
			next++
		}
		if m.active(m.at, next) {
			m.diff.Before++
			m.diff.Removed++
		}
		for ; m.at < next; m.at++ {
			if m.delisted == "" {
				continue
			}
			if err := m.remember(m.at); err != nil {
				return err
			}
		}
	}
	return nil
}

// remember keeps an entry of the version before as taken back.
func (m *merger) remember(i int) error {
	said, _ := readRecord(m.before.record(i))
	if said.Delisted == "" {
		said.Delisted = m.delisted
	}
	at, err := m.draft.record(appendRecord(nil, said))
	if err != nil {
		return err
	}
	m.taken++
	return m.emit(entry{m.before.key(i), at})
}

// active reports whether one of the entries of the version before still stood there.
func (m *merger) active(from, to int) bool {
	for i := from; i < to; i++ {
		if said, _ := readRecord(m.before.record(i)); said.Delisted == "" {
			return true
		}
	}
	return false
}

// same reports whether the entries of the version before say what the group says, in any order.
func (m *merger) same(from, to int, group []entry) (bool, error) {
	if to-from != len(group) {
		return false, nil
	}
	for _, e := range group {
		text, known := m.texts[e.record]
		if !known {
			record, err := m.draft.recordAt(e.record)
			if err != nil {
				return false, err
			}
			if text = string(record); len(m.texts) < textLimit {
				m.texts[e.record] = text
			}
		}
		found := false
		for i := from; i < to && !found; i++ {
			record := m.before.record(i)
			found = len(record) >= len(text) && string(record[:len(text)]) == text
		}
		if !found {
			return false, nil
		}
	}
	return true, nil
}

func (m *merger) emit(e entry) error {
	m.count++
	m.buckets[e.key.high>>(64-m.width)]++
	m.buf = e.append(m.buf[:0])
	_, err := m.body.Write(m.buf)
	return err
}

// records copies the records behind the entries.
func (m *merger) records() error {
	d := m.draft
	if err := d.writer.Flush(); err != nil {
		return err
	}
	n, err := io.Copy(m.body, io.NewSectionReader(d.records, 0, int64(d.recorded)))
	if err == nil && uint64(n) != d.recorded {
		err = errors.New("the texts are cut short")
	}
	return err
}

// recordAt returns the bytes of a record.
func (d *Draft) recordAt(at uint32) ([]byte, error) {
	if d.writer.Buffered() > 0 {
		if err := d.writer.Flush(); err != nil {
			return nil, err
		}
	}
	d.scratch = d.scratch[:0]
	d.scratch = append(d.scratch, make([]byte, recordFields*(2+fieldLimit))...)
	n, err := d.records.ReadAt(d.scratch, int64(at))
	if err != nil && err != io.EOF {
		return nil, err
	}
	said, ok := readRecord(d.scratch[:n])
	if !ok {
		return nil, fmt.Errorf("%w: a text of the draft", ErrCorrupt)
	}
	return appendRecord(d.scratch[:0], said), nil
}

// A run is a sorted piece being read.
type run struct {
	head entry
	r    *bufio.Reader
}

type runs []*run

func (r runs) Len() int           { return len(r) }
func (r runs) Less(i, j int) bool { return r[i].head.compare(r[j].head) < 0 }
func (r runs) Swap(i, j int)      { r[i], r[j] = r[j], r[i] }
func (r *runs) Push(x any)        { *r = append(*r, x.(*run)) }
func (r *runs) Pop() any {
	last := (*r)[len(*r)-1]
	*r = (*r)[:len(*r)-1]
	return last
}

func (m *merger) open() (runs, error) {
	var all runs
	for _, f := range m.draft.runs {
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return nil, err
		}
		r := &run{r: bufio.NewReaderSize(f, 256<<10)}
		switch err := r.next(); {
		case err == io.EOF:
		case err != nil:
			return nil, err
		default:
			all = append(all, r)
		}
	}
	heap.Init(&all)
	return all, nil
}

func (r *run) next() error {
	var b [entrySize]byte
	if _, err := io.ReadFull(r.r, b[:]); err != nil {
		return err
	}
	r.head = entry{key{be64(b[:]), be64(b[8:])}, binary.LittleEndian.Uint32(b[16:])}
	return nil
}

// advance moves on the run that is first.
func advance(all *runs) error {
	switch err := (*all)[0].next(); {
	case err == io.EOF:
		heap.Pop(all)
	case err != nil:
		return err
	default:
		heap.Fix(all, 0)
	}
	return nil
}
