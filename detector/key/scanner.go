package key

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/derive"
	"github.com/sekisho/sekisho/secret"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// A Match is a key that was found. It holds no part of the key.
type Match struct {
	Kind        string           // "phrase", "private key", "api secret" ...: see Facts.Kind
	Format      string           // "bip39", "wif", "pkcs8" ...
	Words       int              // words of a phrase
	Language    string           // of a phrase's list
	Start, End  int64            // offsets in the stream, in bytes
	Line        int              // of Start, from 1
	Column      int              // of Start in its line, in bytes from 1
	Checked     bool             // a checksum or a matching public half holds, or the structure was parsed
	Encrypted   bool             // a password is needed to use it
	Published   bool             // printed in standards or in a tool's documentation: worth nothing to a thief
	Service     string           // whose API the secret opens
	Fingerprint string           // of the key, whatever its layout
	Addresses   []derive.Address // public addresses it controls
}

// A Scanner finds keys in streams of bytes. It is immutable: any number of goroutines may share it.
type Scanner struct {
	fingerprint []byte
	dictionary  *dictionary
	published   map[string]bool
	derive      func(phrase string) ([]derive.Address, error)
	windows     sync.Pool // of *window, for the next stream
}

// NewScanner returns a scanner whose fingerprints are made with the key given.
func NewScanner(fingerprint []byte) *Scanner {
	s := &Scanner{fingerprint: bytes.Clone(fingerprint), dictionary: words(), derive: derive.Phrase}
	s.published = map[string]bool{}
	for _, k := range publishedKeys() {
		s.published[secret.Fingerprint(s.fingerprint, k)] = true
	}
	return s
}

func (s *Scanner) isPublished(key []byte) bool {
	return s.published[secret.Fingerprint(s.fingerprint, key)]
}

// The window: 1 MiB of new bytes, what follows so that no key is cut, and what came before for its surroundings.
const (
	chunk  = 1 << 20
	ahead  = 64 << 10
	behind = 4 << 10
)

// Scan reads r to its end and calls found for every key, in order of their place within a window of 1 MiB. name is the
// file's name, which tells some backups; it may be empty. UTF-16 with a byte order mark is read as text, and offsets
// then count the text's bytes in UTF-8. Memory stays under 8 MiB whatever the length of r.
//
// When ctx ends, found is not called again. The error is that of r or of ctx, wrapped; found has then been called for what
// came before.
func (s *Scanner) Scan(ctx context.Context, name string, r io.Reader, found func(Match)) error {
	w := s.window()
	defer s.windows.Put(w)
	defer w.wipe()
	w.name, w.found, w.stopped = name, found, func() bool { return ctx.Err() != nil }
	src := &source{r: r}
	for {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("%w: %w", sekisho.ErrTimeout, err)
		}
		err := w.fill(src)
		w.last = err != nil
		w.scan()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read: %w", err)
		}
		w.slide()
	}
}

// A source turns UTF-16 with a byte order mark into UTF-8.
type source struct {
	r       io.Reader
	started bool
}

func (s *source) Read(p []byte) (int, error) {
	if s.started || len(p) < 2 {
		return s.r.Read(p)
	}
	s.started = true
	n, err := io.ReadFull(s.r, p[:2])
	if n == 2 && (p[0] == 0xFF && p[1] == 0xFE || p[0] == 0xFE && p[1] == 0xFF) {
		head := bytes.NewReader(bytes.Clone(p[:2]))
		s.r = transform.NewReader(io.MultiReader(head, s.r), unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder())
		return s.r.Read(p)
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = io.EOF
	}
	return n, err
}

func (s *Scanner) window() *window {
	if w, ok := s.windows.Get().(*window); ok {
		return w
	}
	return &window{scanner: s, data: make([]byte, 0, behind+chunk+ahead)}
}

// wipe makes the window ready for another stream, and forgets what it read.
func (w *window) wipe() {
	if w.base > 0 {
		w.data = w.data[:cap(w.data)] // earlier windows reached further
	}
	clear(w.data)
	clear(w.view.data)
	*w = window{scanner: w.scanner, data: w.data[:0], tokens: w.tokens[:0], recent: w.recent[:0],
		view: view{data: w.view.data[:0], pieces: w.view.pieces[:0]}}
}

// A window is the part of a stream that is in memory.
type window struct {
	scanner *Scanner
	name    string
	found   func(Match)
	stopped func() bool // nothing more is wanted
	data    []byte
	base    int64 // offset of data[0] in the stream
	from    int   // where in data scanning goes on
	line    int   // line ends before data[0]
	last    bool  // nothing follows
	recent  []Match
	view    view
	tokens  []token
}

func (w *window) fill(r io.Reader) error {
	for len(w.data) < cap(w.data) {
		n, err := r.Read(w.data[len(w.data):cap(w.data)])
		w.data = w.data[:len(w.data)+n]
		if err != nil {
			return err
		}
	}
	return nil
}

// slide drops what has been scanned but for the surroundings of what follows.
func (w *window) slide() {
	keep := max(0, w.from-behind)
	w.line += bytes.Count(w.data[:keep], []byte{'\n'})
	w.base += int64(keep)
	w.from -= keep
	w.data = w.data[:copy(w.data, w.data[keep:])]
	recent := w.recent[:0]
	for _, m := range w.recent {
		if m.End > w.base {
			recent = append(recent, m)
		}
	}
	w.recent = recent
}

func (w *window) scan() {
	limit := len(w.data)
	if !w.last {
		limit = len(w.data) - ahead
	}
	if w.base == 0 && w.from == 0 {
		w.header()
	}
	t := &text{window: w, data: w.data, floor: max(0, w.from-behind)}
	t.markers(w.from, limit)
	next := t.sample(w.from, limit)
	w.plain(w.from, limit)
	w.from = min(max(next, limit), len(w.data))
}

// A text is bytes to look at: the window's own, or a view of them with markup removed.
type text struct {
	window  *window
	data    []byte
	floor   int             // nothing before it is looked at
	several bool            // places that overlap are reported
	done    int             // end of the last series of words that was looked at
	next    int             // where a plain word is looked at next
	rare    int             // where a Monero seed is looked for next
	origin  func(i int) int // place in the window of a place in data; nil when they are the same
}

// report states one match of data[start:end] whose secret part is key; its bytes stay the caller's.
func (t *text) report(m Match, start, end int, key secret.Secret) {
	w := t.window
	if w.stopped() {
		return
	}
	if t.origin != nil {
		start, end = t.origin(start), t.origin(end)
	}
	m.Start, m.End = w.base+int64(start), w.base+int64(end)
	m.Fingerprint = key.Fingerprint(w.scanner.fingerprint)
	m.Published = w.scanner.published[m.Fingerprint]
	key.Expose(func(data []byte) { m.Published = m.Published || printed(data) })
	for _, old := range w.recent {
		if m.Start >= old.End || old.Start >= m.End {
			continue
		}
		other := m.Start == old.Start && m.End == old.End && m.Language != old.Language
		if old.Fingerprint == m.Fingerprint || !other && !t.several && (old.Checked || !m.Checked) {
			return
		}
	}
	m.Line = 1 + w.line + bytes.Count(w.data[:start], []byte{'\n'})
	m.Column = start - bytes.LastIndexByte(w.data[:start], '\n')
	w.recent = append(w.recent, m)
	w.found(m)
}
