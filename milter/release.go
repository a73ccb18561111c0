package milter

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/effect/release"
)

// A releaseMark is the header of a released mail, if the first header that no mail server on the way wrote is one.
type releaseMark struct {
	over  bool // headers that a server adds are over
	value string
	from  int64 // where the original begins
}

// header looks at a field that ends at the given place.
func (r *releaseMark) header(name, value string, end int64) {
	if r.over {
		return
	}
	switch strings.ToLower(name) {
	case "received", "received-spf", "authentication-results":
		return
	case strings.ToLower(release.HeaderName):
		r.value, r.from = value, end
	}
	r.over = true
}

// released reports whether the mail is one that Sekisho held and sends on: its header is signed with the door's key over the
// bytes below it, its passage is held and its release did not end yet, and it goes to nobody it did not go to. A mail that Sekisho
// wrote itself, a notification or an answer, is one, too, to those it was signed for. What is not is judged as any mail, and
// counted as forged.
func (d *Door) released(ctx context.Context, m *message) (passage string, ok bool) {
	if m.release.value == "" || len(d.Key) == 0 {
		return "", false
	}
	defer func() {
		if !ok {
			d.counters.forged.Add(1)
			d.log().Warn("milter: a release that is not believed", "queue", m.queue, "client", m.envelope.Client)
		}
	}()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), d.timeout())
	defer cancel()
	end := d.turn(ctx, m)
	if end == nil {
		return "", false
	}
	defer end()
	data, err := m.all()
	if err != nil {
		return "", false
	}
	passage, ok = release.Verify(d.Key, m.release.value, data[m.release.from:], time.Now())
	if !ok || release.IsOwn(passage, m.envelope.To) {
		return passage, ok
	}
	held, err := d.Record.Passage(ctx, passage)
	if err != nil {
		return "", false
	}
	if held.Do != sekisho.DoHold || !held.Kept || !held.Released.IsZero() {
		return "", false
	}
	envelope, err := release.Kept(ctx, d.Record, passage)
	return passage, err == nil && len(m.envelope.To) > 0 && !slices.ContainsFunc(m.envelope.To, func(to string) bool {
		return !slices.ContainsFunc(envelope.To, func(kept string) bool { return strings.EqualFold(kept, to) })
	})
}

// noteRelease records that a released mail came through.
func (d *Door) noteRelease(ctx context.Context, m *message, passage string, written error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	note := map[string]string{"queue": m.queue, "outcome": "done"}
	if written != nil {
		note["outcome"] = "the connection ended before the mail server was told"
	}
	if err := d.Record.Note(ctx, "returned", "milter", passage, note); err != nil {
		d.log().Error("milter: a returned release is not recorded", "passage", passage, "error", err)
	}
}
