package console

import (
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// checkSheet parses a picture as a browser does and wants nothing in it that runs, loads, leads anywhere or moves.
func checkSheet(t *testing.T, picture string) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if _, ok := shown[n.DataAtom]; !ok && n.Data != "html" && n.Data != "head" && n.Data != "body" && n.Data != "colgroup" {
			t.Errorf("element %s", n.Data)
		}
		for _, a := range n.Attr {
			if strings.HasPrefix(a.Key, "on") || strings.Contains("href src action background formaction data poster srcset", a.Key) {
				t.Errorf("attribute %s of %s", a.Key, n.Data)
			}
			if a.Key == "style" && (strings.Contains(strings.ToLower(a.Val), "url") || strings.Contains(a.Val, `\`) || strings.Contains(strings.ToLower(a.Val), "position")) {
				t.Errorf("style %s", a.Val)
			}
		}
	}
}
