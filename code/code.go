// Package code says what a piece of source code or a command does, as far as its text shows it: without running it, and
// without a parser of its language. It knows the words with which JavaScript, TypeScript, Python, shell, PowerShell, batch,
// VBScript, HTML applications, AppleScript, Ruby, PHP, Perl, Go, Rust, Java and C fetch, decode, evaluate and start things, and
// follows a value from the place where it comes from to the place where it is evaluated over a few assignments.
//
// What is meant to escape such reading does: a word put together at run time is not seen. Then the shape (escapes, entropy,
// long lines) remains, which is stated too.
package code

import (
	"net/netip"
	"slices"
	"strings"
)

// A View is what is seen of a piece of code.
type View struct {
	Language string // "javascript", "python", "shell", "powershell", "batch", "vbscript", "applescript", ...; empty if not known

	Fetches   bool // takes something from the network, or sends something there
	Decodes   bool // decodes Base64, hex, character codes or compressed data
	Evaluates bool // runs text as code
	Spawns    bool // starts another program
	Hides     bool // sends output to nowhere, hides a window, or goes on in the background

	DecodesRuns   bool // what it evaluates is decoded
	DownloadsRuns bool // what it evaluates or starts comes from the network

	Hosts     []string // of the URLs, in order, each once
	Addresses []string // fixed IP addresses that are not private, with the port if one is written
	Sockets   bool     // it opens a connection by itself: socket, /dev/tcp, TCPClient, net.connect
	Touches   []string // stores of secrets it names: "metamask", "ssh"; KindOf says of what kind

	Shape
	Marks []Mark // where it is seen, in order of importance
}

// A Mark is a place that shows something.
type Mark struct {
	What       string // "far", "decodes-runs", "downloads-runs", "hidden", "bidi", "touches", "evaluates", "fetches", ...
	Start, End int    // byte offsets
}

const (
	hostsKept = 20
	marksKept = 40
)

// Read looks at a piece of code. name is a file's name or empty; it decides the language with the first line. The time
// taken is linear in the length of the text.
func Read(name, text string) View {
	v := View{Language: Language(name, text)}
	v.Shape = shapeOf(text)
	lower := lowerASCII(text)
	found := signs(lower, v.Language)
	for _, s := range found {
		v.note(s)
	}
	t := tracer{text: lower, signs: found, language: v.Language}
	v.trace(&t)
	v.readURLs(lower)
	v.Touches = touched(found)
	if v.Far > 0 {
		v.mark("far", v.farAt, min(v.farAt+400, len(text)))
	}
	if v.Hidden > 0 {
		v.mark("hidden", v.hiddenAt, v.hiddenAt)
	}
	slices.SortStableFunc(v.Marks, func(a, b Mark) int { return order[a.What] - order[b.What] })
	return v
}

var order = map[string]int{"far": 0, "downloads-runs": 1, "decodes-runs": 2, "hidden": 3, "evaluates": 4, "touches": 5, "fetches": 6, "decodes": 7, "spawns": 8, "hides": 9}

func (v *View) mark(what string, start, end int) {
	if len(v.Marks) < marksKept {
		v.Marks = append(v.Marks, Mark{what, start, end})
	}
}

// note states a sign by itself. Of each class the first is marked.
func (v *View) note(s sign) {
	flag, what := map[class]*bool{fetch: &v.Fetches, decode: &v.Decodes, evaluate: &v.Evaluates, spawn: &v.Spawns, hide: &v.Hides, socket: &v.Sockets}[s.class], s.class.String()
	if flag == nil {
		return
	}
	if !*flag {
		v.mark(what, s.start, s.end)
	}
	*flag = true
	if s.class == socket {
		v.Fetches = true
	}
}

// Line returns the number of the line, from 1, in which byte offset at lies.
func Line(text string, at int) int { return strings.Count(text[:min(at, len(text))], "\n") + 1 }

// readURLs finds the hosts of URLs and fixed addresses.
func (v *View) readURLs(lower string) {
	for at := 0; len(v.Hosts) < hostsKept; {
		i := strings.Index(lower[at:], "://")
		if i < 0 {
			break
		}
		at += i + len("://")
		end := at
		for end < len(lower) && end < at+255 && isHostByte(lower[end]) {
			end++
		}
		authority := lower[at:end]
		if i := strings.LastIndexByte(authority, '@'); i >= 0 {
			authority = authority[i+1:]
		}
		name, _, _ := strings.Cut(authority, ":")
		if strings.IndexByte(name, '.') <= 0 {
			continue
		}
		if ip, err := netip.ParseAddr(name); err == nil {
			if public(ip) && !slices.Contains(v.Addresses, authority) {
				v.Addresses = append(v.Addresses, authority)
			}
			continue
		}
		if name = strings.Trim(name, ".-"); !slices.Contains(v.Hosts, name) {
			v.Hosts = append(v.Hosts, name)
		}
	}
	if v.Sockets {
		v.readQuads(lower)
	}
}

// readQuads finds IPv4 addresses that stand by themselves.
func (v *View) readQuads(lower string) {
	before := "\"'`/"
	if scripted[v.Language] || v.Language == "" {
		before += " ="
	}
	for i := 0; i < len(lower) && len(v.Addresses) < hostsKept; i++ {
		if lower[i] < '0' || lower[i] > '9' {
			continue
		}
		if i > 0 && strings.IndexByte(before, lower[i-1]) < 0 { // in a comment, or a version
			for i+1 < len(lower) && isHostByte(lower[i+1]) {
				i++
			}
			continue
		}
		end := i
		for end < len(lower) && end < i+16 && (lower[end] == '.' || lower[end] >= '0' && lower[end] <= '9') {
			end++
		}
		if ip, err := netip.ParseAddr(lower[i:end]); err == nil && public(ip) && !v.knows(lower[i:end]) {
			v.Addresses = append(v.Addresses, lower[i:end])
		}
		i = end
	}
}

// knows reports whether the address was seen already, with or without a port.
func (v *View) knows(address string) bool {
	return slices.ContainsFunc(v.Addresses, func(known string) bool { return known == address || strings.HasPrefix(known, address+":") })
}

func public(ip netip.Addr) bool {
	return ip.IsGlobalUnicast() && !ip.IsPrivate() && !ip.IsLoopback() && !ip.IsUnspecified()
}

func isHostByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '.' || c == '-' || c == ':' || c == '@' || c == '_'
}

// lowerASCII returns text in lower case, byte for byte.
func lowerASCII(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	var buf [1 << 10]byte
	for len(text) > 0 {
		n := min(len(text), len(buf))
		for i := range n {
			buf[i] = small[text[i]]
		}
		b.Write(buf[:n])
		text = text[n:]
	}
	return b.String()
}

// small is what each byte becomes in lower case.
var small = func() (table [256]byte) {
	for c := range table {
		table[c] = byte(c)
		if c >= 'A' && c <= 'Z' {
			table[c] += 'a' - 'A'
		}
	}
	return table
}()
