package dns

import (
	"container/list"
	"sync"
	"time"
)

type question struct{ kind, name string }

// kept is an answer, or that there is none, and when it came.
type kept struct {
	question question
	records  any
	err      error
	at       time.Time
}

// cache keeps the answers used last. The zero value is empty and ready.
type cache struct {
	mu    sync.Mutex
	order list.List // of *kept, the one used last in front
	index map[question]*list.Element
}

func (c *cache) get(q question, now time.Time) (records any, err error, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.index[q]
	if !ok {
		return nil, nil, false
	}
	k := e.Value.(*kept)
	if now.Sub(k.at) > keepTime {
		c.order.Remove(e)
		delete(c.index, q)
		return nil, nil, false
	}
	c.order.MoveToFront(e)
	return k.records, k.err, true
}

func (c *cache) put(q question, k kept) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k.question = q
	if e, ok := c.index[q]; ok {
		e.Value = &k
		c.order.MoveToFront(e)
		return
	}
	if c.index == nil {
		c.index = make(map[question]*list.Element)
	}
	c.index[q] = c.order.PushFront(&k)
	if c.order.Len() > keepCount {
		last := c.order.Back()
		c.order.Remove(last)
		delete(c.index, last.Value.(*kept).question)
	}
}

// health is what is known of the resolver itself. The zero value is a resolver that has not been asked.
type health struct {
	mu          sync.Mutex
	silentUntil time.Time
	lastAnswer  time.Time
}

func (h *health) silent(now time.Time) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return now.Before(h.silentUntil)
}

func (h *health) answeredSince(moment time.Time) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.lastAnswer.After(moment)
}

func (h *health) answered(now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.lastAnswer, h.silentUntil = now, time.Time{}
}

func (h *health) pause(now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.silentUntil = now.Add(pauseTime)
}
