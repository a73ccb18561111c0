package repository

import (
	"archive/zip"
	"bytes"
	"compress/zlib"
	"context"
	"crypto/sha1"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/sekisho/sekisho"
)

func names(a *sekisho.Artifact) []string {
	var list []string
	for _, part := range a.Parts {
		list = append(list, part.Name)
	}
	return list
}

func openTree(t *testing.T, tree fstest.MapFS, limits sekisho.Limits) (*sekisho.Artifact, error) {
	t.Helper()
	a := &sekisho.Artifact{ID: "0", Kind: sekisho.KindRepository, Name: "project", Form: &sekisho.Repository{Name: "project", Tree: tree}}
	return a, Opener.Run(context.Background(), a, sekisho.NewBudget(limits))
}

func TestOpenFolder(t *testing.T) {
	tree := fstest.MapFS{}
	for _, name := range []string{"README.md", "logo.png", "src/deep/app.js", "index.js", "package.json", ".vscode/tasks.json", ".git/config", ".git/hooks/post-checkout",
		".git/hooks/pre-commit.sample", ".git/objects/ab/cdef", "node_modules/a/index.js", "node_modules/a/package.json", "venv/lib/site-packages/x.pth"} {
		tree[name] = &fstest.MapFile{Data: []byte("x")}
	}
	tree[".git/HEAD"] = &fstest.MapFile{Data: []byte("ref: refs/heads/main\n")}
	a, err := openTree(t, tree, sekisho.Limits{})
	want := []string{"package.json", ".git/HEAD", ".git/config", ".vscode/tasks.json", ".git/hooks/post-checkout", "node_modules/a/package.json",
		"venv/lib/site-packages/x.pth", "index.js", "src/deep/app.js", "logo.png", "README.md"}
	if got := names(a); !slices.Equal(got, want) {
		t.Errorf("parts %q, want %q", got, want)
	}
	form := a.Form.(*sekisho.Repository)
	if form.Files != 14 || form.Skipped != 3 || form.Head != "refs/heads/main" {
		t.Errorf("form %+v", form)
	}
	if !errors.Is(err, sekisho.ErrLimit) || !strings.Contains(err.Error(), "3 of 14") {
		t.Errorf("error %v, want that 3 of 14 files were not opened", err)
	}
}

func TestOpenFolderStopsAtTheBudget(t *testing.T) {
	tree := fstest.MapFS{"package.json": {Data: []byte("{}")}}
	for i := range 50 {
		tree[fmt.Sprintf("src/%d.js", i)] = &fstest.MapFile{Data: []byte("x")}
	}
	a, err := openTree(t, tree, sekisho.Limits{Parts: 10})
	if len(a.Parts) != 10 || a.Parts[0].Name != "package.json" {
		t.Errorf("parts %q", names(a))
	}
	if !errors.Is(err, sekisho.ErrLimit) || !strings.Contains(err.Error(), "41 of them code or settings") {
		t.Errorf("error %v", err)
	}
}

func TestAdopt(t *testing.T) {
	tests := []struct {
		name    string
		format  string
		entries []string
		want    string // the tree's name, empty when the entries form none
		first   string
	}{
		{"a folder in a zip", "zip", []string{"app-main/package.json", "app-main/src/x.js"}, "app-main", "package.json"},
		{"at the top", "tar", []string{"setup.py", "x/y.py"}, "a.zip", "setup.py"},
		{"only an editor's folder", "zip", []string{".vscode/tasks.json"}, "a.zip", ".vscode/tasks.json"},
		{"backslashes", "7z", []string{`app\.git\config`, `app\x`}, "app", ".git/config"},
		{"documents", "zip", []string{"2024/report.pdf", "2024/list.xlsx"}, "", ""},
		{"a compressed file", "gzip", []string{"package.json"}, "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := sekisho.NewBudget(sekisho.Limits{})
			a := &sekisho.Artifact{ID: "0", Kind: sekisho.KindArchive, Name: "a.zip", Form: &sekisho.Archive{Format: test.format}}
			for _, name := range test.entries {
				if err := b.Add(a, &sekisho.Artifact{Kind: sekisho.KindFile, Name: name, Via: "entry"}); err != nil {
					t.Fatal(err)
				}
			}
			if err := Opener.Run(context.Background(), a, b); err != nil {
				t.Fatal(err)
			}
			if test.want == "" {
				if len(a.Parts) != len(test.entries) {
					t.Errorf("parts %q", names(a))
				}
				return
			}
			if len(a.Parts) != 1 || a.Parts[0].Kind != sekisho.KindRepository || a.Parts[0].Name != test.want {
				t.Fatalf("parts %q, want a repository %q", names(a), test.want)
			}
			first := a.Parts[0].Parts[0]
			if first.Name != test.first || first.ID != "0.0.0" || first.Up != a.Parts[0] || first.Via != "tree" {
				t.Errorf("first file %q %s", first.Name, first.ID)
			}
		})
	}
}

func TestSaidToBeARepository(t *testing.T) {
	var zipped bytes.Buffer
	w := zip.NewWriter(&zipped)
	if _, err := w.Create("notes/a.txt"); err != nil {
		t.Fatal(err)
	}
	w.Close()
	a := &sekisho.Artifact{ID: "0", Kind: sekisho.KindRepository, Name: "x.zip", Blob: bytes.NewReader(zipped.Bytes()), Size: int64(zipped.Len()), Form: &sekisho.Repository{}}
	b := sekisho.NewBudget(sekisho.Limits{})
	if err := Opener.Run(context.Background(), a, b); err != nil || len(a.Parts) != 1 || a.Parts[0].Kind != sekisho.KindFile {
		t.Fatalf("%v, parts %q", err, names(a))
	}
	archive := &sekisho.Artifact{Kind: sekisho.KindArchive, Form: &sekisho.Archive{Format: "zip"}}
	if err := errors.Join(b.Add(a.Parts[0], archive), b.Add(archive, &sekisho.Artifact{Kind: sekisho.KindFile, Name: "notes/a.txt"}),
		Opener.Run(context.Background(), archive, b)); err != nil {
		t.Fatal(err)
	}
	if archive.Parts[0].Kind != sekisho.KindRepository {
		t.Errorf("what is said to be a source tree is not taken for one")
	}
}

// A packer writes a bundle.
type packer struct {
	body  bytes.Buffer
	count uint32
}

func (p *packer) header(k kind, size int) {
	p.count++
	c := byte(k)<<4 | byte(size&15)
	for size >>= 4; size > 0; size >>= 7 {
		p.body.WriteByte(c | 0x80)
		c = byte(size & 0x7F)
	}
	p.body.WriteByte(c)
}

func (p *packer) deflate(data []byte) {
	z := zlib.NewWriter(&p.body)
	z.Write(data)
	z.Close()
}

func (p *packer) add(k kind, data string) id {
	p.header(k, len(data))
	p.deflate([]byte(data))
	return sha1.Sum(fmt.Appendf(nil, "%s %d\x00%s", k, len(data), data))
}

func (p *packer) bundle(refs string) []byte {
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32([]byte(bundle+refs+"\nPACK"), 2), p.count)
	all := append(head, p.body.Bytes()...)
	sum := sha1.Sum(all)
	return append(all, sum[:]...)
}

func testBundle() []byte {
	p := &packer{}
	base := p.add(blob, "tasks: one two three\n")
	// A delta upon it: copy 7 bytes from 0, then "none\n".
	delta := []byte{21, 12, 0x90, 7, 5, 'n', 'o', 'n', 'e', '\n'}
	p.header(nameDelta, len(delta))
	p.body.Write(base[:])
	p.deflate(delta)
	changed := sha1.Sum([]byte("blob 12\x00tasks: none\n"))
	inner := p.add(tree, "100644 tasks.json\x00"+string(base[:])+"120000 up\x00"+string(base[:]))
	top := p.add(tree, "40000 .vscode\x00"+string(inner[:])+"100755 run.sh\x00"+string(changed[:]))
	c := p.add(commit, "tree "+hex.EncodeToString(top[:])+"\nauthor a <a@b.example> 0 +0000\n\nm\n")
	name := hex.EncodeToString(c[:])
	return p.bundle(name + " refs/heads/main\n" + name + " HEAD\n")
}

func openBytes(data []byte, limits sekisho.Limits) (*sekisho.Artifact, *sekisho.Budget, error) {
	a := &sekisho.Artifact{ID: "0", Kind: sekisho.KindRepository, Name: "x.bundle", Blob: bytes.NewReader(data), Size: int64(len(data)), Form: &sekisho.Repository{Name: "x"}}
	b := sekisho.NewBudget(limits)
	return a, b, Opener.Run(context.Background(), a, b)
}

func TestOpenBundle(t *testing.T) {
	a, _, err := openBytes(testBundle(), sekisho.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := names(a), []string{".vscode/tasks.json", ".vscode/up", "run.sh"}; !slices.Equal(got, want) {
		t.Fatalf("parts %q, want %q", got, want)
	}
	data := make([]byte, a.Parts[2].Size)
	a.Parts[2].Blob.ReadAt(data, 0)
	if string(data) != "tasks: none\n" || a.Parts[1].Blob != nil {
		t.Errorf("run.sh holds %q", data)
	}
	if form := a.Form.(*sekisho.Repository); form.Head != "HEAD" || form.Files != 3 {
		t.Errorf("form %+v", form)
	}
}

func TestBundleIsFoundAmongFiles(t *testing.T) {
	data := testBundle()
	a := &sekisho.Artifact{ID: "0", Kind: sekisho.KindFile, Name: "test.bundle", Blob: bytes.NewReader(data), Size: int64(len(data))}
	if err := Opener.Run(context.Background(), a, sekisho.NewBudget(sekisho.Limits{})); err != nil || len(a.Parts) != 1 || a.Parts[0].Kind != sekisho.KindRepository {
		t.Errorf("%v, %d parts", err, len(a.Parts))
	}
}

// FuzzOpenNeverExceedsBudget opens damaged bundles.
func FuzzOpenNeverExceedsBudget(f *testing.F) {
	good := testBundle()
	f.Add(good)
	f.Add(good[:len(good)/2])
	f.Add([]byte(bundle + "\nPACK"))
	f.Add([]byte("not one"))
	f.Fuzz(func(t *testing.T, data []byte) {
		limits := sekisho.Limits{Bytes: 1 << 20, Entry: 1 << 18, Parts: 50, Depth: 6}
		a, b, _ := openBytes(data, limits)
		left, parts := b.Left()
		if left < 0 || parts < 0 || len(a.Parts) > limits.Parts {
			t.Errorf("%d bytes and %d parts left, %d parts", left, parts, len(a.Parts))
		}
	})
}
