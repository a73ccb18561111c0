package pdf

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/sekisho/sekisho"
	"github.com/sekisho/sekisho/checkpoint"
	"github.com/sekisho/sekisho/detector/detectortest"
	"github.com/sekisho/sekisho/judge"
	"github.com/sekisho/sekisho/opener"
	"github.com/sekisho/sekisho/rules"
)

func TestGolden(t *testing.T) { detectortest.Run(t, Detector, nil, nil) }

// pdfOf writes numbered objects with a sound cross-reference table; the first is the catalogue.
func pdfOf(objects ...string) string {
	var b strings.Builder
	b.WriteString("%PDF-1.7\n")
	var offsets []int
	for i, o := range objects {
		offsets = append(offsets, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, offset := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", offset)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, start)
	return b.String()
}

func streamOf(head, data string) string {
	return fmt.Sprintf("<< %s /Length %d >>\nstream\n%s\nendstream", head, len(data), data)
}

// newCheckpoint judges with the rules of this folder alone; those that join other detectors see none of their facts.
func newCheckpoint(t *testing.T) *checkpoint.Checkpoint {
	t.Helper()
	set, err := rules.Load(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	lure := &sekisho.Detector{Name: "lure", Facts: struct {
		Theme string `json:"theme"`
	}{}}
	detectors := []*sekisho.Detector{Detector, lure}
	j, err := judge.Compile(set.Rules, nil, detectors)
	if err != nil {
		t.Fatal(err)
	}
	cp, err := checkpoint.New(checkpoint.Config{Openers: opener.All, Detectors: detectors[:1], Judge: j})
	if err != nil {
		t.Fatal(err)
	}
	return cp
}

// inspect returns the verdict's action and the rules that held.
func inspect(t *testing.T, cp *checkpoint.Checkpoint, data string) (sekisho.Action, string) {
	t.Helper()
	verdict := cp.Inspect(t.Context(), &sekisho.Artifact{Kind: sekisho.KindFile, Name: "plan.pdf", Blob: strings.NewReader(data), Size: int64(len(data))})
	var held []string
	for _, f := range verdict.Findings {
		held = append(held, f.Rule)
	}
	return verdict.Action, strings.Join(held, " ")
}

func TestHostile(t *testing.T) {
	const (
		words   = "BT /F1 12 Tf (Please find the plan of the next quarter and the figures that belong to it below, as agreed.) Tj ET"
		page    = "<< /Type /Page /Contents 3 0 R /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 >> >> >> >>"
		picture = "/Type /XObject /Subtype /Image /Width 400 /Height 300 /ColorSpace /DeviceGray /BitsPerComponent 8 /Filter /FlateDecode"
		link    = "<< /Type /Annot /Subtype /Link /A << /S /URI /URI (https://files.example/view) >> >>"
	)
	with := func(catalogue string, more ...string) string {
		return pdfOf(append([]string{"<< /Type /Catalog " + catalogue + " >>", page, streamOf("", words)}, more...)...)
	}
	cp := newCheckpoint(t)
	for _, tt := range []struct {
		name, data string
		want       sekisho.Action
		rule       string
	}{
		{"launch at the opening", with("/OpenAction << /S /Launch /Win << /F (cmd.exe) /P (/c start) >> >>"), sekisho.ActionHold, "pdf-launches"},
		{"launch by a click", with("", "<< /Subtype /Link /A << /S /Launch /F << /Type /Filespec /F (setup.exe) >> >> >>"), sekisho.ActionHold, "pdf-launches"},
		{"script at the opening", with("/OpenAction 4 0 R", "<< /S /JavaScript /JS (app.alert\\('hello'\\)) >>"), sekisho.ActionWarn, "pdf-script-on-open"},
		{"script in a name tree", with("/Names << /JavaScript << /Names [ (a) 4 0 R ] >> >>", "<< /S /JavaScript /JS 5 0 R >>", streamOf("", "app.alert(1)")),
			sekisho.ActionWarn, "pdf-script-on-open"},
		{"script when a page is shown", with("", "<< /Type /Page /AA << /O << /S /JavaScript /JS (app.alert\\(1\\)) >> >> >>"), sekisho.ActionWarn, "pdf-script-on-open"},
		{"script behind another action", with("/OpenAction << /S /GoTo /Next << /S /JavaScript /JS (app.alert\\(1\\)) >> >>"), sekisho.ActionWarn, "pdf-script-on-open"},
		{"script in an object stream", with("/OpenAction 9 0 R", streamOf("/Type /ObjStm /N 1 /First 4", "9 0 << /S /JavaScript /JS (app.alert\\(1\\)) >>")),
			sekisho.ActionWarn, "pdf-script-on-open"},
		{"script that writes out a file", with("", "<< /S /JavaScript /JS (this.exportDataObject\\({cName:'a', nLaunch:2}\\)) >>"), sekisho.ActionHold, "pdf-script-attacks"},
		{"script that decodes and evaluates", with("/OpenAction << /S /JavaScript /JS (eval\\(unescape\\('%61'\\)\\)) >>"), sekisho.ActionHold, "pdf-script-attacks"},
		{"script that opens an address", with("", "<< /S /JavaScript /JS (app.launchURL\\('https://a.example'\\)) >>"), sekisho.ActionWarn, "pdf-script-reaches-out"},
		{"escaped names", with("/OpenAction << /S /J#61vaScript /JS (app.alert\\(1\\)) >>"), sekisho.ActionHold, "pdf-hides-structure"},
		{"broken table and a script", strings.Replace(with("/OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >>"), "startxref\n", "startxref\n7", 1),
			sekisho.ActionHold, "pdf-hides-structure"},
		{"embedded program", with("", "<< /Type /Filespec /F (plan.exe) /EF << /F 5 0 R >> >>", streamOf("/Type /EmbeddedFile", "x")), sekisho.ActionHold, "pdf-holds-program"},
		{"form that sends at the opening", with("/OpenAction << /S /SubmitForm /F (https://a.example/post) >>"), sekisho.ActionWarn, "pdf-reaches-when-opened"},
		{"address at the opening", with("/OpenAction << /S /URI /URI (https://a.example) >>"), sekisho.ActionWarn, "pdf-reaches-when-opened"},
		{"file on a share", with("/AA << /WC << /S /GoToE /F (\\\\\\\\192.0.2.7\\\\a) >> >>"), sekisho.ActionWarn, "pdf-reaches-when-opened"},
		{"a picture and a link", pdfOf("<< /Type /Catalog >>", "<< /Type /Page /Annots [ 4 0 R ] >>", streamOf(picture, "x"), link), sekisho.ActionWarn, "pdf-picture-to-click"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got, held := inspect(t, cp, tt.data); got != tt.want || !strings.Contains(held, tt.rule) {
				t.Errorf("%s by %q, want %s by %s", got, held, tt.want, tt.rule)
			}
		})
	}
	for _, tt := range []struct{ name, data string }{
		{"words and a link", with("", link)},
		{"a form that adds up", with("/AcroForm << /Fields [ 4 0 R ] >>", "<< /FT /Tx /T (sum) /AA << /C << /S /JavaScript /JS (AFSimple_Calculate\\('SUM', ['a']\\);) >> >> >>")},
		{"an invoice with its data", with("", "<< /Type /Filespec /F (factur-x.xml) /EF << /F 5 0 R >> >>", streamOf("/Type /EmbeddedFile", "<x/>"))},
		{"a scan", pdfOf("<< /Type /Catalog >>", "<< /Type /Page >>", streamOf(picture, "x"))},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got, held := inspect(t, cp, tt.data); got > sekisho.ActionPass {
				t.Errorf("%s by %q, want pass", got, held)
			}
		})
	}
}
