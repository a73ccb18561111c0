package yara

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/gob"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/tetratelabs/wazero"
)

// An image is an engine with compiled rules, at rest: its memory and what else makes it. Compiling a large set of rules
// takes seconds, starting from an image a fraction of one.
type image struct {
	digest string // of the engine's code and the rules
	report Report
	packed []byte // the head and the memory, compressed
}

// imageForm changes with the form of images and with what Compile makes of rules.
const imageForm = "sekisho yara image 1"

// A head is what precedes the memory in an image.
type head struct {
	Form, Digest   string
	Report         Report
	Table          []byte // what its entries refer to: null, undefined, true or false
	Rules, Scanner uint64
	Memory         uint64 // bytes
}

// imageDigest names the image of rules under an engine.
func imageDigest(code []byte, sources []Source) string {
	h := sha256.New()
	fmt.Fprintf(h, "%s\n%x\n", imageForm, sha256.Sum256(code))
	for _, s := range sources {
		fmt.Fprintf(h, "%d %d\n%s%s", len(s.Name), len(s.Text), s.Name, s.Text)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// image returns the image of an engine that has compiled rules and has not scanned.
func (e *Engine) image(ctx context.Context, digest string, report Report) (*image, error) {
	h := head{Form: imageForm, Digest: digest, Report: report, Rules: e.rules, Scanner: e.scanner, Memory: uint64(e.main.Memory().Size())}
	err := e.guarded(func() {
		for at := range e.tableCall(ctx, "size")[0] {
			ref := e.ref(ctx, at)
			if at >= tableEntries || ref > handleFalse {
				panic(errors.New("the YARA engine holds values of the host at rest"))
			}
			h.Table = append(h.Table, byte(ref))
		}
	})
	if err != nil {
		return nil, err
	}
	var packed bytes.Buffer
	w, err := zstd.NewWriter(&packed, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	memory, _ := e.main.Memory().Read(0, uint32(h.Memory))
	if err := gob.NewEncoder(w).Encode(h); err != nil {
		return nil, err
	}
	if _, err := w.Write(memory); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return &image{digest, report, packed.Bytes()}, nil
}

// open returns the head of the image and its memory. The caller closes the memory.
func (i *image) open() (head, io.ReadCloser, error) {
	var h head
	r, err := zstd.NewReader(bytes.NewReader(i.packed), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(2*memoryPages*pageSize))
	if err != nil {
		return h, nil, err
	}
	rest := bufio.NewReaderSize(r, 64<<10) // gob reads no further than it must from one
	if err := gob.NewDecoder(rest).Decode(&h); err != nil {
		r.Close()
		return h, nil, err
	}
	if h.Form != imageForm || h.Digest != i.digest || h.Memory > memoryPages*pageSize || len(h.Table) > tableEntries {
		r.Close()
		return h, nil, errors.New("an image of something else")
	}
	return h, memoryReader{rest, r}, nil
}

// A memoryReader reads the memory of an image.
type memoryReader struct {
	*bufio.Reader
	unpacking *zstd.Decoder
}

func (m memoryReader) Close() error {
	m.unpacking.Close()
	return nil
}

// start returns an engine as the image holds it.
func (i *image) start(ctx context.Context, code []byte, cache wazero.CompilationCache) (*Engine, error) {
	h, memory, err := i.open()
	if err != nil {
		return nil, fmt.Errorf("image of YARA rules: %w", err)
	}
	defer memory.Close()
	e, err := load(ctx, code, cache)
	if err != nil {
		return nil, err
	}
	if err := e.restore(ctx, h, memory); err != nil {
		e.Close()
		return nil, fmt.Errorf("image of YARA rules: %w", err)
	}
	return e, nil
}

func (e *Engine) restore(ctx context.Context, h head, from io.Reader) error {
	memory := e.main.Memory()
	if grow := (int64(h.Memory) - int64(memory.Size())) / pageSize; grow > 0 {
		if _, ok := memory.Grow(uint32(grow)); !ok {
			return errors.New("no room for its memory")
		}
	}
	data, ok := memory.Read(0, uint32(h.Memory))
	if !ok {
		return errors.New("no room for its memory")
	}
	if _, err := io.ReadFull(from, data); err != nil {
		return err
	}
	e.rules, e.scanner, e.rested = h.Rules, h.Scanner, uint32(h.Memory)
	return e.guarded(func() {
		if size := e.tableCall(ctx, "size")[0]; uint64(len(h.Table)) > size {
			e.growRefs(ctx, uint64(len(h.Table))-size)
		}
		for at, ref := range h.Table {
			e.setRef(ctx, uint64(at), handle(ref))
		}
	})
}

// The folder of the cache holds the images of the rule sets used last.
const (
	imageSuffix = ".image"
	imagesKept  = 4
	imageBytes  = 512 << 20 // of one file
)

// readImage returns the image in the folder, or nil when there is none that can be used.
func readImage(folder, digest string) *image {
	if folder == "" {
		return nil
	}
	name := filepath.Join(folder, digest+imageSuffix)
	info, err := os.Stat(name)
	if err != nil || info.Size() > imageBytes {
		return nil
	}
	packed, err := os.ReadFile(name)
	if err != nil {
		return nil
	}
	i := &image{digest: digest, packed: packed}
	h, memory, err := i.open()
	if err != nil {
		return nil
	}
	memory.Close()
	i.report = h.Report
	return i
}

// save writes the image to the folder and removes the images used longest ago.
func (i *image) save(folder string) error {
	if folder == "" {
		return nil
	}
	temporary, err := os.CreateTemp(folder, "*.partial")
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name()) // gone already once it is renamed
	_, err = temporary.Write(i.packed)
	if err := errors.Join(err, temporary.Close()); err != nil {
		return err
	}
	if err := os.Rename(temporary.Name(), filepath.Join(folder, i.digest+imageSuffix)); err != nil {
		return err
	}
	return prune(folder)
}

func prune(folder string) error {
	names, err := filepath.Glob(filepath.Join(folder, "*"+imageSuffix))
	if err != nil || len(names) <= imagesKept {
		return err
	}
	age := map[string]time.Time{}
	for _, name := range names {
		if info, err := os.Stat(name); err == nil {
			age[name] = info.ModTime()
		}
	}
	slices.SortFunc(names, func(a, b string) int { return age[a].Compare(age[b]) })
	for _, name := range names[:len(names)-imagesKept] {
		err = errors.Join(err, os.Remove(name))
	}
	return err
}
