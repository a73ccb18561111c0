package watch

import (
	"bytes"
	"context"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/checkpoint"
	"github.com/sekisho/sekisho/detector"
	"github.com/sekisho/sekisho/intel"
	"github.com/sekisho/sekisho/judge"
	"github.com/sekisho/sekisho/opener"
	"github.com/sekisho/sekisho/record"
	"github.com/sekisho/sekisho/rules"
)

// heldRule holds files of an extension that nothing else judges.
const heldRule = `id: watch-held
title: {en: Marked, ja: 印のあるファイル}
status: stable
on: file
when: it.extension == "heldtest"
ask: hold
say: {en: '"marked"', ja: '"印があります"'}
control: [npa-2022-n2]
attack: [T1204]
examples:
  - {name: marked, match: true, it: {extension: heldtest}}
  - {name: not marked, match: false, it: {extension: txt}}
`

// start runs a door over a folder and returns what it recorded, on demand.
func start(t *testing.T, door *Door) func() []record.Passage {
	t.Helper()
	var store *record.Store
	folder := t.TempDir()
	store, err := record.Open(t.Context(), record.Config{URL: filepath.Join(folder, "record.db"), Keys: filepath.Join(folder, "keys"), Process: "test"})
	if err != nil {
		t.Fatal(err)
	}
	mine := filepath.Join(t.TempDir(), "rules")
	if err := os.MkdirAll(mine, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(mine, "rule.yaml"), []byte(heldRule), 0o600); err != nil {
		t.Fatal(err)
	}
	set, err := rules.Load([]fs.FS{detector.Rules, rules.Joined, os.DirFS(mine)}...)
	if err != nil {
		t.Fatal(err)
	}
	j, err := judge.Compile(set.Rules, set.Conditions, detector.All)
	if err != nil {
		t.Fatal(err)
	}
	cp, err := checkpoint.New(checkpoint.Config{Openers: opener.All, Detectors: detector.All, Judge: j, Intel: intel.Builtin(), Record: store.Record})
	if err != nil {
		t.Fatal(err)
	}
	var logged bytes.Buffer
	door.Checkpoint, door.Record, door.Log = cp, store, slog.New(slog.NewTextHandler(&logged, nil))
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- door.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := store.Close(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Log(logged.String())
		}
	})
	return func() []record.Passage {
		page, err := store.Passages(t.Context(), record.Query{})
		if err != nil {
			t.Fatal(err)
		}
		return page.Items
	}
}

// eventually waits until what is so, and fails when it is not within ten seconds.
func eventually(t *testing.T, what string, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !so(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within ten seconds: %s", what)
		}
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestFilesAreJudgedAsTheyAppear(t *testing.T) {
	folder := t.TempDir()
	write(t, filepath.Join(folder, "there.txt"), "present at the start")
	door := &Door{Folder: folder, Settle: 100 * time.Millisecond, Present: true}
	recorded := start(t, door)
	eventually(t, "the file that was there is recorded", func() bool { return len(recorded()) == 1 })
	write(t, filepath.Join(folder, "new", "below", "later.txt"), "appeared in a new folder")
	eventually(t, "the file in a new folder is recorded", func() bool { return len(recorded()) == 2 })
	for _, p := range recorded() {
		if p.Door != "watch" || p.Action != sekisho.ActionPass {
			t.Errorf("recorded %+v", p)
		}
	}
	eventually(t, "its act is completed", func() bool { return recorded()[0].Outcome == "done" })
}

func TestAFileBeingWrittenIsLeft(t *testing.T) {
	folder := t.TempDir()
	door := &Door{Folder: folder, Settle: 400 * time.Millisecond, Present: true}
	recorded := start(t, door)
	path := filepath.Join(folder, "growing.txt")
	for n := range 8 {
		write(t, path, strings.Repeat("more ", n+1))
		time.Sleep(100 * time.Millisecond)
		if n := len(recorded()); n != 0 {
			t.Fatalf("recorded %d while it was written", n)
		}
	}
	eventually(t, "it is recorded once it is left alone", func() bool { return len(recorded()) == 1 })
	write(t, filepath.Join(folder, "film.crdownload"), "half")
	time.Sleep(900 * time.Millisecond)
	if n := len(recorded()); n != 1 {
		t.Errorf("recorded %d, want the partial download left alone", n)
	}
}

func TestHeldFilesAreMovedAway(t *testing.T) {
	folder, away := t.TempDir(), filepath.Join(t.TempDir(), "held")
	recorded := start(t, &Door{Folder: folder, Settle: 100 * time.Millisecond, MoveTo: away, Present: true})
	path := filepath.Join(folder, "invoice.heldtest")
	write(t, path, "inert")
	eventually(t, "it is moved away", func() bool { _, err := os.Lstat(path); return err != nil })
	eventually(t, "the outcome is recorded", func() bool {
		all := recorded()
		return len(all) == 1 && strings.HasPrefix(all[0].Outcome, "moved to ") && all[0].Do == sekisho.DoHold
	})
	moved, err := os.ReadDir(away)
	if err != nil || len(moved) != 1 || !strings.HasSuffix(moved[0].Name(), "-invoice.heldtest.held") {
		t.Errorf("in the folder: %v, %v", moved, err)
	}
}

func TestMoveAwayKeepsWhatIsThere(t *testing.T) {
	folder := t.TempDir()
	write(t, filepath.Join(folder, "a"), "first")
	write(t, filepath.Join(folder, "away", "id-a.held"), "other")
	if to, err := moveAway(filepath.Join(folder, "a"), filepath.Join(folder, "away"), "id"); err == nil {
		t.Errorf("moved over %s", to)
	}
	if text, err := os.ReadFile(filepath.Join(folder, "a")); err != nil || string(text) != "first" {
		t.Errorf("the file is %q, %v", text, err)
	}
	if err := copyAway(filepath.Join(folder, "a"), filepath.Join(folder, "b")); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(filepath.Join(folder, "b")); err != nil || string(text) != "first" {
		t.Errorf("the copy is %q, %v", text, err)
	}
}

// TestAFileThatCannotBeMovedIsTriedAgain: the folder to move to cannot be made at first.
func TestAFileThatCannotBeMovedIsTriedAgain(t *testing.T) {
	folder, place := t.TempDir(), t.TempDir()
	blocked := filepath.Join(place, "held")
	write(t, blocked, "a file where the folder should be")
	door := &Door{Folder: folder, Settle: 100 * time.Millisecond, Present: true, MoveTo: filepath.Join(blocked, "files")}
	recorded := start(t, door)
	path := filepath.Join(folder, "invoice.heldtest")
	write(t, path, "inert")
	eventually(t, "the outcome says that it was not moved", func() bool {
		all := recorded()
		return len(all) == 1 && strings.HasPrefix(all[0].Outcome, "not moved: ")
	})
	if door.Status().Err == "" {
		t.Error("the status says nothing of it")
	}
	if err := os.Remove(blocked); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is moved away", func() bool { _, err := os.Lstat(path); return err != nil })
	eventually(t, "the one passage says so", func() bool {
		all := recorded()
		return len(all) == 1 && strings.HasPrefix(all[0].Outcome, "moved to ")
	})
	eventually(t, "the status is good again", func() bool { return door.Status() == Status{Judged: 1, Last: door.Status().Last} })
}
