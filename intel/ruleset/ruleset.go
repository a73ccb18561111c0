// Package ruleset fetches public sets of YARA rules and keeps them: each in one file, with where it comes from, when it was
// fetched, its licence and the checksum of what was fetched.
//
// What is fetched may be a zip, a tar (also packed by gzip), or one file of rules. Only files of rules are taken out of it,
// within bounds; links and everything else are passed over. A set is written whole and then put in the place of the version
// before, or nothing is changed: one that cannot be read to its end, holds no rules, or lost more than a fifth of them
// leaves the version before in use.
package ruleset

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/sekisho/sekisho"
)

// ErrSuspicious is wrapped by errors about sets that can be read and are not believed: they shrank.
var ErrSuspicious = errors.New("suspicious")

// An Info says what is known of a set.
type Info struct {
	Name      string        `json:"name"`
	Title     string        `json:"title"`
	Publisher string        `json:"publisher"`
	Home      string        `json:"home"`
	URL       string        `json:"url"`
	Licence   string        `json:"licence"`
	Every     time.Duration `json:"every"`
	Fetched   time.Time     `json:"fetched"` // this version
	SHA256    string        `json:"sha256"`  // of what was fetched
	ETag      string        `json:"etag,omitempty"`
	Modified  string        `json:"modified,omitempty"`
	Files     int           `json:"files"`
	Rules     int           `json:"rules"` // lines that begin one
	Checked   time.Time     `json:"-"`     // when the publisher was last asked
}

// staleAfter is how many times the period a set may be old.
const staleAfter = 3

// Stale reports whether the set should have been fetched again long ago.
func (i Info) Stale(now time.Time) bool {
	return i.Every > 0 && now.Sub(i.Checked) > staleAfter*i.Every
}

// A Library is a data folder; its sets are in ruleset/.
type Library struct {
	Folder string
	Client *http.Client // for pulls; its Timeout bounds one set
	Now    time.Time    // the moment of the run
	Force  bool         // believe a set that shrank
}

func (l *Library) sets() string { return filepath.Join(l.Folder, "ruleset") }

func (l *Library) file(name string) string { return filepath.Join(l.sets(), name+".zip") }

// A Set is a set that was pulled. Its files are read through FS; it must be closed.
type Set struct {
	Info
	FS fs.FS // the files of rules, by their paths
	r  *zip.ReadCloser
}

// Close lets the set's file go.
func (s *Set) Close() error { return s.r.Close() }

// infoName is the entry that says what is known of a set. It is no file of rules by its name.
const infoName = "info.json"

// Open returns the set of that name; an error wrapping fs.ErrNotExist when it was not pulled.
func (l *Library) Open(name string) (*Set, error) {
	r, err := zip.OpenReader(l.file(name))
	if err != nil {
		return nil, fmt.Errorf("rule set %s: %w", name, err)
	}
	s := &Set{FS: r, r: r}
	text, err := fs.ReadFile(r, infoName)
	if err == nil {
		err = json.Unmarshal(text, &s.Info)
	}
	if file, problem := os.Stat(l.file(name)); problem == nil {
		s.Checked = file.ModTime() // see checked
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("rule set %s: %w", name, err), r.Close())
	}
	return s, nil
}

// Names returns the sets that were pulled, in order.
func (l *Library) Names() ([]string, error) {
	entries, err := os.ReadDir(l.sets())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var names []string
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), ".zip"); ok && setName.MatchString(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, err
}

// An Outcome is what became of one set.
type Outcome struct {
	Info
	Unchanged bool // the publisher has no other version
	Before    int  // rules of the version before
	Skipped   int  // files of rules left out: too long, or of a path that is none inside the set
}

// fetchLimit is the most bytes fetched of a source that says no other.
const fetchLimit = 256 << 20

// Pull fetches a source. The version before stays in use whenever an error is returned.
func (l *Library) Pull(ctx context.Context, s Source) (Outcome, error) {
	out := Outcome{Info: Info{Name: s.Name}}
	if err := s.check(); err != nil {
		return out, err
	}
	if err := os.MkdirAll(l.sets(), 0o755); err != nil {
		return out, err
	}
	var before Info
	if set, err := l.Open(s.Name); err == nil {
		before = set.Info
		set.Close()
	}
	response, err := l.get(ctx, s, before)
	if err != nil {
		return out, err
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusNotModified {
		return Outcome{Info: before, Unchanged: true}, l.checked(s.Name)
	}
	fetched, sum, err := l.fetch(s, response.Body)
	if err != nil {
		return out, err
	}
	defer os.Remove(fetched.Name())
	defer fetched.Close()
	out.Info = Info{Name: s.Name, Title: s.Title, Publisher: s.Publisher, Home: s.Home, URL: s.URL, Licence: s.Licence, Every: s.Every, Fetched: l.Now.UTC(),
		SHA256: sum, ETag: response.Header.Get("ETag"), Modified: response.Header.Get("Last-Modified")}
	out.Before = before.Rules
	return out, l.replace(ctx, fetched, &out)
}

func (l *Library) get(ctx context.Context, s Source, before Info) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("User-Agent", "sekisho")
	if before.URL == s.URL && before.ETag != "" {
		request.Header.Set("If-None-Match", before.ETag)
	}
	client := *l.Client
	client.CheckRedirect = func(r *http.Request, via []*http.Request) error {
		if len(via) >= 10 || r.URL.Scheme != "https" {
			return fmt.Errorf("redirected to %s", r.URL)
		}
		return nil
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", sekisho.ErrUnavailable, err)
	}
	if response.StatusCode != http.StatusOK && (response.StatusCode != http.StatusNotModified || before.ETag == "") {
		response.Body.Close()
		return nil, fmt.Errorf("%w: %s answers %s", sekisho.ErrUnavailable, s.URL, response.Status)
	}
	return response, nil
}

// fetch puts the body into a file beside the sets, and returns it with its SHA-256.
func (l *Library) fetch(s Source, body io.Reader) (f *os.File, sum string, err error) {
	limit := s.Limit
	if limit <= 0 {
		limit = fetchLimit
	}
	if f, err = os.CreateTemp(l.sets(), s.Name+".draft-*"); err != nil {
		return nil, "", err
	}
	hash := sha256.New()
	n, err := io.Copy(io.MultiWriter(f, hash), io.LimitReader(body, limit+1))
	switch {
	case err != nil:
		err = fmt.Errorf("%w: after %d bytes: %w", sekisho.ErrUnavailable, n, err)
	case n > limit:
		err = fmt.Errorf("%w: more than %d bytes", sekisho.ErrLimit, limit)
	}
	if err != nil {
		f.Close()
		os.Remove(f.Name())
		return nil, "", err
	}
	return f, hex.EncodeToString(hash.Sum(nil)), nil
}

// replace takes the files of rules out of what was fetched and, if they can be believed, puts them in the place of the
// version before.
func (l *Library) replace(ctx context.Context, fetched *os.File, out *Outcome) error {
	draft, err := os.CreateTemp(l.sets(), out.Name+".draft-*")
	if err != nil {
		return err
	}
	defer os.Remove(draft.Name()) // gone already when it took its place
	w := &writer{zip: zip.NewWriter(draft), names: map[string]bool{}}
	size, err := fetched.Seek(0, io.SeekEnd)
	if err == nil {
		err = unpack(ctx, fetched, size, w)
	}
	out.Files, out.Rules, out.Skipped = w.files, w.rules, w.skipped
	if err == nil {
		err = believable(out, l.Force)
	}
	if err == nil {
		err = w.info(out.Info)
	}
	if err == nil {
		err = draft.Sync()
	}
	if err = errors.Join(err, draft.Close()); err != nil {
		return err
	}
	if err := os.Rename(draft.Name(), l.file(out.Name)); err != nil {
		return err
	}
	return l.checked(out.Name)
}

// believable tells a set without rules, and one that lost more than a fifth of them.
func believable(out *Outcome, force bool) error {
	if out.Rules == 0 {
		return fmt.Errorf("%w: no YARA rules in it", sekisho.ErrMalformed)
	}
	if !force && out.Before > 0 && out.Rules*5 < out.Before*4 {
		return fmt.Errorf("%w: it shrank from %d to %d rules", ErrSuspicious, out.Before, out.Rules)
	}
	return nil
}

// checked notes when the version in use was the publisher's: the time of its file.
func (l *Library) checked(name string) error {
	return os.Chtimes(l.file(name), l.Now, l.Now)
}
