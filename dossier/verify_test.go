package dossier

import (
	"archive/zip"
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"github.com/sekisho/sekisho/record"
)

func hexSum(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// repack makes a package of files. remade says that the manifest is written anew, as one would who can.
func repack(t testing.TB, files map[string]string, remade bool) []byte {
	t.Helper()
	if remade {
		var manifest strings.Builder
		for _, name := range slices.Sorted(maps.Keys(files)) {
			if name != fileManifest {
				fmt.Fprintf(&manifest, "%s  %s\n", hexSum([]byte(files[name])), name)
			}
		}
		files[fileManifest] = manifest.String()
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(files[name])); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func verify(t testing.TB, data []byte, key string) []Problem {
	t.Helper()
	problems, err := Verify(bytes.NewReader(data), int64(len(data)), key)
	if err != nil {
		t.Fatal(err)
	}
	return problems
}

func TestEachTamperingIsNamed(t *testing.T) {
	t.Parallel()
	store, id := filled(t)
	_, key, err := store.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	whole := unpack(t, write(t, store, id))
	if problems := verify(t, repack(t, maps.Clone(whole), true), key); len(problems) > 0 {
		t.Fatalf("unchanged: %v", problems)
	}
	line, body, way := entryFile(0, ".line"), entryFile(0, ".body.json"), entryFile(0, ".proof")
	other := entryFile(1, ".line")
	edit := func(name, old, new string) func(map[string]string) {
		return func(f map[string]string) {
			if !strings.Contains(f[name], old) {
				t.Fatalf("%q is not in %s: %.300s", old, name, f[name])
			}
			f[name] = strings.Replace(f[name], old, new, 1)
		}
	}
	for _, tt := range []struct {
		name   string
		change func(map[string]string)
		clumsy bool // the manifest is left as it was
		file   string
		what   string
	}{
		{"page changed", edit(filePage, "至急", "普通"), true, filePage, "changed"},
		{"file removed", func(f map[string]string) { delete(f, fileCSV) }, true, fileCSV, "missing"},
		{"file added", func(f map[string]string) { f["extra.txt"] = "x" }, true, "extra.txt", "not in the manifest"},
		{"manifest removed", func(f map[string]string) { delete(f, fileManifest) }, true, fileManifest, "missing"},
		{"manifest damaged", edit(fileManifest, "  ", " "), true, fileManifest, "not a digest"},
		{"line changed", edit(line, `"passage"`, `"message"`), false, line, "not the line that is proved"},
		{"line changed, with its proof", func(f map[string]string) {
			edit(line, `"by":"test"`, `"by":"nobody"`)(f)
			edit(fileProofs, `"by\":\"test\"`, `"by\":\"nobody\"`[1:])(f)
		}, false, line, "not in the log"},
		{"line removed", func(f map[string]string) { delete(f, line) }, false, line, "missing"},
		{"lines swapped", func(f map[string]string) { f[line], f[other] = f[other], f[line] }, false, line, "not the line"},
		{"body changed", edit(body, "evil.example", "good.example"), false, body, "not the body that was recorded"},
		{"body removed", func(f map[string]string) { delete(f, body) }, false, body, "no entry says that it was erased"},
		{"way changed", edit(way, "right", "left"), false, way, "not the proof"},
		{"way removed", func(f map[string]string) { delete(f, way) }, false, way, "missing"},
		{"proofs removed", func(f map[string]string) { delete(f, fileProofs) }, false, fileProofs, "missing"},
		{"proofs damaged", func(f map[string]string) { f[fileProofs] = "{" }, false, fileProofs, "not the JSON"},
		{"proofs emptied", func(f map[string]string) { f[fileProofs] = "{}" }, false, fileProofs, "proves nothing"},
		{"entry unproved", func(f map[string]string) { f[entryFile(999, ".line")] = "{}" }, false, entryFile(999, ".line"), "without a proof"},
		{"salt changed", edit(fileProofs, `"salt": "`, `"salt": "00`), false, body, "not the body"},
		{"entry in proofs changed", edit(fileProofs, `"kind": "passage"`, `"kind": "nothing"`), false, fileProofs, "does not say what its line says"},
		{"head changed", edit(fileHead, "\n", "x\n"), false, fileHead, "not signed"},
		{"head removed", func(f map[string]string) { delete(f, fileHead) }, false, fileHead, "missing"},
		{"key replaced", func(f map[string]string) { f[fileKey] = otherKey(t) + "\n" }, false, fileKey, "not the key that was given"},
		{"original changed", func(f map[string]string) {
			for name := range f {
				if strings.HasSuffix(name, ".b64") {
					f[name] = "AAAA" + f[name][4:]
				}
			}
		}, true, originalsFolder, "changed"},
		{"original replaced", func(f map[string]string) {
			for name := range f {
				if strings.HasSuffix(name, ".b64") {
					f[name] = "AAAA" + f[name][4:]
				}
			}
		}, false, originalsFolder, "not the original that its entry names"},
		{"original added", func(f map[string]string) { f[originalsFolder+"p1.eml.b64"] = "AAAA" }, false, originalsFolder + "p1", "no entry names"},
		{"original removed", func(f map[string]string) {
			for name := range f {
				if strings.HasSuffix(name, ".b64") {
					delete(f, name)
				}
			}
		}, false, originalsFolder, "missing: an entry names it"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			files := maps.Clone(whole)
			tt.change(files)
			problems := verify(t, repack(t, files, !tt.clumsy), key)
			if !slices.ContainsFunc(problems, func(p Problem) bool { return strings.HasPrefix(p.File, tt.file) && strings.Contains(p.What, tt.what) }) {
				t.Errorf("problems %v, want one of %s: %s", problems, tt.file, tt.what)
			}
		})
	}
	signed := maps.Clone(whole)
	resign(t, signed)
	if problems := verify(t, repack(t, signed, true), ""); len(problems) > 0 {
		t.Errorf("a package signed with its own key is not whole: %v", problems)
	}
	if problems := verify(t, repack(t, signed, true), key); len(problems) == 0 {
		t.Error("a package signed with another key passes")
	}
}

func otherKey(t testing.TB) string {
	t.Helper()
	_, key, err := note.GenerateKey(rand.Reader, "sekisho-other")
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// resign signs the head with a key of one's own, and puts that into the package.
func resign(t testing.TB, files map[string]string) {
	t.Helper()
	private, public, err := note.GenerateKey(rand.Reader, "sekisho-other")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(private)
	if err != nil {
		t.Fatal(err)
	}
	text, _, _ := strings.Cut(files[fileHead], "\n\n")
	signed, err := note.Sign(&note.Note{Text: text + "\n"}, signer)
	if err != nil {
		t.Fatal(err)
	}
	escape := func(s string) string { return strings.ReplaceAll(s, "\n", `\n`) }
	files[fileProofs] = strings.Replace(files[fileProofs], escape(files[fileHead]), escape(string(signed)), 1)
	files[fileHead], files[fileKey] = string(signed), public+"\n"
}

func TestHostileNamesAreNamedAndNotRead(t *testing.T) {
	t.Parallel()
	names := []string{"../../etc/passwd", "/etc/passwd", `..\..\x`, "C:/x", "a/../b", "a//b", "entries/./x", "nul\x00", "line\nbreak", "\u202egpj.exe", strings.Repeat("x", 300), "folder/", "", "."}
	for _, name := range names {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		if _, err := z.CreateRaw(&zip.FileHeader{Name: name}); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		problems := verify(t, b.Bytes(), "")
		if len(problems) == 0 || !strings.Contains(problems[0].What, "a name no package has") {
			t.Errorf("%q: %v", name, problems)
		}
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for range 2 {
		if _, err := z.Create(fileReadme); err != nil {
			t.Fatal(err)
		}
	}
	link := &zip.FileHeader{Name: fileHead}
	link.SetMode(fs.ModeSymlink | 0o777)
	if _, err := z.CreateHeader(link); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	problems := verify(t, b.Bytes(), "")
	for _, want := range []Problem{{fileReadme, "there twice"}, {fileHead, "not a plain file"}} {
		if !slices.Contains(problems, want) {
			t.Errorf("%v is not in %v", want, problems)
		}
	}
}

func TestABombIsNotUnpacked(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create(fileManifest)
	if err != nil {
		t.Fatal(err)
	}
	zeros := make([]byte, 1<<20)
	for range textLimit>>20 + 1 {
		if _, err := w.Write(zeros); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Verify(bytes.NewReader(b.Bytes()), int64(b.Len()), ""); err == nil || !strings.Contains(err.Error(), "more than a package can") {
		t.Errorf("error %v", err)
	}
	for _, data := range []string{"", "PK", "not a zip", strings.Repeat("PK\x05\x06", 100)} {
		if _, err := Verify(strings.NewReader(data), int64(len(data)), ""); err == nil {
			t.Errorf("%.10q is taken for a package", data)
		}
	}
}

func FuzzVerifyNamesWhatIsNotWhole(f *testing.F) {
	files := map[string]string{fileReadme: "x", fileHead: "log\n1\nAAAA\n\n— x y\n", fileKey: "k", fileProofs: `{"proofs":[{"entry":{"seq":0},"size":1,"hashes":[]}]}`, entryFile(0, ".line"): `{"seq":0}`}
	f.Add(repack(f, files, true))
	f.Fuzz(func(t *testing.T, data []byte) {
		problems, err := Verify(bytes.NewReader(data), int64(len(data)), "")
		if err == nil && len(problems) == 0 {
			t.Error("bytes that nobody signed are a whole package")
		}
	})
}

// TestErasedOriginalsKeepTheirEntries: that an original was erased is no reason for the body of an entry to be missing.
func TestErasedOriginalsKeepTheirEntries(t *testing.T) {
	t.Parallel()
	store := openStore(t)
	p := arrive(t, store, "hold")
	if _, err := store.Decide(t.Context(), record.Decision{By: "mori", Do: record.DecideRelease, Reason: "asked back", Passage: p.ID}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := store.BeginRelease(t.Context(), p.ID); err != nil {
		t.Fatal(err)
	}
	if err := store.EndRelease(t.Context(), p.ID, nil); err != nil {
		t.Fatal(err)
	}
	files := unpack(t, write(t, store, p.Case))
	if problems := verify(t, repack(t, maps.Clone(files), true), ""); len(problems) > 0 {
		t.Fatal(problems)
	}
	body := entryFile(0, ".body.json")
	delete(files, body)
	if problems := verify(t, repack(t, files, true), ""); len(problems) != 1 || problems[0].File != body {
		t.Errorf("problems %v, want one of %s", problems, body)
	}
}

// TestLongListsAreRefused: a list of a million files is not read to its end.
func TestLongListsAreRefused(t *testing.T) {
	t.Parallel()
	one := append([]byte("PK\x01\x02"), make([]byte, 42)...)
	one[28] = 1 // the name is one byte long
	list := bytes.Repeat(append(one, 'x'), 1_000_000)
	end := append([]byte("PK\x05\x06"), make([]byte, 18)...)
	binary.LittleEndian.PutUint16(end[8:], uint16(1_000_000&0xffff))
	binary.LittleEndian.PutUint16(end[10:], uint16(1_000_000&0xffff))
	binary.LittleEndian.PutUint32(end[12:], uint32(len(list)))
	data := append(list, end...)
	if _, err := Verify(bytes.NewReader(data), int64(len(data)), ""); !errors.Is(err, errTooMuch) {
		t.Errorf("got error %v", err)
	}
}
