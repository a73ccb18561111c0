package api

import (
	"sync"
	"time"
)

// meterLimit bounds how many tokens are metered at once; one that has been idle long enough to be full again is forgotten.
const meterLimit = 10_000

// meters hold each token to its rate, by a bucket that refills, and to its number of requests at once.
type meters struct {
	rate     float64 // requests a second
	burst    float64 // requests at once after a rest
	parallel int
	mu       sync.Mutex
	of       map[string]*meter
}

type meter struct {
	left    float64
	at      time.Time // when left was right
	running int
}

// begin admits a request of the token, which calls end when it is over, or says how long to wait.
func (m *meters) begin(token string, now time.Time) (wait time.Duration, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	one := m.of[token]
	if one == nil {
		m.forget(now)
		one = &meter{left: m.burst, at: now}
		m.of[token] = one
	}
	one.left = min(m.burst, one.left+max(0, now.Sub(one.at).Seconds())*m.rate)
	one.at = now
	switch {
	case one.running >= m.parallel:
		return time.Second, false
	case one.left < 1:
		return time.Duration((1 - one.left) / m.rate * float64(time.Second)), false
	}
	one.left--
	one.running++
	return 0, true
}

func (m *meters) end(token string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.of[token].running--
}

func (m *meters) forget(now time.Time) {
	if len(m.of) < meterLimit {
		return
	}
	for token, one := range m.of {
		if one.running == 0 && one.left+now.Sub(one.at).Seconds()*m.rate >= m.burst {
			delete(m.of, token)
		}
	}
}
