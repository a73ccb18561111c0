package ruleset

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sekisho/sekisho"
)

var now = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

const rules = `rule one { meta: author = "A. Researcher" condition: true }
private rule two { condition: true }
`

type entry struct{ name, text string }

func zipped(t testing.TB, entries ...entry) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, e := range entries {
		f, err := w.Create(e.name)
		if err == nil {
			_, err = f.Write([]byte(e.text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// long returns a zip with the entry, and before it one that says it is longer than a file of rules may be.
func long(t *testing.T, e entry) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	if _, err := w.CreateRaw(&zip.FileHeader{Name: "long.yar", UncompressedSize64: fileBytes + 1}); err != nil {
		t.Fatal(err)
	}
	f, err := w.Create(e.name)
	if err == nil {
		_, err = f.Write([]byte(e.text))
	}
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func tarred(t testing.TB, entries ...entry) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for _, e := range entries {
		header := &tar.Header{Name: e.name, Mode: 0o644, Size: int64(len(e.text))}
		if target, ok := strings.CutPrefix(e.text, "-> "); ok {
			header = &tar.Header{Name: e.name, Typeflag: tar.TypeSymlink, Linkname: target}
			e.text = ""
		}
		if err := w.WriteHeader(header); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(e.text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A publisher answers with what it is told to.
type publisher struct {
	*httptest.Server
	body   []byte
	etag   string
	status int
}

func publish(t *testing.T) *publisher {
	p := &publisher{status: http.StatusOK}
	p.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasPrefix(r.URL.Path, "/plainly"):
			http.Redirect(w, r, "http://rules.example/", http.StatusFound)
			return
		case p.etag != "" && r.Header.Get("If-None-Match") == p.etag:
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Header().Set("ETag", p.etag)
		w.WriteHeader(p.status)
		w.Write(p.body)
	}))
	t.Cleanup(p.Close)
	return p
}

func names(t *testing.T, l *Library, set string) []string {
	s, err := l.Open(set)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var all []string
	err = fs.WalkDir(s.FS, ".", func(name string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && name != infoName {
			all = append(all, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestPull(t *testing.T) {
	for _, tt := range []struct {
		name string
		body []byte
		want []string
		skip int
	}{
		{"a zip", zipped(t, entry{"set-main/apt/a.yar", rules}, entry{"set-main/b.YARA", rules}, entry{"set-main/README.md", "rule of thumb"}), []string{"set-main/apt/a.yar", "set-main/b.YARA"}, 0},
		{"a packed tar", tarred(t, entry{"set/a.yar", rules}, entry{"set/link.yar", "-> /etc/passwd"}), []string{"set/a.yar"}, 0},
		{"one file", []byte(rules), []string{"rules.yar"}, 0},
		{"paths that lead out", zipped(t, entry{"../../evil.yar", rules}, entry{"/etc/evil.yar", rules}, entry{`..\evil.yar`, rules}, entry{"a.yar", rules}), []string{"a.yar"}, 3},
		{"the same path twice", tarred(t, entry{"a.yar", rules}, entry{"./a.yar", rules}), []string{"a.yar"}, 1},
		{"a file that is too long", long(t, entry{"a.yar", rules}), []string{"a.yar"}, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := publish(t)
			p.body = tt.body
			l := &Library{Folder: t.TempDir(), Client: p.Client(), Now: now}
			out, err := l.Pull(t.Context(), Source{Name: "set", URL: p.URL, Licence: "MIT", Every: time.Hour})
			if err != nil || out.Rules != 2*len(tt.want) || out.Skipped != tt.skip || len(out.SHA256) != 64 {
				t.Errorf("outcome %+v, %v", out, err)
			}
			if got := names(t, l, "set"); !slices.Equal(got, tt.want) {
				t.Errorf("the set holds %v, want %v", got, tt.want)
			}
			left, _ := filepath.Glob(filepath.Join(l.Folder, "ruleset", "*draft*"))
			if sets, err := l.Names(); err != nil || !slices.Equal(sets, []string{"set"}) || len(left) > 0 {
				t.Errorf("sets %v, %v; left over %v", sets, err, left)
			}
		})
	}
}

// TestWhatCannotBeBelievedChangesNothing pulls a set, then versions that are none.
func TestWhatCannotBeBelievedChangesNothing(t *testing.T) {
	p := publish(t)
	l := &Library{Folder: t.TempDir(), Client: p.Client(), Now: now}
	source := Source{Name: "set", URL: p.URL, Licence: "MIT", Every: time.Hour}
	p.body, p.etag = zipped(t, entry{"a.yar", rules + rules + rules}), `"1"`
	if _, err := l.Pull(t.Context(), source); err != nil {
		t.Fatal(err)
	}
	if out, err := l.Pull(t.Context(), source); err != nil || !out.Unchanged {
		t.Errorf("the same version: %+v, %v", out, err)
	}
	p.etag = `"2"`
	whole := zipped(t, entry{"a.yar", rules + rules})
	for _, tt := range []struct {
		name string
		body []byte
		set  func()
		want error
	}{
		{"a page", []byte("<html>rule one</html>"), func() {}, sekisho.ErrMalformed},
		{"no rules", zipped(t, entry{"a.yar", "// none"}), func() {}, sekisho.ErrMalformed},
		{"a zip that is cut", whole[:len(whole)-30], func() {}, sekisho.ErrMalformed},
		{"a packed tar that is cut", tarred(t, entry{"a.yar", strings.Repeat(rules, 100)})[:150], func() {}, sekisho.ErrMalformed},
		{"fewer rules", whole, func() {}, ErrSuspicious},
		{"too long", whole, func() { source.Limit = 50 }, sekisho.ErrLimit},
		{"refused", whole, func() { source.Limit, p.status = 0, http.StatusForbidden }, sekisho.ErrUnavailable},
		{"led to http", whole, func() { p.status, source.URL = http.StatusOK, p.URL+"/plainly" }, sekisho.ErrUnavailable},
		{"asked for over http", whole, func() { source.URL = "http://rules.example" }, nil},
	} {
		p.body = tt.body
		tt.set()
		if _, err := l.Pull(t.Context(), source); err == nil || tt.want != nil && !errors.Is(err, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.name, err, tt.want)
		}
		if s, err := l.Open("set"); err != nil || s.Rules != 6 {
			t.Fatalf("%s: the set is gone: %v", tt.name, err)
		} else {
			s.Close()
		}
	}
	source.URL, l.Force, p.body = p.URL, true, whole
	if out, err := l.Pull(t.Context(), source); err != nil || out.Before != 6 || out.Rules != 4 {
		t.Errorf("forced: %+v, %v", out, err)
	}
}

func TestStale(t *testing.T) {
	i := Info{Every: time.Hour, Checked: now}
	if i.Stale(now.Add(2*time.Hour)) || !i.Stale(now.Add(4*time.Hour)) || (Info{}).Stale(now) {
		t.Error("a set is stale after three times its period, and one that does not change never")
	}
}

func TestCatalogue(t *testing.T) {
	folder := t.TempDir()
	all, err := Catalogue(folder)
	if err != nil || len(all) < 4 {
		t.Fatalf("%d sets, %v", len(all), err)
	}
	own := "sets:\n  - {name: own, publisher: us, url: 'https://rules.kaede-ex.jp/own.zip', licence: ours}\n"
	if err := os.WriteFile(filepath.Join(folder, "ruleset.yaml"), []byte(own), 0o600); err != nil {
		t.Fatal(err)
	}
	if more, err := Catalogue(folder); err != nil || len(more) != len(all)+1 {
		t.Errorf("%d sets with one of our own, %v", len(more), err)
	}
	if err := os.WriteFile(filepath.Join(folder, "ruleset.yaml"), []byte("sets: [{name: own, url: 'http://a.example', licence: x}]"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Catalogue(folder); err == nil {
		t.Error("a set over http is in the catalogue")
	}
}

// FuzzUnpackStaysInBounds wants no more out of an archive than a set may hold, and no path that leads out.
func FuzzUnpackStaysInBounds(f *testing.F) {
	f.Add(zipped(f, entry{"a.yar", rules}, entry{"../b.yar", rules}))
	f.Add(tarred(f, entry{"a.yar", rules}))
	f.Add([]byte(rules))
	f.Fuzz(func(t *testing.T, data []byte) {
		var out bytes.Buffer
		w := &writer{zip: zip.NewWriter(&out), names: map[string]bool{}}
		_ = unpack(context.Background(), bytes.NewReader(data), int64(len(data)), w) // what is wrong with it is another test's
		if w.bytes > setBytes+fileBytes || w.files > fileLimit {
			t.Errorf("%d bytes in %d files", w.bytes, w.files)
		}
		for name := range w.names {
			if !fs.ValidPath(name) {
				t.Errorf("path %q", name)
			}
		}
	})
}
