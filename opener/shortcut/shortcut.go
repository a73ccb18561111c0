// Package shortcut reads files that start or open something else: shell links of Windows (.lnk), internet shortcuts
// (.url), locations of macOS (.webloc, .inetloc, .fileloc) and desktop entries (.desktop).
//
// It says what a double click would do, without doing it. Every target that a shell link states is kept: the system
// follows one of them, what people are shown may be another. URLs in the target and the arguments become links.
package shortcut

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/sekisho/sekisho"
)

// Opener reads shortcuts.
var Opener = &sekisho.Opener{
	Name: "shortcut",
	Doc: `Targets of shortcuts

Reads shell links (MS-SHLLINK 5.0: item list, link information, strings, the environment and property blocks, bytes behind
the end), internet shortcuts, locations of macOS as XML or binary property lists, and desktop entries. Not read: item lists
of shell extensions other than folders, files, network places and URLs.`,
	Kinds: []sekisho.Kind{sekisho.KindFile},
	Types: []string{"application/x-ms-shortcut", "application/x-mswinurl", "application/x-webloc", "text/x-desktop"},
	Run:   run,
}

const (
	sizeLimit = 4 << 20   // bytes of a shortcut that are read
	textLimit = 256 << 10 // bytes of one string
	mostLinks = 50
)

func run(_ context.Context, a *sekisho.Artifact, b *sekisho.Budget) error {
	form, ok := a.Form.(*sekisho.File)
	if !ok || a.Blob == nil {
		return nil
	}
	data, err := io.ReadAll(io.NewSectionReader(a.Blob, 0, min(a.Size, sizeLimit)))
	if err != nil {
		return fmt.Errorf("read shortcut: %w", err)
	}
	switch form.Type {
	case "application/x-ms-shortcut":
		form.Shortcut, err = readLink(data)
		form.Shortcut.Overlay += int(a.Size) - len(data)
	case "application/x-mswinurl":
		form.Shortcut = readInternet(textOf(data))
	case "text/x-desktop":
		form.Shortcut = readDesktop(textOf(data))
	case "application/x-webloc":
		form.Shortcut, err = readLocation(data)
	}
	if addErr := addLinks(a, b, form.Shortcut); addErr != nil {
		return addErr
	}
	return err
}

// addLinks adds the URLs of the shortcut as links, each once.
func addLinks(a *sekisho.Artifact, b *sekisho.Budget, s sekisho.Shortcut) error {
	seen := map[string]bool{}
	add := func(href, element string) error {
		if seen[href] || len(seen) == mostLinks {
			return nil
		}
		seen[href] = true
		form := &sekisho.Link{Href: href, Element: element}
		return b.Add(a, &sekisho.Artifact{Kind: sekisho.KindLink, Name: href, Via: "target", Form: form})
	}
	for _, target := range append([]string{s.Target}, s.Others...) {
		if isURL(target) {
			if err := add(target, "a"); err != nil {
				return err
			}
		}
	}
	for _, href := range urlsIn(s.Arguments) {
		if err := add(href, "text"); err != nil {
			return err
		}
	}
	return nil
}

// isURL reports whether s starts with a scheme of RFC 3986 §3.1 of two letters or more: one letter is a drive.
func isURL(s string) bool {
	scheme, _, ok := strings.Cut(s, ":")
	if !ok || len(scheme) < 2 {
		return false
	}
	for i := range len(scheme) {
		c := scheme[i] | 0x20
		if (c < 'a' || c > 'z') && (i == 0 || !strings.ContainsRune("0123456789+-.", rune(scheme[i]))) {
			return false
		}
	}
	return true
}

// urlsIn returns the http URLs in a command, up to the quotes and brackets around them.
func urlsIn(s string) []string {
	var found []string
	lower := strings.ToLower(s[:min(len(s), textLimit)])
	for pos := 0; len(found) < mostLinks && len(lower) == min(len(s), textLimit); {
		i := strings.Index(lower[pos:], "http")
		if i < 0 {
			break
		}
		start := pos + i
		pos = start + 4
		if rest := lower[pos:]; !strings.HasPrefix(rest, "://") && !strings.HasPrefix(rest, "s://") {
			continue
		}
		end := start
		for end < len(s) && s[end] > ' ' && !strings.ContainsRune("\"'`()<>|,;{}^", rune(s[end])) {
			end++
		}
		found = append(found, s[start:end])
		pos = end
	}
	return found
}

// textOf decodes a text file: UTF-16 by its mark, otherwise UTF-8 with anything else replaced.
func textOf(data []byte) string {
	switch {
	case bytes.HasPrefix(data, []byte("\xFF\xFE")):
		return wide(data[2:], binary.LittleEndian)
	case bytes.HasPrefix(data, []byte("\xFE\xFF")):
		return wide(data[2:], binary.BigEndian)
	}
	return narrow(bytes.TrimPrefix(data, []byte("\xEF\xBB\xBF")))
}

func wide(data []byte, order binary.ByteOrder) string {
	units := make([]uint16, len(data)/2)
	for i := range units {
		units[i] = order.Uint16(data[2*i:])
	}
	return string(utf16.Decode(units))
}

// narrow returns bytes as text. What is not UTF-8 is in a code page nobody names; Latin-1 keeps its ASCII.
func narrow(data []byte) string {
	if utf8.Valid(data) {
		return string(data)
	}
	runes := make([]rune, len(data))
	for i, c := range data {
		runes[i] = rune(c)
	}
	return string(runes)
}
