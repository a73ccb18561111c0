//go:build unix

package main

import (
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// A usage is what the process and its ended children have used.
type usage struct {
	cpu              time.Duration
	peak, workerPeak int64 // bytes of resident memory
}

func resources() usage {
	var u usage
	var self, children unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &self) != nil || unix.Getrusage(unix.RUSAGE_CHILDREN, &children) != nil {
		return u
	}
	for _, r := range []unix.Rusage{self, children} {
		u.cpu += time.Duration(r.Utime.Nano() + r.Stime.Nano())
	}
	unit := int64(1024) // Linux counts kilobytes, Darwin bytes
	if runtime.GOOS == "darwin" {
		unit = 1
	}
	u.peak, u.workerPeak = self.Maxrss*unit, children.Maxrss*unit
	return u
}
