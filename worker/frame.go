package worker

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"time"

	"github.com/sekisho/sekisho"
)

// A request is one artifact to open, with what stands beside it and what may still be spent.
type request struct {
	Opener   string
	Artifact item
	InMail   bool     // it came in a mail or message
	Subject  string   // of that mail
	Beside   []string // the texts of that mail
	Limits   sekisho.Limits
	Time     time.Duration // until the answer is wanted
}

// A response is what an opener found.
type response struct {
	Form  any    // of the artifact itself
	Parts []item // parents before their parts
	Spent int64  // bytes of the budget
	Gaps  []string
}

// An item is an artifact on the wire.
type item struct {
	Up        int // index of the parent in the list, -1 for the artifact that was asked about
	Kind      sekisho.Kind
	Name, Via string
	Form      any
	HasBlob   bool // tells no blob from an empty one
	Size      int64
	blob      io.ReaderAt // travels behind the frame, as it is
}

const (
	besideText = 16 << 10 // bytes of one text that are sent along
	besideAll  = 64 << 10 // bytes of all texts that are sent along
)

func newRequest(o *sekisho.Opener, a *sekisho.Artifact, b *sekisho.Budget) (*request, error) {
	limits := b.Limits()
	limits.Bytes, limits.Parts = b.Left()
	limits.Depth -= a.Depth()
	if limits.Bytes <= 0 || limits.Parts <= 0 || limits.Depth <= 1 {
		return nil, fmt.Errorf("%w: nothing is left to open it with", sekisho.ErrLimit)
	}
	artifact, err := pack(a)
	if limit := b.Limits().Entry; err == nil && artifact.HasBlob && artifact.Size > limit {
		return nil, fmt.Errorf("%w: %d bytes, more than %d", sekisho.ErrLimit, artifact.Size, limit)
	}
	if err != nil {
		return nil, err
	}
	req := &request{Opener: o.Name, Artifact: artifact, Limits: limits}
	top := a.Above(sekisho.KindMail)
	if top == nil {
		top = a.Above(sekisho.KindMessage)
	}
	if top != nil {
		req.InMail = true
		req.addTexts(top)
	}
	return req, nil
}

func (r *request) addTexts(top *sekisho.Artifact) {
	if mail, ok := top.Form.(*sekisho.Mail); ok {
		r.Subject = mail.Subject
	}
	room := besideAll
	for part := range top.All() {
		text, ok := part.Form.(*sekisho.TextForm)
		if !ok {
			continue
		}
		content := text.Content[:min(len(text.Content), besideText, room)]
		room -= len(content)
		r.Beside = append(r.Beside, strings.ToValidUTF8(content, ""))
		if room == 0 {
			return
		}
	}
}

// tree rebuilds in the worker as much of the tree as an opener may look at: the artifact, under a mail that holds the
// texts beside it.
func (r *request) tree() (*sekisho.Artifact, *sekisho.Budget) {
	a := r.Artifact.unpack()
	a.ID = "0"
	limits := r.Limits
	if r.InMail {
		mail := &sekisho.Artifact{ID: "0", Kind: sekisho.KindMail, Form: &sekisho.Mail{Subject: r.Subject}}
		for _, text := range r.Beside {
			form := &sekisho.TextForm{Content: text}
			mail.Parts = append(mail.Parts, &sekisho.Artifact{Kind: sekisho.KindText, Up: mail, Form: form})
		}
		mail.Parts = append(mail.Parts, a)
		a.Up = mail
		limits.Depth++
	}
	return a, sekisho.NewBudget(limits)
}

// deliver adds what the worker found under a.
func (r *response) deliver(a *sekisho.Artifact, b *sekisho.Budget) error {
	var errs []error
	for _, why := range r.Gaps {
		errs = append(errs, classed(why))
	}
	if r.Form != nil {
		a.Form = r.Form
	}
	if err := b.Spend(r.Spent); err != nil {
		return errors.Join(append(errs, err)...)
	}
	added := make([]*sekisho.Artifact, len(r.Parts))
	for i := range r.Parts {
		up := a
		if above := r.Parts[i].Up; above >= i || above < -1 {
			return errors.Join(append(errs, fmt.Errorf("worker answered nonsense: part %d is under %d", i, above))...)
		} else if above >= 0 {
			up = added[above]
		}
		added[i] = r.Parts[i].unpack()
		if err := b.Add(up, added[i]); err != nil {
			return errors.Join(append(errs, err)...)
		}
	}
	return errors.Join(errs...)
}

// classed is the inverse of [sekisho.Gaps]: the error for a gap's Why.
func classed(why string) error {
	class, detail, _ := strings.Cut(why, ": ")
	for _, sentinel := range []error{sekisho.ErrEncrypted, sekisho.ErrLimit, sekisho.ErrTimeout,
		sekisho.ErrMalformed, sekisho.ErrUnavailable} {
		if class == sentinel.Error() {
			return fmt.Errorf("%w: %s", sentinel, detail)
		}
	}
	return errors.New(detail)
}

func pack(a *sekisho.Artifact) (item, error) {
	packed := item{Up: -1, Kind: a.Kind, Name: a.Name, Via: a.Via, Form: a.Form, Size: a.Size}
	if a.Blob == nil {
		return packed, nil
	}
	if a.Size > 0 { // a blob that ends before its size would break the stream
		if n, err := a.Blob.ReadAt(make([]byte, 1), a.Size-1); n < 1 {
			return packed, fmt.Errorf("read %d bytes: %w", a.Size, err)
		}
	}
	packed.HasBlob, packed.blob = true, a.Blob
	return packed, nil
}

func (p *item) unpack() *sekisho.Artifact {
	a := &sekisho.Artifact{Kind: p.Kind, Name: p.Name, Via: p.Via, Form: p.Form, Size: p.Size}
	if p.HasBlob {
		a.Blob = p.blob
	}
	return a
}

// A wire carries frames both ways: four bytes of length, big-endian, and that many bytes of one gob stream. The bytes of
// the blobs that a frame tells of follow it, in the order of their items, and are never held twice.
type wire struct {
	in      *bufio.Reader
	out     *bufio.Writer
	read    bytes.Buffer
	written bytes.Buffer
	dec     *gob.Decoder
	enc     *gob.Encoder
}

const (
	frameLimit = 512 << 20 // bytes of one frame, and of all blobs behind one: the largest budget, and room for names
	wireBuffer = 64 << 10  // what a pipe holds
)

func newWire(in io.Reader, out io.Writer) *wire {
	for _, form := range sekisho.Forms {
		gob.Register(reflect.New(reflect.TypeOf(form)).Interface())
	}
	w := &wire{in: bufio.NewReaderSize(in, wireBuffer), out: bufio.NewWriterSize(out, wireBuffer)}
	w.dec, w.enc = gob.NewDecoder(&w.read), gob.NewEncoder(&w.written)
	return w
}

func (w *wire) send(v any, items ...item) error {
	w.written = bytes.Buffer{}
	w.written.Write(make([]byte, 4))
	if err := w.enc.Encode(v); err != nil {
		return fmt.Errorf("encode: %w", err)
	}
	frame := w.written.Bytes()
	if len(frame) > frameLimit {
		return fmt.Errorf("%w: a frame of %d bytes", sekisho.ErrLimit, len(frame))
	}
	binary.BigEndian.PutUint32(frame, uint32(len(frame)-4))
	if _, err := w.out.Write(frame); err != nil {
		return err
	}
	for _, it := range items {
		if !it.HasBlob {
			continue
		}
		// The buffer reads the section directly; an error of the reader must not pass for a shorter blob.
		n, err := w.out.ReadFrom(io.NewSectionReader(it.blob, 0, it.Size))
		if err == nil && n < it.Size {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return fmt.Errorf("send %d bytes: %w", it.Size, err)
		}
	}
	return w.out.Flush()
}

func (w *wire) receive(v any) error {
	var length [4]byte
	if _, err := io.ReadFull(w.in, length[:]); err != nil {
		return err
	}
	n := int64(binary.BigEndian.Uint32(length[:]))
	if n > frameLimit {
		return fmt.Errorf("%w: a frame of %d bytes", sekisho.ErrLimit, n)
	}
	w.read = bytes.Buffer{}
	if _, err := io.CopyN(&w.read, w.in, n); err != nil {
		return err
	}
	if err := w.dec.Decode(v); err != nil {
		return fmt.Errorf("decode: %w", err)
	}
	return nil
}

// receiveBlobs reads the blobs of the items of a frame just received.
func (w *wire) receiveBlobs(items []item) error {
	room := int64(frameLimit)
	for i := range items {
		it := &items[i]
		if !it.HasBlob {
			continue
		}
		if it.Size < 0 || it.Size > room {
			return fmt.Errorf("%w: a blob of %d bytes", sekisho.ErrLimit, it.Size)
		}
		room -= it.Size
		data := make([]byte, it.Size)
		if _, err := io.ReadFull(w.in, data); err != nil {
			return fmt.Errorf("receive %d bytes: %w", it.Size, err)
		}
		it.blob = bytes.NewReader(data)
	}
	return nil
}

// bytesOf returns the bytes of the items' blobs.
func bytesOf(items []item) int64 {
	sum := int64(0)
	for _, it := range items {
		if it.HasBlob {
			sum += it.Size
		}
	}
	return sum
}
