package html

import (
	"bytes"
	"strings"
)

// script keeps a script and adds the constant locations it leads to.
func (w *walker) script(text []byte) {
	text = bytes.TrimSpace(text)
	if len(text) == 0 {
		return
	}
	keep := min(len(text), scriptLimit, scriptTotal-w.scripts)
	if keep < len(text) {
		w.pass("script")
	}
	if keep <= 0 {
		return
	}
	w.scripts += keep
	kept := string(text[:keep])
	w.page.Scripts = append(w.page.Scripts, kept)
	for _, verb := range [...]string{"location", "window.open", "open("} {
		w.locations(kept, verb)
	}
}

// locations adds the constant that follows each mention of verb: location.href = "...", location.replace('...').
func (w *walker) locations(script, verb string) {
	const gap = 24 // between the verb and the quote: .replace( and spaces
	for rest := script; ; {
		at := strings.Index(rest, verb)
		if at < 0 {
			return
		}
		rest = rest[at+len(verb):]
		quote := strings.IndexAny(rest[:min(len(rest), gap)], "\"'`")
		if quote < 0 {
			continue
		}
		target := rest[quote+1:]
		end := strings.IndexByte(target[:min(len(target), 4096)], rest[quote])
		if end > 0 && remote([]byte(target[:end])) {
			w.link([]byte(strings.ReplaceAll(target[:end], `\/`, "/")), "script", "")
		}
	}
}

// styleSheet notes what a style sheet or style attribute loads.
func (w *walker) styleSheet(css []byte) {
	for {
		at := bytes.Index(css, []byte("url("))
		if at < 0 {
			return
		}
		css = css[at+len("url("):]
		end := bytes.IndexByte(css[:min(len(css), 4096)], ')')
		if end < 0 {
			continue
		}
		w.load(bytes.Trim(css[:end], "\"' "))
	}
}
