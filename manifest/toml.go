package manifest

import (
	"strings"
)

// TOML reads tables, keys and values. A list or an inline table is one value, as written; a list of tables is its name
// each time.
func TOML(data string) ([]Entry, error) {
	if len(data) > sizeLimit {
		return nil, ErrLimit
	}
	l := &list{}
	var table []string
	number := 0
	for rest := data; rest != ""; {
		line, after, _ := strings.Cut(rest, "\n")
		rest = after
		number++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if line[0] == '[' && !strings.Contains(strings.SplitN(line, "#", 2)[0], "=") {
			table = keys(strings.Trim(strings.SplitN(line, "#", 2)[0], "[] \t"))
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		if !ok {
			continue
		}
		value = strings.TrimSpace(value)
		start := number
		value, rest, number = whole(value, rest, number)
		l.path = append(append([]string{}, table...), keys(strings.TrimSpace(key))...)
		if len(l.path) > depthLimit {
			return l.entries, ErrLimit
		}
		if err := l.add(value, start); err != nil {
			return l.entries, err
		}
	}
	return l.entries, nil
}

// whole reads a value that goes on over lines: a multi-line string up to its quotes, a list up to its bracket.
func whole(value, rest string, number int) (string, string, int) {
	for _, quotes := range [...]string{`"""`, `'''`} {
		inner, ok := strings.CutPrefix(value, quotes)
		if !ok {
			continue
		}
		if text, _, ok := strings.Cut(inner, quotes); ok {
			return text, rest, number
		}
		text, after, _ := strings.Cut(rest, quotes)
		return strings.TrimPrefix(inner+"\n"+text, "\n"), after, number + strings.Count(text, "\n")
	}
	if !strings.HasPrefix(value, "[") && !strings.HasPrefix(value, "{") {
		return bare(value), rest, number
	}
	opened := brackets(value)
	var b strings.Builder
	b.WriteString(value)
	for opened > 0 && rest != "" {
		line, after, _ := strings.Cut(rest, "\n")
		rest = after
		number++
		b.WriteString("\n" + line)
		opened += brackets(line)
	}
	return b.String(), rest, number
}

// bare removes quotes, or what follows a value that has none.
func bare(value string) string {
	if value == "" {
		return ""
	}
	if value[0] == '"' || value[0] == '\'' {
		if end := strings.IndexByte(value[1:], value[0]); end >= 0 {
			return value[1 : 1+end]
		}
		return value[1:]
	}
	value, _, _ = strings.Cut(value, "#")
	return strings.TrimSpace(value)
}

// brackets counts how many more open than close outside strings and comments.
func brackets(line string) int {
	n := 0
	quote := byte(0)
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '#':
			return n
		case c == '[' || c == '{':
			n++
		case c == ']' || c == '}':
			n--
		}
	}
	return n
}

// keys splits a dotted key; quoted parts stay whole.
func keys(dotted string) []string {
	var list []string
	for dotted != "" {
		dotted = strings.TrimSpace(dotted)
		if dotted != "" && (dotted[0] == '"' || dotted[0] == '\'') {
			if end := strings.IndexByte(dotted[1:], dotted[0]); end >= 0 {
				list = append(list, dotted[1:1+end])
				dotted = strings.TrimPrefix(strings.TrimSpace(dotted[end+2:]), ".")
				continue
			}
		}
		key, after, _ := strings.Cut(dotted, ".")
		list = append(list, strings.TrimSpace(key))
		dotted = after
	}
	return list
}
