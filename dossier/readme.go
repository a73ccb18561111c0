package dossier

import (
	"bytes"
	_ "embed"
	"fmt"
	"text/template"

	"github.com/sekisho/sekisho/report"
)

//go:embed readme.txt
var readmeSource string

//go:embed verify.sh
var script string

// readme returns the instructions.
func (c *contents) readme() ([]byte, error) {
	t, err := template.New("readme").Parse(readmeSource)
	if err != nil {
		return nil, err
	}
	first := "000000000000"
	if len(c.entries) > 0 {
		first = fmt.Sprintf("%012d", c.entries[0].Seq)
	}
	at := c.exported.Time
	var b bytes.Buffer
	err = t.Execute(&b, map[string]any{
		"Case": report.Clean(c.caze.ID, 64), "By": report.Clean(c.who(c.exported.By), 200), "First": first,
		"JST": inJST(at), "UTC": inUTC(at), "Passages": len(c.passages) + c.more, "Entries": len(c.entries),
	})
	return b.Bytes(), err
}
