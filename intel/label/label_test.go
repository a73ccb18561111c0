package label

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sekisho/sekisho"
)

var day = time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)

// write makes a list of "chain address category" lines.
func write(t testing.TB, folder, name, delisted string, lines ...string) Diff {
	t.Helper()
	d, err := NewDraft(folder, name)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Discard()
	for _, line := range lines {
		f := strings.Fields(line)
		if err := d.Add(f[0], f[1], sekisho.Label{Category: f[2], Entity: "e", Date: "2024-01-01"}); err != nil {
			t.Fatal(err)
		}
	}
	before, err := Open(folder, name)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	diff, err := d.Finish(Info{Source: "test", Fetched: day, Every: 24 * time.Hour}, before, delisted)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Commit(); err != nil {
		t.Fatal(err)
	}
	return diff
}

func open(t testing.TB, folder string) *Store {
	t.Helper()
	s, err := OpenStore(folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func said(s *Store, chain, address string) string {
	var all []string
	for _, l := range s.Labels(chain, address) {
		all = append(all, strings.TrimSpace(l.List+" "+l.Category+" "+l.Delisted))
	}
	return strings.Join(all, ", ")
}

func TestListIsFoundWhole(t *testing.T) {
	folder := t.TempDir()
	var lines []string
	for i := range 5000 {
		lines = append(lines, fmt.Sprintf("ethereum 0x%040d sanction", i))
	}
	if diff := write(t, folder, "a", "", lines...); diff != (Diff{After: 5000, Added: 5000}) {
		t.Errorf("got %+v", diff)
	}
	write(t, folder, "b", "", "ethereum 0x"+strings.Repeat("0", 40)+" scam")
	s := open(t, folder)
	for i := range 5000 {
		want := "a sanction"
		if i == 0 {
			want = "a sanction, b scam"
		}
		if got := said(s, "ethereum", fmt.Sprintf("0x%040d", i)); got != want {
			t.Fatalf("%d: got %q, want %q", i, got, want)
		}
	}
	for i := range 5000 {
		for chain, address := range map[string]string{"bitcoin": fmt.Sprintf("0x%040d", i), "ethereum": fmt.Sprintf("0x%040d", i+5000)} {
			if got := said(s, chain, address); got != "" {
				t.Fatalf("%s %s: got %q", chain, address, got)
			}
		}
	}
	if got := s.Labels("ethereum", "0x"+strings.Repeat("0", 40))[0]; got.Source != "test" || got.Date != "2024-01-01" || !got.Listed.Equal(day) {
		t.Errorf("got %+v", got)
	}
}

func TestEmptyList(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, "a", "")
	if got := said(open(t, folder), "bitcoin", "x"); got != "" {
		t.Errorf("got %q", got)
	}
}

func TestDiffAndDelisting(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, "a", "2025-01-01", "bitcoin A sanction", "bitcoin B sanction", "bitcoin C sanction", "bitcoin C theft")
	diff := write(t, folder, "a", "2025-03-21", "bitcoin B sanction", "bitcoin C theft", "bitcoin D sanction")
	if want := (Diff{Before: 3, After: 3, Added: 1, Removed: 1, Changed: 1}); diff != want {
		t.Errorf("got %+v, want %+v", diff, want)
	}
	diff = write(t, folder, "a", "2025-05-05", "bitcoin B sanction", "bitcoin D sanction")
	if want := (Diff{Before: 3, After: 2, Removed: 1}); diff != want {
		t.Errorf("got %+v, want %+v", diff, want)
	}
	s := open(t, folder)
	for address, want := range map[string]string{"A": "a sanction 2025-03-21", "B": "a sanction", "C": "a theft 2025-05-05", "D": "a sanction"} {
		if got := said(s, "bitcoin", address); got != want {
			t.Errorf("%s: got %q, want %q", address, got, want)
		}
	}
	// Listed again.
	if diff = write(t, folder, "a", "2025-06-06", "bitcoin A sanction", "bitcoin B sanction", "bitcoin D sanction"); diff != (Diff{Before: 2, After: 3, Changed: 1}) {
		t.Errorf("got %+v", diff)
	}
	if info := open(t, folder).Lists()[0]; info.Active != 3 || info.Delisted != 1 {
		t.Errorf("got %+v", info)
	}
	old, err := OpenList(filepath.Join(folder, "a"+suffix+previous))
	if err != nil {
		t.Fatal(err)
	}
	defer old.Close()
	if old.Has("bitcoin", "A") || !old.Has("bitcoin", "B") {
		t.Error("the version before is not kept")
	}
}

func TestDiscardLeavesNothing(t *testing.T) {
	folder := t.TempDir()
	d, err := NewDraft(folder, "a")
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Add("bitcoin", "A", sekisho.Label{Category: "scam"}); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Finish(Info{}, nil, ""); err != nil {
		t.Fatal(err)
	}
	d.Discard()
	if files, _ := os.ReadDir(folder); len(files) != 0 {
		t.Errorf("left: %v", files)
	}
	for _, name := range []string{"", "../a", "a/b"} {
		if _, err := NewDraft(folder, name); err == nil {
			t.Errorf("a list named %q", name)
		}
	}
}

func TestOldDraftsAreSwept(t *testing.T) {
	folder := t.TempDir()
	for name, age := range map[string]time.Duration{"a" + draftMark + "1": 48 * time.Hour, "a" + draftMark + "2": 0, "b" + draftMark + "1": 48 * time.Hour} {
		file := filepath.Join(folder, name)
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		stat, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(file, time.Time{}, stat.ModTime().Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	write(t, folder, "a", "", "bitcoin A scam")
	left, _ := filepath.Glob(filepath.Join(folder, "*"+draftMark+"*"))
	if len(left) != 2 {
		t.Errorf("left: %v, want the young one and the other list's", left)
	}
}

func TestCommitLeavesNothingElse(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, "a", "", "bitcoin A scam")
	write(t, folder, "a", "", "bitcoin B scam")
	files, _ := os.ReadDir(folder)
	if len(files) != 2 {
		t.Errorf("files: %v, want the list and the version before", files)
	}
}

func TestDamageIsTold(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, "a", "", "bitcoin A scam", "bitcoin B scam")
	write(t, folder, "b", "", "bitcoin B theft")
	path := filepath.Join(folder, "a"+suffix)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for n := 0; n < len(whole); n += 7 {
		damaged := append([]byte(nil), whole...)
		if damaged[n] ^= 0x55; n%2 == 0 {
			damaged = damaged[:n]
		}
		if err := os.WriteFile(path, damaged, 0o644); err != nil {
			t.Fatal(err)
		}
		if n >= 44 && n < headerSize && n%2 == 1 {
			continue // padding
		}
		if _, err := OpenList(path); !errors.Is(err, ErrCorrupt) {
			t.Fatalf("byte %d: got %v", n, err)
		}
	}
	s := open(t, folder)
	if got := said(s, "bitcoin", "B"); got != "b theft" {
		t.Errorf("got %q from the list that is whole", got)
	}
	if stale := s.Stale(day); len(stale) != 1 || !strings.Contains(stale[0], "a cannot be read") {
		t.Errorf("got %q", stale)
	}
}

func TestStale(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, "a", "", "bitcoin A scam")
	s := open(t, folder)
	if stale := s.Stale(day.Add(48 * time.Hour)); len(stale) != 0 {
		t.Errorf("got %q", stale)
	}
	if stale := s.Stale(day.Add(4 * 24 * time.Hour)); len(stale) != 1 || stale[0] != "a is 4 days old" {
		t.Errorf("got %q", stale)
	}
	if err := Check(folder, "a", day.Add(3*24*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if stale := open(t, folder).Stale(day.Add(4 * 24 * time.Hour)); len(stale) != 0 {
		t.Errorf("checked yesterday, got %q", stale)
	}
}

// TestBuiltin reads the built-in facts, which checks that each address is in EIP-55.
func TestBuiltin(t *testing.T) {
	labels, err := readBuiltin(builtinFile)
	if err != nil || len(labels) < 8 {
		t.Fatalf("%d addresses, %v", len(labels), err)
	}
	s := Builtin()
	if got := said(s, "ethereum", "0x098B716B8Aaf21512996dC57EB0615e2383E2f96"); got != "builtin sanction, builtin theft" {
		t.Errorf("got %q", got)
	}
	if got := said(s, "ethereum", "0x47CE0C6eD5B0Ce3d3A51fdb1C52DC66a7c3c2936"); got != "builtin mixer 2025-03-21" {
		t.Errorf("got %q", got)
	}
}

func TestManyPieces(t *testing.T) {
	folder := t.TempDir()
	d, err := NewDraft(folder, "a")
	if err != nil {
		t.Fatal(err)
	}
	defer d.Discard()
	d.size = 1000
	random := rand.New(rand.NewPCG(1, 2))
	const n = 12_345
	for i := range n {
		if err := d.Add("ethereum", fmt.Sprint(i), sekisho.Label{Category: "scam", Entity: fmt.Sprint(random.IntN(10))}); err != nil {
			t.Fatal(err)
		}
	}
	diff, err := d.Finish(Info{}, nil, "")
	if err != nil || diff.After != n {
		t.Fatalf("%+v, %v", diff, err)
	}
	if err := d.Commit(); err != nil {
		t.Fatal(err)
	}
	s := open(t, folder)
	for i := 0; i < n; i += 7 {
		if len(s.Labels("ethereum", fmt.Sprint(i))) != 1 || len(s.Labels("ethereum", fmt.Sprint(n+i))) != 0 {
			t.Fatalf("%d", i)
		}
	}
}
