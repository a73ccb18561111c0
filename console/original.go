package console

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/people"
	"github.com/sekisho/sekisho/record"
	"github.com/sekisho/sekisho/report"
)

// How long what a person opened stays open for them, how many of them there are, and how much text and HTML of each is kept in memory.
const (
	openTime   = 10 * time.Minute
	openCount  = 32
	openTexts  = 512 << 10
	openSheets = 1 << 20
)

// opened are the originals that people opened, taken apart. They are in memory only, for a few minutes.
type opened struct {
	mu   sync.Mutex
	kept map[openKey]*content
}

type openKey struct{ person, passage string }

// content is what an original holds for people to read.
type content struct {
	until  time.Time
	words  []wording
	sheets map[string][]byte // HTML by artifact
	order  []string          // of sheets
	secret bool              // it holds a key, so that nothing of it is shown
}

// wording is a text of an artifact: what is shown, hidden or quoted.
type wording struct{ Artifact, Where, Text string }

func newOpened() *opened { return &opened{kept: map[openKey]*content{}} }

func (o *opened) get(person, passage string) *content {
	o.mu.Lock()
	defer o.mu.Unlock()
	found := o.kept[openKey{person, passage}]
	if found == nil || time.Now().After(found.until) {
		return nil
	}
	return found
}

func (o *opened) put(person, passage string, c *content) {
	o.mu.Lock()
	defer o.mu.Unlock()
	now := time.Now()
	c.until = now.Add(openTime)
	oldest := openKey{}
	for key, one := range o.kept {
		switch {
		case now.After(one.until):
			delete(o.kept, key)
		case oldest == openKey{} || one.until.Before(o.kept[oldest].until):
			oldest = key
		}
	}
	if len(o.kept) >= openCount {
		delete(o.kept, oldest)
	}
	o.kept[openKey{person, passage}] = c
}

// openOriginal unseals a mail for the visitor, which the record notes, and takes it apart.
func (c *Console) openOriginal(w http.ResponseWriter, r *http.Request, me *visitor) error {
	d, err := c.Record.Passage(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	if c.Checkpoint == nil {
		return record.ErrGone
	}
	data, err := c.Record.Original(r.Context(), d.ID, me.Person.ID)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(r.Context(), 20*time.Second)
	defer cancel()
	root := &sekisho.Artifact{Kind: d.Kind, Name: d.Name, Blob: bytes.NewReader(data), Size: int64(len(data))}
	v := c.Checkpoint.Inspect(ctx, root)
	c.opened.put(me.Person.ID, d.ID, newContent(root, holdsSecret(v)))
	back := own(r.PostFormValue("back"))
	http.Redirect(w, r, back+"#mail", http.StatusSeeOther)
	return nil
}

// holdsSecret reports whether a key or a phrase was found, which nobody is shown.
func holdsSecret(v sekisho.Verdict) bool {
	for _, f := range v.Findings {
		for _, o := range f.Evidence {
			if _, secret := o.Facts.(report.Fingerprinted); secret {
				return true
			}
		}
	}
	return false
}

// newContent keeps the texts and pages of a tree, and nothing of one that holds a secret.
func newContent(root *sekisho.Artifact, secret bool) *content {
	out := &content{sheets: map[string][]byte{}, secret: secret}
	if secret {
		return out
	}
	texts, sheets := openTexts, openSheets
	keep := func(a *sekisho.Artifact, where, text string) {
		if text = strings.TrimSpace(text); text == "" || texts <= 0 {
			return
		}
		text, _ = head(text, texts)
		texts -= len(text)
		out.words = append(out.words, wording{a.ID, where, text})
	}
	for a := range root.All() {
		switch form := a.Form.(type) {
		case *sekisho.TextForm:
			if a.Via == "subject" {
				continue
			}
			keep(a, "text", form.Content)
			keep(a, "hidden", form.Hidden)
			keep(a, "quoted", form.Quoted)
		}
		if a.Kind == sekisho.KindPage && a.Blob != nil && sheets > 0 {
			size := min(a.Size, int64(sheets))
			data, err := io.ReadAll(io.NewSectionReader(a.Blob, 0, size))
			if err != nil {
				continue // what is not shown as a picture is shown as text
			}
			sheets -= len(data)
			out.sheets[a.ID] = data
			out.order = append(out.order, a.ID)
		}
	}
	return out
}

// A sheetRef is a page of an opened mail.
type sheetRef struct {
	At    string // its place in the tree
	Short bool   // it says little, so that a low frame shows it
}

// briefSheet is how many bytes of HTML a low frame is for.
const briefSheet = 1_500

func (c *content) refs() []sheetRef {
	refs := make([]sheetRef, len(c.order))
	for i, at := range c.order {
		refs[i] = sheetRef{at, len(c.sheets[at]) < briefSheet}
	}
	return refs
}

// A textView is a text of an opened mail with what findings quote of it marked.
type textView struct {
	Artifact, Where, Anchor string
	Parts                   []segment
	raw                     string
}

// texts returns the texts with their marks. What was seen in the text of a mail is marked in each text of it.
func (c *content) texts(findings []record.Finding) []textView {
	var out []textView
	for _, one := range c.words {
		var spans []record.Span
		for _, f := range findings {
			for _, e := range f.Evidence {
				for _, s := range e.At {
					if s.Where == one.Where && under(one.Artifact, e.Artifact) {
						spans = append(spans, s)
					}
				}
			}
		}
		parts := segments(one.Text, spans)
		for i := range parts {
			parts[i].Text = lines(parts[i].Text, openTexts)
		}
		out = append(out, textView{one.Artifact, one.Where, "t" + one.Where + anchor(one.Artifact), parts, one.Text})
	}
	return out
}

// sheetPolicy lets the picture of a mail show its own style attributes and nothing else; the sandbox takes scripts, forms, links
// to other windows and the console's origin from it.
const sheetPolicy = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'self'; base-uri 'none'; form-action 'none'"

// sheet answers with the picture of a page that the visitor opened.
func (c *Console) sheet(w http.ResponseWriter, r *http.Request, me *visitor) error {
	found := c.opened.get(me.Person.ID, r.PathValue("id"))
	if found == nil {
		return record.ErrGone
	}
	data, ok := found.sheets[r.URL.Query().Get("at")]
	if !ok || !me.May(people.RightOriginal) {
		return record.ErrNotFound
	}
	w.Header().Set("Content-Security-Policy", sheetPolicy)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Write(Sanitise(data)) // an error is the reader's, who is gone
	return nil
}

// forget closes what a person opened.
func (o *opened) forget(person string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for key := range o.kept {
		if key.person == person {
			delete(o.kept, key)
		}
	}
}
