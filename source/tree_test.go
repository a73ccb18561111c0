package source

import (
	"context"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sekisho/sekisho"
)

func touch(t *testing.T, folder string, names ...string) {
	t.Helper()
	for _, name := range names {
		full := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte("x"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// kinds walks the folder and returns what is found, each with its kind and its name from the folder.
func kinds(t *testing.T, walk func(context.Context, []string, io.Reader, func(Item) error) error, folder string) []string {
	t.Helper()
	var got []string
	err := walk(context.Background(), []string{folder}, nil, func(item Item) error {
		name, err := filepath.Rel(folder, item.Artifact.Name)
		if err != nil {
			return err
		}
		got = append(got, string(item.Artifact.Kind)+" "+filepath.ToSlash(name))
		return item.Close()
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestWalkFindsRepositories(t *testing.T) {
	tests := []struct {
		name  string
		files []string
		want  string
	}{
		{"one at the top", []string{"package.json", "src/a.js"}, "repository ."},
		{"several", []string{"a/go.mod", "b/.git/HEAD", "b/x", "c/notes.txt"}, "repository a, repository b, file c/notes.txt"},
		{"mails under version control", []string{".gitignore", "a.eml"}, "file .gitignore, mail a.eml"},
		{"files", []string{"a.txt", "b/c.txt"}, "file a.txt, file b/c.txt"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			folder := t.TempDir()
			touch(t, folder, test.files...)
			if got := strings.Join(kinds(t, Walk, folder), ", "); got != test.want {
				t.Errorf("found %s, want %s", got, test.want)
			}
		})
	}
}

func TestWalkRepositoriesTakesAnyFolder(t *testing.T) {
	folder := t.TempDir()
	touch(t, folder, "a.txt")
	if got := kinds(t, WalkRepositories, folder); len(got) != 1 || got[0] != "repository ." {
		t.Errorf("found %q", got)
	}
	if got := kinds(t, WalkRepositories, filepath.Join(folder, "a.txt")); len(got) != 1 || !strings.HasPrefix(got[0], "repository ") {
		t.Errorf("found %q", got)
	}
}

func TestTreeDoesNotLeadOut(t *testing.T) {
	outside, folder := t.TempDir(), t.TempDir()
	touch(t, outside, "secret")
	touch(t, folder, "package.json")
	if err := os.Symlink(filepath.Join(outside, "secret"), filepath.Join(folder, "link")); err != nil {
		t.Skip(err)
	}
	item := tree(folder)
	defer item.Close()
	files := item.Artifact.Form.(*sekisho.Repository).Tree
	if _, err := fs.ReadFile(files, "link"); err == nil {
		t.Error("a link out of the folder was followed")
	}
	if _, err := fs.ReadFile(files, "package.json"); err != nil {
		t.Error(err)
	}
}
