package feed

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/intel/label"
)

// A server answers with what it is told to.
type server struct {
	*httptest.Server
	status int
	body   string
	etag   string
	length int // Content-Length, when the body is to be cut short
	asked  http.Header
}

func serve(t *testing.T) *server {
	s := &server{status: http.StatusOK}
	s.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.asked = r.Header
		if s.etag != "" {
			w.Header().Set("ETag", s.etag)
			if r.Header.Get("If-None-Match") == s.etag {
				w.WriteHeader(http.StatusNotModified)
				return
			}
		}
		if strings.HasPrefix(r.URL.Path, "/plainly") {
			http.Redirect(w, r, "http://lists.example/", http.StatusFound)
			return
		}
		if s.length > 0 {
			w.Header().Set("Content-Length", fmt.Sprint(s.length))
		}
		w.WriteHeader(s.status)
		fmt.Fprint(w, s.body)
	}))
	t.Cleanup(s.Close)
	return s
}

func TestPull(t *testing.T) {
	s := serve(t)
	l := &Library{Folder: t.TempDir(), Now: now, Client: s.Client()}
	source := Source{Name: "ofac", URL: s.URL, Format: "ofac-xml", Category: "sanction", Publisher: "OFAC", Remember: true}
	ctx := context.Background()

	s.body, s.etag = sdn, `"1"`
	out, err := l.Pull(ctx, source)
	if err != nil || out.Diff.Added != 2 {
		t.Fatalf("%+v, %v", out, err)
	}
	list, err := label.Open(l.Lists(), "ofac")
	if err != nil || list.Info.ETag != `"1"` || list.Info.Published.Format("2006-01-02") != "2025-03-21" || list.Info.SHA256 == "" {
		t.Errorf("%+v, %v", list, err)
	}
	if out, err = l.Pull(ctx, source); err != nil || !out.Unchanged {
		t.Errorf("same version: %+v, %v", out, err)
	}

	s.etag = `"2"`
	broken := []struct {
		name   string
		change func()
		want   error
	}{
		{"an error page", func() { s.body = "<html><body>Access denied</body></html>" }, sekisho.ErrMalformed},
		{"cut short", func() { s.body = sdn[:700] }, sekisho.ErrMalformed},
		{"cut short on the way", func() { s.body, s.length = sdn, len(sdn)+100 }, sekisho.ErrUnavailable},
		{"refused", func() { s.body, s.length, s.status = sdn, 0, http.StatusForbidden }, sekisho.ErrUnavailable},
		{"too long", func() { s.status, source.Limit = http.StatusOK, 100 }, sekisho.ErrLimit},
		{"shrunk", func() {
			source.Limit, s.body = 0, strings.Replace(sdn, "<idType>Digital Currency Address - XBT", "<idType>Gone", 1)
		}, ErrSuspicious},
	}
	for _, b := range broken {
		b.change()
		if _, err := l.Pull(ctx, source); !errors.Is(err, b.want) {
			t.Errorf("%s: got %v, want %v", b.name, err, b.want)
		}
		if got := said(store(t, l).Labels("bitcoin", btc)); got != "sanction" {
			t.Errorf("%s: the list says %q", b.name, got)
		}
	}

	l.Force = true
	if out, err = l.Pull(ctx, source); err != nil || out.Diff.Removed != 1 {
		t.Errorf("forced: %+v, %v", out, err)
	}
	if got := store(t, l).Labels("bitcoin", btc); len(got) != 1 || got[0].Delisted != "2026-11-21" || got[0].Source != "OFAC" || got[0].Entity != "Aoi EXAMPLE" {
		t.Errorf("delisted: %+v", got)
	}
}

func TestPullIsOverHTTPSOnly(t *testing.T) {
	s := serve(t)
	l := &Library{Folder: t.TempDir(), Now: now, Client: s.Client()}
	if _, err := l.Pull(context.Background(), Source{Name: "a", URL: s.URL + "/plainly", Format: "plain", Category: "scam"}); !errors.Is(err, sekisho.ErrUnavailable) {
		t.Errorf("redirected to http: %v", err)
	}
}
