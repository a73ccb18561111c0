// Package watch is the door for folders: downloads, exports, a share. A file that appears or changes is inspected once it has been
// left alone for a while, its verdict is recorded, and at hold or stricter it is moved away when a folder for that is given.
//
// Changes are told by the system where it can (fsnotify) and found by walking the folder every minute where it cannot, as on
// network shares. A file that a browser is still writing is left until its name is final, or until it has not changed for
// ten minutes. Symbolic links are not followed.
package watch

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"
	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/checkpoint"
	"github.com/sekisho/sekisho/record"
	"github.com/sekisho/sekisho/source"
)

// A Door watches one folder and those below it. Its fields must not change once it runs.
type Door struct {
	Checkpoint *checkpoint.Checkpoint // with a record
	Record     *record.Store
	Log        *slog.Logger

	Folder  string
	Settle  time.Duration // how long a file must be unchanged before it is read, default 3 s
	MoveTo  string        // where files at hold or stricter go; empty to leave them
	Present bool          // also inspect the files that are there at the start

	mu     sync.Mutex
	status Status
}

// Status is how the door is doing.
type Status struct {
	Judged  int       // files since the start
	Waiting int       // files that are not settled
	Last    time.Time // when a file was judged last
	Err     string    // what went wrong last, empty when everything that is there was read, judged and moved since
}

// Status returns how the door is doing.
func (d *Door) Status() Status {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.status
}

const (
	rescan     = time.Minute
	unfinished = 10 * time.Minute // after which a partial download is read as it is
	fileLimit  = 200_000          // files remembered
)

// partial are the extensions of files that browsers have not finished.
var partial = map[string]bool{".crdownload": true, ".part": true, ".partial": true, ".download": true, ".opdownload": true, ".tmp": true}

// mark is what a file looks like from outside.
type mark struct {
	size     int64
	modified time.Time
}

// a watch is one run of the door.
type watch struct {
	*Door
	notify  *fsnotify.Watcher
	waiting map[string]waiting
	judged  map[string]mark
	walked  bool // the last walk read everything
}

type waiting struct {
	mark
	since time.Time     // when it last changed
	again time.Time     // when to try again, after it could not be judged
	pause time.Duration // before the try after that
}

// later returns the file as it waits after it could not be judged: twice as long as before, up to ten minutes.
func (f waiting) later(settle time.Duration) waiting {
	f.pause = min(max(2*f.pause, settle), unfinished)
	f.again = time.Now().Add(f.pause)
	return f
}

// Run watches until ctx ends. It returns an error when the folder cannot be watched at all.
func (d *Door) Run(ctx context.Context) error {
	if d.Settle <= 0 {
		d.Settle = 3 * time.Second
	}
	w := &watch{Door: d, waiting: map[string]waiting{}, judged: map[string]mark{}}
	if info, err := os.Stat(d.Folder); err != nil || !info.IsDir() {
		return errors.Join(err, fmt.Errorf("%s is no folder", d.Folder))
	}
	var events <-chan fsnotify.Event
	if notify, err := fsnotify.NewWatcher(); err == nil {
		defer notify.Close()
		w.notify, events = notify, notify.Events
	} else {
		d.Log.Warn("changes are found by walking only", "folder", d.Folder, "error", err)
	}
	w.walk(ctx, !d.Present)
	tick, again := time.NewTicker(max(d.Settle/3, 50*time.Millisecond)), time.NewTicker(rescan)
	defer tick.Stop()
	defer again.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case event, ok := <-events:
			if !ok {
				events = nil
				continue
			}
			w.see(event.Name)
		case <-again.C:
			w.walk(ctx, false)
		case <-tick.C:
			w.settle(ctx)
		}
	}
}

// walk sees every file; with known they count as judged.
func (w *watch) walk(ctx context.Context, known bool) {
	w.walked = true
	err := filepath.WalkDir(w.Folder, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			w.walked = false
			w.failed(err)
			return nil
		case entry.IsDir() && w.away(path):
			return fs.SkipDir
		case entry.IsDir():
			if w.notify != nil {
				if err := w.notify.Add(path); err != nil {
					w.walked = false
					w.failed(fmt.Errorf("watch %s: %w", path, err))
				}
			}
			return nil
		}
		if known {
			if m, ok := markOf(path); ok {
				w.judged[path] = m
			}
			return nil
		}
		w.see(path)
		return nil
	})
	if err != nil && ctx.Err() == nil {
		w.walked = false
		w.failed(err)
	}
	for path := range w.judged {
		if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
			delete(w.judged, path)
		}
	}
}

// away reports whether a folder is the one that held files are moved to.
func (w *watch) away(path string) bool {
	return w.MoveTo != "" && path != w.Folder && filepath.Clean(path) == filepath.Clean(w.MoveTo)
}

func markOf(path string) (mark, bool) {
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() {
		return mark{}, false
	}
	return mark{info.Size(), info.ModTime()}, true
}

// see notes that a path may have changed. A new folder is walked.
func (w *watch) see(path string) {
	if info, err := os.Lstat(path); err == nil && info.IsDir() && path != w.Folder {
		w.seeFolder(path)
		return
	}
	m, ok := markOf(path)
	if !ok {
		delete(w.waiting, path)
		return
	}
	if w.judged[path] == m {
		return
	}
	if len(w.waiting) >= fileLimit {
		w.failed(fmt.Errorf("more than %d files wait: the next walk finds the others", fileLimit))
		return
	}
	if w.waiting[path].mark != m {
		w.waiting[path] = waiting{mark: m, since: time.Now()}
	}
}

// seeFolder watches a folder that appeared, and sees what is in it already.
func (w *watch) seeFolder(path string) {
	err := filepath.WalkDir(path, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || w.away(path) {
			return fs.SkipDir
		}
		if !entry.IsDir() {
			w.see(path)
		} else if w.notify != nil {
			return w.notify.Add(path)
		}
		return nil
	})
	if err != nil {
		w.failed(err)
	}
}

// settle judges the files that have been left alone for long enough.
func (w *watch) settle(ctx context.Context) {
	troubled := !w.walked
	for path, was := range w.waiting {
		if ctx.Err() != nil {
			break
		}
		m, ok := markOf(path)
		switch {
		case !ok:
			delete(w.waiting, path)
			continue
		case m != was.mark:
			w.waiting[path] = waiting{mark: m, since: time.Now()}
			continue
		}
		still := time.Since(was.since)
		troubled = troubled || was.pause > 0
		if time.Now().Before(was.again) || still < w.Settle || partial[strings.ToLower(filepath.Ext(path))] && still < unfinished {
			continue
		}
		if err := w.judge(ctx, path, was); err != nil {
			troubled = true
			w.failed(err)
			w.waiting[path] = was.later(w.Settle) // a file is never given up
			continue
		}
		delete(w.waiting, path)
		w.judged[path] = m
	}
	w.mu.Lock()
	w.status.Waiting = len(w.waiting)
	if !troubled {
		w.status.Err = ""
	}
	w.mu.Unlock()
}

func (w *watch) failed(err error) {
	w.Log.Error("watch", "folder", w.Folder, "error", err)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.status.Err = err.Error()
}

// judge passes everything in a file through the checkpoint and does what was decided. A file that is judged again, since it could not
// be moved, has the passages that it had.
func (w *watch) judge(ctx context.Context, path string, was waiting) error {
	var passages []*sekisho.Passage
	err := source.Walk(ctx, []string{path}, nil, func(item source.Item) error {
		defer item.Close()
		if item.Err != nil && item.Artifact.Size == 0 {
			return item.Err
		}
		key := fmt.Sprintf("%s\x00%d\x00%d\x00%d", path, was.size, was.modified.UnixNano(), len(passages))
		digest := sha256.Sum256([]byte(key))
		passage, err := w.Checkpoint.Pass(ctx, sekisho.Arrival{Door: "watch", From: w.Folder, Artifact: item.Artifact,
			Key: "watch:" + hex.EncodeToString(digest[:]), Decide: w.decide})
		if err != nil {
			return err
		}
		passages = append(passages, passage)
		return nil
	})
	if err != nil {
		return fmt.Errorf("judge %s: %w", path, err)
	}
	return w.act(ctx, path, passages, was.pause == 0)
}

func (d *Door) decide(v sekisho.Verdict) sekisho.Act {
	switch {
	case v.Action < sekisho.ActionHold:
		return sekisho.Act{Do: sekisho.DoPass}
	case d.MoveTo == "":
		return sekisho.Act{Do: sekisho.DoPass, Would: sekisho.DoHold}
	}
	return sekisho.Act{Do: sekisho.DoHold}
}

// act moves a file away when any of its passages is held, and says how that ended. That it could not be moved is an error, so that
// it is tried again, and is said in the record the first time.
func (w *watch) act(ctx context.Context, path string, passages []*sekisho.Passage, first bool) error {
	outcome, failed := "done", error(nil)
	for _, p := range passages {
		if p.Act.Do == sekisho.DoHold {
			outcome, failed = w.move(path, p.ID)
			break
		}
	}
	if failed != nil && !first {
		return failed
	}
	errs := []error{failed}
	for _, p := range passages {
		errs = append(errs, w.Record.Complete(ctx, p.ID, outcome))
	}
	if failed == nil {
		w.mu.Lock()
		w.status.Judged++
		w.status.Last = time.Now()
		w.mu.Unlock()
	}
	return errors.Join(errs...)
}

// move moves a file away and says how that ended. A file that is gone needs no moving.
func (w *watch) move(path, id string) (outcome string, err error) {
	to, err := moveAway(path, w.MoveTo, id)
	if err == nil {
		return "moved to " + to, nil
	}
	if _, gone := os.Lstat(path); errors.Is(gone, fs.ErrNotExist) {
		return "gone before it was moved", nil
	}
	return "not moved: " + err.Error(), fmt.Errorf("move %s: %w", path, err)
}
