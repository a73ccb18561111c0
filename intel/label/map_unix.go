//go:build unix

package label

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// mapped maps the file at path, read-only. Lists are replaced by renaming, so a mapped file does not change.
func mapped(path string) (data []byte, unmap func() error, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	stat, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	if stat.Size() == 0 {
		return nil, func() error { return nil }, nil
	}
	if data, err = unix.Mmap(int(f.Fd()), 0, int(stat.Size()), unix.PROT_READ, unix.MAP_SHARED); err != nil {
		return nil, nil, fmt.Errorf("map %s: %w", path, err)
	}
	return data, func() error { return unix.Munmap(data) }, nil
}
