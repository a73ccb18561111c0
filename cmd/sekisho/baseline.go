package main

import (
	"cmp"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/detector/key"
)

// A baseline is the keys that are known: found before and accepted, or found now. It holds fingerprints only, and the
// random key that they are made with.
type baseline struct {
	Version int           `json:"version"`
	Key     []byte        `json:"key"`
	Keys    []baselineKey `json:"keys"`

	mu    sync.Mutex
	known map[string]bool
	found map[string]baselineKey
}

type baselineKey struct {
	Fingerprint string `json:"fingerprint"`
	Kind        string `json:"kind"`
	File        string `json:"file"` // where it was first found
	Line        int    `json:"line"`
}

// baselineLimit bounds a baseline file, in bytes.
const baselineLimit = 64 << 20

// readBaseline reads the file, or makes an empty baseline with a new key when path is empty.
func readBaseline(path string) (*baseline, error) {
	b := &baseline{Version: 1, known: map[string]bool{}, found: map[string]baselineKey{}}
	if path == "" {
		b.Key = make([]byte, 32)
		_, err := rand.Read(b.Key)
		return b, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open baseline: %w", err)
	}
	defer f.Close()
	dec := json.NewDecoder(io.LimitReader(f, baselineLimit))
	dec.DisallowUnknownFields()
	if err := dec.Decode(b); err != nil {
		return nil, hinted{fmt.Errorf("read baseline %s: %w", path, err), "write it anew with --write-baseline"}
	}
	if b.Version != 1 || len(b.Key) < 16 {
		return nil, hinted{fmt.Errorf("read baseline %s: not a baseline of this version", path), "write it anew with --write-baseline"}
	}
	for _, k := range b.Keys {
		b.known[k.Fingerprint] = true
	}
	return b, nil
}

// write writes every key that was known or found, replacing the file whole.
func (b *baseline) write(path string) error {
	for _, k := range b.Keys {
		if _, ok := b.found[k.Fingerprint]; !ok {
			b.found[k.Fingerprint] = k
		}
	}
	b.Keys = slices.SortedFunc(maps.Values(b.found), func(x, y baselineKey) int {
		return cmp.Or(strings.Compare(x.File, y.File), x.Line-y.Line, strings.Compare(x.Fingerprint, y.Fingerprint))
	})
	data, err := json.MarshalIndent(b, "", "  ")
	if err != nil {
		return err
	}
	temporary, err := os.CreateTemp(filepath.Dir(path), ".baseline-*")
	if err != nil {
		return fmt.Errorf("write baseline: %w", err)
	}
	_, err = temporary.Write(append(data, '\n'))
	if err = errors.Join(err, temporary.Close()); err == nil {
		err = os.Rename(temporary.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write baseline: %w", err), os.Remove(temporary.Name()))
	}
	return nil
}

// watch returns the detector so that known keys are left out and all are remembered.
func (b *baseline) watch(d *sekisho.Detector) *sekisho.Detector {
	watching := *d
	watching.Run = func(p *sekisho.Pass) error {
		report := p.Report
		p.Report = func(facts any, at ...sekisho.Span) {
			if f, ok := facts.(*key.Facts); ok && b.remember(f, p.Artifact) {
				return
			}
			report(facts, at...)
		}
		return d.Run(p)
	}
	return &watching
}

// remember reports whether the key was known before this run.
func (b *baseline) remember(f *key.Facts, a *sekisho.Artifact) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	name := a.Root().Name
	if a.Up != nil && a.Name != "" {
		name += ":" + a.Name
	}
	if _, ok := b.found[f.Fingerprint]; !ok {
		b.found[f.Fingerprint] = baselineKey{f.Fingerprint, strings.TrimSpace(f.Kind + " " + f.Format), filepath.ToSlash(name), f.Line}
	}
	return b.known[f.Fingerprint]
}
