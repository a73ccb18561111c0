package link

import (
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/sekisho/sekisho/host"
)

// A url is a target as the WHATWG URL standard reads it, without a base.
type url struct {
	scheme    string
	authority bool   // it has one, though perhaps an empty host
	user      string // what stands before the last @ of the authority, as written
	host      string // without brackets
	port      string // empty when the scheme's default
	path      string
	query     string
	fragment  string
	hasQuery  bool
	hasFrag   bool
	opaque    bool // the path is not a list of segments: mailto:, data:
	ip        bool
	odd       bool
}

var (
	errScheme = errors.New("no scheme")
	errHost   = errors.New("a host that browsers refuse")
	errPort   = errors.New("a port that browsers refuse")
)

// special maps each special scheme to its default port (§3.1, "special scheme").
func special(scheme string) (port string, ok bool) {
	switch scheme {
	case "https", "wss":
		return "443", true
	case "http", "ws":
		return "80", true
	case "ftp":
		return "21", true
	case "file":
		return "", true
	}
	return "", false
}

// parse reads a URL (§4.4). Relative ones are errScheme: a mail has no base, and pages resolve theirs beforehand.
func parse(href string) (url, error) {
	var u url
	s := strings.TrimFunc(href, func(r rune) bool { return r <= ' ' })
	s, stripped := stripTabs(s)
	scheme, rest, ok := cutScheme(s)
	if !ok {
		return u, errScheme
	}
	u.scheme = scheme
	_, isSpecial := special(scheme)
	rest, u.fragment, u.hasFrag = strings.Cut(rest, "#")
	rest, u.query, u.hasQuery = strings.Cut(rest, "?")
	u.fragment = escape(u.fragment, fragmentSet)
	if isSpecial {
		u.query = escape(u.query, specialQuerySet)
	} else {
		u.query = escape(u.query, querySet)
	}
	var err error
	switch {
	case scheme == "file":
		err = u.readFile(rest)
	case isSpecial:
		err = u.readSpecial(rest)
	default:
		err = u.readOther(rest)
	}
	if stripped && !strings.Contains(href, s[:u.head(s, rest)]) {
		u.odd = true
	}
	return u, err
}

// head returns how much of s scheme and authority take; rest is what stands between scheme and query.
func (u *url) head(s, rest string) int {
	start := strings.IndexByte(s, ':') + 1
	if !u.authority {
		return start
	}
	slashes := len(rest) - len(strings.TrimLeft(rest, `/\`))
	authority, _ := cutAny(rest[slashes:], `/\`)
	return start + slashes + len(authority)
}

// stripTabs removes what browsers remove before they parse: tab, line feed, carriage return.
func stripTabs(s string) (string, bool) {
	if !strings.ContainsAny(s, "\t\n\r") {
		return s, false
	}
	return strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(s), true
}

func cutScheme(s string) (scheme, rest string, ok bool) {
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c|0x20 >= 'a' && c|0x20 <= 'z':
		case i > 0 && (c >= '0' && c <= '9' || c == '+' || c == '-' || c == '.'):
		case i > 0 && c == ':':
			return strings.ToLower(s[:i]), s[i+1:], true
		default:
			return "", s, false
		}
	}
	return "", s, false
}

// readSpecial reads what follows "https:", however many slashes and backslashes there are (§4.4, special authority
// ignore slashes state).
func (u *url) readSpecial(rest string) error {
	after := strings.TrimLeft(rest, `/\`)
	if slashes := rest[:len(rest)-len(after)]; slashes != "//" {
		u.odd = true
	}
	authority, path := cutAny(after, `/\`)
	u.path = specialPath(path)
	if err := u.readAuthority(authority); err != nil {
		return err
	}
	if u.host == "" {
		return errHost
	}
	return nil
}

// readFile reads what follows "file:" (§4.4, file state): a host only after two slashes, and none that is a drive.
func (u *url) readFile(rest string) error {
	u.authority = true
	if len(rest) < 2 || !slash(rest[0]) || !slash(rest[1]) {
		u.path = specialPath(rest)
		return nil
	}
	u.odd = rest[:2] != "//"
	name, path := cutAny(rest[2:], `/\`)
	if len(name) == 2 && (name[1] == ':' || name[1] == '|') {
		u.path = specialPath("/" + name + path)
		return nil
	}
	u.path = specialPath(path)
	if name == "" {
		return nil
	}
	if err := u.readHost(name); err != nil {
		return err
	}
	if u.host == "localhost" {
		u.host = ""
	}
	return nil
}

func (u *url) readOther(rest string) error {
	if !strings.HasPrefix(rest, "//") {
		u.opaque = !strings.HasPrefix(rest, "/")
		if u.opaque {
			u.path = opaquePath(rest, u.hasQuery || u.hasFrag)
			return nil
		}
		u.path = dotless(rest, false)
		return nil
	}
	authority, path := cutAny(rest[2:], "/")
	u.path = dotless(path, false)
	return u.readAuthority(authority)
}

func (u *url) readAuthority(authority string) error {
	u.authority = true
	name := authority
	at := strings.LastIndexByte(authority, '@')
	if at >= 0 {
		u.user, name = authority[:at], authority[at+1:]
		if name == "" {
			return errHost
		}
	}
	end := 0
	if strings.HasPrefix(name, "[") {
		end = max(strings.IndexByte(name, ']'), 0)
	}
	colon := strings.IndexByte(name[end:], ':')
	if colon >= 0 {
		port := name[end+colon+1:]
		name = name[:end+colon]
		if name == "" {
			return errHost
		}
		if err := u.readPort(port); err != nil {
			return err
		}
	}
	return u.readHost(name)
}

func (u *url) readPort(port string) error {
	if strings.Trim(port, "0123456789") != "" {
		return errPort
	}
	if port == "" {
		return nil
	}
	if port = strings.TrimLeft(port, "0"); port == "" {
		port = "0"
	}
	if len(port) > 5 || len(port) == 5 && port > "65535" {
		return errPort
	}
	if standard, _ := special(u.scheme); port != standard {
		u.port = port
	}
	return nil
}

// readHost reads a host (§3.5, host parsing).
func (u *url) readHost(name string) error {
	if strings.HasPrefix(name, "[") {
		address, ok := ipv6(name)
		if !ok {
			return errHost
		}
		u.host, u.ip = address, true
		return nil
	}
	if _, ok := special(u.scheme); !ok {
		return u.readOpaqueHost(name)
	}
	decoded := name
	if strings.Contains(name, "%") {
		decoded, u.odd = unescape(name), true
	}
	ascii, ok := host.ASCII(decoded)
	if !ok {
		return errHost
	}
	u.odd = u.odd || oddName(decoded, ascii)
	if host.Numeric(ascii) {
		address, ok := host.IPv4(ascii)
		if !ok {
			return errHost
		}
		u.odd = u.odd || address != decoded
		u.host, u.ip = address, true
		return nil
	}
	u.host = ascii
	return nil
}

// readOpaqueHost reads the host of a scheme that browsers do not know: tg://resolve.
func (u *url) readOpaqueHost(name string) error {
	name = escape(name, controlSet)
	for i := 0; i < len(name); i++ {
		if name[i] != '%' && name[i] != 0x7F && host.Forbidden(name[i]) {
			return errHost
		}
	}
	u.host = name
	return nil
}

// oddName reports whether a name is written so that a simple parser sees another one: full-width letters, other dots
// than the full stop, characters that vanish, a dot at the end.
func oddName(name, ascii string) bool {
	if strings.HasSuffix(name, ".") {
		return true
	}
	for _, r := range name {
		switch {
		case r < utf8.RuneSelf:
		case r == '\u3002', r >= 0xFF00 && r <= 0xFFEF:
			return true
		}
	}
	if len(name) == len(ascii) {
		return false
	}
	return !strings.Contains(ascii, "xn--") || strings.Count(name, ".") != strings.Count(ascii, ".")
}

// String serialises the URL (§4.5). Names have no trailing dot.
func (u *url) String() string {
	var b strings.Builder
	b.Grow(len(u.scheme) + len(u.user) + len(u.host) + len(u.path) + len(u.query) + len(u.fragment) + 16)
	b.WriteString(u.scheme)
	b.WriteByte(':')
	if u.authority {
		b.WriteString("//")
		b.WriteString(u.credentials())
		if strings.Contains(u.host, ":") {
			b.WriteString("[" + u.host + "]")
		} else {
			b.WriteString(u.host)
		}
		if u.port != "" {
			b.WriteString(":" + u.port)
		}
	} else if !u.opaque && strings.HasPrefix(u.path, "//") {
		b.WriteString("/.")
	}
	b.WriteString(u.path)
	if u.hasQuery {
		b.WriteString("?" + u.query)
	}
	if u.hasFrag {
		b.WriteString("#" + u.fragment)
	}
	return b.String()
}

func (u *url) credentials() string {
	name, password, _ := strings.Cut(u.user, ":")
	if name == "" && password == "" {
		return ""
	}
	out := escape(name, userSet)
	if password != "" {
		out += ":" + escape(password, userSet)
	}
	return out + "@"
}

func slash(c byte) bool { return c == '/' || c == '\\' }

// cutAny cuts s before the first of the bytes in set.
func cutAny(s, set string) (before, after string) {
	if i := strings.IndexAny(s, set); i >= 0 {
		return s[:i], s[i:]
	}
	return s, ""
}
