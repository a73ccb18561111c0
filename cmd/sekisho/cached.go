package main

import (
	"sync"
	"time"
)

// cached asks for a value again only when it is older than every.
type cached[T any] struct {
	every time.Duration
	read  func() (T, error)

	mu    sync.Mutex
	at    time.Time
	value T
	err   error
}

func (c *cached[T]) get() (T, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.at.IsZero() || time.Since(c.at) >= c.every {
		c.value, c.err = c.read()
		c.at = time.Now()
	}
	return c.value, c.err
}
