package api

import (
	"sync"
	"time"
)

// meters hold each token to its rate, by a bucket that refills, and to its number of requests at once. There are as many as
// tokens that people made.
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
