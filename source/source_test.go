package source

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sekisho/sekisho"
)

const testMail = "From: a@b.example\nSubject: x\nDate: Mon, 5 Oct 2026 10:00:00 +0900\n\nbody\n"

// walk returns what Walk finds, as "kind name" with names relative to dir, or "error name".
func walk(t *testing.T, dir string, paths ...string) ([]string, error) {
	t.Helper()
	for i, p := range paths {
		if p != "-" {
			paths[i] = filepath.Join(dir, p)
		}
	}
	var got []string
	err := Walk(context.Background(), paths, strings.NewReader(testMail), func(item Item) error {
		defer item.Close()
		name := strings.TrimPrefix(filepath.ToSlash(item.Artifact.Name), filepath.ToSlash(dir)+"/")
		line := string(item.Artifact.Kind) + " " + name
		if item.Err != nil {
			line = "error " + name
		}
		got = append(got, line)
		if item.Artifact.Blob != nil && item.Err == nil {
			if _, err := io.ReadAll(io.NewSectionReader(item.Artifact.Blob, 0, item.Artifact.Size)); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		return nil
	})
	return got, err
}

func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestWalk(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"a.eml":           testMail,
		"noname":          testMail,
		"note.txt":        "Dear all: hello\n\nworld",
		"code.go":         "package x\n\nvar a = 1\n",
		"empty":           "",
		"box":             "From a@b Mon Oct  5 10:00:00 2026\n" + testMail + "\nFrom here on it is prose\n\nFrom c@d Mon Oct  5 10:00:00 2026\r\n" + testMail,
		"md/cur/1:2,S":    "X-Odd: 1\n\nhi",
		"md/new/2":        testMail,
		"md/tmp/3":        "not delivered yet",
		"sub/deep/z.html": "<p>x",
	})
	if err := os.Symlink(filepath.Join(dir, "a.eml"), filepath.Join(dir, "sub", "link")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(dir, "md"), filepath.Join(dir, "linked")); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		path string
		want []string
	}{
		{"a.eml", []string{"mail a.eml"}},
		{"noname", []string{"mail noname"}},
		{"note.txt", []string{"file note.txt"}},
		{"code.go", []string{"file code.go"}},
		{"empty", []string{"error empty"}},
		{"box", []string{"mail box#1", "mail box#2"}},
		{"md", []string{"mail md/cur/1:2,S", "mail md/new/2"}},
		{"sub", []string{"file sub/deep/z.html", "error sub/link"}},
		{"-", []string{"mail -"}},
		{"linked", []string{"mail linked/cur/1:2,S", "mail linked/new/2"}},
	}
	for _, test := range tests {
		t.Run(test.path, func(t *testing.T) {
			got, err := walk(t, dir, test.path)
			if err != nil || !slices.Equal(got, test.want) {
				t.Errorf("got %q (%v), want %q", got, err, test.want)
			}
		})
	}
}

func TestWalkGoesOnAfterAMissingPath(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"a.eml": testMail})
	got, err := walk(t, dir, "missing", "a.eml")
	if !errors.Is(err, ErrPath) || !slices.Equal(got, []string{"mail a.eml"}) {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestWalkStopsWhenToldTo(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"a.eml": testMail, "b.eml": testMail})
	stop := errors.New("stop")
	n := 0
	err := Walk(context.Background(), []string{dir}, nil, func(item Item) error {
		n++
		return errors.Join(stop, item.Close())
	})
	if !errors.Is(err, stop) || n != 1 {
		t.Errorf("%v after %d", err, n)
	}
}

func TestUnreadableFileIsAnItem(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root can read everything")
	}
	dir := t.TempDir()
	write(t, dir, map[string]string{"secret": testMail})
	if err := os.Chmod(filepath.Join(dir, "secret"), 0); err != nil {
		t.Fatal(err)
	}
	got, err := walk(t, dir, "secret")
	if err != nil || !slices.Equal(got, []string{"error secret"}) {
		t.Errorf("got %q, %v", got, err)
	}
}

// FuzzMboxLosesNothing: the sections of an mbox lie in the file, in order, and do not overlap.
func FuzzMboxLosesNothing(f *testing.F) {
	f.Add("From a 10:00\nA: b\n\nx\n\nFrom b 11:11\nC: d\n\ny")
	f.Add("From a 10:00\n>From b\n\n\nFrom \n\nFrom c 12:12")
	f.Fuzz(func(t *testing.T, box string) {
		if !isMbox([]byte(box)) {
			return
		}
		var at int64
		found := 0
		err := splitMbox("x", strings.NewReader(box), int64(len(box)), nil, func(item Item) error {
			found++
			_, start, length := item.Artifact.Blob.(*io.SectionReader).Outer()
			if skipped := box[at:start]; !isFromLine([]byte(skipped)) || strings.Contains(strings.TrimRight(skipped, "\n"), "\n") {
				t.Fatalf("section %d leaves out %q", found, skipped)
			}
			at = start + length
			return nil
		})
		if err != nil || found == 0 || at != int64(len(box)) {
			t.Fatalf("%d sections end at %d of %d: %v", found, at, len(box), err)
		}
	})
}

// TestWhatIsNoFileIsNotOpened: opening a named pipe would wait for somebody to write.
func TestWhatIsNoFileIsNotOpened(t *testing.T) {
	found := 0
	err := Walk(t.Context(), []string{os.DevNull}, nil, func(item Item) error {
		found++
		if !errors.Is(item.Err, sekisho.ErrUnavailable) {
			t.Errorf("got %v", item.Err)
		}
		return item.Close()
	})
	if err != nil || found != 1 {
		t.Errorf("%d items, error %v", found, err)
	}
}

func TestIsMail(t *testing.T) {
	for _, tt := range []struct {
		name, head string
		want       bool
	}{
		{"two known fields", "From: a@b.example\nTo: c@d.example\n\nhi", true},
		{"a line that is no field after them", "Received: x\nDate: y\nX (odd): z\nSubject: a\n\nhi", true},
		{"prose with a colon", "From: the start\nit was like this\nTo: the end", false},
		{"one known field", "From: a\n\nTo: b", false},
	} {
		if got := IsMail("x", []byte(tt.head)); got != tt.want {
			t.Errorf("%s: got %v", tt.name, got)
		}
	}
}
