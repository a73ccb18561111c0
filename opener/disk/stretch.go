package disk

import (
	"io"
	"sort"
)

// A stretch is a run of bytes of a file: where it lies in the volume, or nowhere, which reads as zeros.
type stretch struct {
	at     int64 // in the file
	offset int64 // in the volume, negative for zeros
	size   int64
}

// A layout is a file made of stretches, in order and without gaps between them.
type layout struct {
	under io.ReaderAt
	list  []stretch
	size  int64
}

// add appends a stretch, joining it to the one before when it follows on. It reports false when there are too many.
func (l *layout) add(offset, size int64) bool {
	if n := len(l.list); n > 0 {
		last := &l.list[n-1]
		if offset >= 0 && last.offset >= 0 && last.offset+last.size == offset || offset < 0 && last.offset < 0 {
			last.size += size
			l.size += size
			return true
		}
	}
	if len(l.list) >= mostSegments {
		return false
	}
	l.list = append(l.list, stretch{l.size, offset, size})
	l.size += size
	return true
}

// volume returns the first size bytes of the file.
func (l *layout) volume(size int64) volume {
	return volume{io.NewSectionReader(l, 0, min(size, l.size)), max(0, min(size, l.size))}
}

// ReadAt reads from the volume what lies there, and zeros for the rest.
func (l *layout) ReadAt(p []byte, offset int64) (int, error) {
	n := 0
	i := sort.Search(len(l.list), func(i int) bool { return l.list[i].at+l.list[i].size > offset })
	for ; n < len(p) && i < len(l.list); i++ {
		s := l.list[i]
		inside := offset + int64(n) - s.at
		want := p[n:min(int64(len(p)), int64(n)+s.size-inside)]
		if s.offset < 0 {
			clear(want)
			n += len(want)
			continue
		}
		got, err := l.under.ReadAt(want, s.offset+inside)
		n += got
		if got < len(want) {
			return n, err
		}
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}
