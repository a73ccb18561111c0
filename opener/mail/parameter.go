package mail

import (
	"sort"
	"strconv"
	"strings"

	"github.com/sekisho/sekisho/charset"
)

// A parameter is one "name=value" of a Content-Type or Content-Disposition.
type parameter struct {
	name  string // lower case
	value string // decoded
	raw   string // as written, without quotes; empty when it came in segments
}

// A structured is a Content-Type or Content-Disposition: its first word in lower case and its parameters.
type structured struct {
	word       string
	parameters []parameter
	plain      map[string]string // the value of a name that also came as name*
	bad        defects
}

func (s *structured) get(name string) string {
	for _, p := range s.parameters {
		if p.name == name {
			return p.value
		}
	}
	return ""
}

// boundary returns the boundary of a multipart, in which nothing is decoded: programs compare it with lines as they are.
func (s *structured) boundary() string {
	for _, p := range s.parameters {
		if p.name == "boundary" && p.raw != "" {
			return p.raw
		}
	}
	return s.get("boundary")
}

const parameterLimit = 200 // parameters of one header that are read

// parseStructured reads a header with parameters (RFC 2045 §5.1, RFC 2231) as mail programs do: the semicolon after the
// word may be missing, values may hold spaces without quotes, quotes may stay open, comments are passed over.
func parseStructured(raw string) *structured {
	s := &structured{}
	end := strings.IndexAny(raw, "; \t(")
	if end < 0 {
		end = len(raw)
	}
	s.word = strings.ToLower(strings.Trim(raw[:end], " \t\"'"))
	rest := raw[end:]
	var pieces []parameter
	for len(rest) > 0 && len(pieces) < parameterLimit {
		rest = skipSpace(rest)
		equals := strings.IndexByte(rest, '=')
		if equals < 0 {
			break
		}
		name := strings.ToLower(strings.TrimSpace(rest[:equals]))
		if i := strings.LastIndexAny(name, "; \t"); i >= 0 {
			name = name[i+1:]
		}
		var value string
		value, rest = cutValue(rest[equals+1:])
		pieces = append(pieces, parameter{name: name, raw: value})
	}
	s.join(pieces)
	return s
}

func skipSpace(s string) string {
	for {
		s = strings.TrimLeft(s, "; \t")
		if !strings.HasPrefix(s, "(") {
			return s
		}
		depth, i := 0, 0
		for ; i < len(s); i++ {
			if s[i] == '(' {
				depth++
			} else if s[i] == ')' {
				if depth--; depth == 0 {
					i++
					break
				}
			}
		}
		s = s[i:]
	}
}

// cutValue reads a value, quoted or up to a semicolon.
func cutValue(s string) (value, rest string) {
	s = strings.TrimLeft(s, " \t")
	if !strings.HasPrefix(s, `"`) {
		value, rest, _ = strings.Cut(s, ";")
		if i := strings.Index(value, " ("); i >= 0 {
			value = value[:i]
		}
		return strings.TrimSpace(value), rest
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\'):
			i++
			b.WriteByte(s[i])
		case s[i] == '"':
			return b.String(), s[i+1:]
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String(), ""
}

// A segment is one piece of a parameter that RFC 2231 splits: name*2* is segment 2, extended.
type segment struct {
	number   int
	extended bool
	value    string
}

// join decodes pieces into parameters. The extended form of a name (name*, name*0) outranks the plain one.
func (s *structured) join(pieces []parameter) {
	split := map[string][]segment{}
	for _, p := range pieces {
		name, mark, extended := strings.Cut(p.name, "*")
		if !extended {
			s.parameters = append(s.parameters, parameter{name: name, value: s.decodePlain(p.raw), raw: p.raw})
			continue
		}
		number, err := strconv.Atoi(strings.TrimSuffix(mark, "*"))
		if err != nil {
			number = 0
		}
		split[name] = append(split[name], segment{number, mark == "" || strings.HasSuffix(mark, "*"), p.raw})
	}
	if len(split) == 0 {
		return
	}
	s.plain = map[string]string{}
	var front []parameter
	for _, p := range pieces { // in the order of the header, for equal results
		name, _, _ := strings.Cut(p.name, "*")
		segments, ok := split[name]
		if !ok {
			continue
		}
		delete(split, name)
		s.plain[name] = s.get(name)
		front = append(front, parameter{name: name, value: s.decodeSegments(segments)})
	}
	s.parameters = append(front, s.parameters...)
}

func (s *structured) decodePlain(value string) string {
	text, bad := decodeField(value)
	for _, defect := range bad {
		s.bad.add(defect)
	}
	return text
}

// decodeSegments joins the segments of one parameter. The first names the charset: charset'language'value.
func (s *structured) decodeSegments(segments []segment) string {
	sort.SliceStable(segments, func(i, j int) bool { return segments[i].number < segments[j].number })
	var label string
	var data []byte
	anyExtended := false
	for i, sec := range segments {
		value := sec.value
		if sec.extended {
			if first, tail, ok := strings.Cut(value, "'"); ok && i == 0 {
				label = first
				_, value, ok = strings.Cut(tail, "'")
				if !ok {
					value = tail
				}
			}
			anyExtended = true
			data = append(data, unescape(value)...)
			continue
		}
		data = append(data, value...)
	}
	if !anyExtended {
		return s.decodePlain(string(data))
	}
	if label == "" {
		label = charset.Guess(data)
	}
	text, ok := charset.Decode(label, data)
	if !ok {
		s.bad.add(BadCharset)
	}
	text, s.bad = decodeWords(text, s.bad)
	return text
}

func unescape(s string) []byte {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) && hex(s[i+1]) >= 0 && hex(s[i+2]) >= 0 {
			out = append(out, byte(hex(s[i+1])<<4|hex(s[i+2])))
			i += 2
			continue
		}
		out = append(out, s[i])
	}
	return out
}
