package code

import (
	"sort"
	"strings"
)

// A tracer follows a value from where it is evaluated back to where it comes from.
type tracer struct {
	text     string // lower case
	signs    []sign
	language string
	lookups  int // names looked up so far
}

const (
	argumentReach = 600   // bytes of an argument that are read
	assignReach   = 8000  // bytes before a use in which an assignment is sought
	rightReach    = 400   // bytes of an assignment's right side
	callbackReach = 800   // bytes before an evaluation in which a request counts as its source
	afterReach    = 800   // bytes after a download in which the start of a program counts as its purpose
	lookupLimit   = 2_000 // names looked up in one text
	occurrences   = 64    // of one name that are looked at
	deep          = 4     // assignments followed one after the other
)

// A source says where a value comes from.
type source struct{ decoded, fetched bool }

func (s *source) add(other source) {
	s.decoded, s.fetched = s.decoded || other.decoded, s.fetched || other.fetched
}

// trace finds what is decoded or fetched and then run.
func (v *View) trace(t *tracer) {
	for _, s := range t.signs {
		var from source
		switch s.class {
		case evaluate:
			from = t.argument(s)
		case piped:
			from = t.inStatement(s)
			if from != (source{}) {
				v.Evaluates = true
			}
		case spawn:
			if scripted[t.language] || t.language == "" {
				from = source{fetched: t.fetchedBefore(s)}
			}
			if from.fetched {
				v.Spawns = true
			}
		default:
			continue
		}
		v.flow(from, s)
	}
}

// scripted holds the languages in which a download followed by the start of a program is one action. A pipe into an
// interpreter counts in all.
var scripted = map[string]bool{"shell": true, "powershell": true, "batch": true, "vbscript": true, "applescript": true, "make": true}

func (v *View) flow(from source, s sign) {
	if from.decoded {
		if !v.DecodesRuns {
			v.mark("decodes-runs", s.start, s.end)
		}
		v.DecodesRuns = true
	}
	if from.fetched {
		if !v.DownloadsRuns {
			v.mark("downloads-runs", s.start, s.end)
		}
		v.DownloadsRuns = true
	}
}

// argument says where the argument of an evaluation comes from.
func (t *tracer) argument(s sign) source {
	argument := t.statement(s.end, argumentReach)
	from := t.within(s.end, s.end+len(argument))
	from.add(t.names(argument, s.start, deep))
	if last := t.text[s.end-1]; last == '"' || last == '\'' { // the word ends where a string begins
		argument = t.text[s.end-1 : s.end+len(argument)]
	}
	callback := strings.HasPrefix(t.text[s.start:], ".then(") || holdsName(argument) && !constant(argument)
	if callback && t.class(fetch, s.start-callbackReach, s.start) {
		from.fetched = true
	}
	return from
}

// within says what the signs in a range do.
func (t *tracer) within(start, end int) source {
	return source{decoded: t.class(decode, start, end), fetched: t.class(fetch, start, end)}
}

// class reports whether a sign of the class begins in the range.
func (t *tracer) class(c class, start, end int) bool {
	for i := sort.Search(len(t.signs), func(i int) bool { return t.signs[i].start >= start }); i < len(t.signs) && t.signs[i].start < end; i++ {
		if t.signs[i].class == c {
			return true
		}
	}
	return false
}

// statement returns the text from a place to the end of the statement or of the bracket that was open there.
func (t *tracer) statement(at, reach int) string {
	depth := 0
	end := min(at+reach, len(t.text))
	for i := at; i < end; i++ {
		switch t.text[i] {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			called := i+1 < end && t.text[i+1] == '(' || i == at // the function's name was in brackets
			if depth--; depth < -1 || depth == -1 && !called {
				return t.text[at:i]
			}
		case ';':
			if depth <= 0 {
				return t.text[at:i]
			}
		case '\n':
			if depth < 0 || depth == 0 && i > at && t.text[i-1] != '\\' && t.text[i-1] != '`' {
				return t.text[at:i]
			}
		}
	}
	return t.text[at:end]
}

// names follows the names in an expression that stands at the given place.
func (t *tracer) names(expression string, at, depth int) source {
	var from source
	for i := 0; i < len(expression) && depth > 0; {
		if !wordByte(expression[i]) || expression[i] >= '0' && expression[i] <= '9' {
			i++
			continue
		}
		end := i
		for end < len(expression) && wordByte(expression[end]) {
			end++
		}
		if name := expression[i:end]; !keywords[name] && (i == 0 || expression[i-1] != '.') {
			from.add(t.assigned(name, at, depth))
		}
		i = end
	}
	return from
}

// assigned says what the last assignment to a name before the place holds.
func (t *tracer) assigned(name string, at, depth int) source {
	if t.lookups++; t.lookups > lookupLimit {
		return source{}
	}
	low := max(0, at-assignReach)
	window := t.text[low:at]
	end := len(window)
	for range occurrences {
		i := strings.LastIndex(window[:end], name)
		if i < 0 {
			return source{}
		}
		end = i
		if i > 0 && wordByte(window[i-1]) && window[i-1] != '$' {
			continue
		}
		right, ok := rightSide(window[i+len(name):])
		if !ok {
			continue
		}
		start := low + len(window) - len(right)
		expression := t.statement(start, min(rightReach, at-start))
		from := t.within(start, start+len(expression))
		from.add(t.names(expression, low+i, depth-1))
		return from
	}
	return source{}
}

// rightSide returns what follows the sign of an assignment, if one stands at the start.
func rightSide(after string) (string, bool) {
	trimmed := strings.TrimLeft(after, " \t")
	for _, sign := range [...]string{":=", "+=", "=", "<-"} {
		if rest, ok := strings.CutPrefix(trimmed, sign); ok && !strings.HasPrefix(rest, "=") && !strings.HasPrefix(rest, ">") {
			return rest, true
		}
	}
	return "", false
}

// inStatement says what is piped into an interpreter: what stands before it in the same statement.
func (t *tracer) inStatement(s sign) source {
	start := max(0, s.start-argumentReach)
	for i := s.start - 1; i > start; i-- {
		if c := t.text[i]; c == ';' && !strings.HasPrefix(t.text[i:], ";base64") || c == '\n' && t.text[i-1] != '\\' && t.text[i-1] != '|' {
			start = i
			break
		}
	}
	// "| nodejs", "| shuf": a word that only begins like an interpreter
	if s.end < len(t.text) && (wordByte(t.text[s.end]) && t.text[s.end] != '3' || t.text[s.end] == '-') {
		return source{}
	}
	return t.within(start, s.start)
}

// fetchedBefore reports whether a script downloads something to a file shortly before it starts a program.
func (t *tracer) fetchedBefore(s sign) bool {
	for i := sort.Search(len(t.signs), func(i int) bool { return t.signs[i].start >= s.start-afterReach }); i < len(t.signs) && t.signs[i].start < s.start; i++ {
		if t.signs[i].class == fetch {
			return true
		}
	}
	return false
}

// holdsName reports whether an expression has a name in it outside of strings.
func holdsName(expression string) bool {
	quote := byte(0)
	for i := range len(expression) {
		switch c := expression[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'' || c == '`':
			quote = c
		case c >= 'a' && c <= 'z' || c == '$':
			return true
		}
	}
	return false
}

// constant reports whether what is evaluated begins with a fixed text.
func constant(argument string) bool {
	trimmed := strings.TrimLeft(argument, " (\t\r\n")
	for strings.HasPrefix(trimmed, `\`) { // code inside a string
		trimmed = strings.TrimLeft(strings.TrimPrefix(trimmed[1:], "n"), " ")
	}
	return trimmed == "" || (trimmed[0] == '"' || trimmed[0] == '\'') && !strings.Contains(trimmed, trimmed[:1]+",")
}

var keywords = func() map[string]bool {
	set := map[string]bool{}
	for _, word := range strings.Fields(`var let const function return new await async if else for while in of this self null none true false undefined typeof require import from as with def lambda
		try catch throw self window global globalthis string buffer json console object array then data_ the and or not is echo`) {
		set[word] = true
	}
	return set
}()
