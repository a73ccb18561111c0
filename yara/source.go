package yara

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/sekisho/sekisho"
)

// A Source is a file of rules. Its name is the namespace of its rules.
type Source struct{ Name, Text string }

// The bounds of a folder of rules.
const (
	SourceFiles = 20_000
	SourceBytes = 32 << 20 // of one file
	FolderBytes = 64 << 20 // of all
)

// Folder reads the files of rules in a folder and the folders below: *.yar, *.yara and *.rule. A file that cannot be
// read is a problem; one beyond the bounds of a folder is an error wrapping ErrLimit.
func Folder(folder fs.FS) ([]Source, []Problem, error) {
	var sources []Source
	var problems []Problem
	total := 0
	err := fs.WalkDir(folder, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			problems = append(problems, Problem{File: name, Reason: err.Error()})
			return nil
		}
		if name != "." && strings.HasPrefix(entry.Name(), ".") {
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if entry.IsDir() || !isSource(name) {
			return nil
		}
		text, err := readSource(folder, name)
		if err != nil {
			problems = append(problems, Problem{File: name, Reason: err.Error()})
			return nil
		}
		if total += len(text); total > FolderBytes || len(sources) >= SourceFiles {
			return fmt.Errorf("%w: more than %d files or %d MiB of YARA rules", sekisho.ErrLimit, SourceFiles, FolderBytes>>20)
		}
		sources = append(sources, Source{name, text})
		return nil
	})
	return sources, problems, err
}

func isSource(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".yar", ".yara", ".rule":
		return true
	}
	return false
}

func readSource(folder fs.FS, name string) (string, error) {
	info, err := fs.Stat(folder, name)
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() {
		return "", errors.New("not a file")
	}
	if info.Size() > SourceBytes {
		return "", fmt.Errorf("more than %d MiB", SourceBytes>>20)
	}
	data, err := fs.ReadFile(folder, name)
	if err != nil {
		return "", err
	}
	if len(data) > SourceBytes {
		return "", fmt.Errorf("more than %d MiB", SourceBytes>>20)
	}
	text := strings.TrimPrefix(string(data), "\uFEFF")
	if !utf8.ValidString(text) {
		// YARA-X reads UTF-8 only. Latin-1 in comments and metadata is common and must not cost the rules.
		text = strings.ToValidUTF8(text, "?")
	}
	return text, nil
}

// A place is where a rule stands in its source, with its modifiers.
type place struct {
	name       string
	start, end int // bytes
}

// rulesIn finds the rules of a source, whether or not they compile.
func rulesIn(text string) []place {
	var rules []place
	l := lexer{text: text}
	start := -1 // of the modifiers before the keyword
	for {
		at, word := l.next()
		switch {
		case word == "":
			return rules
		case word == "private" || word == "global":
			if start < 0 {
				start = at
			}
			continue
		case word == "rule":
			if start < 0 {
				start = at
			}
			if _, name := l.next(); name != "" && isWord(name[0]) {
				rules = append(rules, place{name, start, l.body()})
			}
		}
		start = -1
	}
}

// A lexer reads words, braces and other signs of a source, passing over comments, strings and regular expressions.
type lexer struct {
	text string
	at   int
}

// next returns the next word or sign and where it starts; "" at the end.
func (l *lexer) next() (start int, word string) {
	for l.at < len(l.text) {
		start = l.at
		switch c := l.text[l.at]; {
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
			l.at++
		case c == '/' || c == '"':
			l.skip()
		case isWord(c):
			for l.at < len(l.text) && isWord(l.text[l.at]) {
				l.at++
			}
			return start, l.text[start:l.at]
		default:
			l.at++
			return start, l.text[start:l.at]
		}
	}
	return l.at, ""
}

// skip passes over the comment, string or regular expression that starts here. The latter two end with their line.
func (l *lexer) skip() {
	rest := l.text[l.at:]
	switch {
	case strings.HasPrefix(rest, "//"):
		l.to(strings.IndexByte(rest, '\n'), 1)
		return
	case strings.HasPrefix(rest, "/*"):
		if end := strings.Index(rest[2:], "*/"); end >= 0 {
			l.at += 2
			l.to(end, 2)
			return
		}
		l.at = len(l.text)
		return
	}
	for i := 1; i < len(rest); i++ {
		switch rest[i] {
		case '\\':
			i++
		case '\n':
			l.at += i
			return
		case rest[0]:
			l.at += i + 1
			return
		}
	}
	l.at = len(l.text)
}

// to passes over i bytes and width more; to the end when i is negative.
func (l *lexer) to(i, width int) {
	if i < 0 {
		l.at = len(l.text)
		return
	}
	l.at += i + width
}

// body passes over the tags and the braces of a rule and returns where they end. Where braces do not match it ends
// before the next line that begins a rule.
func (l *lexer) body() int {
	begin, depth := l.at, 0
	for {
		_, word := l.next()
		switch word {
		case "{":
			depth++
		case "}":
			if depth--; depth <= 0 {
				return l.at
			}
		case "":
			l.at = begin + nextRule(l.text[begin:])
			return l.at
		}
	}
}

// nextRule returns where the next line that begins a rule starts, or the text's length.
func nextRule(text string) int {
	for i := strings.IndexByte(text, '\n'); i >= 0 && i < len(text); {
		line := text[i+1:]
		for _, word := range []string{"rule ", "private ", "global "} {
			if strings.HasPrefix(line, word) {
				return i + 1
			}
		}
		next := strings.IndexByte(line, '\n')
		if next < 0 {
			break
		}
		i += 1 + next
	}
	return len(text)
}

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// blank returns the text with start to end left out, every line where it was.
func blank(text string, start, end int) string {
	out := []byte(text)
	for i := start; i < end; i++ {
		if out[i] != '\n' {
			out[i] = ' '
		}
	}
	return string(out)
}
