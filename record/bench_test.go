package record

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// BenchmarkRecord records mails that pass, with everything that follows: the index is there at the end. The processor's time and the
// bytes written do not depend on what else the machine does.
func BenchmarkRecord(b *testing.B) {
	s := open(b, configOf(b, "sqlite"))
	n := int64(0)
	cpu, written := spent(b)
	for b.Loop() {
		n++
		if err := s.Record(b.Context(), campaign(b, n, false)); err != nil {
			b.Fatal(err)
		}
	}
	if err := s.catchUp(b.Context()); err != nil {
		b.Fatal(err)
	}
	cpuAfter, writtenAfter := spent(b)
	b.ReportMetric(float64((cpuAfter-cpu).Microseconds())/float64(n), "cpu-µs/op")
	b.ReportMetric(float64(writtenAfter-written)/float64(n), "B-written/op")
}

// BenchmarkDraft is what is done of it before the transaction.
func BenchmarkDraft(b *testing.B) {
	s := open(b, configOf(b, "sqlite"))
	n := int64(0)
	for b.Loop() {
		n++
		if _, err := s.draft(campaign(b, n, false)); err != nil {
			b.Fatal(err)
		}
	}
}

// spent returns the processor's time this process took and the bytes it wrote.
func spent(b *testing.B) (cpu time.Duration, written int64) {
	b.Helper()
	io, err := os.ReadFile("/proc/self/io")
	if err != nil {
		b.Skip("this system does not say what a process wrote")
	}
	if _, err := fmt.Sscanf(string(io[bytes.Index(io, []byte("wchar:")):]), "wchar: %d", &written); err != nil {
		b.Fatal(err)
	}
	stat, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		b.Fatal(err)
	}
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	for _, field := range fields[11:13] { // utime and stime, in hundredths of a second
		ticks, err := strconv.Atoi(field)
		if err != nil {
			b.Fatal(err)
		}
		cpu += time.Duration(ticks) * 10 * time.Millisecond
	}
	return cpu, written
}
