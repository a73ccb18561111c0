//go:build !unix

package main

import "time"

// A usage is what the process and its ended children have used; it is not known here.
type usage struct {
	cpu              time.Duration
	peak, workerPeak int64
}

func resources() usage { return usage{} }
