package main

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// A progress draws a bar on a terminal once the work has taken a second. It draws nothing anywhere else. It is not safe
// for concurrent use.
type progress struct {
	w           io.Writer // nil when it is not a terminal
	start, last time.Time
	total, done int64 // bytes
	things      int
	drawn       bool
}

func newProgress(w io.Writer, paths []string) *progress {
	p := &progress{start: time.Now()}
	if isTerminal(w) {
		p.w, p.total = w, sizeOf(paths)
	}
	return p
}

// sizeOf returns the bytes in the paths, as far as they can be told. What cannot be read is reported by the walk.
func sizeOf(paths []string) int64 {
	var total int64
	for _, path := range paths {
		_ = filepath.WalkDir(path, func(_ string, entry fs.DirEntry, err error) error {
			if err != nil {
				return nil
			}
			if info, err := entry.Info(); err == nil && info.Mode().IsRegular() {
				total += info.Size()
			}
			return nil
		})
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && total == 0 {
			total += info.Size()
		}
	}
	return total
}

func (p *progress) add(bytes int64) {
	p.done, p.things = p.done+bytes, p.things+1
	now := time.Now()
	if p.w == nil || now.Sub(p.start) < time.Second || p.drawn && now.Sub(p.last) < 100*time.Millisecond {
		return
	}
	const width = 30
	share := 0.0
	if p.total > 0 {
		share = min(1, float64(p.done)/float64(p.total))
	}
	full := int(share * width)
	fmt.Fprintf(p.w, "\r\x1b[K[%s%s] %3.0f %%  %d inspected, %.0f/s", strings.Repeat("=", full), strings.Repeat(" ", width-full),
		share*100, p.things, float64(p.things)/now.Sub(p.start).Seconds())
	p.drawn, p.last = true, now
}

// clear takes the bar away, so that something else can be written.
func (p *progress) clear() {
	if p.drawn {
		io.WriteString(p.w, "\r\x1b[K")
		p.drawn = false
	}
}
