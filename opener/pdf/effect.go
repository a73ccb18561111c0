package pdf

import (
	"bytes"
	"slices"
	"strconv"

	"github.com/sekisho/sekisho"
)

const (
	mostEffects = 2000      // actions looked at, repeated ones included
	keptEffects = 200       // actions and scripts stated
	scriptBytes = 256 << 10 // bytes of one script
	pictureSide = 200       // pixels of a picture that can carry a message
)

// What starts an action, from the one that asks a person least.
const (
	onOpen  = "open"
	onEvent = "event"
	onClick = "click"
)

var strength = []string{onClick, onEvent, onOpen}

// kinds maps the types of actions (12.6.4, table 198; 12.6.4.16 and 17) that matter to the names of the form. Those that move
// in the document itself are left out; what leads to the web by a click is a link.
var kinds = map[name]string{
	"JavaScript": "javascript", "Launch": "launch", "SubmitForm": "submit", "ImportData": "import", "GoToR": "goto-remote", "GoToE": "goto-embedded",
	"URI": "uri", "Rendition": "media", "Movie": "media", "Sound": "media", "RichMediaExecute": "media",
}

// act states the actions that start at a dictionary: a catalogue, a page, an annotation, a name tree, an XFA form.
func (w *walk) act(d dict) {
	if object, ok := d["OpenAction"]; ok {
		w.chain(object, onOpen)
	}
	if events := w.dict(d["AA"]); events != nil {
		for _, key := range sorted(events) {
			on := onEvent
			if key == "O" || key == "PO" || key == "PV" { // the page, or the annotation with it, is shown
				on = onOpen
			}
			w.chain(events[key], on)
		}
	}
	if tree, ok := d["JavaScript"]; ok && d["S"] == nil {
		w.tree(tree, 0)
	}
	if xfa, ok := d["XFA"]; ok {
		w.template(xfa)
	}
	if _, ok := w.resolve(d["S"]).(name); ok {
		w.effect(d, onClick)
	}
}

// tree states the scripts of a name tree (7.9.6), which run when the document is opened (12.6.4.16).
func (w *walk) tree(object any, depth int) {
	node := w.dict(object)
	if node == nil || depth > mostChains || w.left <= 0 {
		return
	}
	for i, entry := range w.array(node["Names"]) {
		if i%2 == 1 {
			w.chain(entry, onOpen)
		}
	}
	for _, kid := range w.array(node["Kids"]) {
		if w.left--; w.left <= 0 {
			return
		}
		w.tree(kid, depth+1)
	}
}

// chain states an action and those that follow it (12.6.2).
func (w *walk) chain(object any, on string) {
	queue := []any{object}
	for n := 0; len(queue) > 0 && n < mostChains; n++ {
		d := w.dict(queue[0])
		queue = queue[1:]
		if d == nil {
			continue
		}
		w.effect(d, on)
		if next := w.array(d["Next"]); next != nil {
			queue = append(queue, next[:min(len(next), mostChains)]...)
		} else if d["Next"] != nil {
			queue = append(queue, d["Next"])
		}
	}
}

func (w *walk) effect(d dict, on string) {
	if w.left--; w.left < 0 {
		return
	}
	s, _ := w.resolve(d["S"]).(name)
	kind := kinds[s]
	switch {
	case kind == "" || kind == "uri" && on == onClick:
	case kind == "javascript":
		w.script(w.text(d["JS"]), on)
	case kind == "uri":
		w.state(kind, textString(w.bytes(d["URI"])), on)
	default:
		w.state(kind, w.target(d), on)
	}
}

// target returns the file or address of an action: a string, a file specification, or what Windows is told (12.6.4.5).
func (w *walk) target(d dict) string {
	for _, holder := range []dict{d, w.dict(d["F"]), w.dict(d["Win"]), w.dict(d["Unix"]), w.dict(d["Mac"])} {
		for _, key := range []name{"UF", "F"} {
			if file := w.bytes(holder[key]); len(file) > 0 {
				target := textString(file)
				if parameters := w.bytes(holder["P"]); len(parameters) > 0 {
					target += " " + textString(parameters)
				}
				return target
			}
		}
	}
	return ""
}

// text returns a text string or the content of a text stream (7.9.3).
func (w *walk) text(object any) string {
	s, ok := w.resolve(object).(stream)
	if !ok {
		return textString(w.bytes(object))
	}
	data, _, err := w.decode(s)
	if err != nil {
		w.note(err)
	}
	return textString(data[:min(len(data), scriptBytes)])
}

func (w *walk) script(text, on string) {
	text = text[:min(len(text), scriptBytes)]
	if text != "" && !slices.Contains(w.form.Scripts, text) && len(w.form.Scripts) < keptEffects {
		w.form.Scripts = append(w.form.Scripts, text)
	}
	w.state("javascript", "", on)
}

// state keeps an action once, with what starts it that asks a person least.
func (w *walk) state(kind, target, on string) {
	key := kind + " " + target
	if i, known := w.effects[key]; known {
		if kept := &w.form.Actions[i]; slices.Index(strength, on) > slices.Index(strength, kept.On) {
			kept.On = on
		}
		return
	}
	if len(w.form.Actions) < keptEffects {
		w.effects[key] = len(w.form.Actions)
		w.form.Actions = append(w.form.Actions, sekisho.Effect{Kind: kind, On: on, Target: target})
	}
}

// template states the scripts of an XFA form (12.7.8), which is XML in one stream or in several.
func (w *walk) template(object any) {
	parts := w.array(object)
	if parts == nil {
		parts = array{object}
	}
	for _, part := range parts[:min(len(parts), 2*mostChains)] {
		if _, ok := w.resolve(part).(stream); !ok {
			continue
		}
		text := w.text(part)
		for range mostChains {
			start := bytes.Index([]byte(text), []byte("<script"))
			if start < 0 {
				break
			}
			text = text[start+1:]
			end := bytes.Index([]byte(text), []byte("</script"))
			if end < 0 {
				end = len(text)
			}
			if open := bytes.IndexByte([]byte(text[:end]), '>'); open >= 0 {
				w.script(text[open+1:end], onEvent)
			}
			text = text[end:]
		}
	}
}

// structure states what is wrong with the file as a whole. A document is never refused for it: readers open such files.
func (d *document) structure() {
	defect := func(name string) { d.form.Defects = append(d.form.Defects, name) }
	switch at := bytes.Index(d.data[:min(len(d.data), 4096)], []byte("%PDF-")); {
	case at < 0:
		defect("no-header")
	case at > 0:
		defect("late-header")
	}
	updates := bytes.Count(d.data, []byte("startxref")) - 1
	if bytes.Contains(d.data[:min(len(d.data), 4096)], []byte("/Linearized")) {
		updates--
	}
	d.form.Updates = max(0, updates)
	switch i := bytes.LastIndex(d.data, []byte("startxref")); {
	case i < 0:
		defect("no-xref")
	case !d.table(d.data[i+len("startxref"):]):
		defect("broken-xref")
	}
	if d.escaped {
		defect("escaped-names")
	}
}

// table reports whether the number that data begins with is where a cross-reference table or stream stands (7.5.5).
func (d *document) table(data []byte) bool {
	fields := bytes.Fields(data[:min(len(data), 64)])
	if len(fields) == 0 {
		return false
	}
	at, err := strconv.Atoi(string(fields[0]))
	if err != nil || at < 0 || at >= len(d.data) {
		return false
	}
	start := bytes.TrimLeft(d.data[at:min(len(d.data), at+64)], "\r\n\t \x00")
	if bytes.HasPrefix(start, []byte("xref")) {
		return true
	}
	words := bytes.Fields(start)
	return len(words) > 2 && bytes.HasPrefix(words[2], []byte("obj"))
}
