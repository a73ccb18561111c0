package link

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/sekisho/sekisho"
)

// dataURL reports whether href is a data URL, and returns what stands between "data:" and its comma.
func dataURL(href string) (head string, ok bool) {
	s := strings.TrimLeftFunc(href, func(r rune) bool { return r <= ' ' })
	before, _ := stripTabs(s[:min(len(s), 256)])
	if len(before) < 5 || !strings.EqualFold(before[:5], "data:") {
		return "", false
	}
	head, _, ok = strings.Cut(before[5:], ",")
	return head, ok
}

// openData adds the content of a data URL (RFC 2397): a page when browsers show it as one, otherwise a file.
func openData(a *sekisho.Artifact, form *sekisho.Link, head string, b *sekisho.Budget) error {
	form.Scheme, form.Path, form.URL = "data", escape(head, controlSet), "data:"+escape(head, controlSet)+","
	media, isBase64 := strings.ToLower(strings.TrimSpace(head)), false
	if before, ok := strings.CutSuffix(media, "base64"); ok {
		before = strings.TrimRight(before, " ")
		if before, ok = strings.CutSuffix(before, ";"); ok {
			media, isBase64 = before, true
		}
	}
	media, _, _ = strings.Cut(media, ";")
	_, body, _ := strings.Cut(form.Href, ",")
	body, fragment, _ := strings.Cut(body, "#")
	form.Fragment = fragment[:min(len(fragment), 1024)]
	if limit := b.Limits().Entry; int64(len(body)) > limit {
		return fmt.Errorf("%w: a data URL of more than %d bytes", sekisho.ErrLimit, limit)
	}
	if err := b.Spend(int64(len(body))); err != nil {
		return err
	}
	content := []byte(unescape(body))
	if isBase64 {
		content = decodeBase64(content)
	}
	if len(content) == 0 {
		return nil
	}
	part := &sekisho.Artifact{Kind: sekisho.KindFile, Name: "data", Via: "data", Blob: bytes.NewReader(content), Size: int64(len(content))}
	switch media {
	case "text/html", "image/svg+xml", "application/xhtml+xml", "text/xml", "application/xml":
		part.Kind = sekisho.KindPage
	default:
		part.Form = &sekisho.File{Declared: media, Inline: true}
	}
	return b.Add(a, part)
}

// decodeBase64 decodes what it can, in either alphabet, with or without padding; what follows the first bad byte is left.
func decodeBase64(src []byte) []byte {
	clean := src[:0]
	for _, c := range src {
		switch {
		case c == '-':
			c = '+'
		case c == '_':
			c = '/'
		case c <= ' ', c == '=':
			continue
		}
		clean = append(clean, c)
	}
	out := make([]byte, base64.RawStdEncoding.DecodedLen(len(clean)))
	n, _ := base64.RawStdEncoding.Decode(out, clean)
	return out[:n]
}
