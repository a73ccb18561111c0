package yara

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sekisho/sekisho"
)

func matchText(ctx context.Context, p *Pool, text string) (string, error) {
	matches, err := p.Match(ctx, strings.NewReader(text), int64(len(text)))
	var names []string
	for _, m := range matches {
		names = append(names, m.Namespace+":"+m.Rule)
	}
	return strings.Join(names, " "), err
}

func poolWith(t *testing.T, engines int, sources ...Source) *Pool {
	t.Helper()
	i, err := compile(t.Context(), Config{Code: engineCode(t), Sources: sources}, compiled(), "test")
	if err != nil {
		t.Fatal(err)
	}
	p := &Pool{code: engineCode(t), cache: compiled(), image: i, turns: make(chan *Engine, engines)}
	for range engines {
		p.turns <- nil
	}
	return p
}

var abc = Source{"a.yar", `rule abc { strings: $a = "abc" condition: $a } rule size { condition: filesize > 5 }`}

func TestPoolScansAtOnce(t *testing.T) {
	p := poolWith(t, 2, abc)
	var wait sync.WaitGroup
	for i := range 20 {
		wait.Go(func() {
			text := strings.Repeat("abc", i%2+1) + fmt.Sprint(i)
			want := "a.yar:abc"
			if len(text) > 5 {
				want += " a.yar:size"
			}
			if got, err := matchText(t.Context(), p, text); got != want || err != nil {
				t.Errorf("%s: %q, %v, want %q", text, got, err, want)
			}
		})
	}
	wait.Wait()
}

func TestPoolReplacesAnEngineThatFailed(t *testing.T) {
	p := poolWith(t, 1, abc, Source{"slow.yar", `rule slow { condition: uint8(0) == 0x21 and for all i in (0..100000000000) : (i >= 0) }`})
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if got, err := matchText(ctx, p, "!abc"); !errors.Is(err, sekisho.ErrTimeout) {
		t.Errorf("%q, %v, want ErrTimeout", got, err)
	}
	if got, err := matchText(t.Context(), p, "abc"); got != "a.yar:abc" || err != nil {
		t.Errorf("after that: %q, %v", got, err)
	}
}

func TestPoolScansTheStartOfWhatIsTooLarge(t *testing.T) {
	p := poolWith(t, 1, abc)
	data := append([]byte("abc"), make([]byte, ScanBytes)...)
	matches, err := p.Match(t.Context(), bytes.NewReader(data), int64(len(data)))
	if !errors.Is(err, sekisho.ErrLimit) || len(matches) != 2 {
		t.Errorf("%d matches, %v, want 2 and ErrLimit", len(matches), err)
	}
	if e := <-p.turns; e != nil {
		t.Error("an engine whose memory grew by that much is kept")
	}
}

func TestPoolNamesAFileThatIsShorterThanItsSize(t *testing.T) {
	p := poolWith(t, 1, abc)
	if _, err := p.Match(t.Context(), strings.NewReader("abc"), 10); err == nil {
		t.Error("no error")
	}
}

// TestOpenTakesRulesFromTheCache compiles once, and not at all a second time; a damaged image is made again.
func TestOpenTakesRulesFromTheCache(t *testing.T) {
	code, cache := engineCode(t), t.TempDir()
	config := Config{Code: code, Sources: []Source{abc, {"b.yar", "rule broken { condition: nonesuch }"}}, Cache: cache}
	for _, state := range []string{"empty", "filled", "damaged"} {
		images, _ := filepath.Glob(filepath.Join(cache, "*"+imageSuffix))
		if state == "damaged" {
			if err := os.WriteFile(images[0], []byte("\x28\xb5\x2f\xfdnothing"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		p, report, err := Open(t.Context(), config)
		if err != nil {
			t.Fatalf("%s: %v", state, err)
		}
		if report.Rules != 2 || len(report.Problems) != 1 {
			t.Errorf("%s: report %+v", state, report)
		}
		if got, err := matchText(t.Context(), p, "abc"); got != "a.yar:abc" || err != nil {
			t.Errorf("%s: %q, %v", state, got, err)
		}
		if err := p.Close(); err != nil {
			t.Errorf("%s: close: %v", state, err)
		}
	}
}

// BenchmarkScan measures a small file, where the fixed cost of a scan shows, and a large one.
func BenchmarkScan(b *testing.B) {
	e, _ := engineWith(b, abc)
	for _, size := range []int{1 << 10, 4 << 20} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			data := bytes.Repeat([]byte("some text. "), size/11)
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				if _, err := e.Scan(b.Context(), data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
