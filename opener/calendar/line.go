package calendar

import "strings"

// A property is one content line, RFC 5545 §3.1. Its name is in upper case.
type property struct {
	name       string
	parameters []parameter
	value      string
}

// A parameter is one "NAME=value" of a property. Its name is in upper case.
type parameter struct{ name, value string }

func (p property) get(name string) string {
	for _, q := range p.parameters {
		if q.name == name {
			return q.value
		}
	}
	return ""
}

// unfold joins the lines that a space or a tab at their start continues. It works on bytes, for a fold may stand inside a
// character (RFC 5545 §3.1).
func unfold(data []byte) []byte {
	out := make([]byte, 0, len(data))
	for i := 0; i < len(data); i++ {
		if c := data[i]; c == '\r' || c == '\n' {
			next := i + 1
			if c == '\r' && next < len(data) && data[next] == '\n' {
				next++
			}
			if next < len(data) && (data[next] == ' ' || data[next] == '\t') {
				i = next
				continue
			}
		}
		out = append(out, data[i])
	}
	return out
}

// cutLine returns the first line of text and the rest. Lines end in CR LF, LF or CR.
func cutLine(text string) (line, rest string) {
	i := strings.IndexAny(text, "\r\n")
	switch {
	case i < 0:
		return text, ""
	case strings.HasPrefix(text[i:], "\r\n"):
		return text[:i], text[i+2:]
	}
	return text[:i], text[i+1:]
}

const parameterLimit = 50 // parameters of one property that are read

// parseProperty reads name;parameter=value:value. A quote that never closes ends with the line.
func parseProperty(line string) (p property) {
	end := strings.IndexAny(line, ";:")
	if end < 0 {
		return p
	}
	p.name = strings.ToUpper(strings.TrimSpace(line[:end]))
	if dot := strings.LastIndexByte(p.name, '.'); dot >= 0 { // a group, as vCard has it
		p.name = p.name[dot+1:]
	}
	for len(line) > end && line[end] == ';' {
		line = line[end+1:]
		end = outsideQuotes(line)
		if len(p.parameters) < parameterLimit {
			name, value, _ := strings.Cut(line[:end], "=")
			value = strings.ReplaceAll(strings.Trim(value, `" `), `","`, ",")
			p.parameters = append(p.parameters, parameter{strings.ToUpper(strings.TrimSpace(name)), caret.Replace(value)})
		}
	}
	if end < len(line) {
		p.value = line[end+1:]
	}
	return p
}

// outsideQuotes returns where the parameter at the start of line ends.
func outsideQuotes(line string) int {
	quoted := false
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '"':
			quoted = !quoted
		case (c == ';' || c == ':') && !quoted:
			return i
		}
	}
	return len(line)
}

// caret opens the escapes of parameter values, RFC 6868.
var caret = strings.NewReplacer("^n", "\n", "^^", "^", "^'", `"`)

// unescape opens the escapes of text values, RFC 5545 §3.3.11.
func unescape(value string) string {
	if strings.IndexByte(value, '\\') < 0 {
		return value
	}
	var b strings.Builder
	b.Grow(len(value))
	for i := 0; i < len(value); i++ {
		if value[i] != '\\' || i+1 == len(value) {
			b.WriteByte(value[i])
			continue
		}
		i++
		switch c := value[i]; c {
		case 'n', 'N':
			b.WriteByte('\n')
		case '\\', ',', ';':
			b.WriteByte(c)
		default:
			b.WriteByte('\\')
			b.WriteByte(c)
		}
	}
	return b.String()
}
