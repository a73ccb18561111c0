package shortcut

import (
	"bytes"
	"encoding/binary"
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"github.com/sekisho/sekisho"
)

// section yields the keys, in lower case, and values of the sections whose name starts so.
func section(text, name string, yield func(key, value string)) {
	inside := false
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			inside = len(line) >= len(name) && strings.EqualFold(line[:len(name)], name)
			continue
		}
		if key, value, ok := strings.Cut(line, "="); ok && inside {
			yield(strings.ToLower(strings.TrimSpace(key)), strings.TrimSpace(value))
		}
	}
}

// readInternet reads an internet shortcut. Of a key that is there twice the last counts.
func readInternet(text string) sekisho.Shortcut {
	s := sekisho.Shortcut{Format: "url", Show: "normal"}
	section(text, "[InternetShortcut", func(key, value string) {
		value = value[:min(len(value), textLimit)]
		switch key {
		case "url", "baseurl":
			if s.Target != "" && s.Target != value {
				s.Others = append(s.Others[:min(len(s.Others), mostLinks)], s.Target)
			}
			s.Target = value
		case "iconfile":
			s.Icon = value
		case "workingdirectory":
			s.Folder = value
		case "showcommand":
			if value == "7" {
				s.Show = "minimized"
			}
		}
	})
	return s
}

// readDesktop reads a desktop entry (Desktop Entry Specification 1.5 §6). Actions other than the first are others.
func readDesktop(text string) sekisho.Shortcut {
	s := sekisho.Shortcut{Format: "desktop", Show: "normal"}
	section(text, "[Desktop", func(key, value string) {
		value = value[:min(len(value), textLimit)]
		switch key {
		case "exec":
			program, arguments := splitExec(value)
			if s.Target == "" {
				s.Target, s.Arguments = program, arguments
			} else if program != s.Target && len(s.Others) < mostLinks {
				s.Others = append(s.Others, program)
			}
		case "url":
			if s.Target == "" {
				s.Target = value
			}
		case "icon":
			s.Icon = value
		case "path":
			s.Folder = value
		case "comment":
			s.Description = value
		case "terminal":
			if strings.EqualFold(value, "true") {
				s.Show = "terminal"
			}
		}
	})
	return s
}

// splitExec parts the program from its arguments, past env and its assignments.
func splitExec(exec string) (program, arguments string) {
	for {
		exec = strings.TrimSpace(exec)
		if rest, ok := strings.CutPrefix(exec, `"`); ok {
			program, arguments, _ = strings.Cut(rest, `"`)
		} else {
			program, arguments, _ = strings.Cut(exec, " ")
		}
		arguments = strings.TrimSpace(arguments)
		if program != "env" && program != "/usr/bin/env" && !strings.Contains(program, "=") || arguments == "" {
			return program, arguments
		}
		exec = arguments
	}
}

// readLocation reads the URL of a property list in XML or in Apple's binary form.
func readLocation(data []byte) (sekisho.Shortcut, error) {
	s := sekisho.Shortcut{Format: "webloc", Show: "normal"}
	if bytes.HasPrefix(data, []byte("bplist00")) {
		for i, value := range plistStrings(data) {
			if isURL(value) || strings.HasPrefix(value, "/") {
				if s.Target == "" {
					s.Target = value
				} else if i > 0 && len(s.Others) < mostLinks {
					s.Others = append(s.Others, value)
				}
			}
		}
	} else {
		s.Target = xmlURL(data)
	}
	if s.Target == "" {
		return s, fmt.Errorf("%w: a location without a URL", sekisho.ErrMalformed)
	}
	return s, nil
}

// xmlURL returns the string that follows the key URL.
func xmlURL(data []byte) string {
	d := xml.NewDecoder(bytes.NewReader(data))
	d.Strict = false
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	key, text := "", strings.Builder{}
	for {
		token, err := d.Token()
		if err != nil {
			return ""
		}
		switch t := token.(type) {
		case xml.StartElement:
			text.Reset()
		case xml.CharData:
			text.Write(t)
		case xml.EndElement:
			switch {
			case t.Name.Local == "key":
				key = strings.TrimSpace(text.String())
			case t.Name.Local == "string" && strings.EqualFold(key, "URL"):
				return strings.TrimSpace(text.String())
			}
		}
	}
}

// plistStrings returns the strings of a binary property list, by its table of offsets.
func plistStrings(data []byte) []string {
	const trailer = 32
	if len(data) < 8+trailer {
		return nil
	}
	end := data[len(data)-trailer:]
	width := int(end[6])
	count, table := binary.BigEndian.Uint64(end[8:]), binary.BigEndian.Uint64(end[24:])
	if width < 1 || width > 8 || count > 1000 || table > uint64(len(data)) {
		return nil
	}
	var found []string
	for i := range int(count) {
		at := int(table) + i*width
		if at+width > len(data) {
			break
		}
		var offset uint64
		for _, c := range data[at : at+width] {
			offset = offset<<8 | uint64(c)
		}
		if offset < uint64(len(data)) {
			if s, ok := plistString(data[offset:]); ok {
				found = append(found, s)
			}
		}
	}
	return found
}

// plistString reads an ASCII (0x5n) or UTF-16 (0x6n) string; n is its length, or 15 when an integer object holds it.
func plistString(object []byte) (string, bool) {
	kind, n := object[0]>>4, int(object[0]&0xF)
	if kind != 5 && kind != 6 {
		return "", false
	}
	object = object[1:]
	if n == 15 {
		if len(object) < 1 || object[0]>>4 != 1 {
			return "", false
		}
		width := 1 << (object[0] & 3)
		if len(object) < 1+width {
			return "", false
		}
		n = 0
		for _, c := range object[1 : 1+width] {
			n = n<<8&0xFFFFFF | int(c)
		}
		object = object[1+width:]
	}
	if kind == 5 {
		return narrow(object[:min(n, len(object))]), true
	}
	return wide(object[:min(2*n, len(object))], binary.BigEndian), true
}
