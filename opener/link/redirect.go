package link

import (
	"slices"
	"strings"

	"github.com/sekisho/sekisho/host"
)

// redirects returns the targets that a URL carries in itself, at most redirectLimit, in order. Most redirectors, click
// counters and link rewriters hold the whole target, plain, percent-encoded up to twice, or in base64: in a parameter, at
// the end of the path, or in the fragment. A few encode it in a way of their own.
func redirects(u *url) []string {
	var targets []string
	add := func(candidate string) {
		target, ok := target(candidate)
		if ok && len(targets) < redirectLimit && !slices.Contains(targets, target) {
			targets = append(targets, target)
		}
	}
	if special, ok := gateway(u); ok {
		add(special)
		return targets
	}
	add(u.query)
	for part := range strings.FieldsFuncSeq(u.query, func(r rune) bool { return r == '&' || r == ';' }) {
		_, value, _ := strings.Cut(part, "=")
		add(value)
	}
	if u.opaque {
		add(u.path)
	}
	add(pathTail(u))
	add(u.fragment)
	if _, value, ok := strings.Cut(u.fragment, "="); ok {
		add(value)
	}
	return targets
}

// target decodes a candidate and reports whether it is an absolute web address.
func target(s string) (string, bool) {
	for range 3 {
		if webURL(s) {
			break
		}
		if decoded, ok := base64URL(s); ok {
			s = decoded
			break
		}
		if !strings.Contains(s, "%") {
			return "", false
		}
		s = unescape(s)
	}
	if !webURL(s) {
		return "", false
	}
	u, err := parse(s)
	return s, err == nil && (u.ip || strings.Contains(u.host, "."))
}

// webURL reports whether s starts with http or https and something after the colon that no relative path has.
func webURL(s string) bool {
	scheme, rest, ok := cutScheme(s[:min(len(s), 16)])
	return ok && (scheme == "http" || scheme == "https") && rest != "" && slash(rest[0])
}

// base64URL decodes s when it is a web address in base64, in either alphabet; Bing puts "a1" before it.
func base64URL(s string) (string, bool) {
	s = strings.TrimPrefix(s, "a1")
	if !strings.HasPrefix(s, "aHR0c") && !strings.HasPrefix(s, "SFRUUF") {
		return "", false
	}
	decoded := string(decodeBase64([]byte(unescape(s))))
	return decoded, webURL(decoded)
}

// pathTail returns the last part of the path that starts like a web address, with the query it takes along.
func pathTail(u *url) string {
	lower := strings.ToLower(u.path)
	at := -1
	if !strings.Contains(lower, "http") && !strings.Contains(u.path, "aHR0c") {
		return ""
	}
	for _, start := range [...]string{"/http:/", "/https:/", "/http%3a", "/https%3a", "/http%253a", "/https%253a", "|http:/", "|https:/", "=http:/", "=https:/",
		"=http%3a", "=https%3a", ",http:/", ",https:/"} {
		at = max(at, strings.LastIndex(lower, start))
	}
	if at < 0 {
		at = max(strings.LastIndex(u.path, "/aHR0c"), strings.LastIndex(u.path, "/a1aHR0c"))
		if at < 0 {
			return ""
		}
		segment, _, _ := strings.Cut(u.path[at+1:], "/")
		return segment
	}
	tail := u.path[at+1:]
	if u.hasQuery && !strings.Contains(tail[:min(len(tail), 12)], "%") {
		tail += "?" + u.query
	}
	return tail
}

// gateway reads the redirectors that do not carry their target as it is: Proofpoint URL Defense v2 and v3, and AMP.
func gateway(u *url) (string, bool) {
	switch {
	case host.Within(u.host, "urldefense.com") || host.Within(u.host, "urldefense.us") || host.Within(u.host, "urldefense.proofpoint.com"):
		return urlDefense(u)
	case strings.HasPrefix(u.path, "/amp/") && strings.HasPrefix(u.host, "www.google."):
		return amp(strings.TrimPrefix(u.path, "/amp/"))
	case host.Within(u.host, "cdn.ampproject.org") && len(u.path) > 3 && u.path[2] == '/':
		return amp(u.path[3:])
	}
	return "", false
}

func amp(path string) (string, bool) {
	if secure, ok := strings.CutPrefix(path, "s/"); ok {
		return "https://" + secure, true
	}
	return "http://" + path, true
}

// urlDefense reads versions 2 (?u=https-3A__name_path) and 3 (/v3/__https://name/path__;enc!...). In version 3 a "*"
// stands for a character that the encoded tail holds; the host never has one.
func urlDefense(u *url) (string, bool) {
	if _, rest, ok := strings.Cut(u.path, "/v3/__"); ok {
		if u.hasQuery {
			rest += "?" + u.query
		}
		target, _, _ := strings.Cut(rest, "__;")
		if scheme, after, ok := strings.Cut(target, ":/"); ok && !strings.HasPrefix(after, "/") {
			target = scheme + "://" + after
		}
		return target, true
	}
	for part := range strings.SplitSeq(u.query, "&") {
		value, ok := strings.CutPrefix(part, "u=")
		if ok && strings.HasPrefix(value, "http") && strings.Contains(value[:min(len(value), 8)], "-3A") {
			return unescape(strings.NewReplacer("-", "%", "_", "/").Replace(value)), true
		}
	}
	return "", false
}
