package notify

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/sekisho/sekisho/report"
)

const (
	tryFor      = 15 * time.Second // one delivery, all of it
	answerLimit = 4 << 10          // bytes of an answer that are read
	quoteLimit  = 160              // bytes of an answer that an error quotes
)

// A hook is an HTTPS address that is secret. It calls no other host: redirects are not followed. Nothing prints it.
type hook struct {
	address *url.URL
	client  *http.Client
}

// String keeps the address out of everything that is formatted.
func (h *hook) String() string { return "(a webhook)" }

// GoString does what String does.
func (h *hook) GoString() string { return h.String() }

// newHook reads the address. Plain HTTP is for this machine only.
func newHook(s Secret) (*hook, error) {
	address, err := s.read()
	if err != nil {
		return nil, fmt.Errorf("url: %w", err)
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil {
		return nil, errors.New("url: what was read is not the address of a webhook")
	}
	if u.Scheme != "https" && !(u.Scheme == "http" && loopback(u.Host)) {
		return nil, errors.New("url: want https")
	}
	transport := &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    5 * time.Second,
		ResponseHeaderTimeout:  10 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
		IdleConnTimeout:        30 * time.Second,
		MaxConnsPerHost:        2,
		ForceAttemptHTTP2:      true,
	}
	return &hook{u, &http.Client{
		Transport:     transport,
		Timeout:       tryFor,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// post sends a body. The error says what went wrong and, bounded, what the service answered; it never holds the address.
func (h *hook) post(ctx context.Context, body []byte, header http.Header) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, h.address.String(), bytes.NewReader(body))
	if err != nil {
		return errors.New("the request cannot be made")
	}
	for name, values := range header {
		request.Header[name] = values
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "Sekisho")
	response, err := h.client.Do(request)
	if err != nil {
		return h.withoutAddress(err)
	}
	defer response.Body.Close()
	answer, _ := io.ReadAll(io.LimitReader(response.Body, answerLimit))
	if response.StatusCode >= 200 && response.StatusCode < 300 {
		return nil
	}
	text := report.Clean(h.scrub(strings.TrimSpace(string(answer))), quoteLimit)
	return fmt.Errorf("%s answered %d: %s", h.address.Host, response.StatusCode, text)
}

// withoutAddress returns the error without what net/http adds to it: the method and the address.
func (h *hook) withoutAddress(err error) error {
	var wrapped *url.Error
	for errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	// The text alone: an error that is kept whole may be printed with more than its text.
	return fmt.Errorf("call %s: %s", h.address.Host, report.Clean(h.scrub(err.Error()), 400))
}

// scrub takes the address, and each part of it that is as long as a secret, out of a text.
func (h *hook) scrub(text string) string {
	parts := []string{h.address.String(), h.address.RequestURI(), h.address.EscapedPath(), h.address.Path, h.address.RawQuery}
	parts = append(parts, strings.Split(h.address.Path, "/")...)
	for _, values := range h.address.Query() {
		parts = append(parts, values...)
	}
	for _, part := range parts {
		if len(part) >= 6 {
			text = strings.ReplaceAll(text, part, "(withheld)")
		}
	}
	return text
}
