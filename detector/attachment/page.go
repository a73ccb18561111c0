package attachment

import (
	"bytes"
	"strings"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/host"
)

const (
	payloadMin = 2000    // characters of Base64 that are more than an icon
	svgLimit   = 1 << 20 // bytes of an SVG file that are read
	hostLimit  = 20
)

// signs are what scripts need for smuggling and for sending off what a person typed (MITRE ATT&CK T1027.006).
var signs = []struct {
	sign  string
	words []string
}{
	{"blob", []string{"new Blob", "createObjectURL", "new File("}},
	{"decode", []string{"atob(", "fromCharCode", "unescape(", "decodeURIComponent(", "charCodeAt", "Uint8Array"}},
	{"download", []string{".download", `"download"`, `'download'`}},
	{"save-blob", []string{"msSaveBlob", "msSaveOrOpenBlob"}},
	{"write-decoded", []string{"document.write(unescape", "document.write(atob", "document.write(decodeURI", "document.write(window.atob"}},
	{"send", []string{"fetch(", "XMLHttpRequest", "$.ajax", "$.post", "sendBeacon", "api.telegram.org"}},
}

func (f *Facts) readPage(page *sekisho.Page) {
	seen := make(map[string]bool)
	for _, script := range page.Scripts {
		f.Script += len(script)
		for _, s := range signs {
			seen[s.sign] = seen[s.sign] || containsAny(script, s.words)
		}
		seen["payload"] = seen["payload"] || payload(script)
	}
	for _, sign := range []string{"blob", "decode", "download", "save-blob", "payload", "write-decoded", "send"} {
		if seen[sign] {
			f.Signs = append(f.Signs, sign)
		}
	}
	f.Smuggling = seen["save-blob"] || seen["blob"] && (seen["download"] || seen["payload"] && seen["decode"])
	f.SVGScript = f.Class == "svg" && f.Script > 0

	posts := make(map[string]bool)
	for _, form := range page.Forms {
		f.PasswordForm = f.PasswordForm || form.Password
		if to := hostOf(form.Action); to != "" && !posts[to] && len(f.PostsTo) < hostLimit {
			posts[to] = true
			f.PostsTo = append(f.PostsTo, to)
		}
	}
}

func containsAny(text string, words []string) bool {
	for _, w := range words {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}

// payload reports whether the script holds a long run of Base64.
func payload(script string) bool {
	if len(script) < payloadMin {
		return false
	}
	run := 0
	for i := 0; i < len(script); i++ {
		c := script[i]
		if c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '+' || c == '/' {
			if run++; run >= payloadMin {
				return true
			}
		} else {
			run = 0
		}
	}
	return false
}

// hostOf returns the host an absolute http URL names, or "". A page out of a mail has no origin of its own, so that a
// relative one leads nowhere.
func hostOf(url string) string {
	url = strings.ReplaceAll(strings.TrimSpace(url), `\`, "/")
	scheme, rest, ok := strings.Cut(url, "//")
	if !ok || scheme != "" && !strings.EqualFold(scheme, "http:") && !strings.EqualFold(scheme, "https:") {
		return ""
	}
	rest = strings.TrimLeft(rest, "/")
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		rest = rest[:end]
	}
	rest = rest[strings.LastIndexByte(rest, '@')+1:]
	if colon := strings.LastIndexByte(rest, ':'); colon >= 0 && !strings.HasSuffix(rest, "]") {
		rest = rest[:colon]
	}
	ascii, _ := host.ASCII(rest)
	return ascii
}

// scripted reports whether an SVG file has a script, an event handler or a script URL (SVG 2 §15).
func scripted(a *sekisho.Artifact) bool {
	if a.Blob == nil {
		return false
	}
	data := make([]byte, min(a.Size, svgLimit))
	n, _ := a.Blob.ReadAt(data, 0) // what can be read is looked at
	data = bytes.ToLower(data[:n])
	for _, sign := range []string{"<script", ":script", "javascript:", " onload=", " onclick=", " onerror=", " onbegin=", " onmouseover="} {
		if bytes.Contains(data, []byte(sign)) {
			return true
		}
	}
	return false
}
