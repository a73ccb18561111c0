package key

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sekisho/sekisho/derive"
)

func TestZZMeasure(t *testing.T) {
	roots := strings.Split(os.Getenv("ROOTS"), ":")
	if os.Getenv("ROOTS") == "" {
		t.Skip()
	}
	s := NewScanner([]byte("x"))
	s.derive = func(string) ([]derive.Address, error) { return nil, nil }
	for _, root := range roots {
		total, n := int64(0), 0
		filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return nil
			}
			data, err := os.ReadFile(p)
			if err != nil {
				return nil
			}
			if strings.HasSuffix(p, ".gz") {
				if r, err := gzip.NewReader(bytes.NewReader(data)); err == nil {
					data, _ = io.ReadAll(r)
				}
			}
			total += int64(len(data))
			s.Scan(context.Background(), p, bytes.NewReader(data), func(m Match) {
				if m.Kind != "phrase" {
					return
				}
				n++
				lo, hi := max(0, int(m.Start)-30), min(len(data), int(m.End)+30)
				if hi > lo { fmt.Printf("%s:%d %s %s %v %q\n", p, m.Line, m.Format, m.Language, m.Published, data[lo:hi]) }
			})
			return nil
		})
		fmt.Printf("TOTAL %s %d MB, %d phrases\n", root, total>>20, n)
	}
}
