package yara

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/sekisho/sekisho"
	"github.com/tetratelabs/wazero"
)

// Config is what a Pool is made of.
type Config struct {
	Code    []byte   // of the engine, see [Read]
	Sources []Source // the rules, see [Folder]
	Cache   string   // a folder for what takes long to make, "" for none
	Engines int      // scans at once, at least 1; each has memory of its own
}

// A Pool scans with several engines that hold the same rules. It is a sekisho.Matcher, safe for concurrent use.
type Pool struct {
	code  []byte
	cache wazero.CompilationCache
	image *image
	turns chan *Engine // one entry an engine; nil for one that is to be started
}

// Open compiles the rules, or takes them from the cache as they were compiled before, and starts the first engine. The
// report names what was left out.
func Open(ctx context.Context, c Config) (*Pool, Report, error) {
	cache, err := openCache(c.Cache)
	if err != nil {
		return nil, Report{}, err
	}
	p := &Pool{code: c.Code, cache: cache, turns: make(chan *Engine, max(c.Engines, 1))}
	digest := imageDigest(c.Code, c.Sources)
	if p.image = readImage(c.Cache, digest); p.image == nil {
		if p.image, err = compile(ctx, c, cache, digest); err != nil {
			cache.Close(ctx)
			return nil, Report{}, err
		}
	}
	for range cap(p.turns) {
		p.turns <- nil
	}
	return p, p.image.report, nil
}

// compile makes the image of the rules and keeps it in the cache.
func compile(ctx context.Context, c Config, cache wazero.CompilationCache, digest string) (*image, error) {
	e, err := start(ctx, c.Code, cache)
	if err != nil {
		return nil, err
	}
	defer e.Close()
	report, err := e.Compile(ctx, c.Sources)
	if err != nil {
		return nil, err
	}
	i, err := e.image(ctx, digest, report)
	if err != nil {
		return nil, fmt.Errorf("image of YARA rules: %w", err)
	}
	if err := i.save(c.Cache); err != nil {
		return nil, fmt.Errorf("keep YARA rules in the cache: %w", err)
	}
	return i, nil
}

// Close waits for the scans under way and frees the engines. No scan may be started any more.
func (p *Pool) Close() error {
	var err error
	for range cap(p.turns) {
		if e := <-p.turns; e != nil {
			err = errors.Join(err, e.Close())
		}
	}
	return errors.Join(err, p.cache.Close(context.Background()))
}

// Match returns the rules that match the first ScanBytes of the data. An engine that fails is replaced; its failure is
// an error wrapping ErrTimeout, ErrLimit or ErrUnavailable.
func (p *Pool) Match(ctx context.Context, r io.ReaderAt, size int64) ([]sekisho.Match, error) {
	var e *Engine
	select {
	case e = <-p.turns:
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: no YARA engine free in time", sekisho.ErrTimeout)
	}
	defer func() { p.turns <- e }()
	data := make([]byte, min(size, ScanBytes)) // not before there is a turn: that bounds what is read at once
	if n, err := r.ReadAt(data, 0); err != nil && !(err == io.EOF && n == len(data)) {
		return nil, fmt.Errorf("read: %w", err)
	}
	if e == nil {
		var err error
		if e, err = p.image.start(ctx, p.code, p.cache); err != nil {
			return nil, fmt.Errorf("%w: %w", sekisho.ErrUnavailable, err)
		}
	}
	matches, err := e.Scan(ctx, data)
	if e.spent(err) {
		e.Close()
		e = nil
	}
	if err == nil && size > ScanBytes {
		err = fmt.Errorf("%w: only the first %d MiB are scanned", sekisho.ErrLimit, ScanBytes>>20)
	}
	return matches, err
}

// An engine is replaced when its memory, which never shrinks, has grown so much over that of its image, or when it has
// done so many scans: each leaves a few entries in its table.
const (
	spentMemory = 32 << 20
	spentScans  = 20_000
)

// spent reports whether an engine should be replaced after a scan that ended with err.
func (e *Engine) spent(err error) bool {
	var b broken
	return errors.As(err, &b) || e.scans > spentScans || e.main.Memory().Size() > e.rested+spentMemory
}
