package feed

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/intel/label"
)

// ErrSuspicious is wrapped by errors about lists that can be read and are not believed: they hold too little.
var ErrSuspicious = errors.New("suspicious")

// A Library is a data folder: lists in list/, addresses that were asked about in seen.tsv, more sources in
// catalogue.yaml.
type Library struct {
	Folder string
	Client *http.Client // for pulls; its Timeout bounds one list
	Now    time.Time    // the moment of the run
	Force  bool         // believe a list that holds less than it plausibly can
}

// Lists returns the folder of the lists.
func (l *Library) Lists() string { return filepath.Join(l.Folder, "list") }

// An Outcome is what became of one list.
type Outcome struct {
	Name      string
	Unchanged bool // the publisher has no other version
	Diff      label.Diff
	Unread    int   // items that are no address
	Hits      []Hit // what was asked about before and is on the list since this version
}

// Pull fetches a source. The version before stays in use whenever an error is returned.
func (l *Library) Pull(ctx context.Context, s Source) (Outcome, error) {
	out := Outcome{Name: s.Name}
	if err := os.MkdirAll(l.Lists(), 0o755); err != nil {
		return out, err
	}
	before, err := l.before(s.Name)
	if err != nil {
		return out, err
	}
	defer before.Close()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL, nil)
	if err != nil {
		return out, err
	}
	request.Header.Set("User-Agent", "sekisho")
	if before.Info.URL == s.URL {
		setIf(request, "If-None-Match", before.Info.ETag)
		setIf(request, "If-Modified-Since", before.Info.Modified)
	}
	response, err := l.client().Do(request)
	if err != nil {
		return out, fmt.Errorf("%w: %w", sekisho.ErrUnavailable, err)
	}
	defer response.Body.Close()
	switch response.StatusCode {
	case http.StatusNotModified:
		out.Unchanged = true
		return out, label.Check(l.Lists(), s.Name, l.Now)
	case http.StatusOK:
	default:
		return out, fmt.Errorf("%w: %s answers %s", sekisho.ErrUnavailable, s.URL, response.Status)
	}
	fetched, sum, err := l.fetch(s, response.Body)
	if err != nil {
		return out, err
	}
	defer os.Remove(fetched.Name())
	defer fetched.Close()
	info := infoOf(s, l.Now)
	info.URL, info.ETag, info.Modified, info.SHA256 = s.URL, response.Header.Get("ETag"), response.Header.Get("Last-Modified"), sum
	return l.replace(ctx, s, fetched, info, before)
}

// Import reads a file, as name says it. The list replaces one of the same name.
func (l *Library) Import(ctx context.Context, s Source, name string) (Outcome, error) {
	out := Outcome{Name: s.Name}
	if err := s.check(); err != nil {
		return out, err
	}
	f, err := os.Open(name)
	if err != nil {
		return out, err
	}
	defer f.Close()
	if err := os.MkdirAll(l.Lists(), 0o755); err != nil {
		return out, err
	}
	before, err := l.before(s.Name)
	if err != nil {
		return out, err
	}
	defer before.Close()
	info := infoOf(s, l.Now)
	info.URL = filepath.Base(name)
	return l.replace(ctx, s, f, info, before)
}

// before opens the version in use; a list that does not exist is empty, and so is one that is damaged: it is replaced.
func (l *Library) before(name string) (*label.List, error) {
	before, err := label.Open(l.Lists(), name)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, label.ErrCorrupt) {
		return label.Empty(), nil
	}
	return before, err
}

func setIf(r *http.Request, name, value string) {
	if value != "" {
		r.Header.Set(name, value)
	}
}

// client returns the client, which follows redirects to https only.
func (l *Library) client() *http.Client {
	c := *l.Client
	c.CheckRedirect = func(r *http.Request, via []*http.Request) error {
		if len(via) >= 10 || r.URL.Scheme != "https" {
			return fmt.Errorf("redirected to %s", r.URL)
		}
		return nil
	}
	return &c
}

// fetch puts the body into a file beside the lists, and returns it with its SHA-256.
func (l *Library) fetch(s Source, body io.Reader) (*os.File, string, error) {
	limit := s.Limit
	if limit <= 0 {
		limit = fetchLimit
	}
	f, err := os.CreateTemp(l.Lists(), s.Name+".draft-*")
	if err != nil {
		return nil, "", err
	}
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(f, sum), io.LimitReader(body, limit+1))
	switch {
	case err != nil:
		err = fmt.Errorf("%w: after %d bytes: %w", sekisho.ErrUnavailable, n, err)
	case n > limit:
		err = fmt.Errorf("%w: more than %d bytes", sekisho.ErrLimit, limit)
	default:
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		f.Close()
		os.Remove(f.Name())
		return nil, "", err
	}
	return f, hex.EncodeToString(sum.Sum(nil)), nil
}

func infoOf(s Source, now time.Time) label.Info {
	return label.Info{Name: s.Name, Title: s.Title, Source: s.Publisher, Licence: s.Licence, Format: s.Format, Every: s.Every, Fetched: now.UTC()}
}

// replace reads a list and, if it can be believed, puts it in the place of the version before.
func (l *Library) replace(ctx context.Context, s Source, r io.Reader, info label.Info, before *label.List) (Outcome, error) {
	out := Outcome{Name: s.Name}
	draft, err := label.NewDraft(l.Lists(), s.Name)
	if err != nil {
		return out, err
	}
	defer draft.Discard()
	in, err := newInput(interrupted{ctx, r})
	if err != nil {
		return out, err
	}
	to := sink{source: s, draft: draft}
	if err := readers[s.Format](in, to.add); err != nil {
		return out, err
	}
	out.Unread = to.unread
	if to.kept == 0 {
		return out, fmt.Errorf("%w: %w", sekisho.ErrMalformed, errNoAddress)
	}
	delisted := ""
	if s.Remember {
		delisted = l.Now.UTC().Format(time.DateOnly)
	}
	info.Published = in.published
	if out.Diff, err = draft.Finish(info, before, delisted); err != nil {
		return out, err
	}
	if err := believable(s, out.Diff); err != nil && !l.Force {
		return out, err
	}
	if err := draft.Commit(); err != nil {
		return out, err
	}
	out.Hits, err = l.hunt(s.Name, before)
	return out, err
}

// interrupted is a reader that ends with its context.
type interrupted struct {
	ctx context.Context
	r   io.Reader
}

// Read implements io.Reader.
func (i interrupted) Read(b []byte) (int, error) {
	if err := i.ctx.Err(); err != nil {
		return 0, err
	}
	return i.r.Read(b)
}

// believable tells a list that lost more than a fifth, or holds less than it plausibly can.
func believable(s Source, d label.Diff) error {
	if d.After < s.Least {
		return fmt.Errorf("%w: it holds %d, want at least %d", ErrSuspicious, d.After, s.Least)
	}
	if d.Before > 0 && d.After*5 < d.Before*4 {
		return fmt.Errorf("%w: it shrank from %d to %d", ErrSuspicious, d.Before, d.After)
	}
	return nil
}
