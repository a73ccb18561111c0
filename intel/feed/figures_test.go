//go:build unix

package feed

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/sekisho/sekisho/coin"
	"github.com/sekisho/sekisho/intel/label"
	"golang.org/x/sys/unix"
)

var many = flag.Int("labels", 0, "how many labels TestFigures makes, loads and looks up")

// processor returns the processor time the process has used, which does not count what others do on the machine.
func processor(t *testing.T) time.Duration {
	t.Helper()
	var used unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &used); err != nil {
		t.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// TestFigures measures what `make labels` prints: loading a list of many labels, opening it again, and looking up.
func TestFigures(t *testing.T) {
	if *many == 0 {
		t.Skip("set -labels to measure")
	}
	l := &Library{Folder: t.TempDir(), Now: now}
	file := filepath.Join(l.Folder, "many.csv")
	writeMany(t, file, *many)

	start, used := time.Now(), processor(t)
	out, err := l.Import(t.Context(), Source{Name: "many", Format: "csv", Category: "scam"}, file)
	if err != nil || out.Diff.After != *many {
		t.Fatalf("%+v, %v", out, err)
	}
	loaded, loading := time.Since(start), processor(t)-used

	start = time.Now()
	s := store(t, l)
	if len(s.Labels("ethereum", coin.Parse(manyAddress(0))[0].Canonical)) == 0 {
		t.Fatal("the first is not found")
	}
	opened := time.Since(start)

	start = time.Now()
	if out, err = l.Import(t.Context(), Source{Name: "many", Format: "csv", Category: "scam"}, file); err != nil || out.Diff.Added+out.Diff.Changed+out.Diff.Removed > 0 {
		t.Fatalf("again: %+v, %v", out, err)
	}
	again := time.Since(start)

	text := memory()
	written := make([]string, 1<<20) // half of them are on the list
	canonical := make([]string, len(written))
	for i := range written {
		written[i] = manyAddress(i * 7919 % (2 * *many))
		canonical[i] = coin.Parse(written[i])[0].Canonical
	}
	screened, found := rate(t, func(i int) int {
		address := written[i%len(written)]
		return len(s.Look(address, coin.Parse(address)))
	})
	looked, _ := rate(t, func(i int) int { return len(s.Labels("ethereum", canonical[i%len(canonical)])) })
	if found == 0 {
		t.Fatal("nothing was found")
	}
	fmt.Printf("%d labels: loaded from csv in %.1f s (%.1f s of processor time), the same once more in %.1f s, opened in %.3f s; %s\n", *many, loaded.Seconds(), loading.Seconds(), again.Seconds(), opened.Seconds(), text)
	fmt.Printf("one core: %.2f million addresses a second read, normalised and looked up; %.2f million canonical look-ups a second\n", screened/1e6, looked/1e6)
}

// rate calls do for two seconds of processor time on one goroutine and returns the calls in one such second, and the sum of
// what it returned.
func rate(t *testing.T, do func(i int) int) (perSecond float64, sum int) {
	t.Helper()
	start := processor(t)
	n := 0
	for processor(t)-start < 2*time.Second {
		for range 10_000 {
			sum += do(n)
			n++
		}
	}
	return float64(n) / (processor(t) - start).Seconds(), sum
}

// manyAddress is the lower-case address of a number.
func manyAddress(i int) string {
	var b [42]byte
	copy(b[:], "0x")
	state := uint64(i)*0x9E3779B97F4A7C15 + 1
	for n := 2; n < len(b); n++ {
		state ^= state << 13
		state ^= state >> 7
		state ^= state << 17
		b[n] = "0123456789abcdef"[state&15]
	}
	return string(b[:])
}

func writeMany(t *testing.T, file string, n int) {
	t.Helper()
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriter(f)
	fmt.Fprintln(w, "address,chain,category,label")
	for i := range n {
		fmt.Fprintf(w, "%s,ETH,scam,entity %d\n", manyAddress(i), i%50_000)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// memory says what the process holds, its own and mapped.
func memory() string {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	text := fmt.Sprintf("%d MB of Go memory at most", m.Sys>>20)
	if status, err := os.ReadFile("/proc/self/status"); err == nil {
		for line := range strings.Lines(string(status)) {
			if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
				var kb int
				fmt.Sscan(rest, &kb)
				text += fmt.Sprintf(", %d MB resident at the peak with the mapped list", kb>>10)
			}
		}
	}
	return text
}

func BenchmarkScreen(b *testing.B) {
	s := label.Builtin()
	for b.Loop() {
		const address = "0x098b716b8aaf21512996dc57eb0615e2383e2f97"
		s.Look(address, coin.Parse(address))
	}
}
