package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/sekisho/sekisho/config"
)

// A certificate is the pair of files that the console and the API are served under. They are read again when they change, so that a
// renewed one needs no restart; while what is there cannot be used, the last one that could be goes on.
type certificate struct {
	files   config.HTTP
	mu      sync.Mutex
	pair    *tls.Certificate
	read    time.Time // when the files were last looked at
	changed [2]time.Time
}

// lookEvery is how often the files are looked at.
const lookEvery = 10 * time.Second

// openCertificate reads the files. A key that everybody may read is refused.
func openCertificate(c config.HTTP) (*certificate, error) {
	if _, err := config.File(c.Key).Read(); err != nil {
		return nil, fmt.Errorf("http.key: %w", err)
	}
	cert := &certificate{files: c}
	if _, err := cert.current(); err != nil {
		return nil, fmt.Errorf("http.certificate: %w", err)
	}
	return cert, nil
}

func (c *certificate) current() (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pair != nil && time.Since(c.read) < lookEvery {
		return c.pair, nil
	}
	c.read = time.Now()
	changed, err := c.times()
	if c.pair != nil && (err != nil || changed == c.changed) {
		return c.pair, nil
	}
	pair, err := tls.LoadX509KeyPair(c.files.Cert, c.files.Key)
	switch {
	case err == nil:
		c.pair, c.changed = &pair, changed
	case c.pair == nil:
		return nil, err
	}
	return c.pair, nil
}

// times returns when the files were written.
func (c *certificate) times() (changed [2]time.Time, err error) {
	for i, path := range []string{c.files.Cert, c.files.Key} {
		info, failed := os.Stat(path)
		if failed != nil {
			err = errors.Join(err, failed)
			continue
		}
		changed[i] = info.ModTime()
	}
	return changed, err
}

// ends returns when the certificate in use is not valid any more.
func (c *certificate) ends() time.Time {
	pair, err := c.current()
	if err != nil || pair.Leaf == nil {
		return time.Time{}
	}
	return pair.Leaf.NotAfter
}

// soon is how long before its end a certificate is spoken of.
const soon = 14 * 24 * time.Hour

// ended says that the certificate is not valid any more, empty when it is.
func (c *certificate) ended(now time.Time) string {
	if end := c.ends(); now.After(end) {
		return "the certificate ended on " + end.Format(time.DateOnly) + ": browsers and programs refuse it"
	}
	return ""
}

// ending says that the certificate soon will not be valid, empty when it long will be or is not.
func (c *certificate) ending(now time.Time) string {
	if end := c.ends(); now.Before(end) && end.Sub(now) < soon {
		return "the certificate ends on " + end.Format(time.DateOnly)
	}
	return ""
}

func (c *certificate) config() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.current() }}
}
